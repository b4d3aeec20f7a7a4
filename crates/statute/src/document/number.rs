//! Document numbers (发文字号): read from any of their written forms, written in one.
//!
//! CIT-1: organ code, year in 〔 〕, serial without leading zero and without 第, then 号 (GB/T 9704-2012). CIT-4: decrees
//! (令). CIT-5: announcements (公告、通告) and telegrams, the latter being ordinary numbers whose code ends in 发明电.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{is_han, to_half_width, without_spaces};
use crate::chinese::numeral;
use crate::citation::document_layout;
use crate::{Issue, Weight};

/// A document number (发文字号).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum DocumentNumber {
    /// 榕政办〔2021〕12号.
    Ordinary {
        /// Organ code (机关代字): 榕政办.
        code: String,
        /// Four-digit year.
        year: u16,
        /// Serial of the year, from 1.
        serial: u32,
    },
    /// 国务院令第711号, or 某某令2007年第36号 as some databases write it.
    Order {
        /// Organ with the word 令 at its end: 国务院令.
        organ: String,
        /// Year, where it is written.
        year: Option<u16>,
        /// Serial.
        serial: u32,
    },
    /// 2021年第3号, 〔2019〕第4号, 某某公告2021年第3号, 某某通告第5号.
    Announcement {
        /// Organ and kind; empty where only year and serial are written.
        organ: String,
        /// Year, where it is written.
        year: Option<u16>,
        /// Whether the year stands in 〔 〕.
        bracketed: bool,
        /// Serial.
        serial: u32,
    },
}

/// Why a text is not a document number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Nothing written.
    #[error("没有填写发文字号；没有文号的，请填写“无”")]
    Empty,
    /// Not one of the known forms.
    #[error("“{text}”不是规范的发文字号，应为机关代字、年份、顺序号三部分，例如“榕政办〔2021〕12号”")]
    Unrecognised {
        /// What was written.
        text: String,
    },
    /// The year cannot be right.
    #[error("发文字号“{text}”的年份应为1900年至2099年间的四位数字")]
    Year {
        /// What was written.
        text: String,
    },
    /// The serial is missing, zero or too long.
    #[error("发文字号“{text}”的顺序号应为1至99999的数字")]
    Serial {
        /// What was written.
        text: String,
    },
}

/// A number with what had to be corrected to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadNumber {
    /// The number.
    pub number: DocumentNumber,
    /// What was not in the standard form.
    pub issues: Vec<Issue>,
}

impl DocumentNumber {
    /// The organ code or organ, without year and serial.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            DocumentNumber::Ordinary { code, .. } => code,
            DocumentNumber::Order { organ, .. } | DocumentNumber::Announcement { organ, .. } => organ,
        }
    }

    /// The year, where the number has one.
    #[must_use]
    pub fn year(&self) -> Option<u16> {
        match self {
            DocumentNumber::Ordinary { year, .. } => Some(*year),
            DocumentNumber::Order { year, .. } | DocumentNumber::Announcement { year, .. } => *year,
        }
    }

    /// The serial number.
    #[must_use]
    pub fn serial(&self) -> u32 {
        match self {
            DocumentNumber::Ordinary { serial, .. }
            | DocumentNumber::Order { serial, .. }
            | DocumentNumber::Announcement { serial, .. } => *serial,
        }
    }
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DocumentNumber::Ordinary { code, year, serial } => write!(f, "{code}〔{year}〕{serial}号"),
            DocumentNumber::Announcement {
                organ,
                year: Some(year),
                bracketed: true,
                serial,
            } => {
                write!(f, "{organ}〔{year}〕第{serial}号")
            }
            DocumentNumber::Order {
                organ,
                year: Some(year),
                serial,
            }
            | DocumentNumber::Announcement {
                organ,
                year: Some(year),
                serial,
                ..
            } => {
                write!(f, "{organ}{year}年第{serial}号")
            }
            DocumentNumber::Order {
                organ,
                year: None,
                serial,
            }
            | DocumentNumber::Announcement {
                organ,
                year: None,
                serial,
                ..
            } => write!(f, "{organ}第{serial}号"),
        }
    }
}

/// Reads a document number, telling what had to be corrected.
///
/// # Errors
/// [`NumberError`] when the text is empty or of no known form.
pub fn read(text: &str) -> Result<ReadNumber, NumberError> {
    let plain = to_half_width(&without_spaces(text));
    if plain.is_empty() {
        return Err(NumberError::Empty);
    }
    let mut issues = Vec::new();
    let plain = unify_brackets(&plain);
    let number = match split_bracketed(&plain) {
        Some((code, year, rest)) => bracketed(text, code, year, rest, &mut issues)?,
        None => unbracketed(text, &plain, &mut issues)?,
    };
    let canonical = number.to_string();
    if issues.is_empty() && canonical != text {
        let message = format!("发文字号“{text}”的括号、空格或者数字写法不规范，规范写法为“{canonical}”。");
        issues.push(form_issue("CIT-2", Weight::Hint, message));
    }
    Ok(ReadNumber { number, issues })
}

/// As [`read`], but the words 无 and — mean that there is no number.
///
/// # Errors
/// As [`read`].
pub fn read_optional(text: &str) -> Result<Option<ReadNumber>, NumberError> {
    match without_spaces(text).as_str() {
        "" | "无" | "-" | "—" | "——" | "/" => Ok(None),
        _ => read(text).map(Some),
    }
}

/// Whether a text is an ordinary number in exactly the standard form (CIT-2).
#[must_use]
pub fn is_strict(text: &str) -> bool {
    read(text).is_ok_and(|read| {
        matches!(read.number, DocumentNumber::Ordinary { .. })
            && read.issues.is_empty()
            && read.number.to_string() == text
    })
}

/// Checks a number as entered in a form; an unreadable one is an error, an odd form a warning (CIT-1, CIT-2).
#[must_use]
pub fn check(text: &str) -> Vec<Issue> {
    match read_optional(text) {
        Ok(None) => Vec::new(),
        Ok(Some(read)) => read.issues,
        Err(error) => vec![form_issue("CIT-1", Weight::Error, format!("{error}。"))],
    }
}

fn form_issue(rule: &str, weight: Weight, message: String) -> Issue {
    Issue::new(rule, weight, "doc_no", message).citing(document_layout().article("7.2.5"))
}

/// Every bracket that is seen around a year becomes 〔 〕; 《》 is left alone because it encloses titles.
fn unify_brackets(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '[' | '【' | '(' | '﹝' | '﹙' | '〈' | '<' | '{' | '〖' | '「' | '⟦' | '❲' => '〔',
            ']' | '】' | ')' | '﹞' | '﹚' | '〉' | '>' | '}' | '〗' | '」' | '⟧' | '❳' => '〕',
            other => other,
        })
        .collect()
}

fn split_bracketed(text: &str) -> Option<(&str, &str, &str)> {
    let (code, rest) = text.split_once('〔')?;
    let (year, rest) = rest.split_once('〕')?;
    Some((code, year, rest))
}

fn bracketed(
    text: &str,
    code: &str,
    year: &str,
    rest: &str,
    issues: &mut Vec<Issue>,
) -> Result<DocumentNumber, NumberError> {
    let year = read_year(text, year.strip_suffix('年').unwrap_or(year))?;
    let (with_ordinal, rest) = match rest.strip_prefix('第') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let serial = read_serial(text, rest, issues)?;
    let announcement = code.is_empty() || code.ends_with("公告") || code.ends_with("通告");
    if with_ordinal && announcement {
        return Ok(DocumentNumber::Announcement {
            organ: code.to_owned(),
            year: Some(year),
            bracketed: true,
            serial,
        });
    }
    if with_ordinal {
        issues.push(form_issue(
            "CIT-1",
            Weight::Warning,
            format!("发文字号“{text}”的顺序号前不加“第”字。"),
        ));
    }
    if !is_organ_code(code) {
        return Err(NumberError::Unrecognised { text: text.to_owned() });
    }
    Ok(DocumentNumber::Ordinary {
        code: code.to_owned(),
        year,
        serial,
    })
}

fn unbracketed(text: &str, plain: &str, issues: &mut Vec<Issue>) -> Result<DocumentNumber, NumberError> {
    let unrecognised = || NumberError::Unrecognised { text: text.to_owned() };
    let (head, rest) = plain.split_once('第').ok_or_else(unrecognised)?;
    let serial = read_serial(text, rest, issues)?;
    let (organ, year) = match head.strip_suffix('年') {
        Some(dated) => {
            let digits = dated.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
            let (organ, year) = dated.split_at(digits);
            (organ, Some(read_year(text, year)?))
        }
        None => (head, None),
    };
    if !organ.chars().all(|c| is_han(c) || matches!(c, '〔' | '〕' | '、')) {
        return Err(unrecognised());
    }
    if organ.ends_with('令') {
        return Ok(DocumentNumber::Order {
            organ: organ.to_owned(),
            year,
            serial,
        });
    }
    let announcement = organ.ends_with("公告") || organ.ends_with("通告") || organ.is_empty() && year.is_some();
    if !announcement {
        return Err(unrecognised());
    }
    Ok(DocumentNumber::Announcement {
        organ: organ.to_owned(),
        year,
        bracketed: false,
        serial,
    })
}

fn is_organ_code(code: &str) -> bool {
    (2..=20).contains(&code.chars().count()) && code.chars().all(is_han)
}

fn read_year(text: &str, year: &str) -> Result<u16, NumberError> {
    let value = if year.chars().all(|c| c.is_ascii_digit()) {
        year.parse().ok()
    } else {
        numeral(year)
    };
    value
        .filter(|_| year.chars().count() == 4)
        .and_then(|value: u32| u16::try_from(value).ok())
        .filter(|value| (1900..2100).contains(value))
        .ok_or_else(|| NumberError::Year { text: text.to_owned() })
}

fn read_serial(text: &str, rest: &str, issues: &mut Vec<Issue>) -> Result<u32, NumberError> {
    let digits = match rest.strip_suffix('号') {
        Some(digits) => digits,
        None => {
            issues.push(form_issue(
                "CIT-2",
                Weight::Warning,
                format!("发文字号“{text}”末尾缺少“号”字。"),
            ));
            rest
        }
    };
    let arabic = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    if arabic && digits.starts_with('0') {
        let message = format!("发文字号“{text}”的顺序号不编虚位，1不写作01。");
        issues.push(form_issue("CIT-1", Weight::Warning, message));
    }
    let value = if arabic { digits.parse().ok() } else { numeral(digits) };
    value
        .filter(|value| (1..=99_999).contains(value))
        .ok_or_else(|| NumberError::Serial { text: text.to_owned() })
}
