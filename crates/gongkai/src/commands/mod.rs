//! Commands that do one thing and end.

pub mod breakdown;
pub mod documents;
pub mod keys;
pub mod mail;
pub mod migrate;
pub mod routes;
pub mod search;
pub mod unit;
pub mod user;

use anyhow::Context;
use kit::Site;
use kit::account::Actor;
use uuid::Uuid;

/// Who acts when a command does: whoever is at the machine.
pub fn operator() -> Actor {
    Actor::program("命令行")
}

/// An error with its causes as one sentence.
pub fn sentence(error: &anyhow::Error) -> String {
    let parts: Vec<String> = error.chain().map(ToString::to_string).collect();
    format!("没有完成：{}", parts.join("："))
}

/// The unit of this short or full name.
///
/// # Errors
/// When the register has none.
pub async fn unit_named(site: &Site, name: &str) -> anyhow::Result<Uuid> {
    let names = kit::unit::by_names(site.db.read()).await.context("读不到单位名册")?;
    names
        .get(name)
        .copied()
        .with_context(|| format!("单位名册里没有“{name}”；请先登记单位（gongkai unit import 文件），或核对名称"))
}
