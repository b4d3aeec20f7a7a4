//! Word files for uploads, built here.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

/// A heading of the first level.
pub fn heading(words: &str) -> String {
    format!(
        "<w:p><w:pPr><w:outlineLvl w:val='0'/></w:pPr><w:r><w:t>{}</w:t></w:r></w:p>",
        escaped(words)
    )
}

/// A plain paragraph.
pub fn paragraph(words: &str) -> String {
    format!(
        "<w:p><w:r><w:t xml:space='preserve'>{}</w:t></w:r></w:p>",
        escaped(words)
    )
}

/// A table of two columns and four rows: the first row spans both columns, the first column of the next two rows is one cell.
pub fn merged_table(cells: [&str; 6]) -> String {
    let cell =
        |properties: &str, words: &str| format!("<w:tc><w:tcPr>{properties}</w:tcPr>{}</w:tc>", paragraph(words));
    let [title, left, first, second, last_left, last] = cells;
    let rows = [
        cell("<w:gridSpan w:val='2'/>", title),
        cell("<w:vMerge w:val='restart'/>", left) + &cell("", first),
        cell("<w:vMerge/>", "") + &cell("", second),
        cell("", last_left) + &cell("", last),
    ];
    let rows: String = rows.iter().map(|row| format!("<w:tr>{row}</w:tr>")).collect();
    format!("<w:tbl><w:tblGrid><w:gridCol/><w:gridCol/></w:tblGrid>{rows}</w:tbl>")
}

/// A picture that stands in the text, under the relation `rPicture` that [`document`] adds.
pub fn picture() -> String {
    "<w:p><w:r><w:drawing><wp:inline><wp:extent cx='914400' cy='914400'/><wp:docPr id='1' name='图1' descr='示意图'/>\
     <a:graphic><a:graphicData uri='http://schemas.openxmlformats.org/drawingml/2006/picture'>\
     <pic:pic xmlns:pic='http://schemas.openxmlformats.org/drawingml/2006/picture'><pic:blipFill>\
     <a:blip r:embed='rPicture'/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
        .to_string()
}

/// The smallest picture there is: one transparent point.
pub const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8,
    6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x62, 0, 1, 0, 0, 5, 0, 1,
    0x0d, 0x0a, 0x2d, 0xb4, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

/// A Word file with this inside its body, and with these further parts.
pub fn document(body: &str, parts: &[(&str, &[u8])]) -> Vec<u8> {
    let main = format!(
        "<?xml version='1.0' encoding='UTF-8'?><w:document xmlns:w='{W}' xmlns:r='{OFFICE}' \
         xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main' \
         xmlns:wp='http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing'>\
         <w:body>{body}<w:sectPr/></w:body></w:document>"
    );
    let types = "<?xml version='1.0' encoding='UTF-8'?>\
        <Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'>\
        <Default Extension='xml' ContentType='application/xml'/><Default Extension='png' ContentType='image/png'/>\
        <Override PartName='/word/document.xml' \
        ContentType='application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml'/></Types>";
    let root = format!(
        "<Relationships xmlns='{PACKAGE}'>\
         <Relationship Id='rId1' Type='{OFFICE}/officeDocument' Target='word/document.xml'/></Relationships>"
    );
    let relations = format!(
        "<Relationships xmlns='{PACKAGE}'>\
         <Relationship Id='rPicture' Type='{OFFICE}/image' Target='media/image1.png'/></Relationships>"
    );
    let mut all: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", root.as_bytes()),
        ("word/document.xml", main.as_bytes()),
        ("word/_rels/document.xml.rels", relations.as_bytes()),
        ("word/media/image1.png", PNG),
    ];
    all.extend_from_slice(parts);
    zipped(&all)
}

/// A Word file of plain lines.
pub fn of_lines(lines: &[&str]) -> Vec<u8> {
    document(&lines.iter().map(|line| paragraph(line)).collect::<String>(), &[])
}

/// An archive of these parts.
pub fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in parts {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn escaped(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
