//! Giving out numbers, voiding them, and saying how they are written.

use chrono::Datelike;
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::format::Format;
use super::model::{Number, Series};
use super::store::{self, issued};
use super::{MANAGE, SCHEMA};
use crate::account::Actor;
use crate::audit::Deed;
use crate::clock::civil_date;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::site::Site;

/// Years that numbers count in.
const YEARS: std::ops::RangeInclusive<i32> = 1949..=2149;
/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// The year that numbers given out in this transaction count in, by the calendar of Shanghai.
pub fn this_year(tx: &Tx) -> i32 {
    civil_date(tx.at()).year()
}

/// Gives out the next number of a series and year, to this thing. From here on nobody else gets one of the same series
/// and year until the transaction ends; when it is rolled back, the number was never given.
///
/// The caller's own deed answers for it. The year is [`this_year`] unless the thing itself belongs to another.
///
/// # Errors
/// When the year cannot be right, when the format is broken, or when the database fails.
pub async fn issue(
    tx: &Tx,
    series: &'static Series,
    year: i32,
    subject: &'static str,
    subject_id: Uuid,
) -> Result<Number> {
    check_year(year)?;
    let (serial, set) = store::take_next(tx, series.name, year).await?;
    let format = set.as_deref().unwrap_or(series.format);
    let format =
        Format::read(format).map_err(|e| Error::Internal(format!("{} of {}: {e}", series.name, SCHEMA.name)))?;
    let number = Number {
        id: Uuid::now_v7(),
        year,
        serial,
        text: format.write(year, serial),
    };
    let row = issued::Model {
        id: number.id,
        series: series.name.into(),
        year,
        serial,
        text: number.text.clone(),
        subject: subject.into(),
        subject_id,
        at: tx.at(),
        account: tx.actor().account,
        actor_name: tx.actor().name.clone(),
        voided_at: None,
        void_reason: String::new(),
        voided_by: None,
        voided_by_name: String::new(),
    };
    store::insert(tx, row).await?;
    Ok(number)
}

fn check_year(year: i32) -> Result<()> {
    if YEARS.contains(&year) {
        return Ok(());
    }
    Err(Error::refused(
        format!("年度 {year} 不能编号"),
        format!("请核对日期，年度应在 {} 至 {} 年之间", YEARS.start(), YEARS.end()),
    ))
}

/// Voids a number in the caller's transaction and records the deed. It stays in the register and is never given again.
///
/// # Errors
/// When there is no reason, no such number, or when it is void already.
pub async fn void(tx: &Tx, id: Uuid, reason: &str) -> Result<()> {
    let reason = checked_reason(reason)?;
    let number = store::by_id(tx.on(), id)
        .await?
        .ok_or_else(|| Error::not_found("这个编号"))?;
    if !store::void(tx, id, reason).await? {
        return Err(Error::Conflict(format!("{}已经作废，无需再次作废", number.text)));
    }
    let deed = Deed::new("numbering.void", "number", id);
    tx.record(deed.detail(json!({ "number": number.text, "reason": reason })))
        .await?;
    Ok(())
}

fn checked_reason(reason: &str) -> Result<&str> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::refused("没有写作废的原因", "请写明原因，原因与编号一并保留"));
    }
    let length = reason.chars().count();
    if length > LONGEST_REASON {
        return Err(Error::refused(
            format!("作废的原因有 {length} 个字"),
            format!("请写得简短一些，最多 {LONGEST_REASON} 个字"),
        ));
    }
    Ok(reason)
}

/// Voids a number on the register's page.
///
/// # Errors
/// As [`void`]; also when the person may not, or when the numbers of this series are not voided by hand.
pub async fn void_by_hand(site: &Site, by: &Actor, series: &Series, id: Uuid, reason: &str) -> Result<()> {
    require(by, series)?;
    site.write(by, |tx| async move {
        let number = store::by_id(tx.on(), id).await?;
        if number.is_none_or(|n| n.series != series.name) {
            return Err(Error::not_found("这个编号"));
        }
        void(&tx, id, reason).await
    })
    .await
}

fn require(by: &Actor, series: &Series) -> Result<()> {
    if by.account.is_some() {
        by.require_district(&MANAGE)?;
    }
    if series.by_hand {
        return Ok(());
    }
    Err(Error::refused(
        format!("“{}”由程序自动编排，不能在登记簿上改动", series.label),
        "编号有误的，请到使用这个编号的业务里办理",
    ))
}

/// Sets how the numbers of a series are written from now on; those given out stay as they are.
///
/// # Errors
/// When the format cannot be used, another series has it, or the person may not.
pub async fn set_format(site: &Site, by: &Actor, series: &Series, format: &str) -> Result<()> {
    require(by, series)?;
    let format = format.trim();
    Format::read(format).map_err(|e| Error::refused(e.to_string(), "例如：仓公开〔{year}〕第{serial}号"))?;
    let proposed = site.series().any(|s| s.name != series.name && s.format == format);
    site.write(by, |tx| async move {
        tx.lock_name("number formats").await?;
        let taken = store::series_of_format(&tx, series.name, format).await?;
        if proposed || taken.is_some() {
            return Err(Error::refused(
                format!("编号格式“{format}”已用于另一个系列"),
                "两个系列的编号不能相同，请在格式里写出区别",
            ));
        }
        let before = store::format(tx.on(), series.name).await?;
        store::set_format(&tx, series.name, format).await?;
        let deed = Deed::new("numbering.set_format", "number_series", subject_of(series));
        let before = before.as_deref().unwrap_or(series.format);
        tx.record(deed.detail(json!({ "series": series.name, "from": before, "to": format })))
            .await?;
        Ok(())
    })
    .await
}

/// Says that the numbers up to `given_before` of a year were given out elsewhere, before the platform counted.
///
/// # Errors
/// When a number of that year has been given out here, the figures cannot be right, or the person may not.
pub async fn begin(site: &Site, by: &Actor, series: &Series, year: i32, given_before: i64) -> Result<()> {
    require(by, series)?;
    check_year(year)?;
    if !(0..=99_999).contains(&given_before) {
        return Err(Error::refused("已编到的号数不合要求", "请填 0 至 99999 的整数"));
    }
    site.write(by, |tx| async move {
        if !store::begin(&tx, series.name, year, given_before).await? {
            return Err(Error::refused(
                format!("“{}”{year}年已经在平台上编过号", series.label),
                "起号只能在本年第一次编号之前填写",
            ));
        }
        let deed = Deed::new("numbering.begin", "number_series", subject_of(series));
        tx.record(deed.detail(json!({ "series": series.name, "year": year, "given_before": given_before })))
            .await?;
        Ok(())
    })
    .await
}

/// An identity for the audit record of a series, which has none but its name.
fn subject_of(series: &Series) -> Uuid {
    use sha2::{Digest, Sha256};
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&Sha256::digest(series.name.as_bytes())[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The number as it is written, with what it was given to; none when it never was given out here.
///
/// # Errors
/// When the database fails.
pub async fn find(on: &impl ConnectionTrait, text: &str) -> Result<Option<issued::Model>> {
    Ok(store::by_text(on, text.trim()).await?)
}

/// The numbers given to a thing, void ones too, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn of_subject(on: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<issued::Model>> {
    Ok(store::of_subject(on, subject).await?)
}
