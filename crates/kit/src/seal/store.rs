//! Statements on the keys a database has used, and on columns of ciphertexts anywhere.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{Set, Statement};

use super::SealedColumn;
use crate::db::Tx;

pub(super) mod key {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sealing_key")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub purpose: String,
        pub first_seen_at: DateTimeUtc,
        pub destroyed_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Every key this database has used.
pub(super) async fn keys(on: &impl ConnectionTrait) -> Result<Vec<key::Model>, DbErr> {
    key::Entity::find().all(on).await
}

/// Notes a key; nothing changes when it is known.
pub(super) async fn note(tx: &Tx, id: &str, purpose: &str) -> Result<(), DbErr> {
    let row = key::ActiveModel {
        id: Set(id.into()),
        purpose: Set(purpose.into()),
        first_seen_at: Set(tx.at()),
        destroyed_at: Set(None),
    };
    key::Entity::insert(row)
        .on_conflict(OnConflict::column(key::Column::Id).do_nothing().to_owned())
        .exec_without_returning(tx.on())
        .await?;
    Ok(())
}

pub(super) async fn set_destroyed(tx: &Tx, id: &str, at: DateTime<Utc>) -> Result<(), DbErr> {
    key::Entity::update_many()
        .col_expr(key::Column::DestroyedAt, sea_orm::sea_query::Expr::value(Some(at)))
        .filter(key::Column::Id.eq(id))
        .exec(tx.on())
        .await?;
    Ok(())
}

/// How many values of a column a key seals. Names of tables and columns come from the program, never from a user.
pub(super) async fn count_under(on: &impl ConnectionTrait, column: &SealedColumn, key: &str) -> Result<u64, DbErr> {
    let sql = format!(
        "SELECT count(*) FROM \"{}\" WHERE \"{}\" LIKE $1",
        column.table, column.column
    );
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, [format!("g1.{key}.%").into()]);
    let row = on.query_one_raw(statement).await?;
    let count = row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?;
    Ok(count.unwrap_or(0).unsigned_abs())
}

/// Values of a column after an id that another key than `active` seals: their ids and ciphertexts.
pub(super) async fn under_others(
    on: &impl ConnectionTrait,
    column: &SealedColumn,
    active: &str,
    after: Uuid,
    most: u64,
) -> Result<Vec<(Uuid, String)>, DbErr> {
    let sql = format!(
        "SELECT id, \"{1}\" FROM \"{0}\" WHERE \"{1}\" IS NOT NULL AND \"{1}\" NOT LIKE $1 AND id > $2 ORDER BY id LIMIT {most}",
        column.table, column.column
    );
    let values = [format!("g1.{active}.%").into(), after.into()];
    let rows = on
        .query_all_raw(Statement::from_sql_and_values(on.get_database_backend(), sql, values))
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}

/// Puts a value in another's place, unless somebody has changed it in the meantime.
pub(super) async fn exchange(tx: &Tx, column: &SealedColumn, id: Uuid, from: &str, to: &str) -> Result<bool, DbErr> {
    let sql = format!(
        "UPDATE \"{0}\" SET \"{1}\" = $1 WHERE id = $2 AND \"{1}\" = $3",
        column.table, column.column
    );
    let values = [to.into(), id.into(), from.into()];
    let done = tx
        .on()
        .execute_raw(Statement::from_sql_and_values(
            tx.on().get_database_backend(),
            sql,
            values,
        ))
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Sets the blind index beside a value.
pub(super) async fn set_blind(tx: &Tx, table: &str, column: &str, id: Uuid, index: &str) -> Result<(), DbErr> {
    let sql = format!("UPDATE \"{table}\" SET \"{column}\" = $1 WHERE id = $2");
    let values = [index.into(), id.into()];
    tx.on()
        .execute_raw(Statement::from_sql_and_values(
            tx.on().get_database_backend(),
            sql,
            values,
        ))
        .await?;
    Ok(())
}
