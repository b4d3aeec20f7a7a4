//! HTML as government sites publish it: pages or fragments with inline styles, nested spans, tables that lay out and tables that
//! mean something. Scripts, styles, forms and everything that acts is dropped; what remains is words and their structure.

mod flow;
mod style;
mod tables;
mod walk;

use std::collections::HashMap;

use content::Document;
use scraper::Html;

use crate::limits::{MAX_ELEMENT_DEPTH, MAX_ELEMENTS};
use crate::{Reading, Refusal, text};

/// Reads a page or a fragment.
pub(crate) fn read(bytes: &[u8]) -> Result<Reading, Refusal> {
    let (text, notice) = text::decode(bytes)?;
    refuse_unclosed(&text)?;
    let page = Html::parse_document(&wrapped(&text));
    refuse_unbounded(&page)?;
    let mut walker = walk::Walker::default();
    let blocks = walker.page(page.root_element());
    let mut reading = Reading::of(Document::new(blocks));
    reading.notices.extend(notice);
    reading.notices.extend(walker.notices);
    reading.properties.title = walker.title;
    Ok(reading)
}

/// A fragment that begins in the middle of a table (`<tbody>…`), as sites store their columns, would lose its rows when parsed
/// as a page; with its table it keeps them.
fn wrapped(text: &str) -> String {
    let start: String = text.trim_start().chars().take(6).collect::<String>().to_lowercase();
    if ["<tbody", "<thead", "<tr>", "<tr "]
        .iter()
        .any(|tag| start.starts_with(tag))
    {
        return format!("<table>{text}</table>");
    }
    text.to_owned()
}

/// Elements without an end tag, or that the next one of their kind ends.
const NOT_COUNTED: [&str; 28] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "p",
    "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option", "optgroup", "colgroup", "html",
];
/// Most elements open at once, as far as the source shows; pages that forget end tags stay far below.
const MAX_OPEN: usize = 3 * MAX_ELEMENT_DEPTH;

/// Refuses a page that keeps opening elements, before it is parsed: the time that the parsing rules of HTML take for an element
/// grows with the number of those open around it. End tags only count against start tags of their own name.
fn refuse_unclosed(text: &str) -> Result<(), Refusal> {
    let mut open: HashMap<String, usize> = HashMap::new();
    let mut total = 0usize;
    for part in text.split('<').skip(1) {
        let (closing, part) = match part.strip_prefix('/') {
            Some(rest) => (true, rest),
            None => (false, part),
        };
        let name: String = part
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == ':')
            .take(24)
            .collect();
        let name = name.to_ascii_lowercase();
        if name.is_empty() || NOT_COUNTED.contains(&name.as_str()) {
            continue;
        }
        let count = open.entry(name).or_default();
        if closing {
            total -= (*count).min(1);
            *count = count.saturating_sub(1);
        } else {
            total += 1;
            *count += 1;
        }
        if total > MAX_OPEN {
            return Err(Refusal::too_complex("网页"));
        }
    }
    Ok(())
}

/// Depth is measured without recursion before anything walks the tree with it.
fn refuse_unbounded(page: &Html) -> Result<(), Refusal> {
    let mut depths = HashMap::new();
    for node in page.tree.root().descendants() {
        let above = node
            .parent()
            .and_then(|parent| depths.get(&parent.id()).copied())
            .unwrap_or(0usize);
        if above >= MAX_ELEMENT_DEPTH || depths.len() >= MAX_ELEMENTS {
            return Err(Refusal::too_complex("网页"));
        }
        if !node.value().is_text() {
            depths.insert(node.id(), above + 1);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use content::{Align, Block, Body, Inline};

    use super::*;
    use crate::NoticeKind;

    fn blocks(html: &str) -> Vec<Block> {
        read(html.as_bytes()).unwrap().document.blocks
    }

    #[test]
    fn paragraphs_keep_emphasis_and_alignment_and_lose_everything_else() {
        let read = blocks(
            "<p style=\"text-align: center; margin:0\" onclick=\"steal()\"><span style='font-size:18pt'><span style='font-weight: bold'>关于</span></span><b>印发</b></p>\n\
             <script>alert(1)</script><style>p{}</style><p align=right>&nbsp;&nbsp;某年某月&nbsp;</p><p> <br> </p>",
        );
        let bold = Inline::Text {
            text: "关于印发".into(),
            bold: true,
            italic: false,
            underline: false,
        };
        assert_eq!(
            read[0].body,
            Body::Paragraph {
                align: Align::Center,
                text: vec![bold]
            }
        );
        assert_eq!(
            read[1].body,
            Body::Paragraph {
                align: Align::End,
                text: vec![Inline::plain("某年某月")]
            }
        );
        assert_eq!(read.len(), 2);
    }

    #[test]
    fn a_table_around_the_whole_page_is_layout() {
        let read = blocks(
            "<tbody><tr><td id=\"UCAP-CONTENT\"><p>第一段</p><table><tr><th colspan=2>甲</th></tr><tr><td rowspan=9>乙</td><td>丙</td></tr></table></td></tr></tbody>",
        );
        assert_eq!(read[0].text(), "第一段");
        let Body::Table(table) = &read[1].body else {
            panic!("{read:?}")
        };
        assert_eq!(
            (
                table.header_rows,
                table.rows[0].cells[0].colspan,
                table.rows[1].cells[0].rowspan
            ),
            (1, 2, 1)
        );
    }

    #[test]
    fn lists_nest_and_headings_stay() {
        let read = blocks(
            "<h2>一</h2><ul><li>甲<ol><li>子</li><li>丑</li></ol></li><li><p>乙</p></li></ul><ol start=3><li>续</li></ol>",
        );
        assert_eq!(
            read[0].body,
            Body::Heading {
                level: 2,
                text: vec![Inline::plain("一")]
            }
        );
        let Body::List { ordered: false, items } = &read[1].body else {
            panic!("{read:?}")
        };
        assert_eq!(items[0].text(), "甲\n子\n丑");
        assert_eq!(items.len(), 2);
        assert_eq!(read[2].text(), "3. 续");
    }

    #[test]
    fn only_web_and_mail_links_stay() {
        let reading = read(
            "<p><a href='https://a.gov.cn/x'>甲</a><a href='JavaScript:x()'>乙</a><a href='#top'>丙</a></p>".as_bytes(),
        )
        .unwrap();
        let Body::Paragraph { text, .. } = &reading.document.blocks[0].body else {
            panic!()
        };
        assert_eq!(text.len(), 2, "{text:?}");
        assert_eq!(
            text[0],
            Inline::Link {
                href: "https://a.gov.cn/x".into(),
                text: "甲".into()
            }
        );
        assert_eq!(reading.notices[0].kind, NoticeKind::LinkLeftOut);
    }

    #[test]
    fn what_is_hidden_or_acts_is_left_out_and_told() {
        let reading = read(
            "<p>见<span style='display:none'>暗</span></p><iframe src=x></iframe><img src=a.png alt='图'>".as_bytes(),
        )
        .unwrap();
        assert_eq!(reading.document.text(), "见");
        let kinds: Vec<NoticeKind> = reading.notices.iter().map(|notice| notice.kind).collect();
        assert_eq!(
            kinds,
            [
                NoticeKind::HiddenLeftOut,
                NoticeKind::ObjectLeftOut,
                NoticeKind::PictureLeftOut
            ]
        );
    }

    #[test]
    fn deep_pages_are_refused() {
        assert_eq!(
            read("<div>".repeat(100_000).as_bytes()).unwrap_err().code(),
            "too_complex"
        );
    }

    #[test]
    fn nested_tables_stay_within_the_depth_of_documents() {
        let html = format!(
            "{}甲{}",
            "<table><tr><td>x<p>".repeat(20),
            "</td></tr></table>".repeat(20)
        );
        let document = Document::new(blocks(&html)).with_fresh_ids();
        assert_eq!(content::check(&document), vec![]);
        assert!(document.text().contains('甲'));
    }
}
