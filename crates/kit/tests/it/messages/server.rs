//! Signing in, encryption, and what must not reach a header or a log.

use std::io::Write;
use std::sync::{Arc, Mutex};

use chrono::Duration;
use kit::job;
use kit::message::{MailSettings, Messages, Security, Settings};
use kit::seal::Sealed;
use sea_orm::{ConnectionTrait, Statement};
use tempfile::TempDir;
use tracing_subscriber::fmt::MakeWriter;

use super::peer::{Post, certificate};
use super::{mail_settings, process, refusal, send_note, state, templates, text, with_mail};
use crate::bench::Bench;

on_both_databases!(
    mail_goes_encrypted_and_signed_in,
    a_wrong_password_or_certificate_keeps_messages_waiting,
    nothing_typed_becomes_a_header,
    addresses_in_other_scripts,
    an_address_stands_in_no_log_no_job_and_no_open_column,
);

fn encrypted(port: u16, password: &str, pem: &std::path::Path) -> Settings {
    Settings {
        mail: Some(MailSettings {
            host: "localhost".into(),
            security: Security::StartTls,
            user: "gongkai".into(),
            password: Sealed::new(password.to_string()),
            certificate: Some(std::fs::read(pem).unwrap()),
            ..mail_settings(port)
        }),
        ..Settings::default()
    }
}

async fn mail_goes_encrypted_and_signed_in(bench: Bench) {
    let (post, folder) = (Post::new(), TempDir::new().unwrap());
    let (pem, key) = certificate(folder.path());
    let more = [
        "--tls",
        pem.to_str().unwrap(),
        key.to_str().unwrap(),
        "--user",
        "gongkai",
        "示例口令",
    ];
    let server = post.start_with(0, &more);
    let site = process(&bench, encrypted(server.port, "示例口令", &pem)).await;
    for n in 0..3 {
        send_note(&site, "lisi@example.gov.cn", "示例甲", &n.to_string())
            .await
            .unwrap();
    }
    job::run_due(&site).await.unwrap();
    let mails = post.mails();
    assert_eq!(mails.len(), 3);
    assert!(mails.iter().all(|mail| mail.tls && mail.user));

    let mut plain = mail_settings(25);
    plain.host = "mail.example.gov.cn".into();
    let settings = Settings {
        mail: Some(plain),
        ..Settings::default()
    };
    let opened = Messages::open(settings, templates(), &site.profile);
    assert!(refusal(opened).contains("不加密"));
}

async fn a_wrong_password_or_certificate_keeps_messages_waiting(bench: Bench) {
    let (post, folder, other) = (Post::new(), TempDir::new().unwrap(), TempDir::new().unwrap());
    let (pem, key) = certificate(folder.path());
    let (other_pem, _) = certificate(other.path());
    let more = [
        "--tls",
        pem.to_str().unwrap(),
        key.to_str().unwrap(),
        "--user",
        "gongkai",
        "right",
    ];
    let server = post.start_with(0, &more);
    let wrong = process(&bench, encrypted(server.port, "wrong", &pem)).await;
    let id = send_note(&wrong, "lisi@example.gov.cn", "示例甲", "one").await.unwrap();
    job::run_due(&wrong).await.unwrap();
    assert_eq!(
        state(&wrong, id).await,
        "waiting",
        "a wrong password is not the message's fault"
    );
    assert!(text(&wrong, id, "why").await.unwrap().contains("不接受本系统登录"));
    let stranger = process(&bench, encrypted(server.port, "right", &other_pem)).await;
    bench.advance(Duration::hours(1));
    job::run_due(&stranger).await.unwrap();
    assert_eq!(state(&wrong, id).await, "waiting");
    assert!(
        text(&wrong, id, "why").await.unwrap().contains("加密连接"),
        "{:?}",
        text(&wrong, id, "why").await
    );
    let right = process(&bench, encrypted(server.port, "right", &pem)).await;
    bench.advance(Duration::hours(1));
    job::run_due(&right).await.unwrap();
    assert_eq!(state(&right, id).await, "sent");
    assert_eq!(post.mails().len(), 1);
}

async fn nothing_typed_becomes_a_header(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    let names = [
        "甲\r\nBcc: victim@example.com",
        "甲\nSubject: other\n\nbody",
        "=?utf-8?B?Qg==?=\r\n\tX: y",
        "\u{202e}甲\u{200b}乙\u{2028}丙",
        "a\r.\r\nQUIT\r\n",
        "<b>粗</b>&\"'",
    ];
    for (turn, name) in names.iter().enumerate() {
        send_note(&site, "lisi@example.gov.cn", name, &turn.to_string())
            .await
            .unwrap();
    }
    job::run_due(&site).await.unwrap();
    let mails = post.mails();
    assert_eq!(mails.len(), names.len());
    for mail in &mails {
        let mut headers = mail.headers();
        headers.sort();
        let wanted = [
            "auto-submitted",
            "content-type",
            "date",
            "from",
            "message-id",
            "mime-version",
            "subject",
            "to",
        ];
        assert_eq!(headers, wanted, "{}", mail.content);
        assert_eq!(mail.to, "lisi@example.gov.cn");
        assert!(!mail.header("Subject").contains('\n'));
    }
    assert!(mails[3].text().starts_with("甲乙丙："), "{}", mails[3].text());
}

async fn addresses_in_other_scripts(bench: Bench) {
    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    let id = send_note(&site, "张三@example.gov.cn", "示例甲", "one").await.unwrap();
    job::run_due(&site).await.unwrap();
    assert_eq!(state(&site, id).await, "sent", "{:?}", text(&site, id, "why").await);
    assert_eq!(post.mails()[0].to, "张三@example.gov.cn");
    let no_address = send_note(&site, "不是邮箱", "示例甲", "two").await.unwrap();
    job::run_due(&site).await.unwrap();
    assert_eq!(state(&site, no_address).await, "refused");
}

/// Everything logged, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

async fn an_address_stands_in_no_log_no_job_and_no_open_column(bench: Bench) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .with_writer(log.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let post = Post::new();
    let server = post.start();
    let site = process(&bench, with_mail(server.port)).await;
    send_note(&site, "zhaoliu@example.gov.cn", "某某某", "good")
        .await
        .unwrap();
    send_note(&site, "nobody@zhaoliu.example.cn", "某某某", "refused")
        .await
        .unwrap();
    post.answer(&["451 zhaoliu waits", "drop"]);
    for _ in 0..4 {
        job::run_due(&site).await.unwrap();
        bench.advance(Duration::minutes(2));
    }
    drop(server);
    send_note(&site, "zhaoliu@example.gov.cn", "某某某", "down")
        .await
        .unwrap();
    job::run_due(&site).await.unwrap();
    tracing::info!("the log is taken");
    let mut seen = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(seen.contains("the log is taken"));
    for (table, columns) in [
        ("job", vec!["kind", "idempotency_key", "payload", "last_error"]),
        (
            "message",
            vec![
                "idempotency_key",
                "recipient",
                "recipient_index",
                "subject",
                "body",
                "answer",
                "why",
            ],
        ),
        ("audit_entry", vec!["action", "detail"]),
    ] {
        for column in columns {
            let sql = format!("SELECT CAST({column} AS TEXT) FROM {table}");
            let statement = Statement::from_string(site.db.backend(), sql);
            for row in site.db.read().query_all_raw(statement).await.unwrap() {
                seen += &row.try_get_by_index::<Option<String>>(0).unwrap().unwrap_or_default();
                seen.push('\n');
            }
        }
    }
    assert!(
        seen.contains("550") && seen.contains("连接不上"),
        "what happened is told"
    );
    for private in ["zhaoliu", "某某某", "第一件"] {
        assert!(!seen.contains(private), "{private} in {seen}");
    }
}
