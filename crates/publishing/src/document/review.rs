//! Review: sending for approval, approving, giving back, and beginning again after release. Who drafted does not approve.

use kit::account::Actor;
use kit::audit::Deed;
use kit::db::{Tx, is_unique_violation};
use kit::{Error, Result, Site};
use serde_json::json;
use statute::disclosure::attribute::Attribute;
use statute::{Issue, Weight};
use uuid::Uuid;

use super::model::{Metadata, State};
use super::reminding::tell_approvers;
use super::service::{
    SaveError, Standing, begin_edition, errors, not_in_state, refuse_if_changed, refuse_unless_editable, standing,
};
use super::store;
use crate::{APPROVE, DRAFT, SUBMIT, handover};

/// Sends a document to be approved.
///
/// # Errors
/// When something is missing (as a list), or the state does not allow it.
pub async fn submit(site: &Site, by: &Actor, id: Uuid, remark: &str) -> Result<(), SaveError> {
    let today = site.clock.today();
    site.write(by, |tx| async move {
        let standing = standing(&tx, id).await?;
        by.require(&SUBMIT, standing.document.unit)?;
        refuse_unless_editable(&standing)?;
        let metadata = super::metadata_of(&standing.revision);
        let mut issues = errors(metadata.check_to_submit(standing.kind, today));
        issues.extend(contradiction(&metadata, &standing.revision));
        if !issues.is_empty() {
            return Err(SaveError::Issues(issues));
        }
        step(&tx, &standing, State::Submitted, remark, "publishing.submit").await?;
        tell_approvers(&tx, &standing).await?;
        Ok(())
    })
    .await
}

/// A mark in the text that limits who may read it contradicts 主动公开: one of the two is wrong, and a person must say which.
fn contradiction(metadata: &Metadata, revision: &store::revision::Model) -> Option<Issue> {
    let marks = revision.notices.get("marks").and_then(|v| v.as_array());
    let marks: Vec<&str> = marks.into_iter().flatten().filter_map(|v| v.as_str()).collect();
    let is_for_public = metadata.attribute == Some(Attribute::Proactive);
    (is_for_public && !marks.is_empty()).then(|| {
        let words = format!(
            "公开属性：正文上标有{}，与“主动公开”不一致；请核对：可以公开的，删去标注后重新上传正文；不能公开的，改选公开属性",
            marks.join("、")
        );
        Issue::new("marks", Weight::Error, "attribute", words)
    })
}

/// Approves what somebody else prepared.
///
/// # Errors
/// When the same person drafted or sent it, or the state does not allow it.
pub async fn approve(site: &Site, by: &Actor, id: Uuid, seen: Uuid, remark: &str) -> Result<()> {
    let person = by.person()?;
    site.write(by, |tx| async move {
        let standing = standing(&tx, id).await?;
        by.require(&APPROVE, standing.document.unit)?;
        refuse_unless_submitted(&standing)?;
        refuse_if_changed(&standing, seen)?;
        if worked_on(&tx, &standing, person).await? {
            return Err(Error::refused(
                "您参与了这份文件的起草或送审，不能由您审批",
                "起草和审批须由不同的人办理，请转给另一位审批人员",
            ));
        }
        step(&tx, &standing, State::Approved, remark, "publishing.approve").await
    })
    .await
}

/// Gives a document back to its drafter, with the reason.
///
/// # Errors
/// When no reason is given, or the state does not allow it.
pub async fn give_back(site: &Site, by: &Actor, id: Uuid, remark: &str) -> Result<()> {
    if remark.trim().is_empty() {
        return Err(Error::refused(
            "没有写退回的原因",
            "请写明哪里需要修改，经办人照此修改后重新送审",
        ));
    }
    site.write(by, |tx| async move {
        let standing = standing(&tx, id).await?;
        by.require(&APPROVE, standing.document.unit)?;
        if !matches!(standing.state, State::Submitted | State::Approved) {
            return Err(not_in_state(&standing, "退回"));
        }
        step(&tx, &standing, State::Returned, remark, "publishing.return").await
    })
    .await
}

/// Begins a new edition of a released document, from the text that is public.
///
/// # Errors
/// When one is being prepared already, or nothing is public.
pub async fn revise_released(site: &Site, by: &Actor, id: Uuid) -> Result<()> {
    let begun = site
        .write(by, |tx| async move {
            let standing = standing(&tx, id).await?;
            by.require(&DRAFT, standing.document.unit)?;
            if standing.state != State::Released {
                return Err(not_in_state(&standing, "修订"));
            }
            begin_edition(&tx, id, standing.edition.number + 1, standing.revision.id, "开始修订").await?;
            let deed = Deed::new("publishing.begin_edition", "document", id).unit(standing.document.unit);
            tx.record(deed).await?;
            Ok(())
        })
        .await;
    match begun {
        Err(Error::Database(e)) if is_unique_violation(&e) => Err(Error::Conflict("这份文件已经有人开始修订".into())),
        other => other,
    }
}

fn refuse_unless_submitted(standing: &Standing) -> Result<()> {
    if standing.state == State::Submitted {
        return Ok(());
    }
    Err(not_in_state(standing, "审批"))
}

/// Whether this person made any revision of this edition, sent it for approval, or took it over from somebody who left.
async fn worked_on(tx: &Tx, standing: &Standing, person: Uuid) -> Result<bool> {
    if standing.revision.created_by == Some(person) {
        return Ok(true);
    }
    if handover::store::has_charge(tx.on(), standing.edition.id, person).await? {
        return Ok(true);
    }
    let steps = store::statuses(tx.on(), standing.edition.id).await?;
    let own = steps.iter().filter(|s| s.account == Some(person));
    Ok(own
        .into_iter()
        .any(|s| matches!(State::of(&s.state), Some(State::Draft | State::Submitted))))
}

async fn step(tx: &Tx, standing: &Standing, state: State, remark: &str, action: &'static str) -> Result<()> {
    store::advance(tx, standing.edition.id, standing.revision.id, state, remark.trim()).await?;
    let deed = Deed::new(action, "document", standing.document.id).unit(standing.document.unit);
    tx.record(deed.detail(json!({ "revision": standing.revision.number })))
        .await?;
    Ok(())
}
