//! Proving again who one is, and going on where one was.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use uuid::Uuid;

use super::{store, take};
use crate::account::client::Client;
use crate::account::factor::service as factors;
use crate::account::passkey::{self as passkeys, Kind};
use crate::account::routes::session_cookie;
use crate::account::service;
use crate::audit::Deed;
use crate::capability::Route;
use crate::error::{Error, Result};
use crate::form::{Issues, Submission};
use crate::page::parts::{ErrorSummary, TextField};
use crate::permission::Access;
use crate::site::Site;
use crate::web::display::is_own_path;
use crate::web::{Desk, checked_form};

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    vec![
        Route::desk("GET POST", "/prove", Access::SignedIn, get(page).post(prove)),
        Route::desk(
            "GET POST",
            "/prove/{id}",
            Access::SignedIn,
            get(page_for).post(prove_for),
        ),
    ]
}

#[derive(Template)]
#[template(path = "security/prove.html")]
struct Prove<'a> {
    issues: &'a Issues,
    act: &'a str,
    next: &'a str,
    held: &'a str,
    by_code: bool,
    by_passkey: bool,
    token: &'a str,
}

#[derive(Template)]
#[template(path = "security/go_on.html")]
struct GoOn<'a> {
    act: &'a str,
    path: &'a str,
    fields: &'a [(String, String)],
    token: &'a str,
}

#[derive(Deserialize)]
struct Next {
    next: Option<String>,
}

async fn page(desk: Desk, Query(next): Query<Next>) -> Result<Response> {
    let next = next.next.as_deref().unwrap_or("/security");
    ask(&desk, ("", ""), next, &Issues::default()).await
}

async fn page_for(desk: Desk, Path(id): Path<Uuid>) -> Result<Response> {
    let held = held(&desk, id).await?;
    ask(&desk, (&held.act, &id.to_string()), "", &Issues::default()).await
}

/// The waiting form, left where it is.
async fn held(desk: &Desk, id: Uuid) -> Result<store::Model> {
    let account = desk.actor().person()?;
    let found = store::find(desk.site.db.read(), id, account, desk.site.clock.now()).await?;
    found.ok_or_else(super::gone)
}

async fn ask(desk: &Desk, (act, held): (&str, &str), next: &str, issues: &Issues) -> Result<Response> {
    let page = Prove {
        issues,
        act,
        next,
        held,
        by_code: has_factor(desk).await?,
        by_passkey: passkeys::service::can_ask(&desk.site, desk.actor().person()?).await?,
        token: desk.token(),
    };
    let page = desk.page("security", "确认身份", &page).await?;
    Ok(match issues.is_empty() {
        true => page,
        false => (StatusCode::UNPROCESSABLE_ENTITY, page).into_response(),
    })
}

async fn has_factor(desk: &Desk) -> Result<bool> {
    Ok(factors::has_factor(desk.site.db.read(), desk.actor().person()?).await?)
}

/// Proves, and gives the session a new token; the cookie to set, or what is wrong.
async fn proved(desk: &Desk, form: &Submission, client: &Client) -> Result<Result<String, String>> {
    let (account, typed) = (desk.actor().person()?, form.text("proof"));
    let outcome = if let Some(id) = form.given("ceremony") {
        passkeys::service::prove(&desk.site, desk.actor(), Kind::Prove, id, form.text("answer"))
            .await
            .map(|()| factors::Proof::Passkey.id())
    } else if has_factor(desk).await? {
        factors::prove(&desk.site, desk.actor(), typed, &client.address)
            .await
            .map(factors::Proof::id)
    } else {
        service::check_own_password(&desk.site, account, typed, &client.address)
            .await
            .map(|()| "password")
    };
    match outcome {
        Ok(with) => {
            let token = service::renew(&desk.site, &desk.session, |account| {
                Deed::new("account.prove", "account", account).detail(serde_json::json!({ "factor": with }))
            })
            .await?;
            Ok(Ok(session_cookie(&token)))
        }
        Err(Error::Refused { what, advice }) => Ok(Err(format!("{what}。{advice}"))),
        Err(other) => Err(other),
    }
}

async fn prove(State(_): State<Arc<Site>>, desk: Desk, request: Request) -> Result<Response> {
    let client = Client::of(&request);
    let form = checked_form(request).await?;
    let next = form.text("next");
    match proved(&desk, &form, &client).await? {
        Ok(cookie) => {
            let next = if is_own_path(next) { next } else { "/security" };
            Ok(([(header::SET_COOKIE, cookie)], desk.go(next)).into_response())
        }
        Err(sentence) => {
            let mut issues = Issues::default();
            issues.add("proof", sentence);
            ask(&desk, ("", ""), next, &issues).await
        }
    }
}

async fn prove_for(desk: Desk, Path(id): Path<Uuid>, request: Request) -> Result<Response> {
    let client = Client::of(&request);
    let form = checked_form(request).await?;
    let waiting = held(&desk, id).await?;
    match proved(&desk, &form, &client).await? {
        Ok(cookie) => {
            let mut held = take(&desk.site, &desk.session, id).await?;
            held.fields.retain(|(name, _)| name != "token");
            let page = GoOn {
                act: &held.act,
                path: &held.path,
                fields: &held.fields,
                token: desk.token(),
            };
            let page = desk.page("security", "继续刚才的操作", &page).await?;
            Ok(([(header::SET_COOKIE, cookie)], page).into_response())
        }
        Err(sentence) => {
            let mut issues = Issues::default();
            issues.add("proof", sentence);
            ask(&desk, (&waiting.act, &id.to_string()), "", &issues).await
        }
    }
}
