//! Which parts of an old sequence correspond to which parts of a new one.
//!
//! Equal parts are matched by a shortest edit script; what is left between two matches is paired in order so that the sum of
//! likenesses is greatest. Nothing is random and no clock is read: the same two documents always align in the same way.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Likeness from which two parts count as the same passage changed, and not as one deleted and another inserted.
const LIKE_ENOUGH: f64 = 0.4;
/// Characters of a part that are looked at for likeness.
const LOOKED_AT: usize = 1500;
/// The largest gap (old parts times new parts) that is paired by likeness; larger ones are paired position by position.
const LARGEST_GAP: usize = 40_000;

/// One part as the alignment sees it.
pub(crate) struct Part {
    /// Parts with equal keys are the same.
    key: String,
    /// Only parts of one kind can correspond.
    kind: u8,
    /// Single characters and pairs of neighbours, sorted.
    grams: Vec<(u32, u32)>,
}

impl Part {
    pub(crate) fn new(key: String, kind: u8, words: &str) -> Part {
        let characters: Vec<u32> = words
            .chars()
            .filter(|c| !c.is_whitespace())
            .take(LOOKED_AT)
            .map(u32::from)
            .collect();
        let singles = characters.iter().map(|c| (*c, 0));
        let pairs = characters.windows(2).map(|pair| (pair[0], pair[1]));
        let mut grams: Vec<(u32, u32)> = singles.chain(pairs).collect();
        grams.sort_unstable();
        Part { key, kind, grams }
    }
}

/// One step of an alignment; the steps name every old and every new part once, both in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Equal: old index, new index.
    Same(usize, usize),
    /// The same passage with changes: old index, new index.
    Pair(usize, usize),
    /// Only in the old sequence.
    Delete(usize),
    /// Only in the new sequence.
    Insert(usize),
}

/// Aligns two sequences.
pub(crate) fn align(old: &[Part], new: &[Part]) -> Vec<Step> {
    let old_keys: Vec<&str> = old.iter().map(|part| part.key.as_str()).collect();
    let new_keys: Vec<&str> = new.iter().map(|part| part.key.as_str()).collect();
    let mut steps = Vec::with_capacity(old.len().max(new.len()));
    let (mut from_old, mut from_new) = (0, 0);
    for operation in capture_diff_slices(Algorithm::Myers, &old_keys, &new_keys) {
        let DiffOp::Equal {
            old_index,
            new_index,
            len,
        } = operation
        else {
            continue;
        };
        pair_gap(old, from_old..old_index, new, from_new..new_index, &mut steps);
        steps.extend((0..len).map(|i| Step::Same(old_index + i, new_index + i)));
        (from_old, from_new) = (old_index + len, new_index + len);
    }
    pair_gap(old, from_old..old.len(), new, from_new..new.len(), &mut steps);
    steps
}

type Span = std::ops::Range<usize>;

fn pair_gap(old: &[Part], olds: Span, new: &[Part], news: Span, steps: &mut Vec<Step>) {
    let pairs = if olds.len() * news.len() <= LARGEST_GAP {
        best_pairs(&old[olds.clone()], &new[news.clone()])
    } else {
        pairs_by_position(&old[olds.clone()], &new[news.clone()])
    };
    let (mut next_old, mut next_new) = (olds.start, news.start);
    for (i, j) in pairs {
        let (i, j) = (olds.start + i, news.start + j);
        steps.extend((next_old..i).map(Step::Delete));
        steps.extend((next_new..j).map(Step::Insert));
        steps.push(Step::Pair(i, j));
        (next_old, next_new) = (i + 1, j + 1);
    }
    steps.extend((next_old..olds.end).map(Step::Delete));
    steps.extend((next_new..news.end).map(Step::Insert));
}

fn pairs_by_position(old: &[Part], new: &[Part]) -> Vec<(usize, usize)> {
    let positions = 0..old.len().min(new.len());
    positions
        .filter(|&i| likeness(&old[i], &new[i]) >= LIKE_ENOUGH)
        .map(|i| (i, i))
        .collect()
}

/// The pairs, in order and without crossing, whose likenesses add up to most.
fn best_pairs(old: &[Part], new: &[Part]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    let mut alike = vec![0.0; old.len() * new.len()];
    // best[i * width + j] is the greatest sum over old[i..] and new[j..].
    let mut best = vec![0.0_f64; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let like = likeness(&old[i], &new[j]);
            let kept = if like >= LIKE_ENOUGH { like } else { 0.0 };
            alike[i * new.len() + j] = kept;
            let skipped = best[(i + 1) * width + j].max(best[i * width + j + 1]);
            best[i * width + j] = if kept > 0.0 {
                skipped.max(kept + best[(i + 1) * width + j + 1])
            } else {
                skipped
            };
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        let here = best[i * width + j];
        let kept = alike[i * new.len() + j];
        if kept > 0.0 && here <= kept + best[(i + 1) * width + j + 1] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if here <= best[(i + 1) * width + j] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// Dice's coefficient over single characters and pairs of neighbours: 0 nothing in common, 1 the same.
fn likeness(old: &Part, new: &Part) -> f64 {
    if old.kind != new.kind {
        return 0.0;
    }
    let total = old.grams.len() + new.grams.len();
    if total == 0 {
        return 1.0;
    }
    let (mut i, mut j, mut common) = (0, 0, 0usize);
    while let (Some(a), Some(b)) = (old.grams.get(i), new.grams.get(j)) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                common += 1;
                (i, j) = (i + 1, j + 1);
            }
        }
    }
    (2 * common) as f64 / total as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(words: &[&str]) -> Vec<Part> {
        words.iter().map(|w| Part::new((*w).to_owned(), 0, w)).collect()
    }

    #[test]
    fn a_changed_part_is_paired_and_a_new_one_inserted() {
        let old = parts(&["总则", "政府信息公开工作机构负责日常工作", "附则"]);
        let new = parts(&["总则", "目的和依据写在这里", "政府信息公开工作机构承担日常工作", "附则"]);
        let expected = vec![Step::Same(0, 0), Step::Insert(1), Step::Pair(1, 2), Step::Same(2, 3)];
        assert_eq!(align(&old, &new), expected);
    }

    #[test]
    fn parts_without_likeness_are_deleted_and_inserted() {
        assert_eq!(
            align(&parts(&["甲乙丙"]), &parts(&["子丑寅"])),
            vec![Step::Delete(0), Step::Insert(0)]
        );
    }

    #[test]
    fn kinds_never_mix() {
        let old = vec![Part::new("a".into(), 0, "同样的话")];
        let new = vec![Part::new("b".into(), 1, "同样的话")];
        assert_eq!(align(&old, &new), vec![Step::Delete(0), Step::Insert(0)]);
    }
}
