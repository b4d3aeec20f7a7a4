//! Commands of single sign-on: going to the provider, coming back, and linking accounts to its subjects.

use chrono::Duration;
use serde_json::json;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::provider::{self, Identity, LONGEST_SUBJECT, Secrets};
use super::store::pending;
use super::{NONCE, SingleSignOn, VERIFIER, store};
use crate::account::actor::Actor;
use crate::account::service::{self as accounts, By, Session, is_login};
use crate::account::{MANAGE, secrets, store as account_store};
use crate::audit::Deed;
use crate::db::{Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::guard::{Backoff, Origin};
use crate::seal::{Ciphertext, Sealed, context};
use crate::site::Site;

/// How long somebody may take at the provider.
pub(super) const PENDING_MINUTES: i64 = 10;
/// The longest path led on to afterwards.
const LONGEST_NEXT: usize = 2000;
/// Ways to the provider begun from one address; an office of a few hundred people may share one.
static STARTS_FROM_ADDRESS: Backoff = Backoff {
    name: "single sign-on",
    free: 300,
    longest: 300,
    quiet: 600,
};

/// The provider of this site; without one, nothing of single sign-on is there.
pub(super) fn configured(site: &Site) -> Result<&SingleSignOn> {
    site.single_sign_on
        .as_ref()
        .ok_or_else(|| Error::not_found("这个页面；本系统没有配置统一身份认证"))
}

/// Where somebody stands before going to the provider.
pub(super) struct Start<'a> {
    /// The browser's own secret.
    pub browser: &'a str,
    /// The address, for throttling only.
    pub address: &'a str,
    /// Where it leads afterwards.
    pub next: &'a str,
    /// The account to link, of somebody signed in.
    pub account: Option<Uuid>,
}

/// Begins a way to the provider and returns its address.
pub(super) async fn begin(site: &Site, start: &Start<'_>) -> Result<String> {
    let sso = configured(site)?;
    let address = Origin::address_of(start.address);
    let counted = [(&STARTS_FROM_ADDRESS, address.as_str())];
    Backoff::refuse_while_waiting(site, &counted).await?;
    Backoff::failed(site, &counted).await?;
    let state = secrets::fresh_token()?;
    let fresh = Secrets {
        nonce: Sealed::new(secrets::fresh_token()?),
        verifier: Sealed::new(secrets::fresh_token()?),
    };
    let entry = provider::entry(site, sso, &state, &fresh).await?;
    let row = &pending_row(site, start, &state, &fresh)?;
    site.write(&Actor::program("登录"), |tx| async move {
        store::insert_pending(&tx, row.clone()).await?;
        // Nobody has come in yet.
        tx.housekeeping();
        Ok::<_, Error>(())
    })
    .await?;
    Ok(entry.into())
}

fn pending_row(site: &Site, start: &Start<'_>, state: &str, fresh: &Secrets) -> Result<pending::Model> {
    let id = Uuid::now_v7();
    let nonce = context(NONCE.table, NONCE.column, id);
    let verifier = context(VERIFIER.table, VERIFIER.column, id);
    let next = if start.next.len() > LONGEST_NEXT {
        "/"
    } else {
        start.next
    };
    Ok(pending::Model {
        id,
        state_hash: secrets::token_hash(state),
        browser_hash: secrets::token_hash(start.browser),
        nonce: site.keys.seal(NONCE.purpose, &nonce, &fresh.nonce)?.as_str().into(),
        verifier: site
            .keys
            .seal(VERIFIER.purpose, &verifier, &fresh.verifier)?
            .as_str()
            .into(),
        next_path: next.into(),
        account: start.account,
        expires_at: site.clock.now() + Duration::minutes(PENDING_MINUTES),
    })
}

fn secrets_of(site: &Site, row: &pending::Model) -> Result<Secrets> {
    let open = |column: &str, text: &str| {
        let place = context(NONCE.table, column, row.id);
        site.keys.open::<String>(&place, &Ciphertext::parse(text)?)
    };
    Ok(Secrets {
        nonce: open(NONCE.column, &row.nonce)?,
        verifier: open(VERIFIER.column, &row.verifier)?,
    })
}

/// What the provider sent somebody back with; every word of it may be anybody's.
#[derive(Debug, Default)]
pub(super) struct Return {
    pub state: String,
    pub code: String,
    pub error: String,
    pub iss: Option<String>,
}

/// How somebody came back.
pub(super) enum Came {
    /// Into a session of this token, and on to this path.
    In { token: String, next: String },
    /// With their own account linked.
    Linked,
}

/// Takes somebody back from the provider.
pub(super) async fn finish(site: &Site, back: Return, browser: Option<&str>, own: Option<&Session>) -> Result<Came> {
    let sso = configured(site)?;
    let row = taken(site, &back.state).await?;
    let is_same = browser.is_some_and(|browser| {
        let hash = secrets::token_hash(browser);
        hash.as_bytes().ct_eq(row.browser_hash.as_bytes()).into()
    });
    if !is_same {
        return Err(Error::refused(
            "这次统一身份登录不是从这个浏览器开始的，没有登录",
            "请在同一个浏览器里重新登录；浏览器须允许本网站使用 Cookie",
        ));
    }
    if !back.error.is_empty() {
        return Err(turned_away(&back.error));
    }
    // The answer of another provider must not pass for this one's (RFC 9207).
    if back.iss.as_ref().is_some_and(|iss| *iss != sso.settings.issuer) {
        return Err(Error::refused(
            "统一身份认证自称的地址和本系统配置的不一样，没有登录",
            "请告诉系统管理员核对配置 oidc.issuer，并先用登录名和口令登录",
        ));
    }
    let identity = provider::identity(site, sso, back.code, secrets_of(site, &row)?).await?;
    match row.account {
        Some(account) => link_own(site, sso, account, own, &identity).await,
        None => enter(site, sso, &identity, row.next_path).await,
    }
}

/// The pending sign-in of a state, taken away whatever comes of it.
async fn taken(site: &Site, state: &str) -> Result<pending::Model> {
    let hash = &secrets::token_hash(state);
    let row = site
        .write(&Actor::program("登录"), |tx| async move {
            tx.housekeeping();
            Ok::<_, Error>(store::take_pending(&tx, hash).await?)
        })
        .await?;
    row.ok_or_else(|| {
        Error::refused(
            format!("这次统一身份登录已经用过，或已超过 {PENDING_MINUTES} 分钟"),
            "请重新点一次统一身份认证登录",
        )
    })
}

/// What the provider said instead of letting somebody through.
fn turned_away(error: &str) -> Error {
    if error == "access_denied" {
        return Error::refused(
            "在统一身份认证那里没有登录，或没有同意",
            "请重新登录，或用登录名和口令登录",
        );
    }
    tracing::warn!("the identity provider turned somebody away");
    Error::refused(
        "统一身份认证没有办理这次登录",
        "请重新登录一次；仍不行的，请告诉系统管理员，并先用登录名和口令登录",
    )
}

async fn enter(site: &Site, sso: &SingleSignOn, identity: &Identity, next: String) -> Result<Came> {
    let on = site.db.read();
    let linked = store::account_of(on, &sso.settings.issuer, &identity.subject).await?;
    let account = match linked {
        Some(account) => account,
        None => link_at_first_use(site, sso, identity).await?,
    };
    let account = account_store::find(on, account).await?.ok_or_else(unknown)?;
    if account.disabled_at.is_some() {
        return Err(disabled());
    }
    let is_trusted = sso.settings.trust_provider_factor;
    let token = accounts::open_session(site, account, By::Provider { is_trusted }).await?;
    Ok(Came::In { token, next })
}

fn unknown() -> Error {
    Error::refused(
        "统一身份认证通过了，但您的身份还没有和这里的账号绑定",
        "请先用登录名和口令登录，在“登录与安全”里绑定；没有账号的，请联系本区安全管理员",
    )
}

fn disabled() -> Error {
    Error::refused("统一身份认证通过了，但您在这里的账号已停用", "请联系本区安全管理员")
}

/// Links the account whose sign-in name is what the provider calls this person, where the installation wants that.
async fn link_at_first_use(site: &Site, sso: &SingleSignOn, identity: &Identity) -> Result<Uuid> {
    if !sso.settings.link_on_first_use {
        return Err(unknown());
    }
    // What cannot be a sign-in name is none, however similar it looks.
    let name = identity.name(site, sso).await?.filter(|name| is_login(name));
    let name = name.ok_or_else(unknown)?;
    let account = account_store::by_login(site.db.read(), &name).await?;
    let account = account.ok_or_else(unknown)?;
    let holder = Actor {
        account: Some(account.id),
        name: account.name,
        holdings: Vec::new(),
    };
    let link = NewLink {
        account: account.id,
        issuer: &sso.settings.issuer,
        subject: &identity.subject,
        how: "first_use",
    };
    let link = &link;
    let made = site
        .write(&holder, |tx| async move {
            tx.lock("account", link.account).await?;
            let held = account_store::holdings(tx.on(), link.account).await?;
            if held.iter().any(|holding| holding.role.is_administrator()) {
                return Err(Error::refused(
                    "系统、安全、审计管理员的账号不会自动绑定统一身份",
                    "请先用登录名和口令登录，在“登录与安全”里绑定",
                ));
            }
            link.insert(&tx).await
        })
        .await;
    made.map_err(taken_by_another)?;
    Ok(account.id)
}

/// A link to be made.
struct NewLink<'a> {
    account: Uuid,
    issuer: &'a str,
    subject: &'a str,
    how: &'static str,
}

impl NewLink<'_> {
    /// Adds it to an account that is there, in use and without one. The account is locked.
    async fn insert(&self, tx: &Tx) -> Result<()> {
        let account = account_store::find(tx.on(), self.account).await?;
        let account = account.ok_or_else(|| Error::not_found("这个账号"))?;
        if account.disabled_at.is_some() {
            return Err(disabled());
        }
        if store::of(tx.on(), self.account, self.issuer).await?.is_some() {
            return Err(Error::refused(
                "这个账号已经绑定了另一个统一身份",
                "要换的，请先解除原来的绑定",
            ));
        }
        store::insert(tx, self.account, self.issuer, self.subject).await?;
        let detail = json!({ "subject": self.subject, "issuer": self.issuer, "how": self.how });
        tx.record(Deed::new("account.link_oidc", "account", self.account).detail(detail))
            .await?;
        Ok(())
    }
}

fn taken_by_another(error: Error) -> Error {
    match error {
        Error::Database(e) if is_unique_violation(&e) => Error::refused(
            "这个统一身份已经绑定了别的账号",
            "一个统一身份只能绑定一个账号；请联系安全管理员查明",
        ),
        other => other,
    }
}

/// Links the account of somebody signed in, who is the same that set out.
async fn link_own(
    site: &Site,
    sso: &SingleSignOn,
    account: Uuid,
    own: Option<&Session>,
    identity: &Identity,
) -> Result<Came> {
    let own = own.filter(|session| session.actor.account == Some(account));
    let own =
        own.ok_or_else(|| Error::refused("登录已经换人或结束，没有绑定", "请重新登录，再到“登录与安全”里绑定"))?;
    let link = NewLink {
        account,
        issuer: &sso.settings.issuer,
        subject: &identity.subject,
        how: "own",
    };
    insert_locked(site, &own.actor, &link).await?;
    Ok(Came::Linked)
}

async fn insert_locked(site: &Site, by: &Actor, link: &NewLink<'_>) -> Result<()> {
    let made = site
        .write(by, |tx| async move {
            tx.lock("account", link.account).await?;
            link.insert(&tx).await
        })
        .await;
    made.map_err(taken_by_another)
}

/// Links an account to a subject of the provider, as security administrator.
///
/// # Errors
/// When the subject cannot be one or belongs to another account, or the account is disabled or has a link already.
pub async fn link_subject(site: &Site, by: &Actor, account: Uuid, subject: &str) -> Result<()> {
    by.require_district(&MANAGE)?;
    let sso = configured(site)?;
    let subject = subject.trim();
    if subject.is_empty() || subject.chars().count() > LONGEST_SUBJECT || subject.chars().any(char::is_control) {
        return Err(Error::refused(
            "统一身份编号不合要求",
            format!("请照抄统一身份认证平台上该人员的编号（sub），最多 {LONGEST_SUBJECT} 个字符"),
        ));
    }
    let link = NewLink {
        account,
        issuer: &sso.settings.issuer,
        subject,
        how: "administrator",
    };
    insert_locked(site, by, &link).await
}

/// Takes the link of an account away: one's own, or as security administrator anybody's.
///
/// # Errors
/// When there is none, or it is somebody else's and the permission is missing.
pub async fn unlink(site: &Site, by: &Actor, account: Uuid) -> Result<()> {
    if by.account != Some(account) {
        by.require_district(&MANAGE)?;
    }
    let issuer = configured(site)?.settings.issuer.as_str();
    site.write(by, |tx| async move {
        if !store::remove(&tx, account, issuer).await? {
            return Err(Error::refused("这个账号没有绑定统一身份", "请刷新页面查看"));
        }
        tx.record(Deed::new("account.unlink_oidc", "account", account)).await?;
        Ok(())
    })
    .await
}
