//! `gongkai unit import`.

use anyhow::Context;
use kit::unit::{import, service};

use super::operator;
use crate::cli::UnitCommand;
use crate::serve::open_for_command;
use crate::wiring::kit_error;

/// Enters the units of a file, all or none.
///
/// # Errors
/// When the file is not of its form or a unit is there already.
pub async fn run(command: UnitCommand) -> anyhow::Result<()> {
    let UnitCommand::Import(args) = command;
    let text = std::fs::read_to_string(&args.file).with_context(|| format!("读不到文件 {}", args.file.display()))?;
    let units = import::parse(&text).map_err(kit_error)?;
    let (_, house) = open_for_command(&args.config).await?;
    let entered = service::enter(&house.site, &operator(), units)
        .await
        .map_err(kit_error)?;
    println!("已登记 {} 个单位。", entered.len());
    Ok(())
}
