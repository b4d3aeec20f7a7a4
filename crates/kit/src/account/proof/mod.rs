//! A fresh proof before dangerous acts (重新确认身份).
//!
//! A route says in the table of routes that it needs one ([`crate::capability::Route::proved`]); no handler can forget it. Whoever
//! proved who they are longer ago than the setting allows is asked again, and the form they sent waits meanwhile: sealed,
//! a quarter of an hour, good once. Files do not wait.

mod routes;
mod store;

pub use routes::routes;

use axum::extract::Request;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::Duration;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::service::Session;
use crate::error::{Error, Result};
use crate::seal::{Ciphertext, Purpose, Sealed, SealedColumn, context};
use crate::site::Site;

/// What a waiting form says.
pub(crate) const FIELDS: SealedColumn = SealedColumn {
    table: "held_form",
    column: "fields",
    purpose: Purpose::Session,
    blind: None,
};

/// The largest form that waits.
const LARGEST_HELD: usize = 256 * 1024;
/// How long it waits.
const HELD_MINUTES: i64 = 15;

/// Whether this session's holder proved lately who they are.
pub(crate) fn is_fresh(site: &Site, session: &Session) -> bool {
    let youngest = site.clock.now() - Duration::minutes(site.sign_in.proof_minutes);
    session.proved_at.is_some_and(|at| at >= youngest)
}

/// Keeps a form back and leads to the proof.
///
/// # Errors
/// When the form carries files, is too large, or was not made by a page of ours.
pub(crate) async fn hold_back(site: &Site, session: &Session, act: &'static str, request: Request) -> Result<Response> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("multipart/")) {
        return Err(Error::refused(
            format!("“{act}”要先确认身份；带文件的表单不能代为保存，这次没有执行"),
            "请先到“登录与安全”点“确认身份”，再回来重新选择文件提交",
        ));
    }
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_string();
    let body = axum::body::to_bytes(request.into_body(), LARGEST_HELD)
        .await
        .map_err(|_| too_large(act))?;
    let fields: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let sent = fields
        .iter()
        .find(|(name, _)| name == "token")
        .map_or("", |(_, v)| v.as_str());
    if !bool::from(sent.as_bytes().ct_eq(session.form_token.as_bytes())) {
        return Err(Error::Forbidden(
            "页面已过期（可能在别处重新登录过），这次提交没有执行；请返回上一页刷新后再提交，已填的内容仍在".into(),
        ));
    }
    let id = hold(site, session, act, &path, fields).await?;
    Ok(Redirect::to(&format!("/prove/{id}")).into_response())
}

fn too_large(act: &str) -> Error {
    Error::refused(
        format!("“{act}”要先确认身份；这份表单太长，不能代为保存，这次没有执行"),
        "请先复制已填的内容，到“登录与安全”点“确认身份”，再回来提交",
    )
}

async fn hold(site: &Site, session: &Session, act: &str, path: &str, fields: Vec<(String, String)>) -> Result<Uuid> {
    let (id, account) = (Uuid::now_v7(), session.actor.person()?);
    let written = serde_json::to_string(&fields).map_err(|_| Error::Internal("a form cannot be written".into()))?;
    let sealed = &site.keys.seal(FIELDS.purpose, &place(id), &Sealed::new(written))?;
    site.write(&session.actor, |tx| async move {
        store::insert(&tx, (id, account), (act, path), sealed, Duration::minutes(HELD_MINUTES)).await?;
        // Nothing has been done yet.
        tx.housekeeping();
        Ok::<_, Error>(())
    })
    .await?;
    Ok(id)
}

fn place(id: Uuid) -> String {
    context(FIELDS.table, FIELDS.column, id)
}

/// A form that waited.
#[derive(Debug)]
struct Held {
    act: String,
    path: String,
    fields: Vec<(String, String)>,
}

/// Takes a waiting form of this account, once.
async fn take(site: &Site, session: &Session, id: Uuid) -> Result<Held> {
    let account = session.actor.person()?;
    let row = site
        .write(&session.actor, |tx| async move {
            let row = store::find(tx.on(), id, account, tx.at()).await?.ok_or_else(gone)?;
            if !store::delete(&tx, id).await? {
                return Err(gone());
            }
            tx.housekeeping();
            Ok(row)
        })
        .await?;
    let written: Sealed<String> = site.keys.open(&place(id), &Ciphertext::parse(&row.fields)?)?;
    let fields =
        serde_json::from_str(written.expose()).map_err(|_| Error::Internal("a kept form is damaged".into()))?;
    Ok(Held {
        act: row.act,
        path: row.path,
        fields,
    })
}

fn gone() -> Error {
    Error::refused("等待确认的操作已经继续过，或已超过 15 分钟", "请回到原来的页面重新提交")
}
