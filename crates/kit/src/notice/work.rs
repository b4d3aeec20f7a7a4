//! What notices put on somebody's list of work: urging and supervision that waits for an answer.

use super::model::Kind;
use super::store;
use crate::account::Actor;
use crate::capability::WorkItem;
use crate::error::Result;
use crate::site::Site;

/// Urging and supervision that this person has to answer.
///
/// # Errors
/// When the database fails.
pub async fn items(site: &Site, actor: &Actor) -> Result<Vec<WorkItem>> {
    let Some(account) = actor.account else {
        return Ok(Vec::new());
    };
    let open = store::to_answer(site.db.read(), account).await?;
    let lines = open.into_iter().filter_map(|(receipt, notice)| {
        let kind = Kind::of(&notice.kind)?;
        if receipt.acknowledged_at.is_some() {
            return None;
        }
        Some(WorkItem {
            title: format!("{}：{}", kind.name(), notice.title),
            place: format!("{}发出", notice.issuer_name),
            link: format!("/notices/{}", notice.id),
            verb: "答复".into(),
            due_on: notice.due_on,
            waiting: false,
        })
    });
    Ok(lines.collect())
}
