//! Evidence on the desk.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::Days;
use kit::blob::BlobId;
use kit::capability::Route;
use kit::clock::{civil_date, spoken_date, spoken_time};
use kit::form::{Issues, Submission};
use kit::permission::Access;
use kit::web::{Desk, DeskForm};
use kit::{Error, Result};
use office::Confined;
use serde::Deserialize;
use uuid::Uuid;

use super::forms::{read_duty, read_record};
use super::pages::{EvidencePage, FileView, NilRow, RecordPage, RecordRow, UploadPage};
use super::service::{self, Duty};
use super::store::{self, Nil, Record};
use crate::assignment::model::Part;
use crate::importing::routes::attachment;
use crate::measuring::snapshot::Snapshot;
use crate::task::store::{self as tasks, Task};
use crate::{COORDINATE, PROPOSE, READ, REPORT};

/// Routes of this subject.
pub(crate) fn routes(reader: &Arc<Confined>) -> Vec<Route> {
    let (read, report) = (Access::Holder(&READ), Access::Holder(&REPORT));
    let (accept, coordinate) = (Access::Holder(&PROPOSE), Access::Holder(&COORDINATE));
    vec![
        Route::desk("GET", "/evidence", read, get(list)),
        Route::desk("GET", "/evidence/{id}", read, get(show)),
        Route::desk("POST", "/evidence/{id}", accept, post(decide)),
        Route::desk("GET", "/evidence/{id}/files/{position}", read, get(file)),
        Route::desk("GET", "/tasks/{key}/evidence", read, get(upload_form)),
        Route::desk(
            "POST",
            "/tasks/{key}/evidence",
            report,
            post(upload).layer(Extension(reader.clone())),
        ),
        Route::desk("POST", "/tasks/{key}/nil", report, post(nil)),
        Route::desk("POST", "/nil/{id}", coordinate, post(check)),
    ]
}

async fn list(desk: Desk) -> Result<Response> {
    let snapshot = Snapshot::newest(desk.site.db.read()).await?;
    let mut page = EvidencePage {
        mine: Vec::new(),
        others: Vec::new(),
        nils: Vec::new(),
    };
    let today = desk.site.clock.today();
    if let Some(snapshot) = &snapshot {
        for task in &snapshot.tasks {
            let leads = snapshot.units(task.id, Part::Lead, today);
            for record in snapshot
                .records(task.id)
                .iter()
                .rev()
                .filter(|record| may_read(&desk, record, &leads))
            {
                let row = record_row(snapshot, task, record);
                let is_mine = record.is_open() && is_second(&desk, record, &leads);
                if is_mine {
                    page.mine.push(row)
                } else {
                    page.others.push(row)
                }
            }
            let unchecked = snapshot.nils(task.id).iter().filter(|nil| nil.finding.is_none());
            page.nils.extend(unchecked.map(|nil| nil_row(snapshot, task, nil)));
        }
    }
    if desk.actor().require_district(&COORDINATE).is_err() {
        page.nils.clear();
    }
    desk.page("evidence", "佐证材料", &page).await
}

/// Whoever reads for the unit, leads the task, or coordinates.
fn may_read(desk: &Desk, record: &Record, leads: &[Uuid]) -> bool {
    let actor = desk.actor();
    actor.may(&READ, record.unit) || leads.iter().any(|lead| actor.may(&PROPOSE, *lead))
}

fn is_second(desk: &Desk, record: &Record, leads: &[Uuid]) -> bool {
    desk.actor().account != Some(record.submitted_by) && service::may_accept(desk.actor(), record, leads)
}

fn tag(record: &Record) -> &'static str {
    match (record.is_open(), record.is_accepted()) {
        (true, _) => "tag tag--due",
        (_, true) => "tag tag--ok",
        _ => "tag tag--late",
    }
}

fn record_row(snapshot: &Snapshot, task: &Task, record: &Record) -> RecordRow {
    RecordRow {
        id: record.id.to_string(),
        no: task.no,
        title: record.title.clone(),
        unit: snapshot.register.short_name(record.unit),
        reporting: spoken_date(record.reporting_on),
        submitted: format!(
            "{}，{}",
            record.submitted_name,
            spoken_date(civil_date(record.submitted_at))
        ),
        state: record.state_words(),
        tag: tag(record),
    }
}

fn nil_row(snapshot: &Snapshot, task: &Task, nil: &Nil) -> NilRow {
    NilRow {
        no: task.no,
        key: snapshot.key(task),
        unit: snapshot.register.short_name(nil.unit),
        period: format!("{} 至 {}", spoken_date(nil.reporting_on), spoken_date(nil.expires_on)),
        reason: nil.reason.clone(),
    }
}

/// A record with its task, when this person may read it.
async fn readable(desk: &Desk, id: Uuid) -> Result<(Record, Snapshot, Vec<Uuid>)> {
    let on = desk.site.db.read();
    let record = store::find(on, id).await?;
    let (table, task) = tasks::with_table(on, record.task).await?;
    let snapshot = Snapshot::of_task(on, table, task).await?;
    let leads = snapshot.units(record.task, Part::Lead, desk.site.clock.today());
    let acting = snapshot.register.follow(record.unit, desk.site.clock.today());
    if may_read(desk, &record, &leads) || acting.is_some_and(|unit| desk.actor().may(&READ, unit)) {
        return Ok((record, snapshot, leads));
    }
    Err(Error::Forbidden(
        "这份佐证由报送单位、牵头单位和统筹单位查看；您不代表其中任何一个".into(),
    ))
}

async fn show(desk: Desk, Path(id): Path<Uuid>) -> Result<Response> {
    show_page(&desk, id, &Issues::default()).await
}

async fn show_page(desk: &Desk, id: Uuid, issues: &Issues) -> Result<Response> {
    let (record, snapshot, leads) = readable(desk, id).await?;
    let task = snapshot.task(record.task).ok_or_else(|| Error::not_found("这项任务"))?;
    let files = store::files(desk.site.db.read(), id).await?;
    let is_own = desk.actor().account == Some(record.submitted_by);
    let page = RecordPage {
        id: id.to_string(),
        key: snapshot.key(task),
        no: task.no,
        task_title: task.title.clone(),
        title: record.title.clone(),
        unit: snapshot.register.short_name(record.unit),
        part: Part::of(&record.part).name(),
        state: record.state_words(),
        tag: tag(&record),
        reporting: spoken_date(record.reporting_on),
        done: record.done.clone(),
        done_on: spoken_date(record.done_on),
        machine_done_on: record.done_on.to_string(),
        submitted: format!("{}，{}", record.submitted_name, spoken_time(record.submitted_at)),
        decided: decided(&record),
        reason: record.reason.clone(),
        files: files.iter().map(|file| file_view(id, file)).collect(),
        is_open: record.is_open(),
        may_decide: record.is_open() && is_second(desk, &record, &leads),
        refused_because: if is_own {
            "这份佐证是您报送的，须由另一人验收。"
        } else {
            "验收由统筹单位或这项任务的牵头单位进行。"
        },
        issues,
        token: desk.token(),
    };
    desk.page("evidence", "佐证材料", &page).await
}

fn decided(record: &Record) -> String {
    match (&record.decided_name, record.decided_at) {
        (Some(name), Some(at)) => format!("{name}，{}", spoken_time(at)),
        _ => String::new(),
    }
}

fn file_view(record: Uuid, file: &store::file::Model) -> FileView {
    let kind = file
        .name
        .rsplit_once('.')
        .map(|(_, end)| end.to_uppercase())
        .unwrap_or_else(|| "文件".into());
    let size = if file.bytes < 1024 * 1024 {
        format!("{} KB", (file.bytes / 1024).max(1))
    } else {
        format!(
            "{}.{} MB",
            file.bytes / (1024 * 1024),
            file.bytes % (1024 * 1024) * 10 / (1024 * 1024)
        )
    };
    FileView {
        link: format!("/evidence/{record}/files/{}", file.position),
        name: file.name.clone(),
        size: format!("{kind}，{size}"),
    }
}

async fn file(desk: Desk, Path((id, position)): Path<(Uuid, i32)>) -> Result<Response> {
    readable(&desk, id).await?;
    let files = store::files(desk.site.db.read(), id).await?;
    let file = files.into_iter().find(|file| file.position == position);
    let file = file.ok_or_else(|| Error::not_found("这个文件"))?;
    let blob = BlobId::parse(&file.blob).ok_or_else(|| Error::Internal("a record names no blob".into()))?;
    Ok(attachment(&file.name, desk.site.blobs.get(&blob).await?.to_vec()))
}

async fn decide(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    let accept = form.text("decision") == "accept";
    match service::decide(&desk.site, desk.actor(), id, accept, form.text("opinion")).await {
        Ok(()) => Ok(desk.go("/evidence")),
        Err(Error::Refused { what, advice }) => {
            let mut issues = Issues::default();
            issues.add("opinion", format!("{what}。{advice}"));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show_page(&desk, id, &issues).await?).into_response())
        }
        Err(other) => Err(other),
    }
}

#[derive(Debug, Deserialize)]
struct Wanted {
    unit: Option<String>,
    part: Option<String>,
    date: Option<String>,
}

async fn upload_form(desk: Desk, Path(key): Path<String>, Query(wanted): Query<Wanted>) -> Result<Response> {
    let (_, task) = tasks::by_key(desk.site.db.read(), &key).await?;
    let field = |value: &Option<String>| value.clone().unwrap_or_default();
    let duty = read_duty(
        task.id,
        &field(&wanted.unit),
        &field(&wanted.part),
        &field(&wanted.date),
    );
    let duty = duty.ok_or_else(from_the_list)?;
    upload_page(&desk, &key, duty, &Submission::default(), &Issues::default()).await
}

fn from_the_list() -> Error {
    Error::refused("网址里缺少单位或报送日期", "请从任务页的“未完成事项”进入")
}

async fn upload_page(desk: &Desk, key: &str, duty: Duty, form: &Submission, issues: &Issues) -> Result<Response> {
    let on = desk.site.db.read();
    let (table, task) = tasks::by_key(on, key).await?;
    let snapshot = Snapshot::of_task(on, table, task.clone()).await?;
    let acting = snapshot
        .register
        .follow(duty.unit, desk.site.clock.today())
        .unwrap_or(duty.unit);
    let longest = Days::new(snapshot.rules.nil_longest_days);
    let last = duty.reporting_on.checked_add_days(longest).unwrap_or(duty.reporting_on);
    let state = duty_state(&snapshot, &duty);
    let page = UploadPage {
        key: key.to_string(),
        no: task.no,
        task_title: task.title.clone(),
        requirement: task.requirement.clone(),
        unit_id: duty.unit.to_string(),
        unit: snapshot.register.short_name(duty.unit),
        part_id: duty.part.id(),
        part: duty.part.name(),
        date: duty.reporting_on.to_string(),
        spoken: spoken_date(duty.reporting_on),
        may_report: desk.actor().may(&REPORT, acting) && state.is_empty(),
        state,
        nil_until: form
            .given("expires")
            .map_or_else(|| duty.reporting_on.to_string(), str::to_string),
        nil_last: last.to_string(),
        form,
        issues,
        token: desk.token(),
    };
    desk.page("evidence", "上传佐证", &page).await
}

/// What stands in the way of reporting for a duty; empty for nothing.
fn duty_state(snapshot: &Snapshot, duty: &Duty) -> String {
    let part = duty.part.id();
    let records = snapshot.records(duty.task).iter();
    let mut own = records.filter(|r| r.unit == duty.unit && r.part == part && r.reporting_on == duty.reporting_on);
    let nil = snapshot
        .nils(duty.task)
        .iter()
        .any(|nil| nil.unit == duty.unit && nil.part == part && nil.covers(duty.reporting_on));
    if let Some(record) = own.find(|record| record.is_open() || record.is_accepted()) {
        return format!("这一期的佐证“{}”{}。", record.title, record.state_words());
    }
    if nil {
        "这一期已经声明“本期无此事项”。".into()
    } else {
        String::new()
    }
}

async fn upload(
    desk: Desk,
    Path(key): Path<String>,
    Extension(reader): Extension<Arc<Confined>>,
    DeskForm(form): DeskForm,
) -> Result<Response> {
    let (_, task) = tasks::by_key(desk.site.db.read(), &key).await?;
    let duty = read_duty(task.id, form.text("unit"), form.text("part"), form.text("date")).ok_or_else(from_the_list)?;
    let mut issues = Issues::default();
    if let Some(new) = read_record(&form, duty, desk.site.clock.today(), &mut issues) {
        match service::submit(&desk.site, desk.actor(), &reader, new).await {
            Ok(id) => return Ok(desk.go(&format!("/evidence/{id}"))),
            Err(Error::Refused { what, advice }) => issues.add("files", format!("{what}。{advice}")),
            Err(other) => return Err(other),
        }
    }
    let page = upload_page(&desk, &key, duty, &form, &issues).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn nil(desk: Desk, Path(key): Path<String>, DeskForm(form): DeskForm) -> Result<Response> {
    let (_, task) = tasks::by_key(desk.site.db.read(), &key).await?;
    let duty = read_duty(task.id, form.text("unit"), form.text("part"), form.text("date")).ok_or_else(from_the_list)?;
    let mut issues = Issues::default();
    let expires = form.required_date("expires", "有效期至", &mut issues);
    let reason = form.required_text("reason", "理由", 500, &mut issues);
    if let (Some(expires), true) = (expires, issues.is_empty()) {
        match service::sign_nil(&desk.site, desk.actor(), duty, &reason, expires).await {
            Ok(_) => return Ok(desk.go(&format!("/tasks/{key}#nils"))),
            Err(Error::Refused { what, advice }) => issues.add("expires", format!("{what}。{advice}")),
            Err(other) => return Err(other),
        }
    }
    let page = upload_page(&desk, &key, duty, &form, &issues).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn check(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    let is_upheld = form.text("finding") == "upheld";
    service::check_nil(&desk.site, desk.actor(), id, is_upheld, form.text("note")).await?;
    let on = desk.site.db.read();
    let nil = store::find_nil(on, id).await?;
    let (table, task) = tasks::with_table(on, nil.task).await?;
    Ok(desk.go(&format!("/tasks/{}#nils", tasks::key(table.year, task.no))))
}
