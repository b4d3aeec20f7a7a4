//! How the messages are, for the desk and for `gongkai doctor`.

use chrono::{DateTime, Duration, Utc};

use super::model::{Channel, State};
use super::store;
use crate::error::Result;
use crate::site::Site;

/// A message that has waited this long needs somebody.
const STUCK_HOURS: i64 = 4;
/// Failures of so many days are spoken of.
const FAILED_DAYS: i64 = 7;

/// How the messages are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Waiting to be sent.
    pub waiting: u64,
    /// Of these, how many wait for a configuration.
    pub unconfigured: u64,
    /// When the one that has waited longest was made.
    pub oldest_waiting: Option<DateTime<Utc>>,
    /// Why that one waits.
    pub oldest_why: String,
    /// Refused, returned or given up in the last seven days.
    pub failed: u64,
    /// Returned mail that somebody has to look at.
    pub strays: u64,
    /// Whether the oldest has waited too long.
    pub is_stuck: bool,
    /// Which ways out are configured.
    pub channels: Vec<Channel>,
}

/// Looks at the messages.
///
/// # Errors
/// When the database fails.
pub async fn health(site: &Site) -> Result<Health> {
    let (on, now) = (site.db.read(), site.clock.now());
    let waiting = store::counts(on)
        .await?
        .into_iter()
        .find(|(state, _)| state == State::Waiting.id())
        .map_or(0, |(_, n)| n.unsigned_abs());
    let oldest = store::oldest_waiting(on).await?;
    Ok(Health {
        waiting,
        unconfigured: store::count_parked(on).await?,
        is_stuck: oldest
            .as_ref()
            .is_some_and(|m| now - m.created_at >= Duration::hours(STUCK_HOURS)),
        oldest_waiting: oldest.as_ref().map(|m| m.created_at),
        oldest_why: oldest.map(|m| m.why).unwrap_or_default(),
        failed: store::count_failed(on, now - Duration::days(FAILED_DAYS)).await?,
        strays: store::count_strays(on).await?,
        channels: Channel::ALL.into_iter().filter(|c| site.messages.has(*c)).collect(),
    })
}

impl Health {
    /// Whether somebody has to do something.
    pub fn is_good(&self) -> bool {
        !self.is_stuck && self.unconfigured == 0 && self.strays == 0
    }

    /// One sentence for an operator.
    pub fn sentence(&self, now: DateTime<Utc>) -> String {
        let ways: Vec<&str> = self.channels.iter().map(|c| c.name()).collect();
        let mut said = match ways.as_slice() {
            [] => "没有配置发信和短信，消息会一直等待".to_string(),
            ways => format!("已配置{}", ways.join("、")),
        };
        said += &format!("；待发送 {} 条", self.waiting);
        if self.unconfigured > 0 {
            said += &format!("（其中 {} 条因未配置而等待）", self.unconfigured);
        }
        if let Some(oldest) = self.oldest_waiting {
            said += &format!("，最早的等了 {} 小时", (now - oldest).num_hours());
            if !self.oldest_why.is_empty() {
                said += &format!("：{}", self.oldest_why);
            }
        }
        if self.failed > 0 {
            said += &format!("；近 {FAILED_DAYS} 天有 {} 条没有送达", self.failed);
        }
        if self.strays > 0 {
            said += &format!("；有 {} 封退信待处理", self.strays);
        }
        said
    }
}
