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
use crate::guard::{Backoff, Origin};
use crate::permission::Role;
use crate::site::Site;
use crate::unit;

/// A session lasts one working day and its evening.
pub(super) const SESSION_HOURS: i64 = 12;
/// So long the second factor may be kept waiting after the password.
const HALF_MINUTES: i64 = 10;
/// A one-time link is good for three days, so that it survives a weekend on somebody's desk.
const LINK_HOURS: i64 = 72;
/// Wrong passwords for one sign-in name.
static WRONG_FOR_NAME: Backoff = Backoff {
    name: "sign-in name",
    free: 5,
    longest: 900,
    quiet: 3600,
};
/// The same for one address; an office of sixty people may share one.
pub(super) static WRONG_FROM_ADDRESS: Backoff = Backoff {
    name: "sign-in address",
    free: 60,
    longest: 900,
    quiet: 3600,
};
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
    let (name, address) = (login.to_lowercase(), Origin::address_of(address));
    let counted = [(&WRONG_FOR_NAME, name.as_str()), (&WRONG_FROM_ADDRESS, &address)];
    Backoff::refuse_while_waiting(site, &counted).await?;
    let account = store::by_login(site.db.read(), login)
        .await?
        .filter(|a| a.disabled_at.is_none());
    let stored = account.as_ref().and_then(|a| a.password_hash.clone());
    let (fits, password_given) = (verify(password, stored).await?, account);
    let Some(account) = password_given.filter(|_| fits) else {
        Backoff::failed(site, &counted).await?;
        metrics::counter!("gongkai_sign_in_failures_total").increment(1);
        return Err(Error::refused(
            "登录名或口令不对",
            "请核对后重新输入；忘记口令的，请联系安全管理员发放一次性登录链接",
        ));
    };
    open_session(site, account, By::Password(&name)).await
}

/// Checks the password of somebody signed in, before a dangerous act.
pub(super) async fn check_own_password(site: &Site, account: Uuid, password: &str, address: &str) -> Result<()> {
    let found = store::find(site.db.read(), account).await?.ok_or(Error::SignInFirst)?;
    let address = Origin::address_of(address);
    let counted = [(&WRONG_FOR_NAME, found.login.as_str()), (&WRONG_FROM_ADDRESS, &address)];
    Backoff::refuse_while_waiting(site, &counted).await?;
    if verify(password, found.password_hash).await? {
        return Ok(());
    }
    Backoff::failed(site, &counted).await?;
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

/// What somebody came in by.
#[derive(Debug, Clone, Copy)]
pub(super) enum By<'a> {
    /// The password; the wrong ones counted for this name are forgiven.
    Password(&'a str),
    /// A one-time link.
    Link,
    /// The identity provider, whose word may stand for the second factor.
    Provider {
        /// Whether it does.
        is_trusted: bool,
    },
}

impl By<'_> {
    /// The deed of signing in this way.
    fn deed(self, account: Uuid) -> Deed {
        let deed = Deed::new("account.sign_in", "account", account);
        match self {
            By::Provider { .. } => deed.detail(json!({ "way": "oidc" })),
            _ => deed,
        }
    }
}

/// Opens a session for an account in use and returns its token.
pub(super) async fn open_session(site: &Site, account: store::account::Model, by: By<'_>) -> Result<String> {
    let (token, form_token) = (secrets::fresh_token()?, secrets::fresh_token()?);
    let actor = Actor {
        account: Some(account.id),
        name: account.name.clone(),
        holdings: Vec::new(),
    };
    let (hash, form_token) = (&secrets::token_hash(&token), &form_token);
    let stage = match by {
        By::Provider { is_trusted: true } => Stage::Open,
        _ => factor::service::stage_for(site, account.id).await?,
    };
    site.write(&actor, |tx| async move {
        if let By::Password(name) = by {
            WRONG_FOR_NAME.forgive(site, &tx, name).await?;
        }
        if stage == Stage::Open {
            let lifetime = Duration::hours(SESSION_HOURS);
            store::insert_session(&tx, hash, account.id, form_token, (stage, lifetime)).await?;
            tx.record(by.deed(account.id)).await?;
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

/// Whether a sign-in name has the form of one.
pub(super) fn is_login(login: &str) -> bool {
    let is_sign = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    (3..=40).contains(&login.chars().count()) && login.chars().all(is_sign)
}

fn check_login(login: &str) -> Result<()> {
    if is_login(login) {
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
    open_session(site, account, By::Link).await
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
