//! The fields of the index, and how an entry fills them.

use chrono::Datelike;
use tantivy::TantivyDocument;
use tantivy::schema::{FAST, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token};

use crate::Entry;
use crate::analyse::{Analyser, pairs};
use crate::error::{Error, Result};
use crate::fold::{Folded, fold};
use crate::number::{first_number, squeeze};

/// Raised whenever fields or analysis change, so that older indexes are rebuilt.
pub(crate) const EDITION: u32 = 1;

/// Parts a unit's identifier from its name, and is in neither.
pub(crate) const UNIT_SEPARATOR: char = '\u{1f}';

/// Names of the columns that filters, counts and sorting read.
pub(crate) mod column {
    pub const UNIT: &str = "unit";
    pub const KIND: &str = "kind";
    pub const THEME: &str = "theme";
    pub const THEME_LEVELS: &str = "theme_levels";
    pub const VALIDITY: &str = "validity";
    pub const YEAR: &str = "year";
    pub const RELEASED: &str = "released";
    pub const POSITION: &str = "position";
}

/// Handles to the fields.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    pub id: Field,
    pub stored: Field,
    pub number: Field,
    pub title_words: Field,
    pub title_pairs: Field,
    pub body_words: Field,
    pub body_pairs: Field,
    unit: Field,
    kind: Field,
    theme: Field,
    theme_levels: Field,
    validity: Field,
    year: Field,
    released: Field,
    position: Field,
}

/// The schema with its handles.
pub(crate) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let indexed = |option| {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(option);
        TextOptions::default().set_indexing_options(indexing)
    };
    let words = || indexed(IndexRecordOption::WithFreqs);
    let placed = || indexed(IndexRecordOption::WithFreqsAndPositions);
    let counted = || TextOptions::default().set_fast("raw");
    let fields = Fields {
        id: builder.add_text_field("id", STRING),
        stored: builder.add_text_field("entry", STORED),
        number: builder.add_text_field("number", STRING),
        title_words: builder.add_text_field("title_words", words()),
        title_pairs: builder.add_text_field("title_pairs", placed()),
        body_words: builder.add_text_field("body_words", words()),
        body_pairs: builder.add_text_field("body_pairs", placed()),
        unit: builder.add_text_field(column::UNIT, counted()),
        kind: builder.add_text_field(column::KIND, counted()),
        theme: builder.add_text_field(column::THEME, counted()),
        theme_levels: builder.add_text_field(column::THEME_LEVELS, counted()),
        validity: builder.add_text_field(column::VALIDITY, counted()),
        year: builder.add_text_field(column::YEAR, counted()),
        released: builder.add_i64_field(column::RELEASED, FAST),
        position: builder.add_u64_field(column::POSITION, FAST),
    };
    (builder.build(), fields)
}

impl Fields {
    /// The document that stands for an entry.
    pub fn document(&self, analyser: &Analyser, entry: &Entry) -> Result<TantivyDocument> {
        let mut document = TantivyDocument::new();
        let stored = serde_json::to_string(entry).map_err(|error| Error::Engine(error.to_string()))?;
        document.add_text(self.id, &entry.id);
        document.add_text(self.stored, stored);
        self.add_columns(&mut document, entry);
        self.add_number(&mut document, entry);
        self.add_title(&mut document, analyser, &entry.title);
        // Title, number and unit are read as if they stood in the text: a question whose words are spread over them is
        // then answered by one sum, which measured better (see `evaluate`). Themes are not: they are many documents' and
        // have a filter.
        let read = [&entry.title, &entry.body]
            .into_iter()
            .chain(&entry.number)
            .chain([&entry.unit]);
        for text in read.filter(|text| !text.is_empty()) {
            self.add_body(&mut document, analyser, text);
        }
        Ok(document)
    }

    fn add_columns(&self, document: &mut TantivyDocument, entry: &Entry) {
        document.add_text(self.unit, format!("{}{UNIT_SEPARATOR}{}", entry.unit_id, entry.unit));
        document.add_text(self.kind, &entry.kind);
        if let Some(first) = entry.theme.first() {
            document.add_text(self.theme, first);
        }
        for level in &entry.theme {
            document.add_text(self.theme_levels, level);
        }
        document.add_text(self.validity, entry.validity.code());
        document.add_text(self.year, entry.year.to_string());
        document.add_i64(self.released, i64::from(entry.released_on.num_days_from_ce()));
        document.add_u64(self.position, entry.position);
    }

    fn add_number(&self, document: &mut TantivyDocument, entry: &Entry) {
        let Some(printed) = &entry.number else { return };
        let whole = squeeze(printed);
        if !whole.is_empty() {
            document.add_text(self.number, whole);
        }
        if let Some(number) = first_number(printed) {
            document.add_text(self.number, number.key());
            document.add_text(self.number, number.serial_key());
        }
    }

    fn add_title(&self, document: &mut TantivyDocument, analyser: &Analyser, text: &str) {
        let folded = fold(text);
        document.add_pre_tokenized_text(self.title_words, word_tokens(analyser, &folded));
        document.add_pre_tokenized_text(self.title_pairs, pair_tokens(&folded));
    }

    fn add_body(&self, document: &mut TantivyDocument, analyser: &Analyser, text: &str) {
        let folded = fold(text);
        document.add_pre_tokenized_text(self.body_words, word_tokens(analyser, &folded));
        document.add_pre_tokenized_text(self.body_pairs, pair_tokens(&folded));
    }
}

fn word_tokens(analyser: &Analyser, folded: &Folded) -> PreTokenizedString {
    let words = analyser.words(folded);
    tokens(
        words
            .into_iter()
            .enumerate()
            .map(|(place, word)| (place, word.to_owned())),
    )
}

fn pair_tokens(folded: &Folded) -> PreTokenizedString {
    tokens(pairs(folded).into_iter().map(|pair| (pair.place, pair.text)))
}

fn tokens(terms: impl Iterator<Item = (usize, String)>) -> PreTokenizedString {
    let token = |(position, text)| Token {
        position,
        text,
        offset_from: 0,
        offset_to: 0,
        position_length: 1,
    };
    PreTokenizedString {
        text: String::new(),
        tokens: terms.map(token).collect(),
    }
}
