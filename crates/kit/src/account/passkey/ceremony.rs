//! Questions to a browser: kept sealed, taken once.

use chrono::Duration;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use webauthn_rs::prelude::WebauthnError;

use super::model::Kind;
use super::{STATE, store};
use crate::account::actor::Actor;
use crate::error::{Error, Result};
use crate::seal::{Ciphertext, Sealed, context};
use crate::site::Site;

/// How long a browser may take, in minutes: time to find the telephone and to try a finger twice.
const WAIT_MINUTES: i64 = 5;
/// The longest answer looked at, in bytes; real ones have one or two thousand.
const LONGEST_ANSWER: usize = 32 * 1024;

/// A question as the page hands it to the browser.
#[derive(Debug, Clone)]
pub struct Question {
    /// Its identity, which comes back with the answer.
    pub id: Uuid,
    /// What the browser is asked, as JSON.
    pub options: String,
}

fn place(id: Uuid) -> String {
    context(STATE.table, STATE.column, id)
}

/// Keeps what the answer will be checked against.
pub(super) async fn keep(
    site: &Site,
    by: &Actor,
    whom: (Option<Uuid>, Kind),
    options: &impl Serialize,
    state: &impl Serialize,
) -> Result<Question> {
    let broken = |_| Error::Internal("passkeys: a question cannot be written".into());
    let (id, options) = (Uuid::now_v7(), serde_json::to_string(options).map_err(broken)?);
    let state = Sealed::new(serde_json::to_string(state).map_err(broken)?);
    let sealed = &site.keys.seal(STATE.purpose, &place(id), &state)?;
    site.write(by, |tx| async move {
        store::ask(&tx, id, whom, sealed, Duration::minutes(WAIT_MINUTES)).await?;
        // Nothing has been done yet.
        tx.housekeeping();
        Ok::<_, Error>(())
    })
    .await?;
    Ok(Question { id, options })
}

/// Takes a question, once, whatever its answer is worth: who was asked, and what the answer is checked against.
pub(super) async fn take<T: DeserializeOwned>(
    site: &Site,
    by: &Actor,
    id: &str,
    kind: Kind,
) -> Result<(Option<Uuid>, T)> {
    let id = Uuid::parse_str(id).map_err(|_| gone())?;
    let row = site
        .write(by, |tx| async move {
            let row = store::asked(tx.on(), id, kind, tx.at()).await?.ok_or_else(gone)?;
            // Asked of somebody else: it stays for them.
            if by.account.is_some() && row.account != by.account {
                return Err(gone());
            }
            if !store::forget(&tx, id).await? {
                return Err(gone());
            }
            tx.housekeeping();
            Ok(row)
        })
        .await?;
    let written: Sealed<String> = site.keys.open(&place(id), &Ciphertext::parse(&row.state)?)?;
    let state = serde_json::from_str(written.expose())
        .map_err(|_| Error::Internal("passkeys: a kept question is damaged".into()))?;
    Ok((row.account, state))
}

/// What a browser answered.
pub(super) fn read<T: DeserializeOwned>(answer: &str) -> Result<T> {
    if answer.is_empty() {
        return Err(Error::refused(
            "浏览器没有给出通行密钥的答复",
            "这一步需要浏览器运行脚本；请允许本站的脚本后再试，或改用其他方式",
        ));
    }
    if answer.len() > LONGEST_ANSWER {
        return Err(wrong());
    }
    serde_json::from_str(answer).map_err(|_| wrong())
}

fn gone() -> Error {
    Error::refused(
        format!("这次核对已经用过，或已超过 {WAIT_MINUTES} 分钟"),
        "请重新开始，再用一次通行密钥",
    )
}

pub(super) fn wrong() -> Error {
    Error::refused(
        "通行密钥没有通过核对",
        "请从单位公布的工作台网址进入，用这个账号登记过的通行密钥再试一次；不行的，请改用其他方式",
    )
}

/// What a failed check means for whoever stands before the screen.
pub(super) fn refusal(error: &WebauthnError) -> Error {
    match error {
        WebauthnError::InvalidRPOrigin | WebauthnError::InvalidRPIDHash => Error::refused(
            "这次核对不是在本站的网址上做的，没有采用",
            "请核对浏览器地址栏里的网址，从单位公布的工作台网址进入后再试",
        ),
        WebauthnError::UserNotVerified | WebauthnError::UserNotPresent => {
            Error::refused("设备没有核实使用人", "请在设备上设置指纹、面容或 PIN，再试一次")
        }
        WebauthnError::CredentialPossibleCompromise => copied(),
        _ => wrong(),
    }
}

/// The same, where whoever answers is not known yet.
pub(super) fn told_to_anybody(error: Error, answer: &str) -> Error {
    match error {
        Error::Refused { .. } if !answer.is_empty() => wrong(),
        other => other,
    }
}

pub(super) fn copied() -> Error {
    Error::refused(
        "这个通行密钥的使用次数倒退了，可能被复制过，没有采用",
        "请改用其他方式登录，在“登录与安全”里移除它，并告诉安全管理员",
    )
}
