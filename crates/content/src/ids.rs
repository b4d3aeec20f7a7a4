//! Identity of blocks: given when a document is first read, carried on when it is revised.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use crate::align::{Part, Step, align};
use crate::{Block, BlockId, Body, Document, canonical};

impl Document {
    /// The same document with its blocks numbered `b1`, `b2`, … in reading order, nested blocks and footnotes included.
    /// For a document that has no earlier revision.
    pub fn with_fresh_ids(mut self) -> Document {
        let mut number = 0u64;
        self.for_each_block_mut(&mut |block| {
            number += 1;
            block.id = BlockId(format!("b{number}"));
        });
        self
    }
}

/// Carries the ids of the previous revision to the blocks of the new one that say the same or nearly the same; blocks that
/// correspond to nothing get ids that the previous revision did not use.
///
/// The ids standing in `new` are ignored. A new block's id is derived from its words, so that an id which once named a
/// passage deleted in some still older revision will not come to name another passage by counting on.
pub fn keep_ids(old: &Document, new: Document) -> Document {
    keep_ids_avoiding(old, new, &HashSet::new())
}

/// [`keep_ids`] that also gives no new block an id out of `avoid`: pass the ids of all earlier revisions to rule out for
/// certain that one of them comes back for other words.
pub fn keep_ids_avoiding(old: &Document, mut new: Document, avoid: &HashSet<String>) -> Document {
    let old_blocks = old.all_blocks();
    let steps = align(&parts(&old_blocks), &parts(&new.all_blocks()));
    let mut taken: HashSet<String> = old_blocks.iter().map(|block| block.id.0.clone()).collect();
    taken.extend(avoid.iter().cloned());
    let mut carried: Vec<Option<BlockId>> = vec![None; new.all_blocks().len()];
    for step in steps {
        if let Step::Same(i, j) | Step::Pair(i, j) = step {
            carried[j] = Some(old_blocks[i].id.clone());
        }
    }
    let mut carried = carried.into_iter();
    new.for_each_block_mut(&mut |block| {
        block.id = carried.next().flatten().unwrap_or_else(|| unused_id(block, &mut taken));
    });
    new
}

fn parts(blocks: &[&Block]) -> Vec<Part> {
    blocks
        .iter()
        .map(|block| Part::new(canonical::seen_block(block), kind(block), &block.text()))
        .collect()
}

/// A paragraph that became a heading is still the same passage, so both are of one kind.
fn kind(block: &Block) -> u8 {
    match &block.body {
        Body::Heading { .. } | Body::Paragraph { .. } => 0,
        Body::List { .. } => 1,
        Body::Table(_) => 2,
        Body::Figure { .. } => 3,
    }
}

fn unused_id(block: &Block, taken: &mut HashSet<String>) -> BlockId {
    let words = canonical::seen_block(block);
    let mut attempt = 0u64;
    loop {
        let hash = Sha256::digest(format!("{attempt} {words}"));
        let id = format!("p{}", canonical::hex(&hash[..5]));
        if taken.insert(id.clone()) {
            return BlockId(id);
        }
        attempt += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(document: &Document) -> Vec<&str> {
        document.all_blocks().iter().map(|block| block.id.0.as_str()).collect()
    }

    #[test]
    fn fresh_ids_count_in_reading_order_through_nested_blocks() {
        let document = Document::new(vec![
            Block::heading(1, "题"),
            Block::list(false, ["一", "二"]),
            Block::paragraph("末"),
        ]);
        assert_eq!(ids(&document.with_fresh_ids()), ["b1", "b2", "b3", "b4", "b5"]);
    }

    #[test]
    fn words_that_moved_down_or_changed_a_little_keep_their_id() {
        let old = Document::of_paragraphs(["第一条 为了保障公民依法获取政府信息", "第二条 本条例所称政府信息"]);
        let new = Document::of_paragraphs([
            "总则",
            "第一条 为了保障公民和法人依法获取政府信息",
            "第二条 本条例所称政府信息",
        ]);
        let kept = keep_ids(&old, new);
        assert_eq!(ids(&kept)[1..], ["b1", "b2"]);
        assert!(!["b1", "b2"].contains(&ids(&kept)[0]));
    }

    #[test]
    fn a_paragraph_made_a_heading_keeps_its_id() {
        let old = Document::of_paragraphs(["工作目标"]);
        let kept = keep_ids(&old, Document::new(vec![Block::heading(2, "工作目标")]));
        assert_eq!(ids(&kept), ["b1"]);
    }

    #[test]
    fn an_unchanged_cell_keeps_its_id_when_its_neighbour_changes() {
        let old = Document::new(vec![Block::table(0, [vec!["区发展和改革局牵头", "主动公开规划"]])]).with_fresh_ids();
        let new = Document::new(vec![Block::table(0, [vec!["区发展和改革局牵头", "全部另写一句话"]])]);
        let kept = keep_ids(&old, new);
        assert_eq!(ids(&kept)[..2], ["b1", "b2"]);
        assert_ne!(ids(&kept)[2], "b3");
    }

    #[test]
    fn a_deleted_passage_does_not_lend_its_id_to_another_one() {
        let first = Document::of_paragraphs(["甲甲甲甲", "乙乙乙乙"]);
        let second = keep_ids(&first, Document::of_paragraphs(["甲甲甲甲"]));
        let third = keep_ids(&second, Document::of_paragraphs(["甲甲甲甲", "丙丙丙丙"]));
        assert!(!ids(&first).contains(&ids(&third)[1]));
    }
}
