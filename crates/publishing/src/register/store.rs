//! Statements on the two registers.

use kit::db::Tx;
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};

/// What has to be public.
pub mod expected {
    use sea_orm::entity::prelude::*;

    /// One thing that has to be public.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "expected_release")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Who owes it.
        pub unit: Uuid,
        /// Which list it is on, such as 规划.
        pub topic: String,
        /// What it is.
        pub title: String,
        /// By when.
        pub due_on: Date,
        /// On what ground.
        pub basis: String,
        /// The document that fulfils it.
        pub document: Option<Uuid>,
        /// When it was entered.
        pub entered_at: DateTimeUtc,
        /// By whom.
        pub entered_by: Option<Uuid>,
        /// When it was taken off the list.
        pub withdrawn_at: Option<DateTimeUtc>,
        /// Why.
        pub withdrawn_reason: String,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// How many documents a unit has numbered.
pub mod sequence {
    use sea_orm::entity::prelude::*;

    /// A sequence of document numbers in a year.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "number_sequence")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Whose.
        pub unit: Uuid,
        /// 机关代字.
        pub code: String,
        /// Year.
        pub year: i32,
        /// The newest number given out.
        pub last: i32,
        /// When that was reported.
        pub entered_at: DateTimeUtc,
        /// Who entered it.
        pub entered_by: Option<Uuid>,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Things on the list, all or of one topic, by unit and date.
pub(crate) async fn expected_items(
    on: &impl ConnectionTrait,
    topic: Option<&str>,
) -> Result<Vec<expected::Model>, DbErr> {
    let mut query = expected::Entity::find().filter(expected::Column::WithdrawnAt.is_null());
    if let Some(topic) = topic {
        query = query.filter(expected::Column::Topic.eq(topic));
    }
    query
        .order_by_asc(expected::Column::DueOn)
        .order_by_asc(expected::Column::Unit)
        .order_by_asc(expected::Column::Title)
        .all(on)
        .await
}

pub(crate) async fn find_expected(on: &impl ConnectionTrait, id: Uuid) -> Result<Option<expected::Model>, DbErr> {
    expected::Entity::find_by_id(id).one(on).await
}

pub(crate) async fn insert_expected(tx: &Tx, row: expected::Model) -> Result<(), DbErr> {
    expected::Entity::insert(expected::ActiveModel::from(row))
        .exec_without_returning(tx.on())
        .await?;
    Ok(())
}

pub(crate) async fn fulfil(tx: &Tx, id: Uuid, document: Option<Uuid>) -> Result<(), DbErr> {
    expected::Entity::update_many()
        .col_expr(expected::Column::Document, Expr::value(document))
        .filter(expected::Column::Id.eq(id))
        .exec(tx.on())
        .await?;
    Ok(())
}

pub(crate) async fn withdraw(tx: &Tx, id: Uuid, reason: &str) -> Result<(), DbErr> {
    expected::Entity::update_many()
        .col_expr(expected::Column::WithdrawnAt, Expr::value(Some(tx.at())))
        .col_expr(expected::Column::WithdrawnReason, Expr::value(reason))
        .filter(expected::Column::Id.eq(id))
        .exec(tx.on())
        .await?;
    Ok(())
}

/// All sequences, newest year first.
pub(crate) async fn sequences(on: &impl ConnectionTrait) -> Result<Vec<sequence::Model>, DbErr> {
    sequence::Entity::find()
        .order_by_desc(sequence::Column::Year)
        .order_by_asc(sequence::Column::Code)
        .all(on)
        .await
}

/// Enters or raises a sequence.
pub(crate) async fn set_sequence(tx: &Tx, row: sequence::Model) -> Result<(), DbErr> {
    sequence::Entity::insert(sequence::ActiveModel::from(row))
        .on_conflict(
            OnConflict::columns([sequence::Column::Code, sequence::Column::Year])
                .update_columns([
                    sequence::Column::Last,
                    sequence::Column::EnteredAt,
                    sequence::Column::EnteredBy,
                ])
                .to_owned(),
        )
        .exec_without_returning(tx.on())
        .await?;
    Ok(())
}
