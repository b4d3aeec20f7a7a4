//! Numbers and dates as a spreadsheet shows them.

use calamine::ExcelDateTime;

use super::model::Cell;

/// From here on a spreadsheet has lost digits: it keeps fifteen.
pub(super) const IMPRECISE: f64 = 1e15;

/// A number under its number format.
pub(super) fn number(value: f64, format: &str) -> Cell {
    if !value.is_finite() {
        return Cell::Fault("#NUM!".to_owned());
    }
    Cell::Number(value, shown(value, format))
}

fn shown(value: f64, format: &str) -> String {
    // Only the part for positive numbers; what stands in quotation marks or brackets is decoration.
    let pattern: String = plain_pattern(format.split(';').next().unwrap_or_default());
    if let Some(before) = pattern.strip_suffix('%') {
        return format!("{}%", fixed(value * 100.0, decimals(before)));
    }
    let is_number = !pattern.is_empty() && pattern.chars().all(|c| "0#,.".contains(c));
    if !is_number {
        return general(value);
    }
    let zeros = pattern.split('.').next().unwrap_or_default().matches('0').count();
    let words = fixed(value, decimals(&pattern));
    let digits = words
        .trim_start_matches('-')
        .split('.')
        .next()
        .unwrap_or_default()
        .len();
    if value < 0.0 || digits >= zeros {
        return words;
    }
    format!("{}{words}", "0".repeat(zeros - digits))
}

fn plain_pattern(format: &str) -> String {
    let mut pattern = String::new();
    let mut skip_to = None;
    let mut characters = format.chars();
    while let Some(c) = characters.next() {
        match (skip_to, c) {
            (Some(end), c) if c == end => skip_to = None,
            (Some(_), _) => {}
            (None, '"') => skip_to = Some('"'),
            (None, '[') => skip_to = Some(']'),
            (None, '_' | '\\' | '*') => drop(characters.next()),
            (None, ' ') => {}
            (None, c) => pattern.push(c),
        }
    }
    pattern
}

/// Places after the point that are always shown.
fn decimals(pattern: &str) -> Option<usize> {
    if pattern.contains('#') && pattern.split('.').nth(1).is_some_and(|tail| tail.contains('#')) {
        return None;
    }
    Some(pattern.split('.').nth(1).map_or(0, |tail| tail.matches('0').count()))
}

fn fixed(value: f64, decimals: Option<usize>) -> String {
    match decimals {
        Some(places) => {
            // Away from floating-point dust first: 0.285 * 100 is 28.499999999999996.
            let rounded: f64 = format!("{value:.12}").parse().unwrap_or(value);
            format!("{rounded:.places$}")
        }
        None => general(value),
    }
}

/// A number without a format of its own: fifteen digits at most, never an exponent.
fn general(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e21 {
        return format!("{value:.0}");
    }
    let precise: f64 = format!("{value:.14e}").parse().unwrap_or(value);
    precise.to_string()
}

/// A date, a date with time, a time of day, or a duration in hours.
pub(super) fn date(value: &ExcelDateTime) -> Cell {
    let serial = value.as_f64();
    if !serial.is_finite() || !(0.0..2_958_466.0).contains(&serial) {
        return number(serial, "");
    }
    if value.is_duration() {
        let seconds = (serial * 86_400.0).round() as u64;
        return Cell::Date(format!(
            "{:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        ));
    }
    let (year, month, day, ..) = value.to_ymd_hms_milli();
    // Whole seconds of the day; what rounding would carry over midnight stays before it.
    let seconds = ((serial.fract() * 86_400.0).round() as u64).min(86_399);
    let time = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if serial < 1.0 {
        return Cell::Date(time);
    }
    let day = format!("{year:04}-{month:02}-{day:02}");
    Cell::Date(if seconds == 0 { day } else { format!("{day} {time}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType::{DateTime, TimeDelta};

    #[test]
    fn numbers_are_words_as_a_spreadsheet_shows_them() {
        for (value, format, words) in [
            (2021.0, "General", "2021"),
            (0.1 + 0.2, "General", "0.3"),
            (13_800_138_000.0, "0", "13800138000"),
            (350_104_199_001_011_200.0, "General", "350104199001011200"),
            (123.0, "000000", "000123"),
            (0.285, "0.0%", "28.5%"),
            (0.5, "0%", "50%"),
            (1234.5, "#,##0.00", "1234.50"),
            (2.5, "0.00_ ;[Red]\\-0.00\\ ", "2.50"),
            (-3.0, "0", "-3"),
            (12.0, "0\"元\"", "12"),
        ] {
            assert_eq!(number(value, format).words(), words, "{value} as {format}");
        }
        assert_eq!(number(f64::NAN, "0"), Cell::Fault("#NUM!".into()));
    }

    #[test]
    fn dates_are_iso() {
        let of = |serial, kind, old| date(&ExcelDateTime::new(serial, kind, old)).words().to_owned();
        assert_eq!(of(44286.0, DateTime, false), "2021-03-31");
        assert_eq!(of(44286.0 - 1462.0, DateTime, true), "2021-03-31");
        assert_eq!(of(44286.5, DateTime, false), "2021-03-31 12:00:00");
        assert_eq!(of(0.354_166_666_6, DateTime, false), "08:30:00");
        assert_eq!(of(1.25, TimeDelta, false), "30:00:00");
        assert_eq!(of(-1.0, DateTime, false), "-1");
    }
}
