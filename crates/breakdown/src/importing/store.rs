//! Statements on imported breakdowns.

use kit::db::Tx;
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;

use super::model::State;

/// Rows of breakdowns.
pub(crate) mod row {
    use crate::importing::model::{Answers, Draft};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "breakdown")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub year: i32,
        pub title: String,
        pub fingerprint: String,
        pub file_name: String,
        pub blob: String,
        #[sea_orm(column_type = "Json")]
        pub draft: Draft,
        #[sea_orm(column_type = "Json")]
        pub answers: Answers,
        pub state: String,
        pub office: Option<Uuid>,
        pub imported_by: String,
        pub imported_at: DateTimeUtc,
        pub adopted_by: Option<String>,
        pub adopted_at: Option<DateTimeUtc>,
        pub set_aside_reason: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) use row::Model;

impl Model {
    /// Where it stands.
    pub fn state(&self) -> State {
        State::of(&self.state)
    }
}

/// One breakdown.
pub(crate) async fn find(on: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    row::Entity::find_by_id(id).one(on).await
}

/// The breakdown of these words.
pub(super) async fn by_fingerprint(on: &impl ConnectionTrait, fingerprint: &str) -> Result<Option<Model>, DbErr> {
    row::Entity::find()
        .filter(row::Column::Fingerprint.eq(fingerprint))
        .one(on)
        .await
}

/// The breakdown in force for a year.
pub(crate) async fn adopted_of(on: &impl ConnectionTrait, year: i32) -> Result<Option<Model>, DbErr> {
    row::Entity::find()
        .filter(row::Column::State.eq(State::Adopted.id()))
        .filter(row::Column::Year.eq(year))
        .one(on)
        .await
}

/// Breakdowns in force, newest year first.
pub(crate) async fn adopted(on: &impl ConnectionTrait) -> Result<Vec<Model>, DbErr> {
    row::Entity::find()
        .filter(row::Column::State.eq(State::Adopted.id()))
        .order_by_desc(row::Column::Year)
        .all(on)
        .await
}

/// All breakdowns, newest import first.
pub(super) async fn all(on: &impl ConnectionTrait) -> Result<Vec<Model>, DbErr> {
    row::Entity::find().order_by_desc(row::Column::Id).all(on).await
}

pub(super) async fn insert(tx: &Tx, row: Model) -> Result<(), DbErr> {
    row::Entity::insert(row::ActiveModel::from(row))
        .exec_without_returning(tx.on())
        .await?;
    Ok(())
}

/// Writes a changed breakdown back.
pub(super) async fn save(tx: &Tx, row: Model) -> Result<(), DbErr> {
    let row = row::ActiveModel::from(row).reset_all();
    row::Entity::update(row).exec_without_returning(tx.on()).await?;
    Ok(())
}
