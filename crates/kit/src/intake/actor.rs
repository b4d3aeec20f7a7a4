//! In whose name rows are taken while nobody is at the desk.

use super::kind::Kind;
use super::store::intake;
use crate::account::{Actor, Reach, store as accounts};
use crate::error::Result;
use crate::site::Site;

/// Whoever confirmed the intake, with what they may do now; none when they may no longer.
pub(super) async fn of(site: &Site, kind: &Kind, row: &intake::Model) -> Result<Option<Actor>> {
    let name = row.confirmed_name.clone().unwrap_or_default();
    let Some(account) = row.confirmed_by else {
        return Ok(Some(Actor::program(&name)));
    };
    let on = site.db.read();
    let is_active = accounts::find(on, account)
        .await?
        .is_some_and(|found| found.disabled_at.is_none());
    let actor = Actor {
        account: Some(account),
        name,
        holdings: accounts::holdings(on, account).await?,
    };
    Ok((is_active && actor.reach(kind.permission) == Reach::District).then_some(actor))
}
