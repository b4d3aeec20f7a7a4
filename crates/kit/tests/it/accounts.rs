//! Accounts, their links, passwords, sessions and roles.

use chrono::Duration;
use kit::Error;
use kit::account::{Actor, Holding, service};
use kit::permission::Role;
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use crate::bench::{Bench, program};

on_both_databases!(
    a_link_is_good_once_even_for_two_at_once,
    a_link_ends_after_three_days,
    passwords_are_held_to_the_rules,
    a_disabled_account_is_out_at_once,
    a_session_ends_with_its_time_and_with_a_new_password,
    the_three_administrators_are_never_one_person,
    a_role_taken_back_is_gone_at_the_next_request,
    names_are_unique_and_plain,
);

const PASSWORD: &str = "示例口令，只在测试里使用";

#[track_caller]
fn refusal<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    match outcome {
        Err(Error::Refused { what, advice }) => format!("{what}。{advice}"),
        other => panic!("not refused: {other:?}"),
    }
}

async fn link(bench: &Bench, account: Uuid) -> String {
    service::issue_link(&bench.site, &program(), account).await.unwrap()
}

async fn signed_in(bench: &Bench, token: &str) -> Option<Actor> {
    service::session(&bench.site, token).await.unwrap().map(|s| s.actor)
}

async fn a_link_is_good_once_even_for_two_at_once(bench: Bench) {
    let account = bench.account("czj-jingban").await;
    let link = link(&bench, account).await;
    let other = bench.second_process().await;
    let (one, two) = tokio::join!(
        service::redeem_link(&bench.site, &link, PASSWORD),
        service::redeem_link(&other, &link, "另一句口令，也是足够长的"),
    );
    assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1, "{one:?} {two:?}");
    let loser = if one.is_ok() { refusal(two) } else { refusal(one) };
    assert!(loser.contains("已经用过"), "{loser}");
    assert!(refusal(service::redeem_link(&bench.site, &link, PASSWORD).await).contains("已经用过"));
    assert_eq!(bench.number("SELECT count(*) FROM session", []).await, 1);
    let stored = "SELECT count(*) FROM sign_in_link WHERE token_hash = $1";
    assert_eq!(
        bench.number(stored, [link.into()]).await,
        0,
        "the link itself is not stored"
    );
}

async fn a_link_ends_after_three_days(bench: Bench) {
    let account = bench.account("czj-jingban").await;
    let (first, second) = (link(&bench, account).await, link(&bench, account).await);
    bench.advance(Duration::hours(72) - Duration::seconds(1));
    service::redeem_link(&bench.site, &first, PASSWORD)
        .await
        .expect("one second before its end");
    bench.advance(Duration::seconds(1));
    assert!(refusal(service::redeem_link(&bench.site, &second, PASSWORD).await).contains("过期"));
    assert!(refusal(service::redeem_link(&bench.site, "", PASSWORD).await).contains("过期"));
}

async fn passwords_are_held_to_the_rules(bench: Bench) {
    let account = bench.account("czj-jingban").await;
    let link = link(&bench, account).await;
    let long = "长".repeat(100) + &"口令也有尽头啊".repeat(15);
    let cases = [
        ("十一个字的口令还差一字", "12 个字符"),
        ("啊啊啊啊啊啊啊啊啊啊啊啊啊啊", "猜到"),
        ("czj-jingban-2021", "猜到"),
        (&long, "200"),
    ];
    for (password, words) in cases {
        let told = refusal(service::redeem_link(&bench.site, &link, password).await);
        assert!(told.contains(words), "{password}: {told}");
    }
    service::redeem_link(&bench.site, &link, PASSWORD)
        .await
        .expect("a refused password does not use the link up");
}

async fn a_disabled_account_is_out_at_once(bench: Bench) {
    let security = bench.security().await;
    let account = bench.account("czj-jingban").await;
    let unused = link(&bench, account).await;
    let session = service::redeem_link(&bench.site, &link(&bench, account).await, PASSWORD)
        .await
        .unwrap();
    assert!(signed_in(&bench, &session).await.is_some());
    service::set_enabled(&bench.site, &security, account, false)
        .await
        .unwrap();
    assert!(signed_in(&bench, &session).await.is_none());
    refusal(service::sign_in(&bench.site, "czj-jingban", PASSWORD, "192.0.2.1").await);
    refusal(service::redeem_link(&bench.site, &unused, PASSWORD).await);
    refusal(service::issue_link(&bench.site, &security, account).await);
    service::set_enabled(&bench.site, &security, account, true)
        .await
        .unwrap();
    assert!(
        signed_in(&bench, &session).await.is_none(),
        "old sessions do not come back"
    );
    service::sign_in(&bench.site, "czj-jingban", PASSWORD, "192.0.2.1")
        .await
        .unwrap();
}

async fn a_session_ends_with_its_time_and_with_a_new_password(bench: Bench) {
    let account = bench.account("czj-jingban").await;
    let session = service::redeem_link(&bench.site, &link(&bench, account).await, PASSWORD)
        .await
        .unwrap();
    for _ in 0..3 {
        bench.advance(Duration::hours(3));
        assert!(signed_in(&bench, &session).await.is_some());
    }
    bench.advance(Duration::hours(3));
    assert!(
        signed_in(&bench, &session).await.is_none(),
        "twelve hours are over, however busy they were"
    );

    let before = service::sign_in(&bench.site, "czj-jingban", PASSWORD, "192.0.2.1")
        .await
        .unwrap();
    let after = service::redeem_link(&bench.site, &link(&bench, account).await, "另一句口令，也是足够长的")
        .await
        .unwrap();
    assert!(
        signed_in(&bench, &before).await.is_none(),
        "a new password ends what the old one opened"
    );
    let found = service::session(&bench.site, &after).await.unwrap().unwrap();
    service::sign_out(&bench.site, &found).await.unwrap();
    assert!(signed_in(&bench, &after).await.is_none());
}

async fn the_three_administrators_are_never_one_person(bench: Bench) {
    let administrators = [
        Role::SystemAdministrator,
        Role::SecurityAdministrator,
        Role::AuditAdministrator,
    ];
    for (turn, first) in administrators.into_iter().enumerate() {
        let account = bench.account(&format!("admin-{turn}")).await;
        service::grant(&bench.site, &program(), account, first, None)
            .await
            .unwrap();
        for second in Role::ALL.into_iter().filter(|role| *role != first) {
            let told = refusal(service::grant(&bench.site, &program(), account, second, None).await);
            assert!(told.contains("三员分设"), "{told}");
        }
        let again = refusal(service::grant(&bench.site, &program(), account, first, None).await);
        assert!(again.contains("已经有这个角色"), "{again}");
    }
    for turn in 0..5 {
        let account = bench.account(&format!("twice-{turn}")).await;
        let other = bench.second_process().await;
        let by = program();
        let (one, two) = tokio::join!(
            service::grant(&bench.site, &by, account, Role::SystemAdministrator, None),
            service::grant(&other, &by, account, Role::AuditAdministrator, None),
        );
        assert_eq!(
            u8::from(one.is_ok()) + u8::from(two.is_ok()),
            1,
            "two grants at once: {one:?} {two:?}"
        );
        let held = "SELECT count(*) FROM role_grant WHERE account = $1";
        assert_eq!(bench.number(held, [account.into()]).await, 1);
    }
}

async fn a_role_taken_back_is_gone_at_the_next_request(bench: Bench) {
    let security = bench.security().await;
    let account = bench.account("czj-jingban").await;
    service::grant(&bench.site, &security, account, Role::Drafter, None)
        .await
        .unwrap();
    let session = service::redeem_link(&bench.site, &link(&bench, account).await, PASSWORD)
        .await
        .unwrap();
    let held = signed_in(&bench, &session).await.unwrap().holdings;
    assert_eq!(
        held,
        [Holding {
            role: Role::Drafter,
            unit: None
        }]
    );

    let sql = "SELECT id FROM role_grant WHERE account = $1";
    let statement = Statement::from_sql_and_values(bench.site.db.backend(), sql, [account.into()]);
    let row = bench.site.db.read().query_one_raw(statement).await.unwrap().unwrap();
    let grant: Uuid = row.try_get_by_index(0).unwrap();
    let drafter = signed_in(&bench, &session).await.unwrap();
    let own = service::revoke(&bench.site, &drafter, account, grant).await;
    assert!(
        matches!(own, Err(Error::Forbidden(_))),
        "only the security administrator takes roles back: {own:?}"
    );
    let wrong = service::revoke(&bench.site, &security, security.account.unwrap(), grant).await;
    assert!(
        refusal(wrong).contains("已经收回"),
        "a grant is taken back from its own holder only"
    );
    service::revoke(&bench.site, &security, account, grant).await.unwrap();
    assert_eq!(signed_in(&bench, &session).await.unwrap().holdings, []);
    refusal(service::revoke(&bench.site, &security, account, grant).await);
    let entries =
        "SELECT count(*) FROM audit_entry WHERE subject_id = $1 AND action IN ('account.grant', 'account.revoke')";
    assert_eq!(bench.number(entries, [account.into()]).await, 2);
}

async fn names_are_unique_and_plain(bench: Bench) {
    bench.account("czj-jingban").await;
    let taken = refusal(service::create(&bench.site, &program(), "czj-jingban", "另一岗位", None).await);
    assert!(
        taken.contains("czj-jingban") && taken.contains("已经有人使用"),
        "{taken}"
    );
    for bad in [
        "",
        "ab",
        "区财政局",
        "CZJ",
        "czj jingban",
        "a\u{200b}bc",
        &"a".repeat(41),
    ] {
        refusal(service::create(&bench.site, &program(), bad, "岗位", None).await);
    }
    refusal(service::create(&bench.site, &program(), "czj-two", "  ", None).await);
    assert_eq!(bench.number("SELECT count(*) FROM account", []).await, 1);
}
