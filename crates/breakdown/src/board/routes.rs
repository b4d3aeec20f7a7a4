//! The board on the desk.

use axum::extract::Query;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{Datelike, NaiveDate};
use kit::capability::Route;
use kit::clock::{spoken_date, weekday};
use kit::page::parts::Choice;
use kit::permission::Access;
use kit::web::Desk;
use kit::{Error, Result};
use serde::Deserialize;

use super::model::{Cell, Only, Units, Wish, chapters, lay_out};
use super::pages::{BoardPage, ChartsPage, DutiesPage, NoBoard, cell_view, line_views};
use super::{charts, docx, duties, table, xlsx};
use crate::importing::store as breakdown;
use crate::measuring::figures::{self, Figures, Tally};
use crate::measuring::snapshot::Snapshot;
use crate::reporting;
use crate::{IMPORT, READ};

/// Routes of this subject.
pub(crate) fn routes() -> Vec<Route> {
    let read = Access::Holder(&READ);
    vec![
        Route::desk("GET", "/board", read, get(board)),
        Route::desk("GET", "/board/charts", read, get(chart_page)),
        Route::desk("GET", "/board.docx", read, get(word)),
        Route::desk("GET", "/board.xlsx", read, get(excel)),
        Route::desk("GET", "/board.csv", read, get(csv)),
        Route::desk("GET", "/duties", read, get(duty_page)),
    ]
}

/// What the address asks for. Everything is text, so that a wrong value shows the board and not an error.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    year: Option<String>,
    as_of: Option<String>,
    chapter: Option<String>,
    units: Option<String>,
    state: Option<String>,
    own: Option<String>,
}

struct Board {
    snapshot: Snapshot,
    figures: Figures,
    years: Vec<i32>,
    latest: NaiveDate,
    wish: Wish,
}

impl Asked {
    fn wish(&self, desk: &Desk, snapshot: &Snapshot, as_of: NaiveDate) -> Wish {
        let own = desk
            .actor()
            .units()
            .into_iter()
            .filter_map(|unit| snapshot.register.follow(unit, as_of));
        Wish {
            chapter: self.chapter.as_deref().and_then(|text| text.parse().ok()),
            units: match self.units.as_deref() {
                Some("departments") => Units::Departments,
                Some("towns") => Units::Towns,
                _ => Units::All,
            },
            only: match self.state.as_deref() {
                Some("late") => Some(Only::Late),
                Some("unfinished") => Some(Only::Unfinished),
                Some("claims") => Some(Only::Claims),
                _ => None,
            },
            own_duties: self.own.as_deref().is_some_and(|text| !text.is_empty()),
            own: own.collect(),
        }
    }

    fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let fields = [
            ("year", &self.year),
            ("as_of", &self.as_of),
            ("chapter", &self.chapter),
            ("units", &self.units),
            ("state", &self.state),
            ("own", &self.own),
        ];
        for (name, value) in fields {
            if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

/// Loads the board asked for; none when no breakdown is in force.
async fn load(desk: &Desk, asked: &Asked) -> Result<Option<Board>> {
    let on = desk.site.db.read();
    let tables = breakdown::adopted(on).await?;
    let years: Vec<i32> = tables.iter().map(|table| table.year).collect();
    let wanted: Option<i32> = asked.year.as_deref().and_then(|text| text.parse().ok());
    let table = match wanted {
        Some(year) => tables.into_iter().find(|table| table.year == year),
        None => tables.into_iter().next(),
    };
    let Some(table) = table else {
        return Ok(None);
    };
    let latest = latest_day(&table, desk.site.clock.today())?;
    let asked_day = asked.as_of.as_deref().and_then(|text| text.parse::<NaiveDate>().ok());
    let as_of = asked_day.map_or(latest, |day| day.min(latest));
    let snapshot = Snapshot::of_table(on, table).await?;
    let figures = figures::take(&desk.site, &snapshot, as_of).await?;
    let wish = asked.wish(desk, &snapshot, as_of);
    Ok(Some(Board {
        snapshot,
        figures,
        years,
        latest,
        wish,
    }))
}

/// The last day that a board can be seen as of: today, and for a past year the day on which its figures stopped moving.
pub(crate) fn latest_day(table: &breakdown::Model, today: NaiveDate) -> Result<NaiveDate> {
    Ok(reporting::rules(table.year)?.last_moving_day(table.year)?.min(today))
}

async fn no_board(desk: &Desk, nav: &'static str, title: &'static str) -> Result<Response> {
    let may_import = desk.actor().holds(&IMPORT);
    desk.page(nav, title, &NoBoard { may_import, title }).await
}

async fn board(desk: Desk, Query(asked): Query<Asked>) -> Result<Response> {
    let Some(board) = load(&desk, &asked).await? else {
        return no_board(&desk, "board", "任务看板").await;
    };
    let matrix = lay_out(&board.snapshot, &board.figures, &board.wish);
    let lines = line_views(&matrix);
    let mut total = Tally::default();
    for line in &matrix.lines {
        if let super::model::Line::Task(row) = line
            && let Cell::Figures(tally) = &row.sum
        {
            total.add(tally);
        }
    }
    let span = matrix.columns.len() + 2;
    let (own, others) = matrix.columns.into_iter().partition(|column| column.is_own);
    let as_of = board.figures.as_of;
    let page = BoardPage {
        title: board.snapshot.table.title.clone(),
        year: board.snapshot.table.year,
        as_of: spoken_day(as_of),
        machine_as_of: as_of.to_string(),
        latest: board.latest.to_string(),
        note: day_note(&board, desk.site.clock.today()),
        may_urge: desk.actor().holds(&kit::notice::ISSUE),
        query: asked.query(),
        years: year_choices(&board),
        chapters: chapter_choices(&board),
        units: Choice::list(
            [("departments", "区直单位"), ("towns", "镇和街道")],
            asked.units.as_deref().unwrap_or(""),
        ),
        states: Choice::list(
            [("late", "有逾期"), ("unfinished", "有未完成"), ("claims", "待认领")],
            asked.state.as_deref().unwrap_or(""),
        ),
        own_only: board.wish.own_duties,
        has_own: !board.wish.own.is_empty(),
        own,
        others,
        span,
        lines,
        totals: (total.due > 0).then(|| cell_view(&Cell::Figures(total), String::new())),
    };
    desk.page("board", format!("{}年任务看板", page.year), &page).await
}

fn spoken_day(date: NaiveDate) -> String {
    format!("{}（{}）", spoken_date(date), weekday(date))
}

/// Why the board is not seen as of today, where it is not.
fn day_note(board: &Board, today: NaiveDate) -> String {
    if board.latest < today && board.figures.as_of == board.latest {
        let year = board.snapshot.table.year;
        return format!("{year}年的表看到次年1月31日为止：年度报告的公布期限一过，这张表不再有到期事项。");
    }
    String::new()
}

fn year_choices(board: &Board) -> Vec<Choice> {
    let chosen = board.snapshot.table.year.to_string();
    Choice::list(
        board.years.iter().map(|year| (year.to_string(), format!("{year}年"))),
        &chosen,
    )
}

fn chapter_choices(board: &Board) -> Vec<Choice> {
    let chosen = board.wish.chapter.map(|place| place.to_string()).unwrap_or_default();
    let named = chapters(&board.snapshot.tasks).into_iter().enumerate();
    Choice::list(
        named.map(|(place, name)| ((place + 1).to_string(), name.to_string())),
        &chosen,
    )
}

async fn chart_page(desk: Desk, Query(asked): Query<Asked>) -> Result<Response> {
    let Some(board) = load(&desk, &asked).await? else {
        return no_board(&desk, "board", "任务图表").await;
    };
    let as_of = board.figures.as_of;
    let page = ChartsPage {
        title: board.snapshot.table.title.clone(),
        as_of: spoken_day(as_of),
        machine_as_of: as_of.to_string(),
        query: asked.query(),
        charts: vec![
            charts(
                "by-chapter",
                "各章完成情况",
                by_chapter(&board.snapshot, &board.figures),
            ),
            charts("by-unit", "各单位完成情况", by_unit(&board)),
        ],
    };
    desk.page("board", "任务图表", &page).await
}

/// Figures of each chapter with the address of its part of the board.
pub(crate) fn by_chapter(snapshot: &Snapshot, figures: &Figures) -> Vec<(String, String, Tally)> {
    let year = snapshot.table.year;
    let chapters = chapters(&snapshot.tasks).into_iter().enumerate();
    chapters
        .map(|(place, chapter)| {
            let mut sum = Tally::default();
            let tasks = snapshot.tasks.iter().filter(|task| task.chapter == chapter);
            tasks.for_each(|task| sum.add(&figures.of_task(task.id)));
            (
                chapter.to_string(),
                format!("/board?year={year}&chapter={}", place + 1),
                sum,
            )
        })
        .collect()
}

fn by_unit(board: &Board) -> Vec<(String, String, Tally)> {
    let matrix = lay_out(&board.snapshot, &board.figures, &board.wish);
    let columns = matrix.columns.into_iter();
    columns
        .map(|c| (c.short_name, String::new(), board.figures.of_unit(c.unit)))
        .collect()
}

async fn word(desk: Desk, Query(asked): Query<Asked>) -> Result<Response> {
    let board = load(&desk, &asked)
        .await?
        .ok_or_else(|| Error::not_found("生效的分解表"))?;
    let bytes = docx::write(&board.snapshot, &board.figures)?;
    let kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    Ok(download(kind, &format!("board-{}.docx", board.figures.as_of), bytes))
}

async fn excel(desk: Desk, Query(asked): Query<Asked>) -> Result<Response> {
    let board = load(&desk, &asked)
        .await?
        .ok_or_else(|| Error::not_found("生效的分解表"))?;
    let matrix = lay_out(&board.snapshot, &board.figures, &board.wish);
    let bytes = xlsx::write(&board.snapshot, &board.figures, &matrix)?;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(download(kind, &format!("board-{}.xlsx", board.figures.as_of), bytes))
}

async fn csv(desk: Desk, Query(asked): Query<Asked>) -> Result<Response> {
    let board = load(&desk, &asked)
        .await?
        .ok_or_else(|| Error::not_found("生效的分解表"))?;
    let matrix = lay_out(&board.snapshot, &board.figures, &board.wish);
    let text = table::csv(&board.snapshot, &board.figures, &matrix);
    Ok(download(
        "text/csv; charset=utf-8",
        &format!("board-{}.csv", board.figures.as_of),
        text.into_bytes(),
    ))
}

fn download(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, kind.to_string()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".into()),
    ];
    (headers, bytes).into_response()
}

async fn duty_page(desk: Desk) -> Result<Response> {
    let Some(board) = load(&desk, &Asked::default()).await? else {
        return no_board(&desk, "duties", "本单位任务").await;
    };
    let as_of = board.figures.as_of;
    let matrix = lay_out(&board.snapshot, &board.figures, &board.wish);
    let (own, other_tasks) = duties::split(&board.snapshot, &matrix, as_of);
    let names: Vec<String> = board
        .wish
        .own
        .iter()
        .map(|unit| board.snapshot.register.short_name(*unit))
        .collect();
    let page = DutiesPage {
        title: format!("{}年本单位任务", as_of.year().min(board.snapshot.table.year)),
        as_of: spoken_day(as_of),
        machine_as_of: as_of.to_string(),
        own_units: names.join("、"),
        own,
        other_tasks,
    };
    desk.page("duties", "本单位任务", &page).await
}
