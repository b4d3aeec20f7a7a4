//! Whether the queue keeps up: for the metrics, for readiness, for the system administrator's list of work.

use chrono::Duration;

use super::{CLASSES, MANAGE, store};
use crate::account::Actor;
use crate::capability::WorkItem;
use crate::error::Result;
use crate::site::Site;

/// After how long a job that is due and not begun means that the queue does not keep up.
const LATE: Duration = Duration::minutes(10);

/// What waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Jobs that wait, also those for a later time.
    pub waiting: u64,
    /// How long the job that has been due longest has waited.
    pub oldest: Duration,
    /// Jobs that failed for good.
    pub poisoned: u64,
}

impl Backlog {
    /// Whether the queue does not keep up.
    pub fn is_late(&self) -> bool {
        self.oldest > LATE
    }
}

/// What waits now.
///
/// # Errors
/// When the database fails.
pub async fn backlog(site: &Site) -> Result<Backlog> {
    let (on, now) = (site.db.read(), site.db.shared(site.clock.now()));
    let mut found = Backlog {
        waiting: 0,
        oldest: Duration::zero(),
        poisoned: store::poisoned(on).await?,
    };
    for class in CLASSES {
        let kinds: Vec<&str> = site.job_kinds().filter(|k| k.class == class).map(|k| k.id).collect();
        let (waiting, since) = store::backlog(on, class, &kinds, now).await?;
        let oldest = since.map_or(Duration::zero(), |since| now - since);
        metrics::gauge!("gongkai_jobs_waiting", "class" => class.id).set(waiting as f64);
        let seconds = oldest.num_milliseconds() as f64 / 1000.0;
        metrics::gauge!("gongkai_jobs_oldest_seconds", "class" => class.id).set(seconds);
        found.waiting += waiting;
        found.oldest = found.oldest.max(oldest);
    }
    metrics::gauge!("gongkai_jobs_poisoned").set(found.poisoned as f64);
    Ok(found)
}

/// Tells the metrics what waits.
pub(super) async fn measure(site: &Site) -> Result<()> {
    backlog(site).await.map(|_| ())
}

/// What jobs put on the system administrator's list of work.
///
/// # Errors
/// When the database fails.
pub async fn work_items(site: &Site, actor: &Actor) -> Result<Vec<WorkItem>> {
    if !actor.holds(&MANAGE) {
        return Ok(Vec::new());
    }
    let poisoned = store::poisoned(site.db.read()).await?;
    if poisoned == 0 {
        return Ok(Vec::new());
    }
    Ok(vec![WorkItem {
        title: format!("有 {poisoned} 个后台任务多次失败，已停止重试"),
        place: "查明原因后重试，或写明理由后放弃".into(),
        link: "/jobs?state=poisoned".into(),
        verb: "处理".into(),
        due_on: None,
        waiting: false,
    }])
}
