//! The digest of the day (今日待办): on working days at half past eight, for everybody who has something to do.

use std::sync::Arc;

use chrono::{Days, NaiveDate};

use super::model::{Audience, Item, Kind, NewNotice};
use super::service::issue;
use crate::account::{Actor, store as accounts};
use crate::capability::WorkItem;
use crate::clock::spoken_date;
use crate::error::{Error, Result};
use crate::job::{Failure, HEAVY, JobKind, Run};
use crate::site::Site;

/// Name of the kind of job.
pub(super) const JOB: &str = "kit.daily_digest";

pub(super) fn kind() -> JobKind {
    JobKind {
        id: JOB,
        name: "编发今日待办",
        class: &HEAVY,
        attempts: 6,
        run: Box::new(|site, run| Box::pin(digest(site, run))),
    }
}

/// Composes the digests of the day the job is for. Cut short, it goes on with those who have none yet. A day that is over,
/// or on which nobody works, has none.
async fn digest(site: Arc<Site>, run: Run) -> Result<(), Failure> {
    let today = site.clock.today();
    let of_day = run.key.split('T').next().and_then(|day| day.parse::<NaiveDate>().ok());
    let of_day = of_day.ok_or_else(|| Failure::Never("任务编号里没有日期".into()))?;
    if of_day != today || !site.calendar.is_working_day(today) {
        return Ok(());
    }
    for actor in accounts::active_actors(site.db.read()).await.map_err(Error::from)? {
        give(&site, &run, &actor, today).await?;
    }
    Ok(())
}

async fn give(site: &Site, run: &Run, to: &Actor, today: NaiveDate) -> Result<()> {
    let account = to.person()?;
    let items = site.work_for(to).await?;
    let open: Vec<WorkItem> = items.into_iter().filter(|item| !item.waiting).collect();
    if open.is_empty() {
        return Ok(());
    }
    let before = super::store::last_digest(site.db.read(), account, today).await?;
    let known: Vec<String> = before.map(|notice| links_of(&notice.items)).unwrap_or_default();
    let new = compose(account, today, &open, &known);
    let new = &new;
    site.write(&Actor::program("今日待办"), |tx| async move {
        run.hold(&tx).await?;
        issue(&tx, new).await?;
        // The program reports what is there anyway; nobody answers for that.
        tx.housekeeping();
        Ok::<_, Error>(())
    })
    .await
}

fn links_of(items: &serde_json::Value) -> Vec<String> {
    let items: Vec<Item> = serde_json::from_value(items.clone()).unwrap_or_default();
    items.into_iter().map(|item| item.link).collect()
}

/// Most lines of a digest; the rest is on the page itself.
const MOST_LINES: usize = 100;

fn compose(account: uuid::Uuid, today: NaiveDate, open: &[WorkItem], known: &[String]) -> NewNotice {
    let count = |wanted: &dyn Fn(&WorkItem) -> bool| open.iter().filter(|item| wanted(item)).count();
    let late = count(&|item| item.due_on.is_some_and(|due| due < today));
    let due = count(&|item| item.due_on == Some(today));
    let fresh = count(&|item| !known.contains(&item.link));
    let week = today.checked_add_days(Days::new(7)).unwrap_or(today);
    let soon = count(&|item| item.due_on.is_some_and(|due| due > today && due <= week));
    let items = open.iter().take(MOST_LINES).map(|item| Item {
        title: if item.place.is_empty() {
            item.title.clone()
        } else {
            format!("{}（{}）", item.title, item.place)
        },
        link: item.link.clone(),
        due_on: item.due_on,
    });
    NewNotice {
        kind: Kind::Digest,
        subject: format!("digest:{account}"),
        event: today.to_string(),
        title: format!(
            "{}待办 {} 件：逾期 {late} 件，今天到期 {due} 件",
            spoken_date(today),
            open.len()
        ),
        body: format!("比上次新增 {fresh} 件；一周内到期 {soon} 件。办完一件，“我的工作”里就少一件。"),
        items: items.collect(),
        link: "/".into(),
        due_on: None,
        to: Audience::Account(account),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_says_what_is_late_due_and_new() {
        let today = NaiveDate::from_ymd_opt(2021, 5, 10).unwrap();
        let item = |link: &str, due: Option<NaiveDate>| WorkItem {
            title: "报送".into(),
            place: "区财政局".into(),
            link: link.into(),
            verb: "办理".into(),
            due_on: due,
            waiting: false,
        };
        let open = [item("/a", today.pred_opt()), item("/b", Some(today)), item("/c", None)];
        let new = compose(uuid::Uuid::nil(), today, &open, &["/a".to_string()]);
        assert_eq!(new.title, "2021年5月10日待办 3 件：逾期 1 件，今天到期 1 件");
        assert!(new.body.starts_with("比上次新增 2 件；一周内到期 0 件"), "{}", new.body);
        assert_eq!(new.event, "2021-05-10");
    }
}
