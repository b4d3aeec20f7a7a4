//! Messages out, against a real SMTP server and a gateway that the tests start.

mod addresses;
mod gateway;
mod pages;
mod peer;
mod returned;
mod sending;
mod server;
mod templates;

use std::sync::Arc;

use kit::message::{self, Channel, MailSettings, Messages, New, Security, Settings, TEMPLATES, Template, Values};
use kit::outgoing::Outgoing;
use kit::seal::Sealed;
use kit::{Error, Site};
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use crate::bench::{Bench, program};
use message::{Kind, Variable};

/// A template for tests, with everything a template can have.
static NOTE: Template = Template {
    id: "test.note",
    name: "示例消息",
    variables: &[
        Variable {
            name: "who",
            sample: "示例甲",
            longest: 40,
            kind: Kind::Inner,
            required: true,
        },
        Variable {
            name: "count",
            sample: "3",
            longest: 3,
            kind: Kind::Open,
            required: false,
        },
        Variable {
            name: "list",
            sample: "甲\n乙",
            longest: 200,
            kind: Kind::Lines,
            required: false,
        },
    ],
    mail: Some("主题：给{who}的消息\n\n{who}：\n\n您有 {count} 件事：\n{list}\n"),
    sms: None,
    is_secret: false,
};

/// One that goes by text message too, and says nothing.
static NUDGE: Template = Template {
    id: "test.nudge",
    name: "示例提醒",
    variables: &[Variable {
        name: "count",
        sample: "3",
        longest: 3,
        kind: Kind::Open,
        required: true,
    }],
    mail: None,
    sms: Some("您有 {count} 件待办，请登录工作台查看。"),
    is_secret: false,
};

fn templates() -> Vec<&'static Template> {
    TEMPLATES.into_iter().chain([&NOTE, &NUDGE]).collect()
}

/// Mail settings for a server on this machine.
fn mail_settings(port: u16) -> MailSettings {
    MailSettings {
        host: "127.0.0.1".into(),
        port,
        security: Security::Plain,
        user: String::new(),
        password: Sealed::new(String::new()),
        from: "示例区政务公开 <zwgk@example.gov.cn>".into(),
        reply_to: String::new(),
        bounces: "bounces@example.gov.cn".into(),
        certificate: None,
        timeout: std::time::Duration::from_secs(10),
    }
}

fn with_mail(port: u16) -> Settings {
    Settings {
        mail: Some(mail_settings(port)),
        ..Settings::default()
    }
}

/// Another process on the bench's database, with these ways out.
async fn process(bench: &Bench, settings: Settings) -> Arc<Site> {
    let mut site = bench.second_process().await;
    site.messages = Messages::open(settings, templates(), &site.profile).unwrap();
    // Administrators come in by their password alone here; second factors have tests of their own.
    site.sign_in.second_factor_roles = Vec::new();
    site.outgoing = Outgoing::new(vec!["127.0.0.0/8".parse().unwrap()]).unwrap();
    Arc::new(site)
}

async fn send_note(site: &Site, to: &str, who: &str, key: &str) -> Result<Uuid, Error> {
    let values = Values::new()
        .with("who", who)
        .with("count", "2")
        .with("list", "第一件\n第二件");
    let (to, values) = (&Sealed::new(to.to_string()), &values);
    site.write(&program(), |tx| async move {
        tx.housekeeping();
        let new = New {
            channel: Channel::Mail,
            to,
            template: &NOTE,
            values,
            key: key.into(),
            about: None,
        };
        message::send(site, &tx, new).await
    })
    .await
}

async fn send_nudge(site: &Site, to: &str, key: &str) -> Result<Uuid, Error> {
    let values = &Values::new().with("count", "12");
    let to = &Sealed::new(to.to_string());
    site.write(&program(), |tx| async move {
        tx.housekeeping();
        let new = New {
            channel: Channel::Sms,
            to,
            template: &NUDGE,
            values,
            key: key.into(),
            about: None,
        };
        message::send(site, &tx, new).await
    })
    .await
}

/// A column of a message, as text.
async fn text(site: &Site, id: Uuid, column: &str) -> Option<String> {
    let sql = format!("SELECT {column} FROM message WHERE id = $1");
    let statement = Statement::from_sql_and_values(site.db.backend(), sql, [id.into()]);
    let row = site.db.read().query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

async fn state(site: &Site, id: Uuid) -> String {
    text(site, id, "state").await.unwrap()
}

#[track_caller]
fn refusal<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    match outcome {
        Err(Error::Refused { what, advice }) => format!("{what}。{advice}"),
        other => panic!("not refused: {other:?}"),
    }
}
