//! Statements on assignments.

use chrono::NaiveDate;
use kit::db::Tx;
use kit::{Error, Result};
use sea_orm::entity::prelude::*;
use sea_orm::{FromJsonQueryResult, QueryOrder};
use serde::{Deserialize, Serialize};

use super::model::{Origin, Part, State};

/// Reporting dates in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub(crate) struct Dates(pub Vec<NaiveDate>);

/// Rows of assignments.
pub(crate) mod row {
    use super::Dates;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "breakdown_assignment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub task: Uuid,
        pub unit: Uuid,
        pub part: String,
        pub origin: String,
        pub state: String,
        pub limit_on: Date,
        #[sea_orm(column_type = "Json")]
        pub reporting: Dates,
        pub office_section: String,
        pub contact: String,
        pub note: String,
        pub proposed_by: Option<String>,
        pub proposal: Option<String>,
        pub objection: Option<String>,
        pub decision: Option<String>,
        pub created_at: DateTimeUtc,
        pub active_from: Option<Date>,
        pub withdrawn_on: Option<Date>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) use row::Model as Assignment;

impl Assignment {
    /// Its part.
    pub fn part(&self) -> Part {
        Part::of(&self.part)
    }

    /// Its origin.
    pub fn origin(&self) -> Origin {
        Origin::of(&self.origin)
    }

    /// Its state.
    pub fn state(&self) -> State {
        State::of(&self.state)
    }

    /// Whether the unit owes something by it on that day. An objection does not suspend what was confirmed.
    pub fn is_active(&self, on: NaiveDate) -> bool {
        let begun = self.active_from.is_some_and(|from| from <= on);
        begun && self.withdrawn_on.is_none_or(|end| on < end)
    }

    /// The reporting dates that it brought while it was active.
    pub fn dates(&self) -> impl Iterator<Item = NaiveDate> {
        let ended = self.withdrawn_on;
        self.reporting
            .0
            .iter()
            .copied()
            .filter(move |date| ended.is_none_or(|end| *date < end))
    }
}

/// Assignments of these tasks, in the order made.
pub(crate) async fn of_tasks(on: &impl ConnectionTrait, tasks: &[Uuid]) -> Result<Vec<Assignment>, DbErr> {
    row::Entity::find()
        .filter(row::Column::Task.is_in(tasks.iter().copied()))
        .order_by_asc(row::Column::Id)
        .all(on)
        .await
}

/// One assignment.
pub(crate) async fn find(on: &impl ConnectionTrait, id: Uuid) -> Result<Assignment> {
    row::Entity::find_by_id(id)
        .one(on)
        .await?
        .ok_or_else(|| Error::not_found("这条分工"))
}

pub(crate) async fn insert_all(tx: &Tx, rows: &[Assignment]) -> Result<(), DbErr> {
    for part in rows.chunks(100) {
        let rows = part.iter().cloned().map(row::ActiveModel::from);
        row::Entity::insert_many(rows).exec_without_returning(tx.on()).await?;
    }
    Ok(())
}

/// Writes a changed assignment back.
pub(super) async fn save(tx: &Tx, assignment: Assignment) -> Result<(), DbErr> {
    let row = row::ActiveModel::from(assignment).reset_all();
    row::Entity::update(row).exec_without_returning(tx.on()).await?;
    Ok(())
}
