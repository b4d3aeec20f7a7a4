//! Automatic numbers. In Chinese official documents “一、”, “（一）” and “第一条” are often automatic, and then stand in no run: they
//! are computed here as Word computes them, because a clause is cited by its number.

use std::collections::HashMap;

use crate::xml::Element;

const LEVELS: usize = 9;

/// The numbering definitions of a document and how far each has counted.
#[derive(Default)]
pub(super) struct Numbering {
    /// Abstract definition and overridden starts by number id.
    lists: HashMap<u32, List>,
    levels: HashMap<(u32, usize), Level>,
    counted: HashMap<u32, [Option<u32>; LEVELS]>,
    begun: Vec<u32>,
}

#[derive(Clone, Default)]
struct List {
    definition: u32,
    starts: Vec<(usize, u32)>,
}

#[derive(Clone)]
struct Level {
    start: u32,
    format: String,
    text: String,
    /// All numbers in the text are shown as 1, 2, 3 (`w:isLgl`).
    legal: bool,
}

/// The number of one paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Number {
    /// A bullet of some shape.
    Bullet,
    /// `1.`, `2.`, …: what an ordered list shows by itself.
    Plain(u32),
    /// Anything else, as its letters.
    Label(String),
}

impl Number {
    /// The number as words at the beginning of its line.
    pub(super) fn label(&self) -> String {
        match self {
            Number::Bullet => String::new(),
            Number::Plain(number) => format!("{number}."),
            Number::Label(label) => label.clone(),
        }
    }
}

impl Numbering {
    /// The definitions in this part.
    pub(super) fn of(root: Option<Element>) -> Numbering {
        let mut numbering = Numbering::default();
        let Some(root) = root else { return numbering };
        for element in root.elements() {
            match &*element.name {
                "w:abstractNum" => numbering.definition(element),
                "w:num" => numbering.list(element),
                _ => {}
            }
        }
        numbering
    }

    fn definition(&mut self, element: &Element) {
        let Some(id) = number_of(element.attribute("w:abstractNumId")) else {
            return;
        };
        for level in element.elements().filter(|level| &*level.name == "w:lvl") {
            let Some(index) = level_of(level.attribute("w:ilvl")) else {
                continue;
            };
            let read = Level {
                start: number_of(level.child_value("w:start")).unwrap_or(1),
                format: level.child_value("w:numFmt").unwrap_or("decimal").to_owned(),
                text: level.child_value("w:lvlText").unwrap_or_default().to_owned(),
                legal: level.switch("w:isLgl").unwrap_or(false),
            };
            self.levels.insert((id, index), read);
        }
    }

    fn list(&mut self, element: &Element) {
        let Some(id) = number_of(element.attribute("w:numId")) else {
            return;
        };
        let Some(definition) = number_of(element.child_value("w:abstractNumId")) else {
            return;
        };
        let overrides = element.elements().filter(|one| &*one.name == "w:lvlOverride");
        let starts = overrides.filter_map(|one| {
            let start = number_of(one.child_value("w:startOverride"))?;
            Some((level_of(one.attribute("w:ilvl"))?, start))
        });
        self.lists.insert(
            id,
            List {
                definition,
                starts: starts.collect(),
            },
        );
    }

    /// Counts one paragraph of this list and level on, and gives its number; `None` if it has none.
    pub(super) fn next(&mut self, list_id: u32, level: usize) -> Option<Number> {
        let list = self.lists.get(&list_id)?.clone();
        let level = level.min(LEVELS - 1);
        let shape = self.levels.get(&(list.definition, level))?.clone();
        if shape.format == "bullet" {
            return Some(Number::Bullet);
        }
        self.begin(list_id, &list);
        self.count(list.definition, level);
        if shape.format == "none" || shape.text.is_empty() {
            return None;
        }
        let own = format!("%{}.", level + 1);
        if shape.format == "decimal" && shape.text == own {
            return Some(Number::Plain(self.value(list.definition, level)));
        }
        Some(Number::Label(self.label(list.definition, &shape)))
    }

    /// Lists of one definition count on together, unless a list begins anew with a start of its own.
    fn begin(&mut self, list_id: u32, list: &List) {
        if self.begun.contains(&list_id) {
            return;
        }
        self.begun.push(list_id);
        let counted = self.counted.entry(list.definition).or_default();
        for (level, start) in &list.starts {
            counted[*level] = start.checked_sub(1);
            if *start == 0 {
                counted[*level] = None;
            }
        }
    }

    fn count(&mut self, definition: u32, level: usize) {
        let start = |at: usize| self.levels.get(&(definition, at)).map_or(1, |level| level.start);
        let starts: Vec<u32> = (0..LEVELS).map(start).collect();
        let counted = self.counted.entry(definition).or_default();
        for above in 0..level {
            counted[above].get_or_insert(starts[above]);
        }
        counted[level] = Some(counted[level].map_or(starts[level], |number| number.saturating_add(1)));
        counted[level + 1..].fill(None);
    }

    fn value(&self, definition: u32, level: usize) -> u32 {
        self.counted
            .get(&definition)
            .and_then(|counted| counted[level])
            .unwrap_or(1)
    }

    fn label(&self, definition: u32, shape: &Level) -> String {
        let mut label = String::new();
        let mut letters = shape.text.chars();
        while let Some(letter) = letters.next() {
            let level = if letter == '%' {
                letters.clone().next().and_then(|digit| digit.to_digit(10))
            } else {
                None
            };
            let Some(level) = level.filter(|level| (1..=LEVELS as u32).contains(level)) else {
                label.push(letter);
                continue;
            };
            letters.next();
            let level = level as usize - 1;
            let format = self
                .levels
                .get(&(definition, level))
                .map_or("decimal", |level| level.format.as_str());
            let format = if shape.legal { "decimal" } else { format };
            label.push_str(&shown(self.value(definition, level), format));
        }
        label
    }
}

fn number_of(value: Option<&str>) -> Option<u32> {
    value?.trim().parse().ok()
}

fn level_of(value: Option<&str>) -> Option<usize> {
    value?.trim().parse().ok().filter(|level| *level < LEVELS)
}

/// A number in one of the formats of ECMA-376, 17.18.59; formats that do not occur in Chinese documents are shown as 1, 2, 3.
fn shown(number: u32, format: &str) -> String {
    let from = |letters: &str| {
        let letters: Vec<char> = letters.chars().collect();
        letters
            .get((number.max(1) as usize - 1) % letters.len())
            .map(char::to_string)
            .unwrap_or_default()
    };
    match format {
        "chineseCounting"
        | "chineseCountingThousand"
        | "japaneseCounting"
        | "taiwaneseCounting"
        | "taiwaneseCountingThousand"
        | "ideographDigital"
        | "japaneseDigitalTenThousand"
        | "taiwaneseDigital" => chinese(number),
        "ideographTraditional" => from("甲乙丙丁戊己庚辛壬癸"),
        "ideographZodiac" => from("子丑寅卯辰巳午未申酉戌亥"),
        "upperLetter" => from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        "lowerLetter" => from("abcdefghijklmnopqrstuvwxyz"),
        "upperRoman" => roman(number),
        "lowerRoman" => roman(number).to_lowercase(),
        "decimalZero" => format!("{number:02}"),
        "decimalFullWidth" | "decimalFullWidth2" => number.to_string().chars().map(full_width).collect(),
        "decimalEnclosedCircle" | "decimalEnclosedCircleChinese" => enclosed(number, 0x2460),
        "decimalEnclosedParen" => enclosed(number, 0x2474),
        "decimalEnclosedFullstop" => enclosed(number, 0x2488),
        _ => number.to_string(),
    }
}

fn full_width(digit: char) -> char {
    char::from_u32(u32::from(digit) + 0xfee0).unwrap_or(digit)
}

/// Circled and bracketed numbers exist from 1 to 20.
fn enclosed(number: u32, first: u32) -> String {
    let letter = (1..=20)
        .contains(&number)
        .then(|| char::from_u32(first + number - 1))
        .flatten();
    letter.map_or_else(|| number.to_string(), |letter| letter.to_string())
}

/// 一, 十, 十一, 二十, 一百零一, 一千零十.
fn chinese(number: u32) -> String {
    const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    if !(1..10_000).contains(&number) {
        return number.to_string();
    }
    let mut words = String::new();
    let mut gap = false;
    for (unit, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = number / unit % 10;
        if digit == 0 {
            gap = !words.is_empty();
            continue;
        }
        if gap {
            words.push('零');
            gap = false;
        }
        let bare_ten = unit == 10 && digit == 1 && words.is_empty();
        if !bare_ten {
            words.push(DIGITS[digit as usize]);
        }
        words.push_str(name);
    }
    words
}

fn roman(number: u32) -> String {
    const PARTS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    if number > 3999 {
        return number.to_string();
    }
    let mut left = number;
    let mut words = String::new();
    for (value, letters) in PARTS {
        while left >= value {
            words.push_str(letters);
            left -= value;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::parse;

    fn numbering(levels: &str) -> Numbering {
        let text = format!(
            "<w:numbering xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:abstractNum w:abstractNumId='3'>{levels}</w:abstractNum>\
             <w:num w:numId='7'><w:abstractNumId w:val='3'/></w:num>\
             <w:num w:numId='8'><w:abstractNumId w:val='3'/><w:lvlOverride w:ilvl='0'><w:startOverride w:val='1'/></w:lvlOverride></w:num></w:numbering>"
        );
        Numbering::of(Some(parse(&text, "t").unwrap()))
    }

    fn level(index: usize, format: &str, text: &str) -> String {
        format!(
            "<w:lvl w:ilvl='{index}'><w:start w:val='1'/><w:numFmt w:val='{format}'/><w:lvlText w:val='{text}'/></w:lvl>"
        )
    }

    #[test]
    fn chinese_numbers() {
        let cases = [
            (1, "一"),
            (10, "十"),
            (11, "十一"),
            (20, "二十"),
            (101, "一百零一"),
            (110, "一百一十"),
            (1010, "一千零一十"),
            (2005, "二千零五"),
        ];
        for (number, words) in cases {
            assert_eq!(chinese(number), words);
        }
    }

    #[test]
    fn levels_count_within_one_another() {
        let mut numbering = numbering(&format!(
            "{}{}",
            level(0, "chineseCounting", "%1、"),
            level(1, "chineseCounting", "（%2）")
        ));
        let mut label = |level| numbering.next(7, level).unwrap().label();
        assert_eq!(
            [label(0), label(1), label(1), label(0), label(1)],
            ["一、", "（一）", "（二）", "二、", "（一）"]
        );
    }

    #[test]
    fn a_list_with_a_start_of_its_own_begins_anew() {
        let mut numbering = numbering(&level(0, "decimal", "%1."));
        assert_eq!(numbering.next(7, 0), Some(Number::Plain(1)));
        assert_eq!(numbering.next(7, 0), Some(Number::Plain(2)));
        assert_eq!(numbering.next(8, 0), Some(Number::Plain(1)));
    }

    #[test]
    fn compound_numbers_show_the_levels_above() {
        let mut numbering = numbering(&format!(
            "{}{}",
            level(0, "decimal", "%1"),
            level(1, "decimal", "%1.%2")
        ));
        assert_eq!(numbering.next(7, 1), Some(Number::Label("1.1".into())));
        assert_eq!(numbering.next(7, 1), Some(Number::Label("1.2".into())));
    }

    #[test]
    fn bullets_and_unknown_lists() {
        let mut numbering = numbering(&level(0, "bullet", "•"));
        assert_eq!(numbering.next(7, 0), Some(Number::Bullet));
        assert_eq!(numbering.next(99, 0), None);
    }
}
