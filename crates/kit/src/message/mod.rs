//! Messages out (发出的消息): mail over SMTP and text messages over a gateway's HTTP interface.
//!
//! A message is written in the command's own transaction, with recipient and text sealed, and a job sends it. What a
//! server has not taken over stays here and is tried again. If the program is killed after the server took a message
//! over and before that is noted, the message goes out again under the same Message-ID, by which a receiver can drop the
//! second; the message then says that it may have gone out twice.

pub mod address;
pub mod bounce;
mod deliver;
mod health;
mod mail;
mod model;
mod pages;
mod routes;
mod service;
mod settings;
mod sms;
mod stock;
pub(crate) mod store;
mod tell;
mod template;
mod token;
mod work;

pub use health::{Health, health};
pub use model::{Channel, New, State, Values};
pub use routes::routes;
pub use service::{cancel, give_up, retry, send, send_sign_in_link};
pub use settings::{MailSettings, Messages, Security, Settings, SmsFormat, SmsSettings};
pub use stock::{ADDRESS_CODE, DIGEST, NOTICE, SIGN_IN_LINK, TEMPLATES};
pub use tell::{Told, tell};
pub use template::{Kind, LONGEST_SMS, Rendered, Template, Templates, Variable};
pub use work::items;

use crate::db::Migration;
use crate::job::{self, Cadence, JobKind, Schedule};
use crate::permission::{Permission, Role};
use crate::seal::{BlindColumn, Purpose, SealedColumn};

/// Tables of messages.
pub const SCHEMA: Migration = Migration {
    name: "0011_kit_messages",
    sql: include_str!("schema.sql"),
};

/// Looking after messages: why they wait, sending them again, giving them up.
pub static MANAGE: Permission = Permission {
    id: "message.manage",
    name: "管理发出的消息",
    roles: &[Role::SystemAdministrator],
};

const fn sealed(table: &'static str, column: &'static str, blind: Option<&'static str>) -> SealedColumn {
    SealedColumn {
        table,
        column,
        purpose: Purpose::Data,
        blind: match blind {
            Some(column) => Some(BlindColumn {
                column,
                normal: as_it_is,
            }),
            None => None,
        },
    }
}

/// Addresses are written in one way before they are sealed.
fn as_it_is(address: &str) -> String {
    address.to_string()
}

/// Columns of ciphertexts.
pub const SEALED: [SealedColumn; 6] = [
    sealed("message", "recipient", Some("recipient_index")),
    sealed("message", "subject", None),
    sealed("message", "body", None),
    sealed("message", "answer", None),
    sealed("message_address", "address", Some("address_index")),
    sealed("message_stray", "excerpt", None),
];

/// The job that sends one message.
const DELIVERY: &str = "kit.message";
/// The job that sends on what waited for a configuration.
const UNPARK: &str = "kit.message_unpark";
/// The job that wipes contents.
const WIPE: &str = "kit.message_wipe";

/// Kinds of jobs. A message is given up by its age, long before its tries run out.
pub fn jobs() -> Vec<JobKind> {
    vec![
        JobKind {
            id: DELIVERY,
            name: "发送消息",
            class: &job::OUTSIDE,
            attempts: 10_000,
            run: Box::new(|site, run| Box::pin(deliver::deliver(site, run))),
        },
        JobKind {
            id: UNPARK,
            name: "续发等待配置的消息",
            class: &job::QUICK,
            attempts: 5,
            run: Box::new(|site, _| Box::pin(async move { Ok(service::unpark(&site).await?) })),
        },
        JobKind {
            id: WIPE,
            name: "清除已发消息的内容",
            class: &job::QUICK,
            attempts: 5,
            run: Box::new(|site, _| Box::pin(async move { Ok(service::wipe(&site).await?) })),
        },
    ]
}

/// What happens at set times.
pub const SCHEDULES: [Schedule; 2] = [
    Schedule {
        job: UNPARK,
        cadence: Cadence::Minutes(5),
    },
    Schedule {
        job: WIPE,
        cadence: Cadence::Daily(3, 40),
    },
];
