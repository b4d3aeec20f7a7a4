//! The doctor (体检): looks an installation over and says what is wrong and what to do. It changes nothing, unless told to
//! sweep, and prints neither secrets nor personal data.

mod certificate;
mod database;
mod files;
mod machine;
mod publication;
mod queue;
mod settings;

use std::path::Path;

use kit::clock::Clock;
use kit::seal::Keyring;
use serde::Serialize;

use crate::config::Config;
use crate::wiring::{self, House};

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// In order.
    Good,
    /// Worth knowing; nothing has to be done at once.
    Note,
    /// Wrong.
    Wrong,
    /// It could not be looked at; the sentence says why.
    Unchecked,
}

/// One thing looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// How it is.
    pub level: Level,
    /// What was found, a sentence without its full stop.
    pub what: String,
    /// What to do, likewise; empty when nothing has to be done.
    pub advice: String,
}

/// How thoroughly is looked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// Every file is read, and the database is examined to the last page.
    pub all: bool,
    /// What no row has named for more than a day is removed.
    pub sweep: bool,
}

impl Finding {
    fn good(check: &'static str, what: impl Into<String>) -> Finding {
        Finding::of(check, Level::Good, what, "")
    }

    fn note(check: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Finding {
        Finding::of(check, Level::Note, what, advice)
    }

    fn wrong(check: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Finding {
        Finding::of(check, Level::Wrong, what, advice)
    }

    fn unchecked(check: &'static str, why: impl Into<String>) -> Finding {
        Finding::of(check, Level::Unchecked, why, "")
    }

    fn of(check: &'static str, level: Level, what: impl Into<String>, advice: impl Into<String>) -> Finding {
        Finding {
            check,
            level,
            what: what.into(),
            advice: advice.into(),
        }
    }

    /// A failure to look is itself a finding.
    fn failed(check: &'static str, error: &kit::Error) -> Finding {
        Finding::wrong(
            check,
            format!("检查时出错（{error}）"),
            "请看这一项所在的数据库、磁盘或存储是否可用，再运行一次",
        )
    }
}

/// Looks at everything there is to look at. `file` is where the configuration was read from, `house` the open
/// installation, when there is one already.
pub async fn examine(config: &Config, file: &Path, house: Option<&House>, depth: Depth) -> Vec<Finding> {
    let mut findings = settings::examine(config, file);
    findings.extend(machine::examine(config));
    match house {
        Some(house) => findings.extend(inside(house, depth).await),
        None => match opened(config).await {
            Ok(house) => findings.extend(inside(&house, depth).await),
            Err(finding) => findings.push(finding),
        },
    }
    findings.extend(certificate::examine(config, Clock::system().now()).await);
    findings
}

/// Opens the installation, and makes none where there is none.
async fn opened(config: &Config) -> Result<House, Finding> {
    const CHECK: &str = "数据库";
    if let Some(path) = config.sqlite_file().filter(|path| !path.is_file()) {
        return Err(Finding::wrong(
            CHECK,
            format!("没有数据库文件 {}", path.display()),
            "新安装的请运行 gongkai migrate；本来有数据的请核对配置 data 和 database.url",
        ));
    }
    let folder = config.keys_folder();
    match Keyring::find(&folder) {
        Ok(Some(_)) => {}
        Ok(None) => {
            return Err(Finding::wrong(
                "密钥",
                format!("密钥目录 {} 里没有密钥文件", folder.display()),
                "新安装或刚升级的，启动服务时会自动建立；以前用过的，请把另外保管的密钥文件放回去",
            ));
        }
        Err(error) => return Err(Finding::failed("密钥", &error)),
    }
    wiring::open(config, Clock::system(), false)
        .await
        .map_err(|error| Finding::wrong(CHECK, format!("{error:#}"), "请按上面的原因处理后再运行一次"))
}

async fn inside(house: &House, depth: Depth) -> Vec<Finding> {
    let mut findings = database::examine(&house.site, depth).await;
    // Before the database has its tables there is nothing else to look at.
    if findings
        .iter()
        .any(|finding| finding.level == Level::Wrong && finding.check == database::MIGRATIONS)
    {
        return findings;
    }
    findings.extend(publication::examine(house).await);
    findings.push(queue::examine(&house.site).await);
    findings.extend(files::examine(&house.site, depth).await);
    findings.push(machine::reader(&house.office).await);
    findings
}
