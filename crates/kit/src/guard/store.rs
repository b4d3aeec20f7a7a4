//! Every statement of the guard. What is counted is one row, moved on in one statement, so that two nodes that count at once
//! both count.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, Value};

use crate::db::Tx;

/// How many rows that have served their time go with each that comes anew.
const SWEPT_AT_ONCE: u32 = 8;

/// Moves meters on, in the order given, and returns where each stands then.
pub(super) async fn count(tx: &Tx, moves: &[(String, i64, i64)]) -> Result<Vec<i64>, DbErr> {
    let now = tx.at().timestamp_micros();
    let mut meters = Vec::with_capacity(moves.len());
    for (key, step, window) in moves {
        let sql = "INSERT INTO guard_count (key_hash, n, until, forget_at) VALUES ($1, 0, $2, $3) \
            ON CONFLICT (key_hash) DO UPDATE SET \
            until = $4 + CASE WHEN guard_count.until > $5 THEN guard_count.until ELSE $6 END, \
            forget_at = $7 + CASE WHEN guard_count.until > $8 THEN guard_count.until ELSE $9 END \
            RETURNING until";
        let after = now + step;
        let values: [Value; 9] = [
            key.as_str().into(),
            after.into(),
            (after + window).into(),
            (*step).into(),
            now.into(),
            now.into(),
            (step + window).into(),
            now.into(),
            now.into(),
        ];
        let row = one(tx.on(), sql, values).await?;
        let until = row.as_ref().map_or(Ok(after), |row| row.try_get_by_index(0))?;
        meters.push(until);
    }
    Ok(meters)
}

/// Counts one failure and returns how many there are now.
pub(super) async fn fail(tx: &Tx, key: &str, quiet: i64) -> Result<i32, DbErr> {
    let now = tx.at().timestamp_micros();
    let sql = "INSERT INTO guard_count (key_hash, n, until, forget_at) VALUES ($1, 1, $2, $3) \
        ON CONFLICT (key_hash) DO UPDATE SET \
        n = CASE WHEN guard_count.forget_at < $4 THEN 1 WHEN guard_count.n > 1000000 THEN guard_count.n \
        ELSE guard_count.n + 1 END, forget_at = $5 \
        RETURNING n";
    let forget_at = now + quiet;
    let values: [Value; 5] = [key.into(), now.into(), forget_at.into(), now.into(), forget_at.into()];
    let row = one(tx.on(), sql, values).await?;
    row.map_or(Ok(1), |row| row.try_get_by_index(0))
}

/// Says until when the next try is refused.
pub(super) async fn refuse_until(tx: &Tx, key: &str, until: i64) -> Result<(), DbErr> {
    let sql = "UPDATE guard_count SET until = $1 WHERE key_hash = $2";
    execute(tx, sql, [until.into(), key.into()]).await.map(|_| ())
}

/// Forgets what was counted under a key.
pub(super) async fn forget(tx: &Tx, key: &str) -> Result<(), DbErr> {
    execute(tx, "DELETE FROM guard_count WHERE key_hash = $1", [key.into()])
        .await
        .map(|_| ())
}

/// Where the meters of these keys stand, in the same order; 0 where nothing is counted.
pub(super) async fn meters(on: &impl ConnectionTrait, keys: &[String], now: DateTime<Utc>) -> Result<Vec<i64>, DbErr> {
    let places: Vec<String> = (2..keys.len() + 2).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT key_hash, until FROM guard_count WHERE forget_at >= $1 AND key_hash IN ({})",
        places.join(", ")
    );
    let values = std::iter::once(now.timestamp_micros().into()).chain(keys.iter().map(|k| k.as_str().into()));
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    let mut found = vec![0; keys.len()];
    for row in on.query_all_raw(statement).await? {
        let key: String = row.try_get_by_index(0)?;
        let until: i64 = row.try_get_by_index(1)?;
        for (place, _) in keys.iter().enumerate().filter(|(_, k)| **k == key) {
            found[place] = until;
        }
    }
    Ok(found)
}

/// Records that a ticket has been used. Whether it had not been.
pub(super) async fn spend(tx: &Tx, ticket: &str, forget_at: i64) -> Result<bool, DbErr> {
    let sql = "INSERT INTO guard_spent (ticket, forget_at) VALUES ($1, $2) ON CONFLICT (ticket) DO NOTHING";
    Ok(execute(tx, sql, [ticket.into(), forget_at.into()]).await? == 1)
}

/// Takes away a few rows of a table that have served their time. Whoever adds a row does so, which keeps the table as
/// small as what is still of use.
pub(super) async fn sweep(tx: &Tx, (table, key): (&'static str, &'static str)) -> Result<(), DbErr> {
    // Rows that another node holds are left to it.
    let unheld = match tx.on().get_database_backend() {
        DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
        _ => "",
    };
    let sql = format!(
        "DELETE FROM {table} WHERE {key} IN \
         (SELECT {key} FROM {table} WHERE forget_at < $1 ORDER BY forget_at LIMIT {SWEPT_AT_ONCE}{unheld})"
    );
    execute(tx, &sql, [tx.at().timestamp_micros().into()]).await.map(|_| ())
}

/// The table of counts and its key, for [`sweep`].
pub(super) const COUNTS: (&str, &str) = ("guard_count", "key_hash");
/// The table of used tickets and its key, for [`sweep`].
pub(super) const SPENT: (&str, &str) = ("guard_spent", "ticket");

async fn one(
    on: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<QueryResult>, DbErr> {
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    on.query_one_raw(statement).await
}

async fn execute(tx: &Tx, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64, DbErr> {
    let statement = Statement::from_sql_and_values(tx.on().get_database_backend(), sql, values);
    Ok(tx.on().execute_raw(statement).await?.rows_affected())
}
