//! Commands on the two registers.

use chrono::NaiveDate;
use kit::account::Actor;
use kit::audit::Deed;
use kit::db::is_unique_violation;
use kit::{Error, Result, Site};
use serde_json::json;
use uuid::Uuid;

use super::store::{self, expected, sequence};
use crate::document::store as documents;
use crate::{DRAFT, OVERSEE};

/// Something about to be put on the list.
#[derive(Debug, Clone)]
pub struct NewExpected {
    /// Who owes it.
    pub unit: Uuid,
    /// Which list.
    pub topic: String,
    /// What it is.
    pub title: String,
    /// By when.
    pub due_on: NaiveDate,
    /// On what ground.
    pub basis: String,
}

/// Puts something on the list of what has to be public.
///
/// # Errors
/// When the same thing is on it already.
pub async fn expect(site: &Site, by: &Actor, new: &NewExpected) -> Result<Uuid> {
    if by.account.is_some() {
        by.require_district(&OVERSEE)?;
    }
    let entered = site
        .write(by, |tx| async move {
            let id = Uuid::now_v7();
            let row = expected::Model {
                id,
                unit: new.unit,
                topic: new.topic.clone(),
                title: new.title.clone(),
                due_on: new.due_on,
                basis: new.basis.clone(),
                document: None,
                entered_at: tx.at(),
                entered_by: tx.actor().account,
                withdrawn_at: None,
                withdrawn_reason: String::new(),
            };
            store::insert_expected(&tx, row).await?;
            let deed = Deed::new("publishing.expect", "expected_release", id).unit(new.unit);
            tx.record(deed.detail(json!({ "topic": new.topic, "due_on": new.due_on })))
                .await?;
            Ok(id)
        })
        .await;
    match entered {
        Err(Error::Database(e)) if is_unique_violation(&e) => Err(Error::refused(
            format!("“{}”已经在这个单位的应公开事项里", new.title),
            "无需重复登记",
        )),
        other => other,
    }
}

/// The item of this unit, list and title.
///
/// # Errors
/// When the database fails.
pub async fn find(site: &Site, unit: Uuid, topic: &str, title: &str) -> Result<Option<Uuid>> {
    let items = store::expected_items(site.db.read(), Some(topic)).await?;
    Ok(items
        .into_iter()
        .find(|item| item.unit == unit && item.title == title)
        .map(|item| item.id))
}

/// Says which document fulfils something on the list.
///
/// # Errors
/// When the document is another unit's, or not there.
pub async fn fulfil(site: &Site, by: &Actor, id: Uuid, path: &str) -> Result<()> {
    let path = path.trim();
    site.write(by, |tx| async move {
        tx.lock("expected_release", id).await?;
        let item = store::find_expected(tx.on(), id)
            .await?
            .ok_or_else(|| Error::not_found("这个事项"))?;
        by.require(&DRAFT, item.unit)?;
        let document = documents::at_path(tx.on(), path).await?.ok_or_else(|| {
            Error::refused(
                format!("本站没有地址为“{path}”的公开文件"),
                "请填公开页面的地址，例如 /p/2021/12；还没有发布的，请先发布",
            )
        })?;
        if document.unit != item.unit {
            return Err(Error::refused("这份文件是别的单位公开的", "请填本单位公开的文件"));
        }
        store::fulfil(&tx, id, Some(document.id)).await?;
        let deed = Deed::new("publishing.fulfil", "expected_release", id).unit(item.unit);
        tx.record(deed.detail(json!({ "document": document.id }))).await?;
        Ok(())
    })
    .await
}

/// Takes something off the list, with the reason.
///
/// # Errors
/// When no reason is given.
pub async fn withdraw(site: &Site, by: &Actor, id: Uuid, reason: &str) -> Result<()> {
    by.require_district(&OVERSEE)?;
    if reason.trim().is_empty() {
        return Err(Error::refused("没有写撤销登记的原因", "请写明原因"));
    }
    site.write(by, |tx| async move {
        let item = store::find_expected(tx.on(), id)
            .await?
            .ok_or_else(|| Error::not_found("这个事项"))?;
        store::withdraw(&tx, id, reason.trim()).await?;
        let deed = Deed::new("publishing.unexpect", "expected_release", id).unit(item.unit);
        tx.record(deed.detail(json!({ "reason": reason.trim() }))).await?;
        Ok(())
    })
    .await
}

/// Enters how many documents a unit has numbered under a code in a year.
///
/// # Errors
/// When the code or the number cannot be right.
pub async fn enter_sequence(site: &Site, by: &Actor, unit: Uuid, code: &str, year: i32, last: i32) -> Result<()> {
    if by.account.is_some() {
        by.require_district(&OVERSEE)?;
    }
    let sample = format!("{code}〔{year}〕1号");
    if !statute::document::number::is_strict(&sample) {
        return Err(Error::refused(
            format!("机关代字“{code}”或年份不合要求"),
            "机关代字只写汉字，例如“榕仓政办”；年份写四位数字",
        ));
    }
    if !(0..=99_999).contains(&last) {
        return Err(Error::refused("最新顺序号不合要求", "请填 0 至 99999 的整数"));
    }
    site.write(by, |tx| async move {
        let row = sequence::Model {
            id: Uuid::now_v7(),
            unit,
            code: code.into(),
            year,
            last,
            entered_at: tx.at(),
            entered_by: tx.actor().account,
        };
        let id = row.id;
        store::set_sequence(&tx, row).await?;
        let detail = json!({ "code": code, "year": year, "last": last });
        tx.record(
            Deed::new("publishing.enter_sequence", "number_sequence", id)
                .unit(unit)
                .detail(detail),
        )
        .await?;
        Ok(())
    })
    .await
}
