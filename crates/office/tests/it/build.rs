//! Building Word documents, good and bad.

use std::io::{Cursor, Write};

use office::{Format, Reading, Refusal, Request};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A Word document in the making.
pub struct Docx {
    body: String,
    parts: Vec<(String, Vec<u8>)>,
    relations: String,
    main_type: &'static str,
}

impl Docx {
    /// A document with this inside `w:body`.
    pub fn new(body: &str) -> Docx {
        Docx {
            body: body.to_owned(),
            parts: Vec::new(),
            relations: String::new(),
            main_type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        }
    }

    /// One paragraph for each line.
    pub fn of_lines(lines: &[&str]) -> Docx {
        Docx::new(&lines.iter().map(|line| paragraph(line)).collect::<String>())
    }

    /// Adds a part without a relation.
    pub fn part(mut self, name: &str, bytes: &[u8]) -> Docx {
        self.parts.push((name.to_owned(), bytes.to_vec()));
        self
    }

    /// Adds a part under `word/` with a relation to it from the main part.
    pub fn related(mut self, id: &str, kind: &str, target: &str, bytes: &[u8]) -> Docx {
        self.relations.push_str(&format!(
            "<Relationship Id='{id}' Type='{OFFICE}/{kind}' Target='{target}'/>"
        ));
        self.part(&format!("word/{target}"), bytes)
    }

    /// Adds a part of WordprocessingML with this root and inside.
    pub fn word_part(self, id: &str, kind: &str, root: &str, inside: &str) -> Docx {
        let xml = word_xml(root, inside);
        self.related(id, kind, &format!("{kind}-{id}.xml"), xml.as_bytes())
    }

    /// Adds a link out of the document.
    pub fn link(mut self, id: &str, target: &str) -> Docx {
        self.relations.push_str(&format!(
            "<Relationship Id='{id}' Type='{OFFICE}/hyperlink' Target='{target}' TargetMode='External'/>"
        ));
        self
    }

    /// Declares another content type of the main part.
    pub fn main_type(mut self, main_type: &'static str) -> Docx {
        self.main_type = main_type;
        self
    }

    /// The file.
    pub fn bytes(self) -> Vec<u8> {
        let document = word_xml("document", &format!("<w:body>{}<w:sectPr/></w:body>", self.body));
        self.bytes_with_document(document.as_bytes())
    }

    /// The file with these bytes as its main part.
    pub fn bytes_with_document(self, document: &[u8]) -> Vec<u8> {
        let types = format!(
            "<?xml version='1.0' encoding='UTF-8'?><Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'>\
             <Default Extension='xml' ContentType='application/xml'/><Override PartName='/word/document.xml' ContentType='{}'/></Types>",
            self.main_type
        );
        let package = "http://schemas.openxmlformats.org/package/2006/relationships";
        let root = format!(
            "<Relationships xmlns='{package}'><Relationship Id='rId1' Type='{OFFICE}/officeDocument' Target='word/document.xml'/></Relationships>"
        );
        let relations = format!("<Relationships xmlns='{package}'>{}</Relationships>", self.relations);
        let mut parts = vec![
            ("[Content_Types].xml".to_owned(), types.into_bytes()),
            ("_rels/.rels".to_owned(), root.into_bytes()),
            ("word/document.xml".to_owned(), document.to_vec()),
            ("word/_rels/document.xml.rels".to_owned(), relations.into_bytes()),
        ];
        parts.extend(self.parts);
        zipped(&parts)
    }
}

/// A zip archive of these parts.
pub fn zipped(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in parts {
        writer.start_file(name.as_str(), options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An XML part with this root element.
pub fn word_xml(root: &str, inside: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?><w:{root} xmlns:w='{W}' xmlns:r='{OFFICE}' xmlns:v='urn:schemas-microsoft-com:vml' \
         xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main' \
         xmlns:wp='http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing' \
         xmlns:wps='http://schemas.microsoft.com/office/word/2010/wordprocessingShape' \
         xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'>{inside}</w:{root}>"
    )
}

/// A plain paragraph.
pub fn paragraph(words: &str) -> String {
    format!("<w:p><w:r><w:t xml:space='preserve'>{words}</w:t></w:r></w:p>")
}

/// A paragraph with these paragraph properties.
pub fn styled(properties: &str, words: &str) -> String {
    format!("<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{words}</w:t></w:r></w:p>")
}

/// A table cell with these cell properties.
pub fn cell(properties: &str, words: &str) -> String {
    format!("<w:tc><w:tcPr>{properties}</w:tcPr>{}</w:tc>", paragraph(words))
}

/// Reads a file without a child.
pub fn read(name: &str, bytes: Vec<u8>) -> Result<Reading, Refusal> {
    office::read(&Request {
        format: Format::Detect,
        file_name: name.to_owned(),
        bytes,
    })
}

/// Reads a file as a Word document.
pub fn read_docx(docx: Docx) -> Result<Reading, Refusal> {
    office::read(&Request {
        format: Format::Docx,
        file_name: "文件.docx".to_owned(),
        bytes: docx.bytes(),
    })
}
