//! The units and each one's disclosure section (政府信息公开专栏) with its four parts.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use kit::page::{Markup, PublicPage};
use kit::unit::{self, Kind, Unit};
use kit::web::Public;
use kit::{Error, Result, Site};
use search::{Filters, Query, Sort};

use super::ReleaseLine;
use super::search::ask;
use crate::Publishing;

struct Group {
    name: &'static str,
    units: Vec<Unit>,
}

#[derive(Template)]
#[template(path = "site/units.html")]
struct UnitsPage {
    groups: Vec<Group>,
}

/// All units by kind.
pub(super) async fn list(public: Public, State(site): State<Arc<Site>>) -> Result<Response> {
    let units = unit::current(site.db.read(), site.clock.today()).await?;
    let groups = Kind::ALL
        .into_iter()
        .map(|kind| Group {
            name: kind.name(),
            units: units.iter().filter(|u| u.kind == kind).cloned().collect(),
        })
        .filter(|group| !group.units.is_empty())
        .collect();
    let body = Markup::of(&UnitsPage { groups })?;
    public.page(&PublicPage {
        title: "单位专栏".into(),
        nav: "units",
        labels: labels("单位专栏", "各单位的政府信息公开专栏", "机构职能"),
        path: "/units".into(),
        query: String::new(),
        body,
    })
}

fn labels(name: &str, description: &str, column_type: &str) -> Vec<(&'static str, String)> {
    vec![
        ("ColumnName", name.to_string()),
        ("ColumnDescription", description.to_string()),
        ("ColumnKeywords", format!("{name},政府信息公开")),
        ("ColumnType", column_type.to_string()),
    ]
}

#[derive(Template)]
#[template(path = "site/unit.html")]
struct UnitPage {
    unit: Unit,
    releases: Vec<ReleaseLine>,
    total: usize,
    sponsor: String,
}

/// One unit's section.
pub(super) async fn show(
    public: Public,
    State(site): State<Arc<Site>>,
    Extension(publishing): Extension<Arc<Publishing>>,
    Path(code): Path<String>,
) -> Result<Response> {
    let unit = by_code(&site, &code).await?;
    let filters = Filters {
        units: vec![unit.id.to_string()],
        ..Filters::default()
    };
    let results = ask(
        &publishing,
        Query {
            filters,
            size: 30,
            sort: Sort::Newest,
            ..Query::default()
        },
    )
    .await?;
    let title = format!("{}政府信息公开", unit.full_name);
    let labels = labels(
        "政府信息公开",
        &format!("{}政府信息公开专栏", unit.full_name),
        "信息公开目录",
    );
    let body = UnitPage {
        releases: results.hits.iter().map(ReleaseLine::of).collect(),
        total: results.total,
        sponsor: site.profile.sponsor.clone(),
        unit,
    };
    let body = Markup::of(&body)?;
    public.page(&PublicPage {
        title,
        nav: "units",
        labels,
        path: format!("/units/{code}"),
        query: String::new(),
        body,
    })
}

async fn by_code(site: &Site, code: &str) -> Result<Unit> {
    let units = unit::register(site.db.read()).await?;
    units
        .into_iter()
        .find(|u| u.code == code)
        .ok_or_else(|| Error::not_found("这个单位"))
}
