//! Chinese numerals: counting form (一百二十三) and digit form (二〇二一), and Chinese dates as words.

use chrono::{Datelike, NaiveDate, Weekday};

/// Reads a counting numeral (二十一, 一百零三, 一千零一) or a plain digit string (〇 to 九); values up to 9,999.
///
/// Returns `None` for anything else, also for a numeral with a unit missing its digit inside (百二).
#[must_use]
pub fn numeral(text: &str) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    if text.chars().any(|c| unit(c).is_some()) {
        counting(text)
    } else {
        digits(text)
    }
}

/// Reads digits written in Chinese one after another: 二○一一 is 2011. The zero may be 〇, ○, 零, O or o.
#[must_use]
pub fn digits(text: &str) -> Option<u32> {
    let mut value: u32 = 0;
    for c in text.chars() {
        value = value.checked_mul(10)?.checked_add(digit(c)?)?;
    }
    (!text.is_empty()).then_some(value)
}

fn counting(text: &str) -> Option<u32> {
    let mut total = 0;
    let mut pending: Option<u32> = None;
    let mut last_unit = 10_000;
    for c in text.chars() {
        if let Some(unit) = unit(c) {
            // 十 may stand without a digit only at the very beginning (十二).
            let count = match pending.take() {
                Some(0) | None if total == 0 && unit == 10 && last_unit == 10_000 => 1,
                Some(count) if count > 0 => count,
                _ => return None,
            };
            if unit >= last_unit {
                return None;
            }
            last_unit = unit;
            total += count * unit;
            continue;
        }
        let value = digit(c)?;
        match pending {
            // 零 marks a skipped place and is followed by a digit.
            None | Some(0) => pending = Some(value),
            Some(_) => return None,
        }
    }
    Some(total + pending.unwrap_or(0))
}

fn unit(c: char) -> Option<u32> {
    match c {
        '十' => Some(10),
        '百' => Some(100),
        '千' => Some(1000),
        _ => None,
    }
}

/// One Chinese digit; zero in its four written forms.
#[must_use]
pub fn digit(c: char) -> Option<u32> {
    const ONES: [char; 9] = ['一', '二', '三', '四', '五', '六', '七', '八', '九'];
    if matches!(c, '〇' | '○' | '零' | 'O' | 'o' | '\u{ff2f}') {
        return Some(0);
    }
    (1..).zip(ONES).find(|(_, one)| *one == c).map(|(value, _)| value)
}

/// Writes 0 to 9,999 as a counting numeral: 12 is 十二, 101 is 一百零一. Larger numbers are written in Arabic digits.
#[must_use]
pub fn counting_numeral(value: u32) -> String {
    const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let word = |index: u32| DIGITS.get(index as usize).copied().unwrap_or("");
    match value {
        0..=9 => word(value).to_owned(),
        10..=19 => format!("十{}", if value == 10 { "" } else { word(value - 10) }),
        20..=9999 => {
            let mut text = String::new();
            let mut skipped = false;
            for (unit, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
                let place = value / unit % 10;
                if place == 0 {
                    skipped = !text.is_empty();
                    continue;
                }
                if skipped {
                    text.push('零');
                    skipped = false;
                }
                text.push_str(word(place));
                text.push_str(name);
            }
            text
        }
        _ => value.to_string(),
    }
}

/// The article number as laws print it: 26 is 第二十六条.
#[must_use]
pub fn article(number: u32) -> String {
    format!("第{}条", counting_numeral(number))
}

/// A date as screens and letters print it: 2021年6月15日.
#[must_use]
pub fn date(date: NaiveDate) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

/// A date with its weekday: 2021年6月15日（星期二）.
#[must_use]
pub fn date_with_weekday(day: NaiveDate) -> String {
    format!("{}（{}）", date(day), weekday(day))
}

/// 星期一 to 星期日.
#[must_use]
pub fn weekday(date: NaiveDate) -> &'static str {
    match date.weekday() {
        Weekday::Mon => "星期一",
        Weekday::Tue => "星期二",
        Weekday::Wed => "星期三",
        Weekday::Thu => "星期四",
        Weekday::Fri => "星期五",
        Weekday::Sat => "星期六",
        Weekday::Sun => "星期日",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_numerals_are_read_and_written_alike() {
        for value in 1..=9999 {
            assert_eq!(numeral(&counting_numeral(value)), Some(value), "{value}");
        }
        assert_eq!(counting_numeral(110), "一百一十");
        assert_eq!(counting_numeral(1001), "一千零一");
        assert_eq!(article(26), "第二十六条");
    }

    #[test]
    fn what_is_not_a_numeral_is_refused() {
        for text in ["", "百", "十百", "一二十", "第", "二十x", "一十百"] {
            assert_eq!(numeral(text), None, "{text}");
        }
    }

    #[test]
    fn digits_accept_every_zero() {
        for text in ["二〇二〇", "二○二○", "二零二零", "二O二O"] {
            assert_eq!(numeral(text), Some(2020), "{text}");
        }
    }
}
