//! `gongkai backup`.

use anyhow::bail;
use kit::backup::{Order, Taken, take};
use kit::clock::{Clock, spoken_time};
use serde_json::json;

use super::{files_bar, operator};
use crate::cli::{BackupArgs, Format};
use crate::config::Config;
use crate::wiring::{self, kit_error};

/// Figures by which a restored district is compared with the one that was backed up.
const MARKS: [(&str, &str); 2] = [
    ("journal_position", "SELECT max(position) FROM journal_entry"),
    (
        "public_documents",
        "SELECT count(*) FROM document WHERE public_state IS NOT NULL",
    ),
];

/// Takes a backup of the installation as it is; the database is not migrated.
///
/// # Errors
/// When it cannot be taken, or when rows name files that are missing; the backup is then kept all the same.
pub async fn run(args: BackupArgs) -> anyhow::Result<()> {
    let config = Config::read(&args.config.config)?;
    let house = wiring::open(&config, Clock::system(), false).await?;
    let order = Order {
        place: &args.place,
        program: env!("CARGO_PKG_VERSION"),
        marks: &MARKS,
        keep: args.keep.map(usize::from),
        read_again: args.verify,
    };
    let bar = files_bar()?;
    let progress = |done: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    let taken = take(&house.site, &operator(), order, &progress).await;
    bar.finish_and_clear();
    let taken = taken.map_err(kit_error)?;
    match args.format {
        Format::Json => println!(
            "{}",
            json!({ "folder": taken.folder, "new_blobs": taken.new_blobs, "removed": taken.removed, "manifest": taken.manifest })
        ),
        Format::Text => print(&taken),
    }
    let missing = &taken.manifest.blobs.missing;
    if let Some(first) = missing.first() {
        bail!(
            "备份做好了，但有 {} 个文件在存放处找不到或已损坏（例如 {first}），备份里没有它们。请运行 gongkai doctor --all，并从更早的备份里找回",
            missing.len()
        );
    }
    Ok(())
}

fn print(taken: &Taken) {
    let manifest = &taken.manifest;
    let rows: u64 = manifest.tables.iter().map(|table| table.rows).sum();
    println!("备份已做好：{}", taken.folder.display());
    println!(
        "  {} 的状态；{} 张表 {rows} 行；文件 {} 个，其中新复制 {} 个",
        spoken_time(manifest.made_at),
        manifest.tables.len(),
        manifest.blobs.count,
        taken.new_blobs
    );
    if !taken.removed.is_empty() {
        println!("  已删掉更早的备份：{}", taken.removed.join("、"));
    }
    println!("  备份里没有密钥；密钥要另外保管，见运维手册。");
}
