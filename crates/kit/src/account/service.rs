//! Commands on accounts: signing in and out, setting a password, granting and revoking roles.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use uuid::Uuid;

use super::actor::{Actor, Holding};
use super::factor::Stage;
use super::{MANAGE, factor, secrets, store};
use crate::audit::Deed;
use crate::db::is_unique_violation;
use crate::error::{Error, Result};
use crate::permission::Role;
use crate::site::Site;
use crate::unit;

/// A session lasts one working day and its evening.
pub(super) const SESSION_HOURS: i64 = 12;
/// So long the second factor may be kept waiting after the password.
const HALF_MINUTES: i64 = 10;
/// A one-time link is good for three days, so that it survives a weekend on somebody's desk.
const LINK_HOURS: i64 = 72;
/// Wrong passwords for one sign-in name that cost nothing; each further one doubles the wait.
pub(super) const FREE_FAILURES: i32 = 5;
/// The same for one address; an office of sixty people may share one.
pub(super) const FREE_FAILURES_OF_ADDRESS: i32 = 60;
/// Failures are forgotten after so many minutes without another; longer than the longest wait.
const QUIET_MINUTES: i64 = 60;
/// The longest wait after wrong passwords, in seconds.
const LONGEST_WAIT: i64 = 900;
/// The shortest password taken. Length is what protects; no rules about signs.
const SHORTEST_PASSWORD: usize = 12;

/// Somebody signed in.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub actor: Actor,
    /// What every form of this session carries, against forged submissions.
    pub form_token: String,
    /// When its holder last proved who they are: at sign-in, or before a dangerous act.
    pub proved_at: Option<DateTime<Utc>>,
    /// Hash of the session's own token.
    pub(crate) token_hash: String,
}

/// Signs in by name and password and returns the secret for the session cookie. Where a second factor is asked for, the
/// session opens nothing until it has been given; see [`super::session::half`].
///
/// # Errors
/// A refusal that does not tell whether the name or the password was wrong; [`Error::TooMany`] while throttled.
pub async fn sign_in(site: &Site, login: &str, password: &str, address: &str) -> Result<String> {
    let now = site.clock.now();
    let keys = [throttle_key("login", login), throttle_key("address", address)];
    refuse_while_throttled(site, &keys[0], FREE_FAILURES, now).await?;
    refuse_while_throttled(site, &keys[1], FREE_FAILURES_OF_ADDRESS, now).await?;
    let account = store::by_login(site.db.read(), login)
        .await?
        .filter(|a| a.disabled_at.is_none());
    let stored = account.as_ref().and_then(|a| a.password_hash.clone());
    let (fits, password_given) = (verify(password, stored).await?, account);
    let Some(account) = password_given.filter(|_| fits) else {
        return Err(failed(site, &keys).await?);
    };
    open_session(site, account, &keys[..1]).await
}

/// Checks the password of somebody signed in, before a dangerous act.
pub(super) async fn check_own_password(site: &Site, account: Uuid, password: &str, address: &str) -> Result<()> {
    let now = site.clock.now();
    let found = store::find(site.db.read(), account).await?.ok_or(Error::SignInFirst)?;
    let keys = [throttle_key("login", &found.login), throttle_key("address", address)];
    refuse_while_throttled(site, &keys[0], FREE_FAILURES, now).await?;
    refuse_while_throttled(site, &keys[1], FREE_FAILURES_OF_ADDRESS, now).await?;
    if verify(password, found.password_hash).await? {
        return Ok(());
    }
    failed(site, &keys).await?;
    Err(Error::refused(
        "口令不对",
        "请核对后重新输入；忘记口令的，请联系安全管理员发放一次性登录链接",
    ))
}

/// Why a password was not changed.
#[derive(Debug)]
pub enum NotChanged {
    /// The old one is wrong.
    Old(String),
    /// The new one is not good.
    New(String),
    /// Something else.
    Failed(Error),
}

impl NotChanged {
    fn of(error: Error, field: impl Fn(String) -> NotChanged) -> NotChanged {
        match error {
            Error::Refused { what, advice } => field(format!("{what}。{advice}")),
            other => NotChanged::Failed(other),
        }
    }
}

/// Changes one's own password, ends every other session, and returns the new secret of this one.
///
/// # Errors
/// Which of the two passwords is wrong, and how.
pub async fn change_password(
    site: &Site,
    session: &Session,
    old: &str,
    new: &str,
    address: &str,
) -> Result<String, NotChanged> {
    let account = session.actor.person().map_err(NotChanged::Failed)?;
    check_own_password(site, account, old, address)
        .await
        .map_err(|e| NotChanged::of(e, NotChanged::Old))?;
    put_password(site, session, account, new)
        .await
        .map_err(|e| NotChanged::of(e, NotChanged::New))
}

async fn put_password(site: &Site, session: &Session, account: Uuid, new: &str) -> Result<String> {
    let found = store::find(site.db.read(), account).await?.ok_or(Error::SignInFirst)?;
    check_password(new, &found.login)?;
    let owned = new.to_string();
    let hash = &tokio::task::spawn_blocking(move || secrets::hash_password(&owned))
        .await
        .map_err(|e| Error::Internal(format!("password hash: {e}")))??;
    site.write(&session.actor, |tx| async move {
        store::set_password(&tx, account, hash).await?;
        store::delete_other_sessions(&tx, account, &session.token_hash).await?;
        tx.record(Deed::new("account.set_password", "account", account)).await?;
        Ok::<_, Error>(())
    })
    .await?;
    let deed = |account| Deed::new("account.prove", "account", account).detail(json!({ "factor": "password" }));
    renew(site, session, deed).await
}

async fn verify(password: &str, stored: Option<String>) -> Result<bool> {
    let password = password.to_string();
    tokio::task::spawn_blocking(move || secrets::verify_password(&password, stored.as_deref()))
        .await
        .map_err(|e| Error::Internal(format!("password check: {e}")))
}

pub(super) async fn failed(site: &Site, keys: &[String; 2]) -> Result<Error> {
    let actor = Actor::program("登录");
    site.write(&actor, |tx| async move {
        // Counted one after the other, so that trying many passwords at once is no way around the waiting.
        tx.lock_name("sign-in throttle").await?;
        for key in keys {
            let before = store::failures(tx.on(), key)
                .await?
                .map_or(0, |(n, last)| standing(n, last, tx.at()));
            store::set_failures(&tx, key, before.saturating_add(1)).await?;
        }
        tx.housekeeping();
        Ok::<_, Error>(())
    })
    .await?;
    metrics::counter!("gongkai_sign_in_failures_total").increment(1);
    Ok(Error::refused(
        "登录名或口令不对",
        "请核对后重新输入；忘记口令的，请联系安全管理员发放一次性登录链接",
    ))
}

async fn open_session(site: &Site, account: store::account::Model, keys: &[String]) -> Result<String> {
    let (token, form_token) = (secrets::fresh_token()?, secrets::fresh_token()?);
    let actor = Actor {
        account: Some(account.id),
        name: account.name.clone(),
        holdings: Vec::new(),
    };
    let (hash, form_token) = (&secrets::token_hash(&token), &form_token);
    let stage = factor::service::stage_for(site, account.id).await?;
    site.write(&actor, |tx| async move {
        for key in keys {
            store::set_failures(&tx, key, 0).await?;
        }
        if stage == Stage::Open {
            let lifetime = Duration::hours(SESSION_HOURS);
            store::insert_session(&tx, hash, account.id, form_token, (stage, lifetime)).await?;
            tx.record(Deed::new("account.sign_in", "account", account.id)).await?;
        } else {
            let lifetime = Duration::minutes(HALF_MINUTES);
            store::insert_session(&tx, hash, account.id, form_token, (stage, lifetime)).await?;
            // Nobody is signed in yet.
            tx.housekeeping();
        }
        Ok::<_, Error>(())
    })
    .await?;
    Ok(token)
}

pub(super) fn throttle_key(kind: &str, value: &str) -> String {
    secrets::token_hash(&format!("{kind}:{}", value.to_lowercase()))
}

pub(super) async fn refuse_while_throttled(site: &Site, key: &str, free: i32, now: DateTime<Utc>) -> Result<()> {
    let Some((failures, last)) = store::failures(site.db.read(), key).await? else {
        return Ok(());
    };
    let wait = wait_after(standing(failures, last, now), free);
    let left = (last + Duration::seconds(wait) - now).num_seconds();
    if left > 0 {
        return Err(Error::TooMany(left.unsigned_abs()));
    }
    Ok(())
}

/// Failures that still count: after an hour of quiet the count begins anew.
fn standing(failures: i32, last: DateTime<Utc>, now: DateTime<Utc>) -> i32 {
    if now - last > Duration::minutes(QUIET_MINUTES) {
        0
    } else {
        failures
    }
}

/// Seconds to wait after so many failures in a row, of which some are free.
fn wait_after(failures: i32, free: i32) -> i64 {
    if failures < free {
        return 0;
    }
    let doublings = u32::try_from(failures - free).unwrap_or(0).min(10);
    (5_i64 << doublings).min(LONGEST_WAIT)
}

pub(super) use super::session::renew;
pub use super::session::session;

/// Ends a session.
///
/// # Errors
/// When the database fails.
pub async fn sign_out(site: &Site, session: &Session) -> Result<()> {
    let account = session.actor.person()?;
    site.write(&session.actor, |tx| async move {
        store::delete_session(&tx, &session.token_hash).await?;
        tx.record(Deed::new("account.sign_out", "account", account)).await?;
        Ok(())
    })
    .await
}

/// Makes an account, with its first role if one is given, and returns its id. It has no password: [`issue_link`] lets its holder in.
///
/// # Errors
/// When the sign-in name is taken, too short or has signs that cannot stand in one, or the unit is not there.
pub async fn create(site: &Site, by: &Actor, login: &str, name: &str, first: Option<Holding>) -> Result<Uuid> {
    require_manager(site, by, first.and_then(|f| f.unit)).await?;
    check_login(login)?;
    if name.trim().is_empty() {
        return Err(Error::refused(
            "没有填写岗位名称",
            "请填写岗位名称，例如“区财政局·信息公开经办”",
        ));
    }
    let made = site
        .write(by, |tx| async move {
            let id = store::insert(&tx, login, name.trim()).await?;
            if let Some(Holding { role, unit }) = first {
                store::insert_grant(&tx, id, role, unit).await?;
            }
            let role = first.map(|f| f.role.id());
            let detail = json!({ "login": login, "role": role, "unit": first.and_then(|f| f.unit) });
            tx.record(Deed::new("account.create", "account", id).detail(detail))
                .await?;
            Ok(id)
        })
        .await;
    match made {
        Err(Error::Database(e)) if is_unique_violation(&e) => {
            Err(Error::refused(format!("登录名“{login}”已经有人使用"), "请换一个登录名"))
        }
        other => other,
    }
}

/// The operator at the machine acts as the program; everybody else needs the permission. The unit must be there.
async fn require_manager(site: &Site, by: &Actor, unit: Option<Uuid>) -> Result<()> {
    if by.account.is_some() {
        by.require_district(&MANAGE)?;
    }
    if let Some(unit) = unit {
        unit::find(site.db.read(), unit)
            .await?
            .ok_or_else(|| Error::not_found("这个单位"))?;
    }
    Ok(())
}

fn check_login(login: &str) -> Result<()> {
    let good = (3..=40).contains(&login.chars().count())
        && login
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c));
    if good {
        return Ok(());
    }
    Err(Error::refused(
        "登录名不合要求",
        "请用 3 至 40 个小写字母、数字或 - _ . 组成登录名，例如 czj-jingban",
    ))
}

/// Makes a one-time link for an account and returns its secret. Earlier links stay good until used or expired.
///
/// # Errors
/// When the account is not there or is disabled.
pub async fn issue_link(site: &Site, by: &Actor, account: Uuid) -> Result<String> {
    let found = store::find(site.db.read(), account)
        .await?
        .ok_or_else(|| Error::not_found("这个账号"))?;
    if found.disabled_at.is_some() {
        return Err(Error::refused("账号已停用，不能发放登录链接", "请先恢复账号"));
    }
    let token = secrets::fresh_token()?;
    let hash = &secrets::token_hash(&token);
    site.write(by, |tx| async move {
        store::insert_link(&tx, hash, account, Duration::hours(LINK_HOURS)).await?;
        tx.record(Deed::new("account.issue_link", "account", account)).await?;
        Ok::<_, Error>(())
    })
    .await?;
    Ok(token)
}

/// The post whom a link would let in, without using the link up.
///
/// # Errors
/// When the link is used, expired or never was.
pub async fn link_holder(site: &Site, token: &str) -> Result<store::account::Model> {
    let found = store::link_account(site.db.read(), &secrets::token_hash(token), site.clock.now()).await?;
    found.ok_or_else(|| {
        Error::refused(
            "这个登录链接已经用过或已过期",
            "请联系安全管理员重新发放；如已设置口令，可直接登录",
        )
    })
}

/// Uses a one-time link: sets the password and opens a session, whose secret is returned.
///
/// # Errors
/// When the link is no longer good, or the password too short or too plain.
pub async fn redeem_link(site: &Site, token: &str, password: &str) -> Result<String> {
    let account = link_holder(site, token).await?;
    check_password(password, &account.login)?;
    let owned = password.to_string();
    let hash = tokio::task::spawn_blocking(move || secrets::hash_password(&owned))
        .await
        .map_err(|e| Error::Internal(format!("password hash: {e}")))??;
    let actor = Actor {
        account: Some(account.id),
        name: account.name.clone(),
        holdings: Vec::new(),
    };
    let (link, hash) = (&secrets::token_hash(token), &hash);
    site.write(&actor, |tx| async move {
        if !store::use_link(&tx, link).await? {
            return Err(Error::refused("这个登录链接已经用过", "请联系安全管理员重新发放"));
        }
        store::set_password(&tx, account.id, hash).await?;
        store::delete_sessions_of(&tx, account.id).await?;
        tx.record(Deed::new("account.set_password", "account", account.id))
            .await?;
        Ok(())
    })
    .await?;
    open_session(site, account, &[]).await
}

/// What is wrong with a password, if anything.
pub(super) fn check_password(password: &str, login: &str) -> Result<()> {
    let distinct = password.chars().collect::<std::collections::HashSet<_>>().len();
    if password.chars().count() < SHORTEST_PASSWORD {
        return Err(Error::refused(
            format!("口令太短，至少要 {SHORTEST_PASSWORD} 个字符"),
            "可以用一句自己记得住的话，例如几个不相干的词连在一起",
        ));
    }
    if password.contains(login) || distinct < 5 {
        return Err(Error::refused(
            "口令太容易猜到",
            "请不要包含登录名，也不要重复同样的几个字符",
        ));
    }
    if password.chars().count() > 200 {
        return Err(Error::refused("口令太长，最多 200 个字符", "请换一个短一些的口令"));
    }
    Ok(())
}

/// Gives a role to an account, for one unit or (with none) for the whole district.
///
/// # Errors
/// When the account holds a role that this one may not stand beside: the system, security and audit administrators are
/// never one person.
pub async fn grant(site: &Site, by: &Actor, account: Uuid, role: Role, unit: Option<Uuid>) -> Result<()> {
    require_manager(site, by, unit).await?;
    site.write(by, |tx| async move {
        tx.lock("account", account).await?;
        store::find(tx.on(), account)
            .await?
            .ok_or_else(|| Error::not_found("这个账号"))?;
        let held = store::holdings(tx.on(), account).await?;
        if held.contains(&Holding { role, unit }) {
            return Err(Error::refused("该账号已经有这个角色", "无需重复授予"));
        }
        if let Some(clash) = held.iter().find(|h| !h.role.goes_with(role)) {
            return Err(Error::refused(
                format!("“{}”不能与“{}”由同一账号担任", role.name(), clash.role.name()),
                "系统、安全、审计管理员须三员分设，也不兼办业务；请另设账号",
            ));
        }
        store::insert_grant(&tx, account, role, unit).await?;
        let deed = Deed::new("account.grant", "account", account).detail(json!({ "role": role.id(), "unit": unit }));
        tx.record(deed).await?;
        Ok(())
    })
    .await
}

/// Takes a role back; sessions notice at their next request.
///
/// # Errors
/// When the role is not held.
pub async fn revoke(site: &Site, by: &Actor, account: Uuid, grant: Uuid) -> Result<()> {
    by.require_district(&MANAGE)?;
    site.write(by, |tx| async move {
        if !store::revoke_grant(&tx, account, grant).await? {
            return Err(Error::refused("这个角色已经收回", "请刷新页面查看"));
        }
        tx.record(Deed::new("account.revoke", "account", account).detail(json!({ "grant": grant })))
            .await?;
        Ok(())
    })
    .await
}

/// Disables an account (its sessions end at once) or lets it in again.
///
/// # Errors
/// When somebody would disable the account they are signed in with.
pub async fn set_enabled(site: &Site, by: &Actor, account: Uuid, enabled: bool) -> Result<()> {
    by.require_district(&MANAGE)?;
    if by.account == Some(account) {
        return Err(Error::refused("不能停用自己正在使用的账号", "请由另一名安全管理员操作"));
    }
    site.write(by, |tx| async move {
        store::set_disabled(&tx, account, (!enabled).then_some(tx.at())).await?;
        if !enabled {
            store::delete_sessions_of(&tx, account).await?;
        }
        let action = if enabled { "account.enable" } else { "account.disable" };
        tx.record(Deed::new(action, "account", account)).await?;
        Ok(())
    })
    .await
}

/// Accounts under this sign-in name, for the command line.
///
/// # Errors
/// When the database fails.
pub async fn find_by_login(site: &Site, login: &str) -> Result<Option<Uuid>> {
    Ok(store::by_login(site.db.read(), login).await?.map(|a| a.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end() {
        assert_eq!(wait_after(4, 5), 0);
        assert_eq!(wait_after(5, 5), 5);
        assert_eq!(wait_after(6, 5), 10);
        assert_eq!(wait_after(i32::MAX, 5), LONGEST_WAIT);
    }

    #[test]
    fn plain_passwords_are_refused_with_a_reason() {
        assert!(check_password("short", "czj").is_err());
        assert!(check_password("aaaaaaaaaaaaaaaa", "czj").is_err());
        assert!(check_password("czj-2021-czj-2021", "czj").is_err());
        assert!(
            check_password("示例口令要足够长才可以", "czj").is_err(),
            "eleven characters"
        );
        assert!(check_password("示例口令要足够长才可以通过", "czj").is_ok());
        assert!(check_login("区财政局").is_err());
        assert!(check_login("czj-jingban").is_ok());
    }
}
