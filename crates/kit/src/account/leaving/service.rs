//! Handing over and leaving.

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::{Handed, store};
use crate::account::actor::Actor;
use crate::account::factor::store as factor_store;
use crate::account::passkey::store as passkeys;
use crate::account::{MANAGE, store as account_store};
use crate::audit::Deed;
use crate::error::{Error, Result};
use crate::permission::Role;
use crate::site::Site;
use crate::unit;

/// What would be handed over by this account.
///
/// # Errors
/// When the database fails.
pub async fn preview(site: &Site, account: Uuid) -> Result<Vec<Handed>> {
    let mut items = Vec::new();
    for kind in site.capabilities.iter().flat_map(|c| c.handover.iter()) {
        items.extend(kind.open(site, account).await?);
    }
    Ok(items)
}

/// Hands the open work of an account to its successor, takes back its roles, ends its sessions, links and second factor,
/// and disables it: all of it or nothing.
///
/// # Errors
/// When the successor is not there, disabled or the same; when the day lies ahead; when it is one's own account.
pub async fn leave(site: &Site, by: &Actor, account: Uuid, successor: Uuid, left_on: NaiveDate) -> Result<Vec<Handed>> {
    by.require_district(&MANAGE)?;
    if by.account == Some(account) {
        return Err(Error::refused("不能为自己办理离岗交接", "请由另一名安全管理员办理"));
    }
    if account == successor {
        return Err(Error::refused("接手的岗位就是离岗的岗位", "请选择另一个岗位接手"));
    }
    if left_on > site.clock.today() {
        return Err(Error::refused(
            "离岗日期还没有到",
            "请在离岗当天办理；办理后账号立即停用",
        ));
    }
    let units = &unit::register(site.db.read()).await?;
    site.write(by, |tx| async move {
        // Both in one order, so that two hand-overs in opposite directions do not wait for each other.
        for id in [account.min(successor), account.max(successor)] {
            tx.lock("account", id).await?;
        }
        let leaver = account_store::find(tx.on(), account).await?;
        leaver.ok_or_else(|| Error::not_found("这个账号"))?;
        let next = account_store::find(tx.on(), successor).await?;
        let Some(next) = next.filter(|a| a.disabled_at.is_none()) else {
            return Err(Error::refused("接手的岗位不在或已停用", "请选择一个在用的岗位"));
        };
        let mut items = Vec::new();
        for kind in site.capabilities.iter().flat_map(|c| c.handover.iter()) {
            items.extend(kind.pass(&tx, account, successor).await?);
        }
        let grants = account_store::grants(tx.on(), account).await?;
        let grants: Vec<String> = grants.iter().map(|g| role_in_words(g, units)).collect();
        account_store::end_everything(&tx, account).await?;
        factor_store::remove(&tx, account).await?;
        factor_store::remove_codes(&tx, account).await?;
        passkeys::revoke_all(&tx, account).await?;
        account_store::set_disabled(&tx, account, Some(tx.at())).await?;
        store::insert(&tx, (account, successor), left_on, (json!(items), json!(grants))).await?;
        let detail = json!({ "successor": next.name, "to": successor, "items": items.len(), "left_on": left_on });
        tx.record(Deed::new("account.leave", "account", account).detail(detail))
            .await?;
        Ok(items)
    })
    .await
}

fn role_in_words(grant: &account_store::grant::Model, units: &[unit::Unit]) -> String {
    let unit = units.iter().find(|u| Some(u.id) == grant.unit);
    let unit = unit.map_or("全区", |u| &u.short_name);
    let role = Role::of(&grant.role).map_or("（已取消的角色）", Role::name);
    format!("{unit} · {role}")
}
