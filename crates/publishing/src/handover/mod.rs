//! What somebody who leaves hands over here: the editions they were preparing.

pub(crate) mod store;

use futures::future::BoxFuture;
use kit::account::leaving::{Handed, Handover};
use kit::db::{Migration, Tx};
use kit::{Result, Site};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// Who took over what.
pub(crate) const SCHEMA: Migration = Migration {
    name: "0010_publishing_charge",
    sql: include_str!("schema.sql"),
};

/// Editions in preparation.
#[derive(Debug)]
pub(crate) struct Editions;

impl Handover for Editions {
    fn open<'a>(&'a self, site: &'a Site, from: Uuid) -> BoxFuture<'a, Result<Vec<Handed>>> {
        Box::pin(async move {
            Ok(listed(site.db.read(), from)
                .await?
                .into_iter()
                .map(|(_, handed)| handed)
                .collect())
        })
    }

    fn pass<'a>(&'a self, tx: &'a Tx, from: Uuid, to: Uuid) -> BoxFuture<'a, Result<Vec<Handed>>> {
        Box::pin(async move {
            let mut passed = Vec::new();
            for (edition, handed) in listed(tx.on(), from).await? {
                store::give(tx, edition, from, to).await?;
                passed.push(handed);
            }
            Ok(passed)
        })
    }
}

async fn listed(on: &impl ConnectionTrait, from: Uuid) -> Result<Vec<(Uuid, Handed)>> {
    let rows = store::open_editions(on, from).await?;
    let handed = rows.into_iter().map(|(edition, document, text)| {
        let handed = Handed {
            kind: "在办文件".into(),
            title: text.title,
            link: format!("/documents/{}", document.id),
        };
        (edition.id, handed)
    });
    Ok(handed.collect())
}
