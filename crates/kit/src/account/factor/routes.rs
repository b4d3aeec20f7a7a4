//! Giving the second factor at sign-in, and setting one up before or after it.

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::pages::{Ask, Codes, Enrol};
use super::{Stage, service};
use crate::account::client::Client;
use crate::account::passkey::{self as passkeys, Ceremonial, Kind};
use crate::account::routes::{bare, enter, session_cookie};
use crate::account::service::Session;
use crate::account::session;
use crate::capability::Route;
use crate::error::{Error, Result};
use crate::form::{Issues, Submission};
use crate::permission::Access;
use crate::site::Site;
use crate::web::access::{SESSION_COOKIE, cookie};
use crate::web::display::is_own_path;
use crate::web::{Desk, DeskForm, checked_form, read_form};

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    let (anyone, own) = (Access::Anyone, Access::SignedIn);
    vec![
        Route::desk("GET POST", "/sign-in/second-factor", anyone, get(ask).post(give)),
        Route::desk("POST", "/sign-in/second-factor/passkey", anyone, post(ask_passkey)),
        Route::desk(
            "GET POST",
            "/sign-in/enrol",
            anyone,
            get(enrol_first).post(confirm_first),
        ),
        Route::desk("GET", "/sign-in/enrol/picture.svg", anyone, get(picture_first)),
        Route::desk("GET POST", "/security/second-factor", own, get(enrol).post(confirm)).proved("设置第二因素"),
        Route::desk("GET", "/security/second-factor/picture.svg", own, get(picture)),
        Route::desk("POST", "/security/second-factor/remove", own, post(remove)).proved("取消第二因素"),
        Route::desk("POST", "/security/recovery-codes", own, post(renew)).proved("更换恢复码"),
    ]
}

#[derive(Deserialize)]
struct Next {
    next: Option<String>,
}

impl Next {
    fn path(&self) -> &str {
        self.next.as_deref().filter(|path| is_own_path(path)).unwrap_or("/")
    }
}

/// The session that waits for its second factor at this stage; whoever has none begins at the password.
async fn waiting(site: &Site, headers: &HeaderMap, stage: Stage) -> Result<Option<Session>> {
    let Some(token) = cookie(headers, SESSION_COOKIE) else {
        return Ok(None);
    };
    let found = session::half(site, token).await?;
    Ok(found.filter(|(_, s)| *s == stage).map(|(session, _)| session))
}

fn to_password() -> Response {
    Redirect::to("/sign-in").into_response()
}

/// The form of a waiting session, checked against forgery; none when there is no such session any more.
async fn waiting_form(site: &Site, request: Request, stage: Stage) -> Result<Option<(Session, Client, Submission)>> {
    let Some(session) = waiting(site, request.headers(), stage).await? else {
        return Ok(None);
    };
    let client = Client::of(&request);
    let form = read_form(request).await?;
    if !bool::from(form.text("token").as_bytes().ct_eq(session.form_token.as_bytes())) {
        return Err(Error::Forbidden(
            "登录页面已过期，这次提交没有执行；请回到登录页重新输入口令".into(),
        ));
    }
    Ok(Some((session, client, form)))
}

async fn ask(State(site): State<Arc<Site>>, headers: HeaderMap, Query(next): Query<Next>) -> Result<Response> {
    match waiting(&site, &headers, Stage::Factor).await? {
        Some(session) => ask_page(&site, &session, next.path(), &Issues::default()).await,
        None => Ok(to_password()),
    }
}

async fn ask_page(site: &Site, session: &Session, next: &str, issues: &Issues) -> Result<Response> {
    let (on, account) = (site.db.read(), session.actor.person()?);
    let page = Ask {
        issues,
        by_code: service::has_code(on, account).await?,
        by_passkey: passkeys::service::can_ask(site, account).await?,
        next,
        token: &session.form_token,
    };
    bare(site, "第二步", &page)
}

/// Asks for a passkey; the answer comes to where a code would.
async fn ask_passkey(State(site): State<Arc<Site>>, request: Request) -> Result<Response> {
    let Some((half, _, form)) = waiting_form(&site, request, Stage::Factor).await? else {
        return Ok(to_password());
    };
    let next = Some(form.text("next")).filter(|path| is_own_path(path)).unwrap_or("/");
    let question = match passkeys::service::ask(&site, &half.actor, Kind::Factor).await {
        Ok(question) => question,
        Err(error) => return refused(&site, &half, next, error).await,
    };
    let id = question.id.to_string();
    let page = Ceremonial {
        title: "第二步：通行密钥",
        words: "口令正确。请按浏览器的提示，用指纹、面容或 PIN 核实本人。",
        way: "get",
        options: &question.options,
        action: "/sign-in/second-factor",
        fields: &[("token", &half.form_token), ("next", next), ("ceremony", &id)],
        back: "/sign-in/second-factor",
    };
    bare(&site, "第二步", &page)
}

/// Asks again, with what is wrong.
async fn refused(site: &Site, half: &Session, next: &str, error: Error) -> Result<Response> {
    let page = ask_page(site, half, next, &issue("code", error)?).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn give(State(site): State<Arc<Site>>, request: Request) -> Result<Response> {
    let Some((half, client, form)) = waiting_form(&site, request, Stage::Factor).await? else {
        return Ok(to_password());
    };
    let next = Some(form.text("next")).filter(|path| is_own_path(path)).unwrap_or("/");
    let proved = match form.given("ceremony") {
        Some(id) => passkeys::service::prove(&site, &half.actor, Kind::Factor, id, form.text("answer"))
            .await
            .map(|()| service::Proof::Passkey),
        None => service::prove(&site, &half.actor, form.text("code"), &client.address).await,
    };
    match proved {
        Ok(with) => {
            let token = service::open(&site, &half, Some(with)).await?;
            session::came_from(&site, &token, &client, "password").await?;
            Ok(enter(&token, next))
        }
        Err(error) => refused(&site, &half, next, error).await,
    }
}

/// A refusal as what is wrong with a field; anything else stays an error.
pub(in crate::account) fn issue(field: &str, error: Error) -> Result<Issues> {
    match error {
        Error::Refused { what, advice } => {
            let mut issues = Issues::default();
            issues.add(field, format!("{what}。{advice}"));
            Ok(issues)
        }
        other => Err(other),
    }
}

async fn enrol_first(State(site): State<Arc<Site>>, headers: HeaderMap, Query(next): Query<Next>) -> Result<Response> {
    match waiting(&site, &headers, Stage::Enrol).await? {
        Some(half) => enrol_page(&site, &half, next.path(), &Issues::default()).await,
        None => Ok(to_password()),
    }
}

async fn enrol_page(site: &Site, half: &Session, next: &str, issues: &Issues) -> Result<Response> {
    let pending = service::begin(site, &half.actor).await?;
    let page = Enrol {
        issues,
        is_required: true,
        picture: "/sign-in/enrol/picture.svg",
        secret: &pending.grouped(),
        next,
        token: &half.form_token,
    };
    bare(site, "设置动态口令", &page)
}

async fn confirm_first(State(site): State<Arc<Site>>, request: Request) -> Result<Response> {
    let Some((half, client, form)) = waiting_form(&site, request, Stage::Enrol).await? else {
        return Ok(to_password());
    };
    let next = Some(form.text("next")).filter(|path| is_own_path(path)).unwrap_or("/");
    match service::confirm(&site, &half.actor, form.text("code"), &client.address).await {
        Ok(codes) => {
            let token = service::open(&site, &half, Some(service::Proof::Code)).await?;
            session::came_from(&site, &token, &client, "password").await?;
            let page = bare(&site, "恢复码", &Codes { codes: &codes, next })?;
            Ok(([(header::SET_COOKIE, session_cookie(&token))], page).into_response())
        }
        Err(error) => {
            let page = enrol_page(&site, &half, next, &issue("code", error)?).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn picture_first(State(site): State<Arc<Site>>, headers: HeaderMap) -> Result<Response> {
    let half = waiting(&site, &headers, Stage::Enrol)
        .await?
        .ok_or(Error::SignInFirst)?;
    svg(&site, &service::begin(&site, &half.actor).await?)
}

fn svg(site: &Site, pending: &service::Pending) -> Result<Response> {
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, pending.picture(site)?).into_response())
}

async fn enrol(desk: Desk) -> Result<Response> {
    own_enrol_page(&desk, &Issues::default()).await
}

async fn own_enrol_page(desk: &Desk, issues: &Issues) -> Result<Response> {
    let pending = service::begin(&desk.site, desk.actor()).await?;
    let page = Enrol {
        issues,
        is_required: false,
        picture: "/security/second-factor/picture.svg",
        secret: &pending.grouped(),
        next: "/security",
        token: desk.token(),
    };
    desk.page("security", "设置动态口令", &page).await
}

async fn confirm(desk: Desk, request: Request) -> Result<Response> {
    let client = Client::of(&request);
    let form = checked_form(request).await?;
    match service::confirm(&desk.site, desk.actor(), form.text("code"), &client.address).await {
        Ok(codes) => codes_page(&desk, &codes).await,
        Err(error) => {
            let page = own_enrol_page(&desk, &issue("code", error)?).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn codes_page(desk: &Desk, codes: &[String]) -> Result<Response> {
    let next = "/security";
    desk.page("security", "恢复码", &Codes { codes, next }).await
}

async fn picture(desk: Desk) -> Result<Response> {
    svg(&desk.site, &service::begin(&desk.site, desk.actor()).await?)
}

async fn remove(desk: Desk, _form: DeskForm) -> Result<Response> {
    service::remove_own(&desk.site, desk.actor()).await?;
    Ok(desk.go("/security"))
}

async fn renew(desk: Desk, _form: DeskForm) -> Result<Response> {
    let codes = service::renew_codes(&desk.site, desk.actor()).await?;
    codes_page(&desk, &codes).await
}
