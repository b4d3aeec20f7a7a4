//! Word documents as people write them.

use content::{Align, Block, Body, Inline, check};
use office::NoticeKind;

use super::build::{Docx, cell, paragraph, read_docx, styled};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nnot really a picture";

fn blocks(docx: Docx) -> Vec<Block> {
    let reading = read_docx(docx).unwrap();
    assert_eq!(check(&reading.document), vec![]);
    reading.document.blocks
}

#[test]
fn headings_by_name_by_id_and_by_outline_level() {
    let styles = "<w:style w:type='paragraph' w:styleId='1'><w:name w:val='heading 1'/></w:style>\
                  <w:style w:type='paragraph' w:styleId='a3'><w:name w:val='标题 2'/></w:style>\
                  <w:style w:type='paragraph' w:styleId='mine'><w:name w:val='我的标题'/><w:basedOn w:val='a3'/></w:style>\
                  <w:style w:type='paragraph' w:styleId='body'><w:name w:val='heading 3'/><w:pPr><w:outlineLvl w:val='9'/></w:pPr></w:style>";
    let body = [
        styled("<w:pStyle w:val='1'/>", "一级"),
        styled("<w:pStyle w:val='a3'/>", "二级"),
        styled("<w:pStyle w:val='mine'/>", "沿用二级"),
        styled("<w:outlineLvl w:val='3'/>", "大纲四级"),
        styled("<w:pStyle w:val='Heading5'/>", "五级"),
        styled("<w:pStyle w:val='body'/>", "正文"),
    ];
    let levels: Vec<Option<u8>> = blocks(Docx::new(&body.concat()).word_part("s", "styles", "styles", styles))
        .iter()
        .map(|block| match block.body {
            Body::Heading { level, .. } => Some(level),
            _ => None,
        })
        .collect();
    assert_eq!(levels, [Some(1), Some(2), Some(2), Some(4), Some(5), None]);
}

#[test]
fn lines_keep_emphasis_breaks_and_alignment() {
    let body = "<w:p><w:pPr><w:jc w:val='center'/></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>粗</w:t></w:r><w:r><w:rPr><w:b w:val='1'/></w:rPr><w:t>体</w:t></w:r>\
                <w:r><w:br/><w:t>次行</w:t></w:r><w:r><w:rPr><w:i/><w:u w:val='single'/></w:rPr><w:t>斜</w:t></w:r><w:r><w:rPr><w:b w:val='0'/></w:rPr><w:t>平</w:t></w:r></w:p>\
                <w:p><w:pPr><w:jc w:val='right'/></w:pPr><w:r><w:t xml:space='preserve'>　　某区人民政府　　</w:t></w:r></w:p><w:p/>";
    let read = blocks(Docx::new(body));
    let run = |text: &str, bold, italic, underline| Inline::Text {
        text: text.into(),
        bold,
        italic,
        underline,
    };
    let line = vec![
        run("粗体", true, false, false),
        Inline::Break,
        run("次行", false, false, false),
        run("斜", false, true, true),
        run("平", false, false, false),
    ];
    assert_eq!(
        read[0].body,
        Body::Paragraph {
            align: Align::Center,
            text: line
        }
    );
    assert_eq!(
        read[1].body,
        Body::Paragraph {
            align: Align::End,
            text: vec![Inline::plain("某区人民政府")]
        }
    );
    assert_eq!(read.len(), 2, "empty paragraphs are left out");
}

#[test]
fn merged_cells_have_exact_spans() {
    let row = |cells: &[String]| format!("<w:tr>{}</w:tr>", cells.concat());
    let table = [
        "<w:tr><w:trPr><w:tblHeader/></w:trPr>".to_owned()
            + &cell("", "甲")
            + &cell("", "乙")
            + &cell("", "丙")
            + "</w:tr>",
        row(&[cell("<w:gridSpan w:val='3'/>", "一、章")]),
        row(&[
            cell("<w:vMerge w:val='restart'/>", "高"),
            cell("", "1"),
            cell("<w:gridSpan w:val='1'/>", "2"),
        ]),
        row(&[
            cell("<w:vMerge/>", ""),
            cell("<w:gridSpan w:val='2'/><w:vMerge w:val='restart'/>", "宽高"),
        ]),
        row(&[
            cell("<w:vMerge w:val='continue'/>", ""),
            cell("<w:gridSpan w:val='2'/><w:vMerge/>", ""),
        ]),
        "<w:tr><w:trPr><w:gridBefore w:val='2'/></w:trPr>".to_owned() + &cell("", "末") + "</w:tr>",
    ];
    let read = blocks(Docx::new(&format!("<w:tbl>{}</w:tbl>", table.concat())));
    let Body::Table(table) = &read[0].body else {
        panic!("{read:?}")
    };
    let spans: Vec<Vec<(u32, u32, String)>> = table
        .rows
        .iter()
        .map(|row| {
            row.cells
                .iter()
                .map(|cell| (cell.colspan, cell.rowspan, cell.text()))
                .collect()
        })
        .collect();
    let one = |words: &str| (1, 1, words.to_owned());
    assert_eq!(table.header_rows, 1);
    assert_eq!(
        spans,
        [
            vec![one("甲"), one("乙"), one("丙")],
            vec![(3, 1, "一、章".to_owned())],
            vec![(1, 3, "高".to_owned()), one("1"), one("2")],
            vec![(2, 2, "宽高".to_owned())],
            vec![],
            vec![(2, 1, String::new()), one("末")],
        ]
    );
}

#[test]
fn lists_and_automatic_chinese_numbers() {
    let level = |format: &str, text: &str| {
        format!("<w:lvl w:ilvl='0'><w:start w:val='1'/><w:numFmt w:val='{format}'/><w:lvlText w:val='{text}'/></w:lvl>")
    };
    let numbering = format!(
        "<w:abstractNum w:abstractNumId='0'>{}</w:abstractNum><w:abstractNum w:abstractNumId='1'>{}</w:abstractNum><w:abstractNum w:abstractNumId='2'>{}</w:abstractNum>\
         <w:num w:numId='1'><w:abstractNumId w:val='0'/></w:num><w:num w:numId='2'><w:abstractNumId w:val='1'/></w:num><w:num w:numId='3'><w:abstractNumId w:val='2'/></w:num>",
        level("bullet", "•"),
        level("decimal", "%1."),
        level("chineseCountingThousand", "第%1条")
    );
    let item = |list: u8, words: &str| {
        styled(
            &format!("<w:numPr><w:ilvl w:val='0'/><w:numId w:val='{list}'/></w:numPr>"),
            words,
        )
    };
    let body = [
        item(1, "点甲"),
        item(1, "点乙"),
        item(2, "数一"),
        item(2, "数二"),
        paragraph("间隔"),
        item(2, "数三"),
        item(3, "为了规范"),
        item(3, "本办法"),
    ];
    let read = blocks(Docx::new(&body.concat()).word_part("n", "numbering", "numbering", &numbering));
    assert!(matches!(&read[0].body, Body::List { ordered: false, items } if items.len() == 2));
    assert!(matches!(&read[1].body, Body::List { ordered: true, items } if items.len() == 2));
    let texts: Vec<String> = read[2..].iter().map(Block::text).collect();
    assert_eq!(texts, ["间隔", "3. 数三", "第一条 为了规范", "第二条 本办法"]);
}

#[test]
fn footnotes_are_kept_in_the_order_of_their_references() {
    let notes = "<w:footnote w:type='separator' w:id='0'><w:p/></w:footnote><w:footnote w:id='7'><w:p><w:r><w:footnoteRef/><w:t>后注</w:t></w:r></w:p></w:footnote>\
                 <w:footnote w:id='3'><w:p><w:r><w:t>前注</w:t></w:r></w:p></w:footnote><w:footnote w:id='9'><w:p><w:r><w:t>无人引用</w:t></w:r></w:p></w:footnote>";
    let body = "<w:p><w:r><w:t>甲</w:t></w:r><w:r><w:footnoteReference w:id='3'/></w:r><w:r><w:t>乙</w:t><w:footnoteReference w:id='7'/></w:r></w:p>";
    let document = read_docx(Docx::new(body).word_part("f", "footnotes", "footnotes", notes))
        .unwrap()
        .document;
    assert_eq!(document.text(), "甲乙\n前注\n后注");
    assert_eq!(document.blocks[0].inlines().len(), 4);
}

#[test]
fn pictures_are_judged_by_their_bytes_and_described() {
    let drawing = |id: &str| {
        format!(
            "<w:p><w:r><w:t>见图</w:t><w:drawing><wp:inline><wp:docPr id='1' name='图片 1' descr='办事流程'/><a:graphic><a:graphicData><a:blip r:embed='{id}'/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
        )
    };
    let body = [drawing("p1"), drawing("p2"), drawing("p1"), drawing("gone")].concat();
    let docx = Docx::new(&body).related("p1", "image", "media/a.emf", PNG).related(
        "p2",
        "image",
        "media/b.png",
        b"\x01\0\0\0 EMF",
    );
    let reading = read_docx(docx).unwrap();
    assert_eq!(reading.pictures.len(), 1);
    assert_eq!(reading.pictures[0].media_type, "image/png");
    assert_eq!(reading.document.pictures().len(), 1);
    assert!(matches!(&reading.document.blocks[1].body, Body::Figure { alt, .. } if alt == "办事流程"));
    assert_eq!(
        reading
            .notices
            .iter()
            .filter(|notice| notice.kind == NoticeKind::PictureLeftOut)
            .count(),
        2
    );
    assert_eq!(reading.notices[0].place, "第 2 段");
}

#[test]
fn links_lead_to_the_web_or_lose_their_address() {
    let link = |id: &str, words: &str| format!("<w:hyperlink r:id='{id}'><w:r><w:t>{words}</w:t></w:r></w:hyperlink>");
    let body = format!(
        "<w:p>{}{}<w:hyperlink w:anchor='x'><w:r><w:t>内</w:t></w:r></w:hyperlink></w:p>",
        link("a", "网"),
        link("b", "机")
    );
    let reading = read_docx(
        Docx::new(&body)
            .link("a", "https://www.example.gov.cn/")
            .link("b", "file:///c:/x.exe"),
    )
    .unwrap();
    let expected = [
        Inline::Link {
            href: "https://www.example.gov.cn/".into(),
            text: "网".into(),
        },
        Inline::plain("机内"),
    ];
    assert_eq!(reading.document.blocks[0].inlines(), expected);
    assert_eq!(reading.notices[0].kind, NoticeKind::LinkLeftOut);
}

#[test]
fn alternative_content_is_read_once_and_text_boxes_are_read() {
    let boxed = |words: &str| format!("<w:txbxContent>{}</w:txbxContent>", paragraph(words));
    let body = format!(
        "<w:p><w:r><w:t>前</w:t><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wp:anchor><a:graphic><a:graphicData><wps:wsp><wps:txbx>{}</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice>\
         <mc:Fallback><w:pict><v:shape><v:textbox>{}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>\
         <w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>",
        boxed("框内"),
        boxed("框内"),
        paragraph("控件内")
    );
    let texts: Vec<String> = blocks(Docx::new(&body)).iter().map(Block::text).collect();
    assert_eq!(texts, ["前", "框内", "控件内"]);
}

#[test]
fn properties_are_told_and_hidden_words_are_not_read() {
    let core = "<cp:coreProperties xmlns:cp='http://schemas.openxmlformats.org/package/2006/metadata/core-properties' xmlns:dc='http://purl.org/dc/elements/1.1/'>\
                <dc:title>某区方案</dc:title><dc:creator>办公室</dc:creator></cp:coreProperties>";
    let body = "<w:p><w:r><w:t>明</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>暗</w:t></w:r></w:p>\
                <w:tbl><w:tr><w:trPr><w:hidden/></w:trPr><w:tc><w:p><w:r><w:t>暗行</w:t></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:p><w:r><w:t>明行</w:t></w:r></w:p></w:tc></w:tr></w:tbl>";
    let reading = read_docx(Docx::new(body).part("docProps/core.xml", core.as_bytes())).unwrap();
    assert_eq!(reading.document.text(), "明\n明行");
    assert_eq!(reading.properties.title.as_deref(), Some("某区方案"));
    assert_eq!(reading.properties.creator.as_deref(), Some("办公室"));
    assert_eq!(
        reading.notices.iter().map(|notice| notice.kind).collect::<Vec<_>>(),
        [NoticeKind::HiddenLeftOut; 2]
    );
}

#[test]
fn tables_in_tables_stay_within_the_depth_of_documents() {
    let mut body = paragraph("底");
    for _ in 0..15 {
        body = format!("<w:tbl><w:tr><w:tc>{body}</w:tc></w:tr></w:tbl>");
    }
    let reading = read_docx(Docx::new(&body)).unwrap();
    assert_eq!(check(&reading.document), vec![]);
    assert_eq!(reading.document.text(), "底");
    assert!(
        reading
            .notices
            .iter()
            .any(|notice| notice.kind == NoticeKind::NestingFlattened)
    );
}
