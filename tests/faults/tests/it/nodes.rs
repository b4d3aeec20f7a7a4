//! Several nodes on one database and one store: what one does all know, and what one loses another takes over.

use std::time::{Duration, Instant};

use faults::house::UNIT;
use faults::nodes::{District, Node};
use faults::proxy::{Proxy, Wire};
use stories::office::{public_path, search, titles};
use stories::{UNANSWERED, Visitor, word};

/// Looks again and again until something is so.
///
/// # Panics
/// After three minutes: then it will never be so.
async fn until(what: &str, mut look: impl AsyncFnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !look().await {
        assert!(began.elapsed() < Duration::from_secs(180), "waited for: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    began.elapsed()
}

async fn is_found(citizen: &Visitor, title: &str) -> bool {
    titles(&citizen.get(&search(&format!("\"{title}\""))).await.expect(200)) == [title]
}

/// Every entry has its number, from one on without gaps, and the fence only ever rose.
async fn assert_gapless(district: &District) {
    until("every entry has its number", async || {
        district.count("journal_entry WHERE position IS NULL").await == 0
    })
    .await;
    let gaps = "SELECT coalesce(max(position), 0) - count(DISTINCT position) FROM journal_entry";
    assert_eq!(district.looker.number(gaps).await, 0);
}

async fn release(node: &Node, district: &District, document: &str) -> String {
    let drafter = node.desk_of(&district.office.drafter).await;
    drafter.submit(&format!("{document}/release"), &[]).await.expect(303);
    public_path(&district.looker, &drafter.get(document).await.expect(200))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_does_the_other_knows() {
    let mut district = District::new().await;
    let (here, there) = (district.node().await, district.node().await);

    // A file taken in here is read there.
    let drafter = here.desk_of(&district.office.drafter).await;
    let unit = district.looker.unit(UNIT).await.id.to_string();
    let fields = [("unit", unit.as_str()), ("kind", "normative")];
    let body = word::paragraph("示例区第一号规定") + &word::picture();
    let sent = drafter
        .upload(
            "/documents/new",
            &fields,
            ("file", "规定.docx", &word::document(&body, &[])),
        )
        .await;
    let document = sent.expect(303).location().trim_end_matches("/metadata").to_string();
    let elsewhere = there.desk_of(&district.office.drafter).await;
    elsewhere
        .get(&document)
        .await
        .expect(200)
        .expect_words("示例区第一号规定");
    district.office.describe(&document, &[]).await.expect(303);
    elsewhere.submit(&format!("{document}/submit"), &[]).await.expect(303);
    district.office.approve(&document).await.expect(303);
    let path = release(&here, &district, &document).await;
    let citizen = there.citizen();
    until("the page on the other node", async || {
        citizen.get(&path).await.status == 200
    })
    .await;
    let picture = citizen
        .get(&path)
        .await
        .html_attribute("main img", "src")
        .expect("the page shows the picture");
    assert_eq!(citizen.get(&picture).await.expect(200).bytes, word::PNG);

    // A session is one everywhere, and so is its end.
    let people = district.looker.staff(kit::permission::Role::Drafter, UNIT).await;
    let (at_here, at_there) = (here.desk_of(&people).await, there.desk_of(&people).await);
    at_there.get("/").await.expect(200);
    at_there.submit("/sign-out", &[]).await.expect(303);
    assert_eq!(at_there.get("/").await.status, 303);
    assert_eq!(
        at_here.get("/").await.status,
        303,
        "signed out on one node is signed out on all"
    );

    // Wrong passwords count together.
    let wrong = [("login", people.login.as_str()), ("password", "错的口令，但是足够长")];
    for turn in 0..5 {
        let node = if turn % 2 == 0 { &here } else { &there };
        node.stranger().post("/sign-in", &wrong, &[]).await.expect(422);
    }
    let right = [("login", people.login.as_str()), ("password", stories::PASSWORD)];
    for node in [&here, &there] {
        assert_eq!(node.stranger().post("/sign-in", &right, &[]).await.status, 429);
    }
}

/// How often each is measured: few in the suite, more where figures are wanted.
fn sightings() -> usize {
    std::env::var("FAULTS_SIGHTINGS").map_or(4, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_and_index_of_the_other_node_follow() {
    let mut district = District::new().await;
    let (here, there) = (district.node().await, district.node().await);
    let titles: Vec<String> = (0..sightings()).map(|n| format!("示例区第{n}号见闻规定")).collect();
    let documents = district.approved(&titles).await;
    let (approver, citizen) = (here.desk_of(&district.office.approver).await, there.citizen());
    let mut measured: [Vec<Duration>; 4] = Default::default();
    for (document, title) in documents.iter().zip(&titles) {
        let path = release(&here, &district, document).await;
        measured[0].push(until("the page", async || citizen.get(&path).await.status == 200).await);
        measured[1].push(until("the hit", async || is_found(&citizen, title).await).await);
        // The page is kept in memory there now, and has to give way.
        let marking = [("reason", "示例：依据已经改变")];
        approver.submit(&format!("{document}/mark"), &marking).await.expect(303);
        measured[2].push(until("the mark", async || citizen.get(&path).await.says("依据已经改变")).await);
        approver
            .submit(&format!("{document}/take-down"), &[("reason", "示例：内容有误")])
            .await
            .expect(303);
        measured[3].push(until("the tombstone", async || citizen.get(&path).await.status == 410).await);
        until("no hit", async || !is_found(&citizen, title).await).await;
        // What has gone does not come back.
        for _ in 0..5 {
            citizen.get(&path).await.expect(410);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    for (what, mut times) in ["page", "hit after it", "mark", "tombstone"].into_iter().zip(measured) {
        times.sort_unstable();
        println!(
            "{what}: median {:?}, worst {:?} of {}",
            times[times.len() / 2],
            times[times.len() - 1],
            times.len()
        );
    }
    assert_gapless(&district).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_away_catches_up() {
    let mut district = District::new().await;
    let (here, mut away) = (district.node().await, district.node().await);
    let titles: Vec<String> = (0..3).map(|n| format!("示例区第{n}号离线规定")).collect();
    let documents = district.approved(&titles).await;
    release(&here, &district, &documents[0]).await;
    let citizen = away.citizen();
    until("the first", async || is_found(&citizen, &titles[0]).await).await;
    assert!(away.end().await.success());
    release(&here, &district, &documents[1]).await;
    let approver = here.desk_of(&district.office.approver).await;
    let taken_down = [("reason", "示例：内容有误")];
    approver
        .submit(&format!("{}/take-down", documents[0]), &taken_down)
        .await
        .expect(303);
    away.start().await;
    until("what was released meanwhile", async || {
        is_found(&citizen, &titles[1]).await
    })
    .await;
    until("what was taken down", async || !is_found(&citizen, &titles[0]).await).await;
    // A node that has never been there begins at the beginning.
    let new = district.node().await;
    until("all that is public", async || {
        is_found(&new.citizen(), &titles[1]).await
    })
    .await;
    assert!(!is_found(&new.citizen(), &titles[0]).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sequencer_passes_on_when_its_holder_is_killed_or_ends() {
    let mut district = District::new().await;
    let (mut first, second) = (district.node().await, district.node().await);
    let titles: Vec<String> = (0..4).map(|n| format!("示例区第{n}号接替规定")).collect();
    let documents = district.approved(&titles).await;
    let fence = async |district: &District| district.looker.number("SELECT fence FROM sequencer_lease").await;

    release(&first, &district, &documents[0]).await;
    let before = fence(&district).await;
    // The holder ends in order and leaves the numbering to the others: the next act is numbered when it returns.
    assert!(first.end().await.success());
    release(&second, &district, &documents[1]).await;
    assert_eq!(
        district.count("journal_entry WHERE position IS NULL").await,
        0,
        "at once"
    );
    assert!(fence(&district).await > before);

    first.start().await;
    let mut second = second;
    second.kill();
    // Its lease has to run out first; what was released meanwhile waits and then has its number.
    release(&first, &district, &documents[2]).await;
    assert_gapless(&district).await;
    until("it shows", async || is_found(&first.citizen(), &titles[2]).await).await;
    second.start().await;
    release(&second, &district, &documents[3]).await;
    assert_gapless(&district).await;
    assert_eq!(district.count("journal_entry").await, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_stands_still_in_the_middle_is_fenced_off() {
    let mut district = District::new().await;
    let url = district.database().to_string();
    let (head, tail) = url.rsplit_once('@').unwrap();
    let (server, name) = tail.split_once('/').unwrap();
    // A long wire makes the sequencer's transaction long enough to be caught in it.
    let wire = Proxy::to(server.to_string()).await;
    let far = district
        .node_on(
            &format!("{head}@{}/{name}?application_name=far", wire.address),
            &Default::default(),
        )
        .await;
    let near = district.node().await;
    let titles: Vec<String> = (0..3).map(|n| format!("示例区第{n}号停顿规定")).collect();
    let documents = district.approved(&titles).await;
    release(&far, &district, &documents[0]).await;

    wire.set(Wire::Slow(30));
    let drafter = far.desk_of(&district.office.drafter).await;
    let (path, looker) = (format!("{}/release", documents[1]), &district.looker);
    let posting = tokio::spawn(async move { drafter.submit(&path, &[]).await.status });
    // The act itself is committed, and its node is inside the transaction that numbers it.
    let is_numbering = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid AND a.application_name = 'far' \
                        AND a.datname = current_database() WHERE l.locktype = 'advisory' AND l.granted \
                        AND EXISTS (SELECT 1 FROM journal_entry WHERE position IS NULL)";
    until("the numbering", async || looker.number(is_numbering).await > 0).await;
    far.stop();
    assert_eq!(district.count("journal_entry WHERE position IS NULL").await, 1);

    // The other goes on without it, and numbers what it left.
    release(&near, &district, &documents[2]).await;
    assert_gapless(&district).await;
    assert_eq!(district.count("journal_entry").await, 3);
    let fence = district.looker.number("SELECT fence FROM sequencer_lease").await;
    wire.set(Wire::Carries);
    far.go_on();
    // The act stands, so that its answer says so, although the numbering that followed it was cut off.
    assert_eq!(posting.await.unwrap(), 303);
    assert_gapless(&district).await;
    assert_eq!(district.count("journal_entry").await, 3);
    assert!(district.looker.number("SELECT fence FROM sequencer_lease").await >= fence);
    for title in &titles {
        until("it shows on both", async || {
            is_found(&far.citizen(), title).await && is_found(&near.citizen(), title).await
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_under_load_loses_nothing_and_doubles_nothing() {
    let mut district = District::new().await;
    let mut nodes = [district.node().await, district.node().await];
    let unit = district.looker.unit(UNIT).await.id.to_string();
    let desks = [
        nodes[0].desk_of(&district.office.drafter).await,
        nodes[1].desk_of(&district.office.drafter).await,
    ];
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let posting = tokio::spawn(async move {
        let (mut answered, mut turned_away) = (0, 0);
        while !*stopped.borrow() {
            let title = format!("示例区滚动第{answered}号规定");
            let fields = [("unit", unit.as_str()), ("kind", "notice")];
            let bytes = word::of_lines(&[&title, "怎么办理。"]);
            // As a balancer does: what one node does not take goes to the other.
            for node in [answered % 2, (answered + 1) % 2] {
                let sent = desks[node]
                    .upload("/documents/new", &fields, ("file", "规定.docx", &bytes))
                    .await;
                if sent.status == UNANSWERED {
                    turned_away += 1;
                    continue;
                }
                sent.expect(303);
                answered += 1;
                break;
            }
        }
        (answered, turned_away)
    });
    for node in &mut nodes {
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(node.end().await.success());
        node.start().await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    stop.send(true).unwrap();
    let (answered, turned_away) = posting.await.unwrap();
    println!("{answered} uploads answered, {turned_away} turned away by a node that was ending");
    assert!(answered > 4);
    // One that was carried out and not answered would have been sent again, and would be there twice.
    assert_eq!(district.count("document").await, answered as i64);
    assert_eq!(
        district.count("audit_entry WHERE action = 'publishing.enter'").await,
        answered as i64
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_comes_back_to_a_program_that_waited() {
    let mut district = District::new().await;
    let url = district.database().to_string();
    let (head, tail) = url.rsplit_once('@').unwrap();
    let (server, name) = tail.split_once('/').unwrap();
    let wire = Proxy::to(server.to_string()).await;
    let node = district
        .node_on(&format!("{head}@{}/{name}", wire.address), &Default::default())
        .await;
    let titles: Vec<String> = (0..3).map(|n| format!("示例区第{n}号断线规定")).collect();
    let documents = district.approved(&titles).await;
    let path = release(&node, &district, &documents[0]).await;
    let citizen = node.citizen();
    let seen = citizen.get(&path).await.expect(200);

    wire.set(Wire::Cut);
    assert_eq!(citizen.get("/healthz").await.status, 503);
    assert_eq!(
        citizen.get(&path).await.expect(200).bytes,
        seen.bytes,
        "what is kept in memory is served on"
    );
    let drafter = node.desk_of(&district.office.drafter).await;
    let refused = drafter.submit(&format!("{}/release", documents[1]), &[]).await;
    assert!(
        refused.status.is_server_error() && refused.status != UNANSWERED,
        "{}",
        refused.status
    );
    assert_eq!(district.count("document_release").await, 1);

    wire.set(Wire::Carries);
    until("it is well again", async || citizen.get("/healthz").await.status == 200).await;
    release(&node, &district, &documents[1]).await;

    // A wire that carries nothing holds a request up, and lets it through when it carries again.
    wire.set(Wire::Stalls);
    let (slow, document) = (node.desk_of(&district.office.drafter).await, documents[2].clone());
    let posting = tokio::spawn(async move { slow.submit(&format!("{document}/release"), &[]).await.status });
    assert_eq!(citizen.get("/healthz").await.status, 503);
    assert!(!posting.is_finished());
    wire.set(Wire::Carries);
    assert_eq!(posting.await.unwrap(), 303);
    assert_gapless(&district).await;
    assert_eq!(district.count("journal_entry").await, 3);
    until("all is found", async || is_found(&citizen, &titles[2]).await).await;
}
