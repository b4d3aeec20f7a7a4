//! The library of measures: which measures a task is measured by, from the words in it. Data, not code.

use kit::measure::Measured;
use kit::{Error, Result, Site};
use serde::Deserialize;

const DATA: &str = include_str!("../../data/measure_library.json");

#[derive(Debug, Deserialize)]
struct Library {
    rules: Vec<Rule>,
    responsible_default: Vec<String>,
    lead_default: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Rule {
    measure: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    any: Vec<String>,
    #[serde(default)]
    all: Vec<String>,
}

impl Rule {
    fn fits(&self, words: &str) -> bool {
        let any = self.any.is_empty() || self.any.iter().any(|word| words.contains(word.as_str()));
        any && self.all.iter().all(|word| words.contains(word.as_str()))
    }
}

/// A measure chosen for a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Name of the measure.
    pub measure: String,
    /// Its topic; empty for none.
    pub topic: String,
}

/// The measures for a task with these words. A measure that the site does not have is left out; a task left without any
/// measure for its responsible units is measured by the records they hand in.
pub(crate) fn choose(site: &Site, words: &str) -> Result<Vec<Choice>> {
    let known = |id: &str| site.measure(id).map(|measure| measure.measures());
    choose_from(&library()?, words, known)
}

fn library() -> Result<Library> {
    serde_json::from_str(DATA).map_err(|e| Error::Internal(format!("data/measure_library.json: {e}")))
}

fn choose_from(library: &Library, words: &str, known: impl Fn(&str) -> Option<Measured>) -> Result<Vec<Choice>> {
    let mut chosen: Vec<(Choice, Measured)> = Vec::new();
    let mut add = |measure: &str, topic: &str| {
        let choice = Choice {
            measure: measure.into(),
            topic: topic.into(),
        };
        if let Some(measured) = known(measure)
            && !chosen.iter().any(|(other, _)| *other == choice)
        {
            chosen.push((choice, measured));
        }
    };
    library
        .rules
        .iter()
        .filter(|rule| rule.fits(words))
        .for_each(|rule| add(&rule.measure, &rule.topic));
    library.lead_default.iter().for_each(|measure| add(measure, ""));
    if !chosen.iter().any(|(_, measured)| *measured == Measured::Responsible) {
        for measure in &library.responsible_default {
            if let Some(measured) = known(measure) {
                chosen.insert(
                    0,
                    (
                        Choice {
                            measure: measure.clone(),
                            topic: String::new(),
                        },
                        measured,
                    ),
                );
            }
        }
    }
    Ok(chosen.into_iter().map(|(choice, _)| choice).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(id: &str) -> Option<Measured> {
        match id {
            "breakdown.lead" | "breakdown.claims" => Some(Measured::Lead),
            _ => Some(Measured::Responsible),
        }
    }

    fn names(words: &str, known: impl Fn(&str) -> Option<Measured>) -> Vec<String> {
        choose_from(&library().unwrap(), words, known)
            .unwrap()
            .into_iter()
            .map(|choice| choice.measure)
            .collect()
    }

    #[test]
    fn words_choose_the_measures_and_records_fill_the_gap() {
        assert_eq!(
            names("归集整理和主动公开历史规划（计划）。", all),
            ["publishing.expected", "breakdown.lead"]
        );
        assert_eq!(names("创新解读形式。", all), ["breakdown.records", "breakdown.lead"]);
        let concerned = names("提升答复文书规范化水平。\n区直各有关单位", all);
        assert_eq!(concerned, ["breakdown.records", "breakdown.claims", "breakdown.lead"]);
    }

    #[test]
    fn a_measure_the_site_does_not_have_is_left_out() {
        let own = |id: &str| all(id).filter(|_| id.starts_with("breakdown."));
        assert_eq!(names("主动公开历史规划", own), ["breakdown.records", "breakdown.lead"]);
    }
}
