//! What must hold of every stored document, checked as a pure function that lists what does not hold.

use std::collections::HashSet;

use crate::{Block, BlockId, Body, Document, Inline, NoteId, SHAPE, Table};

/// How deep lists and tables may stand inside one another. Stored JSON is parsed with a bounded recursion; this stays well
/// inside it.
pub const MAX_DEPTH: usize = 8;

/// The widest span of a cell, as browsers bound it for columns.
pub const MAX_SPAN: u32 = 1000;

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// The block where it was found; `None` if it concerns the whole document.
    pub block: Option<BlockId>,
    /// What is wrong.
    pub fault: Fault,
}

/// The faults that a document can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Written by a newer version of the program.
    #[error("文档格式版本 {0} 高于本系统支持的版本，请先升级系统")]
    UnknownShape(u16),
    /// Two blocks bear the same id.
    #[error("段落编号“{0}”重复")]
    RepeatedId(String),
    /// A block has no id, or one with characters that an address fragment cannot bear.
    #[error("段落编号“{0}”无效，只能使用字母、数字和连字符")]
    BadId(String),
    /// A heading level outside 1 to 6.
    #[error("标题级别 {0} 无效，应为 1 至 6 级")]
    HeadingLevel(u8),
    /// A span of zero or beyond [`MAX_SPAN`].
    #[error("表格单元格的合并范围 {0} 无效")]
    Span(u32),
    /// More header rows than rows.
    #[error("表头行数多于表格行数")]
    HeaderRows,
    /// A link to something else than the web or a mail address.
    #[error("链接“{0}”不允许：只能链接到网页（http、https）或邮箱（mailto）")]
    Href(String),
    /// A control character, or a line break inside a run.
    #[error("文字中有不可见的控制字符（U+{0:04X}）")]
    Control(u32),
    /// A reference to a footnote that does not exist.
    #[error("脚注“{0}”不存在")]
    MissingNote(String),
    /// Two footnotes bear the same id.
    #[error("脚注编号“{0}”重复")]
    RepeatedNote(String),
    /// Lists and tables nested beyond [`MAX_DEPTH`].
    #[error("列表和表格嵌套过深，最多 {MAX_DEPTH} 层")]
    TooDeep,
}

/// Everything that does not hold of this document; empty if it may be stored.
pub fn check(document: &Document) -> Vec<Issue> {
    let mut checker = Checker::default();
    if document.shape > SHAPE {
        checker.report(None, Fault::UnknownShape(document.shape));
    }
    for note in &document.notes {
        if !checker.notes.insert(&note.id) {
            checker.report(None, Fault::RepeatedNote(note.id.0.clone()));
        }
    }
    checker.blocks(&document.blocks, 1);
    for note in &document.notes {
        checker.blocks(&note.blocks, 1);
    }
    checker.issues
}

/// Whether a link may lead there: an absolute `http` or `https` address with a host, or a `mailto` address, without white
/// space and control characters.
pub fn href_allowed(href: &str) -> bool {
    if href
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || "<>\"\\^`{}|".contains(c))
    {
        return false;
    }
    let Some((scheme, rest)) = href.split_once(':') else {
        return false;
    };
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => rest
            .strip_prefix("//")
            .is_some_and(|host| !host.is_empty() && !host.starts_with(['/', '?', '#', ':'])),
        "mailto" => rest.contains('@'),
        _ => false,
    }
}

#[derive(Default)]
struct Checker<'a> {
    issues: Vec<Issue>,
    ids: HashSet<&'a str>,
    notes: HashSet<&'a NoteId>,
}

impl<'a> Checker<'a> {
    fn report(&mut self, block: Option<&BlockId>, fault: Fault) {
        self.issues.push(Issue {
            block: block.cloned(),
            fault,
        });
    }

    fn blocks(&mut self, blocks: &'a [Block], depth: usize) {
        for block in blocks {
            self.block(block, depth);
        }
    }

    fn block(&mut self, block: &'a Block, depth: usize) {
        self.id(block);
        match &block.body {
            Body::Heading { level, text } => {
                if !(1..=6).contains(level) {
                    self.report(Some(&block.id), Fault::HeadingLevel(*level));
                }
                self.inlines(block, text);
            }
            Body::Paragraph { text, .. } => self.inlines(block, text),
            Body::Figure { alt, .. } => self.words(block, alt),
            Body::Table(table) => self.table(block, table),
            Body::List { .. } => {}
        }
        let children = block.children();
        if !children.is_empty() && depth >= MAX_DEPTH {
            self.report(Some(&block.id), Fault::TooDeep);
            return;
        }
        for group in children {
            self.blocks(group, depth + 1);
        }
    }

    fn id(&mut self, block: &'a Block) {
        let id = block.id.0.as_str();
        let good =
            !id.is_empty() && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !good {
            self.report(Some(&block.id), Fault::BadId(id.to_owned()));
        } else if !self.ids.insert(id) {
            self.report(Some(&block.id), Fault::RepeatedId(id.to_owned()));
        }
    }

    fn table(&mut self, block: &Block, table: &Table) {
        if table.header_rows as usize > table.rows.len() {
            self.report(Some(&block.id), Fault::HeaderRows);
        }
        for cell in table.rows.iter().flat_map(|row| &row.cells) {
            for span in [cell.colspan, cell.rowspan] {
                if !(1..=MAX_SPAN).contains(&span) {
                    self.report(Some(&block.id), Fault::Span(span));
                }
            }
        }
    }

    fn inlines(&mut self, block: &Block, inlines: &[Inline]) {
        for inline in inlines {
            match inline {
                Inline::Text { text, .. } => self.words(block, text),
                Inline::Link { href, text } => {
                    self.words(block, text);
                    if !href_allowed(href) {
                        self.report(Some(&block.id), Fault::Href(href.clone()));
                    }
                }
                Inline::Note { note } if !self.notes.contains(note) => {
                    self.report(Some(&block.id), Fault::MissingNote(note.0.clone()));
                }
                Inline::Note { .. } | Inline::Break => {}
            }
        }
    }

    fn words(&mut self, block: &Block, words: &str) {
        if let Some(control) = words.chars().find(|c| c.is_control() && *c != '\t') {
            self.report(Some(&block.id), Fault::Control(control.into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cell, ListItem, Row};

    fn faults(document: &Document) -> Vec<Fault> {
        check(document).into_iter().map(|issue| issue.fault).collect()
    }

    #[test]
    fn a_good_document_has_no_issue() {
        assert_eq!(check(&crate::samples::everything()), vec![]);
    }

    #[test]
    fn links_lead_to_the_web_or_to_a_mailbox_only() {
        for good in ["http://a.cn", "HTTPS://a.cn/x?y=1#z", "mailto:a@b.cn"] {
            assert!(href_allowed(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "java\tscript:x",
            " http://a.cn",
            "data:text/html,x",
            "//a.cn",
            "/x",
            "http:",
            "http:///x",
            "mailto:",
            "ftp://a",
        ] {
            assert!(!href_allowed(bad), "{bad}");
        }
    }

    #[test]
    fn each_fault_is_found() {
        let link = Inline::Link {
            href: "javascript:x".into(),
            text: "看".into(),
        };
        let note = Inline::Note {
            note: NoteId("n9".into()),
        };
        let text = vec![Inline::plain("a\0"), link, note];
        let cell = Cell {
            colspan: 0,
            rowspan: 1001,
            blocks: vec![],
        };
        let document = Document::new(vec![
            Block::new(Body::Heading { level: 7, text: vec![] }).named("h"),
            Block::new(Body::Paragraph {
                align: Default::default(),
                text,
            })
            .named("h"),
            Block::new(Body::Table(Table {
                header_rows: 2,
                rows: vec![Row { cells: vec![cell] }],
            })),
        ]);
        let expected = vec![
            Fault::HeadingLevel(7),
            Fault::RepeatedId("h".into()),
            Fault::Control(0),
            Fault::Href("javascript:x".into()),
            Fault::MissingNote("n9".into()),
            Fault::BadId(String::new()),
            Fault::HeaderRows,
            Fault::Span(0),
            Fault::Span(1001),
        ];
        assert_eq!(faults(&document), expected);
        assert_eq!(
            faults(&Document {
                shape: 2,
                blocks: vec![],
                notes: vec![]
            }),
            vec![Fault::UnknownShape(2)]
        );
    }

    #[test]
    fn what_passes_can_be_stored_and_read_back_however_deep() {
        let mut block = Block::paragraph("底").named("x0");
        for level in 1..=MAX_DEPTH {
            let body = match level % 2 {
                0 => Body::List {
                    ordered: false,
                    items: vec![ListItem { blocks: vec![block] }],
                },
                _ => Body::Table(Table {
                    header_rows: 0,
                    rows: vec![Row {
                        cells: vec![Cell::new(vec![block])],
                    }],
                }),
            };
            block = Block::new(body).named(&format!("x{level}"));
            let document = Document::new(vec![block.clone()]);
            let allowed = faults(&document).is_empty();
            assert_eq!(allowed, level < MAX_DEPTH);
            let json = serde_json::to_string(&document).unwrap();
            assert!(!allowed || serde_json::from_str::<Document>(&json).unwrap() == document);
        }
    }

    #[test]
    fn messages_are_chinese_sentences() {
        assert_eq!(Fault::Control(0).to_string(), "文字中有不可见的控制字符（U+0000）");
    }
}
