//! From the command to the server: once, whatever happens in between.

use std::collections::{HashMap, HashSet};
use std::time::Duration as Real;

use chrono::Duration;
use kit::Error;
use kit::account::{Actor, Holding};
use kit::job::{self, Workers};
use kit::message::{self, Channel, New, Settings, Values};
use kit::permission::Role;
use kit::seal::Sealed;

use super::peer::Post;
use super::{NOTE, process, refusal, send_note, state, text, with_mail};
use crate::bench::{Bench, program};

on_both_databases!(
    a_message_goes_out_exactly_when_its_command_happened,
    down_for_a_while_and_back_every_message_comes_once,
    what_the_server_says_decides,
    cut_off_before_the_answer_the_second_bears_the_same_id,
    killed_between_taking_over_and_noting_the_second_bears_the_same_id,
    without_configuration_messages_wait_and_are_not_lost,
    two_processes_send_500_messages_once_each,
    after_some_days_a_message_is_given_up_and_can_be_sent_again,
    what_has_gone_out_is_wiped_and_the_fact_stays,
    a_message_can_be_cancelled_until_it_goes_out,
    asked_for_twice_it_goes_out_once,
    a_silent_server_is_left_and_its_late_answer_counts_for_nothing,
);

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

async fn a_message_goes_out_exactly_when_its_command_happened(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    let (to, values) = (
        &Sealed::new("lisi@example.gov.cn".to_string()),
        &Values::new()
            .with("who", "示例甲")
            .with("count", "2")
            .with("list", "甲"),
    );
    let undone: Result<(), Error> = site
        .write(&program(), |tx| {
            let site = site.clone();
            async move {
                tx.housekeeping();
                let new = New {
                    channel: Channel::Mail,
                    to,
                    template: &NOTE,
                    values,
                    key: "undone".into(),
                    about: None,
                };
                message::send(&site, &tx, new).await?;
                Err(Error::Conflict("没有办成".into()))
            }
        })
        .await;
    undone.unwrap_err();
    job::run_due(&site).await.unwrap();
    assert_eq!(post.mails().len(), 0, "what did not happen is not told");

    let id = send_note(&site, "lisi@example.gov.cn", "示例甲", "one").await.unwrap();
    let again = send_note(&site, "lisi@example.gov.cn", "示例甲", "one").await.unwrap();
    assert_eq!(id, again, "one key is one message");
    job::run_due(&site).await.unwrap();
    job::run_due(&site).await.unwrap();
    let mails = post.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(state(&site, id).await, "sent");
    let mail = &mails[0];
    assert_eq!(mail.to, "lisi@example.gov.cn");
    assert!(
        mail.text().contains("您有 2 件事：\r\n第一件\r\n第二件"),
        "{}",
        mail.text()
    );
    assert!(mail.from.starts_with("bounces+") && mail.from.ends_with("@example.gov.cn"));
    let token = mail
        .from
        .trim_start_matches("bounces+")
        .split('@')
        .next()
        .unwrap()
        .to_string();
    assert_eq!(mail.header("Message-ID"), format!("<{token}@example.gov.cn>"));
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    let key = text(&site, id, "delivery_key").await.unwrap();
    assert!(token.starts_with(&key));
}

async fn down_for_a_while_and_back_every_message_comes_once(bench: Bench) {
    let post = Post::new();
    let port = post.start().port;
    let site = process(&bench, with_mail(port)).await;
    let mut ids = Vec::new();
    for n in 0..5 {
        let to = format!("post{n}@example.gov.cn");
        ids.push(send_note(&site, &to, "示例甲", &n.to_string()).await.unwrap());
    }
    for _ in 0..3 {
        job::run_due(&site).await.unwrap();
        bench.advance(Duration::minutes(5));
    }
    assert_eq!(post.mails().len(), 0);
    assert!(text(&site, ids[0], "why").await.unwrap().contains("连接不上邮件服务器"));
    let health = message::health(&site).await.unwrap();
    assert_eq!((health.waiting, health.failed), (5, 0));
    let _server = post.start_with(port, &[]);
    for _ in 0..3 {
        bench.advance(Duration::hours(2));
        job::run_due(&site).await.unwrap();
    }
    let to: HashSet<_> = post.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!((post.mails().len(), to.len()), (5, 5));
    assert_eq!(message::health(&site).await.unwrap().waiting, 0);
}

async fn what_the_server_says_decides(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    post.answer(&["451 4.3.0 later please", "250 taken"]);
    let late = send_note(&site, "lisi@example.gov.cn", "示例甲", "late").await.unwrap();
    job::run_due(&site).await.unwrap();
    assert_eq!(state(&site, late).await, "waiting");
    assert!(text(&site, late, "why").await.unwrap().contains("451"));
    bench.advance(Duration::minutes(1));
    job::run_due(&site).await.unwrap();
    assert_eq!(state(&site, late).await, "sent");

    let nobody = send_note(&site, "nobody@example.gov.cn", "示例甲", "nobody")
        .await
        .unwrap();
    job::run_due(&site).await.unwrap();
    assert_eq!(state(&site, nobody).await, "refused");
    let why = text(&site, nobody, "why").await.unwrap();
    assert!(why.contains("550") && !why.contains("nobody"), "{why}");
    let answer = text(&site, nobody, "answer").await.unwrap();
    assert!(
        !answer.contains("nobody"),
        "the server's words quote the address and are sealed"
    );
    post.answer(&["554 5.7.1 no such content here"]);
    let spam = send_note(&site, "lisi@example.gov.cn", "示例甲", "spam").await.unwrap();
    job::run_due(&site).await.unwrap();
    assert_eq!(state(&site, spam).await, "refused");
    assert_eq!(post.mails().len(), 1);
    let health = message::health(&site).await.unwrap();
    assert!(health.sentence(bench.now()).contains("有 2 条没有送达"), "{health:?}");
}

async fn cut_off_before_the_answer_the_second_bears_the_same_id(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    post.answer(&["drop"]);
    let id = send_note(&site, "lisi@example.gov.cn", "示例甲", "one").await.unwrap();
    job::run_due(&site).await.unwrap();
    assert_eq!(state(&site, id).await, "waiting");
    bench.advance(Duration::minutes(1));
    job::run_due(&site).await.unwrap();
    assert_eq!(state(&site, id).await, "sent");
    let ids: Vec<_> = post.mails().iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(ids.len(), 2, "the server had it already");
    assert_eq!(ids[0], ids[1]);
}

async fn killed_between_taking_over_and_noting_the_second_bears_the_same_id(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let first = process(&bench, with_mail(server.port)).await;
    post.answer(&["silent"]);
    let id = send_note(&first, "lisi@example.gov.cn", "示例甲", "one").await.unwrap();
    let running = {
        let first = first.clone();
        tokio::spawn(async move { job::run_due(&first).await })
    };
    while post.mails().is_empty() {
        tokio::time::sleep(Real::from_millis(20)).await;
    }
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    drop(first);
    let second = process(&bench, with_mail(server.port)).await;
    job::run_due(&second).await.unwrap();
    assert_eq!(post.mails().len(), 1, "the lease of the first still runs");
    bench.advance(Duration::minutes(2));
    job::run_due(&second).await.unwrap();
    let ids: HashSet<_> = post.mails().iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!((post.mails().len(), ids.len()), (2, 1));
    assert_eq!(state(&second, id).await, "sent");
    let doubled = "SELECT count(*) FROM message WHERE may_be_double = $1";
    assert_eq!(bench.number(doubled, [true.into()]).await, 1, "and the message says so");
}

async fn without_configuration_messages_wait_and_are_not_lost(bench: Bench) {
    let site = process(&bench, Settings::default()).await;
    let id = send_note(&site, "lisi@example.gov.cn", "示例甲", "one").await.unwrap();
    job::run_due(&site).await.unwrap();
    assert_eq!(state(&site, id).await, "waiting");
    assert_eq!(text(&site, id, "why").await.unwrap(), "未配置发信");
    for _ in 0..10 {
        bench.advance(Duration::days(1));
        job::run_due(&site).await.unwrap();
    }
    let health = message::health(&site).await.unwrap();
    assert!(!health.is_good() && health.unconfigured == 1);
    assert!(health.sentence(bench.now()).contains("没有配置发信"));
    let work = message::items(&site, &administrator()).await.unwrap();
    assert!(work[0].place.contains("未配置发信"), "{work:?}");
    assert_eq!(message::items(&site, &program()).await.unwrap(), []);

    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    bench.advance(Duration::minutes(5));
    job::run_due(&site).await.unwrap();
    assert_eq!(state(&site, id).await, "sent");
    assert_eq!(post.mails().len(), 1);
}

async fn two_processes_send_500_messages_once_each(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let first = process(&bench, with_mail(server.port)).await;
    let second = process(&bench, with_mail(server.port)).await;
    for n in 0..500 {
        let to = format!("post{n}@example.gov.cn");
        send_note(&first, &to, "示例甲", &n.to_string()).await.unwrap();
    }
    let workers = [first.clone(), second].map(|site| tokio::spawn(std::sync::Arc::new(Workers::default()).work(site)));
    while bench
        .number("SELECT count(*) FROM message WHERE state = 'waiting'", [])
        .await
        > 0
    {
        tokio::time::sleep(Real::from_millis(50)).await;
    }
    for worker in workers {
        worker.abort();
    }
    let mut by_receiver: HashMap<String, HashSet<String>> = HashMap::new();
    for mail in post.mails() {
        let id = mail.header("Message-ID");
        by_receiver.entry(mail.to).or_default().insert(id);
    }
    assert_eq!(by_receiver.len(), 500);
    assert!(by_receiver.values().all(|ids| ids.len() == 1));
    assert_eq!(post.mails().len(), 500);
}

async fn after_some_days_a_message_is_given_up_and_can_be_sent_again(bench: Bench) {
    let post = Post::new();
    let port = post.start().port;
    let site = process(&bench, with_mail(port)).await;
    let id = send_note(&site, "lisi@example.gov.cn", "示例甲", "one").await.unwrap();
    for _ in 0..40 {
        job::run_due(&site).await.unwrap();
        bench.advance(Duration::hours(2));
    }
    assert_eq!(state(&site, id).await, "given_up");
    assert!(text(&site, id, "why").await.unwrap().contains("连续 3 天"));
    let forbidden = message::retry(&site, &program(), id).await;
    assert!(matches!(forbidden, Err(Error::Forbidden(_))), "{forbidden:?}");
    let by = administrator();
    let _server = post.start_with(port, &[]);
    message::retry(&site, &by, id).await.unwrap();
    job::run_due(&site).await.unwrap();
    assert_eq!(state(&site, id).await, "sent");
    assert!(refusal(message::retry(&site, &by, id).await).contains("已经发出"));
    assert!(refusal(message::give_up(&site, &by, id, "不需要了").await).contains("不在等待"));
    assert!(refusal(message::give_up(&site, &by, id, " ").await).contains("原因"));
}

async fn what_has_gone_out_is_wiped_and_the_fact_stays(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    let id = send_note(&site, "lisi@example.gov.cn", "示例甲", "one").await.unwrap();
    job::run_due(&site).await.unwrap();
    bench.advance(Duration::days(29));
    job::run_due(&site).await.unwrap();
    assert!(text(&site, id, "body").await.is_some());
    bench.advance(Duration::days(2));
    job::run_due(&site).await.unwrap();
    for column in ["recipient", "recipient_index", "subject", "body", "answer"] {
        assert_eq!(text(&site, id, column).await, None, "{column}");
    }
    assert_eq!(state(&site, id).await, "sent");
    assert_eq!(text(&site, id, "template").await.unwrap(), "test.note");
    let known = "SELECT count(*) FROM message WHERE ended_at IS NOT NULL AND wiped_at IS NOT NULL";
    assert_eq!(bench.number(known, []).await, 1);
}

async fn a_message_can_be_cancelled_until_it_goes_out(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    let id = send_note(&site, "lisi@example.gov.cn", "示例甲", "one").await.unwrap();
    let by_program = &program();
    let cancel = || {
        site.write(by_program, |tx| async move {
            tx.housekeeping();
            message::cancel(&tx, id, "事情已经办完").await
        })
    };
    assert!(cancel().await.unwrap());
    assert!(!cancel().await.unwrap());
    job::run_due(&site).await.unwrap();
    assert_eq!(post.mails().len(), 0);
    assert_eq!(state(&site, id).await, "cancelled");
}

async fn asked_for_twice_it_goes_out_once(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    let by = administrator();
    post.answer(&["451 later", "silent"]);
    let id = send_note(&site, "lisi@example.gov.cn", "示例甲", "one").await.unwrap();
    job::run_due(&site).await.unwrap();
    message::retry(&site, &by, id).await.unwrap();
    message::retry(&site, &by, id).await.unwrap();
    let running = {
        let site = site.clone();
        tokio::spawn(async move { job::run_due(&site).await })
    };
    while post.mails().is_empty() {
        tokio::time::sleep(Real::from_millis(20)).await;
    }
    let told = refusal(message::retry(&site, &by, id).await);
    assert!(told.contains("正在发送"), "{told}");
    message::give_up(&site, &by, id, "不用再发").await.unwrap();
    running.abort();
    running.await.unwrap_err();
    bench.advance(Duration::hours(3));
    job::run_due(&site).await.unwrap();
    assert_eq!(
        post.mails().len(),
        1,
        "jobs of earlier rounds and of what was given up send nothing"
    );
    assert_eq!(state(&site, id).await, "given_up");
    message::retry(&site, &by, id).await.unwrap();
    job::run_due(&site).await.unwrap();
    assert_eq!((post.mails().len(), state(&site, id).await.as_str()), (2, "sent"));
}

async fn a_silent_server_is_left_and_its_late_answer_counts_for_nothing(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let mut settings = with_mail(server.port);
    settings.mail.as_mut().unwrap().timeout = Real::from_secs(1);
    let site = process(&bench, settings).await;
    let first = send_note(&site, "lisi@example.gov.cn", "示例甲", "one").await.unwrap();
    // The answer to the first comes after it has been given up, and before the second is sent.
    post.answer(&["slow", "550 5.7.1 no", "250 taken"]);
    job::run_due(&site).await.unwrap();
    assert_eq!(state(&site, first).await, "waiting");
    assert!(text(&site, first, "why").await.unwrap().contains("没有及时回答"));
    tokio::time::sleep(Real::from_secs(3)).await;
    let second = send_note(&site, "wangwu@example.gov.cn", "示例乙", "two")
        .await
        .unwrap();
    job::run_due(&site).await.unwrap();
    assert_eq!(
        state(&site, second).await,
        "refused",
        "its own answer, not the late one"
    );
    bench.advance(Duration::minutes(1));
    job::run_due(&site).await.unwrap();
    assert_eq!(state(&site, first).await, "sent");
    let mails = post.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].header("Message-ID"), mails[1].header("Message-ID"));
}
