//! `gongkai mail`: returned mail, as the mail server hands it over.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use kit::Site;
use kit::message::bounce::{self, Returned};

use super::operator;
use crate::cli::{MailBouncesArgs, MailCommand};
use crate::serve::open_for_command;
use crate::wiring::kit_error;

/// Takes returned mail.
///
/// # Errors
/// When it cannot be read or kept; then it has to be handed over again.
pub async fn run(command: MailCommand) -> anyhow::Result<()> {
    let MailCommand::Bounces(args) = command;
    bounces(args).await
}

async fn bounces(args: MailBouncesArgs) -> anyhow::Result<()> {
    let (_, house) = open_for_command(&args.config).await?;
    let mut count = Count::default();
    if args.from == Path::new("-") {
        let bytes = read(std::io::stdin().lock()).context("标准输入读不到")?;
        count.add(take(&house.site, &bytes).await?);
    } else {
        for file in files(&args.from)? {
            let opened = fs::File::open(&file).with_context(|| format!("退信 {} 读不到", file.display()))?;
            let bytes = read(opened).with_context(|| format!("退信 {} 读不到", file.display()))?;
            count.add(take(&house.site, &bytes).await?);
            let mut done = file.clone().into_os_string();
            done.push(".done");
            fs::rename(&file, done)
                .with_context(|| format!("退信 {} 已处理，但改不了名；下次会再读一遍，没有害处", file.display()))?;
        }
    }
    println!(
        "退信：标记退回 {} 条，没有新情况 {} 封，待系统管理员处理 {} 封。",
        count.marked, count.nothing_new, count.kept
    );
    Ok(())
}

#[derive(Default)]
struct Count {
    marked: usize,
    nothing_new: usize,
    kept: usize,
}

impl Count {
    fn add(&mut self, returned: Returned) {
        match returned {
            Returned::Marked => self.marked += 1,
            Returned::NothingNew => self.nothing_new += 1,
            Returned::Kept => self.kept += 1,
        }
    }
}

async fn take(site: &Site, bytes: &[u8]) -> anyhow::Result<Returned> {
    bounce::take(site, &operator(), bytes).await.map_err(kit_error)
}

/// As much as is looked at.
fn read(from: impl std::io::Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(bounce::LARGEST as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Files of a folder that have not been taken, by name.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable = || format!("目录 {} 读不到；请检查路径和权限", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file && !name.ends_with(".done") && !name.starts_with('.') {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}
