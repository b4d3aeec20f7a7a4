//! The one analyser, for texts and for queries.
//!
//! Its place is also that of later readings of a word (pinyin, synonyms, near spellings): each would be one more list
//! of terms in a field of its own, asked for beside words and pairs in `plan`.

use std::collections::HashSet;
use std::sync::{LazyLock, OnceLock};

use jieba_rs::Jieba;

use crate::fold::{Folded, fold};

/// Words that the dictionary does not know and that must not be cut: names of units, terms of policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// The words, in any order.
    pub words: Vec<String>,
}

impl Vocabulary {
    /// A number that tells two vocabularies apart (FNV-1a over the sorted folded words), the same on every machine.
    pub(crate) fn fingerprint(&self) -> String {
        let words: std::collections::BTreeSet<String> = self.folded().collect();
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in words.iter().flat_map(|word| word.bytes().chain([b'\n'])) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        format!("{hash:016x}")
    }

    fn folded(&self) -> impl Iterator<Item = String> + '_ {
        self.words
            .iter()
            .map(|word| fold(word).text)
            .filter(|word| !word.is_empty() && !word.contains(' '))
    }
}

/// The dictionary alone. It takes some tens of megabytes and part of a second, so it is loaded once, when first needed.
static DICTIONARY: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// Cuts texts into terms. An index with a vocabulary of its own has a dictionary of its own, loaded when first needed.
pub(crate) struct Analyser {
    vocabulary: Vocabulary,
    own: OnceLock<Jieba>,
}

impl Analyser {
    pub fn new(vocabulary: &Vocabulary) -> Self {
        Self {
            vocabulary: vocabulary.clone(),
            own: OnceLock::new(),
        }
    }

    /// The words of a text in search mode: a long word is followed by the shorter words within it. Function words are
    /// left out.
    pub fn words<'a>(&self, folded: &'a Folded) -> Vec<&'a str> {
        self.dictionary()
            .cut_for_search(&folded.text, false)
            .into_iter()
            .map(|token| token.word)
            .filter(|word| !word.trim().is_empty() && !is_function_word(word))
            .collect()
    }

    fn dictionary(&self) -> &Jieba {
        if self.vocabulary.words.is_empty() {
            &DICTIONARY
        } else {
            self.own.get_or_init(|| self.load())
        }
    }

    fn load(&self) -> Jieba {
        let mut jieba = Jieba::new();
        for word in self.vocabulary.folded() {
            jieba.add_word(&word, None, None);
        }
        jieba
    }
}

/// One term of the pair field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    /// Two neighbouring characters; or, where no character follows, the single unit.
    pub text: String,
    /// The place of its first unit.
    pub place: usize,
}

/// The pairs of a text: one term at every unit, so that a phrase is found at whatever unit it begins.
pub(crate) fn pairs(folded: &Folded) -> Vec<Pair> {
    let pair_at = |index: usize| {
        let mut text = folded.unit(index).to_owned();
        if folded.pairs_with_next(index) {
            text.push_str(folded.unit(index + 1));
        }
        Pair {
            text,
            place: folded.units[index].place,
        }
    };
    (0..folded.units.len()).map(pair_at).collect()
}

/// Words that stand in nearly every text and say nothing of its subject.
const FUNCTION_WORDS: &str = "的 了 和 与 或 及 在 是 有 对 吗 呢 吧 啊 呀 么 之 其 此 该 把 被 让 也 都 就 而 但 且 \
    什么 怎么 怎样 怎么办 如何 哪些 哪个 哪里 是否 能否 可否 请问 我 你 他 她 我们 你们 他们 这 那 这个 那个 如果 \
    一个 以及 并 应 应当 可以 能 会 要 需要 不";

pub(crate) fn is_function_word(word: &str) -> bool {
    static WORDS: OnceLock<HashSet<&'static str>> = OnceLock::new();
    WORDS
        .get_or_init(|| FUNCTION_WORDS.split_whitespace().collect())
        .contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(analyser: &Analyser, text: &str) -> Vec<String> {
        analyser.words(&fold(text)).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn long_words_come_with_the_words_within_them() {
        let analyser = Analyser::new(&Vocabulary::default());
        let found = words(&analyser, "中华人民共和国政府信息公开条例");
        for expected in ["共和国", "中华人民共和国政府", "政府", "信息", "公开", "条例"] {
            assert!(found.iter().any(|word| word == expected), "{expected} in {found:?}");
        }
    }

    #[test]
    fn punctuation_and_function_words_are_dropped() {
        let analyser = Analyser::new(&Vocabulary::default());
        assert_eq!(words(&analyser, "公开，和（透明）。"), ["公开", "透明"]);
        assert!(words(&analyser, "，。！？").is_empty());
    }

    #[test]
    fn the_vocabulary_keeps_its_words_whole() {
        let plain = Analyser::new(&Vocabulary::default());
        let own = Analyser::new(&Vocabulary {
            words: vec!["榕易办".to_owned()],
        });
        assert!(!words(&plain, "榕易办上线").contains(&"榕易办".to_owned()));
        assert!(words(&own, "榕易办上线").contains(&"榕易办".to_owned()));
    }

    #[test]
    fn fingerprints_tell_vocabularies_apart_and_ignore_order() {
        let of = |words: &[&str]| {
            Vocabulary {
                words: words.iter().map(|&word| word.to_owned()).collect(),
            }
            .fingerprint()
        };
        assert_eq!(of(&["甲", "乙"]), of(&["乙", "甲"]));
        assert_ne!(of(&["甲", "乙"]), of(&["甲乙"]));
    }

    #[test]
    fn every_unit_begins_a_pair() {
        let found = pairs(&fold("G20峰会，开"));
        let flat: Vec<(&str, usize)> = found.iter().map(|pair| (pair.text.as_str(), pair.place)).collect();
        assert_eq!(flat, [("g20", 0), ("峰会", 1), ("会", 2), ("开", 4)]);
    }
}
