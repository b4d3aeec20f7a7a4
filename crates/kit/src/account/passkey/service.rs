//! Commands on passkeys.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, CreationChallengeResponse, CredentialID, Passkey, PasskeyAuthentication, PasskeyRegistration,
    Webauthn,
};

use super::ceremony::{self, Question};
use super::model::{self, Kind};
use super::store;
use crate::account::actor::Actor;
use crate::account::factor::{Stage, service as factors, store as factor_store};
use crate::account::service::{SESSION_HOURS, WRONG_FROM_ADDRESS};
use crate::account::{secrets, store as accounts};
use crate::audit::Deed;
use crate::db::{Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::guard::{Backoff, Origin};
use crate::site::Site;

/// Passkeys one account may have.
const MOST: usize = 10;
/// The longest name of one, in characters.
const LONGEST_NAME: usize = 40;
/// Questions asked from one address by people not signed in; an office of sixty may share one.
static ASKED_FROM_ADDRESS: Backoff = Backoff {
    name: "passkey asked",
    free: 120,
    longest: 60,
    quiet: 600,
};

fn party(site: &Site) -> Result<Webauthn> {
    model::relying_party(&site.profile.desk_url, &site.profile.district)
}

fn text(id: &CredentialID) -> String {
    URL_SAFE_NO_PAD.encode(id)
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("passkeys: {error}"))
}

fn keys_of(rows: Vec<store::passkey::Model>) -> Result<Vec<Passkey>> {
    let read = |row: store::passkey::Model| serde_json::from_value(row.credential).map_err(internal);
    rows.into_iter().map(read).collect()
}

/// Begins enrolling a passkey under this name.
///
/// # Errors
/// When the name is missing or too long, the account has too many, or none can be used at the desk's address.
pub async fn begin_enrolment(site: &Site, who: &Actor, name: &str) -> Result<Question> {
    let account = who.person()?;
    let name = checked_name(name)?;
    let held = keys_of(store::of(site.db.read(), account).await?)?;
    if held.len() >= MOST {
        return Err(Error::refused(
            format!("一个账号最多登记 {MOST} 个通行密钥"),
            "请先移除不再使用的",
        ));
    }
    let login = accounts::find(site.db.read(), account)
        .await?
        .ok_or(Error::SignInFirst)?
        .login;
    let known = held.iter().map(|key| key.cred_id().clone()).collect();
    let (options, state): (CreationChallengeResponse, PasskeyRegistration) = party(site)?
        .start_passkey_registration(account, &login, &who.name, Some(known))
        .map_err(internal)?;
    ceremony::keep(site, who, (Some(account), Kind::Enrol), &options, &(name, state)).await
}

fn checked_name(name: &str) -> Result<&str> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Error::refused(
            "没有写明是哪一个通行密钥",
            format!("请用 {LONGEST_NAME} 字以内写一个自己认得的名称，例如“办公室电脑”"),
        ));
    }
    Ok(name)
}

/// Enrols the passkey with which the browser answered. When it is the account's first second factor, returns recovery codes,
/// which stand nowhere else.
///
/// # Errors
/// When the question is over or was another's, or the answer is not good.
pub async fn finish_enrolment(site: &Site, who: &Actor, id: &str, answer: &str) -> Result<Option<Vec<String>>> {
    let account = who.person()?;
    let party = party(site)?;
    let (_, (name, state)): (_, (String, PasskeyRegistration)) = ceremony::take(site, who, id, Kind::Enrol).await?;
    let key = party
        .finish_passkey_registration(&ceremony::read(answer)?, &state)
        .map_err(|e| ceremony::refusal(&e))?;
    let (name, credential_id) = (&name, &text(key.cred_id()));
    let credential = &serde_json::to_value(&key).map_err(internal)?;
    let (codes, hashes) = &factors::fresh_codes(site, account)?;
    let done = site
        .write(who, |tx| async move {
            tx.lock("account", account).await?;
            let is_first = !factors::has_factor(tx.on(), account).await?;
            let id = store::insert(&tx, (account, name), credential_id, credential.clone()).await?;
            if is_first {
                factor_store::remove_codes(&tx, account).await?;
                factor_store::insert_codes(&tx, account, hashes).await?;
            }
            let detail = json!({ "name": name, "passkey": id });
            tx.record(Deed::new("account.add_passkey", "account", account).detail(detail))
                .await?;
            Ok::<_, Error>(is_first)
        })
        .await;
    match done {
        Ok(is_first) => Ok(is_first.then(|| codes.clone())),
        Err(Error::Database(e)) if is_unique_violation(&e) => Err(Error::refused(
            "这个通行密钥已经登记过",
            "请换一个设备，或在设备上新建一个通行密钥",
        )),
        Err(other) => Err(other),
    }
}

/// The passkeys of an account, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn held(site: &Site, account: Uuid) -> Result<Vec<store::passkey::Model>> {
    Ok(store::of(site.db.read(), account).await?)
}

/// Removes a passkey of one's own.
///
/// # Errors
/// When there is none, or it is the last second factor of somebody whose role asks for one.
pub async fn remove(site: &Site, who: &Actor, id: Uuid) -> Result<()> {
    let account = who.person()?;
    let is_required = factors::is_required(site, account).await?;
    site.write(who, |tx| async move {
        tx.lock("account", account).await?;
        let held = store::of(tx.on(), account).await?;
        let name = held.iter().find(|key| key.id == id).map(|key| key.name.clone());
        let name = name.ok_or_else(|| Error::refused("这个通行密钥已经移除", "请刷新页面查看"))?;
        store::revoke(&tx, account, id).await?;
        if !factors::has_factor(tx.on(), account).await? {
            if is_required {
                return Err(Error::refused(
                    "您担任的角色必须使用第二因素，这是最后一个，不能移除",
                    "请先设置动态口令或登记另一个通行密钥，再移除这一个",
                ));
            }
            factor_store::remove_codes(&tx, account).await?;
        }
        let detail = json!({ "name": name, "passkey": id });
        tx.record(Deed::new("account.remove_passkey", "account", account).detail(detail))
            .await?;
        Ok(())
    })
    .await
}

/// Whether this account can be asked for a passkey.
pub(in crate::account) async fn can_ask(site: &Site, account: Uuid) -> Result<bool> {
    Ok(model::why_not(&site.profile.desk_url).is_none() && store::has_any(site.db.read(), account).await?)
}

/// Asks somebody, whose account is known, for a passkey of theirs: as second factor or as fresh proof.
///
/// # Errors
/// When they have none, or none can be used at the desk's address.
pub async fn ask(site: &Site, who: &Actor, kind: Kind) -> Result<Question> {
    let account = who.person()?;
    let keys = keys_of(store::of(site.db.read(), account).await?)?;
    if keys.is_empty() {
        return Err(Error::refused("这个账号没有登记通行密钥", "请改用其他方式"));
    }
    let (options, state) = party(site)?.start_passkey_authentication(&keys).map_err(internal)?;
    ceremony::keep(site, who, (Some(account), kind), &options, &state).await
}

/// Checks the answer of somebody whose account is known.
///
/// # Errors
/// When the question is over or was another's, or the answer is not good.
pub async fn prove(site: &Site, who: &Actor, kind: Kind, id: &str, answer: &str) -> Result<()> {
    let account = who.person()?;
    let party = party(site)?;
    let (_, state): (_, PasskeyAuthentication) = ceremony::take(site, who, id, kind).await?;
    let result = &checked(&party, &state, answer)?;
    site.write(who, |tx| async move {
        used(&tx, account, result).await?;
        // What it opens is recorded by whoever asked for it.
        tx.housekeeping();
        Ok(())
    })
    .await
}

fn checked(party: &Webauthn, state: &PasskeyAuthentication, answer: &str) -> Result<AuthenticationResult> {
    let result = party
        .finish_passkey_authentication(&ceremony::read(answer)?, state)
        .map_err(|e| ceremony::refusal(&e))?;
    if result.user_verified() {
        return Ok(result);
    }
    Err(ceremony::wrong())
}

/// Notes the use of a passkey, which must still be this account's and count on from where it stands now, not from where it
/// stood when the question was asked.
async fn used(tx: &Tx, account: Uuid, result: &AuthenticationResult) -> Result<()> {
    let wanted = text(result.cred_id());
    let rows = store::of(tx.on(), account).await?;
    let row = rows.into_iter().find(|row| row.credential_id == wanted);
    let row = row.ok_or_else(ceremony::wrong)?;
    let mut key: Passkey = serde_json::from_value(row.credential).map_err(internal)?;
    key.update_credential(result);
    let credential = serde_json::to_value(&key).map_err(internal)?;
    if store::used(tx, row.id, i64::from(result.counter()), credential).await? {
        return Ok(());
    }
    Err(ceremony::copied())
}

/// Asks whoever wants to sign in under this name for a passkey. A name without one is asked as well, for one there is not, so
/// that the question does not tell which accounts there are.
///
/// # Errors
/// When none can be used at the desk's address; [`Error::TooMany`] while throttled.
pub async fn ask_name(site: &Site, login: &str, address: &str) -> Result<Question> {
    let party = party(site)?;
    let address = Origin::address_of(address);
    let counted = [(&ASKED_FROM_ADDRESS, address.as_str()), (&WRONG_FROM_ADDRESS, &address)];
    Backoff::refuse_while_waiting(site, &counted).await?;
    Backoff::failed(site, &counted[..1]).await?;
    let found = accounts::by_login(site.db.read(), login).await?;
    let account = found.filter(|a| a.disabled_at.is_none()).map(|a| a.id);
    let keys = match account {
        Some(account) => keys_of(store::of(site.db.read(), account).await?)?,
        None => Vec::new(),
    };
    let (options, state) = party.start_passkey_authentication(&keys).map_err(internal)?;
    let mut options = serde_json::to_value(options).map_err(internal)?;
    let shown: Vec<CredentialID> = match keys.is_empty() {
        true => vec![decoy(site, login)?],
        false => keys.iter().map(|key| key.cred_id().clone()).collect(),
    };
    // Named without the ways to reach them, which a decoy does not have.
    let shown = shown.iter().map(|id| json!({ "type": "public-key", "id": text(id) }));
    options["publicKey"]["allowCredentials"] = Value::Array(shown.collect());
    let whom = account.filter(|_| !keys.is_empty());
    ceremony::keep(site, &Actor::program("登录"), (whom, Kind::SignIn), &options, &state).await
}

/// The name of a passkey there is not, always the same for one sign-in name and as long as those of most computers.
fn decoy(site: &Site, login: &str) -> Result<CredentialID> {
    let index = site.keys.blind_index("passkey:decoy", login)?;
    Ok(Sha256::digest(index.as_bytes()).to_vec())
}

/// Signs in with the answer to [`ask_name`] and returns the secret for the session cookie. The passkey has verified its
/// holder, which makes two factors at once: no further one is asked for.
///
/// # Errors
/// When the question is over, or the answer not good; [`Error::TooMany`] while throttled.
pub async fn sign_in(site: &Site, id: &str, answer: &str, address: &str) -> Result<String> {
    let address = Origin::address_of(address);
    let counted = [(&WRONG_FROM_ADDRESS, address.as_str())];
    Backoff::refuse_while_waiting(site, &counted).await?;
    let outcome = open(site, id, answer, &address).await;
    if matches!(outcome, Err(Error::Refused { .. })) {
        Backoff::failed(site, &counted).await?;
        metrics::counter!("gongkai_sign_in_failures_total").increment(1);
    }
    outcome
}

async fn open(site: &Site, id: &str, answer: &str, address: &str) -> Result<String> {
    let party = party(site)?;
    let (account, state): (_, PasskeyAuthentication) =
        ceremony::take(site, &Actor::program("登录"), id, Kind::SignIn).await?;
    // One sentence for every answer that is not good, or a decoy would answer otherwise than a passkey there is.
    let result = &checked(&party, &state, answer).map_err(|e| ceremony::told_to_anybody(e, answer))?;
    let account = account.ok_or_else(ceremony::wrong)?;
    let found = accounts::find(site.db.read(), account)
        .await?
        .ok_or_else(ceremony::wrong)?;
    let (token, form_token) = (secrets::fresh_token()?, secrets::fresh_token()?);
    let (hash, form_token) = (&secrets::token_hash(&token), &form_token);
    let actor = Actor {
        account: Some(account),
        name: found.name,
        holdings: Vec::new(),
    };
    site.write(&actor, |tx| async move {
        let still = accounts::find(tx.on(), account).await?;
        still.filter(|a| a.disabled_at.is_none()).ok_or_else(ceremony::wrong)?;
        used(&tx, account, result).await?;
        ASKED_FROM_ADDRESS.forgive(site, &tx, address).await?;
        let whole = (Stage::Open, Duration::hours(SESSION_HOURS));
        accounts::insert_session(&tx, hash, account, form_token, whole).await?;
        let detail = json!({ "factor": "passkey" });
        tx.record(Deed::new("account.sign_in", "account", account).detail(detail))
            .await?;
        Ok::<_, Error>(())
    })
    .await?;
    Ok(token)
}
