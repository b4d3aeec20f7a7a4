//! Messages on the desk: what went out, templates, returned mail; and everybody's own addresses.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::model::{Channel, State};
use super::pages::{Addresses, List, ReturnedList, Row, Sample, Samples, Show, StrayRow, Way};
use super::store::{self, message};
use super::{MANAGE, address, bounce, health, service};
use crate::account;
use crate::capability::Route;
use crate::clock::spoken_time;
use crate::error::{Error, Result};
use crate::form::{Issues, Submission};
use crate::page::parts::{Choice, Pager};
use crate::permission::Access;
use crate::seal::{Ciphertext, Sealed, context};
use crate::site::Site;
use crate::web::{Desk, DeskForm};

/// Returned mail shown at once; the rest follows when these are cleared.
const STRAYS_SHOWN: u64 = 20;

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    let manage = Access::Holder(&MANAGE);
    let own = Access::SignedIn;
    vec![
        Route::desk("GET", "/messages", manage, get(list)),
        Route::desk("GET", "/messages/templates", manage, get(samples)),
        Route::desk("GET", "/messages/returned", manage, get(returned)),
        Route::desk("POST", "/messages/returned/{id}", manage, post(clear)),
        Route::desk("GET", "/messages/{id}", manage, get(show)),
        Route::desk("POST", "/messages/{id}/retry", manage, post(retry)),
        Route::desk("POST", "/messages/{id}/give-up", manage, post(give_up)),
        Route::desk("GET", "/addresses", own, get(addresses)),
        Route::desk("POST", "/addresses/{channel}", own, post(enter)),
        Route::desk("POST", "/addresses/{channel}/code", own, post(confirm)),
        Route::desk("POST", "/addresses/{channel}/remove", own, post(remove)),
        Route::desk("POST", "/addresses/{channel}/pause", own, post(pause)),
        Route::desk(
            "POST",
            "/accounts/{id}/link/mail",
            Access::Holder(&account::MANAGE),
            post(mail_link),
        )
        .proved("发送一次性登录链接"),
    ]
}

#[derive(Deserialize)]
struct Wish {
    state: Option<String>,
    page: Option<u64>,
}

async fn list(desk: Desk, Query(wish): Query<Wish>) -> Result<Response> {
    let on = desk.site.db.read();
    let state = wish.state.as_deref().and_then(State::of);
    let page = wish.page.unwrap_or(0);
    let (rows, total) = store::list(on, state, page).await?;
    let health = health::health(&desk.site).await?;
    let counts = store::counts(on).await?;
    let chosen = state.map_or("", State::id);
    let body = List {
        rows: rows.into_iter().map(|m| row(&desk.site, m)).collect(),
        states: &Choice::list(State::ALL.map(|s| (s.id(), s.name())), chosen),
        counts: State::ALL
            .into_iter()
            .filter_map(|s| Some((s.name(), counts.iter().find(|(id, _)| id == s.id())?.1)))
            .collect(),
        health: health.sentence(desk.site.clock.now()),
        is_good: health.is_good(),
        strays: health.strays,
        pager: Pager::new(format!("/messages?state={chosen}&"), page, store::PER_PAGE, total),
    };
    desk.page("messages", "发出的消息", &body).await
}

fn row(site: &Site, message: message::Model) -> Row {
    let template = site.messages.templates.find(&message.template);
    Row {
        id: message.id.to_string(),
        at: spoken_time(message.created_at),
        channel: Channel::of(&message.channel).map_or("", Channel::name),
        template: template.map_or(message.template, |t| t.name.to_string()),
        state: State::of(&message.state).map_or("", State::name),
        why: message.why,
        tries: message.tries,
    }
}

async fn show(desk: Desk, Path(id): Path<Uuid>) -> Result<Response> {
    show_page(&desk, id, &Submission::default(), &Issues::default()).await
}

async fn show_page(desk: &Desk, id: Uuid, form: &Submission, issues: &Issues) -> Result<Response> {
    let found = store::find(desk.site.db.read(), id).await?;
    let message = found.ok_or_else(|| Error::not_found("这条消息"))?;
    let time = |at: Option<_>| at.map(spoken_time).unwrap_or_default();
    let state = State::of(&message.state);
    let body = Show {
        to: masked(&desk.site, &message)?,
        first_try: time(message.first_try_at),
        last_try: time(message.last_try_at),
        ended: time(message.ended_at),
        wiped: time(message.wiped_at),
        may_be_double: message.may_be_double,
        is_waiting: state == Some(State::Waiting),
        may_retry: !matches!(state, Some(State::Sent | State::Cancelled)) && message.body.is_some(),
        row: row(&desk.site, message),
        issues,
        form,
        token: desk.token(),
    };
    desk.page("messages", "一条消息", &body).await
}

fn masked(site: &Site, message: &message::Model) -> Result<String> {
    let (Some(sealed), Some(channel)) = (&message.recipient, Channel::of(&message.channel)) else {
        return Ok("（已清除）".into());
    };
    let place = context("message", "recipient", message.id);
    match site.keys.open::<String>(&place, &Ciphertext::parse(sealed)?) {
        Ok(to) => Ok(address::masked(channel, to.expose())),
        // Its key has been destroyed, and the address with it.
        Err(Error::Refused { .. }) => Ok("（密钥已销毁）".into()),
        Err(other) => Err(other),
    }
}

async fn retry(desk: Desk, Path(id): Path<Uuid>, _form: DeskForm) -> Result<Response> {
    service::retry(&desk.site, desk.actor(), id).await?;
    Ok(desk.go(&format!("/messages/{id}")))
}

async fn give_up(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    let mut issues = Issues::default();
    match service::give_up(&desk.site, desk.actor(), id, form.text("reason")).await {
        Ok(()) => return Ok(desk.go(&format!("/messages/{id}"))),
        Err(Error::Refused { what, advice }) => issues.add("reason", format!("{what}。{advice}")),
        Err(other) => return Err(other),
    }
    let page = show_page(&desk, id, &form, &issues).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn samples(desk: Desk) -> Result<Response> {
    let samples = desk.site.messages.templates.samples()?;
    let samples = samples
        .into_iter()
        .map(|(template, channel, is_own, rendered)| Sample {
            id: format!("{}-{}", template.id.replace('.', "-"), channel.id()),
            name: template.name,
            channel: channel.name(),
            file: format!("{}.{}.txt", template.id, channel.id()),
            is_own,
            length: rendered.text.chars().count(),
            subject: rendered.subject,
            text: rendered.text,
            gaps: super::template::names(template),
        })
        .collect();
    desk.page("messages", "消息模板", &Samples { samples }).await
}

async fn returned(desk: Desk) -> Result<Response> {
    returned_page(&desk, &Issues::default()).await
}

async fn returned_page(desk: &Desk, issues: &Issues) -> Result<Response> {
    let rows = bounce::strays(&desk.site, desk.actor(), STRAYS_SHOWN).await?;
    let body = ReturnedList {
        rows: rows
            .into_iter()
            .map(|stray| StrayRow {
                id: stray.id.to_string(),
                at: spoken_time(stray.received_at),
                reason: stray.reason,
                excerpt: stray.excerpt.expose().clone(),
            })
            .collect(),
        issues,
        token: desk.token(),
    };
    desk.page("messages", "待处理的退信", &body).await
}

async fn clear(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    let mut issues = Issues::default();
    match bounce::clear(&desk.site, desk.actor(), id, form.text("note")).await {
        Ok(()) => return Ok(desk.go("/messages/returned")),
        Err(Error::Refused { what, advice }) => issues.add(&format!("note-{id}"), format!("{what}。{advice}")),
        Err(other) => return Err(other),
    }
    let page = returned_page(&desk, &issues).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn addresses(desk: Desk) -> Result<Response> {
    addresses_page(&desk, &Submission::default(), &Issues::default()).await
}

async fn addresses_page(desk: &Desk, form: &Submission, issues: &Issues) -> Result<Response> {
    let own = address::own(&desk.site, desk.actor()).await?;
    let ways = Channel::ALL
        .into_iter()
        .map(|channel| {
            let found = own.iter().find(|(row, _)| row.channel == channel.id());
            way(desk, channel, found, form, issues)
        })
        .collect();
    let body = Addresses {
        ways,
        issues,
        token: desk.token(),
    };
    desk.page("addresses", "邮箱和手机", &body).await
}

fn way<'a>(
    desk: &Desk,
    channel: Channel,
    found: Option<&(address::entity::Model, Sealed<String>)>,
    form: &Submission,
    issues: &'a Issues,
) -> Way<'a> {
    let state = found.map_or("", |(row, _)| row.state.as_str());
    let opened = found.map(|(_, opened)| opened.expose().clone()).unwrap_or_default();
    Way {
        id: channel.id(),
        name: channel.address_name(),
        kind: match channel {
            Channel::Mail => "email",
            Channel::Sms => "tel",
        },
        address: form.given(channel.id()).map_or(opened, str::to_string),
        state: match state {
            address::UNCONFIRMED => "还没有确认",
            address::CONFIRMED => "已确认",
            address::UNUSABLE => "收不到消息，请更换",
            _ => "没有登记",
        },
        is_set: found.is_some(),
        awaits_code: found.is_some_and(|(row, _)| row.code_hash.is_some()),
        is_confirmed: state == address::CONFIRMED,
        is_paused: found.is_some_and(|(row, _)| row.paused),
        notice: match (channel, desk.site.messages.has(channel)) {
            (_, true) => "",
            (Channel::Mail, false) => "本平台还没有配置发信，邮件会等到配置好以后再发出。",
            (Channel::Sms, false) => "本平台还没有配置短信，短信会等到配置好以后再发出。",
        },
        issues,
    }
}

fn channel_of(id: &str) -> Result<Channel> {
    Channel::of(id).ok_or_else(|| Error::not_found("这种通知方式"))
}

async fn refused(desk: &Desk, form: &Submission, issues: &Issues) -> Result<Response> {
    let page = addresses_page(desk, form, issues).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn enter(desk: Desk, Path(channel): Path<String>, DeskForm(form): DeskForm) -> Result<Response> {
    let channel = channel_of(&channel)?;
    let mut issues = Issues::default();
    match address::enter(&desk.site, desk.actor(), channel, form.text(channel.id())).await {
        Ok(()) => return Ok(desk.go("/addresses")),
        Err(Error::Refused { what, advice }) => issues.add(channel.id(), format!("{what}。{advice}")),
        Err(other) => return Err(other),
    }
    refused(&desk, &form, &issues).await
}

async fn confirm(desk: Desk, Path(channel): Path<String>, DeskForm(form): DeskForm) -> Result<Response> {
    let channel = channel_of(&channel)?;
    let field = format!("code-{}", channel.id());
    let sentence = match address::confirm(&desk.site, desk.actor(), channel, form.text(&field)).await? {
        address::Confirmed::Yes => return Ok(desk.go("/addresses")),
        address::Confirmed::Wrong(left) => format!("确认码不对，还可以再试 {left} 次；请核对最新收到的一条"),
        address::Confirmed::Void => "确认码已过期或错了太多次，请点“重新发送确认码”".to_string(),
    };
    let mut issues = Issues::default();
    issues.add(&field, sentence);
    refused(&desk, &form, &issues).await
}

async fn remove(desk: Desk, Path(channel): Path<String>, _form: DeskForm) -> Result<Response> {
    address::remove(&desk.site, desk.actor(), channel_of(&channel)?).await?;
    Ok(desk.go("/addresses"))
}

async fn pause(desk: Desk, Path(channel): Path<String>, DeskForm(form): DeskForm) -> Result<Response> {
    let paused = form.text("paused") == "yes";
    address::pause(&desk.site, desk.actor(), channel_of(&channel)?, paused).await?;
    Ok(desk.go("/addresses"))
}

async fn mail_link(desk: Desk, Path(id): Path<Uuid>, _form: DeskForm) -> Result<Response> {
    service::send_sign_in_link(&desk.site, desk.actor(), id).await?;
    Ok(desk.go(&format!("/accounts/{id}")))
}
