//! Single sign-on: through a real identity provider, and against one that lies.

mod forged;
mod peer;

use std::collections::HashMap;

use chrono::Duration;
use gongkai::config::{OidcConfig, SignInConfig};
use kit::account::oidc;
use kit::permission::Role;
use serde_json::{Value, json};
use stories::{PASSWORD, Page, TestApp, Visitor};
use url::Url;
use uuid::Uuid;

use forged::{Forged, Reply, Signed};
use peer::Peer;

on_both_databases!(
    a_real_provider_lets_in_whom_it_knows_and_we_know,
    an_equal_name_is_linked_at_first_use_but_never_an_administrators,
    keys_changed_at_a_real_provider_are_found,
    an_answer_that_is_not_for_us_is_not_believed,
    a_way_back_is_good_once_and_in_one_browser,
    who_is_unknown_or_disabled_does_not_come_in,
    a_provider_that_fails_leaves_the_password_alone,
    a_provider_that_moves_is_not_followed_inside,
    the_second_factor_is_asked_for_unless_the_provider_is_trusted,
    everybody_links_their_own_and_the_administrator_anybodys,
    a_link_is_made_by_its_holder_only,
    names_that_only_look_alike_are_not_linked,
    nothing_of_it_is_shown_without_a_provider,
);

/// The same district with this identity provider.
async fn with(app: &TestApp, issuer: &str, change: impl FnOnce(&mut OidcConfig)) -> TestApp {
    let mut config = app.config.clone();
    config.outgoing.allowed = vec!["127.0.0.0/8".parse().unwrap()];
    config.oidc = OidcConfig {
        issuer: issuer.into(),
        client_id: "gongkai".into(),
        client_secret: peer::SECRET.into(),
        ..OidcConfig::default()
    };
    change(&mut config.oidc);
    TestApp::open(config, app.clock.clone()).await
}

/// Somebody with a role, an account of this sign-in name and a link to this subject, if any.
async fn person(app: &TestApp, login: &str, role: Role, subject: Option<&str>) -> Uuid {
    let (id, path) = app.account(login, &format!("{login}（示例）")).await;
    let by = kit::account::Actor::program("测试");
    kit::account::service::grant(&app.site, &by, id, role, None)
        .await
        .unwrap();
    let password = [("password", PASSWORD), ("again", PASSWORD)];
    app.stranger().post(&path, &password, &[]).await.expect(303);
    if let Some(subject) = subject {
        let security = app.staff(Role::SecurityAdministrator, None).await;
        oidc::link_subject(&app.site, security.actor.as_ref().unwrap(), id, subject)
            .await
            .unwrap();
    }
    id
}

/// Sets out and returns the provider's address with what it is asked.
async fn set_out(visitor: &Visitor, next: &str) -> (String, HashMap<String, String>) {
    let entry = visitor
        .get(&format!("/sign-in/oidc?next={next}"))
        .await
        .expect(303)
        .location();
    let asked = Url::parse(&entry).unwrap().query_pairs().into_owned().collect();
    (entry, asked)
}

fn way_back(asked: &HashMap<String, String>) -> String {
    format!("/sign-in/oidc/return?code=a-code&state={}", asked["state"])
}

/// Goes all the way with a forged provider that says these claims beside what is right.
async fn forged_way(app: &TestApp, forged: &Forged, visitor: &Visitor, change: impl FnOnce(&mut Signed)) -> Page {
    let (_, asked) = set_out(visitor, "/units").await;
    let mut answer = forged.right_answer(app.clock.now(), &asked);
    change(&mut answer);
    forged.says(answer, &asked);
    visitor.get(&way_back(&asked)).await
}

fn is_out(page: &Page, words: &str) {
    assert_eq!(page.status, 422, "{words}: {page}");
    let said = page.error_of("login").unwrap_or_default();
    assert!(said.contains(words), "“{said}” should say “{words}”");
    assert_eq!(
        page.count("form[action=\"/sign-in\"]"),
        1,
        "the password still works: {page}"
    );
}

fn has_session(visitor: &Visitor) -> bool {
    visitor
        .cookie()
        .is_some_and(|cookie| cookie.contains("__Host-gongkai="))
}

async fn a_real_provider_lets_in_whom_it_knows_and_we_know(app: TestApp) {
    let peer = Peer::start(&app).await;
    let app = with(&app, &peer.issuer, |_| {}).await;
    person(&app, "czj-jingban", Role::Drafter, Some("demo-1")).await;
    let before = app.number("SELECT count(*) FROM account").await;

    let visitor = app.stranger();
    let page = visitor.get("/sign-in?next=/units").await.expect(200);
    let button = page.link("统一身份认证登录");
    assert_eq!(button, "/sign-in/oidc?next=%2Funits");
    let entry = visitor.get(&button).await.expect(303);
    let cookie = entry.header("set-cookie").unwrap();
    for part in [
        "__Host-gongkai-oidc=",
        "Path=/",
        "Secure",
        "HttpOnly",
        "SameSite=Lax",
        "Max-Age=600",
    ] {
        assert!(cookie.contains(part), "{part} is missing in {cookie}");
    }
    let asked: HashMap<String, String> = Url::parse(&entry.location())
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect();
    assert_eq!(asked["code_challenge_method"], "S256");
    assert!(asked["state"].len() >= 43 && asked["nonce"].len() >= 43 && asked["state"] != asked["nonce"]);

    let browser = peer.visitor();
    let back = peer.signs_in(&browser, &entry.location(), "demo-1").await;
    let entered = visitor.get(&back).await.expect(303);
    assert_eq!(entered.location(), "/units");
    visitor
        .follow(entered)
        .await
        .expect(200)
        .expect_words("czj-jingban（示例）");
    assert!(!visitor.cookie().unwrap().contains("oidc"), "the binding is over");
    visitor.get("/security").await.expect(200).expect_words("demo-1");

    // The same answer again, in the same browser and in another.
    is_out(&visitor_without_session(&app, &visitor).get(&back).await, "已经用过");
    is_out(&app.stranger().get(&back).await, "已经用过");

    // The second time nobody asks for a password at the provider.
    let again = app.stranger();
    let (entry, _) = set_out(&again, "/").await;
    let back = peer.signs_in(&browser, &entry, "nobody-is-asked").await;
    again.get(&back).await.expect(303);
    again.get("/").await.expect(200).expect_words("我的工作");

    // Somebody the provider knows and we do not: no account is made.
    let other = app.stranger();
    let (entry, _) = set_out(&other, "/").await;
    let back = peer.signs_in(&peer.visitor(), &entry, "demo-2").await;
    is_out(&other.get(&back).await, "还没有和这里的账号绑定");
    assert!(!has_session(&other));
    // Its holder and the administrator who linked it.
    assert_eq!(app.number("SELECT count(*) FROM account").await, before);
    assert_eq!(app.number("SELECT count(*) FROM oidc_pending").await, 0);

    let auditor = app.staff(Role::AuditAdministrator, None).await;
    let record = auditor.get("/audit").await.expect(200);
    record
        .expect_words("登录，经统一身份认证")
        .expect_words("绑定统一身份“demo-1”");
}

/// The browser of somebody, signed out.
fn visitor_without_session(app: &TestApp, visitor: &Visitor) -> Visitor {
    let other = app.stranger();
    if let Some(cookie) = visitor.cookie() {
        let rest: Vec<&str> = cookie
            .split("; ")
            .filter(|p| !p.starts_with("__Host-gongkai="))
            .collect();
        if !rest.is_empty() {
            other.set_cookie(&rest.join("; "));
        }
    }
    other
}

async fn an_equal_name_is_linked_at_first_use_but_never_an_administrators(app: TestApp) {
    let peer = Peer::start(&app).await;
    let strict = with(&app, &peer.issuer, |_| {}).await;
    person(&app, "shili-jia", Role::Drafter, None).await;
    person(&app, "shili-yi", Role::SystemAdministrator, None).await;

    let visitor = strict.stranger();
    let (entry, _) = set_out(&visitor, "/").await;
    let back = peer.signs_in(&peer.visitor(), &entry, "demo-1").await;
    is_out(&visitor.get(&back).await, "还没有和这里的账号绑定");

    let app = with(&app, &peer.issuer, |oidc| oidc.link_on_first_use = true).await;
    for time in ["first", "second"] {
        let visitor = app.stranger();
        let (entry, _) = set_out(&visitor, "/").await;
        let back = peer.signs_in(&peer.visitor(), &entry, "demo-1").await;
        visitor.get(&back).await.expect(303);
        visitor.get("/").await.expect(200).expect_words("shili-jia（示例）");
        let links = app
            .number("SELECT count(*) FROM oidc_link WHERE subject = 'demo-1'")
            .await;
        assert_eq!(links, 1, "the {time} time");
    }
    let visitor = app.stranger();
    let (entry, _) = set_out(&visitor, "/").await;
    let back = peer.signs_in(&peer.visitor(), &entry, "demo-2").await;
    is_out(&visitor.get(&back).await, "管理员的账号不会自动绑定");
    assert_eq!(app.number("SELECT count(*) FROM oidc_link").await, 1);
}

async fn keys_changed_at_a_real_provider_are_found(app: TestApp) {
    let peer = Peer::start(&app).await;
    let app = with(&app, &peer.issuer, |_| {}).await;
    person(&app, "czj-jingban", Role::Drafter, Some("demo-1")).await;
    for _ in 0..2 {
        let visitor = app.stranger();
        let (entry, _) = set_out(&visitor, "/").await;
        let back = peer.signs_in(&peer.visitor(), &entry, "demo-1").await;
        visitor.get(&back).await.expect(303);
        visitor.get("/").await.expect(200);
        peer.rotates().await;
    }
}

/// Makes a wrong answer of a right one.
type Forgery = fn(&mut Signed);

async fn an_answer_that_is_not_for_us_is_not_believed(app: TestApp) {
    let forged = Forged::start().await;
    let app = with(&app, &forged.issuer, |_| {}).await;
    person(&app, "czj-jingban", Role::Drafter, Some("someone")).await;
    // What is right comes in; else nothing below would mean anything.
    forged_way(&app, &forged, &app.stranger(), |_| {}).await.expect(303);
    // The provider's clock may be a little off.
    let now = app.clock.now().timestamp();
    forged_way(&app, &forged, &app.stranger(), |s| s.claims["iat"] = json!(now + 60))
        .await
        .expect(303);

    let claims: [(&str, Value); 14] = [
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("aud", json!("another")),
        ("aud", json!(["gongkai", "another"])),
        ("aud", json!([])),
        ("iss", json!("https://id.example.com")),
        ("iss", Value::Null),
        ("exp", json!(now - 3600)),
        ("exp", json!("never")),
        ("iat", json!(now + 3600)),
        ("sub", json!("")),
        ("sub", json!("some\u{0}one")),
        ("sub", json!("x".repeat(256))),
        ("sub", Value::Null),
    ];
    for (name, value) in claims {
        let visitor = app.stranger();
        let page = forged_way(&app, &forged, &visitor, |signed| {
            if value.is_null() {
                signed.claims.as_object_mut().unwrap().remove(name);
            } else {
                signed.claims[name] = value.clone();
            }
        })
        .await;
        assert!(page.status == 422, "{name} = {value}: {page}");
        is_out(&page, "没有通过核对");
        assert!(!has_session(&visitor), "{name} = {value}");
    }
    let forgeries: [(&str, Forgery); 5] = [
        ("a key of somebody else under the same name", |s| s.seed = 9),
        ("a key that is nowhere", |s| s.header["kid"] = json!("unknown")),
        ("no signature", |s| s.unsign()),
        ("signed with the shared secret", |s| s.header["alg"] = json!("HS256")),
        ("a header nobody understands", |s| s.header["crit"] = json!(["exp"])),
    ];
    for (what, change) in forgeries {
        let visitor = app.stranger();
        let page = forged_way(&app, &forged, &visitor, change).await;
        assert!(page.status == 422, "{what}: {page}");
        is_out(&page, "没有通过核对");
        assert!(!has_session(&visitor), "{what}");
    }
    // A new key is looked up at once, even though the old ones are known.
    forged.has_key(7);
    forged_way(&app, &forged, &app.stranger(), |s| s.sign_with(7))
        .await
        .expect(303);
    forged_way(&app, &forged, &app.stranger(), |_| {}).await.expect(422);
}

async fn a_way_back_is_good_once_and_in_one_browser(app: TestApp) {
    let forged = Forged::start().await;
    let app = with(&app, &forged.issuer, |_| {}).await;
    person(&app, "czj-jingban", Role::Drafter, Some("someone")).await;
    let fresh = || async {
        let visitor = app.stranger();
        let (_, asked) = set_out(&visitor, "/").await;
        forged.says(forged.right_answer(app.clock.now(), &asked), &asked);
        (visitor, asked)
    };

    // Without the cookie, and with somebody else's.
    let (_, asked) = fresh().await;
    is_out(&app.stranger().get(&way_back(&asked)).await, "不是从这个浏览器开始的");
    let (_, asked) = fresh().await;
    let (other, _) = fresh().await;
    is_out(&other.get(&way_back(&asked)).await, "不是从这个浏览器开始的");

    // After its time; and a state that never was.
    let (visitor, asked) = fresh().await;
    app.clock.advance(Duration::minutes(10));
    is_out(&visitor.get(&way_back(&asked)).await, "已超过 10 分钟");
    is_out(&visitor.get("/sign-in/oidc/return").await, "已经用过");
    visitor.get("/sign-in/oidc/return?state=%00&code=%00").await.expect(422);
    is_out(
        &visitor.get("/sign-in/oidc/return?state=a&state=%FF&code=%1F").await,
        "已经用过",
    );

    // What the provider says instead of a code; and somebody else's answer.
    let (visitor, asked) = fresh().await;
    let refused = format!("/sign-in/oidc/return?error=access_denied&state={}", asked["state"]);
    is_out(&visitor.get(&refused).await, "没有登录，或没有同意");
    let (visitor, asked) = fresh().await;
    let refused = format!("/sign-in/oidc/return?error=%3Cb%3E&state={}", asked["state"]);
    is_out(&visitor.get(&refused).await, "没有办理这次登录");
    let (visitor, asked) = fresh().await;
    let mixed = format!("{}&iss=https%3A%2F%2Fid.example.com", way_back(&asked));
    is_out(&visitor.get(&mixed).await, "和本系统配置的不一样");

    // Two at once: one comes in.
    let (visitor, asked) = fresh().await;
    let way = way_back(&asked);
    let (one, two) = tokio::join!(visitor.get(&way), visitor.get(&way));
    let mut both = [one.status.as_u16(), two.status.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [303, 422]);

    // Two tabs of one browser do not take the way from each other.
    let (visitor, first) = fresh().await;
    let (_, second) = set_out(&visitor, "/").await;
    forged.says(forged.right_answer(app.clock.now(), &first), &first);
    visitor.get(&way_back(&first)).await.expect(303);
    assert_ne!(first["state"], second["state"]);

    // Nowhere else leads on.
    let visitor = app.stranger();
    let (_, asked) = set_out(&visitor, "//evil.example").await;
    forged.says(forged.right_answer(app.clock.now(), &asked), &asked);
    assert_eq!(visitor.get(&way_back(&asked)).await.expect(303).location(), "/");
    let visitor = app.stranger();
    set_out(&visitor, "/%1F").await;

    // What is kept of a way tells nothing of its secrets.
    let (_, asked) = fresh().await;
    let kept = format!(
        "SELECT count(*) FROM oidc_pending WHERE nonce LIKE '%{0}%' OR state_hash LIKE '%{1}%'",
        asked["nonce"], asked["state"]
    );
    assert_eq!(app.number(&kept).await, 0);
}

async fn who_is_unknown_or_disabled_does_not_come_in(app: TestApp) {
    let forged = Forged::start().await;
    let app = with(&app, &forged.issuer, |_| {}).await;
    let id = person(&app, "czj-jingban", Role::Drafter, Some("someone")).await;
    let unknown = forged_way(&app, &forged, &app.stranger(), |s| s.claims["sub"] = json!("Someone")).await;
    is_out(&unknown, "还没有和这里的账号绑定");
    let visitor = app.stranger();
    forged_way(&app, &forged, &visitor, |_| {}).await.expect(303);

    let security = app.staff(Role::SecurityAdministrator, None).await;
    security
        .submit(&format!("/accounts/{id}/disable"), &[])
        .await
        .expect(303);
    assert!(visitor.get("/").await.expect(303).location().starts_with("/sign-in"));
    let disabled = forged_way(&app, &forged, &app.stranger(), |_| {}).await;
    is_out(&disabled, "账号已停用");
}

async fn a_provider_that_fails_leaves_the_password_alone(app: TestApp) {
    let forged = Forged::start().await;
    let plain = app;
    person(&plain, "czj-jingban", Role::Drafter, None).await;
    // Down: nobody listens there any more.
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let down = with(&plain, &format!("http://{gone}"), |_| {}).await;
    is_out(&down.stranger().get("/sign-in/oidc").await, "连接不上");
    let login = [("login", "czj-jingban"), ("password", PASSWORD)];
    down.stranger().post("/sign-in", &login, &[]).await.expect(303);

    // Its description: rubbish, nothing, megabytes, somebody else's.
    let large = format!("{{\"issuer\":\"{}\"}}", "x".repeat(9_000_000));
    let descriptions: [(Reply, &str); 8] = [
        (Reply::of(200, "<html>"), "看不懂"),
        (Reply::of(200, "null"), "看不懂"),
        (Reply::of(200, ""), "看不懂"),
        (Reply::of(404, "{}"), "没有给出自己的说明"),
        (Reply::of(500, "{}"), "没有给出自己的说明"),
        (Reply::of(200, &large), "回答太长"),
        (Reply::of(200, &large[..1_000_000]), "回答太长"),
        (forged.description("https://id.example.com"), "和本系统配置的不一样"),
    ];
    for (description, words) in descriptions {
        let app = with(&plain, &forged.issuer, |_| {}).await;
        forged.describes_itself(Some(description));
        let visitor = app.stranger();
        is_out(&visitor.get("/sign-in/oidc").await, words);
        visitor.post("/sign-in", &login, &[]).await.expect(303);
    }
    forged.describes_itself(None);

    // The same instead of an identity.
    let app = with(&plain, &forged.issuer, |_| {}).await;
    let answers = [
        (Reply::of(200, "<html>"), "没有通过核对"),
        (Reply::of(200, "{}"), "没有通过核对"),
        (
            Reply::of(200, r#"{"access_token":"a","token_type":"bearer","id_token":"a.b.c"}"#),
            "没有通过核对",
        ),
        (
            Reply::of(200, r#"{"access_token":"a","token_type":"bearer"}"#),
            "没有通过核对",
        ),
        (Reply::of(400, r#"{"error":"invalid_grant"}"#), "没有通过核对"),
        (Reply::of(200, &large), "回答太长"),
    ];
    for (answer, words) in answers {
        let visitor = app.stranger();
        let (_, asked) = set_out(&visitor, "/").await;
        forged.answers(answer);
        is_out(&visitor.get(&way_back(&asked)).await, words);
        assert!(!has_session(&visitor));
    }
    // It goes away between the two.
    let visitor = app.stranger();
    let (_, asked) = set_out(&visitor, "/").await;
    forged.stop().await;
    is_out(&visitor.get(&way_back(&asked)).await, "连接不上");
}

async fn a_provider_that_moves_is_not_followed_inside(app: TestApp) {
    let forged = Forged::start().await;
    // Nothing of the inner network is listed.
    let mut config = with(&app, &forged.issuer, |_| {}).await.config.clone();
    config.outgoing.allowed = Vec::new();
    let guarded = TestApp::open(config, app.clock.clone()).await;
    is_out(&guarded.stranger().get("/sign-in/oidc").await, "不允许访问");
    assert_eq!(forged.asked(), 0, "it was not even asked");
}

async fn the_second_factor_is_asked_for_unless_the_provider_is_trusted(app: TestApp) {
    let forged = Forged::start().await;
    let open = |trust: bool| {
        let (app, issuer) = (&app, forged.issuer.clone());
        async move {
            let mut config = with(app, &issuer, |oidc| oidc.trust_provider_factor = trust)
                .await
                .config
                .clone();
            config.sign_in = SignInConfig::default();
            TestApp::open(config, app.clock.clone()).await
        }
    };
    // Linked while no factor was asked for; an audit administrator needs one by default.
    let lenient = with(&app, &forged.issuer, |_| {}).await;
    person(&lenient, "shenji", Role::AuditAdministrator, Some("someone")).await;

    let strict = open(false).await;
    let visitor = strict.stranger();
    let led = forged_way(&strict, &forged, &visitor, |_| {}).await.expect(303);
    assert_eq!(led.location(), "/sign-in/enrol?next=%2Funits");
    assert!(
        visitor
            .get("/audit")
            .await
            .expect(303)
            .location()
            .starts_with("/sign-in")
    );
    visitor.follow(led).await.expect(200).expect_words("设置动态口令");

    let trusting = open(true).await;
    let visitor = trusting.stranger();
    let led = forged_way(&trusting, &forged, &visitor, |_| {}).await.expect(303);
    assert_eq!(led.location(), "/units");
    visitor.get("/audit").await.expect(200);
    visitor
        .get("/security")
        .await
        .expect(200)
        .expect_words("统一身份认证通过，等待第二步");
}

async fn everybody_links_their_own_and_the_administrator_anybodys(app: TestApp) {
    let forged = Forged::start().await;
    let app = with(&app, &forged.issuer, |_| {}).await;
    let drafter = app.staff(Role::Drafter, "区财政局").await;
    let security = app.staff(Role::SecurityAdministrator, None).await;
    let id = drafter.actor.as_ref().unwrap().account.unwrap();

    drafter
        .get("/security")
        .await
        .expect(200)
        .expect_words("绑定我的统一身份");
    let own = own_way(&app, &forged, &drafter, "someone").await;
    assert_eq!(own.expect(303).location(), "/security");
    drafter
        .get("/security")
        .await
        .expect(200)
        .expect_words("已绑定“someone”");
    let visitor = app.stranger();
    forged_way(&app, &forged, &visitor, |_| {}).await.expect(303);
    visitor
        .get("/")
        .await
        .expect(200)
        .expect_words(&drafter.actor.as_ref().unwrap().name);
    // One subject, one account.
    own_way(&app, &forged, &security, "someone")
        .await
        .expect(422)
        .expect_words("已经绑定了别的账号");
    own_way(&app, &forged, &drafter, "another")
        .await
        .expect(422)
        .expect_words("已经绑定了另一个统一身份");

    drafter.submit("/security/oidc/remove", &[]).await.expect(303);
    drafter
        .submit("/security/oidc/remove", &[])
        .await
        .expect(422)
        .expect_words("没有绑定");
    is_out(
        &forged_way(&app, &forged, &app.stranger(), |_| {}).await,
        "还没有和这里的账号绑定",
    );

    let page = format!("/accounts/{id}");
    security.get(&page).await.expect(200).expect_words("统一身份编号");
    for bad in ["", " ", &"x".repeat(256)] {
        security
            .submit(&format!("{page}/oidc"), &[("subject", bad)])
            .await
            .expect(422);
    }
    security
        .submit(&format!("{page}/oidc"), &[("subject", " someone ")])
        .await
        .expect(303);
    security.get(&page).await.expect(200).expect_words("已绑定“someone”");
    forged_way(&app, &forged, &app.stranger(), |_| {}).await.expect(303);
    drafter.submit(&format!("{page}/oidc/remove"), &[]).await.expect(403);
    drafter
        .submit(&format!("{page}/oidc"), &[("subject", "mine")])
        .await
        .expect(403);
    security.submit(&format!("{page}/oidc/remove"), &[]).await.expect(303);
    assert_eq!(app.number("SELECT count(*) FROM oidc_link").await, 0);
}

/// Links one's own account as far as the provider lets one.
async fn own_way(app: &TestApp, forged: &Forged, who: &Visitor, subject: &str) -> Page {
    let page = who.submit("/security/oidc", &[]).await.expect(200);
    let entry = Url::parse(&page.link("前往")).unwrap();
    let asked: HashMap<String, String> = entry.query_pairs().into_owned().collect();
    let mut answer = forged.right_answer(app.clock.now(), &asked);
    answer.claims["sub"] = json!(subject);
    forged.says(answer, &asked);
    who.get(&way_back(&asked)).await
}

async fn a_link_is_made_by_its_holder_only(app: TestApp) {
    let forged = Forged::start().await;
    let app = with(&app, &forged.issuer, |_| {}).await;
    let drafter = app.staff(Role::Drafter, "区财政局").await;
    let page = drafter.submit("/security/oidc", &[]).await.expect(200);
    let asked: HashMap<String, String> = Url::parse(&page.link("前往"))
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect();
    forged.says(forged.right_answer(app.clock.now(), &asked), &asked);
    // Signed out on the way: nobody is signed in by a way that was to link.
    let out = visitor_without_session(&app, &drafter);
    is_out(&out.get(&way_back(&asked)).await, "没有绑定");
    assert!(!has_session(&out));
    assert_eq!(app.number("SELECT count(*) FROM oidc_link").await, 0);
    // A form of somebody else's making does nothing, and an old proof is asked for again.
    drafter
        .post("/security/oidc", &[], &[("origin", "https://evil.example")])
        .await
        .expect(403);
    let mut config = app.config.clone();
    config.sign_in.proof_minutes = 10;
    let careful = TestApp::open(config, app.clock.clone()).await;
    let person = careful.staff(Role::Drafter, "区财政局").await;
    let token = person.token().await;
    careful.clock.advance(Duration::minutes(11));
    person.set_token(&token);
    let led = person.submit("/security/oidc", &[]).await.expect(303);
    assert!(led.location().starts_with("/prove/"), "{led}");
}

async fn names_that_only_look_alike_are_not_linked(app: TestApp) {
    let forged = Forged::start().await;
    let app = with(&app, &forged.issuer, |oidc| oidc.link_on_first_use = true).await;
    person(&app, "czj-jingban", Role::Drafter, None).await;
    let taken = person(&app, "czj-shenpi", Role::Approver, Some("the-real-one")).await;
    for name in [
        json!("CZJ-jingban"),
        json!("czj-jingban "),
        json!("czj-jingbаn"),
        json!("czj\u{200b}-jingban"),
        json!("czj-jingban\u{0}"),
        json!(""),
        json!("nobody"),
        Value::Null,
    ] {
        let page = forged_way(&app, &forged, &app.stranger(), |s| {
            s.claims["preferred_username"] = name.clone();
        })
        .await;
        assert_eq!(page.status, 422, "{name}: {page}");
        is_out(&page, "还没有和这里的账号绑定");
    }
    let page = forged_way(&app, &forged, &app.stranger(), |s| {
        s.claims["preferred_username"] = json!(["czj-jingban"]);
    })
    .await;
    is_out(&page, "没有通过核对");
    // An account that has a link gets no second one by its name.
    let page = forged_way(&app, &forged, &app.stranger(), |s| {
        s.claims["preferred_username"] = json!("czj-shenpi");
    })
    .await;
    is_out(&page, "已经绑定了另一个统一身份");
    assert_eq!(app.number("SELECT count(*) FROM oidc_link").await, 1);
    forged_way(&app, &forged, &app.stranger(), |s| {
        s.claims["preferred_username"] = json!("czj-jingban");
    })
    .await
    .expect(303);
    let of = format!("SELECT count(*) FROM oidc_link WHERE account <> '{taken}'");
    if app.site.db.backend() == sea_orm::DbBackend::Postgres {
        assert_eq!(app.number(&of).await, 1);
    }
    assert_eq!(app.number("SELECT count(*) FROM oidc_link").await, 2);
}

async fn nothing_of_it_is_shown_without_a_provider(app: TestApp) {
    let page = app.stranger().get("/sign-in").await.expect(200);
    assert!(!page.source().contains("oidc") && !page.says("统一身份"), "{page}");
    for path in ["/sign-in/oidc", "/sign-in/oidc/return?code=a&state=b"] {
        app.stranger().get(path).await.expect(404);
    }
    let drafter = app.staff(Role::Drafter, "区财政局").await;
    let own = drafter.get("/security").await.expect(200);
    assert!(!own.says("统一身份"), "{own}");
    drafter.submit("/security/oidc", &[]).await.expect(404);
    let security = app.staff(Role::SecurityAdministrator, None).await;
    let id = drafter.actor.as_ref().unwrap().account.unwrap();
    let account = security.get(&format!("/accounts/{id}")).await.expect(200);
    assert!(!account.says("统一身份"), "{account}");
    security
        .submit(&format!("/accounts/{id}/oidc"), &[("subject", "someone")])
        .await
        .expect(404);
}
