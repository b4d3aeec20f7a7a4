//! Second factors, sessions that lack theirs, and sessions in general.

use chrono::Duration;
use kit::Error;
use kit::account::factor::{Stage, service as factors};
use kit::account::session::{self, Which};
use kit::account::{Actor, service};
use kit::permission::Role;
use totp_rs::{Builder, Secret};
use uuid::Uuid;

use crate::bench::{Bench, program};

on_both_databases!(
    a_code_is_good_once_on_every_node,
    a_session_without_its_second_factor_opens_nothing,
    a_link_is_no_way_around_the_second_factor,
    administrators_are_led_to_set_one_up,
    a_recovery_code_is_good_once,
    guessing_waits_and_a_right_code_does_not_wipe_it,
    the_second_factor_a_role_needs_is_not_taken_away,
    resetting_needs_somebody_else_and_a_reason,
    the_secret_is_sealed_and_survives_new_keys,
    an_idle_session_ends,
    sessions_are_ended_by_their_holder_only,
    a_new_password_ends_the_other_sessions,
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

/// An account with a password, as an actor, and the secret of its first session.
async fn somebody(bench: &Bench, login: &str) -> (Actor, String) {
    let id = bench.account(login).await;
    let link = service::issue_link(&bench.site, &program(), id).await.unwrap();
    let token = service::redeem_link(&bench.site, &link, PASSWORD).await.unwrap();
    let actor = Actor {
        account: Some(id),
        name: "某岗位".into(),
        holdings: Vec::new(),
    };
    (actor, token)
}

/// The code an app would show now, after its secret was typed in.
fn code(bench: &Bench, grouped: &str) -> String {
    let secret = Secret::try_from_base32(grouped.replace(' ', "")).unwrap();
    let app = Builder::new()
        .with_secret(secret)
        .with_account_name("x")
        .build()
        .unwrap();
    app.generate(u64::try_from(bench.now().timestamp()).unwrap())
        .to_string()
}

/// Sets a second factor up; returns its secret and the recovery codes. The code used is spent.
async fn set_up(bench: &Bench, who: &Actor) -> (String, Vec<String>) {
    let secret = factors::begin(&bench.site, who).await.unwrap().grouped();
    let codes = factors::confirm(&bench.site, who, &code(bench, &secret), HERE)
        .await
        .unwrap();
    bench.advance(Duration::seconds(30));
    (secret, codes)
}

async fn sign_in(bench: &Bench, login: &str) -> String {
    service::sign_in(&bench.site, login, PASSWORD, HERE).await.unwrap()
}

async fn a_code_is_good_once_on_every_node(bench: Bench) {
    let (who, _) = somebody(&bench, "czj-jingban").await;
    let secret = factors::begin(&bench.site, &who).await.unwrap().grouped();
    let again = factors::begin(&bench.site, &who).await.unwrap().grouped();
    assert_eq!(secret, again, "a page loaded again goes on where it was");
    let first = code(&bench, &secret);
    factors::confirm(&bench.site, &who, &first, HERE).await.unwrap();
    assert!(refusal(factors::prove(&bench.site, &who, &first, HERE).await).contains("已经用过"));
    assert!(refusal(factors::begin(&bench.site, &who).await).contains("已经设置"));

    bench.advance(Duration::seconds(30));
    let (next, other) = (code(&bench, &secret), bench.second_process().await);
    let (one, two) = tokio::join!(
        factors::prove(&bench.site, &who, &next, HERE),
        factors::prove(&other, &who, &next, HERE),
    );
    assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1, "{one:?} {two:?}");
    assert!(refusal(if one.is_ok() { two } else { one }).contains("已经用过"));

    let stale = code(&bench, &secret);
    bench.advance(Duration::seconds(60));
    assert!(refusal(factors::prove(&bench.site, &who, &stale, HERE).await).contains("不对"));
    factors::prove(&bench.site, &who, &code(&bench, &secret), HERE)
        .await
        .unwrap();
}

async fn a_session_without_its_second_factor_opens_nothing(bench: Bench) {
    let (who, _) = somebody(&bench, "czj-jingban").await;
    let (secret, _) = set_up(&bench, &who).await;
    let token = sign_in(&bench, "czj-jingban").await;
    assert!(service::session(&bench.site, &token).await.unwrap().is_none());
    let (half, stage) = session::half(&bench.site, &token).await.unwrap().unwrap();
    assert_eq!(stage, Stage::Factor);
    assert_eq!(half.actor.holdings, []);
    let signed_in = "SELECT count(*) FROM audit_entry WHERE action = 'account.sign_in'";
    let before = bench.number(signed_in, []).await;
    bench.advance(Duration::minutes(10));
    assert!(
        session::half(&bench.site, &token).await.unwrap().is_none(),
        "ten minutes are over"
    );
    assert_eq!(bench.number(signed_in, []).await, before, "nobody signed in");
    factors::prove(&bench.site, &who, &code(&bench, &secret), HERE)
        .await
        .unwrap();
}

async fn a_link_is_no_way_around_the_second_factor(bench: Bench) {
    let (who, _) = somebody(&bench, "czj-jingban").await;
    set_up(&bench, &who).await;
    let link = service::issue_link(&bench.site, &program(), who.account.unwrap())
        .await
        .unwrap();
    let token = service::redeem_link(&bench.site, &link, PASSWORD).await.unwrap();
    assert!(service::session(&bench.site, &token).await.unwrap().is_none());
    assert!(session::half(&bench.site, &token).await.unwrap().is_some());
}

async fn administrators_are_led_to_set_one_up(bench: Bench) {
    let (who, token) = somebody(&bench, "anquan-2").await;
    assert!(
        service::session(&bench.site, &token).await.unwrap().is_some(),
        "no role, no demand"
    );
    let role = Role::SecurityAdministrator;
    service::grant(&bench.site, &program(), who.account.unwrap(), role, None)
        .await
        .unwrap();
    let token = sign_in(&bench, "anquan-2").await;
    assert!(service::session(&bench.site, &token).await.unwrap().is_none());
    let (_, stage) = session::half(&bench.site, &token).await.unwrap().unwrap();
    assert_eq!(stage, Stage::Enrol);
}

async fn a_recovery_code_is_good_once(bench: Bench) {
    let (who, _) = somebody(&bench, "czj-jingban").await;
    let (_, codes) = set_up(&bench, &who).await;
    assert_eq!(codes.len(), 10);
    let typed = codes[3].to_lowercase().replace('-', " ");
    assert_eq!(
        factors::prove(&bench.site, &who, &typed, HERE).await.unwrap(),
        factors::Proof::Recovery
    );
    refusal(factors::prove(&bench.site, &who, &codes[3], HERE).await);
    let other = bench.second_process().await;
    let (one, two) = tokio::join!(
        factors::prove(&bench.site, &who, &codes[0], HERE),
        factors::prove(&other, &who, &codes[0], HERE),
    );
    assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1, "{one:?} {two:?}");
    let plain = "SELECT count(*) FROM recovery_code WHERE code_hash = $1";
    assert_eq!(bench.number(plain, [codes[5].clone().into()]).await, 0);

    let (neighbour, _) = somebody(&bench, "fgj-jingban").await;
    refusal(factors::prove(&bench.site, &neighbour, &codes[6], HERE).await);
    let fresh = factors::renew_codes(&bench.site, &who).await.unwrap();
    refusal(factors::prove(&bench.site, &who, &codes[6], HERE).await);
    factors::prove(&bench.site, &who, &fresh[0], HERE).await.unwrap();
}

async fn guessing_waits_and_a_right_code_does_not_wipe_it(bench: Bench) {
    let (who, _) = somebody(&bench, "czj-jingban").await;
    let (secret, _) = set_up(&bench, &who).await;
    let right = code(&bench, &secret);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for n in 0..4 {
        refusal(factors::prove(&bench.site, &who, wrong, &format!("192.0.2.{n}")).await);
    }
    factors::prove(&bench.site, &who, &right, HERE).await.unwrap();
    refusal(factors::prove(&bench.site, &who, wrong, HERE).await);
    bench.advance(Duration::seconds(1));
    let waiting = factors::prove(&bench.second_process().await, &who, wrong, "192.0.2.9").await;
    assert!(matches!(waiting, Err(Error::TooMany(_))), "{waiting:?}");
}

async fn the_second_factor_a_role_needs_is_not_taken_away(bench: Bench) {
    let (who, _) = somebody(&bench, "shenji-2").await;
    set_up(&bench, &who).await;
    let role = Role::AuditAdministrator;
    service::grant(&bench.site, &program(), who.account.unwrap(), role, None)
        .await
        .unwrap();
    assert!(refusal(factors::remove_own(&bench.site, &who).await).contains("必须"));
    let (free, _) = somebody(&bench, "czj-jingban").await;
    set_up(&bench, &free).await;
    factors::remove_own(&bench.site, &free).await.unwrap();
    let token = sign_in(&bench, "czj-jingban").await;
    assert!(service::session(&bench.site, &token).await.unwrap().is_some());
}

async fn resetting_needs_somebody_else_and_a_reason(bench: Bench) {
    let security = bench.security().await;
    let (who, token) = somebody(&bench, "czj-jingban").await;
    let id = who.account.unwrap();
    set_up(&bench, &who).await;
    assert!(refusal(factors::reset(&bench.site, &security, id, " ").await).contains("核实"));
    let own = security.account.unwrap();
    assert!(refusal(factors::reset(&bench.site, &security, own, "示例").await).contains("自己"));
    let stranger = factors::reset(&bench.site, &who, own, "示例").await;
    assert!(matches!(stranger, Err(Error::Forbidden(_))), "{stranger:?}");
    factors::reset(&bench.site, &security, id, "示例：本人到场")
        .await
        .unwrap();
    assert!(
        service::session(&bench.site, &token).await.unwrap().is_none(),
        "sessions end"
    );
    assert_eq!(bench.number("SELECT count(*) FROM recovery_code", []).await, 0);
    assert!(refusal(factors::reset(&bench.site, &security, id, "示例").await).contains("没有设置"));
}

async fn the_secret_is_sealed_and_survives_new_keys(bench: Bench) {
    let (who, _) = somebody(&bench, "czj-jingban").await;
    let (secret, codes) = set_up(&bench, &who).await;
    let sealed = "SELECT count(*) FROM second_factor WHERE secret LIKE 'g1.%'";
    assert_eq!(bench.number(sealed, []).await, 1);
    for purpose in kit::seal::Purpose::ALL {
        kit::seal::rotate(&bench.site, &program(), purpose).await.unwrap();
    }
    factors::prove(&bench.site, &who, &code(&bench, &secret), HERE)
        .await
        .unwrap();
    factors::prove(&bench.site, &who, &codes[0], HERE).await.unwrap();
}

async fn an_idle_session_ends(bench: Bench) {
    let (_, token) = somebody(&bench, "czj-jingban").await;
    for _ in 0..2 {
        bench.advance(Duration::minutes(239));
        assert!(service::session(&bench.site, &token).await.unwrap().is_some());
    }
    bench.advance(Duration::minutes(241));
    assert!(service::session(&bench.site, &token).await.unwrap().is_none());
}

async fn sessions_are_ended_by_their_holder_only(bench: Bench) {
    let (who, first) = somebody(&bench, "czj-jingban").await;
    let id = who.account.unwrap();
    bench.advance(Duration::minutes(1));
    let second = sign_in(&bench, "czj-jingban").await;
    let here = service::session(&bench.site, &second).await.unwrap().unwrap();
    let standing = session::standing(&bench.site, id, Some(&here)).await.unwrap();
    assert_eq!(standing.iter().map(|s| s.is_own).collect::<Vec<_>>(), [true, false]);
    let (neighbour, _) = somebody(&bench, "fgj-jingban").await;
    let stranger = session::end(&bench.site, &neighbour, id, Which::All).await;
    assert!(matches!(stranger, Err(Error::Forbidden(_))), "{stranger:?}");
    let key = standing[1].key.clone();
    let elsewhere = Which::Key(&key);
    let of_neighbour = session::end(&bench.site, &neighbour, neighbour.account.unwrap(), elsewhere).await;
    assert_eq!(
        of_neighbour.unwrap(),
        0,
        "a key names only sessions of the account itself"
    );
    assert_eq!(session::end(&bench.site, &who, id, Which::Key(&key)).await.unwrap(), 1);
    assert!(service::session(&bench.site, &first).await.unwrap().is_none());
    sign_in(&bench, "czj-jingban").await;
    assert_eq!(
        session::end(&bench.site, &who, id, Which::Others(&here)).await.unwrap(),
        1
    );
    assert!(service::session(&bench.site, &second).await.unwrap().is_some());
    let security = bench.security().await;
    assert_eq!(session::end(&bench.site, &security, id, Which::All).await.unwrap(), 1);
    assert!(service::session(&bench.site, &second).await.unwrap().is_none());
    assert!(
        session::standing(&bench.site, Uuid::now_v7(), None)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn a_new_password_ends_the_other_sessions(bench: Bench) {
    let (_, first) = somebody(&bench, "czj-jingban").await;
    let second = sign_in(&bench, "czj-jingban").await;
    let here = service::session(&bench.site, &second).await.unwrap().unwrap();
    let new = "另一句口令，也是足够长的";
    let wrong = service::change_password(&bench.site, &here, "不是这一句口令，真的", new, HERE).await;
    assert!(matches!(wrong, Err(service::NotChanged::Old(_))), "{wrong:?}");
    let short = service::change_password(&bench.site, &here, PASSWORD, "短", HERE).await;
    assert!(matches!(short, Err(service::NotChanged::New(_))), "{short:?}");
    let third = service::change_password(&bench.site, &here, PASSWORD, new, HERE)
        .await
        .unwrap();
    for ended in [&first, &second] {
        assert!(service::session(&bench.site, ended).await.unwrap().is_none());
    }
    assert!(service::session(&bench.site, &third).await.unwrap().is_some());
    refusal(service::sign_in(&bench.site, "czj-jingban", PASSWORD, HERE).await);
}
