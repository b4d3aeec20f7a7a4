//! The names of units that are known, and what an unknown one looks like.

use std::collections::BTreeSet;

use super::clean::words;

/// Endings of unit names (局, 办, 中心 …).
const ENDINGS: [&str; 30] = [
    "局",
    "办",
    "委",
    "部",
    "处",
    "室",
    "院",
    "所",
    "站",
    "队",
    "会",
    "厅",
    "联",
    "中心",
    "管委会",
    "委员会",
    "办公室",
    "分局",
    "大队",
    "公司",
    "政府",
    "法院",
    "检察院",
    "学校",
    "银行",
    "集团",
    "协会",
    "工会",
    "妇联",
    "档案馆",
];

/// Endings of the names of towns and streets, which carry no prefix.
const TOWN_ENDINGS: [&str; 6] = ["镇", "街道", "镇人民政府", "街道办事处", "镇政府", "农场"];

/// The unit names of the register, short and full, and the prefix of the district's own units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    prefix: String,
    known: BTreeSet<String>,
}

impl Default for Names {
    /// No known names, and 区 as the prefix.
    fn default() -> Self {
        Names {
            prefix: "区".to_owned(),
            known: BTreeSet::new(),
        }
    }
}

impl Names {
    /// Names of a register. `prefix` begins the short names of the district's units: 区 in 区发改局, 区直各单位.
    pub fn new<S: AsRef<str>>(prefix: &str, known: impl IntoIterator<Item = S>) -> Self {
        let known = known
            .into_iter()
            .map(|name| words(name.as_ref()))
            .filter(|name| !name.is_empty())
            .collect();
        Names {
            prefix: words(prefix),
            known,
        }
    }

    /// Whether the register knows a name; spaces and widths do not matter.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.known.contains(&words(name))
    }

    /// Whether there are no names to compare with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The prefix of the district's own units.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether words already without spaces are a known name.
    pub(super) fn holds(&self, plain: &str) -> bool {
        self.known.contains(plain)
    }

    /// Whether an unknown name has the shape of one: the district's prefix and a usual ending, or a town's ending.
    pub(super) fn looks_like_one(&self, plain: &str) -> bool {
        let own = !self.prefix.is_empty() && plain.starts_with(&self.prefix) && plain.len() > self.prefix.len();
        own && ends_as_unit(plain) && !self.has_seam(plain) || looks_like_town(plain)
    }

    /// Whether a name seems to end and another to begin inside: …局区….
    pub(super) fn has_seam(&self, plain: &str) -> bool {
        !self.prefix.is_empty()
            && plain
                .match_indices(&self.prefix)
                .any(|(at, _)| at > 0 && ends_as_unit(&plain[..at]))
    }
}

fn ends_as_unit(text: &str) -> bool {
    ENDINGS.iter().any(|ending| text.ends_with(ending))
}

fn looks_like_town(text: &str) -> bool {
    TOWN_ENDINGS.iter().any(|ending| {
        text.strip_suffix(ending).is_some_and(|head| {
            (2..=5).contains(&head.chars().count()) && !head.contains('镇') && !head.contains("街道")
        })
    })
}
