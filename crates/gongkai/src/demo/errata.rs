//! A few errors reported on pages, one of them answered.

use anyhow::Context;
use chrono::NaiveDate;
use kit::form::Submission;
use publishing::errata::{Outcome, service};

use super::DemoClock;
use super::seed::{Cast, morning};
use crate::wiring::{House, kit_error};

/// Where, what kind, what is wrong.
const REPORTS: [(&str, &str, &str); 3] = [
    ("/p/2021/1", "wording", "示例：第二段“即日起施行”写了两遍，应删去一处。"),
    ("/p/2021/2", "outdated", "示例：文中的咨询电话已经停用，请更新。"),
    ("/units", "broken", "示例：用手机打开时，单位名单右边看不全。"),
];

/// Reports them in the morning, and lets the office answer the first.
///
/// # Errors
/// When a report or its answer is refused.
pub async fn report(house: &House, clock: &DemoClock, cast: &Cast, on: NaiveDate) -> anyhow::Result<()> {
    let (site, parameters) = (&house.site, &house.publishing.parameters);
    for (minutes, (page, kind, words)) in (150..).step_by(20).zip(REPORTS) {
        clock.set(morning(on, minutes));
        let form = Submission::of([("page", page), ("kind", kind), ("words", words)]);
        service::enter(site, &cast.coordinator, parameters, &form)
            .await
            .map_err(kit_error)?;
    }
    clock.set(morning(on, 300));
    let (open, _) = service::list(site, &cast.coordinator, true, 0, 10)
        .await
        .map_err(kit_error)?;
    let first = open.first().context("网站找错")?;
    let words = "示例：已删去重复的一处，谢谢您的提醒。";
    service::settle(site, &cast.coordinator, first.id, Outcome::Answered, words)
        .await
        .map_err(kit_error)
}
