//! What the demonstration's units reported: most in time, some late, some waiting to be accepted, some not at all.
//!
//! Which is which follows from the names, so that every demonstration tells the same year.

use anyhow::Context;
use breakdown::{AssignmentState, Part, assignments, evidences, tasks};
use bytes::Bytes;
use chrono::{Days, NaiveDate};
use kit::account::Actor;
use kit::unit::Kind;
use uuid::Uuid;

use super::DemoClock;
use super::seed::{Cast, morning};
use crate::wiring::{House, kit_error};

const YEAR: i32 = 2021;

/// How a reporting date went for a unit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Course {
    Accepted,
    Waiting,
    Refused,
    Nothing,
}

/// A number from 0 to 99 that depends on nothing but these.
fn lot(task: i32, unit: &str, date: NaiveDate) -> u32 {
    let mut hash: u32 = 2_166_136_261;
    for byte in format!("{task}/{unit}/{date}").bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
    }
    (hash >> 7) % 100
}

fn course(task: i32, unit: &str, date: NaiveDate) -> Course {
    let is_autumn = date.format("%m").to_string() == "09";
    match (is_autumn, lot(task, unit, date)) {
        (false, 0..=93) | (true, 0..=76) => Course::Accepted,
        (true, 77..=83) => Course::Waiting,
        (false, 94..=95) | (true, 84..=86) => Course::Refused,
        _ => Course::Nothing,
    }
}

async fn tasks_of_year(house: &House) -> anyhow::Result<Vec<tasks::Overview>> {
    let found = tasks::overview(&house.site, YEAR).await.map_err(kit_error)?;
    found.context("没有采用分解表")
}

/// Who leads a task.
fn leads(task: &tasks::Overview) -> Vec<Uuid> {
    let own = task
        .assignments
        .iter()
        .filter(|a| a.part == Part::Lead && a.state == AssignmentState::Assigned);
    own.map(|a| a.unit).collect()
}

/// Hands in and decides records.
///
/// # Errors
/// When a task or a duty is not as the samples expect.
pub async fn report(house: &House, clock: &DemoClock, cast: &Cast) -> anyhow::Result<()> {
    let today = morning(NaiveDate::from_ymd_opt(YEAR, 11, 22).unwrap_or_default(), 0);
    clock.set(today);
    let numbers = tasks_of_year(house).await?;
    let duties = evidences::open_duties(&house.site, YEAR, kit::clock::civil_date(today))
        .await
        .map_err(kit_error)?;
    for duty in duties {
        let task = numbers.iter().find(|t| t.id == duty.task).context("任务")?;
        let Some((unit, drafter, _)) = cast.units.values().find(|(unit, ..)| unit.id == duty.unit) else {
            continue;
        };
        let went = course(task.no, &unit.code, duty.reporting_on);
        if went != Course::Nothing {
            hand_in(house, clock, cast, duty, drafter, task.no, went)
                .await
                .with_context(|| format!("第 {} 项 {} {}", task.no, unit.short_name, duty.reporting_on))?;
        }
    }
    Ok(())
}

async fn hand_in(
    house: &House,
    clock: &DemoClock,
    cast: &Cast,
    duty: evidences::Duty,
    drafter: &Actor,
    task: i32,
    went: Course,
) -> anyhow::Result<()> {
    let day = duty
        .reporting_on
        .checked_sub_days(Days::new(u64::from(lot(task, "day", duty.reporting_on) % 6)))
        .context("日期")?;
    clock.set(morning(day, lot(task, &drafter.name, day) * 4));
    let words = match duty.part {
        Part::Lead => "示例：已对责任单位作出部署、逐项指导，并汇总本季度情况上报区政府办。",
        Part::Responsible => "示例：本季度按任务要求开展了公开工作，清单和截图见所附材料。",
    };
    let record = evidences::NewRecord {
        duty,
        title: format!(
            "第{task}项任务{}季度落实情况（示例）",
            if duty.reporting_on.format("%m").to_string() == "06" {
                "二"
            } else {
                "三"
            }
        ),
        done: words.into(),
        done_on: day,
        files: vec![(
            "落实情况（示例）.txt".into(),
            Bytes::from(format!("第 {task} 项任务落实情况（示例）\n\n{words}\n")),
        )],
    };
    let id = evidences::submit(&house.site, drafter, &house.office, record)
        .await
        .map_err(kit_error)?;
    clock.set(morning(day.checked_add_days(Days::new(2)).unwrap_or(day), 0));
    match went {
        Course::Accepted => evidences::decide(&house.site, &cast.coordinator, id, true, "")
            .await
            .map_err(kit_error),
        Course::Refused => {
            let reason = "材料只有标题，没有写明做了什么，请补充后重新报送。";
            evidences::decide(&house.site, &cast.coordinator, id, false, reason)
                .await
                .map_err(kit_error)
        }
        Course::Waiting | Course::Nothing => Ok(()),
    }
}

/// For tasks of 各有关单位: the lead unit proposes two or three departments, the office confirms most of them.
///
/// # Errors
/// When a proposal is refused.
pub async fn claim(house: &House, clock: &DemoClock, cast: &Cast) -> anyhow::Result<()> {
    let site = &house.site;
    let mut departments: Vec<_> = cast
        .units
        .values()
        .filter(|(u, ..)| u.kind == Kind::Department)
        .collect();
    departments.sort_by(|(a, ..), (b, ..)| a.code.cmp(&b.code));
    clock.set(morning(NaiveDate::from_ymd_opt(YEAR, 4, 28).unwrap_or_default(), 0));
    for task in tasks_of_year(house).await?.into_iter().filter(|t| t.is_open) {
        let leads = leads(&task);
        let by = leads
            .first()
            .and_then(|lead| cast.units.values().find(|(unit, ..)| unit.id == *lead))
            .map_or(&cast.coordinator, |(_, drafter, _)| drafter);
        let date = NaiveDate::from_ymd_opt(YEAR, 4, 28).unwrap_or_default();
        let concerned = departments
            .iter()
            .filter(|(u, ..)| !leads.contains(&u.id) && lot(task.no, &u.code, date) < 18);
        let mut proposed: Vec<Uuid> = Vec::new();
        for (unit, ..) in concerned.take(3) {
            let reason = "示例：职责涉及本项任务。";
            let id = assignments::propose(site, by, task.id, unit.id, reason)
                .await
                .map_err(kit_error)?;
            proposed.push(id);
        }
        // A few lists are still open in November: that is what the office's list of work shows.
        if task.no % 7 != 3 && !proposed.is_empty() {
            assignments::confirm(site, &cast.coordinator, &proposed)
                .await
                .map_err(kit_error)?;
        }
        if task.no % 7 != 3 && task.no % 5 != 4 {
            assignments::settle(site, &cast.coordinator, task.id)
                .await
                .map_err(kit_error)?;
        }
    }
    Ok(())
}
