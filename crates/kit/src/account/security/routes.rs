//! One's own sessions, password and sign-ins; and for the security administrator, ending sessions and resetting factors.

use axum::extract::{Path, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use uuid::Uuid;

use super::pages::{Security, SessionRow, TrailRow};
use crate::account::client::Client;
use crate::account::factor::{service as factors, store as factor_store};
use crate::account::passkey::{self, PasskeyRow};
use crate::account::routes::session_cookie;
use crate::account::session::{self, Which};
use crate::account::{MANAGE, oidc, service, store};
use crate::capability::Route;
use crate::clock::spoken_time;
use crate::error::{Error, Result};
use crate::form::Issues;
use crate::permission::Access;
use crate::web::{Desk, DeskForm, checked_form};

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    let (own, manage) = (Access::SignedIn, Access::Holder(&MANAGE));
    vec![
        Route::desk("GET", "/security", own, get(show)),
        Route::desk("POST", "/security/password", own, post(change_password)),
        Route::desk("POST", "/security/sessions/{key}/end", own, post(end_one)),
        Route::desk("POST", "/security/sessions/end-others", own, post(end_others)),
        Route::desk("POST", "/accounts/{id}/sessions/end", manage, post(end_all_of)).proved("结束账号的会话"),
        Route::desk("POST", "/accounts/{id}/second-factor/reset", manage, post(reset)).proved("重置第二因素"),
    ]
}

async fn show(desk: Desk) -> Result<Response> {
    page(&desk, &Issues::default(), "").await
}

/// The page on one's own sign-in and security, with what is wrong in one of its forms.
pub(in crate::account) async fn page(desk: &Desk, issues: &Issues, name: &str) -> Result<Response> {
    let (on, account) = (desk.site.db.read(), desk.actor().person()?);
    let factor = factor_store::of(on, account).await?;
    let sessions = session::standing(&desk.site, account, Some(&desk.session)).await?;
    let page = Security {
        sessions: sessions.into_iter().map(SessionRow::from).collect(),
        factor_since: factor.and_then(|f| f.confirmed_at).map(spoken_time),
        is_required: factors::is_required(&desk.site, account).await?,
        codes_left: factor_store::codes_left(on, account).await?,
        passkeys: passkey::service::held(&desk.site, account)
            .await?
            .into_iter()
            .map(PasskeyRow::from)
            .collect(),
        no_passkeys: passkey::why_not(&desk.site.profile.desk_url),
        name,
        trail: store::trail(on, account).await?.into_iter().map(trail_row).collect(),
        provider: oidc::linked(&desk.site, account).await?,
        issues,
        token: desk.token(),
    };
    desk.page("security", "登录与安全", &page).await
}

fn trail_row(row: store::trail::Model) -> TrailRow {
    let (outcome, is_bad) = match row.outcome.as_str() {
        "in" => ("登录成功", false),
        "password" => ("口令正确，等待第二步", false),
        "passkey" => ("通行密钥没有通过，没有登录", true),
        "oidc" => ("统一身份认证通过，等待第二步", false),
        _ => ("口令不对，没有登录", true),
    };
    TrailRow {
        at: spoken_time(row.at),
        outcome,
        is_bad,
        browser: row.browser,
        network: row.network,
    }
}

async fn change_password(desk: Desk, request: Request) -> Result<Response> {
    let client = Client::of(&request);
    let form = checked_form(request).await?;
    let mut issues = Issues::default();
    if form.text("password") != form.text("again") {
        issues.add("again", "两次输入的新口令不一样，请重新输入");
    } else {
        let (old, new) = (form.text("old"), form.text("password"));
        match service::change_password(&desk.site, &desk.session, old, new, &client.address).await {
            Ok(token) => {
                let cookie = [(header::SET_COOKIE, session_cookie(&token))];
                return Ok((cookie, desk.go("/security")).into_response());
            }
            Err(service::NotChanged::Old(sentence)) => issues.add("old", sentence),
            Err(service::NotChanged::New(sentence)) => issues.add("password", sentence),
            Err(service::NotChanged::Failed(error)) => return Err(error),
        }
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&desk, &issues, "").await?).into_response())
}

async fn end_one(desk: Desk, Path(key): Path<String>, _form: DeskForm) -> Result<Response> {
    let account = desk.actor().person()?;
    session::end(&desk.site, desk.actor(), account, Which::Key(&key)).await?;
    Ok(desk.go("/security"))
}

async fn end_others(desk: Desk, _form: DeskForm) -> Result<Response> {
    let account = desk.actor().person()?;
    session::end(&desk.site, desk.actor(), account, Which::Others(&desk.session)).await?;
    Ok(desk.go("/security"))
}

async fn end_all_of(desk: Desk, Path(id): Path<Uuid>, _form: DeskForm) -> Result<Response> {
    store::find(desk.site.db.read(), id)
        .await?
        .ok_or_else(|| Error::not_found("这个账号"))?;
    session::end(&desk.site, desk.actor(), id, Which::All).await?;
    Ok(desk.go(&format!("/accounts/{id}")))
}

async fn reset(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    factors::reset(&desk.site, desk.actor(), id, form.text("reason")).await?;
    Ok(desk.go(&format!("/accounts/{id}")))
}
