//! Carrying a notice beyond the desk: one job for each notice and account, enqueued where the notice is issued.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Item, Kind, store};
use crate::account::Actor;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::job::{Failure, JobKind, NewJob, OUTSIDE, Run, enqueue};
use crate::message::{self, Channel, Told};
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
    let (told, ways) = told(&site, delivery).await?;
    let (site, run, told, ways) = (&site, &run, &told, &ways);
    site.write(&Actor::program("通知"), |tx| async move {
        run.hold(&tx).await?;
        if let Some(told) = told {
            message::tell(site, &tx, told, ways).await?;
        }
        store::set_delivered(&tx, delivery.notice, delivery.account).await?;
        tx.housekeeping();
        Ok::<_, Error>(())
    })
    .await?;
    Ok(())
}

/// What is carried beyond the desk, on which the notice stands already, and by which ways its receiver wants it there.
async fn told(site: &Site, delivery: Delivery) -> Result<(Option<Told>, Vec<Channel>)> {
    let on = site.db.read();
    let chosen = store::ways_for(on, delivery.notice, delivery.account).await?;
    let ways: Vec<Channel> = [(chosen.mail, Channel::Mail), (chosen.sms, Channel::Sms)]
        .into_iter()
        .filter_map(|(wanted, way)| wanted.then_some(way))
        .collect();
    let notice = store::find(on, delivery.notice).await?;
    let told = notice.map(|notice| {
        let items: Vec<Item> = serde_json::from_value(notice.items).unwrap_or_default();
        Told {
            account: delivery.account,
            key: format!("{}:{}", delivery.notice.simple(), delivery.account.simple()),
            title: notice.title,
            link: format!("/notices/{}", delivery.notice),
            digest_of: (notice.kind == Kind::Digest.id()).then_some(items.len()),
            lines: items.into_iter().map(|item| item.title).collect(),
        }
    });
    Ok((told, ways))
}
