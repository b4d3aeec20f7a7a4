//! Damaged files, by the hundred: whatever happens to the bytes, the reader answers and does not fall.

use content::check;
use proptest::prelude::*;

use super::build::{Docx, cell, paragraph, read, styled};

fn sample() -> Vec<u8> {
    let body = format!(
        "{}{}<w:tbl><w:tr>{}{}</w:tr><w:tr>{}{}</w:tr></w:tbl><w:p><w:r><w:t>注</w:t><w:footnoteReference w:id='2'/></w:r></w:p>",
        styled("<w:pStyle w:val='Heading1'/>", "标题"),
        styled("<w:numPr><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr>", "一项"),
        cell("<w:gridSpan w:val='2'/>", "宽"),
        cell("<w:vMerge w:val='restart'/>", "高"),
        cell("", "甲"),
        cell("<w:vMerge/>", ""),
    );
    Docx::new(&body)
        .word_part(
            "f",
            "footnotes",
            "footnotes",
            &format!("<w:footnote w:id='2'>{}</w:footnote>", paragraph("脚注")),
        )
        .related("p", "image", "media/a.png", b"\x89PNG\r\n\x1a\n")
        .bytes()
}

/// Words and numbers that mean something in the markup, to be swapped for one another.
const TOKENS: [&str; 14] = [
    "w:p",
    "w:tbl",
    "w:tr",
    "w:tc",
    "w:r",
    "w:t",
    "w:gridSpan",
    "w:vMerge",
    "'2'",
    "'0'",
    "'-1'",
    "'99999999999'",
    "w:numId",
    "w:sdt",
];

fn document_xml() -> String {
    let inside = format!(
        "<w:body>{}<w:tbl><w:tr>{}{}</w:tr><w:tr>{}</w:tr></w:tbl></w:body>",
        styled("<w:numPr><w:ilvl w:val='0'/><w:numId w:val='2'/></w:numPr>", "项"),
        cell("<w:gridSpan w:val='2'/>", "宽"),
        cell("<w:vMerge w:val='restart'/>", "高"),
        cell("<w:vMerge/>", "")
    );
    super::build::word_xml("document", &inside)
}

fn assert_answers(name: &str, bytes: Vec<u8>) {
    match read(name, bytes) {
        Ok(reading) => assert_eq!(check(&reading.document), vec![]),
        Err(refusal) => assert!(!refusal.to_string().is_empty()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_bytes_of_the_package(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut bytes = sample();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        assert_answers("a.docx", bytes);
    }

    #[test]
    fn swapped_words_of_the_markup(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6)) {
        let mut xml = document_xml();
        for (from, to) in changes {
            xml = xml.replacen(TOKENS[from.index(TOKENS.len())], TOKENS[to.index(TOKENS.len())], 3);
        }
        assert_answers("a.docx", Docx::of_lines(&[]).bytes_with_document(xml.as_bytes()));
    }

    #[test]
    fn arbitrary_html(parts in prop::collection::vec(prop::sample::select(vec!["<p>", "</p>", "<table>", "<tr>", "<td rowspan=0>", "<td colspan=99999>", "</table>", "<ul>", "<li>", "</ul>", "<ol start=-5>", "<a href=https://a.cn>", "</a>", "<b>", "</b>", "<h2>", "</h2>", "<br>", "甲", " 乙 ", "&nbsp;", "<th>", "<!--", "-->", "<pre>\n"]), 0..60)) {
        assert_answers("a.html", parts.concat().into_bytes());
    }

    #[test]
    fn arbitrary_text(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        assert_answers("a.txt", bytes);
    }
}
