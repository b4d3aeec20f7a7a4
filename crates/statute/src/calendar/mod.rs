//! Working days (工作日) by notice.
//!
//! A working day is Monday to Friday, less the days off and plus the make-up days (调休上班) that the State Council's yearly
//! notice names. A calendar is a value made of notices: later notices can be added, and a case of January 2020 can be judged
//! by the notices of its day. A year without a notice is [`YearState::Provisional`], never a silent guess.

mod count;
mod data;
mod explain;
mod model;
mod national;

pub use count::{Count, CountKind, LedgerDay, MAX_DAYS};
pub use model::{Calendar, CalendarError, Day, NamedDay, Notice, NoticeKind, NoticeRef, Reason, YearState};
