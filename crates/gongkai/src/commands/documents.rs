//! `gongkai documents import`.

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use publishing::document::import::{Report, import};
use publishing::kinds::Kind;

use super::{operator, unit_named};
use crate::cli::{DocumentsCommand, Format};
use crate::serve::open_for_command;
use crate::wiring::kit_error;

/// Takes in documents that are public elsewhere.
///
/// # Errors
/// When the file cannot be read or the database fails; what is wrong with single lines is reported.
pub async fn run(command: DocumentsCommand) -> anyhow::Result<()> {
    let DocumentsCommand::Import(args) = command;
    let kind = Kind::of(&args.kind).with_context(|| {
        format!(
            "没有“{}”这个文件类别；可用的类别见 gongkai documents import --help",
            args.kind
        )
    })?;
    let bytes = std::fs::read(&args.file).with_context(|| format!("读不到文件 {}", args.file.display()))?;
    let (_, house) = open_for_command(&args.config).await?;
    let unit = unit_named(&house.site, &args.unit).await?;
    let lines = bytes.iter().filter(|b| **b == b'\n').count() as u64;
    let bar = ProgressBar::new(lines);
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} 行，剩余 {eta}")?);
    let done = |line: usize| bar.set_position(line as u64);
    let report = import(&house.site, &house.publishing, &operator(), unit, kind, &bytes, done).await;
    bar.finish_and_clear();
    let report = report.map_err(kit_error)?;
    house.publishing.hand_over(&house.site).await.map_err(kit_error)?;
    match args.format {
        Format::Json => println!("{}", serde_json::to_string(&report)?),
        Format::Text => print_report(&report),
    }
    Ok(())
}

fn print_report(report: &Report) {
    println!(
        "导入 {} 件，已有 {} 件，拒绝 {} 件。",
        report.taken,
        report.known,
        report.refused.len()
    );
    for line in &report.refused {
        println!("第 {} 行：{}", line.line, line.reason);
    }
}
