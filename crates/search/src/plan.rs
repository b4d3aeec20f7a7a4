//! From what was typed to what the engine is asked. Terms are always alternatives; only quoted phrases are required.

use std::collections::HashSet;

use tantivy::Term;
use tantivy::query::{
    BooleanQuery, BoostQuery, ConstScoreQuery, Occur, PhrasePrefixQuery, PhraseQuery, Query, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use crate::analyse::{Analyser, Pair, is_function_word, pairs};
use crate::fold::{Folded, fold};
use crate::mark::Patterns;
use crate::number::{DocumentNumber, Piece, first_number, squeeze};
use crate::parse::Parsed;
use crate::schema::Fields;

/// A query has at most this many alternatives, so that none is expensive.
const MOST_CLAUSES: usize = 600;
/// How many pairs a single character may stand for.
const MOST_EXPANSIONS: u32 = 5_000;
/// What is typed without a blank and is so long at least, in units, is probably one name: it counts more where it stands
/// whole.
const SHORTEST_NAME: usize = 3;
/// What is longer is a sentence.
const LONGEST_NAME: usize = 16;
/// Above these lengths a chunk is a sentence, whose chance pairs are not worth marking in a hit.
const LONGEST_KEYWORD: usize = 6;

/// How much each kind of match counts; chosen by measurement on labelled questions (see `evaluate`).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weights {
    pub title_words: f32,
    pub title_pairs: f32,
    pub body_words: f32,
    pub body_pairs: f32,
    /// What the title adds when a sentence was typed, as a part of the above: its many words meet titles by chance.
    /// (A title is also read with the text, so it is never left out.)
    pub sentence_title: f32,
    /// A whole name in the title.
    pub title_name: f32,
    /// A whole name in the text.
    pub body_name: f32,
    /// The document's own number.
    pub own_number: f32,
    /// The year and serial of another sign.
    pub like_number: f32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            title_words: 0.6,
            title_pairs: 0.4,
            body_words: 1.0,
            body_pairs: 1.0,
            sentence_title: 0.0,
            title_name: 1.5,
            body_name: 0.5,
            own_number: 500.0,
            like_number: 0.5,
        }
    }
}

/// What to ask, and what to mark in the hits.
pub(crate) struct Plan {
    /// Nothing when nothing that can be found was typed.
    pub query: Option<Box<dyn Query>>,
    /// What to mark.
    pub patterns: Patterns,
    /// Whether a phrase is required, so that every match is one that was meant.
    pub exact: bool,
}

/// Plans a query.
pub(crate) fn plan(parsed: &Parsed, analyser: &Analyser, fields: &Fields, weights: &Weights) -> Plan {
    let mut planner = Planner {
        analyser,
        fields,
        weights,
        asked: HashSet::new(),
        optional: Vec::new(),
        patterns: Patterns::default(),
    };
    for piece in &parsed.pieces {
        match piece {
            Piece::Number(number) => planner.number(number),
            Piece::Text(text) => planner.text(text),
        }
    }
    let required: Vec<_> = parsed
        .phrases
        .iter()
        .map(|phrase| planner.required_phrase(phrase))
        .collect();
    planner.finish(required)
}

struct Planner<'a> {
    analyser: &'a Analyser,
    fields: &'a Fields,
    weights: &'a Weights,
    asked: HashSet<(Field, String)>,
    optional: Vec<Box<dyn Query>>,
    patterns: Patterns,
}

impl Planner<'_> {
    fn finish(self, required: Vec<Box<dyn Query>>) -> Plan {
        let exact = !required.is_empty();
        let must = required.into_iter().map(|query| (Occur::Must, query));
        let should = self
            .optional
            .into_iter()
            .take(MOST_CLAUSES)
            .map(|query| (Occur::Should, query));
        let clauses: Vec<_> = must.chain(should).collect();
        let query = (!clauses.is_empty()).then(|| Box::new(BooleanQuery::new(clauses)) as Box<dyn Query>);
        Plan {
            query,
            patterns: self.patterns,
            exact,
        }
    }

    fn text(&mut self, text: &str) {
        let folded = fold(text);
        let title = if is_sentence(&folded) {
            self.weights.sentence_title
        } else {
            1.0
        };
        for word in self.analyser.words(&folded) {
            self.term(self.fields.title_words, word, self.weights.title_words * title);
            self.term(self.fields.body_words, word, self.weights.body_words);
            if word.chars().count() > 1 {
                self.patterns.add(word, false);
            }
        }
        for chunk in text.split_whitespace() {
            self.chunk(&fold(chunk), title);
        }
        // A number without a year (令第123号) is found whole.
        let key = squeeze(text);
        if !key.is_empty() && self.asked.insert((self.fields.number, key.clone())) {
            self.optional
                .push(constant(self.fields.number, &key, self.weights.own_number));
        }
    }

    /// What was typed without a blank.
    fn chunk(&mut self, chunk: &Folded, title: f32) {
        for pair in telling_pairs(chunk) {
            self.term(self.fields.title_pairs, &pair, self.weights.title_pairs * title);
            self.term(self.fields.body_pairs, &pair, self.weights.body_pairs);
            if chunk.units.len() <= LONGEST_KEYWORD {
                self.patterns.add(&pair, false);
            }
        }
        if chunk.units.len() == 1 {
            self.patterns.add(&chunk.text, false);
        }
        if chunk.units.len() == 1 && chunk.units[0].han {
            self.name(chunk);
        } else if (SHORTEST_NAME..=LONGEST_NAME).contains(&chunk.units.len()) {
            self.patterns.add(&chunk.text, false);
            self.name(chunk);
        }
    }

    /// The chunk as a whole.
    fn name(&mut self, chunk: &Folded) {
        let fields = [
            (self.fields.title_pairs, self.weights.title_name),
            (self.fields.body_pairs, self.weights.body_name),
        ];
        for (field, weight) in fields {
            if weight > 0.0
                && let Some(query) = whole(field, chunk)
            {
                self.optional.push(Box::new(BoostQuery::new(query, weight)));
            }
        }
    }

    fn number(&mut self, number: &DocumentNumber) {
        for key in number.candidate_keys() {
            self.optional
                .push(constant(self.fields.number, &key, self.weights.own_number));
        }
        self.optional.push(constant(
            self.fields.number,
            &number.serial_key(),
            self.weights.like_number,
        ));
        // The number as other documents cite it. In a question other words may stand before it, so its end will do.
        let signs = number.sign.len();
        for start in 0..signs {
            let ending = DocumentNumber {
                sign: number.sign[start..].to_vec(),
                ..number.clone()
            };
            self.patterns.add(&ending.spelling(), true);
            if start == signs.saturating_sub(4) {
                self.name(&fold(&ending.spelling()));
            }
        }
        if signs > LONGEST_KEYWORD {
            self.text(&number.sign.iter().collect::<String>());
        }
    }

    fn required_phrase(&mut self, phrase: &str) -> Box<dyn Query> {
        self.patterns.add(phrase, true);
        let folded = fold(phrase);
        let mut places: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        if let Some(query) = whole(self.fields.title_pairs, &folded) {
            places.push((Occur::Should, Box::new(BoostQuery::new(query, self.weights.title_name))));
        }
        if let Some(query) = whole(self.fields.body_pairs, &folded) {
            places.push((Occur::Should, query));
        }
        if let Some(number) = first_number(phrase) {
            places.push((
                Occur::Should,
                constant(self.fields.number, &number.key(), self.weights.own_number),
            ));
        }
        Box::new(BooleanQuery::new(places))
    }

    fn term(&mut self, field: Field, text: &str, weight: f32) {
        if weight <= 0.0 || !self.asked.insert((field, text.to_owned())) {
            return;
        }
        let query = TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs);
        self.optional.push(Box::new(BoostQuery::new(Box::new(query), weight)));
    }
}

/// Words by which one asks.
const QUESTION_WORDS: [&str; 14] = [
    "吗", "呢", "什么", "怎么", "怎样", "如何", "哪", "是否", "能否", "可否", "多少", "几", "请问", "谁",
];

fn is_sentence(typed: &Folded) -> bool {
    typed.units.len() > LONGEST_NAME || QUESTION_WORDS.iter().any(|word| typed.text.contains(word))
}

/// The pairs by which to look for a chunk: a character that already stands in the pair before it adds nothing.
fn telling_pairs(chunk: &Folded) -> Vec<String> {
    let units = &chunk.units;
    let tells = |index: &usize| {
        let pair_begins = chunk.pairs_with_next(*index);
        pair_begins || !units[*index].han
    };
    let all = pairs(chunk);
    (0..units.len())
        .filter(tells)
        .map(|index| all[index].text.clone())
        .filter(|pair| !says_nothing(pair))
        .collect()
}

fn says_nothing(pair: &str) -> bool {
    is_function_word(pair) || pair.chars().any(|character| "的了吗呢吧么啊呀".contains(character))
}

/// The units of a text one after the other, exactly.
fn whole(field: Field, folded: &Folded) -> Option<Box<dyn Query>> {
    let mut terms = pairs(folded);
    let last = folded.units.len().checked_sub(1)?;
    let ends_in_a_pair = last > 0 && folded.pairs_with_next(last - 1);
    if ends_in_a_pair {
        // In the text anything may follow the last character; it stands in the pair before.
        terms.pop();
    }
    let placed: Vec<(usize, Term)> = terms
        .iter()
        .map(|Pair { text, place }| (*place, Term::from_field_text(field, text)))
        .collect();
    // A single character at the end is the beginning of whatever pair stands there in the text.
    if folded.units[last].han && !ends_in_a_pair {
        let mut query = PhrasePrefixQuery::new_with_offset(placed);
        query.set_max_expansions(MOST_EXPANSIONS);
        return Some(Box::new(query));
    }
    if placed.len() > 1 {
        return Some(Box::new(PhraseQuery::new_with_offset(placed)));
    }
    let (_, term) = placed.into_iter().next()?;
    Some(Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)))
}

fn constant(field: Field, key: &str, score: f32) -> Box<dyn Query> {
    let query = TermQuery::new(Term::from_field_text(field, key), IndexRecordOption::Basic);
    Box::new(ConstScoreQuery::new(Box::new(query), score))
}
