//! Errors reported on pages: from the foot of a page to the answer, and what people try on the way.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use chrono::Duration;
use http::{Request, header};
use kit::permission::Role;
use stories::{Page, TestApp, Visitor};

use crate::support::Office;

on_both_databases!(
    a_reader_reports_and_the_unit_answers,
    the_office_passes_on_what_belongs_to_no_page,
    who_reported_is_sealed_and_reading_it_is_recorded,
    only_those_concerned_handle_a_report,
    of_two_who_settle_at_once_one_does,
    a_report_sent_twice_is_taken_in_once,
    numbers_have_no_gaps_also_for_two_processes,
    what_is_wrong_is_said_and_nothing_typed_is_lost,
    two_thousand_submissions_do_not_shut_out_a_reader,
    codes_cannot_be_tried_out,
    what_is_late_reaches_the_office,
    hostile_words_stay_words,
);

const UNIT: &str = "区财政局";
const WORDS: &str = "第二段的联系电话少了一位数字。";

/// From an address of its own.
async fn send_from(citizen: &Visitor, address: &str, path: &str, fields: &[(&str, &str)]) -> Page {
    let mut request = match fields {
        [] => Request::get(path).body(Body::empty()).unwrap(),
        fields => {
            let body = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(fields)
                .finish();
            Request::post(path)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(body))
                .unwrap()
        }
    };
    let peer: SocketAddr = format!("{address}:5000").parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    citizen.send(request).await
}

/// Opens the form, takes a while over it and sends it.
async fn report(app: &TestApp, page: &str, changes: &[(&str, &str)]) -> Page {
    let citizen = app.citizen();
    let form = citizen.get(&format!("/errata/new?page={page}")).await.expect(200);
    app.clock.advance(Duration::seconds(30));
    let (ticket, page) = (form.value("ticket"), form.value("page"));
    let usual = [
        ("ticket", ticket.as_str()),
        ("page", &page),
        ("kind", "wording"),
        ("words", WORDS),
    ];
    let kept = usual.iter().filter(|(name, _)| !changes.iter().any(|(n, _)| n == name));
    let fields: Vec<(&str, &str)> = kept.chain(changes).copied().collect();
    citizen.post("/errata/new", &fields, &[]).await
}

/// (number, code) of a receipt.
fn receipt(page: &Page) -> (String, String) {
    let shown = page.texts_of("dd.reference");
    (shown[0].clone(), shown[1].clone())
}

async fn look_up(app: &TestApp, number: &str, code: &str) -> Page {
    app.citizen()
        .post("/errata/status", &[("number", number), ("code", code)], &[])
        .await
}

/// Where a report stands on the desk.
async fn on_desk(visitor: &Visitor, number: &str) -> String {
    visitor.get("/errata").await.expect(200).link(number)
}

async fn a_document(app: &TestApp) -> String {
    let office = Office::of(app, UNIT).await;
    office
        .publish(app, UNIT, &["资金管理办法", "联系电话：8888。"], &[])
        .await
        .1
}

async fn a_reader_reports_and_the_unit_answers(app: TestApp) {
    let path = a_document(&app).await;
    let foot = app.citizen().get(&path).await.expect(200).link("本页找错");
    assert!(foot.starts_with("/errata/new?page="), "{foot}");
    let form = app.citizen().get(&foot).await.expect(200);
    assert_eq!(form.value("page"), path, "the page's address stands in the form");
    assert!(form.says("3 个工作日内答复"), "{form}");
    assert_eq!(form.count("script"), 0);

    let page = report(&app, &path, &[]).await.expect(200);
    let (number, code) = receipt(&page);
    assert_eq!(number, "JC2021-0001");
    assert!(
        page.says("2021年5月13日"),
        "three working days from Monday the 10th:\n{page}"
    );
    assert_eq!(page.header("cache-control").as_deref(), Some("no-store"));

    let drafter = app.staff(Role::Drafter, UNIT).await;
    drafter.get("/").await.expect(200).expect_words("网站找错 JC2021-0001");
    let place = on_desk(&drafter, &number).await;
    let desk = drafter.get(&place).await.expect(200);
    assert!(desk.says(WORDS) && desk.says("国办秘函〔2019〕19号"), "{desk}");
    let waiting = look_up(&app, &number, &code).await.expect(200);
    assert!(
        waiting.says("办理中") && waiting.says(UNIT) && waiting.says("2021年5月13日"),
        "{waiting}"
    );

    drafter
        .submit(&format!("{place}/answer"), &[("answer", " ")])
        .await
        .expect(422);
    drafter
        .submit(&format!("{place}/answer"), &[("answer", "已补上漏掉的数字，谢谢。")])
        .await
        .expect(303);
    let answered = look_up(&app, "ｊｃ 2021 0001", &code.to_lowercase().replace('-', ""))
        .await
        .expect(200);
    assert!(
        answered.says("已答复") && answered.says("已补上漏掉的数字"),
        "{answered}"
    );
    assert!(!drafter.get("/").await.expect(200).says(&number), "the work is done");
    drafter
        .get("/errata?state=ended")
        .await
        .expect(200)
        .expect_words(&number);
    assert_eq!(
        app.number("SELECT count(*) FROM audit_entry WHERE action LIKE 'publishing.%_error'")
            .await,
        2
    );
}

async fn the_office_passes_on_what_belongs_to_no_page(app: TestApp) {
    let (number, code) = receipt(&report(&app, "/search", &[("kind", "broken")]).await.expect(200));
    let drafter = app.staff(Role::Drafter, UNIT).await;
    assert!(
        !drafter.get("/errata").await.expect(200).says(&number),
        "nobody's page is no unit's"
    );
    let coordinator = app.staff(Role::Coordinator, None).await;
    coordinator.get("/").await.expect(200).expect_words(&number);
    let place = on_desk(&coordinator, &number).await;
    let unit = app.unit(UNIT).await.id.to_string();
    coordinator.submit(&format!("{place}/transfer"), &[]).await.expect(422);
    let fields = [("unit", unit.as_str()), ("note", "请核对")];
    coordinator
        .submit(&format!("{place}/transfer"), &fields)
        .await
        .expect(303);
    coordinator
        .submit(&format!("{place}/transfer"), &fields)
        .await
        .expect(422)
        .expect_words("已经在这个单位");
    drafter.get("/").await.expect(200).expect_words(&number);
    let page = drafter.get(&place).await.expect(200);
    assert!(page.says("转给区财政局") && page.says("请核对"), "{page}");
    drafter
        .submit(&format!("{place}/transfer"), &[("unit", "district")])
        .await
        .expect(303);
    drafter.get(&place).await.expect(403);
    coordinator
        .submit(&format!("{place}/close"), &[("reason", "不是网页差错，请向窗口咨询。")])
        .await
        .expect(303);
    let told = look_up(&app, &number, &code).await.expect(200);
    assert!(told.says("不予采纳") && told.says("请向窗口咨询"), "{told}");
}

async fn who_reported_is_sealed_and_reading_it_is_recorded(app: TestApp) {
    let path = a_document(&app).await;
    let page = report(&app, &path, &[("contact", "0591-示例电话")]).await.expect(200);
    let (number, code) = receipt(&page);
    assert_eq!(
        app.number("SELECT count(*) FROM errata_report WHERE contact LIKE '%示例电话%'")
            .await,
        0
    );
    assert_eq!(
        app.number("SELECT count(*) FROM errata_report WHERE contact IS NOT NULL")
            .await,
        1
    );
    assert!(
        !look_up(&app, &number, &code).await.expect(200).says("示例电话"),
        "not even with the code"
    );
    let drafter = app.staff(Role::Drafter, UNIT).await;
    let place = on_desk(&drafter, &number).await;
    assert!(!drafter.get(&place).await.expect(200).says("示例电话"));
    let reads = "SELECT count(*) FROM reading WHERE subject = 'errata_report'";
    assert_eq!(app.number(reads).await, 0);
    drafter
        .submit(&format!("{place}/contact"), &[])
        .await
        .expect(200)
        .expect_words("0591-示例电话");
    assert_eq!(app.number(reads).await, 1);
    let all = "SELECT count(*) FROM audit_entry WHERE CAST(detail AS TEXT) LIKE '%示例电话%'";
    assert_eq!(app.number(all).await, 0, "the record says that it was read, not what");
}

async fn only_those_concerned_handle_a_report(app: TestApp) {
    let path = a_document(&app).await;
    let (number, _) = receipt(&report(&app, &path, &[("contact", "示例")]).await.expect(200));
    let drafter = app.staff(Role::Drafter, UNIT).await;
    let place = on_desk(&drafter, &number).await;
    let elsewhere = app.staff(Role::Drafter, "区发改局").await;
    let assessor = app.staff(Role::Assessor, None).await;
    for other in [&elsewhere, &assessor] {
        other.get(&place).await.expect(403);
        for (act, field) in [
            ("answer", "answer"),
            ("close", "reason"),
            ("transfer", "note"),
            ("contact", "x"),
        ] {
            other
                .submit(&format!("{place}/{act}"), &[(field, "越权"), ("unit", "district")])
                .await
                .expect(403);
        }
    }
    assert_eq!(app.number("SELECT count(*) FROM errata_step").await, 0);
}

async fn of_two_who_settle_at_once_one_does(app: TestApp) {
    let path = a_document(&app).await;
    let (number, _) = receipt(&report(&app, &path, &[]).await.expect(200));
    let (one, two) = (
        app.staff(Role::Drafter, UNIT).await,
        app.staff(Role::Approver, UNIT).await,
    );
    let place = on_desk(&one, &number).await;
    one.token().await;
    two.token().await;
    let (answer, close) = (format!("{place}/answer"), format!("{place}/close"));
    let (first, second) = tokio::join!(
        one.submit(&answer, &[("answer", "已改正。")]),
        two.submit(&close, &[("reason", "不属实。")]),
    );
    let mut told = [first.status.as_u16(), second.status.as_u16()];
    told.sort_unstable();
    assert_eq!(told, [303, 409], "{first}\n{second}");
    assert_eq!(app.number("SELECT count(*) FROM errata_step").await, 1);
}

async fn a_report_sent_twice_is_taken_in_once(app: TestApp) {
    let citizen = app.citizen();
    let ticket = citizen.get("/errata/new").await.expect(200).value("ticket");
    app.clock.advance(Duration::seconds(5));
    let fields = [
        ("ticket", ticket.as_str()),
        ("page", "/"),
        ("kind", "other"),
        ("words", WORDS),
    ];
    let (one, two) = tokio::join!(
        citizen.post("/errata/new", &fields, &[]),
        citizen.post("/errata/new", &fields, &[]),
    );
    let refused = if one.status == 200 { &two } else { &one };
    assert!(refused.status == 422 && refused.says("已经提交过"), "{refused}");
    citizen
        .post("/errata/new", &fields, &[])
        .await
        .expect(422)
        .expect_words("已经提交过");
    assert_eq!(app.number("SELECT count(*) FROM errata_report").await, 1);
}

async fn numbers_have_no_gaps_also_for_two_processes(app: TestApp) {
    let twin = app.twin().await;
    let mut forms = Vec::new();
    for n in 0..12 {
        let form = send_from(&app.citizen(), &format!("10.0.{n}.7"), "/errata/new", &[]).await;
        forms.push(form.value("ticket"));
    }
    app.clock.advance(Duration::seconds(5));
    let citizens = [app.citizen(), twin.citizen()];
    let all = forms.iter().enumerate().map(|(n, ticket)| {
        let citizen = &citizens[n % 2];
        async move {
            let fields = [
                ("ticket", ticket.as_str()),
                ("page", "/"),
                ("kind", "other"),
                ("words", WORDS),
            ];
            let page = send_from(citizen, &format!("10.0.{n}.7"), "/errata/new", &fields)
                .await
                .expect(200);
            receipt(&page).0
        }
    });
    let mut numbers = futures::future::join_all(all).await;
    numbers.sort();
    let expected: Vec<String> = (1..=12).map(|n| format!("JC2021-{n:04}")).collect();
    assert_eq!(numbers, expected);
}

async fn what_is_wrong_is_said_and_nothing_typed_is_lost(app: TestApp) {
    for (field, value, words) in [
        ("page", "https://evil.example/", "本站网页的地址"),
        ("kind", "nonsense", "请选择一项"),
        ("words", "错", "写具体一些"),
        ("contact", &"1".repeat(101), "最多 100 个字"),
        ("words", &"错".repeat(1001), "最多 1000 个字"),
    ] {
        let page = report(&app, "/", &[(field, value)]).await.expect(422);
        assert!(
            page.error_of(field).is_some_and(|e| e.contains(words)),
            "{field}: {page}"
        );
        let typed = if field == "words" { value } else { WORDS };
        assert_eq!(page.value("words"), typed, "{field}");
    }
    for ticket in ["", "x", "1620612000000000.00112233445566778899aabbccddeeff.0.AAAA"] {
        let page = report(&app, "/", &[("ticket", ticket)]).await.expect(422);
        assert!(page.says("凭证无效"), "{page}");
        assert_eq!(page.value("words"), WORDS);
        app.clock.advance(Duration::seconds(5));
        let again = report(&app, "/", &[("ticket", &page.value("ticket"))]).await;
        again.expect(200);
    }
    assert_eq!(app.number("SELECT count(*) FROM errata_report").await, 3);
}

async fn two_thousand_submissions_do_not_shut_out_a_reader(app: TestApp) {
    let attacker = app.citizen();
    let address = |n: usize| format!("10.{}.{}.7", n / 250, n % 250);
    let mut tickets = Vec::new();
    for n in 0..2000 {
        let form = send_from(&attacker, &address(n), "/errata/new", &[]).await;
        tickets.push(form.value("ticket"));
    }
    app.clock.advance(Duration::seconds(3));
    let (mut taken, mut asked) = (0, 0);
    for (n, ticket) in tickets.iter().enumerate() {
        let fields = [
            ("ticket", ticket.as_str()),
            ("page", "/"),
            ("kind", "other"),
            ("words", WORDS),
        ];
        let page = send_from(&attacker, &address(n), "/errata/new", &fields).await;
        match page.status.as_u16() {
            200 => taken += 1,
            429 => asked += 1,
            _ => panic!("{page}"),
        }
    }
    assert_eq!(taken + asked, 2000);
    assert!(
        (60..=62).contains(&taken),
        "{taken} were taken in before the form asked its price"
    );
    assert_eq!(app.number("SELECT count(*) FROM errata_report").await, taken);

    let reader = app.citizen();
    let form = send_from(&reader, "192.0.2.7", "/errata/new", &[]).await.expect(200);
    assert!(form.says("15 秒"), "{form}");
    let policy = form.header("content-security-policy").unwrap();
    assert!(
        policy.contains("script-src 'self';") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(form.count("script[src^='/assets/proof']"), 1);
    let ticket = form.value("ticket");
    let fields = [
        ("ticket", ticket.as_str()),
        ("page", "/"),
        ("kind", "other"),
        ("words", WORDS),
    ];
    app.clock.advance(Duration::seconds(5));
    let early = send_from(&reader, "192.0.2.7", "/errata/new", &fields)
        .await
        .expect(429);
    assert!(
        early.says("10 秒") && early.header("retry-after").as_deref() == Some("10"),
        "{early}"
    );
    assert_eq!(early.value("words"), WORDS);
    app.clock.advance(Duration::seconds(10));
    send_from(&reader, "192.0.2.7", "/errata/new", &fields)
        .await
        .expect(200);

    let form = send_from(&reader, "192.0.2.8", "/errata/new", &[]).await.expect(200);
    let (nonce, bits) = (
        form.attributes_of("#proof", "data-nonce")[0].clone(),
        form.attributes_of("#proof", "data-bits")[0].parse().unwrap(),
    );
    let (ticket, proof) = (form.value("ticket"), kit::guard::solve(&nonce, bits).to_string());
    app.clock.advance(Duration::seconds(2));
    let fields = [
        ("ticket", ticket.as_str()),
        ("proof", &proof),
        ("page", "/"),
        ("kind", "other"),
        ("words", WORDS),
    ];
    send_from(&reader, "192.0.2.8", "/errata/new", &fields)
        .await
        .expect(200);
    let replayed = send_from(&reader, "192.0.2.8", "/errata/new", &fields)
        .await
        .expect(422);
    assert!(replayed.says("已经提交过"), "{replayed}");
    assert_eq!(
        app.citizen().get("/").await.expect(200).count("script"),
        0,
        "other pages run nothing"
    );
}

async fn codes_cannot_be_tried_out(app: TestApp) {
    report(&app, "/", &[]).await.expect(200);
    let (number, code) = receipt(&report(&app, "/", &[]).await.expect(200));
    let wrong = look_up(&app, &number, "ABCD-EFGH-JKLM").await.expect(422);
    let unknown = look_up(&app, "JC2021-9999", "ABCD-EFGH-JKLM").await.expect(422);
    let same = wrong.source().replace(&number, "…") == unknown.source().replace("JC2021-9999", "…");
    assert!(same, "a wrong code and an unknown number look alike");
    for _ in 0..8 {
        look_up(&app, &number, "ABCD-EFGH-JKLM").await.expect(422);
    }
    let waiting = look_up(&app, &number, &code).await.expect(429);
    assert!(waiting.says("5 秒"), "{waiting}");
    app.clock.advance(Duration::seconds(5));
    look_up(&app, &number, &code).await.expect(200);
    for typed in ["", "' OR '1'='1", "%", "𝟚𝟛", "\u{202e}", &"A".repeat(20_000)] {
        app.clock.advance(Duration::minutes(16));
        look_up(&app, typed, typed).await.expect(422);
    }
}

async fn what_is_late_reaches_the_office(app: TestApp) {
    let path = a_document(&app).await;
    let (number, _) = receipt(&report(&app, &path, &[]).await.expect(200));
    let coordinator = app.staff(Role::Coordinator, None).await;
    assert!(
        !coordinator.get("/").await.expect(200).says(&number),
        "the unit has its three days"
    );
    app.clock
        .set_date(chrono::NaiveDate::from_ymd_opt(2021, 5, 14).unwrap());
    coordinator.sign_in_again().await;
    coordinator.get("/").await.expect(200).expect_words(&number);
    coordinator.get("/errata").await.expect(200).expect_words("超期未答复");
}

async fn hostile_words_stay_words(app: TestApp) {
    let script = "<script>alert(1)</script><img src=x onerror=alert(1)>";
    let long = "𠮷".repeat(900);
    for page in [
        "//evil.example",
        "javascript:alert(1)",
        "/\\evil",
        "https://evil.example/",
        "/a%0d%0ab",
    ] {
        let form = app.citizen().get(&format!("/errata/new?page={page}")).await.expect(200);
        assert_eq!(form.value("page"), "/", "{page}");
    }
    for words in [
        script,
        "\u{202e}反的\u{2066}字而且很长",
        long.as_str(),
        "{{ 7*7 }} ${7*7} %00 \\0 '; DROP TABLE",
    ] {
        report(&app, "/", &[("words", words), ("contact", script)])
            .await
            .expect(200);
        app.clock.advance(Duration::minutes(5));
    }
    report(&app, "/", &[("words", "有\0空字符的内容")])
        .await
        .expect(422)
        .expect_words("空字符");
    let coordinator = app.staff(Role::Coordinator, None).await;
    let list = coordinator.get("/errata").await.expect(200);
    for place in list.attributes_of("table a", "href") {
        let page = coordinator.get(&place).await.expect(200);
        let shown = coordinator.submit(&format!("{place}/contact"), &[]).await.expect(200);
        for page in [&page, &shown] {
            assert_eq!(page.count("[onerror], script:not([src]), img"), 0, "{}", page.source());
            assert!(!page.source().contains('\u{202e}'));
        }
    }
}
