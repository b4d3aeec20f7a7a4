//! The page of a document, marked or not, and the tombstone of one taken down.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use kit::clock::{civil_date, spoken_date, spoken_time, weekday};
use kit::page::{Markup, PublicPage};
use kit::web::Public;
use kit::{Error, Result, Site};

use super::cache::Edition;
use crate::Publishing;
use crate::document::service::document_of;
use crate::document::store as documents;
use crate::document::view::Attached;
use crate::document::{Shown, metadata_of};
use crate::kinds::Kind;
use crate::release::visibility::{self, Page, Visible};

#[derive(Template)]
#[template(path = "site/document.html")]
struct DocumentPage {
    path: String,
    unit: String,
    unit_code: String,
    kind: &'static str,
    shown: Shown,
    in_force_class: &'static str,
    mark: Option<MarkLine>,
    text: Markup,
    attachments: Vec<Attached>,
    changes: Vec<ChangeLine>,
    published_time: String,
    reprint: Option<String>,
}

struct MarkLine {
    on: String,
    machine_on: String,
    reason: String,
    successor: Option<(String, String)>,
}

struct ChangeLine {
    on: String,
    machine_on: String,
    what: String,
}

#[derive(Template)]
#[template(path = "site/tombstone.html")]
struct Tombstone {
    on: String,
    machine_on: String,
}

/// Shows what stands at an address.
pub(super) async fn show(
    public: Public,
    Extension(publishing): Extension<Arc<Publishing>>,
    Path((year, serial)): Path<(i32, i32)>,
    headers: HeaderMap,
) -> Result<Response> {
    let path = format!("/p/{year}/{serial}");
    let edition = Edition {
        position: publishing.reader.position(),
        today: public.site.clock.today(),
        minute: None,
    };
    let (site, display) = (public.site.clone(), public.display);
    let (address, page_path) = (path.clone(), path);
    publishing
        .cache
        .serve(&address, display, edition, &headers, || async move {
            let (status, page) = render(&site, &page_path).await?;
            Ok((status, page.render(&site, display)?))
        })
        .await
}

async fn render(site: &Site, path: &str) -> Result<(StatusCode, PublicPage)> {
    match visibility::at(site.db.read(), path).await? {
        Visible::Nothing => Err(Error::not_found("这个页面")),
        Visible::Tombstone(on) => Ok((StatusCode::GONE, tombstone(path, on)?)),
        Visible::Page(page) => Ok((StatusCode::OK, document_page(site, path, *page).await?)),
    }
}

fn tombstone(path: &str, on: chrono::NaiveDate) -> Result<PublicPage> {
    let body = Tombstone {
        on: format!("{}（{}）", spoken_date(on), weekday(on)),
        machine_on: on.to_string(),
    };
    Ok(PublicPage {
        title: "本页已下架".into(),
        nav: "releases",
        labels: Vec::new(),
        path: path.into(),
        query: String::new(),
        body: Markup::of(&body)?,
    })
}

async fn document_page(site: &Site, path: &str, page: Page) -> Result<PublicPage> {
    let on = site.db.read();
    let today = site.clock.today();
    let kind =
        Kind::of(&page.document.kind).ok_or_else(|| Error::Internal(format!("unknown kind {}", page.document.kind)))?;
    let unit = kit::unit::find(on, page.document.unit)
        .await?
        .ok_or_else(|| Error::not_found("发布单位"))?;
    let first = page
        .releases
        .last()
        .ok_or_else(|| Error::Internal("a page without release".into()))?;
    let published_on = civil_date(first.published_at);
    let document = document_of(&page.revision)?;
    let picture = |id: &content::PictureId| format!("{path}/pictures/{}", id.0);
    let html = content::html::render(&document, &content::html::View::of_page(&picture));
    let files = documents::files(on, page.revision.id).await?;
    let shown = Shown::of(
        &page.revision,
        page.document.index_number.as_deref(),
        Some(published_on),
        kind.has_validity,
        today,
    );
    let labels = labels(site, kind, &page, &shown, &unit.full_name, path, first.published_at);
    let mark = match page.mark {
        Some(mark) => Some(mark_line(site, mark).await?),
        None => None,
    };
    let body = DocumentPage {
        path: path.into(),
        unit: unit.short_name,
        unit_code: unit.code,
        kind: kind.name,
        in_force_class: if shown.in_force { "tag--ok" } else { "tag--off" },
        mark,
        text: Markup::from(html),
        attachments: files
            .iter()
            .filter(|f| f.role == "attachment")
            .map(Attached::of)
            .collect(),
        changes: changes(&page.releases),
        published_time: spoken_time(first.published_at),
        reprint: Some(shown.origin.clone()).filter(|o| !o.is_empty()),
        shown,
    };
    Ok(PublicPage {
        title: page.revision.title.clone(),
        nav: "releases",
        labels,
        path: path.into(),
        query: String::new(),
        body: Markup::of(&body)?,
    })
}

/// Page labels of the column and of the content (网页标签), each exactly once.
fn labels(
    site: &Site,
    kind: &Kind,
    page: &Page,
    shown: &Shown,
    unit: &str,
    path: &str,
    published_at: chrono::DateTime<chrono::Utc>,
) -> Vec<(&'static str, String)> {
    let metadata = metadata_of(&page.revision);
    let source = Some(metadata.origin.clone())
        .filter(|o| !o.is_empty())
        .unwrap_or_else(|| unit.to_string());
    let mut labels = vec![
        ("ColumnName", kind.name.to_string()),
        ("ColumnDescription", format!("{unit}公开的{}", kind.name)),
        ("ColumnKeywords", format!("{},{}", kind.name, shown.theme)),
        ("ColumnType", kind.column_type.to_string()),
        ("ArticleTitle", page.revision.title.clone()),
        ("PubDate", spoken_time(published_at)),
        ("ContentSource", source),
        ("Author", metadata.issuer),
        ("Url", format!("{}{path}", site.profile.public_url)),
    ];
    if !shown.summary.is_empty() {
        labels.push(("Description", shown.summary.clone()));
    }
    labels
}

async fn mark_line(site: &Site, mark: visibility::Mark) -> Result<MarkLine> {
    let successor = match mark.successor {
        None => None,
        Some(path) => match visibility::at(site.db.read(), &path).await? {
            Visible::Page(page) => Some((path, page.revision.title.clone())),
            _ => None,
        },
    };
    Ok(MarkLine {
        on: format!("{}（{}）", spoken_date(mark.on), weekday(mark.on)),
        machine_on: mark.on.to_string(),
        reason: mark.reason,
        successor,
    })
}

fn changes(releases: &[crate::release::store::released::Model]) -> Vec<ChangeLine> {
    let last = releases.len().saturating_sub(1);
    releases
        .iter()
        .enumerate()
        .map(|(position, release)| {
            let on = civil_date(release.published_at);
            ChangeLine {
                on: spoken_date(on),
                machine_on: on.to_string(),
                what: if position == last {
                    "首次发布。".into()
                } else {
                    format!("更正：{}", release.note)
                },
            }
        })
        .collect()
}
