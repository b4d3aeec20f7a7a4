//! Many accounts at once, from a table. One-time links are not part of it: they are handed out one by one, on the page of each
//! account, and stand in no file.

use std::collections::HashMap;

use serde_json::json;
use uuid::Uuid;

use super::actor::Holding;
use super::service::is_login;
use super::{MANAGE, store};
use crate::audit::Deed;
use crate::db::Tx;
use crate::error::Result;
use crate::intake::{self, Check, Column, Home, Outcome, Row, Wrong};
use crate::permission::Role;
use crate::site::Site;
use crate::unit;

/// Accounts from a table.
pub static INTAKE: intake::Kind = intake::Kind {
    id: "accounts",
    name: "账号",
    columns: &[
        Column::new("name", "岗位名称", "写岗位，例如“区财政局·信息公开经办”。")
            .known_as(&["岗位", "名称"])
            .required(),
        Column::new("login", "登录名", "3 至 40 个小写字母、数字或 - _ . ，例如 czj-jingban。")
            .known_as(&["账号", "用户名"])
            .required()
            .unique(),
        Column::new(
            "role",
            "角色",
            "经办人员、审批人员、政务公开主管、外包编辑、评估员，或者系统、安全、审计管理员之一；同一岗位担任几个角色的，用顿号隔开。",
        )
        .required(),
        Column::new("unit", "单位", "单位的全称或简称；区级岗位不填或填“全区”。").known_as(&["所在单位", "单位名称"]),
    ],
    permission: &MANAGE,
    home: Home {
        href: "/accounts",
        label: "账号与角色",
        nav: "accounts",
    },
    place: Some("/accounts/"),
    afterwards: "新账号还没有口令：请从下面“已导入”的行进入各账号，发放一次性登录链接。链接只在页面上显示一次，不会写进下载的表格。",
    clash: "登录名已经有人使用",
    load: |site| Box::pin(load(site)),
    take: |tx, rows| Box::pin(take(tx, rows)),
};

struct Units(HashMap<String, Uuid>);

async fn load(site: &Site) -> Result<Box<dyn Check>> {
    Ok(Box::new(Units(unit::by_names(site.db.read()).await?)))
}

impl Check for Units {
    fn check(&self, row: &Row) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        if !is_login(row.text("login")) {
            let sentence = "请用 3 至 40 个小写字母、数字或 - _ . 组成登录名，例如 czj-jingban";
            wrong.push(Wrong::new("login", sentence));
        }
        if row.text("name").chars().count() > 60 {
            wrong.push(Wrong::new("name", "最多 60 个字"));
        }
        wrong.extend(roles(row).err());
        wrong.extend(unit_of(row, &self.0).err());
        wrong
    }
}

/// The roles of a row.
fn roles(row: &Row) -> Result<Vec<Role>, Wrong> {
    let mut roles: Vec<Role> = Vec::new();
    for words in row.list("role") {
        let found = Role::ALL
            .into_iter()
            .find(|role| role.name() == words || role.id() == words);
        let Some(role) = found else {
            let names = Role::ALL.map(Role::name).join("、");
            return Err(Wrong::new("role", format!("“{words}”不是角色，请填写{names}之一")));
        };
        if let Some(other) = roles.iter().find(|other| !other.goes_with(role)) {
            let sentence = format!("“{}”不能与“{}”由同一账号担任", role.name(), other.name());
            return Err(Wrong::new("role", sentence));
        }
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    Ok(roles)
}

/// The unit of a row; none for the whole district.
fn unit_of(row: &Row, units: &HashMap<String, Uuid>) -> Result<Option<Uuid>, Wrong> {
    match row.text("unit") {
        "" | "全区" => Ok(None),
        name => units
            .get(name)
            .copied()
            .map(Some)
            .ok_or_else(|| Wrong::new("unit", format!("单位名册里没有“{name}”，请核对名称，或先登记这个单位"))),
    }
}

async fn take(tx: &Tx, rows: &[Row]) -> Result<Vec<Outcome>> {
    let units = unit::by_names(tx.on()).await?;
    let logins: Vec<&str> = rows.iter().map(|row| row.text("login")).collect();
    let known = store::by_logins(tx.on(), &logins).await?;
    let mut outcomes = Vec::with_capacity(rows.len());
    for row in rows {
        let (roles, unit) = match (roles(row), unit_of(row, &units)) {
            (Ok(roles), Ok(unit)) => (roles, unit),
            (Err(wrong), _) | (_, Err(wrong)) => {
                outcomes.push(Outcome::Refused(wrong.sentence));
                continue;
            }
        };
        let wanted: Vec<Holding> = roles.into_iter().map(|role| Holding { role, unit }).collect();
        outcomes.push(match known.iter().find(|account| account.login == row.text("login")) {
            Some(account) => beside(tx, account, row, &wanted).await?,
            None => Outcome::Taken(create(tx, row, &wanted).await?),
        });
    }
    Ok(outcomes)
}

/// A row whose sign-in name exists: the same account, or another one.
async fn beside(tx: &Tx, account: &store::account::Model, row: &Row, wanted: &[Holding]) -> Result<Outcome> {
    let held = store::holdings(tx.on(), account.id).await?;
    if account.name == row.text("name") && wanted.iter().all(|holding| held.contains(holding)) {
        return Ok(Outcome::Known(account.id));
    }
    Ok(Outcome::Refused(format!(
        "登录名“{}”已由岗位“{}”使用，岗位名称或角色与这一行不同；要改角色请到该账号的页面",
        account.login, account.name
    )))
}

async fn create(tx: &Tx, row: &Row, wanted: &[Holding]) -> Result<Uuid> {
    let id = store::insert(tx, row.text("login"), row.text("name")).await?;
    for Holding { role, unit } in wanted {
        store::insert_grant(tx, id, *role, *unit).await?;
    }
    let roles: Vec<&str> = wanted.iter().map(|holding| holding.role.id()).collect();
    let unit = wanted.first().and_then(|holding| holding.unit);
    let detail = json!({ "login": row.text("login"), "role": roles.join(" "), "unit": unit });
    tx.record(Deed::new("account.create", "account", id).detail(detail))
        .await?;
    Ok(id)
}
