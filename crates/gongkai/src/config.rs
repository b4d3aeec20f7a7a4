//! The configuration: one typed struct, read once.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use ipnet::IpNet;
use kit::account::{Settings, oidc};
use kit::permission::Role;
use kit::seal::Sealed;
use kit::web::{Edge, Forwarded};
use serde::Deserialize;

use crate::wiring::kit_error;

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
    /// What stands between the faces and their readers.
    #[serde(default)]
    pub web: WebConfig,
    /// How strictly the desk lets people in.
    #[serde(default)]
    pub sign_in: SignInConfig,
    /// What is sent, and for how long.
    #[serde(default)]
    pub messages: MessagesConfig,
    /// The mail server.
    #[serde(default)]
    pub mail: MailConfig,
    /// The gateway for text messages.
    #[serde(default)]
    pub sms: SmsConfig,
    /// The identity provider of the desk.
    #[serde(default)]
    pub oidc: OidcConfig,
    /// What is logged.
    #[serde(default)]
    pub log: LogConfig,
}

/// The identity provider of the desk (OpenID Connect).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OidcConfig {
    /// The provider's issuer, exactly as it calls itself; empty: there is none.
    pub issuer: String,
    /// What this installation is called there.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// A file that holds the secret instead.
    pub client_secret_file: PathBuf,
    /// What the button says.
    pub label: String,
    /// The claim that is compared with sign-in names.
    pub name_claim: String,
    /// Whether an account whose sign-in name equals that claim is linked at first use.
    pub link_on_first_use: bool,
    /// Whether whoever comes from the provider is not asked for a second factor.
    pub trust_provider_factor: bool,
}

impl OidcConfig {
    fn check(&self) -> anyhow::Result<()> {
        if self.issuer.is_empty() {
            return Ok(());
        }
        let host = host_of(&self.issuer).unwrap_or_default();
        let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&host.as_str());
        let is_secure = self.issuer.starts_with("https://") || (self.issuer.starts_with("http://") && is_here);
        if !is_secure || host.is_empty() || self.issuer.contains(['?', '#']) {
            bail!(
                "配置 oidc.issuer 的“{}”不能用；请照抄统一身份认证平台给出的 issuer，须以 https:// 开头",
                self.issuer
            );
        }
        for (setting, value) in [
            ("client_id", &self.client_id),
            ("label", &self.label),
            ("name_claim", &self.name_claim),
        ] {
            if value.trim().is_empty() {
                bail!("配置了 oidc.issuer，就须填写 oidc.{setting}");
            }
        }
        if !self.client_secret.is_empty() && !self.client_secret_file.as_os_str().is_empty() {
            bail!("配置 oidc.client_secret 与 oidc.client_secret_file 只能填写一个");
        }
        Ok(())
    }

    /// The settings as the kit takes them, with the secret read from its file; none without a provider.
    ///
    /// # Errors
    /// When a setting is senseless or the file cannot be read.
    pub fn settings(&self) -> anyhow::Result<Option<oidc::Settings>> {
        self.check()?;
        if self.issuer.is_empty() {
            return Ok(None);
        }
        Ok(Some(oidc::Settings {
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_secret: self.secret()?.map(Sealed::new),
            label: self.label.clone(),
            name_claim: self.name_claim.clone(),
            link_on_first_use: self.link_on_first_use,
            trust_provider_factor: self.trust_provider_factor,
        }))
    }

    fn secret(&self) -> anyhow::Result<Option<String>> {
        let file = &self.client_secret_file;
        if file.as_os_str().is_empty() {
            return Ok(Some(self.client_secret.clone()).filter(|secret| !secret.is_empty()));
        }
        let text = std::fs::read_to_string(file).with_context(|| {
            format!(
                "读不到 oidc.client_secret_file 指的文件 {}；请检查路径和权限",
                file.display()
            )
        })?;
        let secret = text.trim();
        if secret.is_empty() {
            bail!("oidc.client_secret_file 指的文件 {} 是空的", file.display());
        }
        Ok(Some(secret.to_string()))
    }
}

/// How strictly the desk lets people in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignInConfig {
    /// Roles whose holders need a second factor.
    pub second_factor_roles: Vec<String>,
    /// A session not used for so many minutes ends.
    pub idle_minutes: u16,
    /// Dangerous acts ask for a proof younger than so many minutes.
    pub proof_minutes: u16,
}

impl SignInConfig {
    /// The settings as the kit takes them.
    ///
    /// # Errors
    /// When a role is unknown or a number senseless.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        let mut roles = Vec::new();
        for id in &self.second_factor_roles {
            let role = Role::of(id);
            roles.push(role.with_context(|| format!("配置 sign_in.second_factor_roles 里的“{id}”不是角色"))?);
        }
        if !(10..=720).contains(&self.idle_minutes) {
            bail!("配置 sign_in.idle_minutes 应在 10 至 720 分钟之间");
        }
        if !(1..=720).contains(&self.proof_minutes) {
            bail!("配置 sign_in.proof_minutes 应在 1 至 720 分钟之间");
        }
        Ok(Settings {
            second_factor_roles: roles,
            idle_minutes: self.idle_minutes.into(),
            proof_minutes: self.proof_minutes.into(),
        })
    }
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

/// What stands between the faces and their readers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebConfig {
    /// Networks of the proxies whose word about a sender's address is believed.
    pub trusted_proxies: Vec<String>,
    /// The header in which they give it: `X-Forwarded-For` or `Forwarded`.
    pub forwarded_header: String,
    /// Whom to tell of a weakness, for security.txt: `mailto:…`, `https://…` or `tel:…`.
    pub security_contact: String,
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

impl Default for WebConfig {
    fn default() -> Self {
        WebConfig {
            trusted_proxies: Vec::new(),
            forwarded_header: "X-Forwarded-For".into(),
            security_contact: String::new(),
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

impl Default for SignInConfig {
    fn default() -> Self {
        SignInConfig {
            second_factor_roles: ["system_administrator", "security_administrator", "audit_administrator"]
                .map(String::from)
                .to_vec(),
            idle_minutes: 60,
            proof_minutes: 10,
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

impl Default for OidcConfig {
    fn default() -> Self {
        OidcConfig {
            issuer: String::new(),
            client_id: String::new(),
            client_secret: String::new(),
            client_secret_file: PathBuf::new(),
            label: "统一身份认证登录".into(),
            name_claim: "preferred_username".into(),
            link_on_first_use: false,
            trust_provider_factor: false,
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
            // A proxy on this same machine is believed, as an operator trying one out would set it.
            web: WebConfig {
                trusted_proxies: vec!["127.0.0.1".into(), "::1".into()],
                ..WebConfig::default()
            },
            // Whoever tries the demonstration comes in by a one-time link and looks around for an afternoon, without a
            // telephone at hand; a second factor can still be set up in it.
            sign_in: SignInConfig {
                second_factor_roles: Vec::new(),
                idle_minutes: 720,
                proof_minutes: 720,
            },
            messages: MessagesConfig::default(),
            mail: MailConfig::default(),
            sms: SmsConfig::default(),
            oidc: OidcConfig::default(),
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
        self.sign_in.settings()?;
        self.oidc.check()?;
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
        if self.is_one_listener() {
            self.check_hosts()?;
        }
        self.edge().map(|_| ())
    }

    /// Whether both faces stand at one address, where the host of a request tells them apart.
    pub fn is_one_listener(&self) -> bool {
        self.listen == self.desk_listen && self.listen.port() != 0
    }

    /// Two faces at one address need two names.
    fn check_hosts(&self) -> anyhow::Result<()> {
        let (public, desk) = (host_of(&self.site.public_url), host_of(&self.site.desk_url));
        if public.is_some() && desk.is_some() && public != desk {
            return Ok(());
        }
        bail!(
            "配置 listen 与 desk_listen 相同（{}）时，site.public_url 与 site.desk_url 须填写两个不同的域名，程序靠域名分辨公开网站和工作台；\
             也可以让两者监听不同的端口",
            self.listen
        )
    }

    /// How requests reach the two faces.
    ///
    /// # Errors
    /// With the setting that cannot be read.
    pub fn edge(&self) -> anyhow::Result<Edge> {
        let contact = &self.web.security_contact;
        let is_uri = ["mailto:", "https://", "tel:"]
            .iter()
            .any(|scheme| contact.starts_with(scheme));
        if !contact.is_empty() && (!is_uri || contact.chars().any(|c| c.is_control() || c.is_whitespace())) {
            bail!("配置 web.security_contact 的“{contact}”不能用；请写成 mailto:…、https://… 或 tel:… 的样子");
        }
        Ok(Edge {
            public_hosts: hosts(&self.site.public_url, self.listen),
            desk_hosts: hosts(&self.site.desk_url, self.desk_listen),
            trusted_proxies: kit::web::networks(&self.web.trusted_proxies).map_err(kit_error)?,
            forwarded: Forwarded::of(&self.web.forwarded_header).map_err(kit_error)?,
            security_contact: contact.clone(),
        })
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

    /// The file of the database, when it is SQLite.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        let url = self.database_url();
        let path = url.strip_prefix("sqlite:")?;
        Some(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
    }

    /// Address of the database.
    pub fn database_url(&self) -> String {
        match self.database.url.as_str() {
            "" => format!("sqlite:{}", self.data.join("gongkai.sqlite").display()),
            url => url.to_string(),
        }
    }
}

/// The hosts that a face answers to: that of its address; without one, whatever is asked for, or on a listener that only
/// this machine reaches, this machine's names.
fn hosts(url: &str, listen: SocketAddr) -> Vec<String> {
    match host_of(url) {
        Some(host) => vec![host],
        None if listen.ip().is_loopback() => vec![listen.ip().to_string()],
        None => Vec::new(),
    }
}

/// The host name in a configured address.
fn host_of(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    kit::web::host_name(rest.split('/').next().unwrap_or(rest))
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
    fn one_listener_needs_two_names() {
        let one = "data = 'x'\nlisten = '127.0.0.1:8080'\ndesk_listen = '127.0.0.1:8080'\n[site]\n";
        let urls = |public, desk| format!("{one}public_url = 'https://{public}'\ndesk_url = 'https://{desk}'\n");
        assert!(parse(one).unwrap().check().is_err());
        assert!(parse(&urls("a.example", "a.example:8443")).unwrap().check().is_err());
        let good = parse(&urls("a.example", "b.example")).unwrap();
        good.check().unwrap();
        assert_eq!(good.edge().unwrap().desk_hosts, ["b.example"]);
        let plain = parse("data = 'x'\ndesk_listen = '0.0.0.0:8081'\n")
            .unwrap()
            .edge()
            .unwrap();
        assert_eq!(plain.public_hosts, ["127.0.0.1"]);
        assert!(plain.desk_hosts.is_empty(), "nobody has said what it is called");
    }

    #[test]
    fn what_stands_between_is_checked_at_start() {
        for wrong in [
            "trusted_proxies = ['proxy.example']",
            "forwarded_header = 'X-Real-IP'",
            "security_contact = 'security@example.gov.cn'",
            "security_contact = \"mailto:a@example.gov.cn\\nEvil: yes\"",
        ] {
            let config = parse(&format!("data = 'x'\n[web]\n{wrong}\n")).unwrap();
            assert!(config.check().is_err(), "{wrong}");
        }
        let good =
            parse("data = 'x'\n[web]\ntrusted_proxies = ['10.0.0.1', '10.1.0.0/16']\nforwarded_header = 'forwarded'\n");
        assert_eq!(good.unwrap().edge().unwrap().trusted_proxies.len(), 2);
    }

    #[test]
    fn a_provider_is_named_completely_or_not_at_all() {
        assert!(parse("data = 'x'").unwrap().oidc.settings().unwrap().is_none());
        let of = |rest: &str| parse(&format!("data = 'x'\n[oidc]\n{rest}\n")).unwrap().oidc.settings();
        let good = of("issuer = 'https://id.example.gov.cn'\nclient_id = 'gongkai'\nclient_secret = 's'");
        let good = good.unwrap().unwrap();
        assert_eq!(
            (good.label.as_str(), good.name_claim.as_str()),
            ("统一身份认证登录", "preferred_username")
        );
        assert!(!good.link_on_first_use && !good.trust_provider_factor);
        assert!(!format!("{good:?}").contains("\"s\""), "{good:?}");
        for wrong in [
            "issuer = 'https://id.example.gov.cn'",
            "issuer = 'http://id.example.gov.cn'\nclient_id = 'gongkai'",
            "issuer = 'http://localhost.example.gov.cn'\nclient_id = 'gongkai'",
            "issuer = 'id.example.gov.cn'\nclient_id = 'gongkai'",
            "issuer = 'https://id.example.gov.cn?a=b'\nclient_id = 'gongkai'",
            "issuer = 'https://id.example.gov.cn'\nclient_id = 'gongkai'\nlabel = ' '",
            "issuer = 'https://id.example.gov.cn'\nclient_id = 'a'\nclient_secret = 's'\nclient_secret_file = '/x'",
            "issuer = 'https://id.example.gov.cn'\nclient_id = 'a'\nclient_secret_file = '/not/there'",
        ] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
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
