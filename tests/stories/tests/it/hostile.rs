//! What nobody should send, sent as a browser would.

use kit::permission::Role;
use stories::{Page, TestApp, Visitor, word};

use crate::support::{Office, search};

on_both_databases!(
    hostile_files_are_refused_with_a_sentence_and_nothing_is_kept,
    too_much_is_refused_before_it_is_read,
    nul_is_refused_in_fields,
    text_in_the_old_encoding_is_read,
    a_file_name_never_is_a_path,
    markup_typed_anywhere_stays_text,
    a_download_never_runs,
);

const UNIT: &str = "区财政局";

/// An old compound file with a stream of this name.
fn compound(stream: &str) -> Vec<u8> {
    let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    bytes.resize(1024, 0);
    let name: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = u16::try_from(name.len()).unwrap() + 2;
    let mut entry = name;
    entry.resize(64, 0);
    entry.extend(length.to_le_bytes());
    entry.push(2);
    entry.resize(128, 0);
    bytes.extend(entry);
    bytes
}

async fn send(app: &TestApp, drafter: &Visitor, name: &str, bytes: &[u8]) -> Page {
    let unit = app.unit(UNIT).await.id.to_string();
    drafter
        .upload(
            "/documents/new",
            &[("unit", &unit), ("kind", "policy")],
            ("file", name, bytes),
        )
        .await
}

async fn assert_nothing_kept(app: &TestApp, what: &str) {
    for table in ["document", "revision", "revision_file"] {
        assert_eq!(
            app.number(&format!("SELECT count(*) FROM {table}")).await,
            0,
            "{what}: {table}"
        );
    }
    assert_eq!(app.blobs(), 0, "{what}: blobs");
}

async fn hostile_files_are_refused_with_a_sentence_and_nothing_is_kept(app: TestApp) {
    let drafter = app.staff(Role::Drafter, UNIT).await;
    let plain = word::paragraph("某区通知");
    let zeros = vec![b' '; 60 * 1024 * 1024];
    let with_picture = word::document(&[word::paragraph("秘密★长期"), word::picture()].concat(), &[]);
    let header = word::document(&[plain.clone(), word::paragraph("机密★1年")].concat(), &[]);
    let cases: [(&str, Vec<u8>, &str); 11] = [
        ("通知.docx", b"MZ\x90\0\x03\0\0\0\x04".to_vec(), "可执行程序"),
        (
            "炸弹.docx",
            word::document(&plain, &[("word/media/a.bin", &zeros)]),
            "压缩炸弹",
        ),
        ("密件.docx", header, "机密★"),
        ("密件.docx", with_picture, "秘密★"),
        ("绝密★10年.txt", "正文".into(), "文件名"),
        ("加密.docx", compound("EncryptedPackage"), "密码"),
        ("旧版.docx", compound("WordDocument"), "旧版 Word"),
        ("空字符.txt", b"\xe6\xad\xa3\xe6\x96\x87\0".to_vec(), "空字符"),
        ("断了.docx", word::document(&plain, &[])[..200].to_vec(), "请"),
        ("空的.docx", Vec::new(), "空"),
        ("空白.docx", word::of_lines(&[" "]), "没有文字"),
    ];
    for (name, bytes, words) in cases {
        let page = send(&app, &drafter, name, &bytes).await.expect(422);
        let told = page
            .error_of("file")
            .unwrap_or_else(|| panic!("{name}: no sentence beside the field:\n{page}"));
        assert!(told.contains(words), "{name}: “{words}” is missing in {told}");
        assert!(
            told.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count() >= 8,
            "{name}: {told}"
        );
        assert_nothing_kept(&app, name).await;
    }
}

async fn too_much_is_refused_before_it_is_read(app: TestApp) {
    let drafter = app.staff(Role::Drafter, UNIT).await;
    for megabytes in [51, 53] {
        let page = send(&app, &drafter, "很大.txt", &vec![b'a'; megabytes * 1024 * 1024])
            .await
            .expect(413);
        assert!(page.says("50 MB"), "{page}");
        assert_nothing_kept(&app, "too much").await;
    }
}

async fn nul_is_refused_in_fields(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    let document = office
        .upload(&app, UNIT, "通知.docx", &word::of_lines(&["某区通知", "正文。"]))
        .await;
    for field in ["title", "issuer", "summary", "theme", "seen"] {
        let page = office.describe(&document, &[(field, "有\0空字符")]).await.expect(422);
        assert!(page.says("空字符"), "{page}");
    }
    let file = ("file", "a\0b.txt", b"x".as_slice());
    office
        .drafter
        .upload(&format!("{document}/attachments"), &[], file)
        .await;
    app.citizen()
        .get("/search?q=a%00b")
        .await
        .expect(422)
        .expect_words("空字符");
    office
        .drafter
        .get("/documents?q=a%00b")
        .await
        .expect(422)
        .expect_words("空字符");
    assert_eq!(
        app.number("SELECT count(*) FROM revision WHERE title LIKE '%空字符%'")
            .await,
        0
    );
}

async fn text_in_the_old_encoding_is_read(app: TestApp) {
    let drafter = app.staff(Role::Drafter, UNIT).await;
    // 关于资金管理的通知, in GB 18030 as an older Windows saves it.
    let title = b"\xb9\xd8\xd3\xda\xd7\xca\xbd\xf0\xb9\xdc\xc0\xed\xb5\xc4\xcd\xa8\xd6\xaa";
    let page = send(&app, &drafter, "通知.txt", title).await.expect(303);
    let form = drafter.get(&page.location()).await.expect(200);
    assert_eq!(form.value("title"), "关于资金管理的通知");
    let broken = send(&app, &drafter, "乱码.txt", b"\xe5\x85\xb3\xff\xfe\xfd")
        .await
        .expect(422);
    assert!(broken.error_of("file").unwrap().contains("编码"), "{broken}");
}

async fn a_file_name_never_is_a_path(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    let document = office
        .upload(
            &app,
            UNIT,
            "../../../../tmp/越界.docx",
            &word::of_lines(&["某区通知", "正文。"]),
        )
        .await;
    for name in [
        "../../etc/passwd.txt",
        "..\\..\\boot.txt",
        "/etc/cron.d/x.txt",
        "a/../../b.txt",
    ] {
        office
            .drafter
            .upload(&format!("{document}/attachments"), &[], ("file", name, b"x"))
            .await
            .expect(303);
    }
    office.describe(&document, &[]).await.expect(303);
    let path = office.finish(&app, &document).await;
    let page = app.citizen().get(&path).await.expect(200);
    assert_eq!(
        page.texts_of(".attachments a"),
        ["passwd.txt", "boot.txt", "x.txt", "b.txt"]
    );
    for address in page.attributes_of(".attachments a", "href") {
        let file = app.citizen().get(&address).await.expect(200);
        let disposition = file.header("content-disposition").unwrap();
        assert!(
            !disposition.contains("..") && !disposition.contains('/'),
            "{disposition}"
        );
    }
    for address in [
        "/assets/..%2f..%2fCargo.toml",
        "/assets/../Cargo.toml",
        &format!("{path}/files/..%2f1"),
        &format!("{path}/pictures/..%2f..%2f"),
    ] {
        let answer = app.citizen().get(address).await;
        assert!(
            matches!(answer.status.as_u16(), 400 | 404),
            "{address}: {}",
            answer.status
        );
    }
}

async fn a_download_never_runs(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    let document = office
        .upload(&app, UNIT, "通知.docx", &word::of_lines(&["某区通知", "正文。"]))
        .await;
    let html = b"<!doctype html><script>alert(1)</script>".as_slice();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".as_slice();
    let mut kept = 0;
    for (name, bytes) in [
        ("网页.html", html),
        ("网页.xhtml", html),
        ("图.svg", svg),
        ("图.png", html),
        ("表.csv", b"=cmd|' /C calc'!A0".as_slice()),
        ("文字.txt", html),
        ("程序.js", b"alert(1)".as_slice()),
        ("文字.txt.html", html),
    ] {
        let sent = office
            .drafter
            .upload(&format!("{document}/attachments"), &[], ("file", name, bytes))
            .await;
        kept += usize::from(sent.status == 303);
    }
    assert!(kept > 0, "at least the plain text is taken");
    office.describe(&document, &[]).await.expect(303);
    let path = office.finish(&app, &document).await;
    let page = app.citizen().get(&path).await.expect(200);
    let addresses = page.attributes_of(".attachments a", "href");
    assert_eq!(addresses.len(), kept);
    for address in addresses {
        let file = app.citizen().get(&address).await.expect(200);
        let is = |name: &str| file.header(name).unwrap_or_default();
        assert!(
            is("content-disposition").starts_with("attachment; filename*=UTF-8''"),
            "{address}"
        );
        assert_eq!(
            is("content-security-policy"),
            "default-src 'none'; sandbox",
            "{address}"
        );
        assert_eq!(is("x-content-type-options"), "nosniff", "{address}");
        let kind = is("content-type");
        assert!(
            !["html", "svg", "xml", "script"].iter().any(|k| kind.contains(k)),
            "{address}: {kind}"
        );
    }
}

const SCRIPT: &str = "<script>alert(1)</script>";
const BROKEN_OUT: &str = "\"'><img src=x onerror=alert(1)>";

/// Nothing that was typed has become an element, an attribute or a script.
fn assert_inert(page: &Page) {
    for element in [
        "script:not([src])",
        "[onerror]",
        "img[src='x']",
        "[onclick]",
        "iframe",
        "a[href^='javascript']",
    ] {
        assert_eq!(
            page.count(element),
            0,
            "{}: {element} in\n{}",
            page.asked,
            page.source()
        );
    }
    assert!(
        !page.source().contains("<script>alert"),
        "{}:\n{}",
        page.asked,
        page.source()
    );
}

async fn markup_typed_anywhere_stays_text(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    let text = format!("标题{SCRIPT}");
    let name = format!("{BROKEN_OUT}.docx");
    let document = office
        .upload(
            &app,
            UNIT,
            &name,
            &word::of_lines(&[&text, BROKEN_OUT, "javascript:alert(1)"]),
        )
        .await;
    let attachment = format!("附件{BROKEN_OUT}.txt");
    office
        .drafter
        .upload(&format!("{document}/attachments"), &[], ("file", &attachment, b"x"))
        .await
        .expect(303);

    let both = format!("{SCRIPT}{BROKEN_OUT}");
    let changes = [
        ("title", both.as_str()),
        ("issuer", &both),
        ("theme", &both),
        ("summary", &both),
        ("origin", &both),
        ("attribute_reason", &both),
    ];
    let mut refused = changes.to_vec();
    refused.extend([
        ("doc_number", both.as_str()),
        ("written_on", &both),
        ("category", BROKEN_OUT),
    ]);
    assert_inert(&office.describe(&document, &refused).await.expect(422));
    office.describe(&document, &changes).await.expect(303);
    office
        .drafter
        .submit(&format!("{document}/submit"), &[("remark", &both)])
        .await
        .expect(303);
    office
        .approver
        .submit(&format!("{document}/return"), &[("remark", &both)])
        .await
        .expect(303);
    let path = office.finish(&app, &document).await;

    for address in [
        "/",
        "/documents",
        &document,
        &format!("{document}/metadata"),
        &format!("{document}/difference?from=1&to=3"),
        &format!("{document}/release"),
        &format!("/documents?q={}", "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"),
    ] {
        assert_inert(&office.drafter.get(address).await);
    }
    let citizen = app.citizen();
    let page = citizen.get(&path).await.expect(200);
    assert_inert(&page);
    assert_eq!(page.text_of("h1"), both, "what was typed is shown as typed");
    assert!(page.text_of(".attachments a").contains("onerror"), "{page}");
    let reason = [("reason", both.as_str())];
    for address in [
        "/",
        "/releases",
        "/units/czj",
        &search(&both),
        "/search?unit=%22%3E%3Cimg+onerror%3Dx%3E&q=%3Cscript%3Ealert(1)",
    ] {
        assert_inert(&citizen.get(address).await.expect(200));
    }
    office
        .approver
        .submit(&format!("{document}/mark"), &reason)
        .await
        .expect(303);
    assert_inert(&citizen.get(&path).await.expect(200));
    assert_inert(&office.drafter.get(&document).await.expect(200));
}
