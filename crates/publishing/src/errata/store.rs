//! Statements on reported errors.

use kit::account::Reach;
use kit::db::Tx;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{Condition, QueryOrder, QuerySelect};

/// Reports.
pub mod report {
    use sea_orm::entity::prelude::*;

    /// One report.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "errata_report")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// 编号.
        pub number: String,
        /// Path of the page.
        pub page: String,
        /// The document that stands there.
        pub document: Option<Uuid>,
        /// Who has to answer; none means the district's office.
        pub unit: Option<Uuid>,
        /// What kind of error.
        pub kind: String,
        /// What is wrong, as it was written.
        pub words: String,
        /// How to reach who reported, sealed.
        pub contact: Option<String>,
        /// What is kept of the code.
        pub code_hash: String,
        /// When it came.
        pub received_at: DateTimeUtc,
        /// When it ended.
        pub settled_at: Option<DateTimeUtc>,
        /// How it ended.
        pub settled_as: Option<String>,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Steps of a report.
pub mod step {
    use sea_orm::entity::prelude::*;

    /// One step.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "errata_step")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Of which report.
        pub report: Uuid,
        /// When.
        pub at: DateTimeUtc,
        /// By whom.
        pub account: Option<Uuid>,
        /// The name of the post.
        pub actor_name: String,
        /// `transferred`, `answered` or `closed`.
        pub what: String,
        /// To which unit it was passed on.
        pub unit: Option<Uuid>,
        /// Answer or reason.
        pub words: String,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) async fn find(on: &impl ConnectionTrait, id: Uuid) -> Result<Option<report::Model>, DbErr> {
    report::Entity::find_by_id(id).one(on).await
}

pub(super) async fn by_number(on: &impl ConnectionTrait, number: &str) -> Result<Option<report::Model>, DbErr> {
    report::Entity::find()
        .filter(report::Column::Number.eq(number))
        .one(on)
        .await
}

/// Reports within reach, open ones first by age, then those that have ended, newest first.
pub(super) async fn list(
    on: &impl ConnectionTrait,
    reach: &Reach,
    is_open: bool,
    page: u64,
    per_page: u64,
) -> Result<(Vec<report::Model>, u64), DbErr> {
    let query = within(reach, is_open);
    let total = query.clone().count(on).await?;
    let query = match is_open {
        true => query.order_by_asc(report::Column::ReceivedAt),
        false => query.order_by_desc(report::Column::SettledAt),
    };
    let rows = query.offset(page * per_page).limit(per_page).all(on).await?;
    Ok((rows, total))
}

fn within(reach: &Reach, is_open: bool) -> Select<report::Entity> {
    let ended = report::Column::SettledAt;
    let query = report::Entity::find().filter(if is_open { ended.is_null() } else { ended.is_not_null() });
    match reach {
        Reach::District => query,
        Reach::Units(units) => query.filter(Condition::all().add(report::Column::Unit.is_in(units.iter().copied()))),
    }
}

pub(super) async fn steps(on: &impl ConnectionTrait, report: Uuid) -> Result<Vec<step::Model>, DbErr> {
    step::Entity::find()
        .filter(step::Column::Report.eq(report))
        .order_by_asc(step::Column::At)
        .order_by_asc(step::Column::Id)
        .all(on)
        .await
}

pub(super) async fn insert(tx: &Tx, row: report::Model) -> Result<(), DbErr> {
    report::Entity::insert(report::ActiveModel::from(row))
        .exec_without_returning(tx.on())
        .await?;
    Ok(())
}

pub(super) async fn insert_step(
    tx: &Tx,
    report: Uuid,
    what: &str,
    unit: Option<Uuid>,
    words: &str,
) -> Result<(), DbErr> {
    let row = step::Model {
        id: Uuid::now_v7(),
        report,
        at: tx.at(),
        account: tx.actor().account,
        actor_name: tx.actor().name.clone(),
        what: what.into(),
        unit,
        words: words.into(),
    };
    step::Entity::insert(step::ActiveModel::from(row))
        .exec_without_returning(tx.on())
        .await?;
    Ok(())
}

pub(super) async fn pass_on(tx: &Tx, id: Uuid, unit: Option<Uuid>) -> Result<(), DbErr> {
    report::Entity::update_many()
        .col_expr(report::Column::Unit, Expr::value(unit))
        .filter(report::Column::Id.eq(id))
        .exec(tx.on())
        .await?;
    Ok(())
}

pub(super) async fn settle(tx: &Tx, id: Uuid, outcome: &str) -> Result<(), DbErr> {
    report::Entity::update_many()
        .col_expr(report::Column::SettledAt, Expr::value(Some(tx.at())))
        .col_expr(report::Column::SettledAs, Expr::value(Some(outcome)))
        .filter(report::Column::Id.eq(id))
        .exec(tx.on())
        .await?;
    Ok(())
}
