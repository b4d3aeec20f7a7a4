//! What documents ask of somebody, for "my work".

use kit::account::{Actor, Reach};
use kit::capability::WorkItem;
use kit::{Result, Site};
use statute::disclosure::limit::{LimitChoice, publication_limit};
use statute::parameters::Parameters;

use super::model::State;
use super::store;
use crate::{APPROVE, DRAFT, RELEASE, SUBMIT};

/// Documents to finish, approve or release.
pub(crate) async fn work(site: &Site, actor: &Actor) -> Result<Vec<WorkItem>> {
    let mut items = Vec::new();
    let wanted = [
        (State::Draft, &DRAFT, "填写", "起草中"),
        (State::Returned, &SUBMIT, "修改", "已退回，修改后重新送审"),
        (State::Submitted, &APPROVE, "审批", "已送审"),
        (State::Approved, &RELEASE, "发布", "已批准"),
    ];
    let parameters = Parameters::national().map_err(|e| kit::Error::Internal(e.to_string()))?;
    let names = kit::unit::register(site.db.read()).await?;
    for (state, permission, verb, word) in wanted {
        let units = match actor.reach(permission) {
            // Drafts are the work of those who sit in the unit, not of whoever oversees them all.
            Reach::District if state.is_editable() => continue,
            Reach::District => None,
            Reach::Units(units) if units.is_empty() => continue,
            Reach::Units(units) => Some(units),
        };
        let filter = store::Filter {
            units,
            state: Some(state.id().into()),
            ..Default::default()
        };
        let (rows, _) = store::list(site.db.read(), &filter).await?;
        for (document, _, revision) in rows {
            if state == State::Approved && revision.attribute.as_deref() != Some("proactive") {
                continue;
            }
            let unit = names
                .iter()
                .find(|u| u.id == document.unit)
                .map_or("", |u| u.short_name.as_str());
            items.push(WorkItem {
                title: if revision.title.is_empty() {
                    "（未填标题）".into()
                } else {
                    revision.title.clone()
                },
                place: format!("{unit} · {word}"),
                link: format!("/documents/{}", document.id),
                verb: verb.into(),
                due_on: due(site, &parameters, revision.written_on),
                waiting: false,
            });
        }
    }
    Ok(items)
}

/// The day by which a document must be public (条例 article 26), counted from the day it was written.
fn due(site: &Site, parameters: &Parameters, written_on: Option<chrono::NaiveDate>) -> Option<chrono::NaiveDate> {
    let limit = publication_limit(parameters, &site.calendar, written_on?, &LimitChoice::Statutory);
    limit.ok().map(|deadline| deadline.due)
}
