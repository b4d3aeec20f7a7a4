//! The register of numbers on the desk (编号登记簿).

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::forms::read_beginning;
use super::model::{Series, YearOfSeries};
use super::pages::{NumberPage, NumberRow, SeriesList, SeriesPage, SeriesRow, Void, YearPage, YearRow};
use super::store::{self, issued};
use super::{MANAGE, READ, service};
use crate::account::Reach;
use crate::capability::Route;
use crate::clock::spoken_time;
use crate::error::{Error, Result};
use crate::form::{Issues, Submission};
use crate::page::parts::Pager;
use crate::permission::Access;
use crate::web::{Desk, DeskForm};

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    let (read, manage) = (Access::Holder(&READ), Access::Holder(&MANAGE));
    vec![
        Route::desk("GET", "/numbering", read, get(list)),
        Route::desk("GET", "/numbering/{series}", read, get(series)),
        Route::desk("POST", "/numbering/{series}/format", manage, post(set_format)),
        Route::desk("POST", "/numbering/{series}/begin", manage, post(begin)),
        Route::desk("GET", "/numbering/{series}/{year}", read, get(year)),
        Route::desk("GET", "/numbering/{series}/{year}/{serial}", read, get(number)),
        Route::desk("POST", "/numbering/{series}/{year}/{serial}/void", manage, post(void)),
    ]
}

#[derive(Deserialize)]
struct Asked {
    number: Option<String>,
}

async fn list(desk: Desk, Query(asked): Query<Asked>) -> Result<Response> {
    let on = desk.site.db.read();
    let asked = asked.number.unwrap_or_default();
    if !asked.trim().is_empty()
        && let Some(found) = service::find(on, &asked).await?
    {
        let place = format!("{}/{}/{}", found.series, found.year, found.serial);
        return Ok(desk.go(&format!("/numbering/{place}")));
    }
    let years = store::years(on).await?;
    let mut rows = Vec::new();
    for series in desk.site.series() {
        rows.push(series_row(&desk, series, &years).await?);
    }
    let page = SeriesList {
        rows,
        asked: asked.trim(),
        not_found: !asked.trim().is_empty(),
    };
    desk.page("numbering", "编号登记簿", &page).await
}

async fn series_row(desk: &Desk, series: &'static Series, years: &[YearOfSeries]) -> Result<SeriesRow> {
    let format = store::format(desk.site.db.read(), series.name).await?;
    let years = years.iter().filter(|y| y.series == series.name);
    Ok(SeriesRow {
        name: series.name.into(),
        label: series.label.into(),
        format: format.unwrap_or_else(|| series.format.into()),
        given_to: series.given_to,
        years: years
            .map(|y| YearRow {
                year: y.year,
                given_before: y.given_before,
                last: y.last,
                issued: y.issued(),
                voided: y.voided,
            })
            .collect(),
    })
}

fn named(desk: &Desk, name: &str) -> Result<&'static Series> {
    let found = desk.site.series().find(|s| s.name == name);
    found.ok_or_else(|| Error::not_found("这个编号系列"))
}

fn may_change(desk: &Desk, series: &Series) -> bool {
    series.by_hand && desk.actor().reach(&MANAGE) == Reach::District
}

async fn series(desk: Desk, Path(name): Path<String>) -> Result<Response> {
    series_page(&desk, named(&desk, &name)?, &Submission::default(), &Issues::default()).await
}

async fn series_page(desk: &Desk, series: &'static Series, form: &Submission, issues: &Issues) -> Result<Response> {
    let years = store::years(desk.site.db.read()).await?;
    let page = SeriesPage {
        series: series_row(desk, series, &years).await?,
        may_change: may_change(desk, series),
        form,
        issues,
        token: desk.token(),
    };
    desk.page("numbering", series.label, &page).await
}

/// What a command on a series answers: the page again, with what was refused beside the field.
async fn answered(
    desk: &Desk,
    series: &'static Series,
    done: Result<()>,
    field: &str,
    form: &Submission,
    mut issues: Issues,
) -> Result<Response> {
    match done {
        Ok(()) if issues.is_empty() => return Ok(desk.go(&format!("/numbering/{}", series.name))),
        Ok(()) => {}
        Err(Error::Refused { what, advice }) if series.by_hand => issues.add(field, format!("{what}。{advice}")),
        Err(other) => return Err(other),
    }
    let page = series_page(desk, series, form, &issues).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn set_format(desk: Desk, Path(name): Path<String>, DeskForm(form): DeskForm) -> Result<Response> {
    let series = named(&desk, &name)?;
    let done = service::set_format(&desk.site, desk.actor(), series, form.text("format")).await;
    answered(&desk, series, done, "format", &form, Issues::default()).await
}

async fn begin(desk: Desk, Path(name): Path<String>, DeskForm(form): DeskForm) -> Result<Response> {
    let series = named(&desk, &name)?;
    let mut issues = Issues::default();
    let done = match read_beginning(&form, &mut issues) {
        Some(new) => service::begin(&desk.site, desk.actor(), series, new.year, new.given_before).await,
        None => Ok(()),
    };
    answered(&desk, series, done, "given_before", &form, issues).await
}

#[derive(Deserialize)]
struct Wish {
    page: Option<u64>,
}

async fn year(desk: Desk, Path((name, year)): Path<(String, i32)>, Query(wish): Query<Wish>) -> Result<Response> {
    let series = named(&desk, &name)?;
    let on = desk.site.db.read();
    let years = store::years(on).await?;
    let counter = years.iter().find(|y| y.series == name && y.year == year);
    let counter = counter.ok_or_else(|| Error::not_found("这个年度的编号"))?;
    let page = wish.page.unwrap_or(0).min(u64::from(u32::MAX));
    let rows = store::numbers(on, &name, year, page).await?;
    let total = u64::try_from(counter.issued()).unwrap_or(0);
    let view = YearPage {
        label: series.label.into(),
        year,
        given_before: counter.given_before,
        rows: rows.into_iter().map(|row| number_row(series, row)).collect(),
        pager: Pager::new(format!("/numbering/{name}/{year}?"), page, store::PER_PAGE, total),
        series: name,
    };
    desk.page("numbering", format!("{}{year}年编号", series.label), &view)
        .await
}

fn number_row(series: &Series, row: issued::Model) -> NumberRow {
    NumberRow {
        text: row.text,
        serial: row.serial,
        at: spoken_time(row.at),
        by: row.actor_name,
        given_to: series.given_to.into(),
        link: series.link.map(|link| format!("{link}{}", row.subject_id)),
        void: row.voided_at.map(|at| Void {
            at: spoken_time(at),
            by: row.voided_by_name,
            reason: row.void_reason,
        }),
    }
}

async fn number(desk: Desk, Path((name, year, serial)): Path<(String, i32, i64)>) -> Result<Response> {
    let (series, row) = numbered(&desk, &name, year, serial).await?;
    number_page(&desk, series, row, &Submission::default(), &Issues::default()).await
}

async fn numbered(desk: &Desk, name: &str, year: i32, serial: i64) -> Result<(&'static Series, issued::Model)> {
    let series = named(desk, name)?;
    let row = store::at_place(desk.site.db.read(), name, year, serial).await?;
    Ok((series, row.ok_or_else(|| Error::not_found("这个编号"))?))
}

async fn number_page(
    desk: &Desk,
    series: &Series,
    row: issued::Model,
    form: &Submission,
    issues: &Issues,
) -> Result<Response> {
    let title = row.text.clone();
    let page = NumberPage {
        series: series.name.into(),
        label: series.label.into(),
        year: row.year,
        may_void: may_change(desk, series) && row.voided_at.is_none(),
        number: number_row(series, row),
        form,
        issues,
        token: desk.token(),
    };
    desk.page("numbering", title, &page).await
}

async fn void(
    desk: Desk,
    Path((name, year, serial)): Path<(String, i32, i64)>,
    DeskForm(form): DeskForm,
) -> Result<Response> {
    let (series, row) = numbered(&desk, &name, year, serial).await?;
    let done = service::void_by_hand(&desk.site, desk.actor(), series, row.id, form.text("reason")).await;
    let mut issues = Issues::default();
    match done {
        Ok(()) => return Ok(desk.go(&format!("/numbering/{name}/{year}/{serial}"))),
        Err(Error::Refused { what, advice }) if series.by_hand => issues.add("reason", format!("{what}。{advice}")),
        Err(other) => return Err(other),
    }
    let page = number_page(&desk, series, row, &form, &issues).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
