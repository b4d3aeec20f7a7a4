//! Getting in, staying in, getting out; and what the desk refuses.

use kit::account::{Actor, Holding, service as accounts};
use kit::permission::Role;
use stories::{PASSWORD, TestApp};

use crate::support::snapshot;

on_both_databases!(
    a_one_time_link_lets_in_once,
    signing_out_ends_the_session,
    forms_are_taken_only_from_our_own_pages,
    who_may_not_is_told_and_who_is_unknown_signs_in_first,
    a_disabled_account_is_out_at_its_next_click,
);

async fn a_one_time_link_lets_in_once(app: TestApp) {
    let (_, path) = app.account("czj-jingban", "区财政局·经办").await;
    let visitor = app.stranger();
    visitor.get(&path).await.expect(200).expect_words("czj-jingban");

    let short = visitor
        .post(&path, &[("password", "短口令"), ("again", "短口令")], &[])
        .await
        .expect(422);
    assert!(
        short.error_of("password").unwrap().contains("至少要 12 个字符"),
        "{short}"
    );
    let unlike = visitor
        .post(&path, &[("password", PASSWORD), ("again", "另一句足够长的口令呀")], &[])
        .await
        .expect(422);
    assert!(unlike.error_of("again").unwrap().contains("不一样"), "{unlike}");
    assert_eq!(visitor.cookie(), None, "nobody is signed in by a refused form");

    let entered = visitor
        .post(&path, &[("password", PASSWORD), ("again", PASSWORD)], &[])
        .await
        .expect(303);
    let cookie = entered.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-gongkai="), "{cookie}");
    for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(
            cookie.split("; ").any(|a| a == attribute),
            "{attribute} is missing in {cookie}"
        );
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    visitor.follow(entered).await.expect(200).expect_words("我的工作");

    let second = app.stranger();
    second.get(&path).await.expect(422).expect_words("已经用过或已过期");
    second
        .post(&path, &[("password", PASSWORD), ("again", PASSWORD)], &[])
        .await
        .expect(422);
    assert_eq!(second.cookie(), None);
}

async fn signing_out_ends_the_session(app: TestApp) {
    let drafter = app.staff(Role::Drafter, "区财政局").await;
    let stolen = drafter.cookie().unwrap();
    drafter.submit("/sign-out", &[]).await.expect(303);
    assert_eq!(drafter.cookie(), None);
    let thief = app.stranger();
    thief.set_cookie(&stolen);
    assert!(thief.get("/").await.expect(303).location().starts_with("/sign-in"));

    // The password set on the link opens the next session; the page asked for first is where it leads.
    let visitor = app.stranger();
    let page = visitor.get("/sign-in?next=/documents").await.expect(200);
    assert_eq!(page.value("next"), "/documents");
    snapshot("sign_in", &page);
    let login = [
        ("login", drafter.login.as_str()),
        ("password", PASSWORD),
        ("next", "/documents"),
    ];
    assert_eq!(
        visitor.post("/sign-in", &login, &[]).await.expect(303).location(),
        "/documents"
    );
    let elsewhere = [
        ("login", drafter.login.as_str()),
        ("password", PASSWORD),
        ("next", "//evil.example"),
    ];
    assert_eq!(
        app.stranger()
            .post("/sign-in", &elsewhere, &[])
            .await
            .expect(303)
            .location(),
        "/"
    );
}

async fn forms_are_taken_only_from_our_own_pages(app: TestApp) {
    let coordinator = app.staff(Role::Coordinator, None).await;
    let token = coordinator.token().await;
    let before = app.number("SELECT count(*) FROM unit").await;
    let desk = app.site.profile.desk_url.clone();
    let public = app.site.profile.public_url.clone();
    let unit = [
        ("token", token.as_str()),
        ("code", "new"),
        ("kind", "department"),
        ("full_name", "示例区新设单位"),
        ("short_name", "区新设单位"),
        ("source", "测试"),
    ];
    let foreign: [&[(&str, &str)]; 4] = [
        &[("origin", "https://evil.example")],
        &[("origin", &public)],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
    ];
    for headers in foreign {
        coordinator
            .post("/units", &unit, headers)
            .await
            .expect(403)
            .expect_words("没有执行");
    }
    coordinator
        .post("/units", &unit[1..], &[("origin", &desk)])
        .await
        .expect(403)
        .expect_words("没有执行");
    let mut guessed = unit;
    guessed[0].1 = "0000000000000000000000000000000000000000000000000000000000000000";
    coordinator
        .post("/units", &guessed, &[("origin", &desk)])
        .await
        .expect(403);
    assert_eq!(app.number("SELECT count(*) FROM unit").await, before);
    coordinator
        .post("/units", &unit, &[("origin", &desk)])
        .await
        .expect(303);
    assert_eq!(app.number("SELECT count(*) FROM unit").await, before + 1);
}

async fn who_may_not_is_told_and_who_is_unknown_signs_in_first(app: TestApp) {
    let drafter = app.staff(Role::Drafter, "区财政局").await;
    drafter
        .get("/accounts")
        .await
        .expect(403)
        .expect_words("管理账号与角色");
    drafter
        .submit(
            "/accounts",
            &[("login", "self-made"), ("name", "自己"), ("role", "coordinator")],
        )
        .await
        .expect(403);
    let page = drafter.get("/audit").await.expect(403);
    snapshot("refused", &page);

    let stranger = app.stranger();
    let sent = stranger.get("/documents?q=a&state=draft").await.expect(303).location();
    assert_eq!(sent, "/sign-in?next=%2Fdocuments%3Fq%3Da%26state%3Ddraft");
    stranger
        .post("/documents/new", &[], &[])
        .await
        .expect(401)
        .expect_words("请先登录");
    assert_eq!(app.number("SELECT count(*) FROM document").await, 0);

    let citizen = app.citizen();
    let nothing = citizen.get("/documents").await.expect(404);
    snapshot("not_found", &nothing);
    let headers = citizen.get("/").await.expect(200);
    assert_eq!(
        headers.header("set-cookie"),
        None,
        "a reader of the public site is given no cookie"
    );
}

async fn a_disabled_account_is_out_at_its_next_click(app: TestApp) {
    let drafter = app.staff(Role::Drafter, "区财政局").await;
    drafter.get("/documents").await.expect(200);
    let id = drafter.actor.as_ref().unwrap().account.unwrap();
    let security = app.staff(Role::SecurityAdministrator, None).await;
    security
        .submit(&format!("/accounts/{id}/disable"), &[])
        .await
        .expect(303);
    drafter.get("/documents").await.expect(303);
    let wrong = app
        .stranger()
        .post(
            "/sign-in",
            &[("login", drafter.login.as_str()), ("password", PASSWORD)],
            &[],
        )
        .await
        .expect(422);
    assert!(wrong.says("登录名或口令不对"), "{wrong}");

    let by = Actor {
        holdings: vec![Holding {
            role: Role::SecurityAdministrator,
            unit: None,
        }],
        ..security.actor.clone().unwrap()
    };
    let own = accounts::set_enabled(&app.site, &by, by.account.unwrap(), false).await;
    assert!(own.is_err(), "nobody disables the account they are signed in with");
}
