//! The pages, as the people see them who look after messages or enter their addresses.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode, header};
use kit::Site;
use kit::account::service as accounts;
use kit::job;
use kit::message::bounce;
use kit::permission::Role;
use kit::web::{desk_router, own_routes};
use tower::ServiceExt;
use uuid::Uuid;

use super::peer::Post;
use super::{process, send_note, with_mail};
use crate::bench::{Bench, program};

on_both_databases!(
    the_system_administrator_sees_what_waits_and_why_but_not_to_whom,
    everybody_enters_an_address_of_their_own,
);

const PASSWORD: &str = "示例口令，只在测试里使用";

struct Visitor {
    desk: Router,
    cookie: String,
}

impl Visitor {
    async fn enter(bench: &Bench, site: &Arc<Site>, login: &str, role: Option<Role>) -> (Visitor, Uuid) {
        let account = bench.account(login).await;
        if let Some(role) = role {
            accounts::grant(site, &program(), account, role, None).await.unwrap();
        }
        let link = accounts::issue_link(site, &program(), account).await.unwrap();
        let session = accounts::redeem_link(site, &link, PASSWORD).await.unwrap();
        let visitor = Visitor {
            desk: desk_router(site, own_routes()),
            cookie: format!("__Host-gongkai={session}"),
        };
        (visitor, account)
    }

    async fn send(&self, request: http::request::Builder, body: String) -> (StatusCode, String) {
        let request = request
            .header(header::COOKIE, &self.cookie)
            .body(Body::from(body))
            .unwrap();
        let answer = self.desk.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        self.send(Request::get(path), String::new()).await
    }

    async fn post(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
        let (_, html) = self.get(page).await;
        let token = html
            .split("name=\"token\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("token", token)
            .extend_pairs(fields)
            .finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "https://desk.example.gov.cn");
        self.send(request, body).await
    }
}

async fn the_system_administrator_sees_what_waits_and_why_but_not_to_whom(bench: Bench) {
    let port = Post::new().start().port;
    let site = process(&bench, with_mail(port)).await;
    let id = send_note(&site, "lisi@example.gov.cn", "示例甲", "one").await.unwrap();
    job::run_due(&site).await.unwrap();
    bounce::take(&site, &program(), b"<script>alert(1)</script>")
        .await
        .unwrap();
    let (clerk, _) = Visitor::enter(&bench, &site, "czj-jingban", Some(Role::Drafter)).await;
    for path in ["/messages", "/messages/templates", "/messages/returned"] {
        assert_eq!(clerk.get(path).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    let (admin, _) = Visitor::enter(&bench, &site, "xitong", Some(Role::SystemAdministrator)).await;
    let (status, list) = admin.get("/messages").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        list.contains("连接不上邮件服务器") && list.contains("待发送 1 条"),
        "{list}"
    );
    assert!(list.contains("示例消息") && !list.contains("lisi") && !list.contains("示例甲"));
    let (_, none) = admin.get("/messages?state=sent").await;
    assert!(none.contains("没有符合条件的消息"));
    let path = format!("/messages/{id}");
    let (_, one) = admin.get(&path).await;
    assert!(one.contains("l***@example.gov.cn") && !one.contains("lisi"), "{one}");
    let (status, page) = admin.post(&path, &format!("{path}/give-up"), &[("reason", "")]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("没有写放弃的原因"));
    let (status, _) = admin.post(&path, &format!("{path}/retry"), &[]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (status, _) = admin
        .post(&path, &format!("{path}/give-up"), &[("reason", "已调离")])
        .await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, one) = admin.get(&path).await;
    assert!(one.contains("已放弃") && one.contains("已调离"), "{one}");
    let (_, samples) = admin.get("/messages/templates").await;
    assert!(samples.contains("kit.sign_in_link.mail.txt") && samples.contains("012345"));
    let (_, returned) = admin.get("/messages/returned").await;
    assert!(
        returned.contains("&#60;script&#62;") && !returned.contains("<script>alert"),
        "{returned}"
    );
    let (_, work) = admin.get("/").await;
    assert!(work.contains("1 封退信"), "{work}");
    let nowhere = admin.get(&format!("/messages/{}", Uuid::nil())).await;
    assert_eq!(nowhere.0, StatusCode::NOT_FOUND);
}

async fn everybody_enters_an_address_of_their_own(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    let (clerk, account) = Visitor::enter(&bench, &site, "czj-jingban", None).await;
    let (status, page) = clerk
        .post("/addresses", "/addresses/mail", &[("mail", "不是邮箱")])
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.contains("value=\"不是邮箱\"") && page.contains("写法不对"),
        "what was typed stays"
    );
    let (status, _) = clerk
        .post("/addresses", "/addresses/mail", &[("mail", "lisi@example.gov.cn")])
        .await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    job::run_due(&site).await.unwrap();
    let text = post.mails()[0].text();
    let code = text
        .lines()
        .map(str::trim)
        .find(|l| l.len() == 6 && l.bytes().all(|b| b.is_ascii_digit()));
    let (_, page) = clerk.get("/addresses").await;
    assert!(page.contains("还没有确认") && page.contains("lisi@example.gov.cn"));
    let (status, page) = clerk
        .post("/addresses", "/addresses/mail/code", &[("code-mail", "12")])
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("还可以再试 4 次"), "{page}");
    let (status, _) = clerk
        .post("/addresses", "/addresses/mail/code", &[("code-mail", code.unwrap())])
        .await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, page) = clerk.get("/addresses").await;
    assert!(page.contains("已确认") && page.contains("暂停接收通知"), "{page}");
    assert_eq!(clerk.get("/addresses").await.0, StatusCode::OK);
    let (status, _) = clerk.post("/addresses", "/addresses/pigeon", &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    let (other, _) = Visitor::enter(&bench, &site, "czj-other", None).await;
    let (_, page) = other.get("/addresses").await;
    assert!(
        page.contains("没有登记") && !page.contains("lisi"),
        "nobody sees another's"
    );
    let (security, _) = Visitor::enter(&bench, &site, "anquan", Some(Role::SecurityAdministrator)).await;
    let path = format!("/accounts/{account}");
    let (_, page) = security.get(&path).await;
    assert!(!page.contains("lisi"));
    let (status, _) = security.post(&path, &format!("{path}/link/mail"), &[]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    job::run_due(&site).await.unwrap();
    assert_eq!(post.mails()[1].to, "lisi@example.gov.cn");
}
