//! A document with one of everything, for tests.

use crate::*;

pub(crate) fn everything() -> Document {
    let run = |text: &str, bold, italic, underline| Inline::Text {
        text: text.into(),
        bold,
        italic,
        underline,
    };
    let note = NoteId("n1".into());
    let words = vec![
        run("加粗", true, false, false),
        run("倾斜", false, true, false),
        run("下划线", false, false, true),
        Inline::Break,
        Inline::Link {
            href: "https://www.example.gov.cn/?a=1&b=2".into(),
            text: "链接<b>".into(),
        },
        Inline::Note { note: note.clone() },
    ];
    let wide = Cell {
        colspan: 2,
        rowspan: 1,
        blocks: vec![Block::paragraph("跨两列").named("c2")],
    };
    let tall = Cell {
        colspan: 1,
        rowspan: 2,
        blocks: vec![Block::paragraph("跨两行").named("c1")],
    };
    let table = Table {
        header_rows: 1,
        rows: vec![
            Row {
                cells: vec![tall, wide],
            },
            Row {
                cells: vec![Cell::plain(""), Cell::new(vec![Block::paragraph("末格").named("c3")])],
            },
        ],
    };
    let items = vec![ListItem {
        blocks: vec![Block::paragraph("第一项").named("i1")],
    }];
    Document {
        shape: SHAPE,
        blocks: vec![
            Block::heading(1, "标题").named("h"),
            Block::new(Body::Paragraph {
                align: Align::Center,
                text: words,
            })
            .named("p"),
            Block::new(Body::List { ordered: true, items }).named("l"),
            Block::new(Body::Table(table)).named("t"),
            Block::figure(PictureId("ab".repeat(32)), "示意图").named("f"),
            Block::new(Body::Paragraph {
                align: Align::End,
                text: vec![Inline::plain("某年某月某日")],
            })
            .named("d"),
        ],
        notes: vec![Note {
            id: note,
            blocks: vec![Block::paragraph("注文").named("note-words")],
        }],
    }
}
