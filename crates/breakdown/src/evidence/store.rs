//! Statements on records, their files and nil returns.

use kit::db::Tx;
use kit::{Error, Result};
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

/// Rows of records.
pub(crate) mod record {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "breakdown_record")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub task: Uuid,
        pub unit: Uuid,
        pub part: String,
        pub reporting_on: Date,
        pub title: String,
        pub done: String,
        pub done_on: Date,
        pub submitted_by: Uuid,
        pub submitted_name: String,
        pub submitted_at: DateTimeUtc,
        pub decision: Option<String>,
        pub decided_by: Option<Uuid>,
        pub decided_name: Option<String>,
        pub decided_at: Option<DateTimeUtc>,
        pub reason: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Rows of files.
pub(crate) mod file {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "breakdown_record_file")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub record: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i32,
        pub name: String,
        pub blob: String,
        pub bytes: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Rows of nil returns.
pub(crate) mod nil {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "breakdown_nil")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub task: Uuid,
        pub unit: Uuid,
        pub part: String,
        pub reporting_on: Date,
        pub expires_on: Date,
        pub reason: String,
        pub signed_by: Uuid,
        pub signed_name: String,
        pub signed_at: DateTimeUtc,
        pub finding: Option<String>,
        pub checked_by: Option<Uuid>,
        pub checked_name: Option<String>,
        pub checked_at: Option<DateTimeUtc>,
        pub check_note: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) use nil::Model as Nil;
pub(crate) use record::Model as Record;

impl Record {
    /// Whether it was accepted.
    pub fn is_accepted(&self) -> bool {
        self.decision.as_deref() == Some(ACCEPTED)
    }

    /// Whether it still waits for a decision.
    pub fn is_open(&self) -> bool {
        self.decision.is_none()
    }

    /// Its state in words.
    pub fn state_words(&self) -> &'static str {
        match self.decision.as_deref() {
            None => "待验收",
            Some(ACCEPTED) => "已通过",
            Some(_) => "未通过",
        }
    }
}

impl Nil {
    /// Whether it stands: not found wrong by the spot check.
    pub fn stands(&self) -> bool {
        self.finding.as_deref() != Some(REJECTED)
    }

    /// Whether it answers this reporting date.
    pub fn covers(&self, date: Date) -> bool {
        self.stands() && self.reporting_on <= date && date <= self.expires_on
    }
}

/// Stored decision of an accepted record.
pub(crate) const ACCEPTED: &str = "accepted";
/// Stored decision of a refused record.
pub(crate) const REFUSED: &str = "refused";
/// Stored finding of a nil return that held.
pub(crate) const UPHELD: &str = "upheld";
/// Stored finding of a nil return that did not.
pub(crate) const REJECTED: &str = "rejected";

/// Records of these tasks, oldest first.
pub(crate) async fn records(on: &impl ConnectionTrait, tasks: &[Uuid]) -> Result<Vec<Record>, DbErr> {
    record::Entity::find()
        .filter(record::Column::Task.is_in(tasks.iter().copied()))
        .order_by_asc(record::Column::Id)
        .all(on)
        .await
}

/// Nil returns of these tasks, oldest first.
pub(crate) async fn nils(on: &impl ConnectionTrait, tasks: &[Uuid]) -> Result<Vec<Nil>, DbErr> {
    nil::Entity::find()
        .filter(nil::Column::Task.is_in(tasks.iter().copied()))
        .order_by_asc(nil::Column::Id)
        .all(on)
        .await
}

/// One record.
pub(crate) async fn find(on: &impl ConnectionTrait, id: Uuid) -> Result<Record> {
    record::Entity::find_by_id(id)
        .one(on)
        .await?
        .ok_or_else(|| Error::not_found("这份佐证"))
}

/// One nil return.
pub(crate) async fn find_nil(on: &impl ConnectionTrait, id: Uuid) -> Result<Nil> {
    nil::Entity::find_by_id(id)
        .one(on)
        .await?
        .ok_or_else(|| Error::not_found("这份声明"))
}

/// Files of a record in order.
pub(crate) async fn files(on: &impl ConnectionTrait, id: Uuid) -> Result<Vec<file::Model>, DbErr> {
    file::Entity::find()
        .filter(file::Column::Record.eq(id))
        .order_by_asc(file::Column::Position)
        .all(on)
        .await
}

pub(super) async fn insert(tx: &Tx, row: Record, files: &[file::Model]) -> Result<(), DbErr> {
    record::Entity::insert(record::ActiveModel::from(row))
        .exec_without_returning(tx.on())
        .await?;
    for file in files {
        file::Entity::insert(file::ActiveModel::from(file.clone()))
            .exec_without_returning(tx.on())
            .await?;
    }
    Ok(())
}

pub(super) async fn save(tx: &Tx, row: Record) -> Result<(), DbErr> {
    let row = record::ActiveModel::from(row).reset_all();
    record::Entity::update(row).exec_without_returning(tx.on()).await?;
    Ok(())
}

pub(super) async fn insert_nil(tx: &Tx, row: Nil) -> Result<(), DbErr> {
    nil::Entity::insert(nil::ActiveModel::from(row))
        .exec_without_returning(tx.on())
        .await?;
    Ok(())
}

pub(super) async fn save_nil(tx: &Tx, row: Nil) -> Result<(), DbErr> {
    let row = nil::ActiveModel::from(row).reset_all();
    nil::Entity::update(row).exec_without_returning(tx.on()).await?;
    Ok(())
}
