//! What is asked of a reader and what it gives back.

use content::{Document, PictureId};
use serde::{Deserialize, Serialize};

/// What the caller takes the file to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Whatever the bytes show it to be.
    #[default]
    Detect,
    /// A Word document (`.docx`).
    Docx,
    /// Plain text.
    Text,
    /// An HTML page or fragment.
    Html,
    /// A table (XLSX or CSV), which is asked for with `Confined::read_table`.
    Table,
}

/// One file to be read.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// What it is taken to be.
    pub format: Format,
    /// The name it came under; it helps to name a wrong kind, and marks in it count. May be empty.
    pub file_name: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// A file as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What it says, with fresh ids.
    pub document: Document,
    /// The pictures that the document shows, each once.
    pub pictures: Vec<Picture>,
    /// What the file says about itself.
    pub properties: Properties,
    /// What was left out or assumed.
    pub notices: Vec<Notice>,
    /// Marks that limit who may see the document; what follows from them is the caller's decision.
    pub handling_marks: Vec<HandlingMark>,
    /// Words that stand outside the text (headers, footers, watermarks), one line each; they are read for marks and are not
    /// part of the document.
    pub margins: Vec<String>,
}

impl Reading {
    /// A reading with nothing but its document.
    pub(crate) fn of(document: Document) -> Reading {
        Reading {
            document,
            pictures: Vec::new(),
            properties: Properties::default(),
            notices: Vec::new(),
            handling_marks: Vec::new(),
            margins: Vec::new(),
        }
    }
}

/// A picture out of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// SHA-256 of its bytes, as the document refers to it.
    pub id: PictureId,
    /// `image/png`, `image/jpeg`, `image/gif` or `image/webp`, judged by the bytes.
    pub media_type: String,
    /// The bytes; metadata segments of JPEG pictures (place and device of the photo) have been removed.
    pub bytes: Vec<u8>,
}

/// What a file says about itself (文档属性). They may name persons: screen them before anything is made public.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Properties {
    /// 标题.
    pub title: Option<String>,
    /// 作者.
    pub creator: Option<String>,
    /// 最后修改者.
    pub last_modified_by: Option<String>,
    /// 主题.
    pub subject: Option<String>,
    /// 关键词.
    pub keywords: Option<String>,
    /// 备注.
    pub description: Option<String>,
    /// When it was made, as written in the file (ISO 8601).
    pub created: Option<String>,
    /// When it was last saved, as written in the file (ISO 8601).
    pub modified: Option<String>,
}

/// Something that was left out or assumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What kind of thing.
    pub kind: NoticeKind,
    /// Where, for a person: “第 3 段”, “第 2 个表格”.
    pub place: String,
    /// What happened, as one Chinese sentence.
    pub message: String,
}

/// Kinds of [`Notice`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A picture of a kind that browsers do not show, damaged, too large or linked from elsewhere.
    PictureLeftOut,
    /// Hidden words, rows or elements.
    HiddenLeftOut,
    /// An embedded object, chart, form or other part that is not text.
    ObjectLeftOut,
    /// A link that may not be kept; its words were.
    LinkLeftOut,
    /// A formula that was kept as its letters only.
    FormulaFlattened,
    /// Lists or tables nested too deep, kept as paragraphs.
    NestingFlattened,
    /// A special character that has no equivalent.
    SymbolReplaced,
    /// The encoding of a text was not declared and had to be judged.
    EncodingAssumed,
    /// A number so long that the spreadsheet has lost its last digits.
    DigitsLost,
    /// A formula whose result the file does not hold.
    ResultMissing,
}

/// A mark that limits who may see a document, short of a state-secret classification (处理标志).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandlingMark {
    /// The mark, for instance `征求意见稿`.
    pub mark: String,
    /// Where it stands, for a person.
    pub place: String,
}
