//! The block tree: what a document is inside.

use serde::{Deserialize, Serialize};

/// Version of the tree's shape; it stands in every stored document so that older ones can be read for ever.
pub const SHAPE: u16 = 1;

/// A whole document (文档正文): an ordered list of blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Shape version, see [`SHAPE`].
    pub shape: u16,
    /// Top-level blocks in reading order.
    pub blocks: Vec<Block>,
    /// Footnotes (脚注), referred to from [`Inline::Note`] by their id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// Identity of a block, unique within its document and kept across revisions, so that a remark, a difference
/// and a citation go on pointing at the same passage.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlockId(pub String);

/// One block with its identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Stable identity.
    pub id: BlockId,
    /// What stands here.
    #[serde(flatten)]
    pub body: Body,
}

/// The kinds of block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Body {
    /// A heading (标题), level 1 to 6.
    Heading {
        /// 1 is the highest.
        level: u8,
        /// The words.
        text: Vec<Inline>,
    },
    /// A paragraph (段落).
    Paragraph {
        /// How the line stands.
        #[serde(default, skip_serializing_if = "Align::is_start")]
        align: Align,
        /// The words.
        text: Vec<Inline>,
    },
    /// A list (列表).
    List {
        /// Numbered or not.
        ordered: bool,
        /// Its items.
        items: Vec<ListItem>,
    },
    /// A table (表格).
    Table(Table),
    /// A picture (图) with its caption.
    Figure {
        /// Which stored picture, by its name among the document's pictures.
        picture: PictureId,
        /// Words for those who cannot see it.
        alt: String,
    },
}

/// Alignment of a paragraph.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// As the language begins its lines.
    #[default]
    Start,
    /// Centred (居中).
    Center,
    /// At the far edge (右对齐), as signatures and dates stand.
    End,
}

impl Align {
    fn is_start(&self) -> bool {
        *self == Align::Start
    }
}

/// One item of a list; it holds blocks, so that lists can nest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListItem {
    /// What the item holds.
    pub blocks: Vec<Block>,
}

/// A table; cells covered by a span of another cell do not appear.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// How many rows at the top are header rows.
    #[serde(default)]
    pub header_rows: u32,
    /// Rows from top to bottom.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Cells from left to right.
    pub cells: Vec<Cell>,
}

/// A cell with its spans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Columns covered, at least 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub colspan: u32,
    /// Rows covered, at least 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub rowspan: u32,
    /// What the cell holds.
    pub blocks: Vec<Block>,
}

fn one() -> u32 {
    1
}

fn is_one(n: &u32) -> bool {
    *n == 1
}

/// A run of text or a mark inside a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Inline {
    /// Words with their emphasis.
    Text {
        /// The words; never contains a line break.
        text: String,
        /// Bold (加粗).
        #[serde(default, skip_serializing_if = "is_false")]
        bold: bool,
        /// Italic (倾斜).
        #[serde(default, skip_serializing_if = "is_false")]
        italic: bool,
        /// Underlined (下划线).
        #[serde(default, skip_serializing_if = "is_false")]
        underline: bool,
    },
    /// A line break inside a paragraph.
    Break,
    /// A link to an `http`, `https` or `mailto` address; other schemes are dropped on reading.
    Link {
        /// Where it goes.
        href: String,
        /// The words of the link.
        text: String,
    },
    /// A reference to a footnote.
    Note {
        /// Which one.
        note: NoteId,
    },
}

fn is_false(b: &bool) -> bool {
    !*b
}

/// Identity of a footnote within its document.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NoteId(pub String);

/// A footnote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its identity.
    pub id: NoteId,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// Name of a picture: the lowercase hexadecimal SHA-256 of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PictureId(pub String);
