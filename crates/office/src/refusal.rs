//! Why a file is not taken in: what is wrong, where, and what to do.

use serde::{Deserialize, Serialize};

use crate::Format;
use crate::limits::{MAX_INPUT, MAX_PICTURES};

/// A file that is not taken in. `Display` is a Chinese sentence for the person who sent the file. Nothing of the file may be
/// kept, and no refusal carries words of the file beyond what is needed to find the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    /// No bytes.
    #[error("文件是空的（0 字节）。请检查后重新上传。")]
    EmptyFile,
    /// Larger than [`MAX_INPUT`].
    #[error("文件有 {}，超过 {} 的上限。请压缩文中图片或拆分文件后重新上传。", megabytes(*bytes), megabytes(MAX_INPUT as u64))]
    FileTooLarge {
        /// Its size.
        bytes: u64,
    },
    /// Something else than what is read here.
    #[error("这个文件看起来是{}，这里只能读取{}。{}", seen.name(), wanted_name(*wanted), seen.advice())]
    WrongKind {
        /// What was wanted.
        wanted: Format,
        /// What it seems to be.
        seen: FileKind,
    },
    /// An encrypted office file.
    #[error("文件设有打开密码，无法读取。请在 Word 中取消密码（文件→信息→保护文档）后另存，再重新上传。")]
    PasswordProtected,
    /// Unpacks to far more than its size, or is made of entries that share bytes.
    #[error("文件解压后异常庞大，疑似压缩炸弹，已拒绝读取。请用 Word 打开原文件另存为 .docx 后重新上传。")]
    ZipBomb,
    /// More entries than any document has.
    #[error("文件内部有 {entries} 个部件，远超正常文档，已拒绝读取。请用 Word 另存为 .docx 后重新上传。")]
    TooManyEntries {
        /// How many.
        entries: u64,
    },
    /// Markup too large or nested too deep.
    #[error("文件内容“{part}”过于庞大或嵌套过深，无法读取。请拆分文件，或用 Word 另存后重新上传。")]
    TooComplex {
        /// Which part of the file.
        part: String,
    },
    /// A document type declaration, which could name entities inside or outside the file.
    #[error("文件内容“{part}”含有文档类型声明（DOCTYPE），正常的 Word 文档不会有，可能是恶意文件，已拒绝读取。")]
    DocumentType {
        /// Which part of the file.
        part: String,
    },
    /// Macros or embedded programs.
    #[error("文件含有宏（程序代码），不能上传。请在 Word 中另存为“Word 文档（*.docx）”，去掉宏后重新上传。")]
    Macros,
    /// Changes that were not accepted, or comments.
    #[error("文件中还有{}：{}{}。{}", kind.name(), places.join("、"), more(*count, places.len()), kind.advice())]
    Revisions {
        /// Which kind.
        kind: RevisionKind,
        /// How many marks there are.
        count: u64,
        /// The first places, for a person.
        places: Vec<String>,
    },
    /// A mark of state-secret classification. Architecture: such a file is refused and not kept (保守国家秘密法).
    #[error(
        "{place}有“{mark}”标志，疑似涉密文件，系统没有保存。涉密文件严禁上传到非涉密系统，请立即按保密规定处理；如确认不涉密，请去掉标志并经保密审查后再上传。"
    )]
    Classified {
        /// The mark as found, without other words.
        mark: String,
        /// Where it stands.
        place: String,
    },
    /// Truncated or damaged.
    #[error("文件已损坏或不完整（{part}），无法读取。请用原软件打开检查，另存后重新上传。")]
    Damaged {
        /// Which part of the file.
        part: String,
    },
    /// Nothing to read in it.
    #[error("文件里没有文字、表格或可显示的图片。请确认上传的是不是正确的文件；扫描件请先转换为可编辑的文档。")]
    EmptyDocument,
    /// More pictures than [`MAX_PICTURES`].
    #[error("文件里的图片超过 {MAX_PICTURES} 张。请拆分文件，或把图片作为附件单独上传。")]
    TooManyPictures,
    /// NUL bytes in what should be text.
    #[error("文本第 {line} 行含有空字符（NUL），不是正常的文本文件。请用记事本打开，另存为 UTF-8 编码后重新上传。")]
    NulBytes {
        /// Line, counted from 1.
        line: u64,
    },
    /// Text in an encoding that could not be judged.
    #[error("无法识别文本第 {line} 行的编码。请用记事本打开，另存为 UTF-8 编码后重新上传。")]
    UnknownEncoding {
        /// First line that could not be read, counted from 1.
        line: u64,
    },
    /// No table, or one that is not read here.
    #[error("这个文件看起来是{}，这里只能读取 Excel 工作簿（.xlsx）或 CSV 文件。{}", seen.name(), seen.table_advice())]
    NotATable {
        /// What it seems to be.
        seen: FileKind,
    },
    /// A workbook with a password.
    #[error("工作簿设有打开密码，无法读取。请在 Excel 中取消密码（文件→信息→保护工作簿）后另存，再重新上传。")]
    ProtectedWorkbook,
    /// A workbook with macros.
    #[error("工作簿含有宏（程序代码），不能上传。请在 Excel 中另存为“Excel 工作簿（*.xlsx）”，去掉宏后重新上传。")]
    MacroWorkbook,
    /// A workbook that unpacks to far more than its size.
    #[error("工作簿解压后异常庞大，疑似压缩炸弹，已拒绝读取。请用 Excel 打开原文件另存为 .xlsx 后重新上传。")]
    WorkbookBomb,
    /// More rows, columns, cells or words than are taken.
    #[error("{what}，无法读取。请拆分成几个文件后分别上传。")]
    TableTooLarge {
        /// What is too large, with figures.
        what: String,
    },
    /// A cell longer than a spreadsheet can hold.
    #[error(
        "第 {row} 行第 {column} 列的内容超过 32767 个字，无法读取。CSV 文件请检查这一行的引号是否成对；否则请缩短内容后重新上传。"
    )]
    CellTooLong {
        /// Row, counted from 1.
        row: u32,
        /// Column, counted from 1.
        column: u32,
    },
    /// A table that is truncated or damaged.
    #[error("表格已损坏或不完整（{part}），无法读取。请用 Excel 打开检查，另存为 .xlsx 后重新上传。")]
    DamagedTable {
        /// Which part of it.
        part: String,
    },
    /// A table without a single cell that holds something.
    #[error("表格是空的，没有读到任何内容。请确认上传的是不是正确的文件，内容是不是在第一个工作表里。")]
    EmptyTable,
}

impl Refusal {
    /// A short name that never changes, for logs, tests and interfaces.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::EmptyFile => "empty_file",
            Refusal::FileTooLarge { .. } => "file_too_large",
            Refusal::WrongKind { .. } => "wrong_kind",
            Refusal::PasswordProtected => "password_protected",
            Refusal::ZipBomb => "zip_bomb",
            Refusal::TooManyEntries { .. } => "too_many_entries",
            Refusal::TooComplex { .. } => "too_complex",
            Refusal::DocumentType { .. } => "document_type",
            Refusal::Macros => "macros",
            Refusal::Revisions { .. } => "revisions",
            Refusal::Classified { .. } => "classified",
            Refusal::Damaged { .. } => "damaged",
            Refusal::EmptyDocument => "empty_document",
            Refusal::TooManyPictures => "too_many_pictures",
            Refusal::NulBytes { .. } => "nul_bytes",
            Refusal::UnknownEncoding { .. } => "unknown_encoding",
            Refusal::NotATable { .. } => "not_a_table",
            Refusal::ProtectedWorkbook => "protected_workbook",
            Refusal::MacroWorkbook => "macro_workbook",
            Refusal::WorkbookBomb => "workbook_bomb",
            Refusal::TableTooLarge { .. } => "table_too_large",
            Refusal::CellTooLong { .. } => "cell_too_long",
            Refusal::DamagedTable { .. } => "damaged_table",
            Refusal::EmptyTable => "empty_table",
        }
    }

    /// What is wrong with a package, said of a workbook instead of a document.
    pub(crate) fn of_table(self) -> Refusal {
        match self {
            Refusal::PasswordProtected => Refusal::ProtectedWorkbook,
            Refusal::ZipBomb | Refusal::TooManyEntries { .. } => Refusal::WorkbookBomb,
            Refusal::Macros => Refusal::MacroWorkbook,
            Refusal::Damaged { part } => Refusal::DamagedTable { part },
            Refusal::TooComplex { part } => Refusal::TableTooLarge {
                what: format!("工作簿的“{part}”过于庞大"),
            },
            Refusal::DocumentType { part } => Refusal::DamagedTable {
                part: format!("{part} 含有文档类型声明，可能是恶意文件"),
            },
            other => other,
        }
    }

    pub(crate) fn damaged_table(part: &str) -> Refusal {
        Refusal::DamagedTable { part: part.to_owned() }
    }

    pub(crate) fn damaged(part: &str) -> Refusal {
        Refusal::Damaged { part: part.to_owned() }
    }

    pub(crate) fn too_complex(part: &str) -> Refusal {
        Refusal::TooComplex { part: part.to_owned() }
    }
}

/// What a file seems to be, judged by its bytes and, within one container, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// Word since 2007.
    Docx,
    /// Word with macros.
    Docm,
    /// Word before 2007.
    Doc,
    /// WPS Writer's own format.
    Wps,
    /// Excel since 2007.
    Xlsx,
    /// Excel's binary workbook.
    Xlsb,
    /// Excel before 2007.
    Xls,
    /// PowerPoint since 2007.
    Pptx,
    /// PowerPoint before 2007.
    Ppt,
    /// An encrypted office file.
    ProtectedOffice,
    /// Another file in Microsoft's compound format.
    OtherOle,
    /// PDF.
    Pdf,
    /// OFD (GB/T 33190).
    Ofd,
    /// Rich text.
    Rtf,
    /// OpenDocument.
    Odf,
    /// A picture.
    Image,
    /// A zip archive that is no document.
    Zip,
    /// RAR, 7z, gzip.
    Archive,
    /// A program.
    Program,
    /// HTML.
    Html,
    /// Plain text.
    Text,
    /// None of these.
    Unknown,
}

impl FileKind {
    /// Its name on a screen.
    pub fn name(self) -> &'static str {
        match self {
            FileKind::Docx => "Word 文档（.docx）",
            FileKind::Docm => "启用宏的 Word 文档（.docm）",
            FileKind::Doc => "旧版 Word 文档（.doc）",
            FileKind::Wps => "WPS 文字文档（.wps）",
            FileKind::Xlsx => "Excel 工作簿（.xlsx）",
            FileKind::Xlsb => "Excel 二进制工作簿（.xlsb）",
            FileKind::Xls => "旧版 Excel 工作簿（.xls）",
            FileKind::Pptx => "PowerPoint 演示文稿（.pptx）",
            FileKind::Ppt => "旧版 PowerPoint 演示文稿（.ppt）",
            FileKind::ProtectedOffice => "加密的 Office 文件",
            FileKind::OtherOle => "Office 旧格式文件",
            FileKind::Pdf => "PDF 文件",
            FileKind::Ofd => "OFD 版式文件",
            FileKind::Rtf => "RTF 文档",
            FileKind::Odf => "OpenDocument 文档（.odt 等）",
            FileKind::Image => "图片",
            FileKind::Zip => "ZIP 压缩包",
            FileKind::Archive => "压缩包",
            FileKind::Program => "可执行程序",
            FileKind::Html => "网页（HTML）",
            FileKind::Text => "纯文本",
            FileKind::Unknown => "无法识别的文件",
        }
    }

    fn table_advice(self) -> &'static str {
        match self {
            FileKind::Xls | FileKind::Xlsb | FileKind::Odf | FileKind::OtherOle => {
                "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（*.xlsx）”后重新上传；只改文件扩展名不起作用。"
            }
            FileKind::Docx | FileKind::Docm | FileKind::Doc | FileKind::Wps | FileKind::Pdf | FileKind::Html => {
                "请把其中的表格复制到 Excel 里，另存为 .xlsx 后重新上传；可以先下载模板再填。"
            }
            FileKind::Zip | FileKind::Archive => "请解压后上传其中的表格文件。",
            FileKind::ProtectedOffice => "请取消密码后重新上传。",
            _ => "请检查是否选错了文件。",
        }
    }

    fn advice(self) -> &'static str {
        match self {
            FileKind::Doc | FileKind::Wps | FileKind::Rtf | FileKind::Odf | FileKind::Docm | FileKind::OtherOle => {
                "请用 Word 或 WPS 打开，另存为“Word 文档（*.docx）”后重新上传；只改文件扩展名不起作用。"
            }
            FileKind::Pdf | FileKind::Ofd => "请上传形成该文件的 Word 文档（.docx）作为正文，版式文件可作为附件上传。",
            FileKind::Xlsx | FileKind::Xlsb | FileKind::Xls | FileKind::Pptx | FileKind::Ppt => {
                "请把要公开的内容放进 Word 文档（.docx）作为正文，原文件可作为附件上传。"
            }
            FileKind::Image => "请上传 Word 文档（.docx）作为正文，图片可插入文档或作为附件上传。",
            FileKind::Zip | FileKind::Archive => "请解压后上传其中的 Word 文档（.docx）。",
            FileKind::Program => "程序文件不能上传，请检查是否选错了文件。",
            FileKind::ProtectedOffice => "请取消密码后重新上传。",
            FileKind::Docx | FileKind::Html | FileKind::Text | FileKind::Unknown => "请检查是否选错了文件。",
        }
    }
}

/// Kinds of unfinished editing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevisionKind {
    /// 修订.
    TrackedChange,
    /// 批注.
    Comment,
}

impl RevisionKind {
    fn name(self) -> &'static str {
        match self {
            RevisionKind::TrackedChange => "未处理的修订",
            RevisionKind::Comment => "批注",
        }
    }

    fn advice(self) -> &'static str {
        match self {
            RevisionKind::TrackedChange => "请在 Word“审阅”中接受或拒绝全部修订，并关闭修订，保存后重新上传。",
            RevisionKind::Comment => "请在 Word“审阅”中删除全部批注，保存后重新上传。",
        }
    }
}

fn wanted_name(wanted: Format) -> &'static str {
    match wanted {
        Format::Docx => "Word 文档（.docx）",
        Format::Text => "纯文本",
        Format::Html => "网页（HTML）",
        Format::Detect => " .docx、纯文本或 HTML 文件",
        Format::Table => "表格",
    }
}

fn more(count: u64, shown: usize) -> String {
    if count > shown as u64 {
        format!("等共 {count} 处")
    } else {
        String::new()
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / (1024.0 * 1024.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_name_in_json() {
        let refusals = [
            Refusal::EmptyFile,
            Refusal::Macros,
            Refusal::NulBytes { line: 3 },
            Refusal::damaged("word/document.xml"),
        ];
        for refusal in refusals {
            let json = serde_json::to_value(&refusal).unwrap();
            assert_eq!(json["code"], refusal.code());
            assert_eq!(serde_json::from_value::<Refusal>(json).unwrap(), refusal);
        }
    }

    #[test]
    fn sentences_say_what_it_is_and_what_to_do() {
        let refusal = Refusal::WrongKind {
            wanted: Format::Docx,
            seen: FileKind::Doc,
        };
        assert_eq!(
            refusal.to_string(),
            "这个文件看起来是旧版 Word 文档（.doc），这里只能读取Word 文档（.docx）。请用 Word 或 WPS 打开，另存为“Word 文档（*.docx）”后重新上传；只改文件扩展名不起作用。"
        );
        let places = vec!["第 2 段（“关于印发”）".to_owned()];
        let refusal = Refusal::Revisions {
            kind: RevisionKind::Comment,
            count: 3,
            places,
        };
        assert!(
            refusal
                .to_string()
                .starts_with("文件中还有批注：第 2 段（“关于印发”）等共 3 处。请在")
        );
    }
}
