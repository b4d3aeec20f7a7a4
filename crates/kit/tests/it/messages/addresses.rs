//! Where accounts want to be reached.

use chrono::Duration;
use kit::Error;
use kit::account::Actor;
use kit::job;
use kit::message::address::{self, Confirmed};
use kit::message::{self, Channel};

use super::peer::{Post, Taken};
use super::{process, refusal, text, with_mail};
use crate::bench::{Bench, program};

on_both_databases!(
    an_address_is_used_once_it_is_confirmed,
    codes_are_few_and_cannot_be_guessed,
    whoever_wants_no_notices_gets_none,
    a_sign_in_link_goes_to_a_confirmed_address_only,
);

async fn person(bench: &Bench, login: &str) -> Actor {
    Actor {
        account: Some(bench.account(login).await),
        name: "某岗位".into(),
        holdings: Vec::new(),
    }
}

fn code_in(mail: &Taken) -> String {
    let text = mail.text();
    let code = text
        .lines()
        .map(str::trim)
        .find(|line| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit()));
    code.expect("a code in the mail").to_string()
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

async fn an_address_is_used_once_it_is_confirmed(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    let by = person(&bench, "czj-jingban").await;
    let account = by.account.unwrap();
    assert!(refusal(address::enter(&site, &by, Channel::Mail, "没有邮箱").await).contains("写法"));
    address::enter(&site, &by, Channel::Mail, "Lisi@Example.gov.cn")
        .await
        .unwrap();
    job::run_due(&site).await.unwrap();
    let code = code_in(&post.mails()[0]);
    assert!(
        address::confirmed(&site, account, Channel::Mail)
            .await
            .unwrap()
            .is_none()
    );
    let given = address::confirm(&site, &by, Channel::Mail, wrong(&code)).await.unwrap();
    assert_eq!(given, Confirmed::Wrong(4));
    let given = address::confirm(&site, &by, Channel::Mail, &format!(" {code} "))
        .await
        .unwrap();
    assert_eq!(given, Confirmed::Yes);
    let known = address::confirmed(&site, account, Channel::Mail)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(known.expose(), "Lisi@example.gov.cn");
    let again = address::confirm(&site, &by, Channel::Mail, &code).await.unwrap();
    assert_eq!(again, Confirmed::Void, "a code is good once");
    let kept = "SELECT count(*) FROM message WHERE body IS NOT NULL OR subject IS NOT NULL";
    assert_eq!(bench.number(kept, []).await, 0, "a code that was sent is wiped");

    address::enter(&site, &by, Channel::Mail, "other@example.gov.cn")
        .await
        .unwrap();
    let known = address::confirmed(&site, account, Channel::Mail).await.unwrap();
    assert!(known.is_none(), "another address has to be confirmed anew");
    address::remove(&site, &by, Channel::Mail).await.unwrap();
    assert_eq!(bench.number("SELECT count(*) FROM message_address", []).await, 0);
    assert!(refusal(address::remove(&site, &by, Channel::Mail).await).contains("还没有登记"));
}

async fn codes_are_few_and_cannot_be_guessed(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    let by = person(&bench, "czj-jingban").await;
    address::enter(&site, &by, Channel::Mail, "lisi@example.gov.cn")
        .await
        .unwrap();
    job::run_due(&site).await.unwrap();
    let code = code_in(&post.mails()[0]);
    for left in [4, 3, 2, 1] {
        let given = address::confirm(&site, &by, Channel::Mail, wrong(&code)).await.unwrap();
        assert_eq!(given, Confirmed::Wrong(left));
    }
    for guess in [wrong(&code), &code] {
        let given = address::confirm(&site, &by, Channel::Mail, guess).await.unwrap();
        assert_eq!(
            given,
            Confirmed::Void,
            "five wrong codes end it, also for the right one"
        );
    }
    address::enter(&site, &by, Channel::Mail, "lisi@example.gov.cn")
        .await
        .unwrap();
    job::run_due(&site).await.unwrap();
    let code = code_in(&post.mails()[1]);
    bench.advance(Duration::minutes(10));
    let late = address::confirm(&site, &by, Channel::Mail, &code).await.unwrap();
    assert_eq!(late, Confirmed::Void);
    for _ in 0..3 {
        address::enter(&site, &by, Channel::Mail, "lisi@example.gov.cn")
            .await
            .unwrap();
    }
    let told = refusal(address::enter(&site, &by, Channel::Mail, "LISI@example.gov.cn".to_lowercase().as_str()).await);
    assert!(told.contains("太多"), "{told}");
    let other = person(&bench, "czj-other").await;
    let told = refusal(address::enter(&site, &other, Channel::Mail, "lisi@example.gov.cn").await);
    assert!(
        told.contains("太多"),
        "nobody's mailbox is filled by many accounts: {told}"
    );
    bench.advance(Duration::days(1));
    address::enter(&site, &by, Channel::Mail, "lisi@example.gov.cn")
        .await
        .unwrap();
}

async fn confirm_mail(site: &std::sync::Arc<kit::Site>, post: &Post, by: &Actor, to: &str) {
    address::enter(site, by, Channel::Mail, to).await.unwrap();
    job::run_due(site).await.unwrap();
    let code = code_in(post.mails().last().unwrap());
    let given = address::confirm(site, by, Channel::Mail, &code).await.unwrap();
    assert_eq!(given, Confirmed::Yes);
}

async fn whoever_wants_no_notices_gets_none(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    let by = person(&bench, "czj-jingban").await;
    let account = by.account.unwrap();
    confirm_mail(&site, &post, &by, "lisi@example.gov.cn").await;
    assert!(
        address::for_notices(&site, site.db.read(), account, Channel::Mail)
            .await
            .unwrap()
            .is_some()
    );
    address::pause(&site, &by, Channel::Mail, true).await.unwrap();
    assert!(
        address::for_notices(&site, site.db.read(), account, Channel::Mail)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        address::confirmed(&site, account, Channel::Mail)
            .await
            .unwrap()
            .is_some()
    );
    let told = &message::Told {
        account,
        key: "digest".into(),
        title: "今日待办 2 件".into(),
        lines: vec!["第一件".into(), "第二件".into()],
        link: "/".into(),
        digest_of: Some(2),
    };
    let by_program = &program();
    let tell = || {
        site.write(by_program, |tx| {
            let site = site.clone();
            async move {
                tx.housekeeping();
                message::tell(&site, &tx, told, &Channel::ALL).await
            }
        })
    };
    assert_eq!(tell().await.unwrap(), [], "it stands on the desk alone");
    address::pause(&site, &by, Channel::Mail, false).await.unwrap();
    assert_eq!(tell().await.unwrap(), [Channel::Mail]);
    assert_eq!(tell().await.unwrap(), [Channel::Mail]);
    job::run_due(&site).await.unwrap();
    assert_eq!(post.mails().len(), 2, "the code and one digest");
    assert!(post.mails()[1].text().contains("第一件\r\n第二件"));
    assert!(
        address::for_notices(&site, site.db.read(), account, Channel::Mail)
            .await
            .unwrap()
            .is_some()
    );
}

async fn a_sign_in_link_goes_to_a_confirmed_address_only(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    let security = bench.security().await;
    let by = person(&bench, "czj-jingban").await;
    let account = by.account.unwrap();
    let told = refusal(message::send_sign_in_link(&site, &security, account).await);
    assert!(told.contains("没有确认过的邮箱"), "{told}");
    confirm_mail(&site, &post, &by, "lisi@example.gov.cn").await;
    let own = message::send_sign_in_link(&site, &by, account).await;
    assert!(matches!(own, Err(Error::Forbidden(_))), "{own:?}");
    let id = message::send_sign_in_link(&site, &security, account).await.unwrap();
    job::run_due(&site).await.unwrap();
    let mail = post.mails().pop().unwrap();
    assert_eq!(mail.to, "lisi@example.gov.cn");
    let said = mail.text();
    let link = said
        .lines()
        .find(|line| line.starts_with("https://desk.example.gov.cn/links/"));
    let token = link.unwrap().trim().rsplit('/').next().unwrap();
    kit::account::service::redeem_link(&site, token, "示例口令，只在测试里使用")
        .await
        .unwrap();
    assert_eq!(text(&site, id, "body").await, None, "the link is not kept");
}
