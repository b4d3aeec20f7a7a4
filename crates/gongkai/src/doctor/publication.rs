//! The journal and the search index that follows it.

use chrono::{DateTime, Duration, Utc};
use kit::Site;
use sea_orm::{FromQueryResult, Statement};

use super::Finding;
use crate::wiring::House;

#[derive(FromQueryResult)]
struct Journal {
    newest: Option<i64>,
    numbered: i64,
    waiting: i64,
}

#[derive(FromQueryResult)]
struct Oldest {
    at: Option<DateTime<Utc>>,
}

pub(super) async fn examine(house: &House) -> Vec<Finding> {
    match journal(&house.site).await {
        Ok((newest, journal)) => vec![journal, index(house, newest)],
        Err(error) => vec![Finding::failed("发布日志", &error)],
    }
}

async fn journal(site: &Site) -> kit::Result<(i64, Finding)> {
    const CHECK: &str = "发布日志";
    let backend = site.db.backend();
    let counted = "SELECT max(position) AS newest, count(position) AS numbered, \
         count(*) - count(position) AS waiting FROM journal_entry";
    let found = Journal::find_by_statement(Statement::from_string(backend, counted))
        .one(site.db.read())
        .await?;
    let Some(found) = found else {
        return Ok((0, Finding::good(CHECK, "是空的")));
    };
    let newest = found.newest.unwrap_or(0);
    if newest != found.numbered {
        let finding = Finding::wrong(
            CHECK,
            format!("编到第 {newest} 号，却只有 {} 条，中间缺号", found.numbered),
            "数据被改动过；请停止服务，从备份恢复，并查明原因",
        );
        return Ok((newest, finding));
    }
    let oldest = "SELECT min(at) AS at FROM journal_entry WHERE position IS NULL";
    let oldest = Oldest::find_by_statement(Statement::from_string(backend, oldest))
        .one(site.db.read())
        .await?;
    let since = oldest.and_then(|row| row.at);
    let finding = match since {
        Some(at) if site.clock.now() - at > Duration::minutes(1) => Finding::wrong(
            CHECK,
            format!("有 {} 条超过一分钟还没有编号，公众还看不到", found.waiting),
            "请确认服务在运行；它会自己补上。仍不编号的，看日志里 journal 的错误",
        ),
        _ => Finding::good(CHECK, format!("到第 {newest} 条，没有缺号")),
    };
    Ok((newest, finding))
}

fn index(house: &House, newest: i64) -> Finding {
    const CHECK: &str = "检索索引";
    let directory = house.site.cache_dir.join("index");
    if !directory.is_dir() {
        return Finding::note(CHECK, "还没有建立", "启动服务后会自动建立");
    }
    let position = house.publishing.reader.index().and_then(|index| {
        index
            .position()
            .map_err(|e| kit::Error::Internal(format!("search index: {e}")))
    });
    let at = match position {
        Ok(position) => i64::try_from(position).unwrap_or(i64::MAX),
        Err(_) => {
            return Finding::wrong(
                CHECK,
                "打不开",
                "请停止服务，删掉数据目录下的 cache，再启动，索引会自动重建",
            );
        }
    };
    match at.cmp(&newest) {
        std::cmp::Ordering::Greater => Finding::wrong(
            CHECK,
            format!("到第 {at} 条，比发布日志（第 {newest} 条）还新：数据库恢复过而索引没有重建"),
            "请停止服务，删掉数据目录下的 cache，再启动，索引会自动重建",
        ),
        std::cmp::Ordering::Less => Finding::note(
            CHECK,
            format!("到第 {at} 条，发布日志到第 {newest} 条"),
            "服务在运行的，一秒之内会跟上；没有运行的，启动后会跟上",
        ),
        std::cmp::Ordering::Equal => Finding::good(CHECK, format!("跟到第 {at} 条")),
    }
}
