//! An index in a directory of its own, and entries to put into it.

use chrono::{Datelike, NaiveDate};
use search::{Entry, Filters, Index, Query, Results, Segment, Validity, Vocabulary};
use tempfile::TempDir;

pub struct TestIndex {
    pub directory: TempDir,
    pub index: Index,
}

impl TestIndex {
    pub fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let index = Index::open(directory.path(), &Vocabulary::default()).unwrap();
        Self { directory, index }
    }

    pub fn with(entries: &[Entry]) -> Self {
        let test = Self::new();
        let mut writer = test.index.writer().unwrap();
        entries.iter().for_each(|entry| writer.put(entry).unwrap());
        writer.commit(entries.len() as u64).unwrap();
        test
    }

    pub fn reopen(&self) -> search::Result<Index> {
        Index::open(self.directory.path(), &Vocabulary::default())
    }

    pub fn find(&self, words: &str) -> Results {
        self.index.query(&query(words)).unwrap()
    }

    /// The identifiers of the hits, in their order.
    pub fn ids(&self, words: &str) -> Vec<String> {
        ids(&self.find(words))
    }
}

pub fn query(words: &str) -> Query {
    Query {
        words: words.to_owned(),
        ..Query::default()
    }
}

pub fn filtered(words: &str, filters: Filters) -> Query {
    Query {
        words: words.to_owned(),
        filters,
        ..Query::default()
    }
}

pub fn ids(results: &Results) -> Vec<String> {
    results.hits.iter().map(|hit| hit.id.clone()).collect()
}

pub fn bracketed(segments: &[Segment]) -> String {
    let show = |segment: &Segment| {
        if segment.marked {
            format!("[{}]", segment.text)
        } else {
            segment.text.clone()
        }
    };
    segments.iter().map(show).collect()
}

pub fn entry(id: &str, title: &str, body: &str) -> Entry {
    let released_on = NaiveDate::from_ymd_opt(2021, 3, 4).unwrap();
    Entry {
        id: id.to_owned(),
        position: 1,
        path: format!("/doc/{id}"),
        title: title.to_owned(),
        number: None,
        body: body.to_owned(),
        unit: "区政府办公室".to_owned(),
        unit_id: "u-office".to_owned(),
        kind: "policy".to_owned(),
        theme: vec!["综合政务".to_owned(), "政务公开".to_owned()],
        validity: Validity::InForce,
        released_on,
        year: released_on.year(),
    }
}

pub fn released(mut entry: Entry, year: i32, month: u32, day: u32) -> Entry {
    entry.released_on = NaiveDate::from_ymd_opt(year, month, day).unwrap();
    entry.year = year;
    entry
}

pub fn numbered(mut entry: Entry, number: &str) -> Entry {
    entry.number = Some(number.to_owned());
    entry
}

pub fn standing(mut entry: Entry, validity: Validity) -> Entry {
    entry.validity = validity;
    entry
}
