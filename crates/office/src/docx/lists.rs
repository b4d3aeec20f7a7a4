//! Putting numbered paragraphs together into lists.

use std::iter::Peekable;
use std::vec::IntoIter;

use content::{Block, Body, Inline, ListItem};

use super::numbering::Number;

/// A block, or a paragraph that belongs to a list.
pub(super) enum Entry {
    Block(Block),
    Item(Item),
}

/// A paragraph of a list with what belongs to it.
pub(super) struct Item {
    pub(super) list: u32,
    pub(super) level: usize,
    pub(super) number: Number,
    pub(super) blocks: Vec<Block>,
}

impl Item {
    fn ordered(&self) -> bool {
        matches!(self.number, Number::Plain(_))
    }

    fn goes_with(&self, other: &Item) -> bool {
        self.ordered() == other.ordered() && self.list == other.list
    }
}

/// The blocks of these entries; neighbouring items become lists, nested up to `depth_left` deep.
pub(super) fn assemble(entries: Vec<Entry>, depth_left: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut items = Vec::new();
    for entry in entries {
        match entry {
            Entry::Item(item) if depth_left > 0 => items.push(Item {
                level: item.level.min(depth_left - 1),
                ..item
            }),
            Entry::Item(item) => blocks.extend(labelled(item)),
            Entry::Block(block) => {
                blocks.extend(lists(std::mem::take(&mut items)));
                blocks.push(block);
            }
        }
    }
    blocks.extend(lists(items));
    blocks
}

fn lists(items: Vec<Item>) -> Vec<Block> {
    let mut items = items.into_iter().peekable();
    let mut blocks = Vec::new();
    while items.peek().is_some() {
        blocks.extend(level(&mut items, 0));
    }
    blocks
}

/// Takes items of this level and deeper ones; deeper ones go into the item before them.
fn level(items: &mut Peekable<IntoIter<Item>>, base: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut group: Vec<Item> = Vec::new();
    while let Some(mut item) = items.next_if(|item| item.level >= base) {
        if group.last().is_some_and(|last| !last.goes_with(&item)) {
            blocks.extend(finish(std::mem::take(&mut group)));
        }
        if items.peek().is_some_and(|next| next.level > item.level) {
            item.blocks.extend(level(items, item.level + 1));
        }
        group.push(item);
    }
    blocks.extend(finish(group));
    blocks
}

/// A list shows its own numbers from 1 on; where Word's numbers are others (a list that goes on after a paragraph between),
/// they are kept as words.
fn finish(group: Vec<Item>) -> Vec<Block> {
    let Some(first) = group.first() else { return Vec::new() };
    let ordered = first.ordered();
    let expected = |(index, item): (usize, &Item)| item.number == Number::Plain(index as u32 + 1);
    if ordered && !group.iter().enumerate().all(expected) {
        return group.into_iter().flat_map(labelled).collect();
    }
    let items = group.into_iter().map(|item| ListItem { blocks: item.blocks }).collect();
    vec![Block::new(Body::List { ordered, items })]
}

fn labelled(item: Item) -> Vec<Block> {
    let mut blocks = item.blocks;
    if let Some(Block {
        body: Body::Paragraph { text, .. },
        ..
    }) = blocks.first_mut()
    {
        prefix(text, &item.number.label());
    }
    blocks
}

/// Writes a number in front of a line; after a Chinese mark it needs no space.
pub(super) fn prefix(line: &mut Vec<Inline>, label: &str) {
    if label.is_empty() {
        return;
    }
    let space = if label.ends_with(|c: char| c.is_ascii() || c == '条' || c == '章' || c == '节') {
        " "
    } else {
        ""
    };
    let label = format!("{label}{space}");
    if let Some(Inline::Text { text, .. }) = line.first_mut() {
        text.insert_str(0, &label);
    } else {
        line.insert(0, Inline::plain(&label));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(list: u32, level: usize, number: Number, words: &str) -> Entry {
        Entry::Item(Item {
            list,
            level,
            number,
            blocks: vec![Block::paragraph(words)],
        })
    }

    #[test]
    fn deeper_items_nest() {
        let entries = vec![
            item(1, 0, Number::Plain(1), "一"),
            item(1, 1, Number::Bullet, "甲"),
            item(1, 0, Number::Plain(2), "二"),
        ];
        let blocks = assemble(entries, 7);
        let [
            Block {
                body: Body::List { ordered: true, items },
                ..
            },
        ] = blocks.as_slice()
        else {
            panic!("{blocks:?}")
        };
        assert_eq!(items.len(), 2);
        assert!(matches!(items[0].blocks[1].body, Body::List { ordered: false, .. }));
    }

    #[test]
    fn numbers_that_a_list_would_not_show_stay_as_words() {
        let blocks = assemble(vec![item(1, 0, Number::Plain(3), "续前")], 7);
        assert_eq!(blocks[0].text(), "3. 续前");
    }

    #[test]
    fn without_room_for_nesting_items_are_paragraphs() {
        let blocks = assemble(vec![item(1, 4, Number::Plain(1), "深")], 0);
        assert_eq!(blocks[0].text(), "1. 深");
        let blocks = assemble((0..9).map(|level| item(1, level, Number::Bullet, "层")).collect(), 2);
        let document = content::Document::new(blocks).with_fresh_ids();
        assert_eq!(content::check(&document), vec![]);
    }
}
