//! Files that must not be taken in. Each is refused with its code and a Chinese sentence that helps.

use office::{Format, MAX_INPUT, Refusal, Request};

use super::build::{Docx, paragraph, read, read_docx, word_xml, zipped};

fn assert_refused(refused: Result<office::Reading, Refusal>, code: &str, helps: &[&str]) {
    let refusal = refused.expect_err(code);
    assert_eq!(refusal.code(), code, "{refusal}");
    let sentence = refusal.to_string();
    for words in helps {
        assert!(sentence.contains(words), "“{words}” is missing in: {sentence}");
    }
    let chinese = sentence
        .chars()
        .filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c))
        .count();
    assert!(chinese >= 10 && sentence.ends_with('。'), "{sentence}");
}

/// An old compound file with a stream of this name.
fn compound(stream: &str) -> Vec<u8> {
    let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    bytes.resize(1024, 0);
    let name: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut entry = name.clone();
    entry.resize(64, 0);
    entry.extend((name.len() as u16 + 2).to_le_bytes());
    entry.push(2);
    entry.resize(128, 0);
    bytes.extend(entry);
    bytes
}

#[test]
fn renamed_files_are_named_for_what_they_are() {
    let cases: [(Vec<u8>, &str); 9] = [
        (compound("WordDocument"), "旧版 Word 文档（.doc）"),
        (compound("Workbook"), "旧版 Excel"),
        (b"%PDF-1.7\n%\xE2\xE3".to_vec(), "PDF"),
        (b"{\\rtf1\\ansi}".to_vec(), "RTF"),
        (b"\xFF\xD8\xFF\xE0picture".to_vec(), "图片"),
        (b"MZ\x90\0\x03\0\0\0\x04".to_vec(), "可执行程序"),
        (
            zipped(&[
                ("[Content_Types].xml".into(), b"<a/>".to_vec()),
                ("xl/workbook.xml".into(), b"<a/>".to_vec()),
            ]),
            "Excel 工作簿（.xlsx）",
        ),
        (zipped(&[("OFD.xml".into(), b"<a/>".to_vec())]), "OFD"),
        (zipped(&[("a.txt".into(), b"a".to_vec())]), "ZIP 压缩包"),
    ];
    for (bytes, name) in cases {
        assert_refused(read("通知.docx", bytes), "wrong_kind", &[name, "请"]);
    }
    assert_refused(
        read("通知.wps", compound("WordDocument")),
        "wrong_kind",
        &["WPS 文字文档", "另存"],
    );
    let html_as_docx = Request {
        format: Format::Docx,
        file_name: "a.docx".into(),
        bytes: b"<html><p>x".to_vec(),
    };
    assert_refused(office::read(&html_as_docx), "wrong_kind", &["网页"]);
}

#[test]
fn password_protected_files() {
    assert_refused(
        read("方案.docx", compound("EncryptedPackage")),
        "password_protected",
        &["密码", "另存"],
    );
}

#[test]
fn zip_bombs() {
    let zeros = vec![b' '; 60 * 1024 * 1024];
    assert_refused(
        read_docx(Docx::of_lines(&["正文"]).part("word/media/a.bin", &zeros)),
        "zip_bomb",
        &["压缩炸弹"],
    );
    let spaces = word_xml(
        "document",
        &format!("<w:body>{}</w:body>", " ".repeat(18 * 1024 * 1024)),
    );
    let docx = Docx::of_lines(&[]).bytes_with_document(spaces.as_bytes());
    assert_refused(read("a.docx", docx), "empty_document", &["没有文字"]);
    let mut docx = Docx::of_lines(&["正文"]);
    for number in 0..4100 {
        docx = docx.part(&format!("word/x{number}"), b"");
    }
    assert_refused(read_docx(docx), "too_many_entries", &["410"]);
}

#[test]
fn a_part_that_lies_about_its_size() {
    let spaces = word_xml(
        "document",
        &format!("<w:body>{}</w:body>", " ".repeat(60 * 1024 * 1024)),
    );
    let mut bytes = Docx::of_lines(&[]).bytes_with_document(spaces.as_bytes());
    let (real, told) = ((spaces.len() as u32).to_le_bytes(), 1000u32.to_le_bytes());
    let mut changed = 0;
    for at in 0..bytes.len() - 4 {
        if bytes[at..at + 4] == real {
            bytes[at..at + 4].copy_from_slice(&told);
            changed += 1;
        }
    }
    assert!(changed >= 1, "the declared size was not found");
    let code = read("a.docx", bytes).unwrap_err().code();
    assert!(["too_complex", "damaged", "zip_bomb"].contains(&code), "{code}");
}

#[test]
fn archives_in_archives_are_not_opened() {
    let mut bytes = zipped(&[("r/r.txt".into(), b"r".to_vec())]);
    for _ in 0..12 {
        bytes = zipped(&[("r/r.zip".into(), bytes)]);
    }
    assert_refused(read("r.zip", bytes.clone()), "wrong_kind", &["ZIP"]);
    assert_eq!(
        read_docx(Docx::of_lines(&["正文"]).part("word/embeddings/r.zip", &bytes))
            .unwrap()
            .document
            .text(),
        "正文"
    );
}

#[test]
fn entries_that_share_bytes_or_names() {
    let twice = zipped(&[
        ("[Content_Types].xml".into(), b"<a/>".to_vec()),
        ("word/document.xml".into(), b"<a/>".to_vec()),
        ("WORD/Document.xml".into(), b"<b/>".to_vec()),
    ]);
    assert_refused(read("a.docx", twice), "damaged", &["重名"]);
}

#[test]
fn entities_inside_and_outside() {
    let laughs = "<?xml version='1.0'?><!DOCTYPE w [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>]><w>&c;</w>";
    let outside = "<?xml version='1.0'?><!DOCTYPE w [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><w>&x;</w>";
    for document in [laughs, outside] {
        let bytes = Docx::of_lines(&[]).bytes_with_document(document.as_bytes());
        assert_refused(
            read("a.docx", bytes),
            "document_type",
            &["DOCTYPE", "word/document.xml"],
        );
    }
    let core = Docx::of_lines(&["正文"]).part("docProps/core.xml", outside.as_bytes());
    assert_refused(read_docx(core), "document_type", &["docProps/core.xml"]);
}

#[test]
fn markup_without_end() {
    let deep = "<a>".repeat(1_000_000);
    assert_refused(
        read("a.docx", Docx::of_lines(&[]).bytes_with_document(deep.as_bytes())),
        "too_complex",
        &["嵌套"],
    );
    let html = Request {
        format: Format::Html,
        file_name: String::new(),
        bytes: "<div>".repeat(1_000_000).into_bytes(),
    };
    assert_refused(office::read(&html), "too_complex", &["网页"]);
}

#[test]
fn macros() {
    assert_refused(
        read_docx(Docx::of_lines(&["正文"]).part("word/vbaProject.bin", b"\xD0\xCF")),
        "macros",
        &["宏", "另存"],
    );
    let declared = Docx::of_lines(&["正文"]).main_type("application/vnd.ms-word.document.macroEnabled.main+xml");
    assert_refused(read_docx(declared), "macros", &["宏"]);
    assert_refused(
        read_docx(Docx::of_lines(&["正文"]).part("word/activeX/activeX1.bin", b"x")),
        "macros",
        &["宏"],
    );
}

#[test]
fn tracked_changes_and_comments() {
    let run = |words: &str| format!("<w:r><w:t>{words}</w:t></w:r>");
    let inserted = format!(
        "{}<w:p>{}<w:ins w:id='1' w:author='x'>{}</w:ins></w:p>",
        paragraph("首段"),
        run("第二条 本办法"),
        run("新增")
    );
    assert_refused(
        read_docx(Docx::new(&inserted)),
        "revisions",
        &["修订", "第 2 段", "第二条 本办法", "接受或拒绝"],
    );
    let deleted =
        "<w:p><w:r><w:t>正文</w:t></w:r><w:del w:id='1'><w:r><w:delText>删去的话</w:delText></w:r></w:del></w:p>"
            .repeat(5);
    assert_refused(read_docx(Docx::new(&deleted)), "revisions", &["共 5 处"]);
    for moved in ["w:moveFrom", "w:moveTo"] {
        assert_refused(
            read_docx(Docx::new(&format!(
                "<w:p><{moved} w:id='1'>{}</{moved}></w:p>",
                run("移动")
            ))),
            "revisions",
            &["修订"],
        );
    }
    let mark = format!(
        "<w:p><w:pPr><w:rPr><w:ins w:id='1'/></w:rPr></w:pPr>{}</w:p>",
        run("段")
    );
    assert_refused(read_docx(Docx::new(&mark)), "revisions", &["修订"]);
    let comment = format!(
        "<w:p>{}<w:r><w:commentReference w:id='0'/></w:r></w:p>",
        run("被批注的话")
    );
    assert_refused(
        read_docx(Docx::new(&comment)),
        "revisions",
        &["批注", "被批注的话", "删除全部批注"],
    );
    let loose =
        Docx::of_lines(&["正文"]).word_part("c", "comments", "comments", "<w:comment w:id='0'><w:p/></w:comment>");
    assert_refused(read_docx(loose), "revisions", &["批注"]);
    let header = Docx::of_lines(&["正文"]).word_part(
        "h",
        "header",
        "hdr",
        &format!("<w:p><w:ins>{}</w:ins></w:p>", run("页眉")),
    );
    assert_refused(read_docx(header), "revisions", &["页眉"]);
    let format_only =
        "<w:p><w:r><w:rPr><w:b/><w:rPrChange w:id='1'><w:rPr/></w:rPrChange></w:rPr><w:t>加粗</w:t></w:r></w:p>";
    assert!(
        read_docx(Docx::new(format_only)).is_ok(),
        "a change of format hides no words"
    );
}

#[test]
fn classified_files() {
    assert_refused(
        read_docx(Docx::of_lines(&["机密★1年", "某区文件"])),
        "classified",
        &["机密★", "文件开头", "没有保存", "保密"],
    );
    let header = Docx::of_lines(&["正文"]).word_part("h", "header", "hdr", &paragraph("秘 密 ★ 长期"));
    assert_refused(read_docx(header), "classified", &["页眉"]);
    let watermark = "<w:p><w:r><w:pict><v:shape><v:textpath string='绝密'/></v:shape></w:pict></w:r></w:p>";
    assert_refused(
        read_docx(Docx::of_lines(&["正文"]).word_part("h", "header", "hdr", watermark)),
        "classified",
        &["绝密"],
    );
    let boxed = format!(
        "<w:p><w:r><w:pict><v:shape><v:textbox><w:txbxContent>{}</w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>{}",
        paragraph("秘密★6个月"),
        paragraph("正文")
    );
    assert_refused(read_docx(Docx::new(&boxed)), "classified", &["秘密★"]);
    assert_refused(
        read("a.txt", "000123\n某区人民政府文件".into()),
        "classified",
        &["份号"],
    );
    assert_refused(read("机密★3年.txt", "正文".into()), "classified", &["文件名"]);
    assert_refused(
        read("a.html", "<p>正文</p><p>秘密★1年</p>".into()),
        "classified",
        &["秘密★"],
    );
}

#[test]
fn handling_marks_are_left_to_the_caller() {
    let reading = read_docx(Docx::of_lines(&[
        "某区管理办法",
        "（征求意见稿）",
        "第一条 为了规范",
        "（此件不公开）",
    ]))
    .unwrap();
    let marks: Vec<&str> = reading.handling_marks.iter().map(|mark| mark.mark.as_str()).collect();
    assert_eq!(marks, ["此件不公开", "征求意见稿"]);
}

#[test]
fn damaged_and_truncated_files() {
    let whole = Docx::of_lines(&["正文"]).bytes();
    for length in [whole.len() / 4, whole.len() / 2, whole.len() - 10] {
        assert_refused(read("a.docx", whole[..length].to_vec()), "damaged", &["损坏", "另存"]);
    }
    assert_refused(
        read("a.docx", Docx::of_lines(&[]).bytes_with_document(b"<w:document>")),
        "damaged",
        &["损坏"],
    );
    assert_refused(read("a.docx", Vec::new()), "empty_file", &["空的"]);
}

#[test]
fn nothing_to_read() {
    assert_refused(read_docx(Docx::of_lines(&["", "　 "])), "empty_document", &["没有文字"]);
    assert_refused(read("a.txt", " \n\n".into()), "empty_document", &["没有文字"]);
}

#[test]
fn too_many_pictures() {
    let mut docx = Docx::new(
        &(0..210)
            .map(|n| format!("<w:p><w:r><w:drawing><a:blip r:embed='p{n}'/></w:drawing></w:r></w:p>"))
            .collect::<String>(),
    );
    for number in 0..210 {
        docx = docx.related(
            &format!("p{number}"),
            "image",
            &format!("media/{number}.png"),
            format!("\u{89}PNG{number}").replace('\u{89}', "GIF89a").as_bytes(),
        );
    }
    assert_refused(read_docx(docx), "too_many_pictures", &["200"]);
}

#[test]
fn texts_that_are_none() {
    assert_refused(read("a.txt", b"abc\0def".to_vec()), "nul_bytes", &["第 1 行", "UTF-8"]);
    assert_refused(
        read("a.txt", b"line\n\xff\xfe\xfd\xff".to_vec()),
        "unknown_encoding",
        &["第 2 行", "UTF-8"],
    );
}

#[test]
fn files_beyond_the_limit() {
    assert_refused(
        read("a.docx", vec![b'P'; MAX_INPUT + 1]),
        "file_too_large",
        &["50.0 MB"],
    );
}
