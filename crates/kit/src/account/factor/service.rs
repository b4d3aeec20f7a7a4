//! Commands on second factors.

use chrono::Duration;
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;
use uuid::Uuid;

use super::{SECRET, Stage, recovery, store, totp};
use crate::account::actor::Actor;
use crate::account::passkey::store as passkeys;
use crate::account::service::WRONG_FROM_ADDRESS;
use crate::account::service::{self as accounts, Session};
use crate::account::{MANAGE, store as account_store};
use crate::audit::Deed;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::guard::{Backoff, Origin};
use crate::seal::{Ciphertext, Sealed, context};
use crate::site::Site;

/// A secret shown for setting up is good for so long.
const SETTING_UP_MINUTES: i64 = 30;

/// How far a right password brings somebody.
pub(in crate::account) async fn stage_for(site: &Site, account: Uuid) -> Result<Stage> {
    if has_factor(site.db.read(), account).await? {
        return Ok(Stage::Factor);
    }
    Ok(if is_required(site, account).await? {
        Stage::Enrol
    } else {
        Stage::Open
    })
}

/// Whether an account has a second factor of either kind.
pub(in crate::account) async fn has_factor(on: &impl ConnectionTrait, account: Uuid) -> Result<bool, DbErr> {
    Ok(has_code(on, account).await? || passkeys::has_any(on, account).await?)
}

/// Whether an account has an authenticator app.
pub(in crate::account) async fn has_code(on: &impl ConnectionTrait, account: Uuid) -> Result<bool, DbErr> {
    let factor = store::of(on, account).await?;
    Ok(factor.is_some_and(|f| f.confirmed_at.is_some()))
}

/// Whether one of the roles held asks for a second factor.
///
/// # Errors
/// When the database fails.
pub async fn is_required(site: &Site, account: Uuid) -> Result<bool> {
    let held = account_store::holdings(site.db.read(), account).await?;
    let asked = &site.sign_in.second_factor_roles;
    Ok(held.iter().any(|holding| asked.contains(&holding.role)))
}

/// A second factor being set up: what the app needs to know.
#[derive(Debug)]
pub struct Pending {
    secret: Sealed<String>,
    login: String,
}

impl Pending {
    /// The secret in groups, to type.
    pub fn grouped(&self) -> String {
        totp::grouped(&self.secret)
    }

    /// The picture to scan, as SVG.
    ///
    /// # Errors
    /// When it cannot be drawn.
    pub fn picture(&self, site: &Site) -> Result<String> {
        totp::picture(&self.secret, &site.profile.district, &self.login)
    }
}

/// Begins setting up, or goes on where it was begun less than half an hour ago.
///
/// # Errors
/// When the account has a second factor already.
pub async fn begin(site: &Site, who: &Actor) -> Result<Pending> {
    let account = who.person()?;
    let login = login_of(site, account).await?;
    if let Some(secret) = pending_secret(site, account).await? {
        return Ok(Pending { secret, login });
    }
    let (id, fresh) = (Uuid::now_v7(), totp::fresh_secret()?);
    let sealed = &site.keys.seal(SECRET.purpose, &place(id), &fresh)?;
    let made = site
        .write(who, |tx| async move {
            store::remove_unconfirmed(&tx, account).await?;
            store::insert(&tx, id, account, sealed).await?;
            // Nothing is protected by it yet; the deed is its confirmation.
            tx.housekeeping();
            Ok::<_, Error>(())
        })
        .await;
    match made {
        Ok(()) => Ok(Pending { secret: fresh, login }),
        // Two tabs at once: the other one's secret stands.
        Err(Error::Database(e)) if crate::db::is_unique_violation(&e) => match pending_secret(site, account).await? {
            Some(secret) => Ok(Pending { secret, login }),
            None => Err(has_one()),
        },
        Err(other) => Err(other),
    }
}

async fn login_of(site: &Site, account: Uuid) -> Result<String> {
    let found = account_store::find(site.db.read(), account).await?;
    Ok(found.ok_or(Error::SignInFirst)?.login)
}

/// The secret of a second factor begun and still young; a refusal when one is confirmed.
async fn pending_secret(site: &Site, account: Uuid) -> Result<Option<Sealed<String>>> {
    let Some(row) = store::of(site.db.read(), account).await? else {
        return Ok(None);
    };
    if row.confirmed_at.is_some() {
        return Err(has_one());
    }
    if site.clock.now() - row.created_at > Duration::minutes(SETTING_UP_MINUTES) {
        return Ok(None);
    }
    Ok(Some(secret_of(site, &row)?))
}

fn has_one() -> Error {
    Error::refused(
        "这个账号已经设置了动态口令",
        "要换一部手机的，请先在“登录与安全”里取消原来的，再重新设置",
    )
}

fn place(id: Uuid) -> String {
    context(SECRET.table, SECRET.column, id)
}

fn secret_of(site: &Site, row: &store::factor::Model) -> Result<Sealed<String>> {
    site.keys.open(&place(row.id), &Ciphertext::parse(&row.secret)?)
}

/// Confirms the second factor with its first code and returns the recovery codes, which stand nowhere else.
///
/// # Errors
/// When the code is wrong, or none is being set up; [`Error::TooMany`] while throttled.
pub async fn confirm(site: &Site, who: &Actor, code: &str, address: &str) -> Result<Vec<String>> {
    let account = who.person()?;
    refuse_while_throttled(site, account, address).await?;
    let (codes, hashes) = &fresh_codes(site, account)?;
    let code = &digits(code);
    let outcome = site
        .write(who, |tx| async move {
            let row = store::of(tx.on(), account).await?.ok_or_else(not_begun)?;
            take_code(site, &tx, &row, code).await?;
            if !store::confirm(&tx, row.id).await? {
                return Err(has_one());
            }
            store::remove_codes(&tx, account).await?;
            store::insert_codes(&tx, account, hashes).await?;
            tx.record(Deed::new("account.add_second_factor", "account", account))
                .await?;
            Ok(())
        })
        .await;
    counted(site, account, address, outcome).await?;
    Ok(codes.clone())
}

/// Ten new recovery codes, and what is stored of them.
pub(in crate::account) fn fresh_codes(site: &Site, account: Uuid) -> Result<(Vec<String>, Vec<String>)> {
    let codes = recovery::fresh()?;
    let hashes = hashes_of(site, account, &codes)?;
    Ok((codes, hashes))
}

fn not_begun() -> Error {
    Error::refused("没有正在设置的动态口令", "请回到设置页面，重新扫一次二维码")
}

/// What was used to prove who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A code of the authenticator app.
    Code,
    /// A recovery code.
    Recovery,
    /// A passkey.
    Passkey,
}

impl Proof {
    /// Name in the audit record.
    pub fn id(self) -> &'static str {
        match self {
            Proof::Code => "code",
            Proof::Recovery => "recovery_code",
            Proof::Passkey => "passkey",
        }
    }
}

/// Takes a code of the app, or a recovery code, from the holder of an account.
///
/// # Errors
/// When it is wrong or was used before; [`Error::TooMany`] while throttled.
pub async fn prove(site: &Site, who: &Actor, typed: &str, address: &str) -> Result<Proof> {
    let account = who.person()?;
    refuse_while_throttled(site, account, address).await?;
    let recovery = match recovery::normal(typed) {
        Some(code) => site.keys.blind_indexes(&code_place(account), &code)?,
        None => Vec::new(),
    };
    let (recovery, code) = (&recovery, &digits(typed));
    let outcome = site
        .write(who, |tx| async move {
            if !recovery.is_empty() {
                return match store::use_code(&tx, account, recovery).await? {
                    true => {
                        tx.record(Deed::new("account.use_recovery_code", "account", account))
                            .await?;
                        Ok(Proof::Recovery)
                    }
                    false => Err(wrong()),
                };
            }
            let row = store::of(tx.on(), account).await?;
            let row = row.filter(|r| r.confirmed_at.is_some()).ok_or_else(wrong)?;
            take_code(site, &tx, &row, code).await?;
            // What it opens is recorded by whoever asked for it.
            tx.housekeeping();
            Ok(Proof::Code)
        })
        .await;
    counted(site, account, address, outcome).await
}

/// Checks a code and takes its step of time, so that it is good once, on whatever node.
async fn take_code(site: &Site, tx: &Tx, row: &store::factor::Model, code: &str) -> Result<()> {
    let step = totp::step_of(&secret_of(site, row)?, code, tx.at())?.ok_or_else(wrong)?;
    if store::take_step(tx, row.id, step).await? {
        return Ok(());
    }
    Err(Error::refused(
        "这个动态口令已经用过",
        "请等手机上出现下一个六位数字，再输入一次",
    ))
}

fn wrong() -> Error {
    Error::refused(
        "动态口令不对",
        "请核对手机时间是否准确，再输入当前显示的六位数字；手机不在身边的，请输入一个恢复码",
    )
}

/// Six digits however they were typed.
fn digits(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace()).collect()
}

fn code_place(account: Uuid) -> String {
    format!("recovery_code:{account}")
}

fn hashes_of(site: &Site, account: Uuid, codes: &[String]) -> Result<Vec<String>> {
    codes
        .iter()
        .filter_map(|code| recovery::normal(code))
        .map(|code| site.keys.blind_index(&code_place(account), &code))
        .collect()
}

/// Gives out ten new recovery codes; the earlier ones end.
///
/// # Errors
/// When there is no second factor.
pub async fn renew_codes(site: &Site, who: &Actor) -> Result<Vec<String>> {
    let account = who.person()?;
    let (codes, hashes) = &fresh_codes(site, account)?;
    site.write(who, |tx| async move {
        if !has_factor(tx.on(), account).await? {
            return Err(Error::refused("还没有设置第二因素", "请先设置动态口令或登记通行密钥"));
        }
        store::remove_codes(&tx, account).await?;
        store::insert_codes(&tx, account, hashes).await?;
        tx.record(Deed::new("account.renew_recovery_codes", "account", account))
            .await?;
        Ok::<_, Error>(())
    })
    .await?;
    Ok(codes.clone())
}

/// Takes one's own second factor away.
///
/// # Errors
/// When a role held asks for one and there is no passkey beside it, or there is none.
pub async fn remove_own(site: &Site, who: &Actor) -> Result<()> {
    let account = who.person()?;
    let is_required = is_required(site, account).await?;
    site.write(who, |tx| async move {
        tx.lock("account", account).await?;
        let has_another = passkeys::has_any(tx.on(), account).await?;
        if is_required && !has_another {
            return Err(Error::refused(
                "您担任的角色必须使用第二因素，不能取消",
                "手机更换或丢失的，请联系安全管理员重置后重新设置",
            ));
        }
        if !store::remove(&tx, account).await? {
            return Err(not_begun());
        }
        if !has_another {
            store::remove_codes(&tx, account).await?;
        }
        tx.record(Deed::new("account.remove_second_factor", "account", account))
            .await?;
        Ok(())
    })
    .await
}

/// Takes the second factor of somebody who lost it away, after the security administrator has made sure who asks. Their
/// sessions end; where the role asks for one, the next sign-in leads to setting up another.
///
/// # Errors
/// When no reason is given, there is nothing to reset, or it would be one's own.
pub async fn reset(site: &Site, by: &Actor, account: Uuid, reason: &str) -> Result<()> {
    if by.account.is_some() {
        by.require_district(&MANAGE)?;
    }
    if by.account == Some(account) {
        return Err(Error::refused(
            "不能重置自己的第二因素",
            "请由另一名安全管理员操作，或请系统管理员在服务器上运行 gongkai user link",
        ));
    }
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 200 {
        return Err(Error::refused(
            "没有写明怎样核实了本人",
            "请用 200 字以内写明核实的方式，例如“本人持工作证到场”",
        ));
    }
    site.write(by, |tx| async move {
        let had_code = store::remove(&tx, account).await?;
        let passkeys = passkeys::revoke_all(&tx, account).await?;
        if !had_code && passkeys == 0 {
            return Err(Error::refused("这个账号没有设置第二因素", "无需重置"));
        }
        store::remove_codes(&tx, account).await?;
        account_store::delete_sessions_of(&tx, account).await?;
        let deed = Deed::new("account.reset_second_factor", "account", account);
        let passkeys = (passkeys > 0).then_some(passkeys);
        tx.record(deed.detail(json!({ "reason": reason, "passkeys": passkeys })))
            .await?;
        Ok(())
    })
    .await
}

/// Turns a session that still lacked its second factor into one that is open, under a new token.
pub(in crate::account) async fn open(site: &Site, half: &Session, with: Option<Proof>) -> Result<String> {
    accounts::renew(site, half, |account| {
        let detail = json!({ "factor": with.map(Proof::id) });
        Deed::new("account.sign_in", "account", account).detail(detail)
    })
    .await
}

/// Wrong codes for one account.
static WRONG_CODES: Backoff = Backoff {
    name: "second factor",
    free: 5,
    longest: 900,
    quiet: 3600,
};

async fn refuse_while_throttled(site: &Site, account: Uuid, address: &str) -> Result<()> {
    let (account, address) = (account.to_string(), Origin::address_of(address));
    Backoff::refuse_while_waiting(site, &[(&WRONG_CODES, &account), (&WRONG_FROM_ADDRESS, &address)]).await
}

/// Wrong codes count like wrong passwords. A right one takes nothing off the count, which ends by itself after an hour of
/// quiet: whoever knows the password must not wipe the traces of guessing by signing in between.
async fn counted<T>(site: &Site, account: Uuid, address: &str, outcome: Result<T>) -> Result<T> {
    if matches!(outcome, Err(Error::Refused { .. })) {
        let (account, address) = (account.to_string(), Origin::address_of(address));
        Backoff::failed(site, &[(&WRONG_CODES, &account), (&WRONG_FROM_ADDRESS, &address)]).await?;
    }
    outcome
}
