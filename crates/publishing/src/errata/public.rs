//! The public side: reporting an error, and looking up what became of it.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::Query;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kit::capability::Route;
use kit::clock::{civil_date, spoken_date};
use kit::form::{Issues, Submission};
use kit::guard::{self, GuardFields, Origin, Ticket, Verdict};
use kit::page::parts::Choice;
use kit::page::{Markup, PublicPage};
use kit::web::{Public, PublicForm, Sender};
use kit::{Error, Result};
use serde::Deserialize;
use statute::portal::ERRATA_ANSWER;

use super::forms::{NewReport, own_page};
use super::model::{Kind, Outcome};
use super::pages::{AskPage, NewPage, ReceiptPage, StatusPage};
use super::{GATE, service};
use crate::Publishing;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::public_form("/errata/new", get(form).post(send)),
        Route::public_form("/errata/status", get(ask).post(look_up)),
    ]
}

#[derive(Deserialize)]
struct On {
    page: Option<String>,
}

async fn form(
    public: Public,
    Extension(publishing): Extension<Arc<Publishing>>,
    sender: Sender,
    Query(on): Query<On>,
) -> Result<Response> {
    let ticket = GATE.open(&public.site, &Origin::from(sender)).await?;
    let page = on.page.unwrap_or_default();
    let page = own_page(&page, &public.site.profile.public_url).unwrap_or_else(|| "/".into());
    let form = Submission::of([("page", page)]);
    new_page(&public, &publishing, &form, &Issues::default(), &ticket, StatusCode::OK)
}

fn new_page(
    public: &Public,
    publishing: &Publishing,
    form: &Submission,
    issues: &Issues,
    ticket: &Ticket,
    status: StatusCode,
) -> Result<Response> {
    let today = public.site.clock.today();
    let kinds = Choice::list(Kind::ALL.map(|k| (k.id(), k.name())), form.text("kind"));
    let body = NewPage {
        form,
        page: form.text("page"),
        issues,
        kinds: &kinds,
        guard: GuardFields::of(&public.site, ticket),
        days: publishing
            .parameters
            .limit_on(ERRATA_ANSWER, today)
            .map_or(0, |l| l.days),
    };
    let page = public.page(&plain("网站找错", "/errata/new", &body)?)?;
    Ok((status, guard::policy(page, ticket)).into_response())
}

async fn send(
    public: Public,
    Extension(publishing): Extension<Arc<Publishing>>,
    sender: Sender,
    PublicForm(form): PublicForm,
) -> Result<Response> {
    let (site, origin) = (&public.site, Origin::from(sender));
    let mut issues = Issues::default();
    let Some(new) = NewReport::read(&form, &site.profile.public_url, &mut issues) else {
        // A form with something wrong in it is not counted.
        let ticket = GATE.reopen(site, &origin, &form).await?;
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return new_page(&public, &publishing, &form, &issues, &ticket, status);
    };
    match GATE.admit(site, &origin, &form).await? {
        Verdict::Pass(pass) => {
            let receipt = service::report(site, &publishing.parameters, &new, &pass).await?;
            let body = ReceiptPage {
                number: receipt.number,
                code: receipt.code,
                answer_by: receipt.answer_by.map(spoken_date),
            };
            Ok(unkept(public.page(&plain("已收到", "/errata/new", &body)?)?))
        }
        Verdict::Again(again) => {
            issues.add("words", again.sentence);
            let status = match again.retry_after {
                Some(_) => StatusCode::TOO_MANY_REQUESTS,
                None => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let mut page = new_page(&public, &publishing, &form, &issues, &again.ticket, status)?;
            if let Some(wait) = again.retry_after {
                page.headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs()));
            }
            Ok(page)
        }
    }
}

async fn ask(public: Public) -> Result<Response> {
    ask_page(&public, "", &Issues::default(), StatusCode::OK)
}

fn ask_page(public: &Public, number: &str, issues: &Issues, status: StatusCode) -> Result<Response> {
    let body = AskPage { number, issues };
    let page = public.page(&plain("查询找错办理情况", "/errata/status", &body)?)?;
    Ok((status, unkept(page)).into_response())
}

async fn look_up(
    public: Public,
    Extension(publishing): Extension<Arc<Publishing>>,
    sender: Sender,
    PublicForm(form): PublicForm,
) -> Result<Response> {
    let (number, code) = (form.text("number"), form.text("code"));
    let mut issues = Issues::default();
    match service::look_up(&public.site, &Origin::from(sender), number, code).await {
        Ok(Some(report)) => return status_page(&public, &publishing, report).await,
        Ok(None) => issues.add(
            "number",
            "编号或查询码不对。请对照提交时页面上显示的编号和查询码重新填写",
        ),
        Err(Error::TooMany(wait)) => {
            issues.add("number", format!("查询码输错的次数太多，请过 {wait} 秒再查"));
            let mut page = ask_page(&public, number, &issues, StatusCode::TOO_MANY_REQUESTS)?;
            page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
            return Ok(page);
        }
        Err(other) => return Err(other),
    }
    ask_page(&public, number, &issues, StatusCode::UNPROCESSABLE_ENTITY)
}

async fn status_page(public: &Public, publishing: &Publishing, found: service::Report) -> Result<Response> {
    let site = &public.site;
    let received = civil_date(found.report.received_at);
    let answer = found
        .last_words()
        .map(|step| (spoken_date(civil_date(step.at)), step.words.clone()));
    let unit = match found.report.unit {
        Some(id) => kit::unit::find(site.db.read(), id).await?.map(|u| u.short_name),
        None => None,
    };
    let (state, class) = state_words(found.report.settled_as.as_deref());
    let deadline = service::deadline(site, &publishing.parameters, received);
    let body = StatusPage {
        number: found.report.number,
        page: found.report.page,
        kind: Kind::of(&found.report.kind).map_or("", Kind::name),
        words: found.report.words,
        received: spoken_date(received),
        unit: unit.unwrap_or_else(|| site.profile.sponsor.clone()),
        state,
        class,
        answer_by: deadline.filter(|_| answer.is_none()).map(|d| spoken_date(d.answer_by)),
        answer,
    };
    Ok(unkept(public.page(&plain("找错办理情况", "/errata/status", &body)?)?))
}

/// The words for how a report stands, and the look of their tag.
pub(super) fn state_words(settled_as: Option<&str>) -> (&'static str, &'static str) {
    match settled_as.and_then(Outcome::of) {
        None => ("办理中", "tag--info"),
        Some(outcome @ Outcome::Answered) => (outcome.name(), "tag--ok"),
        Some(outcome @ Outcome::Closed) => (outcome.name(), "tag--off"),
    }
}

/// What concerns one person only is not kept on the way.
fn unkept(mut page: Response) -> Response {
    page.headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    page
}

fn plain(title: &str, path: &str, body: &impl Template) -> Result<PublicPage> {
    Ok(PublicPage {
        title: title.into(),
        nav: "",
        labels: vec![
            ("ColumnName", "网站找错".to_string()),
            ("ColumnDescription", "报告本站网页上的差错，查询办理情况".to_string()),
            ("ColumnKeywords", "网站找错,网民留言".to_string()),
            ("ColumnType", "互动交流".to_string()),
        ],
        path: path.into(),
        query: String::new(),
        body: Markup::of(body)?,
    })
}
