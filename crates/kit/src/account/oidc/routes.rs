//! To the provider and back, and the links of accounts.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::pages::{Go, Linked};
use super::service::{self, Came, PENDING_MINUTES, Return, Start};
use super::store;
use crate::account::client::Client;
use crate::account::routes::{lead_in, sign_in_page};
use crate::account::service::Session;
use crate::account::{MANAGE, secrets};
use crate::capability::Route;
use crate::clock::spoken_time;
use crate::error::{Error, Result};
use crate::form::Issues;
use crate::permission::Access;
use crate::site::Site;
use crate::web::access::cookie;
use crate::web::display::is_own_path;
use crate::web::{Desk, DeskForm, checked_form};

/// The cookie that binds a way to the provider to one browser.
const BROWSER_COOKIE: &str = "__Host-gongkai-oidc";
/// The longest code taken from a provider.
const LONGEST_CODE: usize = 4096;

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    let (anyone, own, manage) = (Access::Anyone, Access::SignedIn, Access::Holder(&MANAGE));
    vec![
        Route::desk("GET", "/sign-in/oidc", anyone, get(start)),
        Route::desk("GET", "/sign-in/oidc/return", anyone, get(come_back)),
        Route::desk("POST", "/security/oidc", own, post(start_link)).proved("绑定统一身份"),
        Route::desk("POST", "/security/oidc/remove", own, post(unlink_own)).proved("解除统一身份绑定"),
        Route::desk("POST", "/accounts/{id}/oidc", manage, post(link)).proved("绑定统一身份"),
        Route::desk("POST", "/accounts/{id}/oidc/remove", manage, post(unlink)).proved("解除统一身份绑定"),
    ]
}

/// What the page of an account says of its link; none where there is no provider.
pub(in crate::account) async fn linked(site: &Site, account: Uuid) -> Result<Option<Linked>> {
    let Some(sso) = &site.single_sign_on else {
        return Ok(None);
    };
    let link = store::of(site.db.read(), account, &sso.settings.issuer).await?;
    Ok(Some(Linked {
        label: sso.label().to_string(),
        link: link.map(|link| (link.subject, spoken_time(link.linked_at))),
    }))
}

#[derive(Deserialize)]
struct Next {
    next: Option<String>,
}

/// The browser's own secret: the one it has, so that two tabs do not take it from each other, or a fresh one.
fn browser_of(headers: &HeaderMap) -> Result<String> {
    let is_one = |value: &&str| value.len() == 64 && value.bytes().all(|b| b.is_ascii_hexdigit());
    match cookie(headers, BROWSER_COOKIE).filter(is_one) {
        Some(kept) => Ok(kept.to_string()),
        None => secrets::fresh_token(),
    }
}

fn browser_cookie(value: &str, seconds: i64) -> String {
    format!("{BROWSER_COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}")
}

async fn start(State(site): State<Arc<Site>>, Query(next): Query<Next>, request: Request) -> Result<Response> {
    service::configured(&site)?;
    let (client, browser) = (Client::of(&request), browser_of(request.headers())?);
    let is_good = |path: &&str| is_own_path(path) && !path.contains(char::is_control);
    let next = next.next.as_deref().filter(is_good).unwrap_or("/");
    let start = Start {
        browser: &browser,
        address: &client.address,
        next,
        account: None,
    };
    match service::begin(&site, &start).await {
        Ok(address) => {
            let cookie = browser_cookie(&browser, PENDING_MINUTES * 60);
            let headers = [(header::SET_COOKIE, cookie), (header::CACHE_CONTROL, "no-store".into())];
            Ok((headers, Redirect::to(&address)).into_response())
        }
        Err(error) => refused(&site, error, next),
    }
}

/// A refusal on the page for signing in, where the password still works.
fn refused(site: &Site, error: Error, next: &str) -> Result<Response> {
    let Error::Refused { what, advice } = error else {
        return Err(error);
    };
    let mut issues = Issues::default();
    issues.add("login", format!("{what}。{advice}"));
    sign_in_page(site, &issues, "", next)
}

/// The words the provider sent along; the first of each name counts.
fn words_of(request: &Request) -> Return {
    let mut back = Return::default();
    for (name, value) in form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()) {
        if value.len() > LONGEST_CODE {
            continue;
        }
        match name.as_ref() {
            "state" if back.state.is_empty() => back.state = value.into_owned(),
            "code" if back.code.is_empty() => back.code = value.into_owned(),
            "error" if back.error.is_empty() => back.error = value.into_owned(),
            "iss" if back.iss.is_none() => back.iss = Some(value.into_owned()),
            _ => {}
        }
    }
    back
}

async fn come_back(
    State(site): State<Arc<Site>>,
    own: Option<Extension<Session>>,
    request: Request,
) -> Result<Response> {
    let client = Client::of(&request);
    let browser = cookie(request.headers(), BROWSER_COOKIE);
    let own = own.as_ref().map(|Extension(session)| session);
    match service::finish(&site, words_of(&request), browser, own).await {
        Ok(Came::In { token, next }) => {
            let mut response = lead_in(&site, &token, &client, &next, "oidc").await?;
            if let Ok(gone) = HeaderValue::from_str(&browser_cookie("", 0)) {
                response.headers_mut().append(header::SET_COOKIE, gone);
            }
            Ok(response)
        }
        Ok(Came::Linked) => Ok(Redirect::to("/security").into_response()),
        // Whoever is signed in already is told on a page of the desk.
        Err(error) if own.is_some() => Err(error),
        Err(error) => refused(&site, error, "/"),
    }
}

async fn start_link(desk: Desk, request: Request) -> Result<Response> {
    let sso = service::configured(&desk.site)?;
    let (client, browser) = (Client::of(&request), browser_of(request.headers())?);
    checked_form(request).await?;
    let start = Start {
        browser: &browser,
        address: &client.address,
        next: "/security",
        account: Some(desk.actor().person()?),
    };
    let address = service::begin(&desk.site, &start).await?;
    let page = Go {
        label: sso.label(),
        address: &address,
    };
    let page = desk.page("security", "绑定统一身份", &page).await?;
    let cookie = browser_cookie(&browser, PENDING_MINUTES * 60);
    Ok(([(header::SET_COOKIE, cookie)], page).into_response())
}

async fn unlink_own(desk: Desk, _form: DeskForm) -> Result<Response> {
    service::unlink(&desk.site, desk.actor(), desk.actor().person()?).await?;
    Ok(desk.go("/security"))
}

async fn link(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    service::link_subject(&desk.site, desk.actor(), id, form.text("subject")).await?;
    Ok(desk.go(&format!("/accounts/{id}")))
}

async fn unlink(desk: Desk, Path(id): Path<Uuid>, _form: DeskForm) -> Result<Response> {
    service::unlink(&desk.site, desk.actor(), id).await?;
    Ok(desk.go(&format!("/accounts/{id}")))
}
