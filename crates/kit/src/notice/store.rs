//! Statements on notices.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{Condition, JoinType, QueryOrder, QuerySelect, QueryTrait, Set};

use super::model::{Kind, NewNotice, Part};
use crate::db::Tx;

/// Notices.
pub mod notice {
    use sea_orm::entity::prelude::*;

    /// A notice.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notice")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// What it asks; see [`super::Kind`].
        pub kind: String,
        /// What it is about.
        pub subject: String,
        /// What happened to that.
        pub event: String,
        /// One line.
        pub title: String,
        /// Sentences.
        pub body: String,
        /// Single things; see [`super::super::Item`].
        pub items: Json,
        /// Where the whole is done; empty for nowhere.
        pub link: String,
        /// By when.
        pub due_on: Option<Date>,
        /// Which unit it is for, where it is for one.
        pub unit: Option<Uuid>,
        /// Whose account issued it; none for the program.
        pub issued_by: Option<Uuid>,
        /// Name of that post.
        pub issuer_name: String,
        /// When.
        pub issued_at: DateTimeUtc,
        /// When it was closed.
        pub closed_at: Option<DateTimeUtc>,
        /// Name of the post that closed it.
        pub closer_name: String,
        /// What that post said.
        pub closing_note: String,
    }

    /// To those who got it.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        /// Those who got it.
        #[sea_orm(has_many = "super::receipt::Entity")]
        Receipts,
    }

    impl Related<super::receipt::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Receipts.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Who got which notice.
pub mod receipt {
    use sea_orm::entity::prelude::*;

    /// A notice as one account has it.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notice_receipt")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The notice.
        pub notice: Uuid,
        /// The account.
        pub account: Uuid,
        /// In what part; see [`super::Part`].
        pub part: String,
        /// When it was issued.
        pub issued_at: DateTimeUtc,
        /// When whatever carries it beyond the desk was done.
        pub delivered_at: Option<DateTimeUtc>,
        /// When it was first read.
        pub read_at: Option<DateTimeUtc>,
        /// When it was answered.
        pub acknowledged_at: Option<DateTimeUtc>,
        /// The answer.
        pub reply: String,
    }

    /// To the notice.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        /// The notice.
        #[sea_orm(
            belongs_to = "super::notice::Entity",
            from = "Column::Notice",
            to = "super::notice::Column::Id"
        )]
        Notice,
    }

    impl Related<super::notice::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Notice.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod way {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notice_way")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub account: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        pub mail: bool,
        pub sms: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What somebody wants beside the desk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ways {
    /// Mail.
    pub mail: bool,
    /// Text message.
    pub sms: bool,
}

/// A notice with the receipt of the account that looks at it.
pub type Received = (receipt::Model, notice::Model);

/// Notices on a page of a list.
pub const PER_PAGE: u64 = 50;

/// Writes a notice; none when there is one of this kind, subject and event.
pub(super) async fn insert(tx: &Tx, new: &NewNotice, unit: Option<Uuid>, items: Json) -> Result<Option<Uuid>, DbErr> {
    let id = Uuid::now_v7();
    let row = notice::ActiveModel {
        id: Set(id),
        kind: Set(new.kind.id().into()),
        subject: Set(new.subject.clone()),
        event: Set(new.event.clone()),
        title: Set(new.title.clone()),
        body: Set(new.body.clone()),
        items: Set(items),
        link: Set(new.link.clone()),
        due_on: Set(new.due_on),
        unit: Set(unit),
        issued_by: Set(tx.actor().account),
        issuer_name: Set(tx.actor().name.clone()),
        issued_at: Set(tx.at()),
        closed_at: Set(None),
        closer_name: Set(String::new()),
        closing_note: Set(String::new()),
    };
    let known = OnConflict::columns([notice::Column::Kind, notice::Column::Subject, notice::Column::Event])
        .do_nothing()
        .to_owned();
    let written = notice::Entity::insert(row)
        .on_conflict(known)
        .exec_without_returning(tx.on())
        .await?;
    Ok((written > 0).then_some(id))
}

/// The notice of this kind, subject and event.
pub(super) async fn known(on: &impl ConnectionTrait, new: &NewNotice) -> Result<Option<Uuid>, DbErr> {
    let row = notice::Entity::find()
        .filter(notice::Column::Kind.eq(new.kind.id()))
        .filter(notice::Column::Subject.eq(&new.subject))
        .filter(notice::Column::Event.eq(&new.event))
        .one(on)
        .await?;
    Ok(row.map(|row| row.id))
}

/// Gives a notice to an account.
pub(super) async fn give(tx: &Tx, notice: Uuid, account: Uuid, part: Part) -> Result<(), DbErr> {
    let row = receipt::ActiveModel {
        id: Set(Uuid::now_v7()),
        notice: Set(notice),
        account: Set(account),
        part: Set(part.id().into()),
        issued_at: Set(tx.at()),
        delivered_at: Set(None),
        read_at: Set(None),
        acknowledged_at: Set(None),
        reply: Set(String::new()),
    };
    receipt::Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(())
}

/// A notice.
///
/// # Errors
/// When the database fails.
pub async fn find(on: &impl ConnectionTrait, id: Uuid) -> Result<Option<notice::Model>, DbErr> {
    notice::Entity::find_by_id(id).one(on).await
}

/// Who got a notice.
///
/// # Errors
/// When the database fails.
pub async fn receipts(on: &impl ConnectionTrait, notice: Uuid) -> Result<Vec<receipt::Model>, DbErr> {
    receipt::Entity::find()
        .filter(receipt::Column::Notice.eq(notice))
        .order_by_asc(receipt::Column::Id)
        .all(on)
        .await
}

/// How many notices an account has not read.
pub(crate) async fn unread(on: &impl ConnectionTrait, account: Uuid) -> Result<u64, DbErr> {
    receipt::Entity::find()
        .filter(receipt::Column::Account.eq(account))
        .filter(Expr::cust("read_at IS NULL"))
        .count(on)
        .await
}

/// An account's notices, unread ones first, then the newest.
pub(super) async fn list(
    on: &impl ConnectionTrait,
    account: Uuid,
    kind: Option<Kind>,
    page: u64,
) -> Result<(Vec<Received>, u64), DbErr> {
    let mut wanted = receipt::Entity::find().filter(receipt::Column::Account.eq(account));
    if let Some(kind) = kind {
        wanted = wanted
            .join(JoinType::InnerJoin, receipt::Relation::Notice.def())
            .filter(notice::Column::Kind.eq(kind.id()));
    }
    let total = wanted.clone().count(on).await?;
    let rows = wanted
        .order_by_asc(Expr::cust("CASE WHEN read_at IS NULL THEN 0 ELSE 1 END"))
        .order_by_desc(receipt::Column::IssuedAt)
        .order_by_desc(receipt::Column::Id)
        .offset(page.saturating_mul(PER_PAGE))
        .limit(PER_PAGE)
        .all(on)
        .await?;
    Ok((with_notices(on, rows).await?, total))
}

async fn with_notices(on: &impl ConnectionTrait, rows: Vec<receipt::Model>) -> Result<Vec<Received>, DbErr> {
    let found = notice::Entity::find()
        .filter(notice::Column::Id.is_in(rows.iter().map(|row| row.notice)))
        .all(on)
        .await?;
    let mut found: HashMap<Uuid, notice::Model> = found.into_iter().map(|n| (n.id, n)).collect();
    let pairs = rows.into_iter();
    Ok(pairs
        .filter_map(|row| found.remove(&row.notice).map(|n| (row, n)))
        .collect())
}

/// Urging and supervision that an account has to act on and that is not over.
pub(super) async fn to_answer(on: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Received>, DbErr> {
    let rows = receipt::Entity::find()
        .join(JoinType::InnerJoin, receipt::Relation::Notice.def())
        .filter(receipt::Column::Account.eq(account))
        .filter(receipt::Column::Part.eq(Part::Doer.id()))
        .filter(notice::Column::Kind.is_in([Kind::Urge.id(), Kind::Supervise.id()]))
        .filter(notice::Column::ClosedAt.is_null())
        .order_by_asc(receipt::Column::Id)
        .all(on)
        .await?;
    with_notices(on, rows).await
}

/// Notes that an account has read a notice; the first time stands.
pub(super) async fn set_read(tx: &Tx, notice: Uuid, account: Uuid) -> Result<(), DbErr> {
    mine(notice, account)
        .col_expr(receipt::Column::ReadAt, Expr::value(Some(tx.at())))
        .filter(receipt::Column::ReadAt.is_null())
        .exec(tx.on())
        .await?;
    Ok(())
}

/// Notes that everything an account has is read.
pub(super) async fn set_all_read(tx: &Tx, account: Uuid) -> Result<(), DbErr> {
    receipt::Entity::update_many()
        .col_expr(receipt::Column::ReadAt, Expr::value(Some(tx.at())))
        .filter(receipt::Column::Account.eq(account))
        .filter(receipt::Column::ReadAt.is_null())
        .exec(tx.on())
        .await?;
    Ok(())
}

/// Notes that a notice has been carried wherever it goes.
pub(super) async fn set_delivered(tx: &Tx, notice: Uuid, account: Uuid) -> Result<(), DbErr> {
    mine(notice, account)
        .col_expr(receipt::Column::DeliveredAt, Expr::value(Some(tx.at())))
        .filter(receipt::Column::DeliveredAt.is_null())
        .exec(tx.on())
        .await?;
    Ok(())
}

/// Notes an answer; false when this account has answered before, or has nothing to answer.
pub(super) async fn set_reply(tx: &Tx, notice: Uuid, account: Uuid, reply: &str) -> Result<bool, DbErr> {
    let changed = mine(notice, account)
        .col_expr(receipt::Column::AcknowledgedAt, Expr::value(Some(tx.at())))
        .col_expr(receipt::Column::Reply, Expr::value(reply))
        .filter(receipt::Column::Part.eq(Part::Doer.id()))
        .filter(receipt::Column::AcknowledgedAt.is_null())
        .exec(tx.on())
        .await?;
    Ok(changed.rows_affected == 1)
}

fn mine(notice: Uuid, account: Uuid) -> sea_orm::UpdateMany<receipt::Entity> {
    receipt::Entity::update_many()
        .filter(receipt::Column::Notice.eq(notice))
        .filter(receipt::Column::Account.eq(account))
}

/// Closes a notice; false when it is closed.
pub(super) async fn close(tx: &Tx, notice: Uuid, note: &str) -> Result<bool, DbErr> {
    let changed = notice::Entity::update_many()
        .col_expr(notice::Column::ClosedAt, Expr::value(Some(tx.at())))
        .col_expr(notice::Column::CloserName, Expr::value(tx.actor().name.as_str()))
        .col_expr(notice::Column::ClosingNote, Expr::value(note))
        .filter(notice::Column::Id.eq(notice))
        .filter(notice::Column::ClosedAt.is_null())
        .exec(tx.on())
        .await?;
    Ok(changed.rows_affected == 1)
}

/// What of the ledger is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wanted {
    pub kind: Option<Kind>,
    pub unit: Option<Uuid>,
    pub from: Option<DateTime<Utc>>,
    pub before: Option<DateTime<Utc>>,
    pub late_on: Option<NaiveDate>,
}

/// Urging and supervision with everybody who got it, the newest first; as many as an export may hold.
pub(super) async fn ledger(
    on: &impl ConnectionTrait,
    wanted: &Wanted,
) -> Result<Vec<(notice::Model, Vec<receipt::Model>)>, DbErr> {
    let kinds = match wanted.kind {
        Some(kind) => vec![kind.id()],
        None => vec![Kind::Urge.id(), Kind::Supervise.id()],
    };
    let late = wanted.late_on.map(|today| {
        Condition::all()
            .add(notice::Column::DueOn.lt(today))
            .add(notice::Column::ClosedAt.is_null())
    });
    let rows = notice::Entity::find()
        .filter(Expr::cust("(notice.kind = 'urge' OR notice.kind = 'supervise')"))
        .filter(notice::Column::Kind.is_in(kinds))
        .apply_if(wanted.unit, |q, unit| q.filter(notice::Column::Unit.eq(unit)))
        .apply_if(wanted.from, |q, from| q.filter(notice::Column::IssuedAt.gte(from)))
        .apply_if(wanted.before, |q, before| q.filter(notice::Column::IssuedAt.lt(before)))
        .apply_if(late, QueryFilter::filter)
        .order_by_desc(notice::Column::IssuedAt)
        .order_by_desc(notice::Column::Id)
        .limit(LARGEST_LEDGER)
        .all(on)
        .await?;
    let mut by_notice: HashMap<Uuid, Vec<receipt::Model>> = HashMap::new();
    for chunk in rows.chunks(500) {
        let found = receipt::Entity::find()
            .filter(receipt::Column::Notice.is_in(chunk.iter().map(|row| row.id)))
            .order_by_asc(receipt::Column::Id)
            .all(on)
            .await?;
        for receipt in found {
            by_notice.entry(receipt.notice).or_default().push(receipt);
        }
    }
    let rows = rows.into_iter();
    Ok(rows
        .map(|row| {
            let got = by_notice.remove(&row.id).unwrap_or_default();
            (row, got)
        })
        .collect())
}

/// Most entries of the ledger on one list.
pub(super) const LARGEST_LEDGER: u64 = 5000;

/// What an account chose for each kind of notice.
///
/// # Errors
/// When the database fails.
pub async fn ways(on: &impl ConnectionTrait, account: Uuid) -> Result<HashMap<&'static str, Ways>, DbErr> {
    let rows = way::Entity::find()
        .filter(way::Column::Account.eq(account))
        .all(on)
        .await?;
    let known = rows.into_iter().filter_map(|row| {
        let ways = Ways {
            mail: row.mail,
            sms: row.sms,
        };
        Some((Kind::of(&row.kind)?.id(), ways))
    });
    Ok(known.collect())
}

/// What an account chose for the kind of this notice; the desk alone when it chose nothing.
///
/// # Errors
/// When the database fails.
pub async fn ways_for(on: &impl ConnectionTrait, notice: Uuid, account: Uuid) -> Result<Ways, DbErr> {
    let Some(notice) = find(on, notice).await? else {
        return Ok(Ways::default());
    };
    let chosen = ways(on, account).await?;
    Ok(chosen.get(notice.kind.as_str()).copied().unwrap_or_default())
}

/// Notes what an account wants for a kind of notice.
pub(super) async fn set_ways(tx: &Tx, account: Uuid, kind: Kind, ways: Ways) -> Result<(), DbErr> {
    let row = way::ActiveModel {
        account: Set(account),
        kind: Set(kind.id().into()),
        mail: Set(ways.mail),
        sms: Set(ways.sms),
    };
    way::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([way::Column::Account, way::Column::Kind])
                .update_columns([way::Column::Mail, way::Column::Sms])
                .to_owned(),
        )
        .exec_without_returning(tx.on())
        .await?;
    Ok(())
}

/// The newest digest of an account from before a day.
pub(super) async fn last_digest(
    on: &impl ConnectionTrait,
    account: Uuid,
    before: NaiveDate,
) -> Result<Option<notice::Model>, DbErr> {
    notice::Entity::find()
        .filter(notice::Column::Kind.eq(Kind::Digest.id()))
        .filter(notice::Column::Subject.eq(format!("digest:{account}")))
        .filter(notice::Column::Event.lt(before.to_string()))
        .order_by_desc(notice::Column::Event)
        .limit(1)
        .one(on)
        .await
}
