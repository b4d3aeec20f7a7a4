//! One generated document: who writes what when, and what becomes of it. Everything follows from seed and number.

use chrono::{Datelike, Days, Months, NaiveDate};
use content::Document;
use kit::clock::spoken_date;

use super::body::compose;
use super::form::Form;
use super::grammar::{Grammar, Theme, Writer};
use super::random::Dice;

/// Documents are written in ten years, up to a few days before the demonstration begins.
const FIRST_YEAR: i32 = 2012;
const YEARS: usize = 10;
const LAST_DAY: (i32, u32, u32) = (2021, 11, 12);
/// How often each theme's own unit writes for one time that a town does.
const OWN: usize = 2;

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Generated {
    /// By which it is recognised when it comes again.
    pub source: String,
    /// Short name of the unit that writes it.
    pub unit: &'static str,
    /// Stored name of its kind.
    pub kind: &'static str,
    /// 标题.
    pub title: String,
    /// 发文字号.
    pub doc_number: Option<String>,
    /// 主题分类.
    pub theme: &'static str,
    /// 成文日期.
    pub written: NaiveDate,
    /// 发布日期.
    pub published: NaiveDate,
    /// 施行日期.
    pub effective_from: Option<NaiveDate>,
    /// 有效期至.
    pub valid_until: Option<NaiveDate>,
    /// First day of repeal.
    pub repealed_from: Option<NaiveDate>,
    /// 内容概述.
    pub summary: String,
    /// The text.
    pub document: Document,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is still being drafted.
    Draft,
    /// It is public.
    Public,
    /// It was corrected: the new text, when, and the note.
    Corrected(Document, NaiveDate, String),
    /// It was marked: when and why.
    Marked(NaiveDate, String),
    /// It was taken down: when and why.
    TakenDown(NaiveDate, String),
}

/// Who writes, and which number it is of theirs in the year.
struct Desk<'g> {
    unit: &'static str,
    mark: String,
    theme: &'g Theme,
    year: i32,
    serial: usize,
}

/// The place a document is known by, from seed and number (from 0).
pub(super) fn source(seed: u64, number: usize) -> String {
    format!("https://generated.example/{seed}/{}", number + 1)
}

/// The document of this number (from 0); `full_name` gives a unit's full name.
pub(super) fn generate(grammar: &Grammar, seed: u64, number: usize, full_name: &dyn Fn(&str) -> String) -> Generated {
    let mut dice = Dice::of(seed, u64::try_from(number).unwrap_or(u64::MAX));
    let desk = desk(grammar, seed, number, &mut dice);
    let written = written(&mut dice, desk.year);
    let published = not_after_the_last(written + Days::new(dice.between(1, 12) as u64));
    let mut writer = Writer::new(grammar, desk.theme, desk.year, dice);
    writer.bind("organ", full_name(desk.unit));
    writer.bind("signed", spoken_date(written));
    let form = Form::any(&mut writer);
    let validity = Validity::of(form, &mut writer, published);
    bind_words(&mut writer, form, &validity, desk.year);
    let title = form.title(&mut writer);
    let (low, high) = form.length();
    let target = writer.dice.between(low, high);
    let document = compose(&mut writer, form, target);
    let summary = if writer.dice.often(600) {
        writer.text("{aim}。")
    } else {
        String::new()
    };
    let fate = fate(&mut writer, &document, published);
    Generated {
        source: source(seed, number),
        unit: desk.unit,
        kind: form.kind(),
        title,
        doc_number: form
            .is_numbered()
            .then(|| format!("{}〔{}〕{}号", desk.mark, desk.year, desk.serial)),
        theme: desk.theme.class,
        written,
        published,
        effective_from: validity.effective_from,
        valid_until: validity.valid_until,
        repealed_from: validity.repealed_from,
        summary,
        document,
        fate,
    }
}

/// Goes round all writers and years, so that numbers within each are given one after the other and never twice.
fn desk<'g>(grammar: &'g Grammar, seed: u64, number: usize, dice: &mut Dice) -> Desk<'g> {
    let (themes, towns) = (&grammar.themes, grammar.towns());
    let writers = themes.len() * OWN + towns.len();
    let cells = writers * YEARS;
    let (round, place) = (number / cells, number % cells);
    // A step without a common divisor with the number of cells visits each once in a round.
    let step = (1..cells)
        .rev()
        .find(|step| *step < cells * 5 / 8 && greatest_common_divisor(*step, cells) == 1);
    let offset = Dice::of(seed, u64::MAX - round as u64).below(cells);
    let cell = (place * step.unwrap_or(1) + offset) % cells;
    let (who, year) = (cell / YEARS, FIRST_YEAR + i32::try_from(cell % YEARS).unwrap_or(0));
    match who.checked_sub(themes.len() * OWN) {
        None => {
            let theme = &themes[who / OWN];
            let serial = round * OWN + who % OWN + 1;
            Desk {
                unit: theme.unit,
                mark: theme.mark.into(),
                theme,
                year,
                serial,
            }
        }
        Some(town) => {
            let theme = &themes[dice.below(themes.len())];
            let unit = towns[town];
            let stem = unit
                .trim_end_matches("街道")
                .trim_end_matches('镇')
                .trim_end_matches("农场");
            Desk {
                unit,
                mark: format!("仓{stem}示"),
                theme,
                year,
                serial: round + 1,
            }
        }
    }
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

fn last_day() -> NaiveDate {
    let (year, month, day) = LAST_DAY;
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

fn not_after_the_last(day: NaiveDate) -> NaiveDate {
    day.min(last_day())
}

fn written(dice: &mut Dice, year: i32) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(year, 1, 4).unwrap_or_default();
    let days = if year == last_day().year() {
        last_day().ordinal() - 12
    } else {
        358
    };
    first + Days::new(dice.below(days as usize) as u64)
}

/// From when to when a document holds.
#[derive(Default)]
struct Validity {
    effective_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
    repealed_from: Option<NaiveDate>,
}

impl Validity {
    fn of(form: Form, writer: &mut Writer<'_>, published: NaiveDate) -> Validity {
        let years = match form {
            Form::Measures if writer.dice.often(300) => 2,
            Form::Measures => 5,
            Form::Scheme | Form::Programme if writer.dice.often(700) => writer.dice.between(1, 5),
            _ => return Validity::default(),
        };
        let effective = published + Days::new(writer.dice.between(0, 45) as u64);
        let months = Months::new(u32::try_from(years * 12).unwrap_or(12));
        let until = effective + months - Days::new(1);
        let repealed = writer.dice.often(80).then(|| effective + (until - effective) / 2);
        Validity {
            effective_from: Some(effective),
            valid_until: Some(until),
            repealed_from: repealed.filter(|day| *day <= last_day()),
        }
    }
}

fn bind_words(writer: &mut Writer<'_>, form: Form, validity: &Validity, year: i32) {
    let matter = writer.by("matter");
    writer.bind("matter", matter);
    let name = form.own_name(writer);
    writer.bind("form", name);
    let until = validity.valid_until.map_or(year, |day| day.year());
    writer.bind("until", until.max(year + 1).to_string());
    let spoken = |day: Option<NaiveDate>| day.map_or_else(|| "印发之日".to_string(), spoken_date);
    writer.bind("effective", spoken(validity.effective_from));
    writer.bind("lapse", spoken(validity.valid_until));
}

/// Of a thousand, ten are drafts still, thirty were corrected, forty marked, five taken down.
fn fate(writer: &mut Writer<'_>, document: &Document, published: NaiveDate) -> Fate {
    let days = usize::try_from((last_day() - published).num_days()).unwrap_or(0);
    let later = published + Days::new(writer.dice.between(1, days.max(1)) as u64);
    let later = later.min(last_day() + Days::new(3));
    match writer.dice.below(1000) {
        0..=9 => Fate::Draft,
        10..=39 => Fate::Corrected(corrected(writer, document), later, writer.by("correction_note")),
        40..=79 => Fate::Marked(later, writer.by("mark_reason")),
        80..=84 => Fate::TakenDown(later, writer.by("takedown_reason")),
        _ => Fate::Public,
    }
}

/// The text with one paragraph written anew.
fn corrected(writer: &mut Writer<'_>, document: &Document) -> Document {
    let mut new = document.clone();
    let at = new.blocks.len().saturating_sub(4);
    if let Some(block) = new.blocks.get_mut(at) {
        let words = writer.text("{s.own}{s.open}");
        *block = content::Block {
            id: block.id.clone(),
            ..content::Block::paragraph(&words)
        };
    }
    content::keep_ids(document, new)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn all(seed: u64, count: usize) -> Vec<Generated> {
        let grammar = Grammar::load().unwrap();
        let name = |short: &str| format!("福州市仓山区{short}");
        (0..count)
            .map(|number| generate(&grammar, seed, number, &name))
            .collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_and_another_does_not() {
        let (one, again, other) = (all(7, 40), all(7, 40), all(8, 40));
        assert_eq!(one, again);
        let texts = |all: &[Generated]| all.iter().map(|d| d.document.text()).collect::<HashSet<_>>();
        assert!(texts(&one).is_disjoint(&texts(&other)));
    }

    #[test]
    fn documents_are_of_the_length_that_was_promised() {
        let lengths: Vec<usize> = all(3, 600).iter().map(|d| d.document.text().chars().count()).collect();
        let mean = lengths.iter().sum::<usize>() / lengths.len();
        assert!((2700..=3300).contains(&mean), "{mean}");
        let (shortest, longest) = (lengths.iter().min().unwrap(), lengths.iter().max().unwrap());
        assert!(*shortest >= 450 && *longest <= 13_500, "{shortest} {longest}");
        assert!(*shortest <= 900 && *longest >= 8_000, "{shortest} {longest}");
    }

    #[test]
    fn every_document_is_sound_and_says_that_it_is_an_example() {
        for made in all(5, 300) {
            assert!(content::check(&made.document).is_empty(), "{}", made.title);
            let text = made.document.text();
            assert!(text.contains("示例"), "{text}");
            let unfinished = text.contains(['{', '}', '|', '#']) || made.title.contains(['{', '}', '|']);
            assert!(!unfinished, "{}\n{text}", made.title);
            assert!(made.title.chars().count() <= 120, "{}", made.title);
            if let Some(number) = &made.doc_number {
                assert!(statute::document::number::is_strict(number), "{number}");
            }
            assert!(made.published >= made.written && made.published <= last_day());
        }
    }

    #[test]
    fn no_document_number_comes_twice() {
        let all = all(11, 2_000);
        let numbers: Vec<_> = all.iter().filter_map(|d| d.doc_number.as_deref()).collect();
        assert_eq!(numbers.len(), numbers.iter().collect::<HashSet<_>>().len());
        assert!(all.iter().any(|d| d.unit == "螺洲镇"));
    }

    #[test]
    fn every_fate_comes() {
        let all = all(2, 1_500);
        let count = |is: fn(&Fate) -> bool| all.iter().filter(|d| is(&d.fate)).count();
        let draft = count(|f| matches!(f, Fate::Draft));
        let corrected = count(|f| matches!(f, Fate::Corrected(..)));
        let marked = count(|f| matches!(f, Fate::Marked(..)));
        let taken_down = count(|f| matches!(f, Fate::TakenDown(..)));
        assert!(draft > 0 && corrected > draft && marked > taken_down && taken_down > 0);
        assert!(all.iter().any(|d| d.repealed_from.is_some()));
        for made in &all {
            if let Fate::Corrected(text, ..) = &made.fate {
                assert_ne!(text, &made.document);
            }
        }
    }
}
