//! Carrying a notice beyond the desk: one job for each notice and account, enqueued where the notice is issued.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store;
use crate::account::Actor;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::job::{Failure, JobKind, NewJob, OUTSIDE, Run, enqueue};
use crate::site::Site;

/// Name of the kind of job.
pub const JOB: &str = "kit.notice_delivery";

/// What the job needs to know. It looks up the rest when it runs, so that no personal data waits in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The notice.
    pub notice: Uuid,
    /// Who gets it.
    pub account: Uuid,
}

/// The kind of job that delivers.
pub fn kind() -> JobKind {
    JobKind {
        id: JOB,
        name: "送达站内通知",
        class: &OUTSIDE,
        attempts: 8,
        run: Box::new(|site, run| Box::pin(deliver(site, run))),
    }
}

pub(super) async fn enqueue_for(tx: &Tx, delivery: Delivery) -> Result<()> {
    let payload = serde_json::to_value(delivery).map_err(|e| Error::Internal(e.to_string()))?;
    let job = NewJob {
        kind: JOB,
        class: &OUTSIDE,
        key: format!("{}:{}", delivery.notice.simple(), delivery.account.simple()),
        payload,
        run_at: None,
    };
    enqueue(tx, job).await?;
    Ok(())
}

async fn deliver(site: Arc<Site>, run: Run) -> Result<(), Failure> {
    let delivery: Delivery = serde_json::from_value(run.payload.clone())
        .map_err(|_| Failure::Never("任务内容读不懂，可能由别的版本写入".into()))?;
    carry(&site, delivery, &run).await?;
    site.write(&Actor::program("通知"), |tx| {
        let run = &run;
        async move {
            run.hold(&tx).await?;
            store::set_delivered(&tx, delivery.notice, delivery.account).await?;
            tx.housekeeping();
            Ok::<_, Error>(())
        }
    })
    .await?;
    Ok(())
}

/// Carries a notice to where its receiver wants it beside the desk, on which it stands already. [`store::ways`] says what the
/// receiver chose for this kind of notice; [`Run::delivery_key`] is what a receiving server drops a second one by.
async fn carry(site: &Site, delivery: Delivery, run: &Run) -> Result<(), Failure> {
    let ways = store::ways_for(site.db.read(), delivery.notice, delivery.account)
        .await
        .map_err(Error::from)?;
    if ways.mail || ways.sms {
        tracing::debug!(
            key = run.delivery_key(),
            "no address is known; the notice stands on the desk"
        );
    }
    Ok(())
}
