//! The second factor, the fresh proof before dangerous acts, and one's own sessions, as seen in a browser.

use chrono::Duration;
use gongkai::config::SignInConfig;
use kit::permission::Role;
use stories::{PASSWORD, Page, TestApp, Visitor};
use totp_rs::{Builder, Secret};

on_both_databases!(
    an_administrator_sets_up_a_second_factor_before_the_desk_opens,
    a_stolen_half_session_opens_nothing_and_ends_with_the_real_one,
    a_dangerous_act_waits_for_a_proof_and_loses_nothing,
    a_waiting_form_is_its_senders_only_and_good_once,
    the_security_administrator_resets_a_lost_second_factor,
    everybody_sees_and_ends_their_own_sessions,
    what_was_done_is_told_in_words_and_taken_out_as_a_table,
);

/// The same district as an installation that changed no setting: administrators need a second factor.
async fn strict(app: &TestApp) -> TestApp {
    let mut config = app.config.clone();
    config.sign_in = SignInConfig::default();
    TestApp::open(config, app.clock.clone()).await
}

/// The code an app would show now, after the secret on this page was typed in.
fn code(app: &TestApp, page: &Page) -> String {
    code_of(app, &page.text_of("code.once"))
}

fn code_of(app: &TestApp, grouped: &str) -> String {
    let secret = Secret::try_from_base32(grouped.replace(' ', "")).unwrap();
    let device = Builder::new()
        .with_secret(secret)
        .with_account_name("x")
        .build()
        .unwrap();
    device
        .generate(u64::try_from(app.clock.now().timestamp()).unwrap())
        .to_string()
}

/// Sets a second factor up from one's own page; returns the secret and the recovery codes.
async fn set_up(app: &TestApp, who: &Visitor) -> (String, Vec<String>) {
    let page = who.get("/security/second-factor").await.expect(200);
    let secret = page.text_of("code.once");
    let shown = who
        .submit("/security/second-factor", &[("code", &code(app, &page))])
        .await
        .expect(200);
    app.clock.advance(Duration::seconds(30));
    (secret, shown.texts_of(".codes code"))
}

async fn password(app: &TestApp, login: &str) -> (Visitor, Page) {
    let visitor = app.stranger();
    let fields = [("login", login), ("password", PASSWORD), ("next", "/units")];
    let answer = visitor.post("/sign-in", &fields, &[]).await.expect(303);
    (visitor, answer)
}

async fn an_administrator_sets_up_a_second_factor_before_the_desk_opens(app: TestApp) {
    let security = app.staff(Role::SecurityAdministrator, None).await;
    let strict = strict(&app).await;
    let (visitor, answer) = password(&strict, &security.login).await;
    let half = visitor.cookie().unwrap();
    let page = visitor.follow(answer).await.expect(200).expect_words("须使用动态口令");
    assert!(
        visitor
            .get("/accounts")
            .await
            .expect(303)
            .location()
            .starts_with("/sign-in")
    );
    let picture = visitor.get("/sign-in/enrol/picture.svg").await.expect(200);
    assert_eq!(picture.header("content-type").as_deref(), Some("image/svg+xml"));
    assert!(picture.source().contains("<svg"));

    let token = page.value("token");
    let wrong = [("token", token.as_str()), ("code", "12 34"), ("next", "/units")];
    let refused = visitor.post("/sign-in/enrol", &wrong, &[]).await.expect(422);
    assert!(refused.error_of("code").unwrap().contains("不对"), "{refused}");
    let right = code(&app, &page);
    let forged = [("token", "0"), ("code", right.as_str())];
    visitor.post("/sign-in/enrol", &forged, &[]).await.expect(403);
    let good = [("token", token.as_str()), ("code", right.as_str()), ("next", "/units")];
    let codes = visitor.post("/sign-in/enrol", &good, &[]).await.expect(200);
    assert_eq!(codes.count(".codes code"), 10);
    assert_eq!(codes.link("继续"), "/units");
    assert_ne!(visitor.cookie().unwrap(), half, "a new session has a new token");
    visitor.get("/accounts").await.expect(200);

    // From now on the same code and the same session are good for nothing.
    let (again, answer) = password(&strict, &security.login).await;
    let ask = again.follow(answer).await.expect(200).expect_words("第二步");
    let token = ask.value("token");
    let used = [("token", token.as_str()), ("code", right.as_str())];
    let refused = again.post("/sign-in/second-factor", &used, &[]).await.expect(422);
    assert!(refused.error_of("code").unwrap().contains("已经用过"), "{refused}");
    let recovery = codes.texts_of(".codes code");
    let spare = [
        ("token", token.as_str()),
        ("code", recovery[0].as_str()),
        ("next", "/units"),
    ];
    let entered = again.post("/sign-in/second-factor", &spare, &[]).await.expect(303);
    assert_eq!(entered.location(), "/units");
}

async fn a_stolen_half_session_opens_nothing_and_ends_with_the_real_one(app: TestApp) {
    let drafter = app.staff(Role::Drafter, "区财政局").await;
    let (secret, _) = set_up(&app, &drafter).await;
    let (visitor, answer) = password(&app, &drafter.login).await;
    let stolen = visitor.cookie().unwrap();
    let thief = app.stranger();
    thief.set_cookie(&stolen);
    for path in [
        "/",
        "/documents",
        "/security",
        "/security/second-factor",
        "/sign-in/enrol",
    ] {
        let away = thief.get(path).await.expect(303).location();
        assert!(away.starts_with("/sign-in"), "{path}: {away}");
    }
    thief.post("/sign-out", &[("token", "x")], &[]).await.expect(401);
    let ask = visitor.follow(answer).await.expect(200);
    let code = code_of(&app, &secret);
    let token = ask.value("token");
    let fields = [("token", token.as_str()), ("code", code.as_str())];
    visitor.post("/sign-in/second-factor", &fields, &[]).await.expect(303);
    visitor.get("/documents").await.expect(200);
    assert!(
        thief
            .get("/documents")
            .await
            .expect(303)
            .location()
            .starts_with("/sign-in")
    );
    assert!(
        thief
            .get("/sign-in/second-factor")
            .await
            .expect(303)
            .location()
            .starts_with("/sign-in")
    );
}

async fn a_dangerous_act_waits_for_a_proof_and_loses_nothing(app: TestApp) {
    let strict = strict(&app).await;
    let login = app.staff(Role::SecurityAdministrator, None).await.login;
    let (security, answer) = password(&strict, &login).await;
    let page = security.follow(answer).await.expect(200);
    let (secret, token) = (page.text_of("code.once"), page.value("token"));
    let first = [("token", token.as_str()), ("code", &code_of(&app, &secret))];
    security.post("/sign-in/enrol", &first, &[]).await.expect(200);

    app.clock.advance(Duration::minutes(11));
    let before = app.number("SELECT count(*) FROM account").await;
    let new = [
        ("login", "xin-jingban"),
        ("name", "新岗位<b>"),
        ("role", "drafter"),
        ("unit", ""),
    ];
    let detour = security.submit("/accounts", &new).await.expect(303);
    assert_eq!(
        app.number("SELECT count(*) FROM account").await,
        before,
        "nothing done yet"
    );
    let sealed = "SELECT count(*) FROM held_form WHERE fields LIKE 'g1.%'";
    assert_eq!(app.number(sealed).await, 1);
    let place = detour.location();
    let ask = security.get(&place).await.expect(200).expect_words("新增账号");
    assert_eq!(
        ask.count("input[type=password]"),
        0,
        "who has a second factor proves with it"
    );
    security
        .submit(&place, &[("proof", "000")])
        .await
        .expect(422)
        .expect_words("不对");

    let old = security.cookie().unwrap();
    let go_on = security
        .submit(&place, &[("proof", &code_of(&app, &secret))])
        .await
        .expect(200);
    assert_ne!(security.cookie().unwrap(), old, "a proof changes the session's token");
    assert_eq!(go_on.value("name"), "新岗位<b>", "what was typed is still there");
    let fields: Vec<(String, String)> = ["login", "name", "role", "unit", "token"]
        .map(|name| (name.to_string(), go_on.value(name)))
        .into();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    security
        .post("/accounts", &fields, &[])
        .await
        .expect(200)
        .expect_words("一次性登录链接");
    assert_eq!(app.number("SELECT count(*) FROM account").await, before + 1);
    assert_eq!(app.number("SELECT count(*) FROM held_form").await, 0);
}

async fn a_waiting_form_is_its_senders_only_and_good_once(app: TestApp) {
    let drafter = app.staff(Role::Drafter, "区财政局").await;
    let other = app.staff(Role::Drafter, "区财政局").await;
    set_up(&app, &drafter).await;
    let strict = strict(&app).await;
    let (visitor, thief) = (strict.stranger(), strict.stranger());
    visitor.set_cookie(&drafter.cookie().unwrap());
    thief.set_cookie(&other.cookie().unwrap());
    app.clock.advance(Duration::minutes(11));
    let place = visitor
        .submit("/security/recovery-codes", &[])
        .await
        .expect(303)
        .location();
    thief.get(&place).await.expect(422).expect_words("15 分钟");
    thief.submit(&place, &[("proof", PASSWORD)]).await.expect(422);
    app.clock.advance(Duration::minutes(15));
    visitor.get(&place).await.expect(422).expect_words("15 分钟");
    let forged = visitor.post("/security/recovery-codes", &[("token", "0")], &[]).await;
    forged.expect(403);
    visitor
        .get("/prove/00000000-0000-0000-0000-000000000000")
        .await
        .expect(422);
}

async fn the_security_administrator_resets_a_lost_second_factor(app: TestApp) {
    let drafter = app.staff(Role::Drafter, "区财政局").await;
    set_up(&app, &drafter).await;
    let id = drafter.actor.as_ref().unwrap().account.unwrap();
    let security = app.staff(Role::SecurityAdministrator, None).await;
    let place = format!("/accounts/{id}");
    security.get(&place).await.expect(200).expect_words("已设置动态口令");
    let reset = format!("{place}/second-factor/reset");
    security.submit(&reset, &[]).await.expect(422).expect_words("核实");
    security
        .submit(&reset, &[("reason", "示例：本人到场")])
        .await
        .expect(303);
    drafter.get("/documents").await.expect(303);
    let (visitor, answer) = password(&app, &drafter.login).await;
    assert_eq!(answer.location(), "/units", "the password alone lets in again");
    visitor.get("/security").await.expect(200).expect_words("还没有设置");
    let coordinator = app.staff(Role::Coordinator, None).await;
    coordinator.submit(&reset, &[("reason", "示例")]).await.expect(403);
}

async fn everybody_sees_and_ends_their_own_sessions(app: TestApp) {
    let drafter = app.staff(Role::Drafter, "区财政局").await;
    let wrong = [("login", drafter.login.as_str()), ("password", "不对的口令，足够长了")];
    app.stranger().post("/sign-in", &wrong, &[]).await.expect(422);
    let (other, _) = password(&app, &drafter.login).await;
    let page = drafter.get("/security").await.expect(200).expect_words("（本次）");
    page.clone().expect_words("口令不对，没有登录");
    let ends = page.attributes_of("form[action^='/security/sessions/']", "action");
    assert_eq!(ends.len(), 2, "one other session, and all others: {ends:?}");
    drafter.submit("/security/sessions/end-others", &[]).await.expect(303);
    assert!(other.get("/").await.expect(303).location().starts_with("/sign-in"));
    drafter.get("/").await.expect(200);

    let new = "另一句口令，也是足够长的";
    let unlike = [("old", PASSWORD), ("password", new), ("again", "不一样")];
    let refused = drafter.submit("/security/password", &unlike).await.expect(422);
    assert!(refused.error_of("again").is_some());
    let fields = [("old", PASSWORD), ("password", new), ("again", new)];
    drafter.submit("/security/password", &fields).await.expect(303);
    drafter.get("/").await.expect(200);
}

async fn what_was_done_is_told_in_words_and_taken_out_as_a_table(app: TestApp) {
    let drafter = app.staff(Role::Drafter, "区财政局").await;
    let audit = app.staff(Role::AuditAdministrator, None).await;
    let page = audit.get("/audit").await.expect(200);
    page.expect_words("授予角色“经办人员”（区财政局）");
    let action = audit.get("/audit?action=account.grant").await.expect(200);
    assert!(
        !action.texts_of("td.what").iter().any(|t| t.starts_with("新增账号")),
        "{action}"
    );
    let by = audit.get("/audit?by=%E6%9F%90%E4%BA%BA").await.expect(200);
    by.expect_words("没有符合条件的记录");
    let ended = audit.get("/audit?to=2001-01-01").await.expect(200);
    ended.expect_words("没有符合条件的记录");
    let table = audit.get("/audit.csv?action=account").await.expect(200);
    assert!(
        table.source().contains("\"授予角色“经办人员”（区财政局）\""),
        "{}",
        table.source()
    );
    audit.get("/audit.xlsx").await.expect(200);
    audit.get("/audit.csv?from=xx").await.expect(422);
    drafter.get("/audit.csv").await.expect(403);
    assert_eq!(
        app.number("SELECT count(*) FROM audit_entry WHERE action = 'audit.export'")
            .await,
        2
    );
}
