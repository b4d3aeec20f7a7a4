//! Commands that do one thing and end.

pub mod backup;
pub mod breakdown;
pub mod doctor;
pub mod documents;
pub mod intake;
pub mod keys;
pub mod mail;
pub mod migrate;
pub mod restore;
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

/// A bar that shows how many of how many files are done; hidden where nobody looks.
pub fn files_bar() -> anyhow::Result<indicatif::ProgressBar> {
    let bar = indicatif::ProgressBar::new(0);
    bar.set_style(indicatif::ProgressStyle::with_template(
        "{wide_bar} {pos}/{len} 个文件，剩余 {eta}",
    )?);
    Ok(bar)
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
