//! Measuring how well questions find their answers, over a folder of labelled questions.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Instant;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::analyse::Vocabulary;
use crate::error::{Error, Result};
use crate::plan::Weights;
use crate::{Entry, Index, Query, Validity};

/// How well, and how fast.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Scores {
    /// How many questions were asked: those that have a labelled answer.
    pub questions: usize,
    /// Normalised discounted cumulative gain over the first ten hits, the mean of all questions.
    pub ndcg_at_10: f64,
    /// The part of the answers that stand among the first five hits.
    pub recall_at_5: f64,
    /// The part of the answers that stand among the first ten hits.
    pub recall_at_10: f64,
    /// Half of the queries took no longer, in milliseconds, with counts and snippets.
    pub p50_ms: f64,
    /// 99 in 100 queries took no longer, in milliseconds.
    pub p99_ms: f64,
}

/// Builds a temporary index over a folder in BEIR layout (`corpus.jsonl` with `_id`, `title` and `text`;
/// `queries.jsonl`; `qrels.tsv`, also under `qrels/test.tsv`) and asks it every labelled question.
///
/// # Errors
///
/// [`Error::Questions`] when a file is missing or a line is not of that layout; otherwise the errors of an [`Index`].
pub fn evaluate(directory: &Path) -> Result<Scores> {
    evaluate_with(directory, Weights::default())
}

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    title: String,
    text: String,
}

fn evaluate_with(directory: &Path, weights: Weights) -> Result<Scores> {
    let index_directory = tempfile::tempdir()?;
    let index = build(&index_directory.path().join("index"), directory, weights)?;
    let labels = read_labels(directory)?;
    let questions = read_texts(directory, "queries.jsonl")?;
    let mut measured = Measured::default();
    for question in &questions {
        let Some(answers) = labels.get(&question.id) else {
            continue;
        };
        let query = Query {
            words: question.text.clone(),
            ..Query::default()
        };
        let asked = Instant::now();
        let results = index.query(&query)?;
        let milliseconds = asked.elapsed().as_secs_f64() * 1000.0;
        let found: Vec<&str> = results.hits.iter().map(|hit| hit.id.as_str()).collect();
        measured.add(&found, answers, milliseconds);
    }
    Ok(measured.scores())
}

fn build(index_directory: &Path, directory: &Path, weights: Weights) -> Result<Index> {
    let index = Index::create_weighted(index_directory, &Vocabulary::default(), weights)?;
    let mut writer = index.writer()?;
    for (position, text) in (1..).zip(read_texts(directory, "corpus.jsonl")?) {
        writer.put(&Entry {
            path: format!("/{}", text.id),
            id: text.id,
            position,
            title: text.title,
            number: None,
            body: text.text,
            unit: String::new(),
            unit_id: String::new(),
            kind: String::new(),
            theme: Vec::new(),
            validity: Validity::Timeless,
            released_on: NaiveDate::default(),
            year: 0,
        })?;
    }
    writer.commit(1)?;
    Ok(index)
}

/// The answers to each question, with how good each is.
type Labels = HashMap<String, HashMap<String, f64>>;

#[derive(Default)]
struct Measured {
    gains: Vec<f64>,
    recalls_at_5: Vec<f64>,
    recalls_at_10: Vec<f64>,
    milliseconds: Vec<f64>,
}

impl Measured {
    fn add(&mut self, found: &[&str], answers: &HashMap<String, f64>, milliseconds: f64) {
        let gain_of = |id: &&str| answers.get(*id).copied().unwrap_or_default();
        let mut ideal: Vec<f64> = answers.values().copied().filter(|gain| *gain > 0.0).collect();
        if ideal.is_empty() {
            return;
        }
        ideal.sort_by(|one, other| other.total_cmp(one));
        let recall = |depth: usize| {
            let hits = found.iter().take(depth).filter(|id| gain_of(id) > 0.0).count();
            hits as f64 / ideal.len() as f64
        };
        self.recalls_at_5.push(recall(5));
        self.recalls_at_10.push(recall(10));
        self.gains
            .push(discounted(found.iter().map(gain_of)) / discounted(ideal.iter().copied()));
        self.milliseconds.push(milliseconds);
    }

    fn scores(mut self) -> Scores {
        self.milliseconds.sort_by(f64::total_cmp);
        Scores {
            questions: self.gains.len(),
            ndcg_at_10: mean(&self.gains),
            recall_at_5: mean(&self.recalls_at_5),
            recall_at_10: mean(&self.recalls_at_10),
            p50_ms: percentile(&self.milliseconds, 0.50),
            p99_ms: percentile(&self.milliseconds, 0.99),
        }
    }
}

fn discounted(gains: impl Iterator<Item = f64>) -> f64 {
    gains
        .take(10)
        .zip(2_u32..)
        .map(|(gain, rank)| gain / f64::from(rank).log2())
        .sum()
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        0.0
    } else {
        values.iter().sum::<f64>() / values.len() as f64
    }
}

/// The value that this part of the sorted values does not exceed (nearest rank).
fn percentile(sorted: &[f64], part: f64) -> f64 {
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

fn read_texts(directory: &Path, file: &'static str) -> Result<Vec<Text>> {
    let mut texts = Vec::new();
    for (number, line) in lines(directory, file, file)? {
        let parsed = serde_json::from_str(&line);
        texts.push(parsed.map_err(|error| Error::Questions {
            file,
            line: number,
            message: error.to_string(),
        })?);
    }
    Ok(texts)
}

fn read_labels(directory: &Path) -> Result<Labels> {
    let file = "qrels.tsv";
    let path = if directory.join(file).exists() {
        file
    } else {
        "qrels/test.tsv"
    };
    let mut labels = Labels::new();
    for (number, line) in lines(directory, path, file)? {
        let cells: Vec<&str> = line.split('\t').collect();
        let [question, answer, score] = cells[..] else {
            return Err(Error::Questions {
                file,
                line: number,
                message: "three cells are needed".to_owned(),
            });
        };
        let Ok(score) = score.trim().parse::<f64>() else {
            if number == 1 {
                continue; // the heading
            }
            return Err(Error::Questions {
                file,
                line: number,
                message: "the score is no number".to_owned(),
            });
        };
        labels
            .entry(question.to_owned())
            .or_default()
            .insert(answer.to_owned(), score);
    }
    Ok(labels)
}

/// The lines that are not blank, numbered from 1.
fn lines(directory: &Path, path: &str, file: &'static str) -> Result<Vec<(usize, String)>> {
    let opened = std::fs::File::open(directory.join(path)).map_err(|error| Error::Questions {
        file,
        line: 0,
        message: error.to_string(),
    })?;
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(BufReader::new(opened).lines()) {
        let line = line?;
        if !line.trim().is_empty() {
            lines.push((number, line));
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_follow_their_definitions() {
        let answers: HashMap<String, f64> = [("a".to_owned(), 1.0), ("b".to_owned(), 1.0)].into();
        let mut measured = Measured::default();
        measured.add(&["x", "a", "y", "z", "v", "b"], &answers, 2.0);
        let scores = measured.scores();
        let expected = (1.0 / 3_f64.log2() + 1.0 / 7_f64.log2()) / (1.0 + 1.0 / 3_f64.log2());
        assert!((scores.ndcg_at_10 - expected).abs() < 1e-12);
        assert!((scores.recall_at_5 - 0.5).abs() < 1e-12);
        assert!((scores.recall_at_10 - 1.0).abs() < 1e-12);
        assert!((scores.p99_ms - 2.0).abs() < 1e-12);
    }

    /// What every change of analysis and weights must beat: BM25 over the pairs of title and text alone.
    fn pairs_alone() -> Weights {
        Weights {
            title_words: 0.0,
            title_pairs: 0.0,
            body_words: 0.0,
            body_pairs: 1.0,
            title_name: 0.0,
            body_name: 0.0,
            ..Weights::default()
        }
    }

    #[test]
    fn labelled_questions_are_answered_better_than_by_pairs_alone() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/search");
        if !directory.exists() {
            return;
        }
        println!("running on the labelled questions beside the checkout");
        let ours = evaluate(&directory).unwrap();
        let baseline = evaluate_with(&directory, pairs_alone()).unwrap();
        println!("ours {ours:?}\npairs alone {baseline:?}");
        assert!(ours.ndcg_at_10 > baseline.ndcg_at_10);
        assert!(ours.recall_at_5 >= baseline.recall_at_5);
    }
}
