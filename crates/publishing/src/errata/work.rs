//! What reported errors ask of somebody, for "my work".

use kit::account::{Actor, Reach};
use kit::capability::WorkItem;
use kit::clock::civil_date;
use kit::{Result, Site};
use statute::parameters::Parameters;

use super::HANDLE;
use super::model::Kind;
use super::service;

/// How many lines at most; the list has them all.
const LINES: u64 = 50;

/// Reports to answer. The district's office sees what belongs to no unit, and what units have let lie.
pub(crate) async fn work(site: &Site, actor: &Actor) -> Result<Vec<WorkItem>> {
    if !actor.holds(&HANDLE) {
        return Ok(Vec::new());
    }
    let parameters = Parameters::national().map_err(|e| kit::Error::Internal(e.to_string()))?;
    let is_office = actor.reach(&HANDLE) == Reach::District;
    let (reports, _) = service::list(site, actor, true, 0, LINES).await?;
    let names = kit::unit::register(site.db.read()).await?;
    let mut items = Vec::new();
    for report in reports {
        let deadline = service::deadline(site, &parameters, civil_date(report.received_at));
        let due_on = deadline.map(|d| d.answer_by);
        let is_late = due_on.is_some_and(|due| due < site.clock.today());
        if is_office && report.unit.is_some() && !is_late {
            continue;
        }
        let unit = report.unit.and_then(|id| names.iter().find(|u| u.id == id));
        let unit = unit.map_or("区级统筹", |u| u.short_name.as_str());
        items.push(WorkItem {
            title: format!(
                "网站找错 {}：{}",
                report.number,
                Kind::of(&report.kind).map_or("", Kind::name)
            ),
            place: format!("{unit} · {}", report.page),
            link: format!("/errata/{}", report.id),
            verb: "答复".into(),
            due_on,
            waiting: false,
        });
    }
    Ok(items)
}
