//! Sessions (会话): from the password to the end.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::actor::Actor;
use super::client::Client;
use super::factor::Stage;
use super::service::{SESSION_HOURS, Session};
use super::{MANAGE, secrets, store};
use crate::audit::Deed;
use crate::error::{Error, Result};
use crate::site::Site;

/// The session of this cookie, if it is open and still good.
///
/// # Errors
/// When the database fails.
pub async fn session(site: &Site, token: &str) -> Result<Option<Session>> {
    Ok(at_stage(site, token)
        .await?
        .filter(|(_, stage)| *stage == Stage::Open)
        .map(|(session, _)| session))
}

/// The session of this cookie that still lacks its second factor. It opens nothing, and its actor holds nothing.
///
/// # Errors
/// When the database fails.
pub async fn half(site: &Site, token: &str) -> Result<Option<(Session, Stage)>> {
    let found = at_stage(site, token).await?.filter(|(_, stage)| *stage != Stage::Open);
    Ok(found.map(|(mut session, stage)| {
        session.actor.holdings.clear();
        (session, stage)
    }))
}

async fn at_stage(site: &Site, token: &str) -> Result<Option<(Session, Stage)>> {
    let token_hash = secrets::token_hash(token);
    let now = site.clock.now();
    let Some((row, account)) = store::session(site.db.read(), &token_hash, now).await? else {
        return Ok(None);
    };
    let idle = Duration::minutes(site.sign_in.idle_minutes);
    let unused = now - row.last_used_at;
    let Some(stage) = Stage::of(&row.stage).filter(|_| unused <= idle) else {
        return Ok(None);
    };
    let holdings = store::holdings(site.db.read(), account.id).await?;
    let actor = Actor {
        account: Some(account.id),
        name: account.name,
        holdings,
    };
    if unused > idle / 10 {
        let hash = &token_hash;
        site.write(&actor, |tx| async move {
            store::touch_session(&tx, hash).await?;
            tx.housekeeping();
            Ok::<_, Error>(())
        })
        .await?;
    }
    let session = Session {
        actor,
        form_token: row.form_token,
        proved_at: row.proved_at,
        token_hash,
    };
    Ok(Some((session, stage)))
}

/// Gives a session a new token, because its holder has just proved who they are: from the password to the desk, or
/// before a dangerous act. The token before it is good for nothing any more, and is good for this once.
///
/// A session that was open keeps its end and its form token, so that forms in other tabs can still be sent.
pub(super) async fn renew(site: &Site, old: &Session, deed: impl Fn(Uuid) -> Deed) -> Result<String> {
    let account = old.actor.person()?;
    let (token, form_token) = (secrets::fresh_token()?, secrets::fresh_token()?);
    let (hash, form_token, deed) = (&secrets::token_hash(&token), &form_token, &deed);
    site.write(&old.actor, |tx| async move {
        let Some((mut row, _)) = store::session(tx.on(), &old.token_hash, tx.at()).await? else {
            return Err(Error::SignInFirst);
        };
        if !store::delete_session(&tx, &old.token_hash).await? {
            return Err(Error::SignInFirst);
        }
        if row.stage != Stage::Open.id() {
            row.created_at = tx.at();
            row.expires_at = tx.at() + Duration::hours(SESSION_HOURS);
            row.form_token = form_token.clone();
        }
        row.stage = Stage::Open.id().into();
        row.token_hash = hash.clone();
        row.last_used_at = tx.at();
        row.proved_at = Some(tx.at());
        store::put_session(&tx, row).await?;
        tx.record(deed(account)).await?;
        Ok(())
    })
    .await?;
    Ok(token)
}

/// Notes from which browser and network a session came, and that its account was entered or, when it waits for its
/// second factor, by what it got so far.
pub(super) async fn came_from(site: &Site, token: &str, client: &Client, by: &str) -> Result<()> {
    let hash = &secrets::token_hash(token);
    let Some((row, account)) = store::session(site.db.read(), hash, site.clock.now()).await? else {
        return Ok(());
    };
    let outcome = if row.stage == Stage::Open.id() { "in" } else { by };
    site.write(&Actor::program("登录"), |tx| async move {
        store::describe_session(&tx, hash, client).await?;
        store::insert_trail(&tx, account.id, outcome, client).await?;
        tx.housekeeping();
        Ok(())
    })
    .await
}

/// Notes a failed attempt (`failed` by password, `passkey` by passkey) for the holder of the account to see, when there is
/// one of this sign-in name.
pub(super) async fn failed_from(site: &Site, login: &str, outcome: &'static str, client: &Client) -> Result<()> {
    let Some(account) = store::by_login(site.db.read(), login).await? else {
        return Ok(());
    };
    site.write(&Actor::program("登录"), |tx| async move {
        store::insert_trail(&tx, account.id, outcome, client).await?;
        tx.housekeeping();
        Ok(())
    })
    .await
}

/// A session as its holder is shown it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Name by which it can be ended; tells nothing of its token.
    pub key: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Last use.
    pub last_used: DateTime<Utc>,
    /// The browser in words.
    pub browser: String,
    /// The network it came from.
    pub network: String,
    /// Whether it is the session that asks.
    pub is_own: bool,
}

/// Open sessions of an account, the latest used first.
///
/// # Errors
/// When the database fails.
pub async fn standing(site: &Site, account: Uuid, own: Option<&Session>) -> Result<Vec<Standing>> {
    let now = site.clock.now();
    let idle = Duration::minutes(site.sign_in.idle_minutes);
    let rows = store::sessions_of(site.db.read(), account).await?;
    let open = rows
        .into_iter()
        .filter(|row| row.stage == Stage::Open.id() && row.expires_at > now && now - row.last_used_at <= idle);
    Ok(open
        .map(|row| Standing {
            is_own: own.is_some_and(|s| s.token_hash == row.token_hash),
            key: key_of(&row.token_hash),
            since: row.created_at,
            last_used: row.last_used_at,
            browser: row.browser,
            network: row.network,
        })
        .collect())
}

/// A second hash, so that not even what the database keeps of a token stands on a page.
fn key_of(token_hash: &str) -> String {
    let mut key = secrets::token_hash(token_hash);
    key.truncate(24);
    key
}

/// Which sessions of an account to end.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// The one of this key.
    Key(&'a str),
    /// All but this one.
    Others(&'a Session),
    /// All.
    All,
}

/// Ends sessions of one's own account or, as security administrator, of another, and says how many.
///
/// # Errors
/// When it is somebody else's account and the permission is missing.
pub async fn end(site: &Site, by: &Actor, account: Uuid, which: Which<'_>) -> Result<usize> {
    if by.account.is_some() && by.account != Some(account) {
        by.require_district(&MANAGE)?;
    }
    let rows = store::sessions_of(site.db.read(), account).await?;
    let wanted = |hash: &str| match which {
        Which::Key(key) => key_of(hash) == key,
        Which::Others(own) => own.token_hash != hash,
        Which::All => true,
    };
    let hashes: Vec<String> = rows.into_iter().map(|r| r.token_hash).filter(|h| wanted(h)).collect();
    let hashes = &hashes;
    site.write(by, |tx| async move {
        let mut ended = 0;
        for hash in hashes {
            ended += usize::from(store::delete_session(&tx, hash).await?);
        }
        let detail = serde_json::json!({ "sessions": ended });
        tx.record(Deed::new("account.end_sessions", "account", account).detail(detail))
            .await?;
        Ok(ended)
    })
    .await
}
