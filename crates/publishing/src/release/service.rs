//! Commands that make a document public and that end its page.

use chrono::{Datelike, NaiveDate};
use kit::account::Actor;
use kit::audit::Deed;
use kit::clock::civil_date;
use kit::db::Tx;
use kit::numbering::{self, Series};
use kit::{Error, Result, Site};
use serde_json::json;
use statute::document::index::IndexParts;
use uuid::Uuid;

use super::store::{self, released};
use crate::document::service::{Standing, errors, not_in_state, standing};
use crate::document::store as documents;
use crate::document::{PublicState, State, metadata_of};
use crate::journal::{self, Kind, NewEntry};
use crate::{END, Publishing, RELEASE};

/// Makes an approved document public. When it returns, the page, the search and the lists show it.
///
/// # Errors
/// When it is not approved, something is missing, or it is not meant for the public.
pub async fn release(site: &Site, publishing: &Publishing, by: &Actor, id: Uuid, note: &str) -> Result<()> {
    let today = site.clock.today();
    site.write(by, |tx| async move {
        let standing = standing(&tx, id).await?;
        by.require(&RELEASE, standing.document.unit)?;
        if standing.document.public_state.as_deref() == Some(PublicState::TakenDown.id()) {
            return Err(Error::refused(
                "这个地址上的内容已经下架，不能再发布",
                "下架的地址不再使用；确需公开的，请登记为一份新文件，重新送审",
            ));
        }
        if standing.state != State::Approved {
            return Err(not_in_state(&standing, "发布"));
        }
        if standing.document.public_state.as_deref() == Some(PublicState::TakenDown.id()) {
            return Err(Error::refused(
                "这份文件的页面已经下架，原地址不再使用，不能再发布",
                "需要重新公开的，请登记为新文件",
            ));
        }
        let issues = errors(metadata_of(&standing.revision).check_to_release(standing.kind, today));
        if !issues.is_empty() {
            let list = issues.into_iter().map(|i| i.message).collect::<Vec<_>>().join("；");
            return Err(Error::refused(
                format!("还不能发布：{list}"),
                "请退回修改，补全后重新送审",
            ));
        }
        let earlier = store::of_document(tx.on(), id).await?;
        if !earlier.is_empty() && note.trim().is_empty() {
            return Err(Error::refused(
                "这是对已公开文件的修订，没有写更正说明",
                "请写明改了什么，公众会在页面上看到",
            ));
        }
        make_public(&tx, publishing, &standing, tx.at(), note.trim(), earlier.len()).await
    })
    .await?;
    metrics::counter!("gongkai_releases_total").increment(1);
    publishing.settle_or_later(site).await;
    Ok(())
}

/// Everything a release changes, inside its transaction.
pub(crate) async fn make_public(
    tx: &Tx,
    publishing: &Publishing,
    standing: &Standing,
    published_at: chrono::DateTime<chrono::Utc>,
    note: &str,
    earlier: usize,
) -> Result<()> {
    let id = standing.document.id;
    let published_on = civil_date(published_at);
    let path = match &standing.document.path {
        Some(path) => path.clone(),
        None => reserve(tx, publishing, standing, published_on).await?,
    };
    for edition in documents::editions(tx.on(), id)
        .await?
        .into_iter()
        .filter(|e| e.is_live)
    {
        documents::advance(tx, edition.id, edition.revision, State::Superseded, "由新版替代").await?;
    }
    documents::advance(tx, standing.edition.id, standing.revision.id, State::Released, note).await?;
    documents::set_public_state(tx, id, PublicState::Live.id()).await?;
    let row = released::Model {
        id: Uuid::now_v7(),
        document: id,
        edition: standing.edition.id,
        revision: standing.revision.id,
        published_at,
        note: note.into(),
        at: tx.at(),
        account: tx.actor().account,
    };
    store::insert(tx, row).await?;
    let kind = if earlier == 0 { Kind::Released } else { Kind::Corrected };
    write_entry(tx, standing, kind, &path, note, None, published_on).await?;
    let deed = Deed::new("publishing.release", "document", id).unit(standing.document.unit);
    tx.record(deed.detail(json!({ "path": path, "revision": standing.revision.number })))
        .await?;
    Ok(())
}

async fn write_entry(
    tx: &Tx,
    standing: &Standing,
    kind: Kind,
    path: &str,
    reason: &str,
    successor: Option<&str>,
    effective_on: NaiveDate,
) -> Result<()> {
    let files = documents::files(tx.on(), standing.revision.id).await?;
    let hashes = std::iter::once(standing.revision.content_hash.clone())
        .chain(files.into_iter().map(|f| f.blob))
        .collect();
    let entry = NewEntry {
        kind,
        document: standing.document.id,
        revision: standing.revision.id,
        path,
        reason,
        successor,
        effective_on,
        hashes,
    };
    journal::write(tx, entry).await
}

/// Addresses of public documents; index numbers bear the same serial. The address is a route of the program, so that no
/// office may write these numbers in another way.
pub static ADDRESSES: Series = Series {
    name: "publishing.addresses",
    label: "公开文件网址与索引号",
    format: "/p/{year}/{serial}",
    given_to: "文件",
    link: Some("/documents/"),
    by_hand: false,
};

/// Gives a document its address and its index number, both for ever.
async fn reserve(tx: &Tx, publishing: &Publishing, standing: &Standing, published_on: NaiveDate) -> Result<String> {
    let document = standing.document.id;
    let number = numbering::issue(tx, &ADDRESSES, published_on.year(), "document", document).await?;
    let index_number = match &standing.document.index_number {
        Some(number) => number.clone(),
        None => compose(publishing, standing, published_on, number.serial)?,
    };
    documents::set_path(tx, document, &number.text, &index_number).await?;
    Ok(number.text)
}

fn compose(publishing: &Publishing, standing: &Standing, published_on: NaiveDate, serial: i64) -> Result<String> {
    let numbers = &publishing.index_numbers;
    let category = category_code(&standing.revision.category);
    let parts = IndexParts {
        region: &numbers.region,
        agency: &numbers.agency,
        category: &category,
        group: "",
        formed_on: published_on,
        serial: u32::try_from(serial).unwrap_or(0),
    };
    numbers
        .scheme
        .compose(&parts)
        .map_err(|e| Error::refused(e.to_string(), "请系统管理员检查索引号编制规则的配置"))
}

/// The four digits of a category: S01 becomes 0100.
fn category_code(category: &str) -> String {
    let digits: String = category.chars().filter(char::is_ascii_digit).collect();
    format!("{digits:0>2}00")
}

/// Marks a public page: it stays readable under a dated banner that gives the reason and leads to what replaces it.
///
/// # Errors
/// When nothing is public, or no reason is given.
pub async fn mark(
    site: &Site,
    publishing: &Publishing,
    by: &Actor,
    id: Uuid,
    reason: &str,
    successor: Option<&str>,
) -> Result<()> {
    let today = site.clock.today();
    let (reason, successor) = (reason.trim(), successor.map(str::trim).filter(|s| !s.is_empty()));
    if reason.is_empty() {
        return Err(Error::refused("没有写撤稿的原因", "请写明原因，公众会在页面上看到"));
    }
    if let Some(path) = successor
        && documents::at_path(site.db.read(), path).await?.is_none()
    {
        return Err(Error::refused(
            format!("替代文件的地址“{path}”不存在"),
            "请填本站公开文件的地址，例如 /p/2021/12",
        ));
    }
    site.write(by, |tx| async move {
        let standing = public_standing(&tx, id).await?;
        by.require(&END, standing.document.unit)?;
        if standing.document.public_state.as_deref() != Some(PublicState::Live.id()) {
            return Err(Error::refused(
                "没有正在公开的页面，不能撤稿",
                "请刷新页面查看最新的情况",
            ));
        }
        end(
            &tx,
            &standing,
            PublicState::Marked,
            Kind::Marked,
            reason,
            successor,
            today,
        )
        .await
    })
    .await?;
    publishing.settle_or_later(site).await;
    Ok(())
}

/// Takes a page down: its content disappears from every outlet, and a neutral tombstone stays.
///
/// # Errors
/// When nothing stands there, or no reason is given; the reason goes to the record, not to the public.
pub async fn take_down(site: &Site, publishing: &Publishing, by: &Actor, id: Uuid, reason: &str) -> Result<()> {
    let today = site.clock.today();
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::refused(
            "没有写下架的原因",
            "请写明原因，只进入内部记录，不对外显示",
        ));
    }
    site.write(by, |tx| async move {
        let standing = public_standing(&tx, id).await?;
        by.require(&END, standing.document.unit)?;
        if standing.document.public_state.as_deref() == Some(PublicState::TakenDown.id()) {
            return Err(Error::refused("这个页面已经下架", "无需重复操作"));
        }
        end(
            &tx,
            &standing,
            PublicState::TakenDown,
            Kind::TakenDown,
            reason,
            None,
            today,
        )
        .await
    })
    .await?;
    publishing.settle_or_later(site).await;
    Ok(())
}

/// The edition that is or was public, which is not always the newest: one may be in preparation.
async fn public_standing(tx: &Tx, id: Uuid) -> Result<Standing> {
    let mut found = standing(tx, id).await?;
    let newest = store::of_document(tx.on(), id).await?.into_iter().next();
    let newest = newest.ok_or_else(|| Error::refused("这份文件还没有发布", "没有发布的文件不需要撤稿或下架"))?;
    let gone = || Error::Internal("a release without its edition".into());
    let editions = documents::editions(tx.on(), id).await?;
    found.edition = editions.into_iter().find(|e| e.id == newest.edition).ok_or_else(gone)?;
    found.revision = documents::revision(tx.on(), newest.revision).await?.ok_or_else(gone)?;
    Ok(found)
}

pub(crate) async fn end(
    tx: &Tx,
    standing: &Standing,
    state: PublicState,
    kind: Kind,
    reason: &str,
    successor: Option<&str>,
    today: NaiveDate,
) -> Result<()> {
    let id = standing.document.id;
    let path = standing
        .document
        .path
        .clone()
        .ok_or_else(|| Error::Internal("a release without address".into()))?;
    documents::set_public_state(tx, id, state.id()).await?;
    documents::advance(tx, standing.edition.id, standing.revision.id, State::Ended, reason).await?;
    // What is told outside of a page taken down is only that it is; the reason stays in the record.
    let told = if kind == Kind::TakenDown { "" } else { reason };
    write_entry(tx, standing, kind, &path, told, successor, today).await?;
    let action = if kind == Kind::TakenDown {
        "publishing.take_down"
    } else {
        "publishing.mark"
    };
    let deed = Deed::new(action, "document", id).unit(standing.document.unit);
    tx.record(deed.detail(json!({ "path": path, "reason": reason })))
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::category_code;

    #[test]
    fn categories_have_four_digits() {
        assert_eq!(category_code("S01"), "0100");
        assert_eq!(category_code("S15"), "1500");
        assert_eq!(category_code("C7"), "0700");
    }
}
