//! Reminding those who approve: when a document is sent to them, and every working day once it has waited too long.

use std::sync::Arc;

use kit::account::Actor;
use kit::clock::civil_date;
use kit::db::Tx;
use kit::job::{Cadence, Failure, HEAVY, JobKind, Run, Schedule};
use kit::notice::{Audience, Kind, NewNotice, issue};
use kit::{Error, Result, Site};

use super::model::State;
use super::service::Standing;
use super::store;
use crate::APPROVE;

const JOB: &str = "publishing.reminders";

/// Working days that a document may wait for approval before those who approve are reminded.
const DAYS_TO_APPROVE: u32 = 2;

/// The kind of job.
pub(crate) fn kind() -> JobKind {
    JobKind {
        id: JOB,
        name: "提醒久未审批的文件",
        class: &HEAVY,
        attempts: 6,
        run: Box::new(|site, run| Box::pin(remind(site, run))),
    }
}

/// Every morning before the digest.
pub(crate) fn schedule() -> Schedule {
    Schedule {
        job: JOB,
        cadence: Cadence::Daily(8, 15),
    }
}

/// Tells those who approve for the unit that a document was sent to them.
pub(super) async fn tell_approvers(tx: &Tx, standing: &Standing) -> Result<()> {
    let new = NewNotice {
        kind: Kind::Reminder,
        subject: format!("document:{}", standing.document.id),
        event: format!("submitted:{}", tx.at()),
        title: format!("待审批：{}", standing.revision.title),
        body: format!("{}送审，请审批。", tx.actor().name),
        items: Vec::new(),
        link: format!("/documents/{}", standing.document.id),
        due_on: None,
        to: Audience::Holders(&APPROVE, Some(standing.document.unit)),
    };
    issue(tx, &new).await?;
    Ok(())
}

async fn remind(site: Arc<Site>, run: Run) -> Result<(), Failure> {
    let today = site.clock.today();
    if !site.calendar.is_working_day(today) {
        return Ok(());
    }
    let mut filter = store::Filter {
        state: Some(State::Submitted.id().into()),
        ..Default::default()
    };
    loop {
        let (rows, _) = store::list(site.db.read(), &filter).await.map_err(Error::from)?;
        let is_last = (rows.len() as u64) < store::PER_PAGE;
        for (document, edition, revision) in rows {
            let steps = store::statuses(site.db.read(), edition.id).await.map_err(Error::from)?;
            let Some(sent) = steps.last() else { continue };
            let waited = site.calendar.working_days_between(civil_date(sent.at), today);
            let days = waited.map_or(0, |count| count.days);
            if days <= DAYS_TO_APPROVE {
                continue;
            }
            let new = NewNotice {
                kind: Kind::Reminder,
                subject: format!("document:{}", document.id),
                event: format!("waiting:{}:{today}", sent.id),
                title: format!("待审批已 {days} 个工作日：{}", revision.title),
                body: "请审批，或退回并写明原因。".into(),
                items: Vec::new(),
                link: format!("/documents/{}", document.id),
                due_on: None,
                to: Audience::Holders(&APPROVE, Some(document.unit)),
            };
            give(&site, &run, &new).await?;
        }
        if is_last {
            return Ok(());
        }
        filter.page += 1;
    }
}

async fn give(site: &Site, run: &Run, new: &NewNotice) -> Result<()> {
    site.write(&Actor::program("审批提醒"), |tx| async move {
        run.hold(&tx).await?;
        issue(&tx, new).await?;
        // The document was sent by somebody who answered for it; the reminder follows from that.
        tx.housekeeping();
        Ok::<_, Error>(())
    })
    .await
}
