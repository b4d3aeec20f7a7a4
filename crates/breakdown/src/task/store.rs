//! Statements on tasks and their bindings to measures.

use chrono::{DateTime, Utc};
use kit::db::Tx;
use kit::{Error, Result};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{FromJsonQueryResult, QueryOrder, Set};
use serde::{Deserialize, Serialize};

use crate::importing::store as breakdown;

/// Names of lead units as printed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Names(pub Vec<String>);

/// Rows of tasks.
pub(crate) mod task {
    use super::Names;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "breakdown_task")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub breakdown: Uuid,
        pub no: i32,
        pub position: i32,
        pub chapter: String,
        pub section: String,
        pub title: String,
        pub requirement: String,
        #[sea_orm(column_type = "Json")]
        pub leads: Names,
        pub lead_note: Option<String>,
        pub responsible_text: String,
        pub due_text: Option<String>,
        pub claims: String,
        pub claims_due_on: Option<Date>,
        pub claims_settled_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Rows of bindings.
pub(crate) mod binding {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "breakdown_binding")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub task: Uuid,
        pub measure: String,
        pub topic: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) use task::Model as Task;

/// Whether units are still to be claimed (待认领).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claims {
    /// The table names or expands all units.
    None,
    /// 有关单位 stands in the table and the list is not settled.
    Open,
    /// The district's office has settled the list.
    Settled,
}

impl Claims {
    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Claims::None => "none",
            Claims::Open => "open",
            Claims::Settled => "settled",
        }
    }
}

impl Task {
    /// Whether units are still to be claimed.
    pub fn claims(&self) -> Claims {
        match self.claims.as_str() {
            "open" => Claims::Open,
            "settled" => Claims::Settled,
            _ => Claims::None,
        }
    }

    /// How the task is called in a line: 第3项　加强…
    pub fn line(&self) -> String {
        format!("第{}项　{}", self.no, self.title)
    }

    /// The measure library looks for its words in this text.
    pub fn words(&self) -> String {
        format!("{}\n{}\n{}", self.title, self.requirement, self.responsible_text)
    }
}

/// The readable name of a task in addresses: 2021-22.
pub(crate) fn key(year: i32, no: i32) -> String {
    format!("{year}-{no}")
}

/// The task of this readable name, with its breakdown.
pub(crate) async fn by_key(on: &impl ConnectionTrait, key: &str) -> Result<(breakdown::Model, Task)> {
    let missing = || Error::not_found("这项任务");
    let (year, no) = key.split_once('-').ok_or_else(missing)?;
    let (year, no): (i32, i32) = (year.parse().map_err(|_| missing())?, no.parse().map_err(|_| missing())?);
    let table = breakdown::adopted_of(on, year).await?.ok_or_else(missing)?;
    let row = task::Entity::find()
        .filter(task::Column::Breakdown.eq(table.id))
        .filter(task::Column::No.eq(no));
    let found = row.one(on).await?.ok_or_else(missing)?;
    Ok((table, found))
}

/// One task with its breakdown.
pub(crate) async fn with_table(on: &impl ConnectionTrait, id: Uuid) -> Result<(breakdown::Model, Task)> {
    let missing = || Error::not_found("这项任务");
    let found = task::Entity::find_by_id(id).one(on).await?.ok_or_else(missing)?;
    let table = breakdown::find(on, found.breakdown).await?.ok_or_else(missing)?;
    Ok((table, found))
}

/// Tasks of a breakdown in the order of the table.
pub(crate) async fn of_breakdown(on: &impl ConnectionTrait, id: Uuid) -> Result<Vec<Task>, DbErr> {
    task::Entity::find()
        .filter(task::Column::Breakdown.eq(id))
        .order_by_asc(task::Column::Position)
        .all(on)
        .await
}

/// Bindings of these tasks.
pub(crate) async fn bindings(on: &impl ConnectionTrait, tasks: &[Uuid]) -> Result<Vec<binding::Model>, DbErr> {
    binding::Entity::find()
        .filter(binding::Column::Task.is_in(tasks.iter().copied()))
        .order_by_asc(binding::Column::Id)
        .all(on)
        .await
}

pub(crate) async fn insert_all(tx: &Tx, rows: &[Task]) -> Result<(), DbErr> {
    for part in rows.chunks(100) {
        let rows = part.iter().cloned().map(task::ActiveModel::from);
        task::Entity::insert_many(rows).exec_without_returning(tx.on()).await?;
    }
    Ok(())
}

pub(crate) async fn insert_bindings(tx: &Tx, rows: &[binding::Model]) -> Result<(), DbErr> {
    for part in rows.chunks(200) {
        let rows = part.iter().cloned().map(binding::ActiveModel::from);
        binding::Entity::insert_many(rows)
            .exec_without_returning(tx.on())
            .await?;
    }
    Ok(())
}

pub(super) async fn insert_binding(tx: &Tx, task: Uuid, measure: &str, topic: &str) -> Result<Uuid, DbErr> {
    let id = Uuid::now_v7();
    let row = binding::ActiveModel {
        id: Set(id),
        task: Set(task),
        measure: Set(measure.into()),
        topic: Set(topic.into()),
    };
    binding::Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(id)
}

pub(super) async fn delete_binding(tx: &Tx, task: Uuid, id: Uuid) -> Result<bool, DbErr> {
    let gone = binding::Entity::delete_many()
        .filter(binding::Column::Id.eq(id))
        .filter(binding::Column::Task.eq(task))
        .exec(tx.on())
        .await?;
    Ok(gone.rows_affected == 1)
}

/// Settles the list of units of a task; whether it was open.
pub(crate) async fn settle_claims(tx: &Tx, id: Uuid, at: DateTime<Utc>) -> Result<bool, DbErr> {
    let done = task::Entity::update_many()
        .col_expr(task::Column::Claims, Expr::value(Claims::Settled.id()))
        .col_expr(task::Column::ClaimsSettledAt, Expr::value(Some(at)))
        .filter(task::Column::Id.eq(id))
        .filter(task::Column::Claims.eq(Claims::Open.id()))
        .exec(tx.on())
        .await?;
    Ok(done.rows_affected == 1)
}
