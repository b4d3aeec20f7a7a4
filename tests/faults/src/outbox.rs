//! What must hold of jobs and of messages out, once everything that waited has had its turn.

use std::collections::BTreeSet;

use kit::account::Actor;
use sea_orm::ConnectionTrait;
use stories::TestApp;

use crate::check::column;
use crate::post::Post;

/// Lets everything be done that is in the queue. Waits and the leases of whoever was killed would end by themselves; here
/// they end at once.
///
/// # Panics
/// When something still is not over after many tries.
pub async fn settle(app: &TestApp) {
    for _ in 0..20 {
        // The clock of a test stands still, and a job may be of a moment later by the database's.
        app.clock.set(chrono::Utc::now() + chrono::Duration::minutes(1));
        end_waits(app).await;
        kit::job::run_due(&app.site).await.unwrap();
        if app
            .number("SELECT count(*) FROM job WHERE state IN ('waiting', 'running')")
            .await
            == 0
        {
            return;
        }
    }
    panic!("jobs are never over: {:?}", not_done(app).await);
}

async fn end_waits(app: &TestApp) {
    let by = Actor::program("测试");
    let ending = app.site.write(&by, |tx| async move {
        tx.housekeeping();
        for sql in [
            "UPDATE job SET run_at = created_at WHERE state = 'waiting'",
            "UPDATE job SET lease_until = created_at WHERE state = 'running'",
        ] {
            tx.on().execute_unprepared(sql).await?;
        }
        Ok::<_, kit::Error>(())
    });
    ending.await.unwrap();
}

async fn not_done(app: &TestApp) -> Vec<String> {
    let sql = "SELECT kind || ' ' || state || ' ' || last_error FROM job WHERE state <> 'done'";
    column(app, sql).await
}

/// Everything acknowledged has gone on to its end, once. Returns how many messages have arrived more than once, under the
/// same Message-ID and saying so.
///
/// # Panics
/// With the first thing that does not hold.
pub async fn holds(app: &TestApp, post: &Post) -> usize {
    assert_eq!(not_done(app).await, [""; 0], "every job is done, and none is poisoned");
    notices_went_on(app).await;
    rows_were_taken_once(app).await;
    messages_arrived(app, post).await
}

/// Each notice has for each account one job, which has carried it on, as one message where the account wants mail.
async fn notices_went_on(app: &TestApp) {
    let count = async |sql: &str| app.number(&format!("SELECT count(*) FROM {sql}")).await;
    let receipts = count("notice_receipt").await;
    assert_eq!(count("job WHERE kind = 'kit.notice_delivery'").await, receipts);
    assert_eq!(count("notice_receipt WHERE delivered_at IS NULL").await, 0);
    let wanted = "notice_receipt r JOIN notice n ON n.id = r.notice JOIN notice_way w ON w.account = r.account AND \
                  w.kind = n.kind WHERE w.mail";
    assert_eq!(
        count("message WHERE template = 'kit.notice'").await,
        count(wanted).await,
        "a message for each notice and account that wants mail"
    );
    assert_eq!(
        count("message WHERE template = 'kit.address_code'").await,
        count("audit_entry WHERE action = 'account.enter_address'").await,
        "a code for each address entered"
    );
    assert_eq!(count("job WHERE kind = 'kit.message'").await, count("message").await);
}

/// Rows of an intake are there once: one taken a second time would have been found known.
async fn rows_were_taken_once(app: &TestApp) {
    let open = "SELECT count(*) FROM intake WHERE state <> 'done' OR taken <> row_count OR known <> 0 OR refused <> 0";
    assert_eq!(
        app.number(open).await,
        0,
        "every intake is done, each of its rows taken"
    );
    let entered = "SELECT count(*) FROM audit_entry WHERE action = 'unit.enter'";
    assert_eq!(
        app.number("SELECT count(*) FROM unit").await,
        app.number(entered).await,
        "audit record and units"
    );
}

/// Each message has arrived, and a second time only under the same Message-ID and saying so; nothing else has arrived.
async fn messages_arrived(app: &TestApp, post: &Post) -> usize {
    let unsent = "SELECT template || ' ' || state || ' ' || why FROM message WHERE state <> 'sent'";
    assert_eq!(column(app, unsent).await, [""; 0], "every message is sent");
    let sent: BTreeSet<String> = column(app, "SELECT delivery_key FROM message")
        .await
        .into_iter()
        .collect();
    let double = column(app, "SELECT delivery_key FROM message WHERE may_be_double").await;
    let arrived = post.deliveries();
    assert_eq!(
        arrived.keys().cloned().collect::<BTreeSet<_>>(),
        sent,
        "what has arrived and what was to be sent"
    );
    for (key, ids) in &arrived {
        assert!(
            ids.iter().all(|id| *id == ids[0]),
            "the same message under several names: {ids:?}"
        );
        assert!(
            ids.len() == 1 || double.contains(key),
            "{key} arrived {} times and does not say so",
            ids.len()
        );
    }
    arrived.values().filter(|ids| ids.len() > 1).count()
}
