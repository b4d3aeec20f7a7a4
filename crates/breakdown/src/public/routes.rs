//! Progress of the tasks on the public site, and its part of the home page.

use axum::extract::Query;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::NaiveDate;
use kit::capability::Route;
use kit::clock::{spoken_date, weekday};
use kit::page::parts::Choice;
use kit::page::{Markup, PublicPage};
use kit::web::Public;
use kit::{Error, Result, Site};
use serde::Deserialize;
use uuid::Uuid;

use super::pages::{NothingYet, PanelView, PartView, TaskRow, TasksPage, TotalRow};
use super::quarter::{Quarter, published};
use crate::board::charts;
use crate::board::model::chapters;
use crate::importing::service::{adopted_on, beginning};
use crate::importing::store as breakdown;
use crate::measuring::figures::{self, Figures, Tally};
use crate::measuring::snapshot::Snapshot;
use crate::task::store::Task;

/// Routes of this subject.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::public("/tasks", get(show)),
        Route::public("/tasks.csv", get(csv)),
    ]
}

#[derive(Debug, Default, Deserialize)]
struct Wish {
    quarter: Option<String>,
    unit: Option<String>,
}

/// A quarter's figures with the others that are public.
struct Shown {
    snapshot: Snapshot,
    figures: Figures,
    quarter: Quarter,
    quarters: Vec<Quarter>,
}

/// The quarter asked for, or the newest one that is public; none while there is none.
async fn load(site: &Site, wanted: Option<&str>) -> Result<Option<Shown>> {
    let on = site.db.read();
    let today = site.clock.today();
    let mut quarters = Vec::new();
    let tables = breakdown::adopted(on).await?;
    for table in &tables {
        // A quarter that ended before the table was in force has nothing to show.
        let begun = adopted_on(table).map(|day| beginning(table.year, day));
        let of_year = published(&site.calendar, table.year, today)?;
        quarters.extend(
            of_year
                .into_iter()
                .filter(|quarter| begun.is_none_or(|day| day <= quarter.end)),
        );
    }
    let chosen = wanted.and_then(|key| quarters.iter().find(|quarter| quarter.key() == key));
    let Some(quarter) = chosen.or(quarters.first()).copied() else {
        return Ok(None);
    };
    let Some(table) = tables.into_iter().find(|table| table.year == quarter.year) else {
        return Ok(None);
    };
    let snapshot = Snapshot::of_table(on, table).await?;
    let figures = figures::take_at_close(site, &snapshot, quarter.end).await?;
    Ok(Some(Shown {
        snapshot,
        figures,
        quarter,
        quarters,
    }))
}

async fn show(public: Public, Query(wish): Query<Wish>) -> Result<Response> {
    let Some(shown) = load(&public.site, wish.quarter.as_deref()).await? else {
        let next = "季度末数据，经五个工作日异议期后公布。".to_string();
        return page(&public, Markup::of(&NothingYet { next })?);
    };
    let unit = wish.unit.as_deref().and_then(|text| Uuid::parse_str(text).ok());
    page(&public, Markup::of(&tasks_page(&shown, unit))?)
}

fn page(public: &Public, body: Markup) -> Result<Response> {
    public.page(&PublicPage {
        title: "任务进展".into(),
        nav: "tasks",
        labels: vec![("ColumnName", "任务进展".to_string())],
        path: "/tasks".into(),
        query: String::new(),
        body,
    })
}

impl Shown {
    fn tally(&self, task: &Task, unit: Option<Uuid>) -> Tally {
        match unit {
            Some(unit) => self.figures.cell(task.id, unit).cloned().unwrap_or_default(),
            None => self.figures.of_task(task.id),
        }
    }

    fn tasks_of<'a>(&'a self, chapter: &'a str) -> impl Iterator<Item = &'a Task> {
        self.snapshot.tasks.iter().filter(move |task| task.chapter == chapter)
    }

    fn sum(&self, tasks: impl Iterator<Item = impl std::borrow::Borrow<Task>>, unit: Option<Uuid>) -> (usize, Tally) {
        let (mut count, mut sum) = (0, Tally::default());
        for task in tasks {
            count += 1;
            sum.add(&self.tally(task.borrow(), unit));
        }
        (count, sum)
    }
}

fn tasks_page(shown: &Shown, unit: Option<Uuid>) -> TasksPage {
    let quarter = shown.quarter;
    let mut bars = Vec::new();
    let (mut totals, mut parts) = (Vec::new(), Vec::new());
    for (place, chapter) in chapters(&shown.snapshot.tasks).into_iter().enumerate() {
        let (count, sum) = shown.sum(shown.tasks_of(chapter), unit);
        let (id, label) = (format!("part-{}", place + 1), chapter_name(chapter));
        bars.push((label.clone(), format!("#{id}"), sum.clone()));
        totals.push(total_row(label.clone(), format!("#{id}"), count, &sum));
        let tasks = shown
            .tasks_of(chapter)
            .map(|task| task_row(shown, task, unit))
            .collect();
        parts.push(PartView {
            id,
            title: label,
            tasks,
        });
    }
    let (count, sum) = shown.sum(shown.snapshot.tasks.iter(), unit);
    TasksPage {
        title: shown.snapshot.table.title.clone(),
        quarter: quarter.name(),
        as_of: spoken_day(quarter.end),
        machine_as_of: quarter.end.to_string(),
        published: spoken_date(quarter.published_on),
        machine_published: quarter.published_on.to_string(),
        quarters: Choice::list(shown.quarters.iter().map(|q| (q.key(), q.name())), &quarter.key()),
        units: unit_choices(shown, unit),
        unit: unit
            .map(|unit| shown.snapshot.register.short_name(unit))
            .unwrap_or_default(),
        query: format!("quarter={}", quarter.key()),
        chart: charts("chapters", "各部分任务完成情况", bars),
        totals,
        sum: total_row("合计".into(), String::new(), count, &sum),
        parts,
    }
}

fn chapter_name(chapter: &str) -> String {
    if chapter.is_empty() {
        "全部任务".into()
    } else {
        chapter.to_string()
    }
}

fn spoken_day(date: NaiveDate) -> String {
    format!("{}（{}）", spoken_date(date), weekday(date))
}

fn unit_choices(shown: &Shown, unit: Option<Uuid>) -> Vec<Choice> {
    let register = &shown.snapshot.register;
    let chosen = unit.map(|unit| unit.to_string()).unwrap_or_default();
    let with_tasks = register
        .active(shown.quarter.end)
        .filter(|unit| shown.figures.of_unit(unit.id).due > 0);
    Choice::list(
        with_tasks.map(|unit| (unit.id.to_string(), unit.short_name.clone())),
        &chosen,
    )
}

fn total_row(label: String, link: String, tasks: usize, sum: &Tally) -> TotalRow {
    TotalRow {
        label,
        link,
        tasks,
        due: sum.due,
        done: sum.done,
        open: sum.open(),
        late: sum.late,
    }
}

fn task_row(shown: &Shown, task: &Task, unit: Option<Uuid>) -> TaskRow {
    let tally = shown.tally(task, unit);
    let (class, state, tag) = if tally.due == 0 {
        ("is-na", "不适用", "tag")
    } else if tally.late > 0 {
        ("is-late", "有逾期", "tag tag--late")
    } else if tally.done >= tally.due {
        ("is-done", "完成", "tag tag--ok")
    } else {
        ("is-open", "办理中", "tag tag--due")
    };
    TaskRow {
        no: task.no,
        title: task.title.clone(),
        leads: shown.snapshot.lead_names(task.id, shown.quarter.end),
        class,
        words: if tally.due == 0 {
            "不适用".into()
        } else {
            format!("{}/{}", tally.done, tally.due)
        },
        width: (tally.done * 100).checked_div(tally.due),
        state,
        tag,
    }
}

/// The same figures for other programs.
async fn csv(public: Public, Query(wish): Query<Wish>) -> Result<Response> {
    let shown = load(&public.site, wish.quarter.as_deref()).await?;
    let shown = shown.ok_or_else(|| Error::not_found("已公布的季度数据"))?;
    let mut text = String::from("\u{feff}季度,序号,任务,牵头单位,应完成,已完成,未到期,逾期\r\n");
    for task in &shown.snapshot.tasks {
        let tally = shown.figures.of_task(task.id);
        let leads = shown.snapshot.lead_names(task.id, shown.quarter.end);
        text.push_str(&format!(
            "{},{},\"{}\",\"{}\",{},{},{},{}\r\n",
            shown.quarter.name(),
            task.no,
            task.title.replace('"', "\"\""),
            leads.replace('"', "\"\""),
            tally.due,
            tally.done,
            tally.open(),
            tally.late
        ));
    }
    let name = format!("attachment; filename=\"tasks-{}.csv\"", shown.quarter.key());
    Ok((
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_string()),
            (header::CONTENT_DISPOSITION, name),
        ],
        text,
    )
        .into_response())
}

/// The quarter's state on the home page; nothing while no quarter is public.
pub(crate) async fn panel(site: &Site) -> Result<Option<Markup>> {
    let Some(shown) = load(site, None).await? else {
        return Ok(None);
    };
    let (tasks, sum) = shown.sum(shown.snapshot.tasks.iter(), None);
    if sum.due == 0 {
        return Ok(None);
    }
    let done_percent = sum.done * 100 / sum.due;
    let open_percent = sum.open() * 100 / sum.due;
    let view = PanelView {
        quarter: shown.quarter.name(),
        tasks,
        due: sum.due,
        done: sum.done,
        open: sum.open(),
        late: sum.late,
        done_percent,
        open_percent,
        late_at: done_percent + open_percent,
        late_percent: if sum.late == 0 {
            0
        } else {
            100 - done_percent - open_percent
        },
    };
    Markup::of(&view).map(Some)
}
