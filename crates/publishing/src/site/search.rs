//! Public search.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Query as Address, State};
use axum::response::Response;
use kit::clock::spoken_date;
use kit::page::{Markup, PublicPage};
use kit::web::Public;
use kit::{Error, Result, Site};
use search::{Count, Filters, Hit, Query, Results, Segment, Sort, Validity};
use serde::Deserialize;

use super::{encode, off_word};
use crate::Publishing;
use crate::kinds::Kind;

/// Hits a page shows.
const PER_PAGE: usize = 10;
/// Pages that can be leafed through.
const MOST_PAGES: usize = 50;

#[derive(Debug, Default, Clone, Deserialize)]
pub(super) struct Asked {
    q: Option<String>,
    unit: Option<String>,
    kind: Option<String>,
    theme: Option<String>,
    validity: Option<String>,
    year: Option<i32>,
    sort: Option<String>,
    page: Option<usize>,
}

/// Asks the index off the async threads.
pub(crate) async fn ask(publishing: &Publishing, query: Query) -> Result<Results> {
    let index = publishing.reader.index()?;
    tokio::task::spawn_blocking(move || index.query(&query))
        .await
        .map_err(|e| Error::Internal(format!("search: {e}")))?
        .map_err(|e| Error::Internal(format!("search: {e}")))
}

impl Asked {
    pub(super) fn query(&self) -> Query {
        let list = |value: &Option<String>| value.iter().filter(|v| !v.is_empty()).cloned().collect();
        Query {
            words: self.q.clone().unwrap_or_default(),
            filters: Filters {
                units: list(&self.unit),
                kinds: list(&self.kind),
                themes: list(&self.theme),
                validity: self
                    .validity
                    .as_deref()
                    .and_then(Validity::from_code)
                    .into_iter()
                    .collect(),
                years: self.year.into_iter().collect(),
            },
            offset: self.page.unwrap_or(0).min(MOST_PAGES - 1) * PER_PAGE,
            size: PER_PAGE,
            sort: if self.sort.as_deref() == Some("date") {
                Sort::Newest
            } else {
                Sort::Relevance
            },
        }
    }

    /// The address of the same question with one value set or, with an empty one, taken away.
    fn with(&self, path: &str, name: &str, value: &str) -> String {
        let year = self.year.map(|y| y.to_string());
        let values = [
            ("q", self.q.as_deref()),
            ("unit", self.unit.as_deref()),
            ("kind", self.kind.as_deref()),
            ("theme", self.theme.as_deref()),
            ("validity", self.validity.as_deref()),
            ("year", year.as_deref()),
            ("sort", self.sort.as_deref()),
        ];
        let mut parts = Vec::new();
        for (key, old) in values {
            let chosen = if key == name { Some(value) } else { old };
            if let Some(chosen) = chosen.filter(|v| !v.is_empty()) {
                parts.push(format!("{key}={}", encode(chosen)));
            }
        }
        if name == "page" && value != "0" {
            parts.push(format!("page={value}"));
        }
        if parts.is_empty() {
            path.to_string()
        } else {
            format!("{path}?{}", parts.join("&"))
        }
    }
}

/// One choice by which to narrow.
pub(super) struct Narrow {
    pub href: String,
    pub label: String,
    pub count: usize,
    pub chosen: bool,
}

pub(super) struct Facet {
    pub title: &'static str,
    pub all: String,
    pub any_chosen: bool,
    pub values: Vec<Narrow>,
}

pub(super) struct HitLine {
    pub path: String,
    pub title: Vec<Segment>,
    pub snippet: Vec<Segment>,
    pub by: String,
    pub on: String,
    pub machine_on: String,
    pub off: Option<&'static str>,
}

/// Links to other pages of a result.
pub(super) struct Leaf {
    pub previous: Option<String>,
    pub next: Option<String>,
    pub page: usize,
    pub pages: usize,
}

#[derive(Template)]
#[template(path = "site/search.html")]
struct SearchPage {
    words: String,
    total: usize,
    hits: Vec<HitLine>,
    facets: Vec<Facet>,
    leaf: Leaf,
    by_date: String,
    is_by_date: bool,
}

/// Answers a search.
pub(super) async fn search(
    public: Public,
    State(site): State<Arc<Site>>,
    Extension(publishing): Extension<Arc<Publishing>>,
    Address(asked): Address<Asked>,
) -> Result<Response> {
    let results = ask(&publishing, asked.query()).await?;
    metrics::counter!("gongkai_searches_total").increment(1);
    let words: String = asked.q.clone().unwrap_or_default().chars().take(200).collect();
    let is_by_date = asked.sort.as_deref() == Some("date");
    let body = SearchPage {
        words: words.clone(),
        total: results.total,
        facets: facets(&asked, "/search", &results),
        leaf: leaf(&asked, "/search", results.total),
        by_date: asked.with("/search", "sort", if is_by_date { "" } else { "date" }),
        is_by_date,
        hits: results.hits.into_iter().map(hit_line).collect(),
    };
    let title = if words.is_empty() {
        "检索".to_string()
    } else {
        format!("检索“{words}”")
    };
    let labels = vec![
        ("ColumnName", "检索".to_string()),
        (
            "ColumnDescription",
            format!("检索{}公开的全部文件", site.profile.district),
        ),
        ("ColumnKeywords", "检索".to_string()),
        ("ColumnType", "政策文件".to_string()),
    ];
    let page = PublicPage {
        title,
        nav: "releases",
        labels,
        path: "/search".into(),
        query: words,
        body: Markup::of(&body)?,
    };
    public.page(&page)
}

pub(super) fn facets(asked: &Asked, path: &str, results: &Results) -> Vec<Facet> {
    let year = asked.year.map(|y| y.to_string());
    let label = |name: &str, count: &Count| match name {
        "kind" => Kind::of(&count.value).map_or(count.label.clone(), |k| k.name.to_string()),
        "validity" => Validity::from_code(&count.value).map_or(count.label.clone(), validity_word),
        _ => count.label.clone(),
    };
    let facet = |title, name: &str, chosen: Option<&str>, counts: &[Count]| Facet {
        title,
        all: asked.with(path, name, ""),
        any_chosen: chosen.is_some_and(|c| !c.is_empty()),
        values: counts
            .iter()
            .take(12)
            .map(|count| Narrow {
                href: asked.with(path, name, &count.value),
                label: label(name, count),
                count: count.count,
                chosen: chosen == Some(count.value.as_str()),
            })
            .collect(),
    };
    let all = vec![
        facet(
            "有效性",
            "validity",
            asked.validity.as_deref(),
            &results.facets.validity,
        ),
        facet("发布单位", "unit", asked.unit.as_deref(), &results.facets.units),
        facet("类别", "kind", asked.kind.as_deref(), &results.facets.kinds),
        facet("主题", "theme", asked.theme.as_deref(), &results.facets.themes),
        facet("年份", "year", year.as_deref(), &results.facets.years),
    ];
    all.into_iter().filter(|f| !f.values.is_empty()).collect()
}

fn validity_word(validity: Validity) -> String {
    match validity {
        Validity::InForce => "有效".into(),
        Validity::Timeless => "不涉及有效期".into(),
        other => off_word(other).unwrap_or_default().into(),
    }
}

pub(super) fn leaf(asked: &Asked, path: &str, total: usize) -> Leaf {
    let pages = total.div_ceil(PER_PAGE).clamp(1, MOST_PAGES);
    let page = asked.page.unwrap_or(0).min(pages - 1);
    Leaf {
        previous: page.checked_sub(1).map(|p| asked.with(path, "page", &p.to_string())),
        next: (page + 1 < pages).then(|| asked.with(path, "page", &(page + 1).to_string())),
        page: page + 1,
        pages,
    }
}

pub(super) fn hit_line(hit: Hit) -> HitLine {
    let number = hit.number.as_deref().map(|n| format!(" · {n}")).unwrap_or_default();
    HitLine {
        path: hit.path,
        title: hit.title,
        snippet: hit.snippet,
        by: format!("{}{number}", hit.unit),
        on: spoken_date(hit.released_on),
        machine_on: hit.released_on.to_string(),
        off: off_word(hit.validity),
    }
}
