//! `gongkai user add`.

use anyhow::Context;
use kit::account::{Holding, service};
use kit::permission::Role;

use super::{operator, unit_named};
use crate::cli::UserCommand;
use crate::serve::open_for_command;
use crate::wiring::kit_error;

/// Makes an account, grants its role, prints its one-time link.
///
/// # Errors
/// When role or unit are unknown or the name is taken.
pub async fn run(command: UserCommand) -> anyhow::Result<()> {
    let UserCommand::Add(args) = command;
    let role = Role::of(&args.role)
        .with_context(|| format!("没有“{}”这个角色；可用的角色见 gongkai user add --help", args.role))?;
    let (config, house) = open_for_command(&args.config).await?;
    let site = &house.site;
    let unit = match &args.unit {
        Some(name) => Some(unit_named(site, name).await?),
        None => None,
    };
    let first = Some(Holding { role, unit });
    let id = service::create(site, &operator(), &args.login, &args.name, first)
        .await
        .map_err(kit_error)?;
    let token = service::issue_link(site, &operator(), id).await.map_err(kit_error)?;
    let desk = if config.site.desk_url.is_empty() {
        format!("http://{}", config.desk_listen)
    } else {
        config.site.desk_url
    };
    println!("已新增账号 {}（{}）。", args.login, args.name);
    println!("一次性登录链接（72 小时内有效，只显示这一次）：");
    println!("{desk}/links/{token}");
    Ok(())
}
