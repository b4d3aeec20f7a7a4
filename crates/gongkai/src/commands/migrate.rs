//! `gongkai migrate`.

use crate::cli::ConfigArgs;
use crate::serve::open_for_command;

/// Brings the database to this program's schema.
///
/// # Errors
/// When a migration fails; it then leaves nothing behind.
pub async fn run(args: ConfigArgs) -> anyhow::Result<()> {
    open_for_command(&args).await?;
    println!("数据库结构已是最新。");
    Ok(())
}
