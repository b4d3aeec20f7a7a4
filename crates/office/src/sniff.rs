//! What a file is, judged by its first bytes and the names inside its container; a file's own name is only a last hint.

use std::io::Cursor;

use zip::ZipArchive;

use crate::{FileKind, ole};

/// What these bytes seem to be.
pub(crate) fn kind(bytes: &[u8], file_name: &str) -> FileKind {
    if let Some(kind) = ole::kind(bytes, file_name) {
        return kind;
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return zip_kind(bytes, file_name);
    }
    by_magic(bytes).unwrap_or_else(|| text_kind(bytes, file_name))
}

fn by_magic(bytes: &[u8]) -> Option<FileKind> {
    let magics: [(&[u8], FileKind); 17] = [
        (b"%PDF-", FileKind::Pdf),
        (b"\xEF\xBB\xBF%PDF-", FileKind::Pdf),
        (b"{\\rtf", FileKind::Rtf),
        (b"\x89PNG\r\n\x1a\n", FileKind::Image),
        (b"\xFF\xD8\xFF", FileKind::Image),
        (b"GIF87a", FileKind::Image),
        (b"GIF89a", FileKind::Image),
        (b"BM", FileKind::Image),
        (b"II*\0", FileKind::Image),
        (b"MM\0*", FileKind::Image),
        (b"Rar!\x1A\x07", FileKind::Archive),
        (b"7z\xBC\xAF\x27\x1C", FileKind::Archive),
        (b"\x1F\x8B", FileKind::Archive),
        (b"BZh", FileKind::Archive),
        (b"\xFD7zXZ\0", FileKind::Archive),
        (b"MZ", FileKind::Program),
        (b"\x7FELF", FileKind::Program),
    ];
    let (magic, kind) = magics.into_iter().find(|(magic, _)| bytes.starts_with(magic))?;
    // Two or three letters are also how a text may begin: such a file must not be readable as text.
    let short = magic.len() < 4 && magic.is_ascii();
    if short && std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0')) {
        return None;
    }
    Some(kind)
}

fn zip_kind(bytes: &[u8], file_name: &str) -> FileKind {
    let Ok(archive) = ZipArchive::new(Cursor::new(bytes)) else {
        // A damaged package is judged by its name and its beginning, so that its reader can say that it is damaged.
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
        let word = start.contains("[Content_Types].xml") || start.contains("word/");
        let name = file_name.to_lowercase();
        return if start.contains("xl/") || name.ends_with(".xlsx") {
            FileKind::Xlsx
        } else if word || name.ends_with(".docx") {
            FileKind::Docx
        } else {
            FileKind::Zip
        };
    };
    let names: Vec<String> = archive
        .file_names()
        .filter_map(Result::ok)
        .map(|name| name.to_lowercase())
        .collect();
    let has = |name: &str| names.iter().any(|known| known == name);
    let under = |folder: &str| names.iter().any(|known| known.starts_with(folder));
    if has("ofd.xml") {
        FileKind::Ofd
    } else if has("[content_types].xml") && under("word/") {
        FileKind::Docx
    } else if has("[content_types].xml") && has("xl/workbook.bin") {
        FileKind::Xlsb
    } else if has("[content_types].xml") && under("xl/") {
        FileKind::Xlsx
    } else if has("[content_types].xml") && under("ppt/") {
        FileKind::Pptx
    } else if has("mimetype") && has("content.xml") {
        FileKind::Odf
    } else {
        FileKind::Zip
    }
}

fn text_kind(bytes: &[u8], file_name: &str) -> FileKind {
    let name = file_name.to_lowercase();
    let named_text = name.is_empty()
        || [".txt", ".csv", ".md", ".text"]
            .iter()
            .any(|ending| name.ends_with(ending));
    let utf16 = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
    let zeros = bytes.iter().take(4096).filter(|byte| **byte == 0).count();
    if zeros > 0 && !utf16 && !named_text {
        return FileKind::Unknown;
    }
    if looks_like_html(bytes) || name.ends_with(".html") || name.ends_with(".htm") {
        return FileKind::Html;
    }
    FileKind::Text
}

fn looks_like_html(bytes: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(512)]).to_lowercase();
    let start = start.trim_start_matches('\u{feff}').trim_start();
    [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<div",
        "<p>",
        "<p ",
        "<table",
        "<tbody",
        "<h1",
        "<meta",
    ]
    .iter()
    .any(|tag| start.starts_with(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magic_beats_the_name() {
        assert_eq!(kind(b"%PDF-1.7\n", "a.docx"), FileKind::Pdf);
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n....", "a.txt"), FileKind::Image);
        assert_eq!(kind(b"MZ\x90\0\x03\0\0\0", "a.docx"), FileKind::Program);
        assert_eq!(kind(b"Rar!\x1A\x07\x01\0", "a.docx"), FileKind::Archive);
    }

    #[test]
    fn a_text_that_begins_like_a_program_is_a_text() {
        assert_eq!(kind("BMI 指数".as_bytes(), "a.txt"), FileKind::Text);
    }

    #[test]
    fn html_is_known_by_its_first_tag() {
        assert_eq!(kind(b"  <TBODY><tr>", ""), FileKind::Html);
        assert_eq!(kind("一、<p>".as_bytes(), ""), FileKind::Text);
    }
}
