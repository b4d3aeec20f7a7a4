//! Carrying to somebody outside the desk what stands on it already: one mail, or a text message without content.

use uuid::Uuid;

use super::model::{Channel, New, Values};
use super::{DIGEST, NOTICE, address, service};
use crate::db::Tx;
use crate::error::Result;
use crate::site::Site;

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// To whom.
    pub account: Uuid,
    /// What makes it this and no other, such as the notice and the account.
    pub key: String,
    /// Its title; in mail only.
    pub title: String,
    /// Its text, line by line; in mail only.
    pub lines: Vec<String>,
    /// Where it stands on the desk, from the root.
    pub link: String,
    /// How many things there are to do, when it is the digest of a day.
    pub digest_of: Option<usize>,
}

/// Sends it by these ways to the addresses its receiver has confirmed and not paused, in the transaction that notes that
/// it was told. Returns the ways that were taken; none is no error, because it stands on the desk.
///
/// # Errors
/// When the database refuses, or the key of an address is gone.
pub async fn tell(site: &Site, tx: &Tx, told: &Told, ways: &[Channel]) -> Result<Vec<Channel>> {
    let mut taken = Vec::new();
    for channel in ways {
        let Some(to) = address::for_notices(site, tx.on(), told.account, *channel).await? else {
            continue;
        };
        let values = Values::new()
            .with("title", &told.title)
            .with("list", told.lines.join("\n"))
            .with("link", format!("{}{}", site.profile.desk_url, told.link))
            .with("count", told.digest_of.unwrap_or_default().min(999).to_string());
        let new = New {
            channel: *channel,
            to: &to,
            template: if told.digest_of.is_some() { &DIGEST } else { &NOTICE },
            values: &values,
            key: format!("told:{}", told.key),
            about: Some(("account", told.account)),
        };
        service::send(site, tx, new).await?;
        taken.push(*channel);
    }
    Ok(taken)
}
