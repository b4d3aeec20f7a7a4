//! The configuration: one typed struct, read once.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use ipnet::IpNet;
use serde::Deserialize;

/// Everything that can be set. Each setting is described in docs/manual.md; a test compares the two.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Data directory.
    pub data: PathBuf,
    /// Folder of the keyring, outside the data directory and its backups; empty: beside the data directory, its name
    /// followed by `-keys`.
    #[serde(default)]
    pub keys: PathBuf,
    /// Where the public site listens.
    #[serde(default = "public_listen")]
    pub listen: SocketAddr,
    /// Where the desk listens.
    #[serde(default = "desk_listen")]
    pub desk_listen: SocketAddr,
    /// What the site says of itself.
    #[serde(default)]
    pub site: SiteConfig,
    /// The database.
    #[serde(default)]
    pub database: DatabaseConfig,
    /// Where files are kept.
    #[serde(default)]
    pub blobs: BlobConfig,
    /// How index numbers are composed.
    #[serde(default)]
    pub index_numbers: IndexNumberConfig,
    /// Requests to other servers.
    #[serde(default)]
    pub outgoing: OutgoingConfig,
    /// What is sent, and for how long.
    #[serde(default)]
    pub messages: MessagesConfig,
    /// The mail server.
    #[serde(default)]
    pub mail: MailConfig,
    /// The gateway for text messages.
    #[serde(default)]
    pub sms: SmsConfig,
    /// What is logged.
    #[serde(default)]
    pub log: LogConfig,
}

/// Messages, whichever way they go.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MessagesConfig {
    /// Folder with templates in the place of the program's own; empty: none.
    pub templates: PathBuf,
    /// Days after which the content of a message that went out or failed is wiped.
    pub keep_days: u32,
    /// Days for which sending is tried.
    pub give_up_days: u32,
}

/// The mail server.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailConfig {
    /// Its name; empty: mail waits.
    pub host: String,
    /// Its port; 0: 587 with `starttls`, 465 with `tls`, 25 with `plain`.
    pub port: u16,
    /// `starttls`, `tls`, or `plain` for a server on this machine.
    pub security: String,
    /// Name to sign in with; empty: none.
    pub user: String,
    /// Password to it.
    pub password: String,
    /// File with the password, instead of `password`.
    pub password_file: PathBuf,
    /// Sender.
    pub from: String,
    /// Where answers go.
    pub reply_to: String,
    /// Where returned mail goes.
    pub bounces: String,
    /// File with a certificate to trust beside those of the operating system.
    pub certificate: PathBuf,
    /// Seconds that handing over one mail may take.
    pub timeout: u64,
}

/// The gateway for text messages.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmsConfig {
    /// Its address; empty: text messages wait.
    pub url: String,
    /// `POST` or `GET`.
    pub method: String,
    /// Headers by name.
    pub headers: BTreeMap<String, String>,
    /// The body, with gaps.
    pub body: String,
    /// `json` or `form`: how values are written into the body.
    pub format: String,
    /// File with the secret for the gap `{secret}`.
    pub secret_file: PathBuf,
    /// What an answer holds when the message was taken over.
    pub success: String,
    /// What an answer holds when it is worth another try.
    pub again: String,
    /// Most text messages to one number in an hour.
    pub hourly: u32,
}

impl std::fmt::Debug for MailConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailConfig")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SmsConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmsConfig").finish_non_exhaustive()
    }
}

/// Requests to other servers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutgoingConfig {
    /// Networks that may be reached although they are not public.
    pub allowed: Vec<IpNet>,
}

/// What the site says of itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SiteConfig {
    /// Standard name.
    pub name: String,
    /// Name of the district.
    pub district: String,
    /// Address of the public site, without a slash at its end; empty: as it listens.
    pub public_url: String,
    /// Address of the desk, likewise.
    pub desk_url: String,
    /// 政府网站标识码.
    pub id_code: String,
    /// 主办单位.
    pub sponsor: String,
    /// Telephone of the sponsor.
    pub phone: String,
    /// ICP 备案编号.
    pub icp: String,
    /// 公安机关备案号.
    pub police: String,
}

/// The database.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseConfig {
    /// `sqlite:PATH` or `postgres://…`; empty: `gongkai.sqlite` in the data directory.
    pub url: String,
}

/// Where files are kept.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BlobConfig {
    /// Address of an S3-compatible store; empty: the folder `blobs` in the data directory.
    pub endpoint: String,
    /// Bucket.
    pub bucket: String,
    /// Region.
    pub region: String,
    /// Access key.
    pub access_key: String,
    /// Secret key.
    pub secret_key: String,
}

/// How index numbers are composed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IndexNumberConfig {
    /// Scheme: `fuzhou` and others known to the program.
    pub scheme: String,
    /// Letters at the beginning instead of the scheme's own; empty: the scheme's own.
    pub prefix: String,
    /// Code of the region; empty: the first six digits of the site's id code.
    pub region: String,
    /// Code of the organ that keeps the numbers.
    pub agency: String,
}

/// What is logged.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `error`, `warn`, `info` or `debug`.
    pub level: String,
    /// `json` or `text`.
    pub format: String,
}

fn public_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn desk_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8081))
}

impl Default for SiteConfig {
    fn default() -> Self {
        SiteConfig {
            name: "示例区人民政府".into(),
            district: "示例区".into(),
            public_url: String::new(),
            desk_url: String::new(),
            id_code: "0000000000".into(),
            sponsor: "示例区人民政府办公室".into(),
            phone: String::new(),
            icp: String::new(),
            police: String::new(),
        }
    }
}

impl Default for IndexNumberConfig {
    fn default() -> Self {
        IndexNumberConfig {
            scheme: "fuzhou".into(),
            prefix: String::new(),
            region: String::new(),
            agency: "00000".into(),
        }
    }
}

impl Default for MessagesConfig {
    fn default() -> Self {
        MessagesConfig {
            templates: PathBuf::new(),
            keep_days: 30,
            give_up_days: 3,
        }
    }
}

impl Default for MailConfig {
    fn default() -> Self {
        MailConfig {
            host: String::new(),
            port: 0,
            security: "starttls".into(),
            user: String::new(),
            password: String::new(),
            password_file: PathBuf::new(),
            from: String::new(),
            reply_to: String::new(),
            bounces: String::new(),
            certificate: PathBuf::new(),
            timeout: 120,
        }
    }
}

impl Default for SmsConfig {
    fn default() -> Self {
        SmsConfig {
            url: String::new(),
            method: "POST".into(),
            headers: BTreeMap::new(),
            body: String::new(),
            format: "json".into(),
            secret_file: PathBuf::new(),
            success: String::new(),
            again: String::new(),
            hourly: 10,
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        LogConfig {
            level: "info".into(),
            format: "json".into(),
        }
    }
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// With a sentence that names the file and the line.
    pub fn read(path: &Path) -> anyhow::Result<Config> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("读不到配置文件 {}；请用 --config 指出它在哪里", path.display()))?;
        let config: Config = toml::from_str(&text)
            .map_err(|e| anyhow::anyhow!("配置文件 {} 有误：{}", path.display(), e.to_string().trim()))?;
        config.check()?;
        Ok(config)
    }

    /// A configuration with everything by default, for the demonstration.
    pub fn demo(data: PathBuf, listen: SocketAddr) -> anyhow::Result<Config> {
        let port = if listen.port() == 0 {
            0
        } else {
            listen.port().checked_add(1).context("端口太大，工作台没有端口可用")?
        };
        Ok(Config {
            data,
            keys: PathBuf::new(),
            listen,
            desk_listen: SocketAddr::new(listen.ip(), port),
            site: SiteConfig {
                name: "福州市仓山区人民政府（示例）".into(),
                district: "仓山区".into(),
                id_code: "3501040000".into(),
                sponsor: "仓山区人民政府办公室（示例）".into(),
                icp: "示例ICP备00000000号".into(),
                police: "示例公网安备00000000000000号".into(),
                ..SiteConfig::default()
            },
            database: DatabaseConfig::default(),
            blobs: BlobConfig::default(),
            index_numbers: IndexNumberConfig::default(),
            outgoing: OutgoingConfig::default(),
            messages: MessagesConfig::default(),
            mail: MailConfig::default(),
            sms: SmsConfig::default(),
            log: LogConfig {
                level: "warn".into(),
                format: "text".into(),
            },
        })
    }

    fn check(&self) -> anyhow::Result<()> {
        let code = &self.site.id_code;
        let digits = code.strip_prefix("bm").map_or(code.len() == 10, |rest| rest.len() == 8);
        if !digits || !code.trim_start_matches("bm").chars().all(|c| c.is_ascii_digit()) {
            bail!("配置 site.id_code 的“{code}”不是网站标识码；应为 10 位数字，或 bm 加 8 位数字");
        }
        if self.keys_folder().starts_with(&self.data) {
            bail!("配置 keys 的目录在数据目录里面，备份会把密钥和数据放在一起；请换一个数据目录以外的地方");
        }
        for (setting, url) in [
            ("site.public_url", &self.site.public_url),
            ("site.desk_url", &self.site.desk_url),
        ] {
            if !url.is_empty() {
                kit::site::check_url(setting, url).map_err(|e| anyhow::anyhow!("{e}"))?;
            }
        }
        Ok(())
    }

    /// Folder of the keyring.
    pub fn keys_folder(&self) -> PathBuf {
        if !self.keys.as_os_str().is_empty() {
            return self.keys.clone();
        }
        let mut name = self.data.file_name().unwrap_or_default().to_os_string();
        name.push("-keys");
        self.data.with_file_name(name)
    }

    /// Address of the database.
    pub fn database_url(&self) -> String {
        match self.database.url.as_str() {
            "" => format!("sqlite:{}", self.data.join("gongkai.sqlite").display()),
            url => url.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        toml::from_str::<Config>(text).map_err(|e| e.to_string())
    }

    #[test]
    fn a_short_file_suffices_and_a_typing_slip_is_noticed() {
        let config = parse("data = '/var/lib/gongkai'\n[site]\nname = '某区人民政府'\n").unwrap();
        assert_eq!(config.listen.port(), 8080);
        assert_eq!(config.database_url(), "sqlite:/var/lib/gongkai/gongkai.sqlite");
        assert!(parse("data = 'x'\nlisten_on = '127.0.0.1:1'").is_err());
    }

    #[test]
    fn the_manual_describes_every_setting() {
        let manual = include_str!("../../../docs/manual.md");
        let source = include_str!("config.rs");
        let settings = source
            .lines()
            .take_while(|line| !line.starts_with("fn public_listen"))
            .filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':'))
            .map(|(name, _)| name)
            .filter(|name| !name.contains(' '));
        for setting in settings {
            assert!(
                manual.contains(&format!("`{setting}`")),
                "docs/manual.md does not describe `{setting}`"
            );
        }
    }
}
