//! `gongkai intake`.

use anyhow::Context;
use bytes::Bytes;
use kit::intake::{service, work};
use serde_json::json;

use super::operator;
use crate::cli::{Format, IntakeArgs};
use crate::serve::open_for_command;
use crate::wiring::kit_error;

/// Takes the rows of a table and prints the report. A file that was cut short before goes on where it stopped; one that is
/// done is answered with its earlier report.
///
/// # Errors
/// When the kind is not known, the file is refused or the database fails; what is wrong with single rows is reported.
pub async fn run(args: IntakeArgs) -> anyhow::Result<()> {
    let bytes = std::fs::read(&args.file).with_context(|| format!("读不到文件 {}", args.file.display()))?;
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned());
    let (_, house) = open_for_command(&args.config).await?;
    let site = &house.site;
    let kind = site
        .intake_kind(&args.kind)
        .with_context(|| format!("没有“{}”这种导入；可用的种类见 gongkai intake --help", args.kind))?;
    let (row, known_before) = service::upload(site, &operator(), kind, &name.unwrap_or_default(), Bytes::from(bytes))
        .await
        .map_err(kit_error)?;
    service::confirm(site, &operator(), kind, row.id)
        .await
        .map_err(kit_error)?;
    work::all(site, row.id).await.map_err(kit_error)?;
    let row = service::find(site, kind, row.id).await.map_err(kit_error)?;
    anyhow::ensure!(row.stopped.is_none(), "导入停下了：{}", row.stopped.unwrap_or_default());
    let refused = service::refused(site, &row).await.map_err(kit_error)?;
    let counts = service::counts(&row);
    match args.format {
        Format::Json => {
            let refused: Vec<_> = refused
                .iter()
                .map(|(row, reason)| json!({ "row": row, "reason": reason }))
                .collect();
            let report = json!({
                "kind": kind.id,
                "known_before": known_before,
                "rows": row.row_count,
                "taken": counts.taken,
                "known": counts.known,
                "refused": refused,
            });
            println!("{report}");
        }
        Format::Text => {
            if known_before {
                println!("这个文件以前导入过，下面是那一次的结果。");
            }
            println!(
                "导入 {} 行，已有 {} 行，未导入 {} 行。",
                counts.taken, counts.known, counts.refused
            );
            for (row, reason) in refused {
                println!("第 {row} 行：{reason}");
            }
        }
    }
    Ok(())
}
