//! Commands on the register: enter, rename, merge, abolish. History stays.

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::{Kind, MANAGE, Unit, store};
use crate::account::Actor;
use crate::audit::Deed;
use crate::db::{Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::site::Site;

/// A unit about to be entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUnit {
    /// Short code for addresses.
    pub code: String,
    /// Kind.
    pub kind: Kind,
    /// Full name.
    pub full_name: String,
    /// Short name.
    pub short_name: String,
    /// The unit above.
    pub parent: Option<Uuid>,
    /// Since when, where known.
    pub established_on: Option<NaiveDate>,
    /// Groups it belongs to.
    pub groups: Vec<String>,
    /// Where the entry comes from.
    pub source: String,
    /// Shown to the public.
    pub contact: String,
}

/// Enters units in one transaction; all of them or none.
///
/// # Errors
/// When a code or a name is already in the register, or one stands twice among the new ones.
pub async fn enter(site: &Site, by: &Actor, units: Vec<NewUnit>) -> Result<Vec<Uuid>> {
    if by.account.is_some() {
        by.require_district(&MANAGE)?;
    }
    for unit in &units {
        check(unit)?;
    }
    let units = &units;
    let entered = site
        .write(by, |tx| async move {
            tx.lock_name("unit register").await?;
            let mut position = i32::try_from(store::count(tx.on()).await?).unwrap_or(i32::MAX);
            let mut ids = Vec::new();
            for unit in units {
                ids.push(enter_one(&tx, unit, position).await?);
                position = position.saturating_add(1);
            }
            Ok(ids)
        })
        .await;
    match entered {
        Err(Error::Database(e)) if is_unique_violation(&e) => Err(Error::refused(
            format!(
                "登记没有保存：{}的代码、全称或简称与另一个单位相同",
                clashing(site, units).await?
            ),
            "请先在名册里查找；同一单位改名请用“改名”，不要重新登记",
        )),
        other => other,
    }
}

/// Which of the new units clash, with the register or among themselves; the first few by name.
async fn clashing(site: &Site, units: &[NewUnit]) -> Result<String> {
    let known = store::register(site.db.read()).await?;
    let is_same = |a: &NewUnit, code: &str, full: &str, short: &str| {
        a.code == code || a.full_name == full || a.short_name == short
    };
    let clash = |position: usize, new: &NewUnit| {
        known
            .iter()
            .any(|old| is_same(new, &old.code, &old.full_name, &old.short_name))
            || units
                .iter()
                .take(position)
                .any(|old| is_same(new, &old.code, &old.full_name, &old.short_name))
    };
    let names: Vec<String> = units
        .iter()
        .enumerate()
        .filter(|(position, new)| clash(*position, new))
        .map(|(_, new)| format!("“{}”", new.short_name))
        .collect();
    let shown = names.iter().take(5).cloned().collect::<Vec<_>>().join("、");
    Ok(if names.len() > 5 {
        format!("{shown}等 {} 个单位", names.len())
    } else {
        shown
    })
}

async fn enter_one(tx: &Tx, unit: &NewUnit, position: i32) -> Result<Uuid> {
    let id = Uuid::now_v7();
    let row = store::unit::Model {
        id,
        code: unit.code.clone(),
        kind: unit.kind.id().into(),
        parent: unit.parent,
        established_on: unit.established_on,
        ended_on: None,
        successor: None,
        position,
        source: unit.source.clone(),
        contact: unit.contact.clone(),
    };
    store::insert(tx, row, &unit.full_name, &unit.short_name).await?;
    for group in &unit.groups {
        store::add_to_group(tx, id, group).await?;
    }
    let detail = json!({ "full_name": unit.full_name, "kind": unit.kind.id() });
    tx.record(Deed::new("unit.enter", "unit", id).unit(id).detail(detail))
        .await?;
    Ok(id)
}

fn check(unit: &NewUnit) -> Result<()> {
    if !is_code(&unit.code) {
        return Err(Error::refused(
            format!("“{}”的代码不合要求", unit.short_name),
            "请用小写字母、数字和 - 组成代码，例如 czj",
        ));
    }
    check_names(&unit.full_name, &unit.short_name)
}

/// Whether a code can stand in an address.
pub(super) fn is_code(code: &str) -> bool {
    let is_sign = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !code.is_empty() && code.len() <= 32 && code.chars().all(is_sign)
}

/// Whether a name is long enough, not too long, and in one piece.
pub(super) fn is_name(name: &str) -> bool {
    (2..=60).contains(&name.chars().count()) && !name.chars().any(|c| c.is_control() || c.is_whitespace())
}

fn check_names(full_name: &str, short_name: &str) -> Result<()> {
    for (label, name) in [("全称", full_name), ("简称", short_name)] {
        if !is_name(name) {
            return Err(Error::refused(
                format!("单位{label}“{name}”不合要求"),
                format!("请填写 2 至 60 个字的{label}，中间不要有空格或换行"),
            ));
        }
    }
    Ok(())
}

/// Gives a unit a new name from a date on; the old one stays in its history.
///
/// # Errors
/// When another unit bears the name, or the unit has ended.
pub async fn rename(
    site: &Site,
    by: &Actor,
    id: Uuid,
    full_name: &str,
    short_name: &str,
    from: NaiveDate,
    reason: &str,
) -> Result<()> {
    by.require_district(&MANAGE)?;
    check_names(full_name, short_name)?;
    let renamed = site
        .write(by, |tx| async move {
            let unit = locked(&tx, id, from).await?;
            store::end_name(&tx, id, from).await?;
            store::insert_name(&tx, id, full_name, short_name, Some(from), reason).await?;
            let detail = json!({ "from": unit.full_name, "to": full_name, "on": from });
            tx.record(Deed::new("unit.rename", "unit", id).unit(id).detail(detail))
                .await?;
            Ok(())
        })
        .await;
    match renamed {
        Err(Error::Database(e)) if is_unique_violation(&e) => Err(Error::refused(
            "名册里已有单位使用这个名称",
            "请核对名称；如果是两个单位合并，请用“并入”",
        )),
        other => other,
    }
}

/// Ends a unit, by merger into another or by abolition.
///
/// # Errors
/// When the unit has ended before, or would be merged into itself or into one that has ended.
pub async fn end(
    site: &Site,
    by: &Actor,
    id: Uuid,
    on: NaiveDate,
    successor: Option<Uuid>,
    reason: &str,
) -> Result<()> {
    by.require_district(&MANAGE)?;
    if successor == Some(id) {
        return Err(Error::refused("单位不能并入它自己", "请选择另一个单位"));
    }
    site.write(by, |tx| async move {
        locked(&tx, id, on).await?;
        if let Some(successor) = successor {
            locked(&tx, successor, on).await?;
        }
        store::end(&tx, id, on, successor).await?;
        let action = if successor.is_some() {
            "unit.merge"
        } else {
            "unit.abolish"
        };
        let detail = json!({ "on": on, "successor": successor, "reason": reason });
        tx.record(Deed::new(action, "unit", id).unit(id).detail(detail)).await?;
        Ok(())
    })
    .await
}

async fn locked(tx: &Tx, id: Uuid, on: NaiveDate) -> Result<Unit> {
    tx.lock("unit", id).await?;
    let unit = store::find(tx.on(), id)
        .await?
        .ok_or_else(|| Error::not_found("这个单位"))?;
    if !unit.is_active(on) {
        return Err(Error::refused(
            format!("“{}”在那一天之前已经撤并", unit.full_name),
            "请在名册里核对日期和单位",
        ));
    }
    Ok(unit)
}
