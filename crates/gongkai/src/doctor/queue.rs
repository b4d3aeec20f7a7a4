//! Jobs that nobody does, or that nobody can do.

use chrono::{DateTime, Duration, Utc};
use kit::Site;
use sea_orm::{FromQueryResult, Statement};

use super::Finding;

const CHECK: &str = "后台任务";
/// How long a job may be late before nobody seems to work.
const LATE_MINUTES: i64 = 10;

#[derive(FromQueryResult)]
struct Counted {
    poisoned: i64,
    late: i64,
    abandoned: i64,
}

const COUNTED: &str = "SELECT count(CASE WHEN state = 'poisoned' THEN 1 END) AS poisoned, \
     count(CASE WHEN state = 'waiting' AND run_at < $1 THEN 1 END) AS late, \
     count(CASE WHEN state = 'running' AND lease_until < $1 THEN 1 END) AS abandoned FROM job";

pub(super) async fn examine(site: &Site) -> Finding {
    match look(site, site.clock.now() - Duration::minutes(LATE_MINUTES)).await {
        Ok(finding) => finding,
        Err(error) => Finding::failed(CHECK, &error),
    }
}

async fn look(site: &Site, until: DateTime<Utc>) -> kit::Result<Finding> {
    let select = Statement::from_sql_and_values(site.db.backend(), COUNTED, [until.into()]);
    let Some(found) = Counted::find_by_statement(select).one(site.db.read()).await? else {
        return Ok(Finding::good(CHECK, "没有"));
    };
    if found.poisoned > 0 {
        return Ok(Finding::wrong(
            CHECK,
            format!("有 {} 个试了多次没有做成，等人处理", found.poisoned),
            "请系统管理员在工作台“后台任务”里看原因，处理后重试或放弃",
        ));
    }
    if found.late + found.abandoned > 0 {
        return Ok(Finding::wrong(
            CHECK,
            format!("有 {} 个到时没有人做，{} 个做到一半停了", found.late, found.abandoned),
            "请确认服务在运行；启动后会自动接着做",
        ));
    }
    Ok(Finding::good(CHECK, "没有积压"))
}
