//! Asking the index.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use tantivy::Searcher;
use tantivy::collector::TopDocs;
use tantivy::query::AllQuery;

use crate::error::Result;
use crate::gather::{DIMENSIONS, Gather, Gathered, Ranked};
use crate::index::Shared;
use crate::mark::{Patterns, Segment};
use crate::parse::parse;
use crate::plan::plan;
use crate::schema::UNIT_SEPARATOR;
use crate::{Index, Validity};

/// No page is longer.
const LARGEST_PAGE: usize = 100;
/// Nobody reads further.
const FURTHEST_OFFSET: usize = 10_000;
/// When the newest stand first, what scores less than this part of the best match is no match: a document that shares
/// one common word with a question must not stand above its answer only because it is newer.
const NEWEST_FLOOR: f32 = 0.4;

/// A question to the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What a person typed; any text at all. What stands in quotation marks is required exactly as it stands, all else
    /// is optional and ranks. Blank: every document under the filters, the newest first.
    pub words: String,
    /// What to narrow down to.
    pub filters: Filters,
    /// How many hits to skip; at most 10,000 count.
    pub offset: usize,
    /// How many hits to return; at most 100.
    pub size: usize,
    /// The order.
    pub sort: Sort,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            words: String::new(),
            filters: Filters::default(),
            offset: 0,
            size: 10,
            sort: Sort::default(),
        }
    }
}

/// What to narrow down to. Values of one list are alternatives, lists are joined; an empty list allows everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// Identifiers of units.
    pub units: Vec<String>,
    /// Codes of kinds.
    pub kinds: Vec<String>,
    /// Names of themes, of whatever level.
    pub themes: Vec<String>,
    /// Validities.
    pub validity: Vec<Validity>,
    /// Years.
    pub years: Vec<i32>,
}

/// The order of hits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// The best match first; at like relevance what is in force first, then the newest.
    #[default]
    Relevance,
    /// The newest release first, among what matches well.
    Newest,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Results {
    /// How many documents match.
    pub total: usize,
    /// The page of hits asked for.
    pub hits: Vec<Hit>,
    /// How many documents each value of a filter would give.
    pub facets: Facets,
}

/// A document found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit {
    /// The document's identifier.
    pub id: String,
    /// The page's path.
    pub path: String,
    /// The title, with what was looked for marked.
    pub title: Vec<Segment>,
    /// A passage of the text, with what was looked for marked.
    pub snippet: Vec<Segment>,
    /// The issuing unit's name.
    pub unit: String,
    /// The kind's code.
    pub kind: String,
    /// The document number, as printed.
    pub number: Option<String>,
    /// Whether it is in force.
    pub validity: Validity,
    /// The date of release.
    pub released_on: NaiveDate,
    /// The score; comparable within one result only.
    pub score: f32,
}

/// Counts for the lists of filters. Each list is counted under the other filters, so that it shows what choosing
/// another of its values would give.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Facets {
    /// By unit, most first; the value is the identifier, the label the name.
    pub units: Vec<Count>,
    /// By kind, most first.
    pub kinds: Vec<Count>,
    /// By theme of the first level, most first.
    pub themes: Vec<Count>,
    /// By validity, most first; the value is [`Validity::code`].
    pub validity: Vec<Count>,
    /// By year, the latest first.
    pub years: Vec<Count>,
}

/// One line of a list of filters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// What to filter by.
    pub value: String,
    /// What to show, where the index knows it; else the value.
    pub label: String,
    /// How many documents.
    pub count: usize,
}

impl Index {
    /// Answers a query. No text makes it fail.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Rebuild`] when the index was made anew by another edition or is damaged; [`crate::Error::Io`]
    /// when the disk cannot be read.
    pub fn query(&self, query: &Query) -> Result<Results> {
        let shared = &*self.shared;
        let searcher = shared.searcher()?;
        let plan = plan(&parse(&query.words), &shared.analyser, &shared.fields, &shared.weights);
        let mut gather = gatherer(query);
        let gathered = match plan.query {
            Some(engine_query) => {
                if query.sort == Sort::Newest && !plan.exact {
                    let best = searcher.search(&*engine_query, &TopDocs::with_limit(1).order_by_score())?;
                    gather.floor = best.first().map_or(0.0, |(score, _)| score * NEWEST_FLOOR);
                }
                searcher.search(&*engine_query, &gather)?
            }
            None if query.words.trim().is_empty() => {
                gather.sort = Sort::Newest;
                searcher.search(&AllQuery, &gather)?
            }
            None => Gathered::default(),
        };
        let page = gathered.best.iter().skip(offset(query));
        let hits = page
            .map(|ranked| hit(shared, &searcher, ranked, &plan.patterns))
            .collect::<Result<_>>()?;
        Ok(Results {
            total: gathered.total,
            hits,
            facets: facets(gathered.counts),
        })
    }
}

fn offset(query: &Query) -> usize {
    query.offset.min(FURTHEST_OFFSET)
}

fn gatherer(query: &Query) -> Gather {
    let filters = &query.filters;
    Gather {
        allowed: [
            filters.units.clone(),
            filters.kinds.clone(),
            filters.themes.clone(),
            filters
                .validity
                .iter()
                .map(|validity| validity.code().to_owned())
                .collect(),
            filters.years.iter().map(i32::to_string).collect(),
        ],
        sort: query.sort,
        keep: offset(query) + query.size.min(LARGEST_PAGE),
        floor: 0.0,
    }
}

fn hit(shared: &Shared, searcher: &Searcher, ranked: &Ranked, patterns: &Patterns) -> Result<Hit> {
    let entry = shared.entry(searcher, ranked.address())?;
    Ok(Hit {
        title: patterns.title(&entry.title),
        snippet: patterns.snippet(&entry.body),
        id: entry.id,
        path: entry.path,
        unit: entry.unit,
        kind: entry.kind,
        number: entry.number,
        validity: entry.validity,
        released_on: entry.released_on,
        score: ranked.score(),
    })
}

fn facets(counts: [BTreeMap<String, usize>; DIMENSIONS]) -> Facets {
    let [units, kinds, themes, validity, years] = counts;
    let mut years = by_count(years);
    years.sort_by_key(|line| std::cmp::Reverse(line.value.parse::<i32>().unwrap_or_default()));
    Facets {
        units: by_unit(units),
        kinds: by_count(kinds),
        themes: by_count(themes),
        validity: by_count(validity),
        years,
    }
}

fn by_count(counts: BTreeMap<String, usize>) -> Vec<Count> {
    let line = |(value, count): (String, usize)| Count {
        label: value.clone(),
        value,
        count,
    };
    most_first(counts.into_iter().map(line).collect())
}

/// A unit that was renamed has entries under several names; it is one line, under the name that most of them bear.
fn by_unit(counts: BTreeMap<String, usize>) -> Vec<Count> {
    let mut names: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
    for (key, count) in counts {
        let (id, name) = key.split_once(UNIT_SEPARATOR).unwrap_or((&key, &key));
        names.entry(id.to_owned()).or_default().push((count, name.to_owned()));
    }
    let line = |(value, names): (String, Vec<(usize, String)>)| {
        let count = names.iter().map(|(count, _)| count).sum();
        let label = names.into_iter().max().map_or_else(|| value.clone(), |(_, name)| name);
        Count { value, label, count }
    };
    most_first(names.into_iter().map(line).collect())
}

fn most_first(mut lines: Vec<Count>) -> Vec<Count> {
    lines.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value)));
    lines
}
