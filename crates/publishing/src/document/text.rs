//! A text as it comes in: read in the confined child, its file and pictures kept.

use bytes::Bytes;
use content::Document;
use kit::{Error, Result, Site};

use crate::Publishing;

/// A text as read from an upload, with its pictures kept.
#[derive(Debug, Clone)]
pub struct Text {
    /// The block tree.
    pub document: Document,
    /// Pictures by blob name, with media type and size.
    pub pictures: Vec<(String, String, i64)>,
    /// What the reader left out or assumed, and handling marks found, one sentence each.
    pub notices: Vec<String>,
    /// Marks that say the document is not for everybody.
    pub handling_marks: Vec<String>,
    /// The title found in the file, if it says one.
    pub title: String,
    /// Name of the uploaded file's blob.
    pub source_blob: Option<String>,
    /// Its name.
    pub source_name: Option<String>,
}

/// Reads an upload in the confined child and keeps the file and its pictures.
///
/// # Errors
/// What the reader refuses, in its own words; a refused file is not kept.
pub async fn read_upload(site: &Site, publishing: &Publishing, name: &str, bytes: Bytes) -> Result<Text> {
    let request = office::Request {
        format: office::Format::Detect,
        file_name: name.into(),
        bytes: bytes.to_vec(),
    };
    let reading = publishing.office.read(request).await.map_err(refused)?;
    let mut pictures = Vec::new();
    for picture in reading.pictures {
        let size = i64::try_from(picture.bytes.len()).unwrap_or(i64::MAX);
        let blob = site.blobs.put(Bytes::from(picture.bytes)).await?;
        pictures.push((blob.as_str().to_string(), picture.media_type.to_string(), size));
    }
    let blob = site.blobs.put(bytes).await?;
    let title = first_words(&reading.document);
    Ok(Text {
        document: reading.document,
        pictures,
        notices: notice_lines(&reading.notices),
        handling_marks: mark_lines(&reading.handling_marks),
        title,
        source_blob: Some(blob.as_str().to_string()),
        source_name: Some(name.to_string()),
    })
}

/// A refusal of the reader, as the user sees it.
pub(crate) fn refused(error: office::ReadError) -> Error {
    Error::refused(error.to_string(), "文件没有保存。")
}

pub(super) fn notice_lines(notices: &[office::Notice]) -> Vec<String> {
    notices
        .iter()
        .map(|notice| format!("{}：{}", notice.place, notice.message))
        .collect()
}

pub(super) fn mark_lines(marks: &[office::HandlingMark]) -> Vec<String> {
    marks
        .iter()
        .map(|mark| format!("“{}”（{}）", mark.mark, mark.place))
        .collect()
}

/// The first heading or line, a proposal for the title that the drafter corrects.
fn first_words(document: &Document) -> String {
    let text = document.text();
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("");
    line.chars().take(200).collect()
}
