//! `gongkai breakdown read` and `gongkai breakdown import`.

use std::path::Path;

use ::breakdown::importing;
use ::breakdown::read::{Names, Table};
use anyhow::Context;
use bytes::Bytes;

use super::operator;
use crate::cli::{BreakdownCommand, Format};
use crate::serve::open_for_command;
use crate::wiring::{confined, kit_error};

/// Reads or imports a breakdown.
///
/// # Errors
/// When the file is refused or is no task breakdown; the sentence names the place.
pub async fn run(command: BreakdownCommand) -> anyhow::Result<()> {
    match command {
        BreakdownCommand::Read(args) => {
            let (name, bytes) = file(&args.file)?;
            let reader = confined()?;
            let table = importing::read_file(&reader, &Names::default(), &name, &bytes)
                .await
                .map_err(kit_error)?;
            match args.format {
                Format::Json => println!("{}", serde_json::to_string(&table)?),
                Format::Text => print_table(&table),
            }
        }
        BreakdownCommand::Import(args) => {
            let (name, bytes) = file(&args.file)?;
            let (_, house) = open_for_command(&args.config).await?;
            let preview = importing::import(&house.site, &operator(), &house.office, &name, bytes)
                .await
                .map_err(kit_error)?;
            if preview.known_before {
                println!("这张分解表以前导入过，没有重复导入。");
            } else {
                println!("已导入，等待区政府办在工作台“导入分解表”里核对后采用。");
            }
        }
    }
    Ok(())
}

fn file(path: &Path) -> anyhow::Result<(String, Bytes)> {
    let bytes = std::fs::read(path).with_context(|| format!("读不到文件 {}", path.display()))?;
    let name = path
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    Ok((name, Bytes::from(bytes)))
}

fn print_table(table: &Table) {
    println!("{}", table.title);
    for task in &table.tasks {
        println!("{}. {}", task.no, task.task);
        println!("   牵头：{}　责任：{}", task.lead.join("、"), task.responsible);
    }
    if !table.doubts.is_empty() {
        println!("存疑 {} 处：", table.doubts.len());
    }
    for doubt in &table.doubts {
        println!(
            "  {}{}",
            doubt.task.map(|no| format!("第 {no} 项：")).unwrap_or_default(),
            doubt.message
        );
    }
}
