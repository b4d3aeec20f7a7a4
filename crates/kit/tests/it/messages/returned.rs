//! Returned mail.

use chrono::Duration;
use kit::Error;
use kit::account::{Actor, Holding};
use kit::job;
use kit::message::address::{self, Confirmed};
use kit::message::bounce::{self, Returned};
use kit::message::{self, Channel};
use kit::permission::Role;

use super::peer::Post;
use super::{process, refusal, send_note, state, text, with_mail};
use crate::bench::{Bench, program};

on_both_databases!(
    a_returned_mail_marks_message_and_address,
    a_forged_return_marks_nothing_and_waits_for_somebody,
    a_late_mail_is_not_a_returned_one,
);

fn report(to: &str, id: &str, action: &str, status: &str) -> Vec<u8> {
    format!(
        "Return-Path: <>\r\nDelivered-To: {to}\r\nFrom: MAILER-DAEMON@mx.example.gov.cn\r\nSubject: Undelivered\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
         Sorry.\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.gov.cn\r\n\r\n\
         Final-Recipient: rfc822; lisi@example.gov.cn\r\nAction: {action}\r\nStatus: {status}\r\n\r\n--b\r\n\
         Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {id}\r\n\r\n--b--\r\n"
    )
    .into_bytes()
}

fn administrator() -> Actor {
    Actor {
        account: None,
        name: "系统管理员".into(),
        holdings: vec![Holding {
            role: Role::SystemAdministrator,
            unit: None,
        }],
    }
}

async fn a_returned_mail_marks_message_and_address(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    let by = Actor {
        account: Some(bench.account("czj-jingban").await),
        name: "某岗位".into(),
        holdings: Vec::new(),
    };
    let account = by.account.unwrap();
    address::enter(&site, &by, Channel::Mail, "lisi@example.gov.cn")
        .await
        .unwrap();
    job::run_due(&site).await.unwrap();
    let said = post.mails()[0].text();
    let code = said
        .lines()
        .map(str::trim)
        .find(|l| l.len() == 6 && l.bytes().all(|b| b.is_ascii_digit()));
    let given = address::confirm(&site, &by, Channel::Mail, code.unwrap())
        .await
        .unwrap();
    assert_eq!(given, Confirmed::Yes);

    let id = send_note(&site, "lisi@example.gov.cn", "示例甲", "one").await.unwrap();
    job::run_due(&site).await.unwrap();
    let mail = post.mails().pop().unwrap();
    let returned = report(&mail.from, "<unknown>", "failed", "5.1.1");
    assert_eq!(
        bounce::take(&site, &program(), &returned).await.unwrap(),
        Returned::Marked
    );
    assert_eq!(state(&site, id).await, "bounced");
    assert!(text(&site, id, "why").await.unwrap().contains("5.1.1"));
    assert!(
        address::confirmed(&site, account, Channel::Mail)
            .await
            .unwrap()
            .is_none()
    );
    let work = message::items(&site, &by).await.unwrap();
    assert!(work[0].title.contains("邮箱收不到消息"), "{work:?}");
    assert_eq!(
        bounce::take(&site, &program(), &returned).await.unwrap(),
        Returned::NothingNew
    );

    let other = send_note(&site, "wangwu@example.gov.cn", "示例乙", "two")
        .await
        .unwrap();
    job::run_due(&site).await.unwrap();
    let id = post.mails().pop().unwrap().header("Message-ID");
    let returned = report("zwgk@example.gov.cn", &id, "failed", "4.2.2");
    assert_eq!(
        bounce::take(&site, &program(), &returned).await.unwrap(),
        Returned::Marked
    );
    assert_eq!(state(&site, other).await, "bounced", "the Message-ID is signed too");
}

async fn a_forged_return_marks_nothing_and_waits_for_somebody(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    let id = send_note(&site, "lisi@example.gov.cn", "示例甲", "one").await.unwrap();
    job::run_due(&site).await.unwrap();
    let key = text(&site, id, "delivery_key").await.unwrap();
    let good = post.mails().pop().unwrap().from;
    let forged = [
        report(
            &format!("bounces+{key}.00000000000000000000@example.gov.cn"),
            "<x>",
            "failed",
            "5.1.1",
        ),
        report(
            &format!("bounces+{key}@example.gov.cn"),
            &format!("<{key}@example.gov.cn>"),
            "failed",
            "5.1.1",
        ),
        b"\0\0\xff\xfe--\r\n\r\n".to_vec(),
        Vec::new(),
        vec![b'.'; 600_000],
        format!("Delivered-To: {good}\r\n\r\nI am on holiday.\r\n").into_bytes(),
    ];
    for (turn, mail) in forged.iter().enumerate() {
        let taken = bounce::take(&site, &program(), mail).await.unwrap();
        assert_eq!(taken, Returned::Kept, "{turn}");
        let again = bounce::take(&site, &program(), mail).await.unwrap();
        assert_eq!(again, Returned::NothingNew, "the same mail waits once");
    }
    assert_eq!(state(&site, id).await, "sent");
    let by = administrator();
    let strays = bounce::strays(&site, &by, 20).await.unwrap();
    assert_eq!(strays.len(), forged.len());
    assert!(strays[0].reason.contains("没有本系统签名的编号"));
    assert!(strays[5].reason.contains("没有投递状态"), "{}", strays[5].reason);
    assert!(strays[5].excerpt.expose().contains("holiday"));
    let forbidden = bounce::strays(&site, &program(), 20).await;
    assert!(matches!(forbidden, Err(Error::Forbidden(_))));
    let work = message::items(&site, &by).await.unwrap();
    assert!(work.iter().any(|item| item.title.contains("6 封退信")), "{work:?}");
    assert!(refusal(bounce::clear(&site, &by, strays[0].id, "  ").await).contains("处理结果"));
    for stray in &strays {
        bounce::clear(&site, &by, stray.id, "看过，是自动回复").await.unwrap();
    }
    assert!(refusal(bounce::clear(&site, &by, strays[0].id, "再看").await).contains("已经处理过"));
    assert_eq!(bounce::strays(&site, &by, 20).await.unwrap().len(), 0);
    let kept = "SELECT count(*) FROM message_stray WHERE excerpt IS NOT NULL";
    assert_eq!(bench.number(kept, []).await, 0);
}

async fn a_late_mail_is_not_a_returned_one(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    let id = send_note(&site, "lisi@example.gov.cn", "示例甲", "one").await.unwrap();
    job::run_due(&site).await.unwrap();
    let to = post.mails().pop().unwrap().from;
    for (action, status) in [("delayed", "4.4.1"), ("delivered", "2.0.0"), ("relayed", "2.0.0")] {
        let taken = bounce::take(&site, &program(), &report(&to, "<x>", action, status))
            .await
            .unwrap();
        assert_eq!(taken, Returned::NothingNew, "{action}");
        bench.advance(Duration::minutes(1));
    }
    assert_eq!(state(&site, id).await, "sent");
}
