//! The home page, help, site map.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kit::page::{Markup, PublicPage};
use kit::web::Public;
use kit::{Result, Site};
use search::{Query, Sort};

use super::ReleaseLine;
use super::cache::Edition;
use crate::Publishing;

#[derive(Template)]
#[template(path = "site/home.html")]
struct Home {
    newest: Vec<ReleaseLine>,
    panels: Vec<Markup>,
    units: Vec<(String, String)>,
    unit_count: usize,
    examples: Vec<(String, String)>,
}

/// The home page.
pub(super) async fn home(
    public: Public,
    Extension(publishing): Extension<Arc<Publishing>>,
    headers: HeaderMap,
) -> Result<Response> {
    let edition = Edition {
        position: publishing.reader.position(),
        today: public.site.clock.today(),
        // Panels of other capabilities change without an entry in the journal, on this node or another.
        minute: Some(public.site.clock.now().timestamp() / 60),
    };
    let (site, display) = (public.site.clone(), public.display);
    let inner = publishing.clone();
    publishing
        .cache
        .serve("/", display, edition, &headers, || async move {
            Ok((StatusCode::OK, render(&site, &inner).await?.render(&site, display)?))
        })
        .await
}

async fn render(site: &Site, publishing: &Publishing) -> Result<PublicPage> {
    let newest = super::search::ask(
        publishing,
        Query {
            size: 8,
            sort: Sort::Newest,
            ..Query::default()
        },
    )
    .await?;
    let mut panels = Vec::new();
    for panel in site.capabilities.iter().filter_map(|c| c.home.as_ref()) {
        panels.extend(panel(site).await?);
    }
    let units = kit::unit::current(site.db.read(), site.clock.today()).await?;
    let body = Home {
        newest: newest.hits.iter().map(ReleaseLine::of).collect(),
        panels,
        unit_count: units.len(),
        units: units.into_iter().take(8).map(|u| (u.code, u.short_name)).collect(),
        examples: examples(&newest.hits),
    };
    let labels = vec![
        ("ColumnType", "首页".to_string()),
        ("ColumnName", "首页".to_string()),
        (
            "ColumnDescription",
            format!("{}政务公开：政策文件、单位专栏、任务进展", site.profile.district),
        ),
        ("ColumnKeywords", "政务公开,政府信息公开,政策文件".to_string()),
    ];
    let title = "政务公开".to_string();
    Ok(PublicPage {
        title,
        nav: "home",
        labels,
        path: "/".into(),
        query: String::new(),
        body: Markup::of(&body)?,
    })
}

/// What one might search for, taken from what is there: a document number and words people use.
fn examples(newest: &[search::Hit]) -> Vec<(String, String)> {
    let number = newest.iter().find_map(|hit| hit.number.clone());
    let words = ["规划纲要", "惠企政策", "信息公开指南"].map(str::to_string);
    words
        .into_iter()
        .chain(number)
        .map(|w| (super::encode(&w), w))
        .collect()
}

#[derive(Template)]
#[template(path = "site/help.html")]
struct Help {
    sponsor: String,
    phone: String,
}

/// How to use the site.
pub(super) async fn help(public: Public) -> Result<Response> {
    let profile = &public.site.profile;
    let body = Markup::of(&Help {
        sponsor: profile.sponsor.clone(),
        phone: profile.phone.clone(),
    })?;
    public.page(&plain("使用帮助", "/help", body))
}

#[derive(Template)]
#[template(path = "site/map.html")]
struct Map {
    navigation: Vec<(String, String)>,
    units: Vec<(String, String)>,
}

/// Every column of the site.
pub(super) async fn map(public: Public) -> Result<Response> {
    let site = &public.site;
    let units = kit::unit::current(site.db.read(), site.clock.today()).await?;
    let items = site.capabilities.iter().flat_map(|c| c.navigation.iter());
    let body = Map {
        navigation: items
            .map(|item| (item.href.to_string(), item.label.to_string()))
            .collect(),
        units: units.into_iter().map(|u| (u.code, u.short_name)).collect(),
    };
    let body = Markup::of(&body)?;
    public.page(&plain("网站地图", "/map", body))
}

fn plain(title: &str, path: &str, body: Markup) -> PublicPage {
    let labels = vec![
        ("ColumnName", title.to_string()),
        ("ColumnDescription", title.to_string()),
        ("ColumnKeywords", title.to_string()),
        ("ColumnType", "概况信息".to_string()),
    ];
    PublicPage {
        title: title.into(),
        nav: "",
        labels,
        path: path.into(),
        query: String::new(),
        body,
    }
}

/// What crawlers may read: everything public; search results are not worth their time.
pub(super) async fn robots() -> Response {
    (
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
        "User-agent: *\nDisallow: /search\nDisallow: /display\nDisallow: /errata/\n",
    )
        .into_response()
}
