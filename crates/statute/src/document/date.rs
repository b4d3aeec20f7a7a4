//! Dates as documents and old pages write them (CIT-9, B.2).

use chrono::{Datelike, NaiveDate};

use super::{to_half_width, without_spaces};
use crate::chinese::{self, counting_numeral, numeral};

/// Why a text is not a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Nothing written.
    #[error("没有填写日期")]
    Empty,
    /// Not one of the known forms.
    #[error("“{text}”不是可识别的日期，请写成“2021年6月15日”或者“2021-06-15”")]
    Unrecognised {
        /// What was written.
        text: String,
    },
    /// The form is right but there is no such day.
    #[error("“{text}”不存在，请核对年、月、日")]
    NoSuchDay {
        /// What was written.
        text: String,
    },
}

/// Reads a date: 2017年05月15日, 2018-11-09, 2021/9/3, 2021.9.3, 2021-09-30 01:40, 二○一一年七月二十八日.
///
/// A time of day after the date is left aside. The year has four digits; nothing is guessed.
///
/// # Errors
/// [`DateError`].
pub fn read(text: &str) -> Result<NaiveDate, DateError> {
    let half = to_half_width(text.trim());
    if half.is_empty() {
        return Err(DateError::Empty);
    }
    let unrecognised = || DateError::Unrecognised {
        text: text.trim().to_owned(),
    };
    let (year, month, day) = parts(&half).ok_or_else(unrecognised)?;
    i32::try_from(year)
        .ok()
        .and_then(|year| NaiveDate::from_ymd_opt(year, month, day))
        .ok_or_else(|| DateError::NoSuchDay {
            text: text.trim().to_owned(),
        })
}

fn parts(text: &str) -> Option<(u32, u32, u32)> {
    if text.contains('年') {
        chinese_parts(&without_spaces(text))
    } else {
        separated_parts(text)
    }
}

fn chinese_parts(text: &str) -> Option<(u32, u32, u32)> {
    let (year, rest) = text.split_once('年')?;
    let (month, rest) = rest.split_once('月')?;
    let (day, tail) = rest.split_once(['日', '号'])?;
    if !is_time(tail) {
        return None;
    }
    numbers(year, month, day)
}

fn separated_parts(text: &str) -> Option<(u32, u32, u32)> {
    let (date, tail) = text.split_once([' ', 'T', '\u{a0}']).unwrap_or((text, ""));
    let separator = ['-', '/', '.'].into_iter().find(|c| date.contains(*c))?;
    let mut pieces = date.split(separator);
    let (year, month, day) = (pieces.next()?, pieces.next()?, pieces.next()?);
    if pieces.next().is_some() || !is_time(tail.trim()) {
        return None;
    }
    numbers(year, month, day)
}

fn numbers(year: &str, month: &str, day: &str) -> Option<(u32, u32, u32)> {
    if year.chars().count() != 4 {
        return None;
    }
    Some((number(year)?, number(month)?, number(day)?))
}

fn number(text: &str) -> Option<u32> {
    if text.chars().all(|c| c.is_ascii_digit()) {
        text.parse().ok()
    } else {
        numeral(text)
    }
}

fn is_time(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | '时' | '分' | '秒' | 'Z' | '+'))
}

/// As documents since 2012 print it: 2021年6月15日, without leading zeros (GB/T 9704-2012, 7.3.5.4).
#[must_use]
pub fn write(date: NaiveDate) -> String {
    chinese::date(date)
}

/// As documents before 2012 print it: 二〇一一年七月二十八日.
#[must_use]
pub fn write_chinese(date: NaiveDate) -> String {
    let year: String = date
        .year()
        .to_string()
        .chars()
        .map(|c| match c {
            '0' => "〇".to_owned(),
            digit => digit.to_digit(10).map(counting_numeral).unwrap_or_default(),
        })
        .collect();
    format!(
        "{year}年{}月{}日",
        counting_numeral(date.month()),
        counting_numeral(date.day())
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citation::day;

    #[test]
    fn every_written_form_is_read() {
        for text in [
            "二○一一年七月二十八日",
            "二〇一一年七月二十八日",
            "二O一一年七月二十八日",
            "2011年07月28日",
            "2011年7月28日 09:30",
            "2011-07-28",
            "2011/7/28",
            "2011.7.28",
            "2011-07-28 01:40",
            "２０１１年７月２８日",
            "2011 年 7 月 28 日",
            "2011-07-28T01:40:00Z",
        ] {
            assert_eq!(read(text), Ok(day(2011, 7, 28)), "{text}");
        }
    }

    #[test]
    fn nothing_is_guessed() {
        assert_eq!(read(" "), Err(DateError::Empty));
        assert!(matches!(read("2021年2月30日"), Err(DateError::NoSuchDay { .. })));
        for text in [
            "21年6月1日",
            "2021年6月",
            "近日",
            "2021-6",
            "2021-6-1-1",
            "2021-06-15 左右",
            "年月日",
        ] {
            assert!(matches!(read(text), Err(DateError::Unrecognised { .. })), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut date = day(2008, 1, 1);
        while date < day(2012, 1, 1) {
            assert_eq!(read(&write(date)), Ok(date));
            assert_eq!(read(&write_chinese(date)), Ok(date));
            date = date.succ_opt().unwrap();
        }
        assert_eq!(write_chinese(day(2010, 10, 20)), "二〇一〇年十月二十日");
    }
}
