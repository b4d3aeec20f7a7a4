//! Arbitrary documents.

use content::{Align, Block, Body, Cell, Document, Inline, ListItem, Note, NoteId, PictureId, Row, SHAPE, Table};
use proptest::prelude::*;

/// Words out of few characters, so that two arbitrary documents have something in common.
pub fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[公开条例第一二三，。0-9a-c ]{0,12}",
        1 => "[\\PC]{0,6}",
    ]
}

fn inline() -> impl Strategy<Value = Inline> {
    prop_oneof![
        6 => (words(), any::<bool>(), any::<bool>(), any::<bool>())
            .prop_map(|(text, bold, italic, underline)| Inline::Text { text, bold, italic, underline }),
        1 => Just(Inline::Break),
        1 => words().prop_map(|text| Inline::Link { href: "https://www.example.gov.cn/a?b=1&c".into(), text }),
        1 => Just(Inline::Note { note: NoteId("n1".into()) }),
    ]
}

fn inlines() -> impl Strategy<Value = Vec<Inline>> {
    prop::collection::vec(inline(), 0..4)
}

fn align() -> impl Strategy<Value = Align> {
    prop_oneof![Just(Align::Start), Just(Align::Center), Just(Align::End)]
}

fn block() -> impl Strategy<Value = Block> {
    let leaf = prop_oneof![
        (1u8..=6, inlines()).prop_map(|(level, text)| Body::Heading { level, text }),
        (align(), inlines()).prop_map(|(align, text)| Body::Paragraph { align, text }),
        words().prop_map(|alt| Body::Figure {
            picture: PictureId("0f".repeat(32)),
            alt
        }),
    ]
    .prop_map(Block::new);
    leaf.prop_recursive(3, 24, 4, |inner| {
        let blocks = prop::collection::vec(inner, 0..3);
        let item = blocks.clone().prop_map(|blocks| ListItem { blocks });
        let cell = (1u32..4, 1u32..4, blocks).prop_map(|(colspan, rowspan, blocks)| Cell {
            colspan,
            rowspan,
            blocks,
        });
        let row = prop::collection::vec(cell, 0..4).prop_map(|cells| Row { cells });
        prop_oneof![
            (any::<bool>(), prop::collection::vec(item, 0..4))
                .prop_map(|(ordered, items)| Body::List { ordered, items }),
            prop::collection::vec(row, 0..4)
                .prop_flat_map(|rows| (0..=rows.len() as u32, Just(rows)))
                .prop_map(|(header_rows, rows)| Body::Table(Table { header_rows, rows })),
        ]
        .prop_map(Block::new)
    })
}

/// A document that passes every check.
pub fn document() -> impl Strategy<Value = Document> {
    (
        prop::collection::vec(block(), 0..6),
        prop::collection::vec(block(), 0..2),
    )
        .prop_map(|(blocks, note)| {
            let notes = vec![Note {
                id: NoteId("n1".into()),
                blocks: note,
            }];
            Document {
                shape: SHAPE,
                blocks,
                notes,
            }
            .with_fresh_ids()
        })
}
