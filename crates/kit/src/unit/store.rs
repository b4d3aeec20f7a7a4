//! Statements on the register of organs.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{QueryOrder, Set};

use super::{Kind, Unit};
use crate::db::Tx;

/// Rows of units.
pub mod unit {
    use sea_orm::entity::prelude::*;

    /// A unit without its names.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "unit")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Code in addresses.
        pub code: String,
        /// Stored name of the kind.
        pub kind: String,
        /// The unit above.
        pub parent: Option<Uuid>,
        /// Since when it exists, where known.
        pub established_on: Option<Date>,
        /// When it ended.
        pub ended_on: Option<Date>,
        /// Which unit took over.
        pub successor: Option<Uuid>,
        /// Place in lists.
        pub position: i32,
        /// Where the entry comes from.
        pub source: String,
        /// Shown to the public.
        pub contact: String,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Rows of names.
pub mod name {
    use sea_orm::entity::prelude::*;

    /// A name a unit bears or bore.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "unit_name")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Whose name.
        pub unit: Uuid,
        /// Full name.
        pub full_name: String,
        /// Short name.
        pub short_name: String,
        /// First day, where known.
        pub valid_from: Option<Date>,
        /// The day from which another name holds.
        pub valid_to: Option<Date>,
        /// By which decision.
        pub reason: String,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod group {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "unit_group")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub unit: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn join(row: unit::Model, name: &name::Model) -> Unit {
    Unit {
        id: row.id,
        code: row.code,
        kind: Kind::of(&row.kind).unwrap_or(Kind::Other),
        full_name: name.full_name.clone(),
        short_name: name.short_name.clone(),
        parent: row.parent,
        ended_on: row.ended_on,
        successor: row.successor,
        source: row.source,
        contact: row.contact,
    }
}

/// Every unit of the register, ended ones too, under the name it bears or bore last, in the register's order.
///
/// # Errors
/// When the database fails.
pub async fn register(on: &impl ConnectionTrait) -> Result<Vec<Unit>, DbErr> {
    let names = name::Entity::find()
        .filter(name::Column::ValidTo.is_null())
        .all(on)
        .await?;
    let names: HashMap<Uuid, name::Model> = names.into_iter().map(|n| (n.unit, n)).collect();
    let rows = unit::Entity::find()
        .order_by_asc(unit::Column::Position)
        .order_by_asc(unit::Column::Code)
        .all(on)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| names.get(&row.id).map(|n| join(row, n)))
        .collect())
}

/// The units that exist on that date.
///
/// # Errors
/// When the database fails.
pub async fn current(on: &impl ConnectionTrait, date: NaiveDate) -> Result<Vec<Unit>, DbErr> {
    Ok(register(on).await?.into_iter().filter(|u| u.is_active(date)).collect())
}

/// One unit.
///
/// # Errors
/// When the database fails.
pub async fn find(on: &impl ConnectionTrait, id: Uuid) -> Result<Option<Unit>, DbErr> {
    let Some(row) = unit::Entity::find_by_id(id).one(on).await? else {
        return Ok(None);
    };
    let current = name::Entity::find()
        .filter(name::Column::Unit.eq(id))
        .filter(name::Column::ValidTo.is_null())
        .one(on)
        .await?;
    Ok(current.map(|n| join(row, &n)))
}

/// Units by every name they bear or bore, full and short.
///
/// # Errors
/// When the database fails.
pub async fn by_names(on: &impl ConnectionTrait) -> Result<HashMap<String, Uuid>, DbErr> {
    let rows = name::Entity::find()
        .order_by_desc(name::Column::ValidTo)
        .all(on)
        .await?;
    let mut found = HashMap::new();
    let (current, former): (Vec<_>, Vec<_>) = rows.into_iter().partition(|n| n.valid_to.is_none());
    for row in former.into_iter().chain(current) {
        found.insert(row.full_name, row.unit);
        found.insert(row.short_name, row.unit);
    }
    Ok(found)
}

/// Members of each named group.
///
/// # Errors
/// When the database fails.
pub async fn groups(on: &impl ConnectionTrait) -> Result<HashMap<String, Vec<Uuid>>, DbErr> {
    let mut groups: HashMap<String, Vec<Uuid>> = HashMap::new();
    for row in group::Entity::find().order_by_asc(group::Column::Unit).all(on).await? {
        groups.entry(row.name).or_default().push(row.unit);
    }
    Ok(groups)
}

/// All names of a unit, newest first.
pub(super) async fn names(on: &impl ConnectionTrait, unit: Uuid) -> Result<Vec<name::Model>, DbErr> {
    name::Entity::find()
        .filter(name::Column::Unit.eq(unit))
        .order_by_desc(name::Column::Id)
        .all(on)
        .await
}

/// Units that bear one of these codes or names now.
pub(super) async fn alike(on: &impl ConnectionTrait, codes: &[&str], names: &[&str]) -> Result<Vec<Unit>, DbErr> {
    let by_code = unit::Entity::find().filter(unit::Column::Code.is_in(codes.iter().copied()));
    let coded: Vec<Uuid> = by_code.all(on).await?.into_iter().map(|row| row.id).collect();
    // One question for each index: joined by OR, PostgreSQL compares every name with every value once the table is large.
    let asked = [
        name::Column::FullName.is_in(names.iter().copied()),
        name::Column::ShortName.is_in(names.iter().copied()),
        name::Column::Unit.is_in(coded),
    ];
    let mut names: HashMap<Uuid, name::Model> = HashMap::new();
    for any in asked {
        let found = name::Entity::find()
            .filter(name::Column::ValidTo.is_null())
            .filter(any)
            .all(on)
            .await?;
        names.extend(found.into_iter().map(|n| (n.unit, n)));
    }
    let rows = unit::Entity::find()
        .filter(unit::Column::Id.is_in(names.keys().copied()))
        .all(on)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| names.get(&row.id).map(|n| join(row, n)))
        .collect())
}

/// Enters many units with their first names and groups.
pub(super) async fn insert_all(tx: &Tx, units: Vec<(unit::Model, String, String, Vec<String>)>) -> Result<(), DbErr> {
    let (mut rows, mut names, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    for (row, full_name, short_name, own) in units {
        names.push(name::ActiveModel {
            id: Set(Uuid::now_v7()),
            unit: Set(row.id),
            full_name: Set(full_name),
            short_name: Set(short_name),
            valid_from: Set(row.established_on),
            valid_to: Set(None),
            reason: Set("登记".into()),
        });
        groups.extend(own.into_iter().map(|group_name| group::ActiveModel {
            unit: Set(row.id),
            name: Set(group_name),
        }));
        rows.push(unit::ActiveModel::from(row));
    }
    unit::Entity::insert_many(rows).exec_without_returning(tx.on()).await?;
    name::Entity::insert_many(names).exec_without_returning(tx.on()).await?;
    if !groups.is_empty() {
        group::Entity::insert_many(groups)
            .exec_without_returning(tx.on())
            .await?;
    }
    Ok(())
}

pub(super) async fn insert(tx: &Tx, row: unit::Model, full_name: &str, short_name: &str) -> Result<(), DbErr> {
    let (id, from) = (row.id, row.established_on);
    unit::Entity::insert(unit::ActiveModel::from(row))
        .exec_without_returning(tx.on())
        .await?;
    insert_name(tx, id, full_name, short_name, from, "登记").await
}

pub(super) async fn insert_name(
    tx: &Tx,
    unit: Uuid,
    full_name: &str,
    short_name: &str,
    from: Option<NaiveDate>,
    reason: &str,
) -> Result<(), DbErr> {
    let row = name::ActiveModel {
        id: Set(Uuid::now_v7()),
        unit: Set(unit),
        full_name: Set(full_name.into()),
        short_name: Set(short_name.into()),
        valid_from: Set(from),
        valid_to: Set(None),
        reason: Set(reason.into()),
    };
    name::Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(())
}

/// Ends the name a unit bears now.
pub(super) async fn end_name(tx: &Tx, unit: Uuid, on: NaiveDate) -> Result<(), DbErr> {
    name::Entity::update_many()
        .col_expr(name::Column::ValidTo, Expr::value(Some(on)))
        .filter(name::Column::Unit.eq(unit))
        .filter(name::Column::ValidTo.is_null())
        .exec(tx.on())
        .await?;
    Ok(())
}

pub(super) async fn end(tx: &Tx, unit: Uuid, on: NaiveDate, successor: Option<Uuid>) -> Result<(), DbErr> {
    unit::Entity::update_many()
        .col_expr(unit::Column::EndedOn, Expr::value(Some(on)))
        .col_expr(unit::Column::Successor, Expr::value(successor))
        .filter(unit::Column::Id.eq(unit))
        .exec(tx.on())
        .await?;
    Ok(())
}

pub(super) async fn add_to_group(tx: &Tx, unit: Uuid, group_name: &str) -> Result<(), DbErr> {
    let row = group::ActiveModel {
        unit: Set(unit),
        name: Set(group_name.into()),
    };
    group::Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(())
}

pub(super) async fn count(on: &impl ConnectionTrait) -> Result<u64, DbErr> {
    unit::Entity::find().count(on).await
}
