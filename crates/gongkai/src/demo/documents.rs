//! The demonstration's documents, each going the way that documents go.

use anyhow::Context;
use bytes::Bytes;
use chrono::NaiveDate;
use kit::account::Actor;
use publishing::document::{Metadata, review, service as drafting, text};
use publishing::kinds::Kind;
use publishing::register::service as register;
use publishing::release::service as releasing;
use serde::Deserialize;
use statute::disclosure::attribute::Attribute;
use uuid::Uuid;

use super::DemoClock;
use super::seed::{Cast, expect as put_on_list, morning};
use crate::wiring::{House, kit_error};

const DOCUMENTS: &str = include_str!("../../demo/documents.json");
const EXPECTED: &str = include_str!("../../demo/expected.json");

#[derive(Debug, Deserialize)]
struct Sample {
    unit: String,
    kind: String,
    title: String,
    doc_number: Option<String>,
    written: NaiveDate,
    submitted: Option<NaiveDate>,
    released: Option<NaiveDate>,
    state: String,
    return_remark: Option<String>,
    theme: String,
    category: String,
    effective_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
    summary: String,
    origin: String,
    html: String,
    attachments: Vec<Attachment>,
    expected: Option<Expected>,
    end: Option<End>,
}

#[derive(Debug, Deserialize)]
struct Attachment {
    name: String,
    text: String,
}

#[derive(Debug, Deserialize)]
struct Expected {
    topic: String,
    title: String,
    due: NaiveDate,
    basis: String,
}

#[derive(Debug, Deserialize)]
struct Owed {
    unit: String,
    #[serde(flatten)]
    expected: Expected,
}

#[derive(Debug, Deserialize)]
struct End {
    act: String,
    on: NaiveDate,
    reason: String,
    successor: Option<String>,
}

fn samples() -> anyhow::Result<Vec<Sample>> {
    serde_json::from_str(DOCUMENTS).context("demo/documents.json")
}

/// Something that happened to a sample.
enum Event<'a> {
    /// It went as far as it went.
    Told(&'a Sample),
    /// Its page ended.
    Ended(&'a Sample, &'a End),
}

/// Tells what happened from one day (not included) to another, in order.
///
/// # Errors
/// When a sample cannot go its way, which is a defect of the samples.
pub async fn tell(
    house: &House,
    clock: &DemoClock,
    cast: &Cast,
    after: NaiveDate,
    until: NaiveDate,
) -> anyhow::Result<()> {
    let all = samples()?;
    let told = all
        .iter()
        .map(|s| (s.released.or(s.submitted).unwrap_or(s.written), Event::Told(s)));
    let ended = all
        .iter()
        .filter_map(|s| s.end.as_ref().map(|end| (end.on, Event::Ended(s, end))));
    let mut events: Vec<(NaiveDate, Event<'_>)> = told
        .chain(ended)
        .filter(|(day, _)| *day > after && *day <= until)
        .collect();
    events.sort_by_key(|(day, _)| *day);
    for (_, event) in events {
        let (title, outcome) = match event {
            Event::Told(sample) => (&sample.title, one(house, clock, cast, sample).await),
            Event::Ended(sample, how) => (&sample.title, end_page(house, clock, cast, sample, how).await),
        };
        outcome.with_context(|| format!("示例文件“{title}”"))?;
    }
    Ok(())
}

async fn one(house: &House, clock: &DemoClock, cast: &Cast, sample: &Sample) -> anyhow::Result<()> {
    let (unit, drafter, approver) = cast
        .units
        .get(&sample.unit)
        .with_context(|| format!("没有单位 {}", sample.unit))?;
    let (site, publishing) = (&house.site, &house.publishing);
    // An older document comes into the platform when somebody sends it, not when it was written.
    clock.set(morning(sample.submitted.unwrap_or(sample.written), 0));
    let kind = Kind::of(&sample.kind).with_context(|| format!("没有类别 {}", sample.kind))?;
    let body = text::read_upload(site, publishing, "示例.html", Bytes::from(sample.html.clone()))
        .await
        .map_err(kit_error)?;
    let id = drafting::enter(site, drafter, unit.id, kind, &body)
        .await
        .map_err(kit_error)?;
    if sample.state == "draft" {
        return Ok(());
    }
    for file in &sample.attachments {
        drafting::attach(site, drafter, id, &file.name, Bytes::from(file.text.clone()))
            .await
            .map_err(kit_error)?;
    }
    describe(house, drafter, id, sample, &unit.full_name).await?;
    clock.set(morning(sample.submitted.unwrap_or(sample.written), 20));
    review::submit(site, drafter, id, "")
        .await
        .map_err(|e| anyhow::anyhow!("{e}"))?;
    if sample.state == "submitted" {
        return Ok(());
    }
    clock.set(morning(sample.submitted.unwrap_or(sample.written), 90));
    if let Some(remark) = sample.return_remark.as_deref().filter(|_| sample.state == "returned") {
        return review::give_back(site, approver, id, remark).await.map_err(kit_error);
    }
    let revision = newest_revision(house, id).await?;
    review::approve(site, approver, id, revision, "同意。")
        .await
        .map_err(kit_error)?;
    if let Some(released) = sample.released.filter(|_| sample.state == "released") {
        clock.set(morning(released, 5));
        releasing::release(site, publishing, drafter, id, "")
            .await
            .map_err(kit_error)?;
    }
    Ok(())
}

async fn newest_revision(house: &House, id: Uuid) -> anyhow::Result<Uuid> {
    let found = drafting::newest_revision(&house.site, id).await.map_err(kit_error)?;
    found.context("刚写入的文件不在")
}

async fn describe(house: &House, by: &Actor, id: Uuid, sample: &Sample, issuer: &str) -> anyhow::Result<()> {
    let metadata = Metadata {
        title: sample.title.clone(),
        issuer: issuer.into(),
        doc_number: sample.doc_number.clone(),
        written_on: Some(sample.written),
        theme: sample.theme.clone(),
        category: sample.category.clone(),
        attribute: Some(Attribute::Proactive),
        effective_from: sample.effective_from,
        valid_until: sample.valid_until,
        summary: sample.summary.clone(),
        origin: sample.origin.clone(),
        ..Default::default()
    };
    let seen = newest_revision(house, id).await?;
    drafting::describe(&house.site, by, id, seen, &metadata)
        .await
        .map_err(|error| match error {
            drafting::SaveError::Issues(issues) => {
                anyhow::anyhow!(
                    "{}",
                    issues.into_iter().map(|i| i.message).collect::<Vec<_>>().join("；")
                )
            }
            drafting::SaveError::Other(other) => kit_error(other),
        })
}

async fn end_page(house: &House, clock: &DemoClock, cast: &Cast, sample: &Sample, end: &End) -> anyhow::Result<()> {
    let (site, publishing) = (&house.site, &house.publishing);
    let (_, _, approver) = cast.units.get(&sample.unit).context("单位")?;
    clock.set(morning(end.on, 60));
    let (id, _) = public_page(house, &sample.title).await?.context("没有公开")?;
    let ended = match end.act.as_str() {
        "mark" => {
            let successor = match &end.successor {
                Some(title) => public_page(house, title).await?.map(|(_, path)| path),
                None => None,
            };
            releasing::mark(site, publishing, approver, id, &end.reason, successor.as_deref()).await
        }
        _ => releasing::take_down(site, publishing, approver, id, &end.reason).await,
    };
    ended.map_err(kit_error)
}

/// Says which documents fulfil what was expected.
///
/// # Errors
/// When an item is not on the list.
pub async fn fulfil(house: &House, cast: &Cast) -> anyhow::Result<()> {
    for sample in samples()?.iter().filter(|s| s.state == "released") {
        let Some(expected) = &sample.expected else { continue };
        let (unit, drafter, _) = cast.units.get(&sample.unit).context("单位")?;
        if let Some((_, path)) = public_page(house, &sample.title).await? {
            let item = register::find(&house.site, unit.id, &expected.topic, &expected.title)
                .await
                .map_err(kit_error)?;
            let item = item.with_context(|| format!("没有登记“{}”", expected.title))?;
            register::fulfil(&house.site, drafter, item, &path)
                .await
                .map_err(kit_error)?;
        }
    }
    Ok(())
}

async fn public_page(house: &House, title: &str) -> anyhow::Result<Option<(Uuid, String)>> {
    drafting::public_by_title(&house.site, title).await.map_err(kit_error)
}

/// Enters what has to be public: what the samples fulfil, and what is still owed.
///
/// # Errors
/// When an item stands twice.
pub async fn expect(house: &House, coordinator: &Actor, cast: &Cast) -> anyhow::Result<()> {
    let owed: Vec<Owed> = serde_json::from_str(EXPECTED).context("demo/expected.json")?;
    let fulfilled = samples()?.into_iter().filter_map(|s| {
        Some(Owed {
            unit: s.unit,
            expected: s.expected?,
        })
    });
    for Owed { unit, expected } in fulfilled.chain(owed) {
        let (unit, ..) = cast.units.get(&unit).with_context(|| format!("没有单位 {unit}"))?;
        let new = register::NewExpected {
            unit: unit.id,
            topic: expected.topic,
            title: expected.title,
            due_on: expected.due,
            basis: expected.basis,
        };
        put_on_list(house, coordinator, new).await?;
    }
    Ok(())
}

/// Enters how far each unit has numbered its documents, one further than what the samples show for some.
///
/// # Errors
/// When a number cannot be read.
pub async fn enter_sequences(house: &House, cast: &Cast) -> anyhow::Result<()> {
    let mut last: std::collections::BTreeMap<(String, String), u32> = std::collections::BTreeMap::new();
    for sample in samples()? {
        let Some(number) = &sample.doc_number else { continue };
        let read = statute::document::number::read(number).map_err(|e| anyhow::anyhow!("{number}：{e}"))?;
        if read.number.year() != Some(2021) {
            continue;
        }
        let newest = last
            .entry((read.number.code().to_string(), sample.unit.clone()))
            .or_insert(0);
        *newest = (*newest).max(read.number.serial());
    }
    for ((code, unit), newest) in last {
        let (unit, ..) = cast.units.get(&unit).context("单位")?;
        let newest = i32::try_from(newest).unwrap_or(0);
        register::enter_sequence(&house.site, &cast.coordinator, unit.id, &code, 2021, newest)
            .await
            .map_err(kit_error)?;
    }
    Ok(())
}
