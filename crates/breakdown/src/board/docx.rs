//! The table back in Word, with a column that says how far each task is. What is written here is read again as the same
//! table: chapters, sections, numbers and names stand as they were printed.

use std::io::{Cursor, Write};

use kit::clock::spoken_date;
use kit::{Error, Result};
use quick_xml::escape::escape;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::measuring::figures::{Figures, Tally};
use crate::measuring::snapshot::Snapshot;
use crate::task::store::Task;

const CONTENT_TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;

const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;

const OPENING: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>"#;

/// A4 landscape with margins of two centimetres.
const CLOSING: &str = r#"<w:sectPr><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr></w:body></w:document>"#;

const TABLE: &str = r#"<w:tbl><w:tblPr><w:tblW w:w="14570" w:type="dxa"/><w:tblBorders><w:top w:val="single" w:sz="4"/><w:left w:val="single" w:sz="4"/><w:bottom w:val="single" w:sz="4"/><w:right w:val="single" w:sz="4"/><w:insideH w:val="single" w:sz="4"/><w:insideV w:val="single" w:sz="4"/></w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr>"#;

/// Headings and widths of the columns, in twentieths of a point.
const COLUMNS: [(&str, u32); 5] = [
    ("工作任务", 3200),
    ("工作要求", 5070),
    ("牵头单位", 1900),
    ("责任单位", 2300),
    ("进展情况", 2100),
];

/// Writes the breakdown with its progress.
///
/// # Errors
/// When the package cannot be written, which is a defect of the program.
pub fn write(snapshot: &Snapshot, figures: &Figures) -> Result<Vec<u8>> {
    let package = |e: zip::result::ZipError| Error::Internal(format!("docx package: {e}"));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let parts = [
        ("[Content_Types].xml", CONTENT_TYPES.to_string()),
        ("_rels/.rels", RELATIONS.to_string()),
        ("word/document.xml", document(snapshot, figures)),
    ];
    for (name, text) in parts {
        zip.start_file(name, SimpleFileOptions::default()).map_err(package)?;
        zip.write_all(text.as_bytes())
            .map_err(|e| Error::Internal(format!("docx package: {e}")))?;
    }
    Ok(zip.finish().map_err(package)?.into_inner())
}

fn document(snapshot: &Snapshot, figures: &Figures) -> String {
    let mut xml = String::from(OPENING);
    xml.push_str(&paragraph(
        &snapshot.table.title,
        Style {
            is_bold: true,
            is_centred: true,
            half_points: 36,
        },
    ));
    let note = format!("进展截至{}", spoken_date(figures.as_of));
    xml.push_str(&paragraph(
        &note,
        Style {
            is_bold: false,
            is_centred: true,
            half_points: 24,
        },
    ));
    xml.push_str(TABLE);
    xml.push_str("<w:tblGrid>");
    COLUMNS
        .iter()
        .for_each(|(_, width)| xml.push_str(&format!(r#"<w:gridCol w:w="{width}"/>"#)));
    xml.push_str("</w:tblGrid>");
    xml.push_str(&header());
    let (mut chapter, mut section) = ("", "");
    for task in &snapshot.tasks {
        if task.chapter != chapter && !task.chapter.is_empty() {
            xml.push_str(&heading(&task.chapter));
            section = "";
        }
        if task.section != section && !task.section.is_empty() {
            xml.push_str(&heading(&task.section));
        }
        (chapter, section) = (&task.chapter, &task.section);
        xml.push_str(&row(task, &figures.of_task(task.id)));
    }
    xml.push_str("</w:tbl>");
    xml.push_str(CLOSING);
    xml
}

#[derive(Clone, Copy)]
struct Style {
    is_bold: bool,
    is_centred: bool,
    half_points: u32,
}

const PLAIN: Style = Style {
    is_bold: false,
    is_centred: false,
    half_points: 21,
};

fn paragraph(text: &str, style: Style) -> String {
    let centred = if style.is_centred {
        r#"<w:pPr><w:jc w:val="center"/></w:pPr>"#
    } else {
        ""
    };
    let bold = if style.is_bold { "<w:b/>" } else { "" };
    format!(
        r#"<w:p>{centred}<w:r><w:rPr><w:rFonts w:eastAsia="仿宋"/>{bold}<w:sz w:val="{size}"/></w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p>"#,
        size = style.half_points,
        text = escape(without_controls(text).as_str()),
    )
}

/// XML cannot hold control characters; none should stand in a task, and none gets into the file.
pub(super) fn without_controls(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

fn cell(width: u32, span: usize, paragraphs: &str) -> String {
    let span = if span > 1 {
        format!(r#"<w:gridSpan w:val="{span}"/>"#)
    } else {
        String::new()
    };
    format!(r#"<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}</w:tcPr>{paragraphs}</w:tc>"#)
}

fn header() -> String {
    let style = Style {
        is_bold: true,
        is_centred: true,
        ..PLAIN
    };
    let cells: String = COLUMNS
        .iter()
        .map(|(name, width)| cell(*width, 1, &paragraph(name, style)))
        .collect();
    format!("<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{cells}</w:tr>")
}

fn heading(text: &str) -> String {
    let width = COLUMNS.iter().map(|(_, width)| width).sum();
    let merged = cell(width, COLUMNS.len(), &paragraph(text, Style { is_bold: true, ..PLAIN }));
    format!("<w:tr><w:trPr><w:cantSplit/></w:trPr>{merged}</w:tr>")
}

/// The lead units one by one, and the remark under them.
pub(super) fn lead_lines(task: &Task) -> Vec<String> {
    let mut leads: Vec<String> = task.leads.0.clone();
    leads.extend(task.lead_note.as_ref().map(|note| format!("（{note}）")));
    leads
}

fn row(task: &Task, tally: &Tally) -> String {
    let leads = lead_lines(task);
    let leads = if leads.is_empty() { vec![String::new()] } else { leads };
    let texts = [
        vec![format!("{}.{}", task.no, task.title)],
        vec![task.requirement.clone()],
        leads,
        vec![task.responsible_text.clone()],
        vec![progress(tally)],
    ];
    let cells: String = COLUMNS
        .iter()
        .zip(texts)
        .map(|((_, width), lines)| {
            let paragraphs: String = lines.iter().map(|line| paragraph(line, PLAIN)).collect();
            cell(*width, 1, &paragraphs)
        })
        .collect();
    format!("<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>")
}

/// How far a task is, in words.
pub(super) fn progress(tally: &Tally) -> String {
    if tally.due == 0 {
        return "不适用（没有到期事项）".into();
    }
    let late = if tally.late > 0 {
        format!("，逾期{}件", tally.late)
    } else {
        String::new()
    };
    format!("应完成{}件，已完成{}件{late}", tally.due, tally.done)
}
