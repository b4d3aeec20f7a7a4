//! What the configuration says of mail and text messages, with its secrets read from their files.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use kit::message::{MailSettings, Security, Settings, SmsFormat, SmsSettings};
use kit::seal::Sealed;

use crate::config::{Config, MailConfig, SmsConfig};

const LONGEST_SECRET: u64 = 64 * 1024;

/// The settings of messages.
///
/// # Errors
/// With a sentence that names the setting.
pub fn settings(config: &Config) -> anyhow::Result<Settings> {
    Ok(Settings {
        mail: mail(&config.mail)?,
        sms: sms(&config.sms)?,
        templates: given(&config.messages.templates).map(Path::to_path_buf),
        keep_days: config.messages.keep_days,
        give_up_days: config.messages.give_up_days,
    })
}

fn mail(config: &MailConfig) -> anyhow::Result<Option<MailSettings>> {
    if config.host.is_empty() {
        return Ok(None);
    }
    let (security, usual_port) = match config.security.as_str() {
        "starttls" => (Security::StartTls, 587),
        "tls" => (Security::Tls, 465),
        "plain" => (Security::Plain, 25),
        other => bail!("配置 mail.security 的“{other}”不认识；可写 starttls、tls 或 plain"),
    };
    let password = match given(&config.password_file) {
        Some(file) => secret("mail.password_file", file)?,
        None => Sealed::new(config.password.clone()),
    };
    let certificate = given(&config.certificate)
        .map(|file| {
            std::fs::read(file).with_context(|| format!("配置 mail.certificate 的文件 {} 读不到", file.display()))
        })
        .transpose()?;
    Ok(Some(MailSettings {
        host: config.host.clone(),
        port: if config.port == 0 { usual_port } else { config.port },
        security,
        user: config.user.clone(),
        password,
        from: config.from.clone(),
        reply_to: config.reply_to.clone(),
        bounces: config.bounces.clone(),
        certificate,
        timeout: Duration::from_secs(config.timeout.max(1)),
    }))
}

fn sms(config: &SmsConfig) -> anyhow::Result<Option<SmsSettings>> {
    if config.url.is_empty() {
        return Ok(None);
    }
    let format = match config.format.as_str() {
        "json" => SmsFormat::Json,
        "form" => SmsFormat::Form,
        other => bail!("配置 sms.format 的“{other}”不认识；可写 json 或 form"),
    };
    let secret = match given(&config.secret_file) {
        Some(file) => secret("sms.secret_file", file)?,
        None => Sealed::new(String::new()),
    };
    Ok(Some(SmsSettings {
        url: config.url.clone(),
        method: config.method.clone(),
        headers: config.headers.clone().into_iter().collect(),
        body: config.body.clone(),
        format,
        secret,
        success: config.success.clone(),
        again: config.again.clone(),
        hourly: config.hourly,
    }))
}

fn given(path: &Path) -> Option<&Path> {
    (!path.as_os_str().is_empty()).then_some(path)
}

/// The first line of a file that nobody else may read.
fn secret(setting: &str, file: &Path) -> anyhow::Result<Sealed<String>> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata =
        std::fs::metadata(file).with_context(|| format!("配置 {setting} 的文件 {} 读不到", file.display()))?;
    if metadata.permissions().mode() & 0o007 != 0 {
        bail!(
            "配置 {setting} 的文件 {} 任何账号都能读；请改成只有运行平台的账号能读（chmod 600）",
            file.display()
        );
    }
    if metadata.len() > LONGEST_SECRET {
        bail!("配置 {setting} 的文件 {} 太大，不像口令", file.display());
    }
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("配置 {setting} 的文件 {} 读不到，或不是文本", file.display()))?;
    Ok(Sealed::new(text.lines().next().unwrap_or_default().trim().to_string()))
}
