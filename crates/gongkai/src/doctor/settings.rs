//! The configuration itself: what was left as it comes, what does not go together, who can read it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Finding;
use crate::config::Config;

pub(super) fn examine(config: &Config, file: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(placeholders(config));
    findings.extend(addresses(config));
    findings.extend(readers(config, file));
    if findings.is_empty() {
        findings.push(Finding::good("配置", "各项都已填写"));
    }
    findings
}

fn placeholders(config: &Config) -> Vec<Finding> {
    let site = &config.site;
    let mut left = Vec::new();
    for (setting, is_left) in [
        ("site.name", site.name == "示例区人民政府"),
        (
            "site.id_code",
            site.id_code.trim_start_matches("bm").bytes().all(|b| b == b'0'),
        ),
        ("site.sponsor", site.sponsor == "示例区人民政府办公室"),
        ("site.phone", site.phone.is_empty()),
        ("site.icp", site.icp.is_empty()),
        ("site.police", site.police.is_empty()),
        ("index_numbers.agency", config.index_numbers.agency == "00000"),
    ] {
        if is_left {
            left.push(setting);
        }
    }
    if left.is_empty() {
        return Vec::new();
    }
    vec![Finding::note(
        "配置",
        format!("还没有填写：{}", left.join("、")),
        "上线前请在配置文件里填好；网站标识码和索引号机构代码尤其要在第一次发布之前填对",
    )]
}

fn addresses(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (setting, url, listen) in [
        ("site.public_url", &config.site.public_url, config.listen),
        ("site.desk_url", &config.site.desk_url, config.desk_listen),
    ] {
        if url.is_empty() && !listen.ip().is_loopback() {
            findings.push(Finding::wrong(
                "网址",
                format!("没有填写 {setting}，而程序监听在 {listen}，不只是本机"),
                format!("请把 {setting} 写成浏览器地址栏里的网址，否则工作台会拒绝提交、页面里的链接不对"),
            ));
        }
    }
    let desk = &config.site.desk_url;
    let is_local =
        url::Url::parse(desk).is_ok_and(|url| matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")));
    if desk.starts_with("http://") && !is_local {
        findings.push(Finding::wrong(
            "网址",
            "工作台的网址 site.desk_url 不是 https",
            "请在前面的代理上配好证书，把 site.desk_url 改成 https://…；不用 HTTPS 登录不进去",
        ));
    }
    if !desk.is_empty() && *desk == config.site.public_url {
        findings.push(Finding::wrong(
            "网址",
            "公开网站和工作台用的是同一个网址",
            "请给工作台另一个域名或端口",
        ));
    }
    findings
}

/// The file may hold the password of the database and the key of the object store.
fn readers(config: &Config, file: &Path) -> Vec<Finding> {
    let has_secret = !config.blobs.secret_key.is_empty() || config.database.url.starts_with("postgres");
    let mode = file.metadata().map(|m| m.permissions().mode()).unwrap_or(0);
    if has_secret && mode & 0o007 != 0 {
        return vec![Finding::wrong(
            "配置",
            format!("配置文件 {} 里有口令或密钥，而别的账号也能读", file.display()),
            format!("请运行 chmod o= {}，属主或属组设为运行平台的账号", file.display()),
        )];
    }
    Vec::new()
}
