//! The program's own reminders: some working days before a reporting date, and once it has passed. Each is issued once for
//! its unit and date, however often the job runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use kit::account::Actor;
use kit::clock::spoken_date;
use kit::job::{Cadence, Failure, HEAVY, JobKind, Run, Schedule};
use kit::notice::{Audience, Item, Kind, NewNotice, issue};
use kit::{Error, Result, Site};
use uuid::Uuid;

use super::service::Scope;
use crate::importing::store as breakdown;

const JOB: &str = "breakdown.reminders";

/// The kind of job.
pub(crate) fn kind() -> JobKind {
    JobKind {
        id: JOB,
        name: "提醒临期和逾期任务",
        class: &HEAVY,
        attempts: 6,
        run: Box::new(|site, run| Box::pin(remind(site, run))),
    }
}

/// Every morning before the digest, which then counts them.
pub(crate) fn schedule() -> Schedule {
    Schedule {
        job: JOB,
        cadence: Cadence::Daily(8, 10),
    }
}

async fn remind(site: Arc<Site>, run: Run) -> Result<(), Failure> {
    let today = site.clock.today();
    if !site.calendar.is_working_day(today)
        || breakdown::adopted(site.db.read())
            .await
            .map_err(Error::from)?
            .is_empty()
    {
        return Ok(());
    }
    let scope = Scope::load(&site, "").await?;
    for (unit, ..) in scope.units() {
        for new in of_unit(&site, &scope, unit, today) {
            give(&site, &run, &new).await?;
        }
    }
    Ok(())
}

async fn give(site: &Site, run: &Run, new: &NewNotice) -> Result<()> {
    site.write(&Actor::program("到期提醒"), |tx| async move {
        run.hold(&tx).await?;
        issue(&tx, new).await?;
        // The dates were set by somebody who answered for them; the reminder follows from them.
        tx.housekeeping();
        Ok::<_, Error>(())
    })
    .await
}

/// A unit's reminders of today: one for each date that is near, one for each that has just passed.
fn of_unit(site: &Site, scope: &Scope, unit: Uuid, today: NaiveDate) -> Vec<NewNotice> {
    let mut by_date: BTreeMap<NaiveDate, Vec<Item>> = BTreeMap::new();
    for item in scope.unfinished(unit) {
        let Some(due_on) = item.due_on else { continue };
        by_date.entry(due_on).or_default().push(Item {
            title: item.title.clone(),
            link: item.link.clone(),
            due_on: Some(due_on),
        });
    }
    let near = site
        .calendar
        .add_working_days(today, scope.snapshot.rules.remind_working_days);
    let near = near.map_or(today, |count| count.to);
    let named = by_date.into_iter().filter_map(|(date, items)| {
        let (event, words) = match date {
            date if date < today => ("late", "已经逾期"),
            date if date <= near => ("near", "就要到期"),
            _ => return None,
        };
        Some(NewNotice {
            kind: Kind::Reminder,
            subject: format!("breakdown:{}@{unit}", scope.snapshot.table.id),
            event: format!("{event}:{date}"),
            title: format!("{}报送：{} 件{words}", spoken_date(date), items.len()),
            body: "请从下面的事项进入报送；没有发生的，签署“本期无此事项”。".into(),
            items,
            link: "/duties".into(),
            due_on: Some(date),
            to: Audience::Unit(unit),
        })
    });
    named.collect()
}
