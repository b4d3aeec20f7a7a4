//! Measures over what publishing holds. The denominator of each is kept by somebody other than the unit measured.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone, Utc};
use futures::future::BoxFuture;
use kit::measure::{Measure, Question, Reading, Unfinished};
use kit::{Result, Site};
use sea_orm::entity::prelude::*;
use uuid::Uuid;

use crate::document::store::{document, revision};
use crate::document::{PublicState, metadata_of, store as documents};
use crate::journal::{Kind as Happened, store as journal};
use crate::kinds::Kind;
use crate::register::store as register;
use crate::release::store as releases;

/// All measures of this capability.
pub fn all() -> Vec<Arc<dyn Measure>> {
    vec![
        Arc::new(ExpectedReleases),
        Arc::new(NumberedDocuments),
        Arc::new(KnownValidity),
    ]
}

/// The first moment after a day in Shanghai.
fn end_of(day: NaiveDate) -> DateTime<Utc> {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    Utc.from_utc_datetime(&next.and_time(NaiveTime::MIN)) - chrono::Duration::hours(8)
}

/// Which of these documents the public could read at the end of that day.
async fn readable_on(site: &Site, ids: Vec<Uuid>, day: NaiveDate) -> Result<HashMap<Uuid, bool>> {
    let entries = journal::of_documents_until(site.db.read(), ids, end_of(day)).await?;
    let mut state = HashMap::new();
    for entry in entries {
        let readable = Happened::of(&entry.kind).is_some_and(|kind| kind != Happened::TakenDown);
        state.insert(entry.document, readable);
    }
    Ok(state)
}

/// 应公开事项按期公开: things on the list of what has to be public.
struct ExpectedReleases;

impl Measure for ExpectedReleases {
    fn id(&self) -> &'static str {
        "publishing.expected"
    }

    fn name(&self) -> &'static str {
        "应公开事项已公开"
    }

    fn denominator(&self) -> &'static str {
        "“应公开事项”登记中本清单、本单位、应公开日期在本期内的事项"
    }

    fn keeper(&self) -> &'static str {
        "区政府办"
    }

    fn topic(&self) -> Option<&'static str> {
        Some("清单名称")
    }

    fn take<'a>(&'a self, site: &'a Site, question: &'a Question) -> BoxFuture<'a, Result<Vec<Reading>>> {
        Box::pin(async move {
            let items = register::expected_items(site.db.read(), question.topic.as_deref()).await?;
            let due = items
                .into_iter()
                .filter(|i| question.units.contains(&i.unit) && i.due_on >= question.from);
            // Nothing is asked for before its year has come; what is due later in the period stands as not yet late.
            let due: Vec<_> = due
                .filter(|i| kit::clock::civil_date(i.entered_at) <= question.as_of)
                .collect();
            let linked = due.iter().filter_map(|i| i.document).collect();
            let readable = readable_on(site, linked, question.as_of).await?;
            let mut readings: HashMap<Uuid, Reading> = HashMap::new();
            for item in due {
                let reading = readings.entry(item.unit).or_insert_with(|| Reading::of(item.unit));
                let done = item.document.is_some_and(|d| readable.get(&d) == Some(&true));
                if done {
                    reading.add_done();
                } else {
                    reading.add_unfinished(Unfinished {
                        title: item.title,
                        link: format!("/expected#x{}", item.id),
                        due_on: Some(item.due_on),
                    });
                }
            }
            Ok(readings.into_values().collect())
        })
    }
}

/// 文号逐号公开: every number a unit has given out has a document that is public, or whose attribute is decided.
struct NumberedDocuments;

impl Measure for NumberedDocuments {
    fn id(&self) -> &'static str {
        "publishing.numbers"
    }

    fn name(&self) -> &'static str {
        "文号逐号公开或定属性"
    }

    fn denominator(&self) -> &'static str {
        "“文号登记”中本单位本年度编出的全部文号"
    }

    fn keeper(&self) -> &'static str {
        "区政府办"
    }

    fn take<'a>(&'a self, site: &'a Site, question: &'a Question) -> BoxFuture<'a, Result<Vec<Reading>>> {
        Box::pin(async move {
            use chrono::Datelike;
            let on = site.db.read();
            let mut readings: HashMap<Uuid, Reading> = HashMap::new();
            for sequence in register::sequences(on).await? {
                if sequence.year != question.from.year() || !question.units.contains(&sequence.unit) {
                    continue;
                }
                let settled = settled_numbers(site, &sequence.code, sequence.year, question.as_of).await?;
                let reading = readings
                    .entry(sequence.unit)
                    .or_insert_with(|| Reading::of(sequence.unit));
                for serial in 1..=sequence.last {
                    let number = format!("{}〔{}〕{serial}号", sequence.code, sequence.year);
                    if settled.contains(&number) {
                        reading.add_done();
                    } else {
                        reading.add_unfinished(Unfinished {
                            link: format!("/documents?q={}", crate::site::encode(&number)),
                            title: format!("{number}：没有公开，也没有登记公开属性"),
                            due_on: None,
                        });
                    }
                }
            }
            Ok(readings.into_values().collect())
        })
    }
}

/// Numbers of one sequence whose document is public, or was decided not to be.
async fn settled_numbers(site: &Site, code: &str, year: i32, as_of: NaiveDate) -> Result<Vec<String>> {
    let prefix = format!("{code}〔{year}〕");
    let rows = revision::Entity::find()
        .filter(revision::Column::DocNumber.starts_with(&prefix))
        .filter(revision::Column::CreatedAt.lt(end_of(as_of)))
        .all(site.db.read())
        .await?;
    let readable = readable_on(site, rows.iter().map(|r| r.document).collect(), as_of).await?;
    // That a document is not for the public counts once a second person has approved it, not when its drafter says so.
    let approved = documents::approved_revisions(site.db.read(), rows.iter().map(|r| r.id).collect()).await?;
    let settled = rows.into_iter().filter(|row| {
        let is_withheld = matches!(row.attribute.as_deref(), Some("on_request" | "withheld"));
        (is_withheld && approved.contains(&row.id)) || readable.get(&row.document) == Some(&true)
    });
    Ok(settled.filter_map(|row| row.doc_number).collect())
}

/// 规范性文件效力清楚: every normative document that is public says truly whether it is in force.
struct KnownValidity;

impl Measure for KnownValidity {
    fn id(&self) -> &'static str {
        "publishing.validity"
    }

    fn name(&self) -> &'static str {
        "规范性文件效力状态清楚"
    }

    fn denominator(&self) -> &'static str {
        "发布日志中本单位公开的全部行政规范性文件"
    }

    fn keeper(&self) -> &'static str {
        "发布日志"
    }

    fn take<'a>(&'a self, site: &'a Site, question: &'a Question) -> BoxFuture<'a, Result<Vec<Reading>>> {
        Box::pin(async move {
            let on = site.db.read();
            let normative: Vec<&str> = crate::kinds::KINDS
                .iter()
                .filter(|k: &&Kind| k.is_normative)
                .map(|k| k.id)
                .collect();
            let rows = document::Entity::find()
                .filter(document::Column::Kind.is_in(normative))
                .filter(document::Column::Unit.is_in(question.units.iter().copied()))
                .filter(document::Column::PublicState.is_not_null())
                .all(on)
                .await?;
            let ids: Vec<Uuid> = rows.iter().map(|d| d.id).collect();
            let readable = readable_on(site, ids.clone(), question.as_of).await?;
            let newest = releases::newest_of(on, ids).await?;
            let revisions = documents::revisions_by_id(on, newest.iter().map(|r| r.revision).collect()).await?;
            let mut readings: HashMap<Uuid, Reading> = HashMap::new();
            for row in rows.into_iter().filter(|d| readable.get(&d.id) == Some(&true)) {
                let Some(revision) = revisions.iter().find(|r| r.document == row.id) else {
                    continue;
                };
                let reading = readings.entry(row.unit).or_insert_with(|| Reading::of(row.unit));
                match unclear(&row, revision, question.as_of) {
                    None => reading.add_done(),
                    Some(why) => reading.add_unfinished(Unfinished {
                        title: format!("{}：{why}", revision.title),
                        link: format!("/documents/{}", row.id),
                        due_on: revision.valid_until,
                    }),
                }
            }
            Ok(readings.into_values().collect())
        })
    }
}

/// Why the validity of a public normative document is not clear, if it is not.
fn unclear(row: &document::Model, revision: &revision::Model, as_of: NaiveDate) -> Option<&'static str> {
    let metadata = metadata_of(revision);
    if row.public_state.as_deref() == Some(PublicState::Marked.id()) || metadata.repealed_from.is_some() {
        return None;
    }
    match metadata.valid_until {
        None => Some("没有写明有效期"),
        Some(until) if until < as_of => Some("有效期已满，没有清理（继续有效、修改、废止或宣布失效）"),
        Some(_) => None,
    }
}
