//! From an uploaded file to a table. The bytes are opened by the confined child process only.

use bytes::Bytes;
use content::Body;
use encoding_rs::{Encoding, GB18030};
use kit::{Error, Result};
use office::{Confined, FileKind, Format, ReadError, Refusal, Request};

use crate::read::{self, Names, Table};

/// Reads a breakdown from a Word file, a spreadsheet or published text; nothing is kept.
///
/// # Errors
/// When the file is refused, or is no task breakdown; the sentence names the place.
pub async fn read_file(reader: &Confined, names: &Names, file_name: &str, bytes: &Bytes) -> Result<Table> {
    let request = Request {
        format: Format::Detect,
        file_name: file_name.to_string(),
        bytes: bytes.to_vec(),
    };
    if file_name.to_lowercase().ends_with(".csv") {
        return read_sheet(reader, names, request).await;
    }
    let reading = match reader.read(request.clone()).await {
        Err(ReadError::Refused(Refusal::WrongKind {
            seen: FileKind::Xlsx, ..
        })) => return read_sheet(reader, names, request).await,
        other => other.map_err(refused)?,
    };
    let has_table = reading
        .document
        .blocks
        .iter()
        .any(|block| matches!(block.body, Body::Table(_)));
    let table = if has_table || bytes.starts_with(b"PK") {
        read::from_document(&reading.document, names)
    } else {
        // The child has found this to be sound text; cells are told apart by tabs, which only the text itself has.
        read::from_text(&decode(bytes), names)
    };
    table.map_err(no_breakdown)
}

async fn read_sheet(reader: &Confined, names: &Names, request: Request) -> Result<Table> {
    let reading = reader.read_table(request).await.map_err(refused)?;
    let workbook = reading.workbook().await.map_err(refused)?;
    read::from_workbook(&workbook, names).map_err(no_breakdown)
}

fn no_breakdown(refusal: read::Refusal) -> Error {
    Error::refused(format!("{refusal}。文件没有保存"), "请对照分解表原件改好后重新上传")
}

/// Text in the encodings that the confined reader takes.
fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding
            .decode_without_bom_handling(bytes.get(mark..).unwrap_or_default())
            .0
            .into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_string(),
        Err(_) => GB18030.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// What the confined reader says, for the person who sent the file.
pub(crate) fn refused(error: ReadError) -> Error {
    match error {
        ReadError::Unavailable(inner) => Error::Internal(format!("confined reader: {}", inner.kind())),
        other => Error::refused(other.to_string(), "文件没有保存"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_each_encoding_is_the_same_text() {
        let (gb, _, _) = GB18030.encode("工作任务\t工作要求");
        assert_eq!(decode(&gb), "工作任务\t工作要求");
        assert_eq!(decode("\u{feff}工作任务".as_bytes()), "工作任务");
        assert_eq!(decode("工作任务".as_bytes()), "工作任务");
    }
}
