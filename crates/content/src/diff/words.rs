//! The difference of two texts.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::{Piece, PieceKind};

/// Above this product of lengths, sentences are compared instead of characters.
const COMPARED_BY_CHARACTER: usize = 100_000_000;
/// An unchanged stretch up to this many tokens is not worth showing between two larger changes.
const SHORT: usize = 3;

/// Compares two texts: Chinese by character, Latin letters and digits by word, very long texts by sentence. Tiny islands of
/// agreement inside a rewritten stretch are not shown, so that a reader sees what was replaced by what. In each place the
/// deleted words come before the inserted ones.
pub fn words(old: &str, new: &str) -> Vec<Piece> {
    let (mut old_tokens, mut new_tokens) = (tokens(old), tokens(new));
    if old_tokens.len().saturating_mul(new_tokens.len()) > COMPARED_BY_CHARACTER {
        (old_tokens, new_tokens) = (sentences(old), sentences(new));
    }
    let operations = capture_diff_slices(Algorithm::Myers, &old_tokens, &new_tokens);
    let runs: Vec<Run> = operations.iter().map(Run::of).collect();
    pieces(&without_islands(runs), &old_tokens, &new_tokens)
}

/// A stretch of `old` tokens of the old text against `new` tokens of the new one; if `same`, they are equal.
#[derive(Clone, Copy)]
struct Run {
    same: bool,
    old: usize,
    new: usize,
}

impl Run {
    fn of(operation: &DiffOp) -> Run {
        let same = matches!(operation, DiffOp::Equal { .. });
        Run {
            same,
            old: operation.old_range().len(),
            new: operation.new_range().len(),
        }
    }

    fn largest(self) -> usize {
        self.old.max(self.new)
    }
}

/// Joins neighbouring changes, also across an island: a stretch of at most [`SHORT`] equal tokens with a change at least twice
/// as long on either side.
fn without_islands(runs: Vec<Run>) -> Vec<Run> {
    let mut joined: Vec<Run> = Vec::new();
    for run in runs {
        joined.push(run);
        while join_last(&mut joined) {}
    }
    joined
}

fn join_last(runs: &mut Vec<Run>) -> bool {
    if let [.., before, island, after] = runs.as_slice() {
        let change_around = !before.same && island.same && !after.same;
        let small = island.old <= SHORT && before.largest().min(after.largest()) >= 2 * island.old;
        if change_around && small {
            let merged = Run {
                same: false,
                old: before.old + island.old + after.old,
                new: before.new + island.new + after.new,
            };
            runs.truncate(runs.len() - 3);
            runs.push(merged);
            return true;
        }
    }
    if let [.., before, after] = runs.as_slice()
        && !before.same
        && !after.same
    {
        let merged = Run {
            same: false,
            old: before.old + after.old,
            new: before.new + after.new,
        };
        runs.truncate(runs.len() - 2);
        runs.push(merged);
        return true;
    }
    false
}

fn pieces(runs: &[Run], old: &[&str], new: &[&str]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut i, mut j) = (0, 0);
    for run in runs {
        let (olds, news) = (&old[i..i + run.old], &new[j..j + run.new]);
        if run.same {
            push(&mut pieces, PieceKind::Same, olds);
        } else {
            push(&mut pieces, PieceKind::Deleted, olds);
            push(&mut pieces, PieceKind::Inserted, news);
        }
        (i, j) = (i + run.old, j + run.new);
    }
    pieces
}

fn push(pieces: &mut Vec<Piece>, kind: PieceKind, tokens: &[&str]) {
    if !tokens.is_empty() {
        pieces.push(Piece {
            kind,
            text: tokens.concat(),
        });
    }
}

/// Runs of ASCII letters and digits stay together; everything else stands alone.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut word_start: Option<usize> = None;
    for (at, character) in text.char_indices() {
        if character.is_ascii_alphanumeric() {
            word_start.get_or_insert(at);
            continue;
        }
        if let Some(start) = word_start.take() {
            tokens.push(&text[start..at]);
        }
        tokens.push(&text[at..at + character.len_utf8()]);
    }
    if let Some(start) = word_start {
        tokens.push(&text[start..]);
    }
    tokens
}

fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive(['。', '；', '！', '？', '\n']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let show = |piece: &Piece| match piece.kind {
            PieceKind::Same => piece.text.clone(),
            PieceKind::Deleted => format!("[-{}-]", piece.text),
            PieceKind::Inserted => format!("[+{}+]", piece.text),
        };
        words(old, new).iter().map(show).collect()
    }

    #[test]
    fn chinese_is_compared_by_character() {
        assert_eq!(
            shown(
                "自收到申请之日起15个工作日内答复",
                "自收到申请之日起20个工作日内予以答复"
            ),
            "自收到申请之日起[-15-][+20+]个工作日内[+予以+]答复"
        );
    }

    #[test]
    fn a_rewritten_stretch_is_not_cut_into_crumbs() {
        assert_eq!(
            shown("由工商行政管理部门负责", "由市场监督管理部门负责"),
            "由[-工商行政-][+市场监督+]管理部门负责"
        );
        assert_eq!(
            shown("甲乙丙丁的戊己庚辛", "子丑寅卯的辰巳午未"),
            "[-甲乙丙丁的戊己庚辛-][+子丑寅卯的辰巳午未+]"
        );
    }

    #[test]
    fn very_long_texts_are_compared_by_sentence() {
        let sentence = "政府信息公开。";
        let old = sentence.repeat(2000);
        let new = format!("{}新增一句。", sentence.repeat(2000));
        assert_eq!(
            words(&old, &new).last().map(|piece| piece.text.as_str()),
            Some("新增一句。")
        );
    }

    #[test]
    fn equal_texts_have_one_piece_and_empty_ones_none() {
        assert_eq!(words("同", "同").len(), 1);
        assert!(words("", "").is_empty());
    }
}
