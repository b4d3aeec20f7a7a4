//! What must not live again, or happen again, with a restored database.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Value as Bound;
use sea_orm::{ConnectionTrait, DbErr, Statement};
use serde_json::Value;
use uuid::Uuid;

use crate::account::Actor;
use crate::audit::Deed;
use crate::db::{Tx, UNFINISHED};
use crate::error::Result;
use crate::job::{self, NewJob};
use crate::site::Site;

/// What is ended outright: its name in a sentence, and the statement.
const ENDED: [(&str, &str); 4] = [
    ("登录会话", "DELETE FROM session"),
    ("没有完成的统一身份登录", "DELETE FROM oidc_pending"),
    (
        "没有用过的一次性登录链接",
        "DELETE FROM sign_in_link WHERE used_at IS NULL",
    ),
    ("没有做完的通行密钥核对", "DELETE FROM passkey_ceremony"),
];

/// Work that a node had begun is begun anew at once; a try that still runs somewhere loses its fence.
const RELEASED: &str = "UPDATE job SET state = 'waiting', holder = NULL, lease_until = NULL, fence = fence + 1 \
     WHERE state = 'running'";
/// What speaks to other servers may have done so after the backup. Nobody here can know, so that a person decides.
const HELD: &str = "UPDATE job SET state = 'poisoned', ended_at = $1, last_error = $2 \
     WHERE state = 'waiting' AND class = 'outside' AND run_at <= $1";
const WHY_HELD: &str = "从备份恢复：这一项在备份之后可能已经发出，请核对后重试或放弃";

/// Ends all of it, records the restore and takes the mark of an unfinished one away, in one transaction. Returns a
/// sentence for each thing that was ended.
pub(super) async fn end(site: &Site, by: &Actor, missing_keys: &[String], detail: Value) -> Result<Vec<String>> {
    site.write(by, |tx| {
        let detail = detail.clone();
        async move {
            let mut ended = Vec::new();
            for (name, sql) in ENDED {
                note(&mut ended, name, run(&tx, sql, Vec::new()).await?);
            }
            run(&tx, RELEASED, Vec::new()).await?;
            for sql in site.capabilities.iter().flat_map(|c| &c.leases) {
                run(&tx, sql, Vec::new()).await?;
            }
            let held = run(&tx, HELD, vec![tx.shared_at().into(), WHY_HELD.into()]).await?;
            note(&mut ended, "等人核对的对外发送（在工作台“后台任务”里重试或放弃）", held);
            pass_schedules(site, &tx).await?;
            for key in missing_keys {
                lose(&tx, key, tx.at()).await?;
            }
            note(&mut ended, "按已销毁处理的密钥", missing_keys.len() as u64);
            tx.on().execute_unprepared(&format!("DROP TABLE {UNFINISHED}")).await?;
            tx.record(Deed::new("backup.restore", "backup", Uuid::now_v7()).detail(detail))
                .await?;
            Ok(ended)
        }
    })
    .await
}

fn note(ended: &mut Vec<String>, name: &str, count: u64) {
    if count > 0 {
        ended.push(format!("{name} {count} 个"));
    }
}

async fn run(tx: &Tx, sql: &str, values: Vec<Bound>) -> Result<u64, DbErr> {
    let statement = Statement::from_sql_and_values(tx.on().get_database_backend(), sql, values);
    Ok(tx.on().execute_raw(statement).await?.rows_affected())
}

/// Times that passed before the restore are not made up for: what was due then was done, by the database that was lost.
async fn pass_schedules(site: &Site, tx: &Tx) -> Result<()> {
    for schedule in site.schedules() {
        let Some(kind) = site.job_kinds().find(|kind| kind.id == schedule.job) else {
            continue;
        };
        let slot = NewJob {
            kind: kind.id,
            class: kind.class,
            key: schedule.cadence.last_before(tx.shared_at()),
            payload: Value::Null,
            run_at: None,
        };
        let key = slot.key.clone();
        if job::enqueue(tx, slot).await? {
            let done = "UPDATE job SET state = 'done', ended_at = $1 WHERE kind = $2 AND idempotency_key = $3";
            run(tx, done, vec![tx.shared_at().into(), kind.id.into(), key.into()]).await?;
        }
    }
    Ok(())
}

async fn lose(tx: &Tx, key: &str, at: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "UPDATE sealing_key SET destroyed_at = $1 WHERE id = $2 AND destroyed_at IS NULL";
    run(tx, sql, vec![at.into(), key.into()]).await?;
    Ok(())
}
