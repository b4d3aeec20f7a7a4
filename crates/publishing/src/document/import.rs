//! Documents of an older site or an office system, one JSON object a line, released as what they already are: public.
//!
//! The import can be stopped at any line and begun again: a document is recognised by its source, and each chunk is one
//! transaction.

use std::collections::HashSet;

use chrono::NaiveDate;
use kit::account::Actor;
use kit::{Error, Result, Site};
use serde::{Deserialize, Serialize};
use statute::disclosure::attribute::Attribute;
use uuid::Uuid;

use super::bulk::{self, Incoming};
use super::model::Metadata;
use super::service::errors;
use super::text::{Text, mark_lines, notice_lines, refused};
use crate::Publishing;
use crate::kinds::Kind;

/// Documents in one transaction.
const CHUNK: usize = 100;

/// One line of the file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    url: String,
    #[serde(default)]
    index_number: Option<String>,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    issuer: String,
    title: String,
    #[serde(default)]
    document_number: Option<String>,
    #[serde(default)]
    written: Option<String>,
    published: String,
    #[serde(default)]
    html: String,
    #[serde(default)]
    text: String,
}

/// What became of a file.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Documents taken in.
    pub taken: usize,
    /// Documents that were there already.
    pub known: usize,
    /// Lines refused, each with its number and the reason.
    pub refused: Vec<RefusedLine>,
}

/// A line that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedLine {
    /// Line number, from 1.
    pub line: usize,
    /// What is wrong with it and what to do.
    pub reason: String,
}

/// Takes a file in for a unit; `progress` is told after each chunk how many lines are done.
///
/// # Errors
/// When the file is no UTF-8, or the database fails; what is wrong with single lines is in the report.
pub async fn import(
    site: &Site,
    publishing: &Publishing,
    by: &Actor,
    unit: Uuid,
    kind: &'static Kind,
    bytes: &[u8],
    progress: impl Fn(usize),
) -> Result<Report> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let line = bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
        Error::refused(
            format!("文件第 {line} 行不是 UTF-8 文字"),
            "请把文件另存为 UTF-8 编码后再导入",
        )
    })?;
    let mut report = Report::default();
    let lines: Vec<(usize, &str)> = text
        .lines()
        .enumerate()
        .map(|(n, l)| (n + 1, l))
        .filter(|(_, l)| !l.trim().is_empty())
        .collect();
    let mut session = publishing.office.open().await.map_err(refused)?;
    for chunk in lines.chunks(CHUNK) {
        let mut ready = Vec::new();
        for (line, words) in chunk {
            match read_line(site, publishing, &mut session, (unit, kind), words).await {
                Ok(document) => ready.push(document),
                Err(reason) => report.refused.push(RefusedLine { line: *line, reason }),
            }
        }
        let known = bulk::known(site, ready.iter().map(|r| r.source.clone()).collect()).await?;
        report.known += ready.iter().filter(|r| known.contains(&r.source)).count();
        ready.retain(|r| !known.contains(&r.source));
        let mut seen = HashSet::new();
        ready.retain(|r| seen.insert(r.source.clone()));
        bulk::take_in(site, publishing, by, "由原网站导入", &ready).await?;
        report.taken += ready.len();
        progress(chunk.last().map_or(0, |(line, _)| *line));
    }
    publishing.settle(site).await?;
    Ok(report)
}

async fn read_line(
    site: &Site,
    publishing: &Publishing,
    session: &mut office::Session,
    (unit, kind): (Uuid, &'static Kind),
    line: &str,
) -> Result<Incoming, String> {
    let record: Record =
        serde_json::from_str(line).map_err(|e| format!("不是完整的 JSON 对象（第 {} 列）", e.column()))?;
    if line.contains("\\u0000") {
        return Err("内容里有空字符，请删去后再导入".into());
    }
    let published = date(&record.published, "发布日期")?;
    if published > site.clock.today() {
        return Err(format!("发布日期 {published} 在今天之后，请核对"));
    }
    let metadata = metadata(&record, kind, publishing)?;
    let blocking = errors(metadata.check_to_save(kind, site.clock.today()));
    if let Some(issue) = blocking.into_iter().next() {
        return Err(issue.message);
    }
    let (format, body) = match record.html.trim().is_empty() {
        true => (office::Format::Text, record.text),
        false => (office::Format::Html, record.html),
    };
    let request = office::Request {
        format,
        file_name: String::new(),
        bytes: body.into_bytes(),
    };
    let reading = session.read(&request).await.map_err(|e| e.to_string())?;
    Ok(Incoming {
        source: record.url,
        unit,
        kind,
        index_number: record.index_number.filter(|n| !n.trim().is_empty()),
        published: Some(bulk::beginning_of(published)),
        later: None,
        text: Text {
            document: reading.document,
            pictures: Vec::new(),
            notices: notice_lines(&reading.notices),
            handling_marks: mark_lines(&reading.handling_marks),
            title: metadata.title.clone(),
            source_blob: None,
            source_name: None,
        },
        metadata,
    })
}

fn date(text: &str, label: &str) -> Result<NaiveDate, String> {
    statute::document::date::read(text).map_err(|e| format!("{label}“{text}”：{e}"))
}

fn metadata(record: &Record, kind: &Kind, publishing: &Publishing) -> Result<Metadata, String> {
    if record.title.trim().is_empty() {
        return Err("没有标题".into());
    }
    if record.url.trim().is_empty() {
        return Err("没有来源地址（url），再次导入时无法识别是否重复".into());
    }
    let typed = record.document_number.as_deref().unwrap_or("").trim();
    let doc_number = match statute::document::number::read_optional(typed) {
        _ if typed.is_empty() => None,
        Ok(read) => read.map(|r| r.number.to_string()),
        Err(e) => return Err(format!("发文字号“{typed}”：{e}")),
    };
    let written_on = match record.written.as_deref().map(str::trim).filter(|w| !w.is_empty()) {
        Some(written) => Some(date(written, "成文日期")?),
        None => None,
    };
    let subject = record.subject.clone().unwrap_or_default();
    let theme = publishing
        .themes
        .read(&subject)
        .map_or(subject, |theme| theme.to_string());
    Ok(Metadata {
        title: record.title.trim().into(),
        issuer: record.issuer.trim().into(),
        doc_number,
        written_on,
        theme,
        category: kind.category.into(),
        attribute: Some(Attribute::Proactive),
        origin: record.issuer.trim().into(),
        ..Default::default()
    })
}
