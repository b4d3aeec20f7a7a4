//! Returned mail (退信): delivery status notifications as the mail server hands them over (RFC 3464, RFC 6522).
//!
//! They are foreign bytes that anybody can send. Only lines are looked at, in a bounded piece, and two things are taken
//! from them: a signed delivery key of ours, and the fields `Action` and `Status`. What is not certain goes to a list that
//! the system administrator has to clear.

use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::model::{Channel, State};
use super::store::{self, message};
use super::{MANAGE, address, token};
use crate::account::Actor;
use crate::audit::Deed;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::seal::{Ciphertext, Purpose, Sealed, context};
use crate::site::Site;

/// Bytes of one returned mail that are looked at; headers and status stand long before.
pub const LARGEST: usize = 512 * 1024;
const LONGEST_LINE: usize = 2000;
const EXCERPT: usize = 4000;

/// What became of one returned mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returned {
    /// A message is marked as returned.
    Marked,
    /// It tells nothing new: only late, or told before.
    NothingNew,
    /// Kept for somebody to look at.
    Kept,
}

/// What a status notification says of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What was done, such as `failed` or `delayed`.
    pub action: String,
    /// The status code, such as `5.1.1`.
    pub status: String,
}

/// Takes one returned mail.
///
/// # Errors
/// When the database fails; then nothing has been kept and the mail has to be handed over again.
pub async fn take(site: &Site, by: &Actor, bytes: &[u8]) -> Result<Returned> {
    let whole = String::from_utf8_lossy(&bytes[..bytes.len().min(LARGEST)]);
    let key = token::find(&site.keys, &whole)?;
    let notice = read_notice(&whole);
    let hash: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
    let (key, notice, whole, hash) = (&key, &notice, &whole, &hash);
    site.write(by, |tx| async move {
        let row = match key {
            Some(key) => store::by_delivery_key(tx.on(), key).await?,
            None => None,
        };
        let why = match (row, notice) {
            (None, _) if key.is_some() => "签名是本系统的，但找不到这条消息",
            (None, _) => "里面没有本系统签名的编号，可能是伪造的，或不是退信",
            (Some(_), None) => "对上了消息，但里面没有投递状态，不知道是不是退回",
            (Some(row), Some(notice)) => return mark(site, &tx, row, notice).await,
        };
        keep(site, &tx, why, whole, hash).await
    })
    .await
}

async fn mark(site: &Site, tx: &Tx, row: message::Model, notice: &Notice) -> Result<Returned> {
    let Some(mut row) = store::lock(tx, row.id).await? else {
        return Ok(Returned::NothingNew);
    };
    let is_open = [State::Sent, State::Waiting].iter().any(|s| s.id() == row.state);
    if notice.action != "failed" || !is_open {
        tx.housekeeping();
        return Ok(Returned::NothingNew);
    }
    let id = row.id;
    if let (Some(sealed), true) = (&row.recipient, notice.status.starts_with('5')) {
        let to: Sealed<String> = site
            .keys
            .open(&context("message", "recipient", id), &Ciphertext::parse(sealed)?)?;
        address::mark_unusable(site, tx, Channel::Mail, &to).await?;
    }
    row.state = State::Bounced.id().into();
    row.why = format!("对方邮件服务器退回（{}）", notice.status);
    row.ended_at = Some(tx.at());
    store::save(tx, row).await?;
    let detail = json!({ "status": notice.status });
    tx.record(Deed::new("message.returned", "message", id).detail(detail))
        .await?;
    Ok(Returned::Marked)
}

async fn keep(site: &Site, tx: &Tx, why: &str, whole: &str, hash: &str) -> Result<Returned> {
    let id = Uuid::now_v7();
    let excerpt: String = whole.chars().filter(|c| *c != '\0').take(EXCERPT).collect();
    let place = context("message_stray", "excerpt", id);
    let sealed = site.keys.seal(Purpose::Data, &place, &Sealed::new(excerpt))?;
    let row = store::new_stray(tx, id, hash.into(), why.into(), sealed.as_str().into());
    if !store::insert_stray(tx, row).await? {
        tx.housekeeping();
        return Ok(Returned::NothingNew);
    }
    tx.record(Deed::new("message.keep_returned", "returned_mail", id))
        .await?;
    Ok(Returned::Kept)
}

/// The first delivery a notification tells of that failed; otherwise the first it tells of. None when it is no
/// notification.
pub fn read_notice(whole: &str) -> Option<Notice> {
    let mut notices = Vec::new();
    let (mut inside, mut action, mut status) = (false, None, None);
    for line in whole.lines() {
        let line: String = line.chars().take(LONGEST_LINE).collect();
        let lower = line.trim_end().to_ascii_lowercase();
        if lower.starts_with("content-type:") {
            inside = lower.contains("message/delivery-status") || lower.contains("message/global-delivery-status");
            continue;
        }
        if !inside {
            continue;
        }
        if lower.is_empty() || lower.starts_with("--") {
            push(&mut notices, &mut action, &mut status);
            inside = !lower.starts_with("--");
        } else if let Some(value) = lower.strip_prefix("action:") {
            action = value.split_whitespace().next().map(str::to_string);
        } else if let Some(value) = lower.strip_prefix("status:") {
            status = value.split_whitespace().next().and_then(code);
        }
    }
    push(&mut notices, &mut action, &mut status);
    let failed = notices.iter().position(|n: &Notice| n.action == "failed");
    notices.into_iter().nth(failed.unwrap_or(0))
}

fn push(notices: &mut Vec<Notice>, action: &mut Option<String>, status: &mut Option<String>) {
    const ACTIONS: [&str; 5] = ["failed", "delayed", "delivered", "relayed", "expanded"];
    if let (Some(action), Some(status)) = (action.take(), status.take())
        && ACTIONS.contains(&action.as_str())
    {
        notices.push(Notice { action, status });
    }
}

/// A status code of RFC 3463.
fn code(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('.').collect();
    let [class, subject, detail] = parts[..] else {
        return None;
    };
    let digits = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let good = matches!(class, "2" | "4" | "5") && digits(subject) && digits(detail);
    good.then(|| text.to_string())
}

/// Returned mail that waits, as it is shown to the system administrator.
#[derive(Debug)]
pub struct Stray {
    /// Identity.
    pub id: Uuid,
    /// Why it was not matched.
    pub reason: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// Its beginning.
    pub excerpt: Sealed<String>,
}

/// Returned mail that waits for the system administrator, oldest first.
///
/// # Errors
/// When the database fails or a key is gone.
pub async fn strays(site: &Site, by: &Actor, most: u64) -> Result<Vec<Stray>> {
    by.require_district(&MANAGE)?;
    let rows = store::strays(site.db.read(), most).await?;
    rows.into_iter()
        .map(|row| {
            let place = context("message_stray", "excerpt", row.id);
            let excerpt = match &row.excerpt {
                Some(sealed) => site.keys.open(&place, &Ciphertext::parse(sealed)?)?,
                None => Sealed::new(String::new()),
            };
            Ok(Stray {
                id: row.id,
                reason: row.reason,
                received_at: row.received_at,
                excerpt,
            })
        })
        .collect()
}

/// Clears returned mail from the list, with what was found.
///
/// # Errors
/// When it has been cleared before, or nothing is said.
pub async fn clear(site: &Site, by: &Actor, id: Uuid, note: &str) -> Result<()> {
    by.require_district(&MANAGE)?;
    let note = note.trim();
    if note.is_empty() || note.chars().count() > 200 {
        return Err(Error::refused(
            "没有写处理结果，或写得太长",
            "请用 200 字以内写明看到了什么、怎么处理",
        ));
    }
    site.write(by, |tx| async move {
        if !store::clear_stray(&tx, id, note).await? {
            return Err(Error::refused("这封退信已经处理过", "请刷新页面"));
        }
        let detail = json!({ "note": note });
        tx.record(Deed::new("message.clear_returned", "returned_mail", id).detail(detail))
            .await?;
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\
        Content-Type: text/plain\r\n\r\nAction: failed\r\nStatus: 5.9.9\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
        Reporting-MTA: dns; mx.example.gov.cn\r\n\r\nFinal-Recipient: rfc822; a@example.gov.cn\r\nAction: delayed\r\n\
        Status: 4.4.1\r\n\r\nFinal-Recipient: rfc822; b@example.gov.cn\r\nAction: Failed (really)\r\nStatus: 5.1.1 (no such user)\r\n\r\n--b--\r\n";

    #[test]
    fn the_failed_delivery_is_the_one_that_counts() {
        let notice = read_notice(REPORT).unwrap();
        assert_eq!((notice.action.as_str(), notice.status.as_str()), ("failed", "5.1.1"));
        let unix = REPORT.replace("\r\n", "\n");
        assert_eq!(read_notice(&unix).unwrap().status, "5.1.1");
    }

    #[test]
    fn what_is_no_report_says_nothing() {
        let no_end = REPORT.replace("Status: 5.1.1 (no such user)", "Status: 5.1.1.1");
        assert_eq!(read_notice(&no_end).unwrap().action, "delayed");
        let text = REPORT.replace("message/delivery-status", "text/plain");
        assert_eq!(read_notice(&text), None);
        for hostile in [
            "",
            "\0\0\0",
            "Content-Type: message/delivery-status",
            "Status: 5.1.1\nAction: failed",
        ] {
            assert_eq!(read_notice(hostile), None, "{hostile:?}");
        }
        let endless = "Content-Type: message/delivery-status\n".to_string() + &"Action: failed\n".repeat(20_000);
        assert_eq!(read_notice(&endless), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_stop_the_reader(bytes in proptest::collection::vec(0u8..=255, 0..600)) {
            let text = format!("Content-Type: message/delivery-status\n{}", String::from_utf8_lossy(&bytes));
            read_notice(&text);
        }
    }
}
