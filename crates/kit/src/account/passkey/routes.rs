//! Enrolling and removing passkeys, and asking for one at sign-in and before dangerous acts. Every step is a form: what the
//! browser's script adds is one hidden field.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use uuid::Uuid;

use super::ceremony::Question;
use super::model::Kind;
use super::pages::Ceremonial;
use super::service;
use crate::account::client::Client;
use crate::account::factor::pages::Codes;
use crate::account::factor::routes::issue;
use crate::account::routes::{bare, enter, sign_in_page};
use crate::account::{security, session};
use crate::capability::Route;
use crate::error::{Error, Result};
use crate::form::Submission;
use crate::permission::Access;
use crate::site::Site;
use crate::web::display::is_own_path;
use crate::web::{Desk, DeskForm, read_form};

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    let own = Access::SignedIn;
    vec![
        Route::desk("POST", "/sign-in/passkey", Access::Anyone, post(sign_in)),
        Route::desk("POST", "/security/passkeys", own, post(begin)).proved("登记通行密钥"),
        Route::desk("POST", "/security/passkeys/finish", own, post(finish)),
        Route::desk("POST", "/security/passkeys/{id}/remove", own, post(remove)).proved("移除通行密钥"),
        Route::desk("POST", "/prove/passkey", own, post(prove)),
    ]
}

/// Without an answer yet: asks. With one: signs in.
async fn sign_in(State(site): State<Arc<Site>>, request: Request) -> Result<Response> {
    let client = Client::of(&request);
    let form = read_form(request).await?;
    let (login, next) = (form.text("login"), own_path(&form, "/"));
    if login.is_empty() {
        let error = Error::refused("没有填写登录名", "请先填写登录名，再用通行密钥");
        return sign_in_page(&site, &issue("login", error)?, login, next);
    }
    let refused = match form.given("ceremony") {
        None => match service::ask_name(&site, login, &client.address).await {
            Ok(question) => return ask_page(&site, &question, login, next),
            Err(error) => error,
        },
        Some(id) => match service::sign_in(&site, id, form.text("answer"), &client.address).await {
            Ok(token) => {
                session::came_from(&site, &token, &client, "passkey").await?;
                return Ok(enter(&token, next));
            }
            Err(error) => {
                if matches!(error, Error::Refused { .. }) {
                    session::failed_from(&site, login, "passkey", &client).await?;
                }
                error
            }
        },
    };
    sign_in_page(&site, &issue("login", refused)?, login, next)
}

fn own_path<'a>(form: &'a Submission, otherwise: &'a str) -> &'a str {
    Some(form.text("next"))
        .filter(|path| is_own_path(path))
        .unwrap_or(otherwise)
}

fn ask_page(site: &Site, question: &Question, login: &str, next: &str) -> Result<Response> {
    let id = question.id.to_string();
    let next_there: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let page = Ceremonial {
        title: "使用通行密钥",
        words: "请按浏览器的提示，用指纹、面容或 PIN 核实本人。",
        way: "get",
        options: &question.options,
        action: "/sign-in/passkey",
        fields: &[("login", login), ("next", next), ("ceremony", &id)],
        back: &format!("/sign-in?next={next_there}"),
    };
    bare(site, "使用通行密钥", &page)
}

async fn begin(desk: Desk, DeskForm(form): DeskForm) -> Result<Response> {
    let question = match service::begin_enrolment(&desk.site, desk.actor(), form.text("name")).await {
        Ok(question) => question,
        Err(error) => return again(&desk, error, form.text("name")).await,
    };
    let id = question.id.to_string();
    let page = Ceremonial {
        title: "登记通行密钥",
        words: "请按浏览器的提示，选择存放的设备，并用指纹、面容或 PIN 核实本人。",
        way: "create",
        options: &question.options,
        action: "/security/passkeys/finish",
        fields: &[("token", desk.token()), ("ceremony", &id)],
        back: "/security",
    };
    desk.page("security", "登记通行密钥", &page).await
}

/// The page on sign-in and security again, with what is wrong.
async fn again(desk: &Desk, error: Error, name: &str) -> Result<Response> {
    let page = security::page(desk, &issue("name", error)?, name).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn finish(desk: Desk, DeskForm(form): DeskForm) -> Result<Response> {
    let (id, answer) = (form.text("ceremony"), form.text("answer"));
    match service::finish_enrolment(&desk.site, desk.actor(), id, answer).await {
        Ok(None) => Ok(desk.go("/security")),
        Ok(Some(codes)) => {
            let next = "/security";
            desk.page("security", "恢复码", &Codes { codes: &codes, next }).await
        }
        Err(error) => again(&desk, error, "").await,
    }
}

async fn remove(desk: Desk, Path(id): Path<Uuid>, _form: DeskForm) -> Result<Response> {
    match service::remove(&desk.site, desk.actor(), id).await {
        Ok(()) => Ok(desk.go("/security")),
        Err(error) => again(&desk, error, "").await,
    }
}

/// Asks before a dangerous act; the answer goes where a code would.
async fn prove(desk: Desk, DeskForm(form): DeskForm) -> Result<Response> {
    let question = service::ask(&desk.site, desk.actor(), Kind::Prove).await?;
    let (id, next) = (question.id.to_string(), own_path(&form, "/security"));
    let action = match form.given("held").and_then(|held| Uuid::parse_str(held).ok()) {
        Some(held) => format!("/prove/{held}"),
        None => "/prove".into(),
    };
    let page = Ceremonial {
        title: "确认身份",
        words: "请按浏览器的提示，用指纹、面容或 PIN 核实本人。",
        way: "get",
        options: &question.options,
        action: &action,
        fields: &[("token", desk.token()), ("next", next), ("ceremony", &id)],
        back: &action,
    };
    desk.page("security", "确认身份", &page).await
}
