//! Writing the demonstration, in the order in which things would have happened.

use std::collections::HashMap;

use anyhow::Context;
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use kit::Site;
use kit::account::Actor;
use kit::unit::{Unit, import, service};
use publishing::register::service as register;

use super::{DemoClock, accounts, documents, errata, notices, records};
use crate::commands::operator;
use crate::wiring::{House, kit_error};

const UNITS: &str = include_str!("../../demo/units.json");
const BREAKDOWN: &[u8] = include_bytes!("../../../breakdown/samples/2021-cangshan-task-breakdown.docx");

/// Who acts in the demonstration.
pub struct Cast {
    /// The district's open-government office.
    pub coordinator: Actor,
    /// Units by short name, with who drafts and who approves.
    pub units: HashMap<String, (Unit, Actor, Actor)>,
}

/// Nine in the morning of a day in Shanghai, and so many minutes.
pub fn morning(day: NaiveDate, minutes: u32) -> DateTime<Utc> {
    let hour = Utc.from_utc_datetime(&day.and_hms_opt(1, 0, 0).unwrap_or_default());
    hour + chrono::Duration::minutes(i64::from(minutes))
}

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2021, month, day).unwrap_or_default()
}

/// Writes everything.
///
/// # Errors
/// When the sample data are broken, which is a defect of the program.
pub async fn seed(house: &House, clock: &DemoClock) -> anyhow::Result<()> {
    let site = &house.site;
    clock.set(morning(day(1, 4), 0));
    enter_units(site).await?;
    let cast = cast(house).await?;
    documents::tell(house, clock, &cast, day(1, 1), day(4, 25)).await?;
    adopt_breakdown(house, clock, &cast).await?;
    records::claim(house, clock, &cast).await?;
    documents::tell(house, clock, &cast, day(4, 25), day(11, 22)).await?;
    clock.set(morning(day(11, 22), 120));
    documents::fulfil(house, &cast).await?;
    documents::enter_sequences(house, &cast).await?;
    records::report(house, clock, &cast).await?;
    errata::report(house, clock, &cast, day(11, 22)).await?;
    notices::urge(house, clock, &cast).await
}

/// The register's units.
///
/// # Errors
/// When the file is broken, which is a defect of the program.
pub fn units() -> anyhow::Result<Vec<service::NewUnit>> {
    import::parse(UNITS).map_err(kit_error)
}

/// Enters the register's units, unless they are there because documents were generated first.
///
/// # Errors
/// When the database fails.
pub async fn enter_units(site: &Site) -> anyhow::Result<()> {
    let known = kit::unit::register(site.db.read()).await.context("读不到单位名册")?;
    if known.is_empty() {
        service::enter(site, &operator(), units()?).await.map_err(kit_error)?;
    }
    Ok(())
}

async fn cast(house: &House) -> anyhow::Result<Cast> {
    let coordinator = accounts::district_posts(&house.site).await?;
    let mut units = HashMap::new();
    let today = house.site.clock.today();
    for unit in kit::unit::current(house.site.db.read(), today).await? {
        let (drafter, approver) = accounts::posts_of(&house.site, &unit).await?;
        units.insert(unit.short_name.clone(), (unit, drafter, approver));
    }
    Ok(Cast { coordinator, units })
}

async fn adopt_breakdown(house: &House, clock: &DemoClock, cast: &Cast) -> anyhow::Result<()> {
    clock.set(morning(day(4, 25), 30));
    let (name, bytes) = (
        "2021年仓山区政务公开工作主要任务分解表.docx",
        Bytes::from_static(BREAKDOWN),
    );
    let preview = breakdown::importing::import(&house.site, &cast.coordinator, &house.office, name, bytes)
        .await
        .map_err(kit_error)?;
    clock.set(morning(day(4, 26), 0));
    breakdown::importing::adopt(&house.site, &cast.coordinator, preview.id)
        .await
        .map_err(kit_error)?;
    documents::expect(house, &cast.coordinator, cast).await
}

/// Puts something on the list of what has to be public.
///
/// # Errors
/// When it is on it already.
pub async fn expect(house: &House, by: &Actor, new: register::NewExpected) -> anyhow::Result<uuid::Uuid> {
    register::expect(&house.site, by, &new)
        .await
        .map_err(kit_error)
        .context("应公开事项")
}
