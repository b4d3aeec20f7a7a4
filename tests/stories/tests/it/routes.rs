//! Every address: who may call it, what it answers, and that it stands in the documents.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use axum::body::Body;
use http::{Method, Request, StatusCode};
use kit::capability::Face;
use kit::permission::Role;
use stories::{Page, TestApp, Visitor};

use crate::breakdown::adopted;
use crate::support::Office;

on_both_databases!(
    a_stranger_gets_nowhere_on_the_desk,
    the_public_site_takes_no_changing_method_but_its_forms,
    every_page_of_the_desk_answers_and_has_one_heading,
);

/// What may be called on the desk without signing in, and why.
const OPEN: &[&str] = &[
    "/sign-in",
    "/sign-in/passkey",
    "/sign-in/second-factor",
    "/sign-in/second-factor/passkey",
    "/sign-in/enrol",
    "/sign-in/enrol/picture.svg",
    "/sign-in/oidc",
    "/sign-in/oidc/return",
    "/links/{token}",
    "/assets/{name}",
    "/healthz",
    "/readyz",
    "/robots.txt",
];

/// The forms that anybody may send, each behind a gate (`kit::guard`).
const FORMS: [&str; 2] = ["/errata/new", "/errata/status"];

fn table() -> Vec<(Face, &'static str, &'static str, String)> {
    kit::web::table(&gongkai::wiring::routes_only().unwrap())
}

#[test]
fn the_printed_table_is_the_table() {
    let mut expected = "| 面 | 网址 | 方法 | 谁可以用 |\n| --- | --- | --- | --- |\n".to_string();
    for (face, path, methods, access) in table() {
        let face = if face == Face::Public {
            "公开网站"
        } else {
            "工作台"
        };
        expected.push_str(&format!("| {face} | `{path}` | {methods} | {access} |\n"));
    }
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/routes.md");
    let kept = std::fs::read_to_string(kept).unwrap_or_default();
    assert!(
        kept == expected,
        "docs/routes.md is not what the program serves; write it anew: cargo run -p gongkai -- routes > docs/routes.md"
    );
}

#[test]
fn what_is_open_on_the_desk_is_named_here() {
    let open: BTreeSet<&str> = table()
        .into_iter()
        .filter(|r| r.0 == Face::Desk && r.3 == "任何人")
        .map(|r| r.1)
        .collect();
    assert_eq!(open, OPEN.iter().copied().collect::<BTreeSet<&str>>());
}

/// An address of a route with something in its places.
fn filled(path: &str) -> String {
    let fill = |part: &str| match part {
        "{key}" => "2021-1".to_string(),
        "{year}" => "2021".into(),
        "{serial}" | "{position}" => "1".into(),
        "{code}" => "czj".into(),
        part if part.starts_with('{') => "01890000-0000-7000-8000-000000000000".into(),
        part => part.into(),
    };
    path.split('/').map(fill).collect::<Vec<_>>().join("/")
}

async fn call(visitor: &Visitor, method: Method, path: &str) -> Page {
    visitor
        .send(
            Request::builder()
                .method(method)
                .uri(filled(path))
                .body(Body::empty())
                .unwrap(),
        )
        .await
}

async fn a_stranger_gets_nowhere_on_the_desk(app: TestApp) {
    let stranger = app.stranger();
    // Somebody with an account and no role at all.
    let nobody = app.staff(Role::Assessor, None).await;
    let id = nobody.actor.as_ref().unwrap().account.unwrap();
    let revoke = sea_orm::Statement::from_string(app.site.db.backend(), "SELECT id FROM role_grant");
    let row = sea_orm::ConnectionTrait::query_one_raw(app.site.db.read(), revoke)
        .await
        .unwrap()
        .unwrap();
    let security = app.staff(Role::SecurityAdministrator, None).await;
    let grant: uuid::Uuid = row.try_get_by_index(0).unwrap();
    security
        .submit(&format!("/accounts/{id}/grants/{grant}/revoke"), &[])
        .await
        .expect(303);

    let before = app.number("SELECT count(*) FROM audit_entry").await;
    let desk: Vec<_> = table()
        .into_iter()
        .filter(|(face, path, ..)| *face == Face::Desk && !OPEN.contains(path))
        .collect();
    for path in desk.iter().map(|(_, path, ..)| *path).collect::<BTreeSet<_>>() {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = call(&stranger, method.clone(), path).await;
            let named = desk
                .iter()
                .find(|r| r.1 == path && r.2.split(' ').any(|m| m == method.as_str()));
            let Some((.., access)) = named else {
                assert_eq!(answer.status, 405, "{method} {path} is not in the table");
                continue;
            };
            let wanted = if method == Method::GET {
                StatusCode::SEE_OTHER
            } else {
                StatusCode::UNAUTHORIZED
            };
            assert_eq!(answer.status, wanted, "{method} {path} for a stranger");
            let answer = call(&nobody, method.clone(), path).await;
            let refused = answer.status == StatusCode::FORBIDDEN;
            assert!(
                refused || access.starts_with("已登录"),
                "{method} {path} without a role: {}",
                answer.status
            );
        }
    }
    assert_eq!(
        app.number("SELECT count(*) FROM audit_entry").await,
        before,
        "nothing was done"
    );
}

async fn the_public_site_takes_no_changing_method_but_its_forms(app: TestApp) {
    let citizen = app.citizen();
    let mut seen = 0;
    for (face, path, methods, access) in table() {
        if face == Face::Desk {
            continue;
        }
        let is_form = FORMS.contains(&path);
        let named = if is_form { "GET POST" } else { "GET" };
        assert_eq!((methods, access.as_str()), (named, "任何人"), "{path}");
        if is_form {
            let answer = call(&citizen, Method::POST, path).await;
            assert_eq!(answer.status, 422, "{path}: nothing is done with an empty form");
        }
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            if is_form && method == Method::POST {
                continue;
            }
            let answer = call(&citizen, method.clone(), path).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(answer.says("不能用这种方式"), "{answer}");
        }
        let answer = call(&citizen, Method::GET, path).await;
        assert!(answer.status.as_u16() < 500, "{path}: {}", answer.status);
        for (name, value) in [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY")] {
            assert_eq!(answer.header(name).as_deref(), Some(value), "{path}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("script-src"),
            "{path}: {policy}"
        );
        seen += 1;
    }
    assert!(seen > 10, "the table was read");
}

/// Most pages of one route that are looked at.
const MOST_OF_A_ROUTE: usize = 4;

async fn every_page_of_the_desk_answers_and_has_one_heading(app: TestApp) {
    let coordinator = adopted(&app).await;
    let office = Office::of(&app, "区财政局").await;
    let (released, _) = office.publish(&app, "区财政局", &["资金办法", "怎么管理。"], &[]).await;
    let draft = office
        .upload(
            &app,
            "区财政局",
            "草稿.docx",
            &stories::word::of_lines(&["草稿", "还没有写完。"]),
        )
        .await;
    let approved = office
        .upload(
            &app,
            "区财政局",
            "待发布.docx",
            &stories::word::of_lines(&["待发布", "写完了。"]),
        )
        .await;
    office.describe(&approved, &[]).await.expect(303);
    office
        .drafter
        .submit(&format!("{approved}/submit"), &[])
        .await
        .expect(303);
    office.approve(&approved).await.expect(303);
    let unit = app.unit("区财政局").await.id.to_string();
    let expected = [
        ("unit", unit.as_str()),
        ("topic", "规划"),
        ("title", "专项规划"),
        ("due_on", "2021-06-30"),
        ("basis", "任务分解表"),
    ];
    coordinator.submit("/expected", &expected).await.expect(303);

    let seeds = ["/".to_string(), released, draft, approved];
    let mut visited = crawl(&coordinator, &seeds).await;
    for role in [
        Role::SystemAdministrator,
        Role::SecurityAdministrator,
        Role::AuditAdministrator,
    ] {
        let administrator = app.staff(role, None).await;
        visited.extend(crawl(&administrator, &["/".to_string()]).await);
    }
    let unseen: Vec<&str> = pages_of_the_desk().filter(|path| !visited.contains_key(path)).collect();
    assert_eq!(unseen, Vec::<&str>::new(), "no page leads to these");
}

/// Patterns of pages of the desk that are reached by links.
fn pages_of_the_desk() -> impl Iterator<Item = &'static str> {
    // A record of evidence and a reported error are made in stories of their own; the others open without signing in.
    const ELSEWHERE: &[&str] = &[
        // Tables taken in, notices, jobs and messages too.
        "/errata/{id}",
        "/intake/{kind}/{id}",
        "/intake/{kind}/{id}/file",
        "/intake/{kind}/{id}/report.xlsx",
        "/jobs/{id}",
        "/messages/{id}",
        "/notices/{id}",
        "/readyz",
        "/robots.txt",
        "/accounts/{id}/handover",
        "/prove/{id}",
        "/security/second-factor/picture.svg",
        "/sign-in/second-factor",
        "/sign-in/enrol",
        "/sign-in/enrol/picture.svg",
        "/sign-in/oidc",
        "/sign-in/oidc/return",
        "/evidence/{id}",
        "/evidence/{id}/files/{position}",
        "/tasks/{key}/evidence",
        "/documents/{id}/pictures/{blob}",
        "/documents/{id}/files/{position}",
        "/documents/{id}/mark",
        "/sign-in",
        "/links/{token}",
    ];
    table()
        .into_iter()
        .filter(|(face, path, methods, _)| {
            *face == Face::Desk && methods.contains("GET") && !path.starts_with("/assets") && *path != "/healthz"
        })
        .map(|(_, path, ..)| path)
        .filter(|path| !ELSEWHERE.contains(path))
}

/// Follows every link from these pages, looks at some pages of every route, and returns which routes were seen.
async fn crawl(visitor: &Visitor, seeds: &[String]) -> BTreeMap<&'static str, usize> {
    let patterns: Vec<&'static str> = table().into_iter().filter(|r| r.0 == Face::Desk).map(|r| r.1).collect();
    let mut visited: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut known: BTreeSet<String> = seeds.iter().cloned().collect();
    let mut waiting: VecDeque<String> = seeds.iter().cloned().collect();
    while let Some(address) = waiting.pop_front() {
        let path = address.split('?').next().unwrap();
        let pattern = patterns
            .iter()
            .find(|p| fits(p, path))
            .unwrap_or_else(|| panic!("{address} leads nowhere"));
        let count = visited.entry(pattern).or_default();
        *count += 1;
        if *count > MOST_OF_A_ROUTE {
            continue;
        }
        let page = visitor.get(&address).await;
        assert_eq!(page.status, 200, "{address} for {:?}:\n{page}", visitor.actor);
        if !page
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"))
        {
            continue;
        }
        assert_eq!(
            page.count("h1"),
            1,
            "{address} has one heading of the first level:\n{page}"
        );
        assert_eq!(page.count("main"), 1, "{address}");
        for link in page.attributes_of("a[href]", "href") {
            let link = link.split('#').next().unwrap().to_string();
            if link.starts_with('/') && known.insert(link.clone()) {
                waiting.push_back(link);
            }
        }
    }
    visited
}

fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern
            .iter()
            .zip(&path)
            .all(|(wanted, part)| wanted == part || (wanted.starts_with('{') && !part.is_empty()))
}
