//! The machine: disk, file system, rights, limits, and whether foreign files can be read in confinement.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use office::{Confined, Format, Request};

use super::Finding;
use crate::config::Config;

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    if !config.data.is_dir() {
        return vec![Finding::wrong(
            "数据目录",
            format!("数据目录 {} 不存在", config.data.display()),
            "新安装的请运行 gongkai migrate；否则请核对配置 data",
        )];
    }
    let mut findings = vec![
        folder("数据目录", &config.data),
        space(&config.data),
        file_system(&config.data),
        open_files(),
    ];
    if config.keys_folder().is_dir() {
        findings.push(folder("密钥目录", &config.keys_folder()));
    }
    if let Some(file) = config.sqlite_file().filter(|file| !file.starts_with(&config.data))
        && let Some(place) = file.parent()
    {
        findings.extend([space(place), file_system(place)]);
    }
    findings
}

/// Whether only the account that runs the program may look into a folder.
pub(super) fn folder(check: &'static str, path: &Path) -> Finding {
    let at = path.display();
    let Ok(found) = path.metadata() else {
        return Finding::wrong(check, format!("{at} 读不到"), "请核对位置和权限");
    };
    let own = Path::new("/proc/self")
        .metadata()
        .map(|m| m.uid())
        .unwrap_or(found.uid());
    let mode = found.permissions().mode();
    if mode & 0o027 != 0 {
        return Finding::wrong(
            check,
            format!("{at} 对别的账号开放（权限 {:o}）", mode & 0o777),
            format!("请运行 chmod 700 {at}，只让运行平台的账号进去"),
        );
    }
    if own != found.uid() {
        let word = "属主不是现在运行本命令的账号";
        return if own == 0 {
            Finding::note(
                check,
                format!("{at} 的{word}（root）"),
                "请改用运行平台的账号运行本命令，免得留下它读不到的文件",
            )
        } else {
            Finding::wrong(
                check,
                format!("{at} 的{word}"),
                "请改用运行平台的账号，或者用 chown 改正属主",
            )
        };
    }
    Finding::good(check, format!("{at} 只有运行平台的账号能进"))
}

const GIB: u64 = 1 << 30;

fn space(path: &Path) -> Finding {
    const CHECK: &str = "磁盘空间";
    let at = path.display();
    let Ok(found) = rustix::fs::statvfs(path) else {
        return Finding::unchecked(CHECK, format!("问不到 {at} 的剩余空间"));
    };
    let (free, all) = (
        found.f_bavail * found.f_frsize,
        (found.f_blocks * found.f_frsize).max(1),
    );
    let said = format!("{at} 还剩 {:.1} GiB（{}%）", free as f64 / GIB as f64, free * 100 / all);
    let few_names = found.f_files > 0 && found.f_favail * 100 / found.f_files < 2;
    if free < GIB || few_names {
        let names = if few_names {
            "，能建的文件数也快用完"
        } else {
            ""
        };
        return Finding::wrong(
            CHECK,
            format!("{said}{names}"),
            "请尽快腾出或扩大空间；写满以后发布和上传都会失败",
        );
    }
    if free * 100 / all < 10 {
        return Finding::note(CHECK, said, "请安排扩容");
    }
    Finding::good(CHECK, said)
}

/// File systems by their magic number, with what is wrong with them for data.
fn file_system(path: &Path) -> Finding {
    const CHECK: &str = "文件系统";
    let at = path.display();
    let Ok(found) = rustix::fs::statfs(path) else {
        return Finding::unchecked(CHECK, format!("问不到 {at} 的文件系统"));
    };
    let kind = i128::from(found.f_type) & 0xffff_ffff;
    let named = match kind {
        0x6969 => Some("NFS"),
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => Some("SMB/CIFS"),
        0x0102_1997 => Some("9P"),
        0x00c3_6400 => Some("Ceph"),
        0x6573_5546 => Some("FUSE"),
        _ => None,
    };
    if let Some(name) = named {
        return Finding::wrong(
            CHECK,
            format!("{at} 在网络或用户态文件系统 {name} 上，写入和加锁不可靠"),
            "请把数据目录移到本机磁盘（ext4、xfs）；几台机器共用请用 PostgreSQL 和对象存储",
        );
    }
    match kind {
        0x0102_1994 | 0x8584_58f6 => {
            Finding::wrong(CHECK, format!("{at} 在内存里，重启就没有了"), "请把数据目录移到磁盘")
        }
        0x794c_7630 => Finding::note(
            CHECK,
            format!("{at} 在容器的叠加层上，删掉容器就没有了"),
            "请给数据目录挂一个卷",
        ),
        _ => Finding::good(CHECK, format!("{at} 在本机文件系统上")),
    }
}

fn open_files() -> Finding {
    const CHECK: &str = "打开文件数";
    match rlimit::Resource::NOFILE.get() {
        Ok((soft, _)) if soft < 1024 => Finding::wrong(
            CHECK,
            format!("本命令最多能同时打开 {soft} 个文件"),
            "请在服务单元里设 LimitNOFILE=65536，或者用 ulimit -n 提高",
        ),
        Ok((soft, hard)) if hard < 4096 => Finding::note(
            CHECK,
            format!("最多能同时打开 {soft} 个文件，上限 {hard}"),
            "访问多的网站请在服务单元里设 LimitNOFILE=65536",
        ),
        Ok((soft, hard)) => Finding::good(CHECK, format!("{soft}，上限 {hard}")),
        Err(_) => Finding::unchecked(CHECK, "问不到限制"),
    }
}

/// Starts the confined reader once.
pub(super) async fn reader(office: &Confined) -> Finding {
    const CHECK: &str = "受限读取";
    let request = Request {
        format: Format::Text,
        file_name: "体检.txt".into(),
        bytes: "体检\n\n这一段由受限的子进程读出。\n".as_bytes().to_vec(),
    };
    match office.read(request).await {
        Ok(_) => Finding::good(CHECK, "读取上传文件的子进程能启动，限制和过滤都已生效"),
        Err(error) => Finding::wrong(
            CHECK,
            format!("读取上传文件的子进程不能用（{}）", error.code()),
            "系统不许设置资源限制或系统调用过滤（seccomp）；请检查容器或服务的安全设置，见运维手册",
        ),
    }
}
