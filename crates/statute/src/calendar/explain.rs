//! The words of a count: why the date is what it is.

use super::{Count, CountKind, LedgerDay};
use crate::chinese;

impl Count {
    /// One paragraph: from when, how many days, until when, which days did not count, and by which rule.
    #[must_use]
    pub fn explain(&self) -> String {
        let mut text = format!("自{}起算，当日不计入，{}。", chinese::date(self.from), self.end_words());
        text.push_str(&self.uncounted_words());
        if self.provisional {
            text.push_str("所涉年度的放假安排尚未全部公布，该日期为暂定，公布后将重新计算。");
        }
        let rules: Vec<String> = self.citations.iter().map(ToString::to_string).collect();
        text.push_str(&format!("计算依据：{}。", rules.join("、")));
        text
    }

    /// Which day is the last counted one, or how many days counted when the last day itself did not count.
    fn end_words(&self) -> String {
        let last_counted = self.ledger.iter().rev().find(|entry| entry.ordinal.is_some());
        match last_counted.map(|entry| entry.day.date) {
            Some(date) if date == self.to || self.kind == CountKind::CalendarDays => {
                format!(
                    "第{}{}为{}",
                    self.days,
                    self.kind.label(),
                    chinese::date_with_weekday(date)
                )
            }
            _ => format!("至{}共{}{}", chinese::date(self.to), self.days, self.kind.label()),
        }
    }

    /// The ledger line by line, one sentence a day, as the explanation page prints it.
    #[must_use]
    pub fn ledger_lines(&self) -> Vec<String> {
        self.ledger
            .iter()
            .enumerate()
            .map(|(position, entry)| self.ledger_line(position, entry))
            .collect()
    }

    fn ledger_line(&self, position: usize, entry: &LedgerDay) -> String {
        let date = chinese::date_with_weekday(entry.day.date);
        let reason = entry.day.reason.label();
        let source = match &entry.day.notice {
            Some(notice) => format!("（《{}》）", notice.title),
            None if entry.day.provisional => "（放假安排尚未公布，暂定）".to_owned(),
            None => String::new(),
        };
        let verdict = match entry.ordinal {
            Some(ordinal) => format!("计入，第{ordinal}{}", self.kind.label()),
            None if position == 0 => "起算日，不计入".to_owned(),
            None if entry.day.date == self.to && self.kind == CountKind::CalendarDays => "期限顺延至本日".to_owned(),
            None if self.kind == CountKind::CalendarDays => "期限末日遇休息日，顺延".to_owned(),
            None => "不计入".to_owned(),
        };
        format!("{date}：{reason}{source}，{verdict}")
    }

    /// Groups the days that did not count by their reason (期间周末8日、春节放假7日不计入); for calendar days the rest days
    /// over which the end was moved.
    fn uncounted_words(&self) -> String {
        let mut groups: Vec<(String, u32)> = Vec::new();
        for entry in self.ledger.iter().skip(1).filter(|entry| self.is_left_out(entry)) {
            let label = entry.day.reason.label();
            match groups.iter_mut().find(|(known, _)| *known == label) {
                Some((_, count)) => *count += 1,
                None => groups.push((label, 1)),
            }
        }
        if groups.is_empty() {
            return String::new();
        }
        let words: Vec<String> = groups
            .iter()
            .map(|(label, count)| format!("{label}{count}日"))
            .collect();
        match self.kind {
            CountKind::WorkingDays => format!("期间{}不计入。", words.join("、")),
            CountKind::CalendarDays => {
                let to = chinese::date_with_weekday(self.to);
                format!("末日遇休息日（{}），顺延至{to}。", words.join("、"))
            }
        }
    }

    fn is_left_out(&self, entry: &LedgerDay) -> bool {
        match self.kind {
            CountKind::WorkingDays => entry.ordinal.is_none(),
            CountKind::CalendarDays => entry.ordinal.is_none_or(|ordinal| ordinal == self.days) && !entry.day.working,
        }
    }
}
