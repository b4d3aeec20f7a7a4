//! The database: its schema, its soundness, its clock.

use kit::Site;
use kit::clock::spoken_time;
use kit::db::{UNFINISHED, has_table, pending, unknown};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{Depth, Finding};

/// The check after whose failure nothing else of the database is looked at.
pub(super) const MIGRATIONS: &str = "数据库结构";

pub(super) async fn examine(site: &Site, depth: Depth) -> Vec<Finding> {
    let mut findings = vec![
        migrations(site)
            .await
            .unwrap_or_else(|e| Finding::failed(MIGRATIONS, &e)),
    ];
    match site.db.backend() {
        DbBackend::Sqlite => findings.extend(sqlite(site, depth).await.unwrap_or_else(|e| failed("SQLite", e))),
        _ => findings.extend(postgres(site).await.unwrap_or_else(|e| failed("PostgreSQL", e))),
    }
    if findings[0].level != super::Level::Wrong {
        findings.push(newest(site).await.unwrap_or_else(|e| Finding::failed("时钟", &e)));
    }
    findings
}

fn failed(check: &'static str, error: kit::Error) -> Vec<Finding> {
    vec![Finding::failed(check, &error)]
}

async fn migrations(site: &Site) -> kit::Result<Finding> {
    if has_table(&site.db, UNFINISHED).await? {
        return Ok(Finding::wrong(
            MIGRATIONS,
            "上次恢复备份没有做完，里面的数据不全",
            "请重新运行 gongkai restore",
        ));
    }
    let steps = site.steps();
    let unknown = unknown(&site.db, &steps).await?;
    if !unknown.is_empty() {
        return Ok(Finding::wrong(
            MIGRATIONS,
            format!("数据库由更新版本的程序使用过（有不认识的步骤 {}）", unknown.join("、")),
            "请换上新版程序；要退回旧版，只能恢复升级之前的备份",
        ));
    }
    let waiting = pending(&site.db, steps).await?;
    Ok(if waiting.is_empty() {
        Finding::good(MIGRATIONS, "是本程序的结构")
    } else {
        Finding::wrong(
            MIGRATIONS,
            format!("还有 {} 步没有升级（{}）", waiting.len(), waiting.join("、")),
            "请先备份，再运行 gongkai migrate（启动服务时也会自动升级）",
        )
    })
}

async fn text(site: &Site, sql: &str) -> kit::Result<Vec<String>> {
    let rows = site
        .db
        .read()
        .query_all_raw(Statement::from_string(site.db.backend(), sql))
        .await?;
    let shown = |row: &sea_orm::QueryResult| {
        row.try_get_by_index::<String>(0)
            .or_else(|_| row.try_get_by_index::<i64>(0).map(|n| n.to_string()))
            .or_else(|_| row.try_get_by_index::<i32>(0).map(|n| n.to_string()))
    };
    Ok(rows.iter().map(shown).collect::<Result<_, _>>()?)
}

async fn sqlite(site: &Site, depth: Depth) -> kit::Result<Vec<Finding>> {
    const CHECK: &str = "SQLite";
    let examined = if depth.all {
        "PRAGMA integrity_check(5)"
    } else {
        "PRAGMA quick_check(5)"
    };
    let said = text(site, examined).await?;
    if said != ["ok"] {
        return Ok(vec![Finding::wrong(
            CHECK,
            format!("数据库文件已损坏（{} 处起）", said.len()),
            "请立即停止服务，保留原文件，从最近的备份恢复到新的目录；并检查磁盘",
        )]);
    }
    let dangling = text(site, "SELECT count(*) FROM pragma_foreign_key_check").await?;
    if dangling != ["0"] {
        return Ok(vec![Finding::wrong(
            CHECK,
            format!("有 {} 行引用了不存在的记录", dangling.join("")),
            "数据库被别的程序改过；请从备份恢复，或者请开发人员查看",
        )]);
    }
    let mode = text(site, "PRAGMA journal_mode").await?;
    if mode != ["wal"] {
        return Ok(vec![Finding::wrong(
            CHECK,
            format!("journal_mode 是 {}，应为 wal", mode.join("")),
            "请把数据目录移到本机磁盘",
        )]);
    }
    let version = text(site, "SELECT sqlite_version()").await?;
    Ok(vec![Finding::good(
        CHECK,
        format!("{}，文件完好，日志方式正确", version.join("")),
    )])
}

async fn postgres(site: &Site) -> kit::Result<Vec<Finding>> {
    const CHECK: &str = "PostgreSQL";
    let version: u32 = text(site, "SHOW server_version_num")
        .await?
        .join("")
        .parse()
        .unwrap_or(0);
    let mut findings = Vec::new();
    if version < 150_000 {
        findings.push(Finding::wrong(
            CHECK,
            format!("版本太旧（{}）", version / 10_000),
            "请升级到 15 或更新",
        ));
    }
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let value = text(site, &format!("SHOW {setting}")).await?.join("");
        if matches!(value.as_str(), "off" | "local") && !(setting == "synchronous_commit" && value == "local") {
            findings.push(Finding::wrong(
                CHECK,
                format!("{setting} 是 {value}，断电会丢掉已经答应的事"),
                format!("请在 postgresql.conf 里把 {setting} 改回 on"),
            ));
        }
    }
    if findings.is_empty() {
        // Collation and encoding were asserted when the database was opened.
        findings.push(Finding::good(
            CHECK,
            format!("{} 版，排序规则正确，写入落盘", version / 10_000),
        ));
    }
    findings.push(server_clock(site).await?);
    Ok(findings)
}

/// Apart by more seconds than this, clocks put things in a wrong order.
const APART_SECONDS: i64 = 5;

async fn server_clock(site: &Site) -> kit::Result<Finding> {
    const CHECK: &str = "时钟";
    let before = site.clock.now().timestamp();
    let there = text(site, "SELECT extract(epoch FROM clock_timestamp())::bigint").await?;
    let there: i64 = there.join("").parse().unwrap_or(before);
    let apart = (there - before).abs();
    Ok(if apart > APART_SECONDS {
        Finding::wrong(
            CHECK,
            format!("本机和数据库服务器的时钟差 {apart} 秒"),
            "请在两台机器上都开启时间同步（systemd-timesyncd 或 chrony），指向同一个时间源",
        )
    } else {
        Finding::good(CHECK, "和数据库服务器一致")
    })
}

/// An entry from the future means that a clock was wrong then, or is now.
async fn newest(site: &Site) -> kit::Result<Finding> {
    const CHECK: &str = "时钟";
    #[derive(sea_orm::FromQueryResult)]
    struct Newest {
        at: Option<chrono::DateTime<chrono::Utc>>,
    }
    use sea_orm::FromQueryResult;
    let select = Statement::from_string(site.db.backend(), "SELECT max(at) AS at FROM audit_entry");
    let found = Newest::find_by_statement(select)
        .one(site.db.read())
        .await?
        .and_then(|row| row.at);
    let now = site.clock.now();
    Ok(match found {
        Some(at) if at - now > chrono::Duration::minutes(1) => Finding::wrong(
            CHECK,
            format!("最新的记录写于 {}，而本机现在是 {}", spoken_time(at), spoken_time(now)),
            "请校准本机时间；若是当时的时钟快了，请记下这段时间，等本机时间走过它再办业务",
        ),
        Some(at) => Finding::good(CHECK, format!("最新的记录写于 {}", spoken_time(at))),
        None => Finding::good(CHECK, "还没有记录"),
    })
}
