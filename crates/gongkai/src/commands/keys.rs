//! `gongkai keys`: the keyring of this installation.

use indicatif::{ProgressBar, ProgressStyle};
use kit::Site;
use kit::clock::spoken_time;
use kit::seal::{self, KeyState, Purpose};
use serde_json::json;

use super::operator;
use crate::cli::{Format, KeysCommand, KeysListArgs, KeysRotateArgs};
use crate::serve::open_for_command;
use crate::wiring::kit_error;

/// Lists, exchanges or destroys keys.
///
/// # Errors
/// When the keyring cannot be written or what is asked for would lose content.
pub async fn run(command: KeysCommand) -> anyhow::Result<()> {
    match command {
        KeysCommand::List(args) => list(args).await,
        KeysCommand::Rotate(args) => rotate(args).await,
        KeysCommand::Destroy(args) => {
            let (_, house) = open_for_command(&args.config).await?;
            let values = seal::destroy(&house.site, &operator(), &args.key, args.lose_content)
                .await
                .map_err(kit_error)?;
            println!("密钥 {} 已销毁；{values} 项内容随之不能再打开。", args.key);
            println!("离线保存的密钥文件副本也要换成新的，旧副本要一并销毁。");
            Ok(())
        }
    }
}

async fn list(args: KeysListArgs) -> anyhow::Result<()> {
    let (_, house) = open_for_command(&args.config).await?;
    let site = &house.site;
    let mut rows = Vec::new();
    for key in site.keys.keys().map_err(kit_error)? {
        let values = seal::values_under(site, &key.id).await.map_err(kit_error)?;
        rows.push((key, values));
    }
    if args.format == Format::Json {
        let all: Vec<_> = rows
            .iter()
            .map(|(key, values)| {
                json!({
                    "id": key.id,
                    "purpose": key.purpose.id(),
                    "active": key.state == KeyState::Active,
                    "created_at": key.created_at,
                    "values": values,
                })
            })
            .collect();
        println!("{}", json!(all));
        return Ok(());
    }
    if let Some(path) = site.keys.path() {
        println!("密钥文件：{}", path.display());
    }
    for (key, values) in rows {
        let state = match key.state {
            KeyState::Active => "使用中",
            KeyState::Retired => "只用于打开旧内容",
        };
        println!(
            "{}  {}  {state}  {} 启用  密封着 {values} 项内容",
            key.id,
            key.purpose.name(),
            spoken_time(key.created_at)
        );
    }
    Ok(())
}

async fn rotate(args: KeysRotateArgs) -> anyhow::Result<()> {
    let purposes = match args.purpose.as_deref() {
        None => Purpose::ALL.to_vec(),
        Some(id) => vec![Purpose::of(id).ok_or_else(|| {
            anyhow::anyhow!("没有“{id}”这种用途的密钥；可写 data、log、session、second_factor、index")
        })?],
    };
    let (_, house) = open_for_command(&args.config).await?;
    for purpose in purposes {
        rotate_one(&house.site, purpose).await?;
    }
    println!("请把密钥文件的离线副本更新一份；旧密钥确认不再需要后，可用 gongkai keys destroy 销毁。");
    Ok(())
}

async fn rotate_one(site: &Site, purpose: Purpose) -> anyhow::Result<()> {
    let id = seal::rotate(site, &operator(), purpose).await.map_err(kit_error)?;
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("{spinner} 已用新密钥重新密封 {pos} 项")?);
    let progress = seal::reseal(site, &operator(), purpose, |p| bar.set_position(p.sealed))
        .await
        .map_err(kit_error)?;
    bar.finish_and_clear();
    println!(
        "{}：新密钥 {id} 已启用，重新密封 {} 项。",
        purpose.name(),
        progress.sealed
    );
    if progress.lost > 0 {
        println!("另有 {} 项的密钥已经销毁，打不开，保持原样。", progress.lost);
    }
    Ok(())
}
