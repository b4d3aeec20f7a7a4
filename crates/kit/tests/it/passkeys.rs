//! Passkeys: what is asked of a browser, by whom it may be answered and how often, and what an answer is worth. The
//! authenticator of these tests signs like a real one; Chromium's own goes the same ways in the browser journeys.

use chrono::Duration;
use kit::account::factor::Stage;
use kit::account::passkey::{Kind, service as passkeys};
use kit::account::{Actor, factor, service, session};
use kit::permission::Role;
use kit::{Error, Site};
use serde_json::Value;
use uuid::Uuid;

use crate::bench::{Bench, program};
use crate::device::{Device, ORIGIN};

on_both_databases!(
    a_passkey_is_enrolled_and_proves_once,
    a_question_is_over_after_five_minutes,
    a_question_is_its_own_accounts_and_purposes_only,
    any_node_checks_the_answer_and_only_one_of_two,
    the_name_and_a_passkey_are_the_whole_sign_in,
    an_unknown_name_is_asked_and_refused_like_a_known_one,
    a_disabled_account_does_not_come_in,
    an_answer_from_elsewhere_is_worth_nothing,
    a_copied_passkey_is_noticed,
    a_passkey_is_one_accounts_only,
    the_last_factor_a_role_needs_is_not_removed,
    a_reset_takes_passkeys_away,
    an_address_without_a_name_offers_none,
    what_was_asked_is_sealed_and_swept,
);

const PASSWORD: &str = "示例口令，只在测试里使用";
const HERE: &str = "192.0.2.1";

#[track_caller]
fn refusal<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    match outcome {
        Err(Error::Refused { what, advice }) => format!("{what}。{advice}"),
        other => panic!("not refused: {other:?}"),
    }
}

async fn somebody(bench: &Bench, login: &str) -> Actor {
    let id = bench.account(login).await;
    let link = service::issue_link(&bench.site, &program(), id).await.unwrap();
    service::redeem_link(&bench.site, &link, PASSWORD).await.unwrap();
    Actor {
        account: Some(id),
        name: "某岗位".into(),
        holdings: Vec::new(),
    }
}

fn asked(options: &str) -> Value {
    serde_json::from_str::<Value>(options).unwrap()["publicKey"].clone()
}

/// Enrols a device; recovery codes when it is the first factor.
async fn enrol(site: &Site, who: &Actor, device: &mut Device) -> Option<Vec<String>> {
    let question = passkeys::begin_enrolment(site, who, "示例：办公室电脑").await.unwrap();
    let answer = device.create(&asked(&question.options), ORIGIN);
    passkeys::finish_enrolment(site, who, &question.id.to_string(), &answer)
        .await
        .unwrap()
}

/// A question for a fresh proof with the device's answer.
async fn answered(site: &Site, who: &Actor, device: &mut Device) -> (String, String) {
    let question = passkeys::ask(site, who, Kind::Prove).await.unwrap();
    let answer = device.get(&asked(&question.options), ORIGIN);
    (question.id.to_string(), answer)
}

async fn prove(site: &Site, who: &Actor, (id, answer): &(String, String)) -> Result<(), Error> {
    passkeys::prove(site, who, Kind::Prove, id, answer).await
}

async fn a_passkey_is_enrolled_and_proves_once(bench: Bench) {
    let (who, mut device) = (somebody(&bench, "czj-jingban").await, Device::new(1));
    for bad in ["", "  ", &"长".repeat(41), "一\u{7}二"] {
        let refused = refusal(passkeys::begin_enrolment(&bench.site, &who, bad).await);
        assert!(refused.contains("哪一个"), "{bad}");
    }
    let codes = enrol(&bench.site, &who, &mut device).await;
    assert_eq!(codes.unwrap().len(), 10, "the first factor brings recovery codes");
    let second = enrol(&bench.site, &who, &mut Device::new(2)).await;
    assert!(second.is_none(), "a further one does not change them");
    let proof = answered(&bench.site, &who, &mut device).await;
    prove(&bench.site, &who, &proof).await.unwrap();
    assert!(refusal(prove(&bench.site, &who, &proof).await).contains("已经用过"));
    let stage = stage_after_password(&bench, "czj-jingban").await;
    assert_eq!(stage, Some(Stage::Factor), "the password alone opens nothing any more");
}

async fn stage_after_password(bench: &Bench, login: &str) -> Option<Stage> {
    let token = service::sign_in(&bench.site, login, PASSWORD, HERE).await.unwrap();
    session::half(&bench.site, &token)
        .await
        .unwrap()
        .map(|(_, stage)| stage)
}

async fn a_question_is_over_after_five_minutes(bench: Bench) {
    let (who, mut device) = (somebody(&bench, "czj-jingban").await, Device::new(1));
    let question = passkeys::begin_enrolment(&bench.site, &who, "示例").await.unwrap();
    let answer = device.create(&asked(&question.options), ORIGIN);
    bench.advance(Duration::minutes(5));
    let late = passkeys::finish_enrolment(&bench.site, &who, &question.id.to_string(), &answer).await;
    assert!(refusal(late).contains("5 分钟"));
    enrol(&bench.site, &who, &mut device).await;
    let proof = answered(&bench.site, &who, &mut device).await;
    bench.advance(Duration::minutes(5));
    assert!(refusal(prove(&bench.site, &who, &proof).await).contains("5 分钟"));
}

async fn a_question_is_its_own_accounts_and_purposes_only(bench: Bench) {
    let (who, mut device) = (somebody(&bench, "czj-jingban").await, Device::new(1));
    let (other, mut others) = (somebody(&bench, "fgj-jingban").await, Device::new(2));
    enrol(&bench.site, &who, &mut device).await;
    enrol(&bench.site, &other, &mut others).await;
    let proof = answered(&bench.site, &who, &mut device).await;
    assert!(refusal(prove(&bench.site, &other, &proof).await).contains("已经用过"));
    for kind in [Kind::Factor, Kind::Enrol] {
        let elsewhere = passkeys::prove(&bench.site, &who, kind, &proof.0, &proof.1).await;
        assert!(refusal(elsewhere).contains("已经用过"), "{kind:?}");
    }
    let whole = passkeys::sign_in(&bench.site, &proof.0, &proof.1, HERE).await;
    assert!(refusal(whole).contains("已经用过"), "a proof is no sign-in");
    prove(&bench.site, &who, &proof)
        .await
        .expect("it stayed good for its own");
    for bad in ["", "x", "01890000-0000-7000-8000-000000000000"] {
        refusal(passkeys::prove(&bench.site, &who, Kind::Prove, bad, &proof.1).await);
    }
}

async fn any_node_checks_the_answer_and_only_one_of_two(bench: Bench) {
    let (who, mut device) = (somebody(&bench, "czj-jingban").await, Device::new(1));
    let other = bench.second_process().await;
    enrol(&bench.site, &who, &mut device).await;
    let proof = answered(&bench.site, &who, &mut device).await;
    let (one, two) = tokio::join!(prove(&bench.site, &who, &proof), prove(&other, &who, &proof));
    assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1, "{one:?} {two:?}");
    let proof = answered(&bench.site, &who, &mut device).await;
    prove(&other, &who, &proof).await.unwrap();
}

async fn the_name_and_a_passkey_are_the_whole_sign_in(bench: Bench) {
    let (who, mut device) = (somebody(&bench, "anquan-2").await, Device::new(1));
    let role = Role::SecurityAdministrator;
    service::grant(&bench.site, &program(), who.account.unwrap(), role, None)
        .await
        .unwrap();
    enrol(&bench.site, &who, &mut device).await;
    let question = passkeys::ask_name(&bench.site, "anquan-2", HERE).await.unwrap();
    let answer = device.get(&asked(&question.options), ORIGIN);
    let id = question.id.to_string();
    let token = passkeys::sign_in(&bench.site, &id, &answer, HERE).await.unwrap();
    let session = service::session(&bench.site, &token).await.unwrap().unwrap();
    assert_eq!(session.actor.account, who.account, "open, without a further step");
    assert!(refusal(passkeys::sign_in(&bench.site, &id, &answer, HERE).await).contains("已经用过"));
    let used = bench
        .number("SELECT count(*) FROM passkey WHERE used_at IS NOT NULL", [])
        .await;
    assert_eq!(used, 1);
}

async fn an_unknown_name_is_asked_and_refused_like_a_known_one(bench: Bench) {
    let (who, mut device) = (somebody(&bench, "czj-jingban").await, Device::new(1));
    enrol(&bench.site, &who, &mut device).await;
    somebody(&bench, "fgj-jingban").await;
    let mut shapes = Vec::new();
    for login in ["czj-jingban", "fgj-jingban", "nobody-here", ""] {
        let one = asked(&passkeys::ask_name(&bench.site, login, HERE).await.unwrap().options);
        let question = passkeys::ask_name(&bench.site, login, HERE).await.unwrap();
        let two = asked(&question.options);
        assert_eq!(
            one["allowCredentials"], two["allowCredentials"],
            "{login}: always the same"
        );
        assert_ne!(one["challenge"], two["challenge"]);
        shapes.push(shape(&two));
        // Somebody who knows what was asked, and has no device that could sign.
        let forged = Device::new(9).forge(&two, "https://evil.example");
        let sentence = refusal(passkeys::sign_in(&bench.site, &question.id.to_string(), &forged, HERE).await);
        assert!(sentence.starts_with("通行密钥没有通过核对"), "{login}: {sentence}");
    }
    assert!(shapes.windows(2).all(|pair| pair[0] == pair[1]), "{shapes:?}");
}

/// What a question consists of, without its values.
fn shape(asked: &Value) -> Vec<String> {
    let named = asked["allowCredentials"].as_array().unwrap();
    assert!(!named.is_empty());
    let mut keys: Vec<String> = asked.as_object().unwrap().keys().cloned().collect();
    keys.extend(named[0].as_object().unwrap().keys().cloned());
    keys
}

async fn a_disabled_account_does_not_come_in(bench: Bench) {
    let security = bench.security().await;
    let (who, mut device) = (somebody(&bench, "czj-jingban").await, Device::new(1));
    enrol(&bench.site, &who, &mut device).await;
    let question = passkeys::ask_name(&bench.site, "czj-jingban", HERE).await.unwrap();
    let answer = device.get(&asked(&question.options), ORIGIN);
    service::set_enabled(&bench.site, &security, who.account.unwrap(), false)
        .await
        .unwrap();
    let late = passkeys::sign_in(&bench.site, &question.id.to_string(), &answer, HERE).await;
    assert!(refusal(late).contains("没有通过"));
    let after = asked(
        &passkeys::ask_name(&bench.site, "czj-jingban", HERE)
            .await
            .unwrap()
            .options,
    );
    assert_ne!(after["allowCredentials"], asked(&question.options)["allowCredentials"]);
}

async fn an_answer_from_elsewhere_is_worth_nothing(bench: Bench) {
    let (who, mut device) = (somebody(&bench, "czj-jingban").await, Device::new(1));
    let question = passkeys::begin_enrolment(&bench.site, &who, "示例").await.unwrap();
    let foreign = device.create(&asked(&question.options), "https://desk.example.gov.cn.evil.example");
    let refused = passkeys::finish_enrolment(&bench.site, &who, &question.id.to_string(), &foreign).await;
    assert!(refusal(refused).contains("不是在本站的网址上"));
    enrol(&bench.site, &who, &mut device).await;
    for (origin, verified) in [("https://evil.example", true), (ORIGIN, false)] {
        let question = passkeys::ask(&bench.site, &who, Kind::Prove).await.unwrap();
        device.verifies = verified;
        let answer = device.get(&asked(&question.options), origin);
        let sentence = refusal(prove(&bench.site, &who, &(question.id.to_string(), answer)).await);
        let expected = if verified {
            "不是在本站的网址上"
        } else {
            "没有核实使用人"
        };
        assert!(sentence.contains(expected), "{sentence}");
    }
    device.verifies = true;
    for answer in ["", "{", "null", "[]", &"[".repeat(20_000), &"x".repeat(40_000)] {
        let question = passkeys::ask(&bench.site, &who, Kind::Prove).await.unwrap();
        refusal(prove(&bench.site, &who, &(question.id.to_string(), answer.into())).await);
    }
    // The answer to another question of one's own.
    let (_, old) = answered(&bench.site, &who, &mut device).await;
    let (id, _) = answered(&bench.site, &who, &mut device).await;
    assert!(refusal(prove(&bench.site, &who, &(id, old)).await).contains("没有通过"));
}

async fn a_copied_passkey_is_noticed(bench: Bench) {
    let (who, mut device) = (somebody(&bench, "czj-jingban").await, Device::new(1));
    device.counter = Some(10);
    enrol(&bench.site, &who, &mut device).await;
    let mut copy = device.clone();
    // Both asked before either has answered: the count of the question is out of date for the second.
    let first = answered(&bench.site, &who, &mut device).await;
    let second = answered(&bench.site, &who, &mut copy).await;
    prove(&bench.site, &who, &first).await.unwrap();
    assert!(refusal(prove(&bench.site, &who, &second).await).contains("复制"));
    let third = answered(&bench.site, &who, &mut device).await;
    prove(&bench.site, &who, &third).await.unwrap();
    let old = answered(&bench.site, &who, &mut copy).await;
    assert!(refusal(prove(&bench.site, &who, &old).await).contains("复制"));
}

async fn a_passkey_is_one_accounts_only(bench: Bench) {
    let (who, mut device) = (somebody(&bench, "czj-jingban").await, Device::new(1));
    let (other, mut others) = (somebody(&bench, "fgj-jingban").await, Device::new(2));
    enrol(&bench.site, &who, &mut device).await;
    enrol(&bench.site, &other, &mut others).await;
    let question = passkeys::ask(&bench.site, &who, Kind::Prove).await.unwrap();
    let answer = others.get(&asked(&question.options), ORIGIN);
    let sentence = refusal(prove(&bench.site, &who, &(question.id.to_string(), answer)).await);
    assert!(sentence.contains("没有通过"), "{sentence}");
    let question = passkeys::begin_enrolment(&bench.site, &who, "示例").await.unwrap();
    let answer = others.create(&asked(&question.options), ORIGIN);
    let twice = passkeys::finish_enrolment(&bench.site, &who, &question.id.to_string(), &answer).await;
    assert!(refusal(twice).contains("已经登记过"));
    let theirs = passkey_of(&bench, &other).await;
    assert!(refusal(passkeys::remove(&bench.site, &who, theirs).await).contains("已经移除"));
}

async fn passkey_of(bench: &Bench, who: &Actor) -> Uuid {
    let rows = passkeys::held(&bench.site, who.account.unwrap()).await.unwrap();
    rows[0].id
}

async fn the_last_factor_a_role_needs_is_not_removed(bench: Bench) {
    let (who, mut device) = (somebody(&bench, "shenji-2").await, Device::new(1));
    enrol(&bench.site, &who, &mut device).await;
    let first = passkey_of(&bench, &who).await;
    enrol(&bench.site, &who, &mut Device::new(2)).await;
    let role = Role::AuditAdministrator;
    service::grant(&bench.site, &program(), who.account.unwrap(), role, None)
        .await
        .unwrap();
    let proof = answered(&bench.site, &who, &mut device).await;
    passkeys::remove(&bench.site, &who, first).await.unwrap();
    assert!(
        refusal(prove(&bench.site, &who, &proof).await).contains("没有通过"),
        "removed meanwhile"
    );
    let last = passkey_of(&bench, &who).await;
    assert!(refusal(passkeys::remove(&bench.site, &who, last).await).contains("最后一个"));
    let (free, mut device) = (somebody(&bench, "czj-jingban").await, Device::new(3));
    enrol(&bench.site, &free, &mut device).await;
    passkeys::remove(&bench.site, &free, passkey_of(&bench, &free).await)
        .await
        .unwrap();
    assert_eq!(stage_after_password(&bench, "czj-jingban").await, None);
    let left = "SELECT count(*) FROM recovery_code WHERE account = $1";
    assert_eq!(bench.number(left, [free.account.unwrap().into()]).await, 0);
}

async fn a_reset_takes_passkeys_away(bench: Bench) {
    let security = bench.security().await;
    let (who, mut device) = (somebody(&bench, "czj-jingban").await, Device::new(1));
    enrol(&bench.site, &who, &mut device).await;
    factor::service::reset(&bench.site, &security, who.account.unwrap(), "示例：本人到场")
        .await
        .unwrap();
    assert!(refusal(passkeys::ask(&bench.site, &who, Kind::Prove).await).contains("没有登记"));
    assert_eq!(stage_after_password(&bench, "czj-jingban").await, None);
}

async fn an_address_without_a_name_offers_none(bench: Bench) {
    let who = somebody(&bench, "czj-jingban").await;
    let mut site = bench.second_process().await;
    site.profile.desk_url = "http://127.0.0.1:8081".into();
    let enrolment = passkeys::begin_enrolment(&site, &who, "示例").await;
    assert!(refusal(enrolment).contains("IP 地址"));
    assert!(refusal(passkeys::ask_name(&site, "czj-jingban", HERE).await).contains("IP 地址"));
}

async fn what_was_asked_is_sealed_and_swept(bench: Bench) {
    let who = somebody(&bench, "czj-jingban").await;
    for _ in 0..12 {
        passkeys::begin_enrolment(&bench.site, &who, "示例：办公室电脑")
            .await
            .unwrap();
    }
    let count = "SELECT count(*) FROM passkey_ceremony";
    assert_eq!(bench.number(count, []).await, 8, "no more than several tabs need");
    let plain = "SELECT count(*) FROM passkey_ceremony WHERE state LIKE '%challenge%' OR state LIKE '%办公室%'";
    assert_eq!(bench.number(plain, []).await, 0);
    bench.advance(Duration::minutes(6));
    passkeys::begin_enrolment(&bench.site, &who, "示例").await.unwrap();
    assert_eq!(bench.number(count, []).await, 1);
}
