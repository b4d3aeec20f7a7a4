//! What must not live again with a restored database.

use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;
use uuid::Uuid;

use crate::account::Actor;
use crate::audit::Deed;
use crate::db::UNFINISHED;
use crate::error::Result;
use crate::site::Site;

/// What is ended: its name in a sentence, and the statement.
const ENDINGS: [(&str, &str); 2] = [
    ("登录会话", "DELETE FROM session"),
    (
        "没有用过的一次性登录链接",
        "DELETE FROM sign_in_link WHERE used_at IS NULL",
    ),
];

/// Ends all of it, records the restore and takes the mark of an unfinished one away, in one transaction.
pub(super) async fn end(site: &Site, by: &Actor, detail: Value) -> Result<Vec<String>> {
    site.write(by, |tx| {
        let detail = detail.clone();
        async move {
            let mut ended = Vec::new();
            for (name, sql) in ENDINGS {
                let statement = Statement::from_string(tx.on().get_database_backend(), sql);
                let count = tx.on().execute_raw(statement).await?.rows_affected();
                if count > 0 {
                    ended.push(format!("{name} {count} 个"));
                }
            }
            tx.on().execute_unprepared(&format!("DROP TABLE {UNFINISHED}")).await?;
            tx.record(Deed::new("backup.restore", "backup", Uuid::now_v7()).detail(detail))
                .await?;
            Ok(ended)
        }
    })
    .await
}
