//! One pass over what matches: filters, counts, and the best of them.
//!
//! A count for one filter is taken under all the *other* filters, so that a list of filters shows what choosing another
//! value would give. For that a document is judged by all filters at once: one that fails a single filter is no hit, but
//! counts for that filter.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocAddress, DocId, Score, SegmentReader};

use crate::Validity;
use crate::query::Sort;
use crate::schema::{UNIT_SEPARATOR, column};

/// The filters in the order in which they are held: unit, kind, theme, validity, year.
pub(crate) const DIMENSIONS: usize = 5;

/// The columns to filter by and to count by.
const COLUMNS: [(&str, &str); DIMENSIONS] = [
    (column::UNIT, column::UNIT),
    (column::KIND, column::KIND),
    (column::THEME_LEVELS, column::THEME),
    (column::VALIDITY, column::VALIDITY),
    (column::YEAR, column::YEAR),
];

/// What to gather.
pub(crate) struct Gather {
    /// The values allowed in each dimension; an empty list allows every value.
    pub allowed: [Vec<String>; DIMENSIONS],
    /// The order.
    pub sort: Sort,
    /// How many of the best to keep.
    pub keep: usize,
    /// What scores below this is no match.
    pub floor: Score,
}

/// What was gathered.
#[derive(Default)]
pub(crate) struct Gathered {
    /// How many documents match.
    pub total: usize,
    /// Counts by column value in each dimension.
    pub counts: [BTreeMap<String, usize>; DIMENSIONS],
    /// The best, best first.
    pub best: Vec<Ranked>,
}

/// A match and its rank; the greater one stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ranked {
    order: (i64, i64, u64),
    address: (u32, u32),
    score_bits: u32,
}

impl Ranked {
    pub fn address(&self) -> DocAddress {
        DocAddress::new(self.address.0, self.address.1)
    }

    pub fn score(&self) -> Score {
        Score::from_bits(self.score_bits)
    }
}

impl Collector for Gather {
    type Fruit = Gathered;
    type Child = GatherSegment;

    fn for_segment(&self, segment: u32, reader: &SegmentReader) -> tantivy::Result<GatherSegment> {
        let mut dimensions = Vec::with_capacity(DIMENSIONS);
        for ((filter, count), allowed) in COLUMNS.iter().zip(&self.allowed) {
            dimensions.push(Dimension::new(reader, filter, count, allowed)?);
        }
        let fast = reader.fast_fields();
        Ok(GatherSegment {
            segment,
            dimensions,
            standing: Standing::new(fast.str(column::VALIDITY)?)?,
            released: fast.i64(column::RELEASED)?,
            position: fast.u64(column::POSITION)?,
            sort: self.sort,
            floor: self.floor,
            total: 0,
            best: Best {
                keep: self.keep,
                heap: BinaryHeap::new(),
            },
        })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, fruits: Vec<tantivy::Result<Gathered>>) -> tantivy::Result<Gathered> {
        let mut all = Gathered::default();
        for fruit in fruits {
            let fruit = fruit?;
            all.total += fruit.total;
            for (sum, counts) in all.counts.iter_mut().zip(fruit.counts) {
                for (value, count) in counts {
                    *sum.entry(value).or_default() += count;
                }
            }
            all.best.extend(fruit.best);
        }
        all.best.sort_unstable_by(|one, other| other.cmp(one));
        all.best.truncate(self.keep);
        Ok(all)
    }
}

/// The gathering of one segment.
pub(crate) struct GatherSegment {
    segment: u32,
    dimensions: Vec<Dimension>,
    standing: Standing,
    released: Column<i64>,
    position: Column<u64>,
    sort: Sort,
    floor: Score,
    total: usize,
    best: Best,
}

impl SegmentCollector for GatherSegment {
    type Fruit = tantivy::Result<Gathered>;

    fn collect(&mut self, document: DocId, score: Score) {
        if score < self.floor {
            return;
        }
        let mut refused = self
            .dimensions
            .iter()
            .enumerate()
            .filter(|(_, dimension)| !dimension.allows(document));
        match (refused.next().map(|(index, _)| index), refused.next()) {
            (None, _) => {
                self.total += 1;
                self.dimensions
                    .iter_mut()
                    .for_each(|dimension| dimension.count(document));
                self.rank(document, score);
            }
            (Some(only), None) => self.dimensions[only].count(document),
            (Some(_), Some(_)) => {}
        }
    }

    fn harvest(self) -> Self::Fruit {
        let mut gathered = Gathered {
            total: self.total,
            best: self.best.into_vec(),
            ..Gathered::default()
        };
        for (counts, dimension) in gathered.counts.iter_mut().zip(self.dimensions) {
            *counts = dimension.harvest()?;
        }
        Ok(gathered)
    }
}

impl GatherSegment {
    fn rank(&mut self, document: DocId, score: Score) {
        let score = score * self.standing.weight(document);
        // Scores are never negative, and the bits of such numbers sort like the numbers.
        let relevance = i64::from(score.max(0.0).to_bits());
        let released = self.released.first(document).unwrap_or_default();
        let position = self.position.first(document).unwrap_or_default();
        let order = match self.sort {
            Sort::Relevance => (relevance, released, position),
            Sort::Newest => (released, relevance, position),
        };
        self.best.offer(Ranked {
            order,
            address: (self.segment, document),
            score_bits: score.to_bits(),
        });
    }
}

struct Best {
    keep: usize,
    heap: BinaryHeap<Reverse<Ranked>>,
}

impl Best {
    fn offer(&mut self, ranked: Ranked) {
        if self.heap.len() < self.keep {
            self.heap.push(Reverse(ranked));
        } else if let Some(mut worst) = self.heap.peek_mut()
            && ranked > worst.0
        {
            *worst = Reverse(ranked);
        }
    }

    fn into_vec(self) -> Vec<Ranked> {
        self.heap.into_iter().map(|Reverse(ranked)| ranked).collect()
    }
}

/// One filter over one segment.
struct Dimension {
    filter: Option<(StrColumn, Vec<bool>)>,
    column: Option<StrColumn>,
    counts: Vec<usize>,
}

impl Dimension {
    fn new(reader: &SegmentReader, filter: &str, count: &str, allowed: &[String]) -> tantivy::Result<Self> {
        let fast = reader.fast_fields();
        let filter = match (allowed.is_empty(), fast.str(filter)?) {
            (true, _) => None,
            (false, Some(column)) => {
                let table = values(&column)?.iter().map(|value| allows(allowed, value)).collect();
                Some((column, table))
            }
            // No document of this segment has a value, so none is allowed.
            (false, None) => {
                return Ok(Self {
                    filter: None,
                    column: None,
                    counts: Vec::new(),
                }
                .refusing(reader));
            }
        };
        let column = fast.str(count)?;
        let counts = vec![0; column.as_ref().map_or(0, |column| column.num_terms())];
        Ok(Self { filter, column, counts })
    }

    fn refusing(mut self, reader: &SegmentReader) -> Self {
        let empty = StrColumn::wrap(tantivy::columnar::BytesColumn::empty(reader.max_doc()));
        self.filter = Some((empty, Vec::new()));
        self
    }

    fn allows(&self, document: DocId) -> bool {
        let Some((column, table)) = &self.filter else {
            return true;
        };
        column
            .term_ords(document)
            .any(|ordinal| at(table, ordinal).is_some_and(|allowed| *allowed))
    }

    fn count(&mut self, document: DocId) {
        let Some(column) = &self.column else { return };
        for ordinal in column.term_ords(document) {
            if let Some(count) = usize::try_from(ordinal)
                .ok()
                .and_then(|ordinal| self.counts.get_mut(ordinal))
            {
                *count += 1;
            }
        }
    }

    fn harvest(self) -> tantivy::Result<BTreeMap<String, usize>> {
        let Some(column) = self.column else {
            return Ok(BTreeMap::new());
        };
        let counted = values(&column)?.into_iter().zip(self.counts);
        Ok(counted.filter(|(_, count)| *count > 0).collect())
    }
}

/// What a document's score is multiplied with, by its validity.
struct Standing {
    column: Option<StrColumn>,
    weights: Vec<f32>,
}

impl Standing {
    fn new(column: Option<StrColumn>) -> tantivy::Result<Self> {
        let values = column.as_ref().map(values).transpose()?.unwrap_or_default();
        let weight = |code: &String| Validity::from_code(code).map_or(1.0, Validity::weight);
        Ok(Self {
            column,
            weights: values.iter().map(weight).collect(),
        })
    }

    fn weight(&self, document: DocId) -> f32 {
        let ordinal = self.column.as_ref().and_then(|column| column.ords().first(document));
        ordinal
            .and_then(|ordinal| at(&self.weights, ordinal).copied())
            .unwrap_or(1.0)
    }
}

fn at<T>(table: &[T], ordinal: u64) -> Option<&T> {
    table.get(usize::try_from(ordinal).ok()?)
}

/// A unit is allowed by its identifier, everything else by its value.
fn allows(allowed: &[String], value: &str) -> bool {
    let key = value.split(UNIT_SEPARATOR).next().unwrap_or(value);
    allowed.iter().any(|allowed| allowed == key)
}

fn values(column: &StrColumn) -> tantivy::Result<Vec<String>> {
    let mut values = Vec::with_capacity(column.num_terms());
    for ordinal in 0..column.num_terms() as u64 {
        let mut value = String::new();
        column.ord_to_str(ordinal, &mut value)?;
        values.push(value);
    }
    Ok(values)
}
