//! Statements on releases.

use chrono::{DateTime, Utc};
use kit::db::Tx;
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

/// Releases.
pub mod released {
    use sea_orm::entity::prelude::*;

    /// A release: this revision became public at this moment.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "document_release")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Of which document.
        pub document: Uuid,
        /// Which edition.
        pub edition: Uuid,
        /// Which revision.
        pub revision: Uuid,
        /// When it was first public; for an imported document, when the older site published it.
        pub published_at: DateTimeUtc,
        /// The public note of what changed.
        pub note: String,
        /// When it was released here.
        pub at: DateTimeUtc,
        /// By whom.
        pub account: Option<Uuid>,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) async fn insert(tx: &Tx, row: released::Model) -> Result<(), DbErr> {
    released::Entity::insert(released::ActiveModel::from(row))
        .exec_without_returning(tx.on())
        .await?;
    Ok(())
}

/// Releases of a document, newest first.
pub(crate) async fn of_document(on: &impl ConnectionTrait, document: Uuid) -> Result<Vec<released::Model>, DbErr> {
    released::Entity::find()
        .filter(released::Column::Document.eq(document))
        .order_by_desc(released::Column::At)
        .order_by_desc(released::Column::Id)
        .all(on)
        .await
}

/// The newest release of each of these documents.
pub(crate) async fn newest_of(on: &impl ConnectionTrait, documents: Vec<Uuid>) -> Result<Vec<released::Model>, DbErr> {
    let later = "NOT EXISTS (SELECT 1 FROM document_release later WHERE later.document = document_release.document \
                 AND later.id > document_release.id)";
    released::Entity::find()
        .filter(released::Column::Document.is_in(documents))
        .filter(Expr::cust(later))
        .all(on)
        .await
}

/// When a document first became public.
pub(crate) async fn first_published(on: &impl ConnectionTrait, document: Uuid) -> Result<Option<DateTime<Utc>>, DbErr> {
    let first = released::Entity::find()
        .filter(released::Column::Document.eq(document))
        .order_by_asc(released::Column::PublishedAt)
        .one(on)
        .await?;
    Ok(first.map(|r| r.published_at))
}
