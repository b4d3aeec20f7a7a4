//! The grammar that documents are written with: rules as data, expanded with dice.

use std::collections::HashMap;

use anyhow::Context;

use super::random::Dice;

const COMMON: &str = include_str!("../../../demo/generate/common.txt");
const THEMES: &str = include_str!("../../../demo/generate/themes.txt");
/// How deep rules may call each other.
const DEPTH: usize = 12;

/// The ways of writing something.
type Rules = HashMap<&'static str, Vec<&'static str>>;

/// What documents are about, with the words that belong to it.
#[derive(Debug)]
pub(super) struct Theme {
    /// Short name of the unit that writes on it.
    pub unit: &'static str,
    /// 机关代字.
    pub mark: &'static str,
    /// 主题分类.
    pub class: &'static str,
    rules: Rules,
}

/// All rules.
#[derive(Debug)]
pub(super) struct Grammar {
    common: Rules,
    /// Every theme, in the order of the file.
    pub themes: Vec<Theme>,
}

impl Grammar {
    /// Reads the data files.
    ///
    /// # Errors
    /// When one of them is broken, which is a defect of the program.
    pub(super) fn load() -> anyhow::Result<Grammar> {
        let mut themes = Vec::new();
        for part in THEMES.split("\n@ ").skip(1) {
            let (head, rules) = part.split_once('\n').context("a theme without rules")?;
            let mut words = head.split('|').map(str::trim);
            let mut word = || words.next().with_context(|| format!("theme {head}"));
            themes.push(Theme {
                unit: word()?,
                mark: word()?,
                class: word()?,
                rules: read(rules)?,
            });
        }
        Ok(Grammar {
            common: read(COMMON)?,
            themes,
        })
    }

    /// The short names of the towns and streets.
    pub(super) fn towns(&self) -> &[&'static str] {
        self.common.get("town").map_or(&[], Vec::as_slice)
    }
}

fn read(text: &'static str) -> anyhow::Result<Rules> {
    let mut rules = Rules::new();
    let mut name = None;
    for line in text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
    {
        match line.strip_prefix("= ") {
            Some(new) => name = Some(new.trim()),
            None => {
                let name = name.with_context(|| format!("a line before the first rule: {line}"))?;
                rules.entry(name).or_default().push(line);
            }
        }
    }
    Ok(rules)
}

/// Writes one document's words. Ways of writing come again only when all of a rule have been used.
pub(super) struct Writer<'g> {
    grammar: &'g Grammar,
    theme: &'g Theme,
    year: i32,
    bound: Vec<(&'static str, String)>,
    used: HashMap<(bool, &'static str), Vec<&'static str>>,
    /// The dice of this document.
    pub dice: Dice,
}

impl<'g> Writer<'g> {
    /// A writer on a theme, in a year.
    pub(super) fn new(grammar: &'g Grammar, theme: &'g Theme, year: i32, dice: Dice) -> Writer<'g> {
        Writer {
            grammar,
            theme,
            year,
            bound: Vec::new(),
            used: HashMap::new(),
            dice,
        }
    }

    /// The short names of the towns and streets.
    pub(super) fn towns(&self) -> Vec<&'static str> {
        self.grammar.towns().to_vec()
    }

    /// Lets a name mean the same words everywhere in the document.
    pub(super) fn bind(&mut self, name: &'static str, words: impl Into<String>) {
        self.bound.push((name, words.into()));
    }

    /// Writes something by a rule.
    pub(super) fn by(&mut self, rule: &str) -> String {
        let mut out = String::new();
        self.rule(rule, &mut out, DEPTH);
        out
    }

    /// Writes a text with places in it.
    pub(super) fn text(&mut self, text: &str) -> String {
        let mut out = String::new();
        self.expand(text, &mut out, DEPTH);
        out
    }

    fn rule(&mut self, name: &str, out: &mut String, depth: usize) {
        if let Some((_, words)) = self.bound.iter().find(|(bound, _)| *bound == name) {
            return out.push_str(words);
        }
        match name {
            "year" => out.push_str(&self.year.to_string()),
            "lastyear" => out.push_str(&(self.year - 1).to_string()),
            "nextyear" => out.push_str(&(self.year + 1).to_string()),
            "month" => out.push_str(&self.dice.between(1, 12).to_string()),
            "day" => out.push_str(&self.dice.between(1, 28).to_string()),
            _ => {
                if let Some(way) = self.draw(name).filter(|_| depth > 0) {
                    self.expand(way, out, depth - 1);
                }
            }
        }
    }

    /// A way of writing that has not been used since the last time all had been.
    fn draw(&mut self, name: &str) -> Option<&'static str> {
        let (theme, grammar) = (self.theme, self.grammar);
        let own = theme.rules.get_key_value(name);
        let (key, ways) = own.or_else(|| grammar.common.get_key_value(name))?;
        let left = self.used.entry((own.is_some(), *key)).or_default();
        if left.is_empty() {
            let year = self.year;
            left.extend(ways.iter().filter_map(|way| valid(way, year)));
        }
        (!left.is_empty()).then(|| left.swap_remove(self.dice.below(left.len())))
    }

    fn expand(&mut self, text: &str, out: &mut String, depth: usize) {
        let mut rest = text;
        while let Some((fixed, after)) = rest.split_once('{') {
            out.push_str(fixed);
            let Some((place, after)) = after.split_once('}') else {
                return;
            };
            match place.strip_prefix('#') {
                Some(range) => self.number(range, out),
                None if place.contains('|') => {
                    let choices: Vec<&str> = place.split('|').collect();
                    out.push_str(self.dice.pick(&choices).copied().unwrap_or_default());
                }
                None => self.rule(place, out, depth),
            }
            rest = after;
        }
        out.push_str(rest);
    }

    fn number(&mut self, range: &str, out: &mut String) {
        let (low, high) = range.split_once('-').unwrap_or((range, range));
        let (low, high) = (low.parse().unwrap_or(0), high.parse().unwrap_or(0));
        out.push_str(&self.dice.between(low, high).to_string());
    }
}

/// The way itself, where it holds in that year.
fn valid(way: &'static str, year: i32) -> Option<&'static str> {
    match way.split_once('|') {
        Some((from, rest)) if from.len() == 4 => match from.parse::<i32>() {
            Ok(from) => (from <= year).then_some(rest),
            Err(_) => Some(way),
        },
        _ => Some(way),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> impl Iterator<Item = &str> {
        text.split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}'))
            .map(|(place, _)| place)
    }

    #[test]
    fn every_place_is_a_rule_and_every_theme_has_what_the_common_rules_need() {
        const BOUND: [&str; 9] = [
            "organ", "form", "matter", "year", "lastyear", "nextyear", "month", "day", "short",
        ];
        let grammar = Grammar::load().unwrap();
        assert!(grammar.themes.len() >= 14);
        for theme in &grammar.themes {
            let all = grammar.common.iter().chain(&theme.rules);
            for (rule, ways) in all {
                assert!(!ways.is_empty(), "{rule} of {}", theme.class);
                for place in ways.iter().flat_map(|way| places(way)) {
                    let known = BOUND.contains(&place)
                        || place.starts_with('#')
                        || place.contains('|')
                        || grammar.common.contains_key(place)
                        || theme.rules.contains_key(place);
                    assert!(known, "{place} in {rule} of {}", theme.class);
                }
            }
        }
    }

    #[test]
    fn themes_are_of_the_national_classification() {
        let known = statute::document::theme::Vocabulary::state_council()
            .unwrap()
            .for_local_government();
        for theme in Grammar::load().unwrap().themes {
            assert!(known.read(theme.class).is_some(), "{}", theme.class);
        }
    }

    #[test]
    fn no_law_is_named_before_its_time() {
        let grammar = Grammar::load().unwrap();
        let theme = grammar.themes.iter().find(|t| t.mark == "仓数示").unwrap();
        for thing in 0..40 {
            let mut writer = Writer::new(&grammar, theme, 2014, Dice::of(1, thing));
            assert!(!writer.by("law").contains("数据安全法"));
        }
    }
}
