//! Signing in and out, one-time links, my work, and the accounts.

use std::sync::Arc;

use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use super::client::Client;
use super::factor::{self, Stage};
use super::forms::{NewAccount, read_role};
use super::pages::{AccountList, AccountPage, AccountRow, GrantRow, LinkIssued, Redeem, SignIn, Work, WorkLine};
use super::security::SessionRow;
use super::{Holding, MANAGE, leaving, oidc, passkey, service, session, store};
use crate::capability::{Route, WorkItem};
use crate::clock::{spoken_date, weekday};
use crate::error::{Error, Result};
use crate::form::{Issues, Submission};
use crate::page::parts::Choice;
use crate::page::{BarePage, Markup};
use crate::permission::{Access, Role};
use crate::site::Site;
use crate::unit;
use crate::web::access::SESSION_COOKIE;
use crate::web::display::is_own_path;
use crate::web::{Desk, DeskForm};

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    let manage = Access::Holder(&MANAGE);
    vec![
        Route::desk("GET POST", "/sign-in", Access::Anyone, get(show_sign_in).post(sign_in)),
        Route::desk(
            "GET POST",
            "/links/{token}",
            Access::Anyone,
            get(link_page).post(redeem),
        ),
        Route::desk("POST", "/sign-out", Access::SignedIn, post(sign_out)),
        Route::desk("GET", "/", Access::SignedIn, get(work)),
        Route::desk("GET POST", "/accounts", manage, get(list).post(create)).proved("新增账号"),
        Route::desk("GET", "/accounts/{id}", manage, get(show)),
        Route::desk("POST", "/accounts/{id}/grants", manage, post(grant)).proved("授予角色"),
        Route::desk("POST", "/accounts/{id}/grants/{grant}/revoke", manage, post(revoke)).proved("收回角色"),
        Route::desk("POST", "/accounts/{id}/disable", manage, post(disable)).proved("停用账号"),
        Route::desk("POST", "/accounts/{id}/enable", manage, post(enable)).proved("恢复账号"),
        Route::desk("POST", "/accounts/{id}/link", manage, post(issue_link)).proved("发放登录链接"),
    ]
}

#[derive(Deserialize)]
struct Next {
    next: Option<String>,
}

async fn show_sign_in(State(site): State<Arc<Site>>, Query(next): Query<Next>) -> Result<Response> {
    sign_in_page(&site, &Issues::default(), "", next.next.as_deref().unwrap_or("/"))
}

/// The form with which everybody begins, again with what was typed and what is wrong.
pub(super) fn sign_in_page(site: &Site, issues: &Issues, login: &str, next: &str) -> Result<Response> {
    let page = SignIn {
        issues,
        login,
        next,
        by_passkey: passkey::why_not(&site.profile.desk_url).is_none(),
        provider: site.single_sign_on.as_ref().map(|sso| sso.label()),
        encoded_next: &form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>(),
    };
    let page = bare(site, "登录", &page)?;
    Ok(match issues.is_empty() {
        true => page,
        false => (StatusCode::UNPROCESSABLE_ENTITY, page).into_response(),
    })
}

pub(super) fn bare(site: &Site, title: &str, body: &impl askama::Template) -> Result<Response> {
    let page = BarePage {
        title: title.into(),
        body: Markup::of(body)?,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Html(page.render(site)?)).into_response())
}

async fn sign_in(State(site): State<Arc<Site>>, request: Request) -> Result<Response> {
    let client = Client::of(&request);
    let form = crate::web::read_form(request).await?;
    let (login, next) = (form.text("login"), form.text("next"));
    match service::sign_in(&site, login, form.text("password"), &client.address).await {
        Ok(token) => {
            let next = if is_own_path(next) { next } else { "/" };
            lead_in(&site, &token, &client, next, "password").await
        }
        Err(Error::Refused { what, advice }) => {
            session::failed_from(&site, login, "failed", &client).await?;
            let mut issues = Issues::default();
            issues.add("login", format!("{what}。{advice}"));
            sign_in_page(&site, &issues, login, next)
        }
        Err(other) => Err(other),
    }
}

/// After the right password or the provider's word: to the desk, or first to the second factor.
pub(super) async fn lead_in(site: &Site, token: &str, client: &Client, next: &str, by: &str) -> Result<Response> {
    session::came_from(site, token, client, by).await?;
    let page = match session::half(site, token).await? {
        None => return Ok(enter(token, next)),
        Some((_, Stage::Enrol)) => "/sign-in/enrol",
        Some(_) => "/sign-in/second-factor",
    };
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    Ok(enter(token, &format!("{page}?next={next}")))
}

/// Sets the session cookie and leads on.
pub(super) fn enter(token: &str, next: &str) -> Response {
    ([(header::SET_COOKIE, session_cookie(token))], Redirect::to(next)).into_response()
}

/// The cookie that carries a session.
pub(super) fn session_cookie(token: &str) -> String {
    format!("{SESSION_COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Lax")
}

async fn link_page(State(site): State<Arc<Site>>, Path(token): Path<String>) -> Result<Response> {
    let account = service::link_holder(&site, &token).await?;
    bare(
        &site,
        "首次登录",
        &Redeem {
            issues: &Issues::default(),
            name: &account.name,
            login: &account.login,
        },
    )
}

async fn redeem(State(site): State<Arc<Site>>, Path(token): Path<String>, request: Request) -> Result<Response> {
    let client = Client::of(&request);
    let form = crate::web::read_form(request).await?;
    let account = service::link_holder(&site, &token).await?;
    let mut issues = Issues::default();
    if form.text("password") != form.text("again") {
        issues.add("again", "两次输入的口令不一样，请重新输入");
    } else {
        match service::redeem_link(&site, &token, form.text("password")).await {
            Ok(session) => return lead_in(&site, &session, &client, "/", "password").await,
            Err(Error::Refused { what, advice }) => issues.add("password", format!("{what}。{advice}")),
            Err(other) => return Err(other),
        }
    }
    let page = bare(
        &site,
        "首次登录",
        &Redeem {
            issues: &issues,
            name: &account.name,
            login: &account.login,
        },
    )?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn sign_out(desk: Desk, _form: DeskForm) -> Result<Response> {
    service::sign_out(&desk.site, &desk.session).await?;
    let gone = format!("{SESSION_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    Ok(([(header::SET_COOKIE, gone)], Redirect::to("/sign-in")).into_response())
}

async fn work(desk: Desk) -> Result<Response> {
    let today = desk.site.clock.today();
    let items = desk.site.work_for(desk.actor()).await?;
    let (waiting, due): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| item.waiting);
    let lines = |items: Vec<WorkItem>| {
        items
            .into_iter()
            .map(|item| work_line(item, today, &desk.site))
            .collect()
    };
    let page = Work {
        today: format!("{}（{}）", spoken_date(today), weekday(today)),
        machine_today: today.to_string(),
        due: lines(due),
        waiting: lines(waiting),
    };
    desk.page("work", "我的工作", &page).await
}

fn work_line(item: WorkItem, today: NaiveDate, site: &Site) -> WorkLine {
    // A date out of every calendar's reach has no count; the date itself still stands on the line.
    let days = |from, to| {
        site.calendar
            .working_days_between(from, to)
            .map_or(0, |count| count.days)
    };
    let (class, left) = match item.due_on {
        None => ("", "没有期限".to_string()),
        Some(due) if due < today => ("is-late", format!("逾期 {} 个工作日", days(due, today))),
        Some(due) if due == today => ("is-due", "今天到期".to_string()),
        Some(due) => ("", format!("还剩 {} 个工作日", days(today, due))),
    };
    WorkLine {
        day: item
            .due_on
            .map(|d| d.format("%-m月%-d日").to_string())
            .unwrap_or_default(),
        machine_day: item.due_on.map(|d| d.to_string()).unwrap_or_default(),
        left,
        class,
        title: item.title,
        place: item.place,
        link: item.link,
        verb: item.verb,
    }
}

async fn list(desk: Desk) -> Result<Response> {
    list_page(&desk, &Submission::default(), &Issues::default()).await
}

async fn list_page(desk: &Desk, form: &Submission, issues: &Issues) -> Result<Response> {
    let on = desk.site.db.read();
    let mut rows = Vec::new();
    let grants = store::all_grants(on).await?;
    let units = unit::register(on).await?;
    for account in store::all(on).await? {
        let id = account.id;
        rows.push(row(account, grants.iter().filter(|g| g.account == id), &units));
    }
    let (roles, unit_choices) = choices(form, &units);
    let page = AccountList {
        rows,
        issues,
        login: form.text("login"),
        name: form.text("name"),
        roles: &roles,
        units: &unit_choices,
        token: desk.token(),
    };
    desk.page("accounts", "账号与角色", &page).await
}

fn row<'a>(
    account: store::account::Model,
    grants: impl Iterator<Item = &'a store::grant::Model>,
    units: &[unit::Unit],
) -> AccountRow {
    let unit_name = |id: Option<Uuid>| match id {
        None => "全区".to_string(),
        Some(id) => units
            .iter()
            .find(|u| u.id == id)
            .map(|u| u.short_name.clone())
            .unwrap_or_default(),
    };
    AccountRow {
        id: account.id.to_string(),
        login: account.login,
        name: account.name,
        state: match (account.disabled_at.is_some(), account.password_hash.is_some()) {
            (true, _) => "已停用",
            (false, true) => "正常",
            (false, false) => "待首次登录",
        },
        is_active: account.disabled_at.is_none(),
        grants: grants
            .map(|g| GrantRow {
                id: g.id.to_string(),
                role: Role::of(&g.role).map_or("（已取消的角色）", Role::name),
                unit: unit_name(g.unit),
            })
            .collect(),
    }
}

fn choices(form: &Submission, units: &[unit::Unit]) -> (Vec<Choice>, Vec<Choice>) {
    let roles = Choice::list(Role::ALL.map(|r| (r.id(), r.name())), form.text("role"));
    let active = units.iter().filter(|u| u.ended_on.is_none());
    let units = Choice::list(
        active.map(|u| (u.id.to_string(), u.short_name.clone())),
        form.text("unit"),
    );
    (roles, units)
}

async fn create(desk: Desk, DeskForm(form): DeskForm) -> Result<Response> {
    desk.actor().require_district(&MANAGE)?;
    let mut issues = Issues::default();
    let new = NewAccount::read(&form, &mut issues);
    if !issues.is_empty() {
        return Ok((
            StatusCode::UNPROCESSABLE_ENTITY,
            list_page(&desk, &form, &issues).await?,
        )
            .into_response());
    }
    let Some(role) = new.role else {
        return Err(Error::refused("没有选择角色", "请选择一项"));
    };
    let first = Some(Holding { role, unit: new.unit });
    match service::create(&desk.site, desk.actor(), &new.login, &new.name, first).await {
        Ok(id) => hand_out_link(&desk, id).await,
        Err(Error::Refused { what, advice }) => {
            issues.add("login", format!("{what}。{advice}"));
            Ok((
                StatusCode::UNPROCESSABLE_ENTITY,
                list_page(&desk, &form, &issues).await?,
            )
                .into_response())
        }
        Err(other) => Err(other),
    }
}

async fn show(desk: Desk, Path(id): Path<Uuid>) -> Result<Response> {
    show_page(&desk, id, &Submission::default(), &Issues::default()).await
}

async fn show_page(desk: &Desk, id: Uuid, form: &Submission, issues: &Issues) -> Result<Response> {
    let on = desk.site.db.read();
    let account = store::find(on, id).await?.ok_or_else(|| Error::not_found("这个账号"))?;
    let units = unit::register(on).await?;
    let grants = store::grants(on, id).await?;
    let (roles, unit_choices) = choices(form, &units);
    let title = account.name.clone();
    let sessions = session::standing(&desk.site, id, Some(&desk.session)).await?;
    let page = AccountPage {
        is_own: desk.actor().account == Some(id),
        has_left: !leaving::store::of(on, id).await?.is_empty(),
        has_factor: factor::service::has_factor(on, id).await?,
        sessions: sessions.into_iter().map(SessionRow::from).collect(),
        provider: oidc::linked(&desk.site, id).await?,
        account: row(account, grants.iter(), &units),
        issues,
        roles: &roles,
        units: &unit_choices,
        token: desk.token(),
    };
    desk.page("accounts", title, &page).await
}

async fn grant(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    let mut issues = Issues::default();
    let role = read_role(&form, &mut issues);
    let unit = form.id("unit", "单位", &mut issues);
    if let (Some(role), true) = (role, issues.is_empty()) {
        match service::grant(&desk.site, desk.actor(), id, role, unit).await {
            Ok(()) => return Ok(desk.go(&format!("/accounts/{id}"))),
            Err(Error::Refused { what, advice }) => issues.add("role", format!("{what}。{advice}")),
            Err(other) => return Err(other),
        }
    }
    Ok((
        StatusCode::UNPROCESSABLE_ENTITY,
        show_page(&desk, id, &form, &issues).await?,
    )
        .into_response())
}

async fn revoke(desk: Desk, Path((id, grant)): Path<(Uuid, Uuid)>, _form: DeskForm) -> Result<Response> {
    service::revoke(&desk.site, desk.actor(), id, grant).await?;
    Ok(desk.go(&format!("/accounts/{id}")))
}

async fn disable(desk: Desk, Path(id): Path<Uuid>, _form: DeskForm) -> Result<Response> {
    service::set_enabled(&desk.site, desk.actor(), id, false).await?;
    Ok(desk.go(&format!("/accounts/{id}")))
}

async fn enable(desk: Desk, Path(id): Path<Uuid>, _form: DeskForm) -> Result<Response> {
    service::set_enabled(&desk.site, desk.actor(), id, true).await?;
    Ok(desk.go(&format!("/accounts/{id}")))
}

async fn issue_link(desk: Desk, Path(id): Path<Uuid>, _form: DeskForm) -> Result<Response> {
    desk.actor().require_district(&MANAGE)?;
    hand_out_link(&desk, id).await
}

/// Shows the link once; it stands nowhere else.
async fn hand_out_link(desk: &Desk, id: Uuid) -> Result<Response> {
    let token = service::issue_link(&desk.site, desk.actor(), id).await?;
    let account = store::find(desk.site.db.read(), id)
        .await?
        .ok_or_else(|| Error::not_found("这个账号"))?;
    let url = format!("{}/links/{token}", desk.site.profile.desk_url);
    let page = LinkIssued {
        name: &account.name,
        url: &url,
        back: &format!("/accounts/{id}"),
    };
    desk.page("accounts", "一次性登录链接", &page).await
}
