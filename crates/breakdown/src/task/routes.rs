//! The task page on the desk.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::NaiveDate;
use kit::capability::Route;
use kit::clock::{civil_date, spoken_date, weekday};
use kit::form::{Issues, Submission};
use kit::measure::Unfinished;
use kit::page::parts::Choice;
use kit::permission::Access;
use kit::web::{Desk, DeskForm};
use kit::{Error, Result};
use serde::Deserialize;
use uuid::Uuid;

use super::pages::{AssignmentView, MeasureView, NilView, RecordView, TaskPage, UnfinishedView};
use super::service;
use super::store::{self, Claims, Task};
use crate::assignment::model::{Part, State};
use crate::assignment::service as assignments;
use crate::assignment::store::Assignment;
use crate::board::model::chapters;
use crate::board::routes::latest_day;
use crate::evidence::store::{Nil, Record};
use crate::measuring::figures::{self, Figures, Taken, Tally};
use crate::measuring::snapshot::Snapshot;
use crate::{COORDINATE, READ};

/// Routes of this subject.
pub(crate) fn routes() -> Vec<Route> {
    let (read, coordinate) = (Access::Holder(&READ), Access::Holder(&COORDINATE));
    vec![
        Route::desk("GET", "/tasks/{key}", read, get(show)),
        Route::desk("POST", "/tasks/{key}/bindings", coordinate, post(bind)),
        Route::desk("POST", "/tasks/{key}/bindings/{id}/remove", coordinate, post(unbind)),
        Route::desk("POST", "/tasks/{key}/assignments", coordinate, post(assign)),
    ]
}

#[derive(Debug, Default, Deserialize)]
struct Wish {
    unit: Option<String>,
    as_of: Option<String>,
}

async fn show(desk: Desk, Path(key): Path<String>, Query(wish): Query<Wish>) -> Result<Response> {
    show_page(&desk, &key, &wish, &Issues::default()).await
}

async fn show_page(desk: &Desk, key: &str, wish: &Wish, issues: &Issues) -> Result<Response> {
    let on = desk.site.db.read();
    let (table, task) = store::by_key(on, key).await?;
    let latest = latest_day(&table, desk.site.clock.today())?;
    let asked = wish.as_of.as_deref().and_then(|text| text.parse::<NaiveDate>().ok());
    let as_of = asked.map_or(latest, |day| day.min(latest));
    let place = chapter_place(&store::of_breakdown(on, table.id).await?, &task);
    let snapshot = Snapshot::of_task(on, table, task.clone()).await?;
    let figures = figures::take(&desk.site, &snapshot, as_of).await?;
    let unit = wish.unit.as_deref().and_then(|text| Uuid::parse_str(text).ok());
    let view = View {
        desk,
        snapshot: &snapshot,
        figures: &figures,
        task: &task,
        as_of,
        unit,
    };
    let page = TaskPage {
        year: snapshot.table.year,
        key: snapshot.key(&task),
        no: task.no,
        title: task.title.clone(),
        chapter: task.chapter.clone(),
        chapter_place: place,
        section: task.section.clone(),
        requirement: task.requirement.clone(),
        leads: snapshot.lead_names(task.id, as_of),
        lead_note: task.lead_note.clone().unwrap_or_default(),
        responsible: task.responsible_text.clone(),
        due_text: task.due_text.clone().unwrap_or_default(),
        is_open: task.claims() == Claims::Open,
        as_of: format!("{}（{}）", spoken_date(as_of), weekday(as_of)),
        machine_as_of: as_of.to_string(),
        unit: unit.map(|unit| snapshot.register.short_name(unit)).unwrap_or_default(),
        measures: figures
            .taken
            .iter()
            .map(|taken| measure_view(taken, as_of, unit))
            .collect(),
        unfinished: view.unfinished(),
        assignments: view.assignments(),
        records: view.records(),
        nils: view.nils(),
        may_coordinate: desk.actor().require_district(&COORDINATE).is_ok(),
        choices: Choice::list(desk.site.measures().map(|m| (m.id(), m.name())), ""),
        units: Choice::list(
            snapshot
                .register
                .active(as_of)
                .map(|u| (u.id.to_string(), u.short_name.clone())),
            "",
        ),
        parts: Choice::list([Part::Responsible, Part::Lead].map(|p| (p.id(), p.name())), ""),
        issues,
        token: desk.token(),
    };
    desk.page("board", format!("第{}项", task.no), &page).await
}

fn chapter_place(tasks: &[Task], task: &Task) -> usize {
    chapters(tasks)
        .iter()
        .position(|name| *name == task.chapter)
        .map_or(1, |place| place + 1)
}

struct View<'a> {
    desk: &'a Desk,
    snapshot: &'a Snapshot,
    figures: &'a Figures,
    task: &'a Task,
    as_of: NaiveDate,
    unit: Option<Uuid>,
}

fn measure_view(taken: &Taken, as_of: NaiveDate, unit: Option<Uuid>) -> MeasureView {
    let mut tally = Tally::default();
    let readings = taken.readings.iter();
    let shown = readings.filter(|reading| unit.is_none_or(|unit| unit == reading.unit));
    shown.for_each(|reading| tally.add_reading(reading, as_of));
    let (class, tag, state) = drawn(&tally);
    MeasureView {
        binding: taken.binding.to_string(),
        name: taken.name,
        topic: taken.topic.clone(),
        class,
        ratio: ratio(&tally),
        width: width(&tally),
        tag,
        state,
        denominator: taken.denominator,
        keeper: taken.keeper,
    }
}

fn drawn(tally: &Tally) -> (&'static str, &'static str, String) {
    if tally.due == 0 {
        ("", "tag", "不适用".into())
    } else if tally.late > 0 {
        ("is-late", "tag tag--late", format!("逾期 {}", tally.late))
    } else if tally.done >= tally.due {
        ("is-done", "tag tag--ok", "完成".into())
    } else {
        ("is-open", "tag tag--due", format!("未完成 {}", tally.open()))
    }
}

fn ratio(tally: &Tally) -> String {
    if tally.due == 0 {
        "不适用".into()
    } else {
        format!("{}/{}", tally.done, tally.due)
    }
}

fn width(tally: &Tally) -> Option<usize> {
    (tally.done * 100).checked_div(tally.due)
}

impl View<'_> {
    fn unfinished(&self) -> Vec<UnfinishedView> {
        let items = self.figures.unfinished(self.task.id, self.unit);
        items
            .into_iter()
            .map(|(unit, item)| self.unfinished_view(unit, item))
            .collect()
    }

    fn unfinished_view(&self, unit: Uuid, item: &Unfinished) -> UnfinishedView {
        let days = |from, to| {
            self.desk
                .site
                .calendar
                .working_days_between(from, to)
                .map_or(0, |count| count.days)
        };
        let (tag, state) = match item.due_on {
            None => ("tag", "没有期限".to_string()),
            Some(due) if due < self.as_of => ("tag tag--late", format!("逾期 {} 个工作日", days(due, self.as_of))),
            Some(due) => ("tag tag--due", format!("还剩 {} 个工作日", days(self.as_of, due))),
        };
        UnfinishedView {
            title: item.title.clone(),
            unit: self.snapshot.register.short_name(unit),
            due: item.due_on.map(spoken_date).unwrap_or_default(),
            machine_due: item.due_on.map(|due| due.to_string()).unwrap_or_default(),
            tag,
            state,
            link: item.link.clone(),
        }
    }

    fn assignments(&self) -> Vec<AssignmentView> {
        let rows = self.snapshot.assignments(self.task.id).iter();
        let shown = rows.filter(|row| self.unit.is_none_or(|unit| self.effective(row) == Some(unit)));
        let mut views: Vec<_> = shown.map(|row| (row.part() != Part::Lead, row)).collect();
        views.sort_by_key(|(order, row)| (*order, self.snapshot.register.place(row.unit)));
        views.into_iter().map(|(_, row)| self.assignment_view(row)).collect()
    }

    fn effective(&self, row: &Assignment) -> Option<Uuid> {
        self.snapshot.register.follow(row.unit, self.as_of)
    }

    fn assignment_view(&self, row: &Assignment) -> AssignmentView {
        let register = &self.snapshot.register;
        let effective = self.effective(row);
        let of_unit = |unit| self.figures.of_part(self.task.id, unit, row.part());
        let tally = effective.map(of_unit).unwrap_or_default();
        let is_shown = row.is_active(self.as_of);
        let tally = if is_shown { tally } else { Tally::default() };
        let (class, _, _) = drawn(&tally);
        let since = match effective {
            Some(unit) if unit != row.unit => format!("已由{}承接", register.short_name(unit)),
            None => "已撤销".to_string(),
            Some(_) => String::new(),
        };
        let dates: Vec<String> = row
            .reporting
            .0
            .iter()
            .map(|date| date.format("%-m月%-d日").to_string())
            .collect();
        AssignmentView {
            id: row.id.to_string(),
            unit: register.short_name(row.unit),
            since,
            part: row.part().name(),
            origin: row.origin().name(),
            state: row.state().name(),
            limit: row.limit_on.to_string(),
            reporting: if dates.is_empty() {
                "没有".into()
            } else {
                dates.join("、")
            },
            section: row.office_section.clone(),
            class: if row.state() == State::Withdrawn {
                "is-off"
            } else {
                class
            },
            ratio: if is_shown { ratio(&tally) } else { String::new() },
            width: if is_shown { width(&tally) } else { None },
        }
    }

    fn records(&self) -> Vec<RecordView> {
        let records = self.snapshot.records(self.task.id).iter().rev();
        let shown = records.filter(|record| self.unit.is_none_or(|unit| self.is_of(record.unit, unit)));
        shown.map(|record| self.record_view(record)).collect()
    }

    fn is_of(&self, owner: Uuid, unit: Uuid) -> bool {
        owner == unit || self.snapshot.register.follow(owner, self.as_of) == Some(unit)
    }

    fn record_view(&self, record: &Record) -> RecordView {
        let decided = match (&record.decided_name, record.decided_at) {
            (Some(name), Some(at)) => format!("{name}，{}　{}", spoken_date(civil_date(at)), record.reason),
            _ => String::new(),
        };
        let tag = match (record.is_open(), record.is_accepted()) {
            (true, _) => "tag tag--due",
            (_, true) => "tag tag--ok",
            _ => "tag tag--late",
        };
        RecordView {
            id: record.id.to_string(),
            title: record.title.clone(),
            unit: self.snapshot.register.short_name(record.unit),
            reporting: spoken_date(record.reporting_on),
            submitted: format!(
                "{}，{}",
                record.submitted_name,
                spoken_date(civil_date(record.submitted_at))
            ),
            state: record.state_words(),
            tag,
            decided,
        }
    }

    fn nils(&self) -> Vec<NilView> {
        let nils = self.snapshot.nils(self.task.id).iter().rev();
        let shown = nils.filter(|nil| self.unit.is_none_or(|unit| self.is_of(nil.unit, unit)));
        shown.map(|nil| self.nil_view(nil)).collect()
    }

    fn nil_view(&self, nil: &Nil) -> NilView {
        let checked = match (nil.finding.is_some(), nil.stands(), &nil.checked_name) {
            (true, true, Some(name)) => format!("抽查属实（{name}）　{}", nil.check_note),
            (true, false, Some(name)) => format!("抽查不属实（{name}）　{}", nil.check_note),
            _ if nil.expires_on < self.as_of => "已到期，未抽查".into(),
            _ => "有效，未抽查".into(),
        };
        let actor = self.desk.actor();
        NilView {
            id: nil.id.to_string(),
            unit: self.snapshot.register.short_name(nil.unit),
            period: format!("{} 至 {}", spoken_date(nil.reporting_on), spoken_date(nil.expires_on)),
            reason: nil.reason.clone(),
            signed: format!("{}，{}", nil.signed_name, spoken_date(civil_date(nil.signed_at))),
            state: checked,
            may_check: nil.finding.is_none()
                && actor.account != Some(nil.signed_by)
                && actor.require_district(&COORDINATE).is_ok(),
        }
    }
}

async fn bind(desk: Desk, Path(key): Path<String>, DeskForm(form): DeskForm) -> Result<Response> {
    let (_, task) = store::by_key(desk.site.db.read(), &key).await?;
    let done = service::bind(
        &desk.site,
        desk.actor(),
        task.id,
        form.text("measure"),
        form.text("topic"),
    )
    .await;
    answer(&desk, &key, "measure", done).await
}

async fn unbind(desk: Desk, Path((key, id)): Path<(String, Uuid)>, _form: DeskForm) -> Result<Response> {
    let (_, task) = store::by_key(desk.site.db.read(), &key).await?;
    let done = service::unbind(&desk.site, desk.actor(), task.id, id).await;
    answer(&desk, &key, "measure", done).await
}

async fn assign(desk: Desk, Path(key): Path<String>, DeskForm(form): DeskForm) -> Result<Response> {
    let (_, task) = store::by_key(desk.site.db.read(), &key).await?;
    let mut issues = Issues::default();
    let Some(unit) = required_unit(&form, &mut issues) else {
        let page = show_page(&desk, &key, &Wish::default(), &issues).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let part = Part::of(form.text("part"));
    let done = assignments::assign(&desk.site, desk.actor(), task.id, unit, part, form.text("reason")).await;
    answer(&desk, &key, "add-unit", done.map(|_| ())).await
}

fn required_unit(form: &Submission, issues: &mut Issues) -> Option<Uuid> {
    let unit = form.id("add-unit", "单位", issues);
    if unit.is_none() {
        issues.add("add-unit", "单位：请选择一项");
    }
    unit
}

/// Back to the task, or the same page with what is wrong.
async fn answer(desk: &Desk, key: &str, field: &str, done: Result<()>) -> Result<Response> {
    match done {
        Ok(()) => Ok(desk.go(&format!("/tasks/{key}"))),
        Err(Error::Refused { what, advice }) => {
            let mut issues = Issues::default();
            issues.add(field, format!("{what}。{advice}"));
            let page = show_page(desk, key, &Wish::default(), &issues).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(other) => Err(other),
    }
}
