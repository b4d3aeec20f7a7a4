//! Rates, tickets, proofs and codes, shared by every process on the database.

use chrono::Duration;
use futures::future::join_all;
use kit::form::Submission;
use kit::guard::{Again, Gate, Origin, Rate, Ticket, Verdict, code, solve};
use kit::{Error, Site};

use crate::bench::{Bench, program};

on_both_databases!(
    so_many_from_one_address_and_no_more,
    two_processes_that_count_at_once_both_count,
    neighbours_share_a_looser_limit,
    an_attack_makes_the_form_ask_its_price,
    waiting_pays_as_well_as_reckoning,
    the_price_rises_and_falls_with_the_attack,
    of_two_who_send_one_ticket_one_gets_in,
    forged_old_and_foreign_tickets_are_refused,
    a_trap_and_a_hurry_lose_nothing,
    what_is_no_ticket_is_no_ticket,
    old_rows_go_by_themselves,
    nothing_kept_says_who_it_was,
    codes_open_what_they_belong_to_and_nothing_else,
    codes_outlive_an_exchange_of_keys,
    guessing_codes_is_slowed_for_one_address_and_one_reference,
);

static GATE: Gate = Gate {
    form: "test",
    per_address: Rate::per_minutes(5, 10),
    per_network: Rate::per_minutes(12, 10),
    in_all: Rate::per_minutes(20, 10),
};
static OTHER: Gate = Gate {
    form: "other",
    per_address: Rate::per_minutes(5, 10),
    per_network: Rate::per_minutes(12, 10),
    in_all: Rate::per_minutes(20, 10),
};

fn from(address: &str) -> Origin {
    Origin::of(address.parse().unwrap())
}

/// An address in a network of its own.
fn stranger(n: usize) -> Origin {
    from(&format!("10.{}.{}.7", n / 250, n % 250))
}

fn form(ticket: impl ToString, proof: &str) -> Submission {
    Submission::of([("ticket", ticket.to_string()), ("proof", proof.to_string())])
}

/// A ticket, ten seconds old.
async fn ticket(bench: &Bench, origin: &Origin) -> Ticket {
    let ticket = GATE.open(&bench.site, origin).await.unwrap();
    bench.advance(Duration::seconds(10));
    ticket
}

async fn admit(site: &Site, origin: &Origin, form: &Submission) -> Verdict {
    GATE.admit(site, origin, form).await.unwrap()
}

#[track_caller]
fn again(verdict: Verdict) -> Again {
    match verdict {
        Verdict::Again(again) => again,
        Verdict::Pass(_) => panic!("it was let in"),
    }
}

/// Whether a submission with a fresh ticket, that costs nothing, is let in.
async fn is_let_in(bench: &Bench, origin: &Origin) -> bool {
    let ticket = ticket(bench, origin).await;
    matches!(admit(&bench.site, origin, &form(ticket, "")).await, Verdict::Pass(_))
}

async fn take_in(site: &Site, pass: &kit::guard::Pass) -> Result<(), Error> {
    site.write(&program(), |tx| async move {
        pass.spend(&tx).await?;
        tx.housekeeping();
        Ok(())
    })
    .await
}

/// Brings the form so many submissions from everywhere, each paying what it is asked.
async fn attack(bench: &Bench, many: usize) -> usize {
    let mut taken = 0;
    for n in 0..many {
        let origin = stranger(n);
        let ticket = GATE.open(&bench.site, &origin).await.unwrap();
        bench.advance(Duration::milliseconds(2000));
        let proof = match ticket.demand().bits {
            0 => String::new(),
            bits => solve(ticket.nonce(), bits).to_string(),
        };
        if let Verdict::Pass(_) = admit(&bench.site, &origin, &form(&ticket, &proof)).await {
            taken += 1;
        }
    }
    taken
}

async fn so_many_from_one_address_and_no_more(bench: Bench) {
    let origin = from("192.0.2.7");
    for n in 0..5 {
        assert!(is_let_in(&bench, &origin).await, "{n}");
    }
    let ticket = ticket(&bench, &origin).await;
    let told = again(admit(&bench.site, &origin, &form(&ticket, "")).await);
    assert!(told.sentence.contains("秒"), "{}", told.sentence);
    assert_eq!(told.ticket, ticket, "the form keeps its ticket");
    bench.advance(Duration::from_std(told.retry_after.unwrap()).unwrap());
    assert!(matches!(
        admit(&bench.site, &origin, &form(&ticket, "")).await,
        Verdict::Pass(_)
    ));
    let next = again(admit(&bench.site, &origin, &form(&ticket, "")).await);
    assert!(next.retry_after.unwrap().as_secs() > 100, "one more, not five more");
    assert!(OTHER.open(&bench.site, &origin).await.is_ok());
}

async fn two_processes_that_count_at_once_both_count(bench: Bench) {
    let (origin, other) = (from("192.0.2.7"), bench.second_process().await);
    let mut forms = Vec::new();
    for _ in 0..12 {
        forms.push(form(GATE.open(&bench.site, &origin).await.unwrap(), ""));
    }
    bench.advance(Duration::seconds(3));
    let sites = [&*bench.site, &other];
    let all = forms
        .iter()
        .enumerate()
        .map(|(n, form)| admit(sites[n % 2], &origin, form));
    let verdicts = join_all(all).await;
    let passed = verdicts.iter().filter(|v| matches!(v, Verdict::Pass(_))).count();
    assert_eq!(passed, 5, "{verdicts:?}");
}

async fn neighbours_share_a_looser_limit(bench: Bench) {
    let mut passed = 0;
    for n in 0..20 {
        let origin = from(&format!("192.0.2.{n}"));
        let fresh = GATE.open(&bench.site, &origin).await.unwrap();
        bench.advance(Duration::seconds(2));
        if let Verdict::Pass(_) = admit(&bench.site, &origin, &form(fresh, "")).await {
            passed += 1;
        }
    }
    assert_eq!(passed, 12, "of twenty neighbours at once");
    assert!(
        is_let_in(&bench, &from("198.51.100.1")).await,
        "others are not concerned"
    );
}

async fn an_attack_makes_the_form_ask_its_price(bench: Bench) {
    let before = GATE.open(&bench.site, &stranger(9000)).await.unwrap();
    assert_eq!(before.demand().bits, 0, "nothing is asked while nothing is wrong");
    assert!(attack(&bench, 30).await >= 20);
    let origin = stranger(9000);
    let told = again(admit(&bench.site, &origin, &form(&before, "")).await);
    assert!(
        told.ticket.demand().bits >= 16,
        "a ticket from before the attack is exchanged"
    );
    assert!(told.sentence.contains("秒"), "{}", told.sentence);
    for wrong in ["", "1", "x", "-1", "99999999999999999999", "１２", "1 OR 1=1"] {
        bench.advance(Duration::milliseconds(100));
        again(admit(&bench.site, &origin, &form(&told.ticket, wrong)).await);
    }
    let proof = solve(told.ticket.nonce(), told.ticket.demand().bits).to_string();
    bench.advance(Duration::seconds(2));
    let elsewhere = again(admit(&bench.site, &stranger(9001), &form(&told.ticket, &proof)).await);
    assert_ne!(
        elsewhere.ticket, told.ticket,
        "a costly ticket is good where it was given"
    );
    let Verdict::Pass(pass) = admit(&bench.site, &origin, &form(&told.ticket, &proof)).await else {
        panic!("the price was paid");
    };
    take_in(&bench.site, &pass).await.unwrap();
    let Verdict::Pass(replayed) = admit(&bench.site, &origin, &form(&told.ticket, &proof)).await else {
        panic!("only taking in decides about a replay");
    };
    let refused = take_in(&bench.site, &replayed).await;
    assert!(
        matches!(&refused, Err(Error::Refused { what, .. }) if what.contains("已经提交过")),
        "{refused:?}"
    );
    assert_eq!(
        OTHER.open(&bench.site, &origin).await.unwrap().demand().bits,
        0,
        "one form, not all"
    );
}

async fn waiting_pays_as_well_as_reckoning(bench: Bench) {
    attack(&bench, 30).await;
    let origin = stranger(9000);
    let ticket = GATE.open(&bench.site, &origin).await.unwrap();
    let wait = ticket.demand().wait;
    assert!(wait >= 15);
    bench.advance(Duration::seconds(wait - 1));
    let told = again(admit(&bench.site, &origin, &form(&ticket, "")).await);
    assert_eq!(told.ticket, ticket, "waiting goes on with the same ticket");
    assert!(told.sentence.contains("1 秒"), "{}", told.sentence);
    bench.advance(Duration::seconds(1));
    assert!(matches!(
        admit(&bench.site, &origin, &form(&ticket, "")).await,
        Verdict::Pass(_)
    ));
}

async fn the_price_rises_and_falls_with_the_attack(bench: Bench) {
    let price = async |bench: &Bench| GATE.open(&bench.site, &stranger(9000)).await.unwrap().demand();
    attack(&bench, 24).await;
    let first = price(&bench).await;
    for n in 0..60 {
        let origin = stranger(100 + n);
        let ticket = GATE.open(&bench.site, &origin).await.unwrap();
        bench.advance(Duration::seconds(2));
        let proof = solve(ticket.nonce(), ticket.demand().bits).to_string();
        let _ = admit(&bench.site, &origin, &form(&ticket, &proof)).await;
    }
    let later = price(&bench).await;
    assert!(
        later.bits > first.bits && later.wait > first.wait,
        "{first:?} {later:?}"
    );
    bench.advance(Duration::hours(3));
    assert_eq!(price(&bench).await.bits, 0, "and it is over some time");
}

async fn of_two_who_send_one_ticket_one_gets_in(bench: Bench) {
    let (origin, other) = (from("192.0.2.7"), bench.second_process().await);
    let ticket = ticket(&bench, &origin).await;
    let form = form(&ticket, "");
    let passes = [
        admit(&bench.site, &origin, &form).await,
        admit(&other, &origin, &form).await,
    ]
    .map(|v| match v {
        Verdict::Pass(pass) => pass,
        Verdict::Again(again) => panic!("{}", again.sentence),
    });
    let (one, two) = tokio::join!(take_in(&bench.site, &passes[0]), take_in(&other, &passes[1]));
    assert_eq!([&one, &two].iter().filter(|o| o.is_ok()).count(), 1, "{one:?} {two:?}");
}

async fn forged_old_and_foreign_tickets_are_refused(bench: Bench) {
    let origin = from("192.0.2.7");
    let good = ticket(&bench, &origin).await.to_string();
    let parts: Vec<&str> = good.splitn(5, '.').collect();
    let with = |place: usize, value: &str| {
        let mut changed = parts.clone();
        changed[place] = value;
        changed.join(".")
    };
    let of_other_form = OTHER.open(&bench.site, &origin).await.unwrap().to_string();
    bench.advance(Duration::seconds(3));
    for forged in [
        with(0, "1620612000000001"),
        with(1, "00000000000000000000000000000000"),
        with(2, "1"),
        with(3, "0"),
        with(4, "AAAA"),
        of_other_form,
    ] {
        let told = again(admit(&bench.site, &origin, &form(&forged, "")).await);
        assert!(told.sentence.contains("凭证无效"), "{forged}: {}", told.sentence);
        assert_ne!(told.ticket.to_string(), forged);
    }
    bench.advance(Duration::hours(4));
    let told = again(admit(&bench.site, &origin, &form(&good, "")).await);
    assert!(told.sentence.contains("过期"), "{}", told.sentence);
    bench.advance(Duration::seconds(3));
    assert!(matches!(
        admit(&bench.site, &origin, &form(&told.ticket, "")).await,
        Verdict::Pass(_)
    ));
}

async fn a_trap_and_a_hurry_lose_nothing(bench: Bench) {
    let origin = from("192.0.2.7");
    let ticket = GATE.open(&bench.site, &origin).await.unwrap();
    bench.advance(Duration::milliseconds(1900));
    let hasty = again(admit(&bench.site, &origin, &form(&ticket, "")).await);
    assert!(hasty.sentence.contains("太快"), "{}", hasty.sentence);
    assert_eq!(hasty.ticket, ticket);
    bench.advance(Duration::seconds(1));
    let mut filled = form(&ticket, "");
    filled.push("homepage", "https://example.com");
    let told = again(admit(&bench.site, &origin, &filled).await);
    assert!(told.sentence.contains("此项请留空"), "{}", told.sentence);
    assert!(matches!(
        admit(&bench.site, &origin, &form(told.ticket, "")).await,
        Verdict::Pass(_)
    ));
}

async fn what_is_no_ticket_is_no_ticket(bench: Bench) {
    let origin = from("2001:db8::1");
    for text in [
        String::new(),
        ".".repeat(70_000),
        "区".repeat(30_000),
        "1620612000000000.".into(),
        format!("9223372036854775807.{}.0.{}", "0".repeat(32), "0".repeat(64)),
        format!("-9223372036854775808.{}.0.{}", "0".repeat(32), "0".repeat(64)),
        "' OR 1=1 --".into(),
        "\u{202e}\u{0}".into(),
    ] {
        let told = again(admit(&bench.site, &origin, &form(&text, "")).await);
        assert!(told.sentence.contains("凭证无效"), "{}", told.sentence);
    }
    assert_eq!(
        bench.number("SELECT count(*) FROM guard_count", []).await,
        0,
        "nothing is written for them"
    );
}

async fn old_rows_go_by_themselves(bench: Bench) {
    for n in 0..40 {
        is_let_in(&bench, &stranger(n)).await;
    }
    let then = bench.number("SELECT count(*) FROM guard_count", []).await;
    assert!(then > 40, "{then}");
    bench.advance(Duration::hours(12));
    for n in 100..112 {
        is_let_in(&bench, &stranger(n)).await;
    }
    let now = bench.number("SELECT count(*) FROM guard_count", []).await;
    assert!(now <= 2 + 2 * 12, "{now} rows: only those of the last dozen");
}

async fn nothing_kept_says_who_it_was(bench: Bench) {
    is_let_in(&bench, &from("192.0.2.77")).await;
    let failed = kit::account::service::sign_in(&bench.site, "czj-jingban", "wrong", "192.0.2.77").await;
    assert!(failed.is_err());
    let kept = bench
        .number("SELECT count(*) FROM guard_count WHERE length(key_hash) = 32", [])
        .await;
    let all = bench.number("SELECT count(*) FROM guard_count", []).await;
    assert_eq!(kept, all);
    let plain = "SELECT count(*) FROM guard_count WHERE key_hash LIKE '%192%2%77%' AND key_hash LIKE '%.%'";
    assert_eq!(bench.number(plain, []).await, 0);
}

async fn codes_open_what_they_belong_to_and_nothing_else(bench: Bench) {
    let origin = from("192.0.2.7");
    let code = code::Code::fresh().unwrap();
    let kept = code.stored(&bench.site, "示例2021-1").unwrap();
    let try_it = async |reference: &str, typed: &str, kept: Option<&str>| {
        code::check(&bench.site, &origin, reference, typed, kept).await.unwrap()
    };
    assert!(try_it("示例2021-1", &code.grouped(), Some(&kept)).await);
    assert!(
        try_it(
            "示例2021-1",
            &code.grouped().to_lowercase().replace('-', " "),
            Some(&kept)
        )
        .await
    );
    assert!(
        !try_it("示例2021-2", &code.grouped(), Some(&kept)).await,
        "bound to its reference"
    );
    assert!(!try_it("示例2021-1", "", Some(&kept)).await);
    assert!(
        !try_it("示例2021-1", &kept, Some(&kept)).await,
        "what is stored opens nothing"
    );
    assert!(!try_it("示例2021-9", &code.grouped(), None).await);
    assert!(!try_it("示例2021-9", "", None).await);
    assert!(!kept.contains(&code.grouped().replace('-', "")));
}

async fn codes_outlive_an_exchange_of_keys(bench: Bench) {
    let code = code::Code::fresh().unwrap();
    let kept = code.stored(&bench.site, "示例2021-1").unwrap();
    kit::seal::rotate(&bench.site, &program(), kit::seal::Purpose::Index)
        .await
        .unwrap();
    let origin = from("192.0.2.7");
    assert!(
        code::check(&bench.site, &origin, "示例2021-1", &code.grouped(), Some(&kept))
            .await
            .unwrap()
    );
    assert_ne!(code.stored(&bench.site, "示例2021-1").unwrap(), kept);
}

async fn guessing_codes_is_slowed_for_one_address_and_one_reference(bench: Bench) {
    let other = bench.second_process().await;
    let kept = code::Code::fresh().unwrap().stored(&bench.site, "示例2021-1").unwrap();
    let mut told = Vec::new();
    for (reference, kept) in [("示例2021-1", Some(kept.as_str())), ("没有的编号", None)] {
        let origin = from(if kept.is_some() { "192.0.2.7" } else { "192.0.2.8" });
        for n in 0..10 {
            let site = if n % 2 == 0 { &*bench.site } else { &other };
            assert!(
                !code::check(site, &origin, reference, "ABCD-EFGH-JKLM", kept)
                    .await
                    .unwrap()
            );
        }
        let refused = code::check(&bench.site, &origin, reference, "ABCD-EFGH-JKLM", kept).await;
        told.push(format!("{refused:?}"));
        assert!(matches!(refused, Err(Error::TooMany(5))), "{refused:?}");
    }
    assert_eq!(told[0], told[1], "an unknown reference looks like a wrong code");
    for n in 0..10 {
        let _ = code::check(&bench.site, &stranger(n), "示例2021-1", "ABCD-EFGH-JKLM", Some(&kept)).await;
    }
    let refused = code::check(&bench.site, &stranger(99), "示例2021-1", "ABCD-EFGH-JKLM", Some(&kept)).await;
    assert!(
        matches!(refused, Err(Error::TooMany(_))),
        "many addresses, one reference: {refused:?}"
    );
    bench.advance(Duration::minutes(16));
    assert!(
        !code::check(&bench.site, &stranger(99), "示例2021-1", "ABCD", Some(&kept))
            .await
            .unwrap()
    );
}
