//! Text messages, over a gateway that the test starts.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use chrono::Duration;
use kit::job;
use kit::message::{Messages, Settings, SmsFormat, SmsSettings};
use kit::outgoing::Outgoing;
use kit::seal::Sealed;

use super::{process, refusal, send_nudge, state, templates, text};
use crate::bench::Bench;

on_both_databases!(
    a_text_message_goes_through_the_gateway,
    what_the_gateway_says_decides,
    one_number_gets_so_many_an_hour,
    a_gateway_inside_is_asked_only_when_it_is_listed,
);

#[derive(Clone, Default)]
struct Gateway(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    taken: Vec<(HeaderMap, serde_json::Value)>,
    answers: Vec<(u16, &'static str)>,
}

async fn start() -> (Gateway, u16) {
    let gateway = Gateway::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let app = axum::Router::new()
        .route(
            "/send",
            post(
                |State(gateway): State<Gateway>, headers: HeaderMap, body: String| async move {
                    let mut inner = gateway.0.lock().unwrap();
                    let (status, words) = match inner.answers.is_empty() {
                        true => (200, r#"{ "code": 0 }"#),
                        false => inner.answers.remove(0),
                    };
                    if words.contains("\"code\": 0") {
                        inner.taken.push((headers, serde_json::from_str(&body).unwrap()));
                    }
                    (StatusCode::from_u16(status).unwrap(), words)
                },
            ),
        )
        .with_state(gateway.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (gateway, port)
}

fn sms(port: u16) -> SmsSettings {
    SmsSettings {
        url: format!("http://127.0.0.1:{port}/send"),
        method: "POST".into(),
        headers: vec![("Authorization".into(), "Bearer {secret}".into())],
        body: r#"{"to":"{number}","text":"{text}","id":"{id}"}"#.into(),
        format: SmsFormat::Json,
        secret: Sealed::new("示例密钥-in-ascii".replace("示例密钥", "key")),
        success: r#""code":0"#.into(),
        again: "busy".into(),
        hourly: 3,
    }
}

fn with_sms(port: u16) -> Settings {
    Settings {
        sms: Some(sms(port)),
        ..Settings::default()
    }
}

async fn a_text_message_goes_through_the_gateway(bench: Bench) {
    let (gateway, port) = start().await;
    let site = process(&bench, with_sms(port)).await;
    let id = send_nudge(&site, "+8613800000000", "one").await.unwrap();
    job::run_due(&site).await.unwrap();
    assert_eq!(state(&site, id).await, "sent", "{:?}", text(&site, id, "why").await);
    let inner = gateway.0.lock().unwrap();
    let [(headers, body)] = &inner.taken[..] else {
        panic!("one message")
    };
    assert_eq!(headers["authorization"], "Bearer key-in-ascii");
    assert_eq!(body["to"], "+8613800000000");
    assert_eq!(body["text"], "您有 12 件待办，请登录工作台查看。");
    assert_eq!(body["id"].as_str().unwrap().len(), 32);
}

async fn what_the_gateway_says_decides(bench: Bench) {
    let (gateway, port) = start().await;
    let site = process(&bench, with_sms(port)).await;
    gateway.0.lock().unwrap().answers = vec![
        (503, "down"),
        (401, "who are you"),
        (200, r#"{ "code": 9, "say": "busy" }"#),
        (429, ""),
        (200, r#"{ "code": 0 }"#),
        (200, r#"{ "code": 7, "number": "+8613800000001" }"#),
        (400, "bad number"),
    ];
    let first = send_nudge(&site, "+8613800000000", "first").await.unwrap();
    for expected in ["503", "401", "暂时不收", "429"] {
        job::run_due(&site).await.unwrap();
        let why = text(&site, first, "why").await.unwrap();
        assert!(why.contains(expected), "{expected}: {why}");
        bench.advance(Duration::minutes(2));
    }
    job::run_due(&site).await.unwrap();
    assert_eq!(state(&site, first).await, "sent");
    for key in ["second", "third"] {
        let id = send_nudge(&site, "+8613800000001", key).await.unwrap();
        job::run_due(&site).await.unwrap();
        assert_eq!(state(&site, id).await, "refused");
        assert!(!text(&site, id, "why").await.unwrap().contains("138"));
    }
    assert_eq!(gateway.0.lock().unwrap().taken.len(), 1);
}

async fn one_number_gets_so_many_an_hour(bench: Bench) {
    let (gateway, port) = start().await;
    let site = process(&bench, with_sms(port)).await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(send_nudge(&site, "+8613800000000", &n.to_string()).await.unwrap());
    }
    send_nudge(&site, "+8613800000009", "other").await.unwrap();
    job::run_due(&site).await.unwrap();
    assert_eq!(
        gateway.0.lock().unwrap().taken.len(),
        4,
        "three and the other number's one"
    );
    assert!(text(&site, ids[4], "why").await.unwrap().contains("一小时内最多 3 条"));
    for _ in 0..12 {
        bench.advance(Duration::minutes(20));
        job::run_due(&site).await.unwrap();
    }
    assert_eq!(gateway.0.lock().unwrap().taken.len(), 6, "late, and not lost");
}

async fn a_gateway_inside_is_asked_only_when_it_is_listed(bench: Bench) {
    let (gateway, port) = start().await;
    let mut site = bench.second_process().await;
    site.messages = Messages::open(with_sms(port), templates(), &site.profile).unwrap();
    site.outgoing = Outgoing::new(Vec::new()).unwrap();
    let site = Arc::new(site);
    let id = send_nudge(&site, "+8613800000000", "one").await.unwrap();
    job::run_due(&site).await.unwrap();
    assert_eq!(state(&site, id).await, "waiting");
    assert!(text(&site, id, "why").await.unwrap().contains("outgoing.allowed"));
    assert_eq!(gateway.0.lock().unwrap().taken.len(), 0);

    type Wrong = (fn(&mut SmsSettings), &'static str);
    let wrong: [Wrong; 4] = [
        (|s| s.method = "PUT".into(), "method"),
        (|s| s.success = " ".into(), "success"),
        (|s| s.body = "{number}".into(), "{text}"),
        (|s| s.headers.push(("a b".into(), "c".into())), "请求头"),
    ];
    for (spoil, words) in wrong {
        let mut settings = sms(port);
        spoil(&mut settings);
        let settings = Settings {
            sms: Some(settings),
            ..Settings::default()
        };
        let told = refusal(Messages::open(settings, templates(), &site.profile));
        assert!(told.contains(words), "{told}");
    }
}
