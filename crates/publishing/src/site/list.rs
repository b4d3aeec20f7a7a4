//! The list of everything released, with filters whose addresses can be kept and passed on.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::Query as Address;
use axum::response::Response;
use kit::Result;
use kit::page::{Markup, PublicPage};
use kit::web::Public;
use search::{Query, Sort};

use super::search::{Asked, Facet, HitLine, Leaf, ask, facets, hit_line, leaf};
use crate::Publishing;

#[derive(Template)]
#[template(path = "site/releases.html")]
struct ReleasesPage {
    total: usize,
    hits: Vec<HitLine>,
    facets: Vec<Facet>,
    leaf: Leaf,
}

/// Everything released, newest first.
pub(super) async fn releases(
    public: Public,
    Extension(publishing): Extension<Arc<Publishing>>,
    Address(asked): Address<Asked>,
) -> Result<Response> {
    let query = Query {
        sort: Sort::Newest,
        words: String::new(),
        ..asked.query()
    };
    let results = ask(&publishing, query).await?;
    let body = ReleasesPage {
        total: results.total,
        facets: facets(&asked, "/releases", &results),
        leaf: leaf(&asked, "/releases", results.total),
        hits: results.hits.into_iter().map(hit_line).collect(),
    };
    let labels = vec![
        ("ColumnName", "公开文件".to_string()),
        ("ColumnDescription", "全部公开文件，按发布日期排列".to_string()),
        ("ColumnKeywords", "政策文件,公开文件".to_string()),
        ("ColumnType", "政策文件".to_string()),
    ];
    public.page(&PublicPage {
        title: "公开文件".into(),
        nav: "releases",
        labels,
        path: "/releases".into(),
        query: String::new(),
        body: Markup::of(&body)?,
    })
}
