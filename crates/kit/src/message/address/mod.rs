//! Where an account wants to be reached (通知方式): a mail address and a mobile number, entered by its holder, confirmed
//! by a code sent there, shown to nobody else.

mod service;
pub(super) mod store;

pub(super) use service::own;
pub use service::{Confirmed, confirm, confirmed, enter, for_notices, mark_unusable, pause, remove};
pub use store::{address as entity, of};

use lettre::Address;

use super::model::Channel;
use crate::error::{Error, Result};

/// Entered, not yet confirmed.
pub const UNCONFIRMED: &str = "unconfirmed";
/// Confirmed by a code.
pub const CONFIRMED: &str = "confirmed";
/// What was sent there came back.
pub const UNUSABLE: &str = "unusable";

const LONGEST_MAIL: usize = 254;

/// An address as it is sealed and compared: a mail address with its domain in small letters, a mobile number as
/// `+8613800000000`.
///
/// # Errors
/// When it is none.
pub fn normal(channel: Channel, text: &str) -> Result<String> {
    match channel {
        Channel::Mail => normal_mail(text.trim()),
        Channel::Sms => normal_number(text),
    }
}

fn normal_mail(text: &str) -> Result<String> {
    let wrong = || {
        Error::refused(
            "邮箱的写法不对",
            "请写成 name@example.gov.cn 的样子，不要带名称和尖括号",
        )
    };
    let address: Address = text.parse().map_err(|_| wrong())?;
    let hidden = |c: char| c.is_control() || c.is_whitespace() || !(c.is_ascii() || c.is_alphanumeric());
    let bad = text.len() > LONGEST_MAIL || address.user().len() > 64 || text.chars().any(hidden);
    if bad || !address.domain().contains('.') || address.domain().starts_with('[') || address.user().starts_with('"') {
        return Err(wrong());
    }
    Ok(format!("{}@{}", address.user(), address.domain().to_lowercase()))
}

fn normal_number(text: &str) -> Result<String> {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !"-－()（）".contains(*c))
        .map(|c| match c {
            '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10).unwrap_or(c),
            '＋' => '+',
            c => c,
        })
        .collect();
    let digits = ["+86", "0086", "86"]
        .iter()
        .find_map(|prefix| plain.strip_prefix(prefix))
        .unwrap_or(&plain);
    let bytes = digits.as_bytes();
    let good = bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]);
    if !good || !bytes.iter().all(u8::is_ascii_digit) {
        return Err(Error::refused(
            "手机号不对",
            "请填写 11 位的大陆手机号，例如 138 开头的号码；固定电话收不到短信",
        ));
    }
    Ok(format!("+86{digits}"))
}

/// An address of which only so much is left that its holder knows it.
pub fn masked(channel: Channel, address: &str) -> String {
    match (channel, address.split_once('@')) {
        (Channel::Mail, Some((user, domain))) => {
            format!("{}***@{domain}", user.chars().next().unwrap_or('*'))
        }
        _ => {
            let end: String = address
                .chars()
                .skip(address.chars().count().saturating_sub(2))
                .collect();
            format!("*********{end}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_form() {
        for text in [
            "13800000000",
            "+86 138 0000 0000",
            "0086-138-0000-0000",
            "８６１３８００００００００",
        ] {
            assert_eq!(normal(Channel::Sms, text).unwrap(), "+8613800000000", "{text}");
        }
        for text in [
            "",
            "1380000000",
            "12800000000",
            "+1 212 555 0100",
            "0591-87654321",
            "1380000000a",
            "138000000000",
        ] {
            assert!(normal(Channel::Sms, text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_mail_address_is_plain() {
        assert_eq!(
            normal(Channel::Mail, " Li.Si@Example.GOV.cn ").unwrap(),
            "Li.Si@example.gov.cn"
        );
        assert_eq!(
            normal(Channel::Mail, "张三@example.gov.cn").unwrap(),
            "张三@example.gov.cn"
        );
        for text in [
            "",
            "a",
            "a@",
            "@b.cn",
            "a@localhost",
            "a@b.cn\r\nBcc: c@d.cn",
            "a\u{200b}b@c.cn",
            "a b@c.cn",
            "甲 <a@b.cn>",
            "a@b.cn,c@d.cn",
            "a@[127.0.0.1]",
            "\"a b\"@c.cn",
        ] {
            assert!(normal(Channel::Mail, text).is_err(), "{text:?}");
        }
        let long = format!("{}@example.gov.cn", "a".repeat(65));
        assert!(normal(Channel::Mail, &long).is_err());
    }

    #[test]
    fn little_is_left_of_a_masked_address() {
        assert_eq!(masked(Channel::Mail, "lisi@example.gov.cn"), "l***@example.gov.cn");
        assert_eq!(masked(Channel::Sms, "+8613800000012"), "*********12");
    }
}
