//! The theme classes (主题分类): a versioned vocabulary of two levels (B.4).

use serde::{Deserialize, Serialize};

use super::{to_half_width, without_spaces};
use crate::{DataError, Issue, Weight, read_data};

const FILE: (&str, &str) = ("themes.json", include_str!("../../data/themes.json"));

/// A vocabulary of themes; a district may load its own edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vocabulary {
    /// Identity of the vocabulary.
    pub id: String,
    /// Edition, stored with each classified document.
    pub version: String,
    /// Where it was taken from.
    pub source: String,
    /// Codes of classes that local governments do not use (国务院组织机构).
    #[serde(default)]
    pub omitted_by_local_governments: Vec<String>,
    /// First-level classes in order.
    pub classes: Vec<Class>,
}

/// A first-level class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// Two-digit code, kept when the class is renamed.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Later or earlier names of the same class.
    #[serde(default)]
    pub also: Vec<String>,
    /// Second-level classes; empty for 其他.
    pub children: Vec<String>,
}

/// A place in the vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Theme {
    /// First level.
    pub class: String,
    /// Second level, where one is given.
    pub child: Option<String>,
}

impl std::fmt::Display for Theme {
    /// As gov.cn writes it, with a backslash: 综合政务\政务公开.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.class)?;
        match &self.child {
            Some(child) => write!(f, "\\{child}"),
            None => Ok(()),
        }
    }
}

impl Vocabulary {
    /// The State Council's vocabulary of 22 classes.
    ///
    /// # Errors
    /// Only for a damaged data file; the tests of this crate read it.
    pub fn state_council() -> Result<Self, DataError> {
        read_data(FILE.0, FILE.1)
    }

    /// The same without the classes that local governments do not use.
    #[must_use]
    pub fn for_local_government(mut self) -> Self {
        let omitted = std::mem::take(&mut self.omitted_by_local_governments);
        self.classes.retain(|class| !omitted.contains(&class.code));
        self
    }

    /// Reads a theme: 综合政务\政务公开, 综合政务/政务公开, 综合政务 > 政务公开, or a first level alone. Other names of a class
    /// are read as its present name; spaces and widths do not matter.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<Theme> {
        let plain = comparable(text);
        let (class, child) = match plain.split_once(['\\', '/', '>', '|']) {
            Some((class, child)) => (class.to_owned(), Some(child.to_owned())),
            None => (plain.clone(), None),
        };
        let class = self.class(&class)?;
        let child = match child {
            Some(wanted) => Some(class.children.iter().find(|name| comparable(name) == wanted)?.clone()),
            None => None,
        };
        Some(Theme {
            class: class.name.clone(),
            child,
        })
    }

    /// The class of a name or former name.
    #[must_use]
    pub fn class(&self, name: &str) -> Option<&Class> {
        let wanted = comparable(name);
        self.classes.iter().find(|class| {
            comparable(&class.name) == wanted || class.also.iter().any(|other| comparable(other) == wanted)
        })
    }

    /// Checks a theme as entered (PUB-B.1: required).
    #[must_use]
    pub fn check(&self, text: &str) -> Option<Issue> {
        if text.trim().is_empty() {
            return Some(Issue::new("PUB-B.4", Weight::Error, "theme", "没有选择主题分类。"));
        }
        match self.read(text) {
            None => {
                let message = format!(
                    "“{}”不在主题分类表（{}）中，请从列表中选择。",
                    text.trim(),
                    self.version
                );
                Some(Issue::new("PUB-B.4", Weight::Error, "theme", message))
            }
            Some(theme)
                if theme.child.is_none() && self.class(&theme.class).is_some_and(|c| !c.children.is_empty()) =>
            {
                let message = format!("主题分类“{}”应当选到第二级。", theme.class);
                Some(Issue::new("PUB-B.4", Weight::Warning, "theme", message))
            }
            Some(_) => None,
        }
    }
}

fn comparable(text: &str) -> String {
    to_half_width(&without_spaces(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vocabulary_has_its_22_classes() -> Result<(), DataError> {
        let all = Vocabulary::state_council()?;
        let codes: Vec<String> = all.classes.iter().map(|class| class.code.clone()).collect();
        assert_eq!(codes, (1..=22).map(|code| format!("{code:02}")).collect::<Vec<_>>());
        assert_eq!(all.clone().for_local_government().classes.len(), 21);
        for class in &all.classes {
            for child in &class.children {
                let theme = Theme {
                    class: class.name.clone(),
                    child: Some(child.clone()),
                };
                assert_eq!(all.read(&theme.to_string()), Some(theme));
            }
        }
        Ok(())
    }

    #[test]
    fn other_separators_widths_and_names_are_understood() -> Result<(), DataError> {
        let all = Vocabulary::state_council()?;
        for text in ["综合政务\\政务公开", "综合政务 / 政务公开", "综合政务＞政务公开"] {
            assert_eq!(
                all.read(text).map(|t| t.to_string()).as_deref(),
                Some("综合政务\\政务公开"),
                "{text}"
            );
        }
        let renamed = all.read("民政、乡村振兴、救灾\\社会福利").map(|theme| theme.class);
        assert_eq!(renamed.as_deref(), Some("民政、扶贫、救灾"));
        assert_eq!(
            all.read("工业、交通\\航天、航空").map(|t| t.child),
            Some(Some("航天、航空".to_owned()))
        );
        assert!(all.read("综合政务\\足球").is_none());
        assert_eq!(all.check("综合政务").map(|issue| issue.weight), Some(Weight::Warning));
        assert_eq!(all.check("其他"), None);
        Ok(())
    }
}
