//! `gongkai doctor`.

use std::path::Path;

use anyhow::bail;
use serde_json::json;

use crate::cli::{DoctorArgs, Format};
use crate::config::Config;
use crate::doctor::{self, Depth, Finding, Level};
use crate::wiring::House;

/// Looks an installation over.
///
/// # Errors
/// When something is wrong with it.
pub async fn run(args: DoctorArgs) -> anyhow::Result<()> {
    let config = Config::read(&args.config.config)?;
    let depth = Depth {
        all: args.all,
        sweep: args.sweep,
    };
    report(&config, &args.config.config, None, depth, args.format).await
}

/// Prints what was found.
///
/// # Errors
/// When something is wrong.
pub async fn report(
    config: &Config,
    file: &Path,
    house: Option<&House>,
    depth: Depth,
    format: Format,
) -> anyhow::Result<()> {
    let findings = doctor::examine(config, file, house, depth).await;
    let wrong = findings.iter().filter(|finding| finding.level == Level::Wrong).count();
    match format {
        Format::Json => println!("{}", json!({ "wrong": wrong, "findings": findings })),
        Format::Text => findings.iter().for_each(print),
    }
    if wrong > 0 {
        bail!("查出 {wrong} 处问题，上面写明了各处怎么办");
    }
    Ok(())
}

fn print(finding: &Finding) {
    let word = match finding.level {
        Level::Good => "正常",
        Level::Note => "留意",
        Level::Wrong => "问题",
        Level::Unchecked => "未查",
    };
    println!("[{word}] {}：{}。", finding.check, finding.what);
    if !finding.advice.is_empty() {
        println!("       办法：{}。", finding.advice);
    }
}
