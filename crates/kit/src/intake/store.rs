//! Statements on intakes and their blocks.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{FromQueryResult, IntoActiveModel, QueryOrder, QuerySelect};

use super::model::{Counts, Entry, RowResult, State};
use crate::db::Tx;
use crate::error::Result;
use crate::seal::{Ciphertext, Keyring, Purpose, Sealed, SealedColumn, context};

/// Intakes.
pub mod intake {
    use sea_orm::entity::prelude::*;

    use super::super::model::{Head, State};

    /// A file that becomes rows.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "intake")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Stored name of the kind.
        pub kind: String,
        /// SHA-256 of the file, by which it is recognised.
        pub digest: String,
        /// Its blob, as long as it is kept.
        pub blob: Option<String>,
        /// The name it came under.
        pub file_name: String,
        /// Stored name of the state.
        pub state: String,
        /// What is known of it beside its rows.
        pub head: Head,
        /// How many rows.
        pub row_count: i32,
        /// How many of them had something wrong when they were read.
        pub bad_count: i32,
        /// How many blocks.
        pub block_count: i32,
        /// The block to be taken next.
        pub next_block: i32,
        /// Rows taken.
        pub taken: i32,
        /// Rows that were there already.
        pub known: i32,
        /// Rows refused.
        pub refused: i32,
        /// Who uploaded it; none for the operator.
        pub uploaded_by: Option<Uuid>,
        /// Their name then.
        pub uploaded_name: String,
        /// When.
        pub uploaded_at: DateTimeUtc,
        /// Who confirmed it.
        pub confirmed_by: Option<Uuid>,
        /// Their name then.
        pub confirmed_name: Option<String>,
        /// When.
        pub confirmed_at: Option<DateTimeUtc>,
        /// Why it does not go on.
        pub stopped: Option<String>,
        /// When the last row had its outcome.
        pub ended_at: Option<DateTimeUtc>,
    }

    impl Model {
        /// Where it stands.
        pub fn state(&self) -> State {
            State::of(&self.state)
        }

        /// Rows with an outcome.
        pub fn done(&self) -> i32 {
            self.taken + self.known + self.refused
        }
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Blocks of rows.
pub(super) mod block {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "intake_block")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub intake: Uuid,
        pub no: i32,
        pub row_count: i32,
        pub bad_count: i32,
        pub taken: i32,
        pub known: i32,
        pub refused: i32,
        pub entries: String,
        pub outcomes: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// How many rows of a block became what, without the rows.
#[derive(Debug, Clone, Copy, FromQueryResult)]
pub(super) struct Shape {
    pub no: i32,
    pub bad_count: i32,
    pub taken: i32,
    pub known: i32,
    pub refused: i32,
}

const TABLE: &str = "intake_block";
const ENTRIES: &str = "entries";
const OUTCOMES: &str = "outcomes";

/// The columns of ciphertexts of this subject.
pub const SEALED: [SealedColumn; 2] = [sealed(ENTRIES), sealed(OUTCOMES)];

const fn sealed(column: &'static str) -> SealedColumn {
    SealedColumn {
        table: TABLE,
        column,
        purpose: Purpose::Data,
        blind: None,
    }
}

/// Rows as they are stored in the block of this id.
pub(super) fn seal_entries(keys: &Keyring, id: Uuid, entries: Vec<Entry>) -> Result<String> {
    let sealed = keys.seal(Purpose::Data, &context(TABLE, ENTRIES, id), &Sealed::new(entries))?;
    Ok(sealed.as_str().to_string())
}

/// The rows of a block.
pub(super) fn open_entries(keys: &Keyring, block: &block::Model) -> Result<Sealed<Vec<Entry>>> {
    keys.open(&context(TABLE, ENTRIES, block.id), &Ciphertext::parse(&block.entries)?)
}

pub(super) async fn find(on: &impl ConnectionTrait, id: Uuid) -> Result<Option<intake::Model>, DbErr> {
    intake::Entity::find_by_id(id).one(on).await
}

/// The intake of this file, unless it was discarded or its rows are gone.
pub(super) async fn same(on: &impl ConnectionTrait, kind: &str, digest: &str) -> Result<Option<intake::Model>, DbErr> {
    intake::Entity::find()
        .filter(intake::Column::Kind.eq(kind))
        .filter(intake::Column::Digest.eq(digest))
        .filter(intake::Column::State.is_not_in([State::Discarded.id(), State::Forgotten.id()]))
        .one(on)
        .await
}

/// The newest intakes of a kind.
pub(super) async fn latest(on: &impl ConnectionTrait, kind: &str, most: u64) -> Result<Vec<intake::Model>, DbErr> {
    intake::Entity::find()
        .filter(intake::Column::Kind.eq(kind))
        .filter(intake::Column::State.ne(State::Discarded.id()))
        .order_by_desc(intake::Column::UploadedAt)
        .limit(most)
        .all(on)
        .await
}

/// Intakes with rows that ended, or were uploaded and never confirmed, before that moment.
pub(super) async fn stale(on: &impl ConnectionTrait, before: DateTimeUtc) -> Result<Vec<intake::Model>, DbErr> {
    let ended = sea_orm::Condition::all()
        .add(intake::Column::State.eq(State::Done.id()))
        .add(intake::Column::EndedAt.lt(before));
    let left = sea_orm::Condition::all()
        .add(intake::Column::State.is_in([State::Preview.id(), State::Stopped.id()]))
        .add(intake::Column::UploadedAt.lt(before));
    intake::Entity::find()
        .filter(sea_orm::Condition::any().add(ended).add(left))
        .all(on)
        .await
}

pub(super) async fn insert(tx: &Tx, row: intake::Model) -> Result<(), DbErr> {
    intake::Entity::insert(row.into_active_model())
        .exec_without_returning(tx.on())
        .await?;
    Ok(())
}

pub(super) async fn insert_block(tx: &Tx, row: block::Model) -> Result<(), DbErr> {
    block::Entity::insert(row.into_active_model())
        .exec_without_returning(tx.on())
        .await?;
    Ok(())
}

/// Saves everything of an intake but its identity.
pub(super) async fn save(tx: &Tx, row: intake::Model) -> Result<(), DbErr> {
    row.into_active_model().reset_all().update(tx.on()).await?;
    Ok(())
}

pub(super) async fn block(on: &impl ConnectionTrait, id: Uuid, no: i32) -> Result<Option<block::Model>, DbErr> {
    block::Entity::find()
        .filter(block::Column::Intake.eq(id))
        .filter(block::Column::No.eq(no))
        .one(on)
        .await
}

/// The rows of a block, and what became of each once something has.
pub(super) struct Rows {
    pub entries: Sealed<Vec<Entry>>,
    pub results: Sealed<Vec<RowResult>>,
}

/// The rows of a block with what became of them.
pub(super) async fn rows(on: &impl ConnectionTrait, keys: &Keyring, id: Uuid, no: i32) -> Result<Rows> {
    let Some(block) = block(on, id, no).await? else {
        return Ok(Rows {
            entries: Sealed::new(Vec::new()),
            results: Sealed::new(Vec::new()),
        });
    };
    let results = match &block.outcomes {
        Some(outcomes) => keys.open(&context(TABLE, OUTCOMES, block.id), &Ciphertext::parse(outcomes)?)?,
        None => Sealed::new(Vec::new()),
    };
    Ok(Rows {
        entries: open_entries(keys, &block)?,
        results,
    })
}

pub(super) async fn shapes(on: &impl ConnectionTrait, id: Uuid) -> Result<Vec<Shape>, DbErr> {
    block::Entity::find()
        .select_only()
        .columns([
            block::Column::No,
            block::Column::BadCount,
            block::Column::Taken,
            block::Column::Known,
            block::Column::Refused,
        ])
        .filter(block::Column::Intake.eq(id))
        .order_by_asc(block::Column::No)
        .into_model::<Shape>()
        .all(on)
        .await
}

/// Writes what became of the rows of a block.
pub(super) async fn finish_block(
    tx: &Tx,
    keys: &Keyring,
    block: Uuid,
    counts: Counts,
    results: Vec<RowResult>,
) -> Result<()> {
    let sealed = keys.seal(Purpose::Data, &context(TABLE, OUTCOMES, block), &Sealed::new(results))?;
    block::Entity::update_many()
        .col_expr(block::Column::Taken, Expr::value(whole(counts.taken)))
        .col_expr(block::Column::Known, Expr::value(whole(counts.known)))
        .col_expr(block::Column::Refused, Expr::value(whole(counts.refused)))
        .col_expr(block::Column::Outcomes, Expr::value(Some(sealed.as_str())))
        .filter(block::Column::Id.eq(block))
        .exec(tx.on())
        .await?;
    Ok(())
}

/// A count as the databases keep it.
pub(super) fn whole(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Deletes the rows of an intake and what became of them.
pub(super) async fn delete_blocks(tx: &Tx, id: Uuid) -> Result<(), DbErr> {
    block::Entity::delete_many()
        .filter(block::Column::Intake.eq(id))
        .exec(tx.on())
        .await?;
    Ok(())
}

/// Gives up the file of an intake whose rows are gone.
pub(super) async fn forget(tx: &Tx, id: Uuid, state: State) -> Result<(), DbErr> {
    intake::Entity::update_many()
        .col_expr(intake::Column::State, Expr::value(state.id()))
        .col_expr(intake::Column::Blob, Expr::value(Option::<String>::None))
        .filter(intake::Column::Id.eq(id))
        .exec(tx.on())
        .await?;
    Ok(())
}
