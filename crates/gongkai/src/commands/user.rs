//! `gongkai user add` and `gongkai user link`.

use anyhow::Context;
use kit::account::{Holding, factor, service};
use kit::permission::Role;

use super::{operator, unit_named};
use crate::cli::{UserAddArgs, UserCommand, UserLinkArgs};
use crate::config::Config;
use crate::serve::open_for_command;
use crate::wiring::kit_error;

/// Runs a command on accounts.
///
/// # Errors
/// With a sentence that says what is wrong.
pub async fn run(command: UserCommand) -> anyhow::Result<()> {
    match command {
        UserCommand::Add(args) => add(args).await,
        UserCommand::Link(args) => link(args).await,
    }
}

/// Prints a one-time link for an account there is, and takes its second factor away when that is asked for.
async fn link(args: UserLinkArgs) -> anyhow::Result<()> {
    let (config, house) = open_for_command(&args.config).await?;
    let site = &house.site;
    let id = service::find_by_login(site, &args.login).await.map_err(kit_error)?;
    let id = id.with_context(|| format!("没有登录名是“{}”的账号；请核对后重新输入", args.login))?;
    if let Some(reason) = &args.reset_second_factor {
        factor::service::reset(site, &operator(), id, reason)
            .await
            .map_err(kit_error)?;
        println!("已重置账号 {} 的第二因素。", args.login);
    }
    let token = service::issue_link(site, &operator(), id).await.map_err(kit_error)?;
    print_link(&config, &token);
    Ok(())
}

fn print_link(config: &Config, token: &str) {
    let desk = match config.site.desk_url.as_str() {
        "" => format!("http://{}", config.desk_listen),
        url => url.to_string(),
    };
    println!("一次性登录链接（72 小时内有效，只显示这一次）：");
    println!("{desk}/links/{token}");
}

/// Makes an account, grants its role, prints its one-time link.
async fn add(args: UserAddArgs) -> anyhow::Result<()> {
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
    println!("已新增账号 {}（{}）。", args.login, args.name);
    print_link(&config, &token);
    Ok(())
}
