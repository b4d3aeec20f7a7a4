//! `gongkai restore`.

use std::time::Instant;

use kit::backup::{Found, check, find, missing_keys, restore};
use kit::clock::{Clock, spoken_time};
use kit::seal::Keyring;

use super::doctor::report;
use super::{files_bar, operator};
use crate::cli::{Format, RestoreArgs};
use crate::config::Config;
use crate::doctor::Depth;
use crate::wiring::{self, kit_error};

/// Restores a backup into the empty installation that the configuration names, rebuilds the index and looks it over; or
/// only checks the backup.
///
/// # Errors
/// When the backup is damaged or does not fit, the place is not empty, or the installation is not in order afterwards.
pub async fn run(args: RestoreArgs) -> anyhow::Result<()> {
    let found = find(&args.backup).map_err(kit_error)?;
    if args.check {
        let bar = files_bar()?;
        let progress = |done: usize, all: usize| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        };
        let checked = check(&found, &progress).await;
        bar.finish_and_clear();
        checked.map_err(kit_error)?;
        println!("这份备份完好：{}", found.folder.display());
        describe(&found);
        return Ok(());
    }
    let config = Config::read(&args.config.config)?;
    if !args.without_keys {
        keys_are_there(&config, &found)?;
    }
    let house = wiring::open(&config, Clock::system(), false).await?;
    let bar = files_bar()?;
    let started = Instant::now();
    let progress = |done: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    let restored = restore(&house.site, &operator(), &found, args.without_keys, &progress).await;
    bar.finish_and_clear();
    let restored = restored.map_err(kit_error)?;
    println!("已恢复：{}", found.folder.display());
    describe(&found);
    println!(
        "  放回 {} 行、{} 个文件，用时 {:.1} 秒",
        restored.rows,
        restored.blobs,
        started.elapsed().as_secs_f64()
    );
    if !restored.ended.is_empty() {
        println!("  已作废，不随备份复活：{}", restored.ended.join("、"));
    }
    // Keys of the ring that the backup did not know are noted, as at every start.
    house.site.migrate().await.map_err(kit_error)?;
    // An index that stood here before may know entries that the restored journal does not have.
    house.publishing.reader.rebuild(&house.site).await.map_err(kit_error)?;
    house.publishing.settle(&house.site).await.map_err(kit_error)?;
    println!(
        "检索索引已重建，到这里共用时 {:.1} 秒。下面检查恢复后的安装：",
        started.elapsed().as_secs_f64()
    );
    report(
        &config,
        &args.config.config,
        Some(&house),
        Depth::default(),
        Format::Text,
    )
    .await
}

/// Looked at before anything is opened, because opening would make a keyring where there is none.
fn keys_are_there(config: &Config, found: &Found) -> anyhow::Result<()> {
    let folder = config.keys_folder();
    let ring = Keyring::find(&folder).map_err(kit_error)?;
    let keys = ring
        .map(|ring| ring.keys())
        .transpose()
        .map_err(kit_error)?
        .unwrap_or_default();
    let ids: Vec<String> = keys.into_iter().map(|key| key.id).collect();
    let missing = missing_keys(found, &ids);
    anyhow::ensure!(
        missing.is_empty(),
        "密钥目录 {} 里缺少这份备份需要的密钥 {}，没有恢复任何数据。请把另外保管的密钥文件放回去，再运行一次；确实已经销毁的，加 --without-keys 恢复，它们密封的内容不能再打开",
        folder.display(),
        missing.join("、")
    );
    Ok(())
}

fn describe(found: &Found) {
    let manifest = &found.manifest;
    println!(
        "  {} 在 {} 的状态；由 {} 版程序从 {} 做成",
        manifest.site,
        spoken_time(manifest.made_at),
        manifest.program,
        manifest.database
    );
    if let Some(position) = manifest.marks.get("journal_position") {
        println!("  发布日志到第 {position} 条");
    }
    if !manifest.blobs.missing.is_empty() {
        println!("  做备份时就缺少 {} 个文件", manifest.blobs.missing.len());
    }
}
