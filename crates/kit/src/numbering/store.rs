//! Statements on counters and on numbers given out.

use sea_orm::entity::prelude::*;
use sea_orm::{FromQueryResult, QueryOrder, QuerySelect, Statement};

use super::model::YearOfSeries;
use crate::db::Tx;

/// Rows of numbers given out.
pub mod issued {
    use sea_orm::entity::prelude::*;

    /// A number in the register.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "issued_number")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Name of its series.
        pub series: String,
        /// Its year.
        pub year: i32,
        /// Its place in the year.
        pub serial: i64,
        /// As it is written.
        pub text: String,
        /// Kind of what it was given to.
        pub subject: String,
        /// Which one.
        pub subject_id: Uuid,
        /// When.
        pub at: DateTimeUtc,
        /// By whom.
        pub account: Option<Uuid>,
        /// Name of the post.
        pub actor_name: String,
        /// When it was voided.
        pub voided_at: Option<DateTimeUtc>,
        /// Why.
        pub void_reason: String,
        /// By whom.
        pub voided_by: Option<Uuid>,
        /// Name of that post.
        pub voided_by_name: String,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Numbers a page of the register shows.
pub(super) const PER_PAGE: u64 = 100;

fn statement(on: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(on.get_database_backend(), sql, values)
}

/// The next serial of a series and year, with the format the office has set, if any. The counter's row is locked until
/// the transaction ends.
pub(super) async fn take_next(tx: &Tx, series: &str, year: i32) -> Result<(i64, Option<String>), DbErr> {
    let sql = "INSERT INTO number_counter (series, year, given_before, last) VALUES ($1, $2, 0, 1) \
               ON CONFLICT (series, year) DO UPDATE SET last = number_counter.last + 1 \
               RETURNING last, (SELECT format FROM number_series WHERE name = $1) AS format";
    let row = tx
        .on()
        .query_one_raw(statement(tx.on(), sql, [series.into(), year.into()]))
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("number_counter".into()))?;
    Ok((row.try_get("", "last")?, row.try_get("", "format")?))
}

pub(super) async fn insert(tx: &Tx, row: issued::Model) -> Result<(), DbErr> {
    issued::Entity::insert(issued::ActiveModel::from(row))
        .exec_without_returning(tx.on())
        .await?;
    Ok(())
}

/// Says how many numbers of a year were given out before, unless one has been given out here; whether it took.
pub(super) async fn begin(tx: &Tx, series: &str, year: i32, given_before: i64) -> Result<bool, DbErr> {
    let sql = "INSERT INTO number_counter (series, year, given_before, last) VALUES ($1, $2, $3, $3) \
               ON CONFLICT (series, year) DO UPDATE SET given_before = $3, last = $3 \
               WHERE number_counter.last = number_counter.given_before";
    let values = [series.into(), year.into(), given_before.into()];
    let done = tx.on().execute_raw(statement(tx.on(), sql, values)).await?;
    Ok(done.rows_affected() == 1)
}

/// Voids a number unless it is void; whether it took.
pub(super) async fn void(tx: &Tx, id: Uuid, reason: &str) -> Result<bool, DbErr> {
    use sea_orm::sea_query::Expr;
    let done = issued::Entity::update_many()
        .col_expr(issued::Column::VoidedAt, Expr::value(Some(tx.at())))
        .col_expr(issued::Column::VoidReason, Expr::value(reason))
        .col_expr(issued::Column::VoidedBy, Expr::value(tx.actor().account))
        .col_expr(issued::Column::VoidedByName, Expr::value(tx.actor().name.clone()))
        .filter(issued::Column::Id.eq(id))
        .filter(issued::Column::VoidedAt.is_null())
        .exec(tx.on())
        .await?;
    Ok(done.rows_affected == 1)
}

/// The format the office has set for a series.
pub(super) async fn format(on: &impl ConnectionTrait, series: &str) -> Result<Option<String>, DbErr> {
    let sql = "SELECT format FROM number_series WHERE name = $1";
    let row = on.query_one_raw(statement(on, sql, [series.into()])).await?;
    row.map(|row| row.try_get("", "format")).transpose()
}

/// The series, other than this one, that the office writes in this format.
pub(super) async fn series_of_format(tx: &Tx, series: &str, format: &str) -> Result<Option<String>, DbErr> {
    let sql = "SELECT name FROM number_series WHERE format = $1 AND name <> $2 ORDER BY name LIMIT 1";
    let values = [format.into(), series.into()];
    let row = tx.on().query_one_raw(statement(tx.on(), sql, values)).await?;
    row.map(|row| row.try_get("", "name")).transpose()
}

pub(super) async fn set_format(tx: &Tx, series: &str, format: &str) -> Result<(), DbErr> {
    let sql = "INSERT INTO number_series (name, format, set_at, set_by) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (name) DO UPDATE SET format = $2, set_at = $3, set_by = $4";
    let values = [series.into(), format.into(), tx.at().into(), tx.actor().account.into()];
    tx.on().execute_raw(statement(tx.on(), sql, values)).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct YearRow {
    series: String,
    year: i32,
    given_before: i64,
    last: i64,
    voided: i64,
}

/// How far every series has come, newest year first.
///
/// # Errors
/// When the database fails.
pub async fn years(on: &impl ConnectionTrait) -> Result<Vec<YearOfSeries>, DbErr> {
    let sql = "SELECT c.series, c.year, c.given_before, c.last, (SELECT count(*) FROM issued_number n \
               WHERE n.series = c.series AND n.year = c.year AND n.voided_at IS NOT NULL) AS voided \
               FROM number_counter c ORDER BY c.series, c.year DESC";
    let rows = YearRow::find_by_statement(statement(on, sql, [])).all(on).await?;
    Ok(rows
        .into_iter()
        .map(|row| YearOfSeries {
            series: row.series,
            year: row.year,
            given_before: row.given_before,
            last: row.last,
            voided: row.voided,
        })
        .collect())
}

/// A page of the numbers of a series and year, newest first.
///
/// # Errors
/// When the database fails.
pub async fn numbers(
    on: &impl ConnectionTrait,
    series: &str,
    year: i32,
    page: u64,
) -> Result<Vec<issued::Model>, DbErr> {
    issued::Entity::find()
        .filter(issued::Column::Series.eq(series))
        .filter(issued::Column::Year.eq(year))
        .order_by_desc(issued::Column::Serial)
        .limit(PER_PAGE)
        .offset(page.saturating_mul(PER_PAGE))
        .all(on)
        .await
}

/// A number by its identity.
pub(super) async fn by_id(on: &impl ConnectionTrait, id: Uuid) -> Result<Option<issued::Model>, DbErr> {
    issued::Entity::find_by_id(id).one(on).await
}

/// A number by its place.
pub(super) async fn at_place(
    on: &impl ConnectionTrait,
    series: &str,
    year: i32,
    serial: i64,
) -> Result<Option<issued::Model>, DbErr> {
    issued::Entity::find()
        .filter(issued::Column::Series.eq(series))
        .filter(issued::Column::Year.eq(year))
        .filter(issued::Column::Serial.eq(serial))
        .one(on)
        .await
}

/// A number as it is written.
pub(super) async fn by_text(on: &impl ConnectionTrait, text: &str) -> Result<Option<issued::Model>, DbErr> {
    issued::Entity::find()
        .filter(issued::Column::Text.eq(text))
        .one(on)
        .await
}

/// What a thing was given, oldest first.
pub(super) async fn of_subject(on: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<issued::Model>, DbErr> {
    issued::Entity::find()
        .filter(issued::Column::SubjectId.eq(subject))
        .order_by_asc(issued::Column::Id)
        .all(on)
        .await
}
