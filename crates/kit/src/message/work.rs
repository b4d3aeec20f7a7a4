//! What messages put on somebody's list of work.

use super::model::Channel;
use super::{MANAGE, address, health};
use crate::account::Actor;
use crate::capability::WorkItem;
use crate::error::Result;
use crate::site::Site;

/// What is stuck, for the system administrator; what cannot be reached any more, for the account's holder.
///
/// # Errors
/// When the database fails.
pub async fn items(site: &Site, actor: &Actor) -> Result<Vec<WorkItem>> {
    let mut items = Vec::new();
    if actor.holds(&MANAGE) {
        let health = health::health(site).await?;
        if health.is_stuck || health.unconfigured > 0 {
            items.push(item(
                format!("有 {} 条消息没有发出", health.waiting),
                Some(health.oldest_why).filter(|why| !why.is_empty()),
                "/messages?state=waiting",
                "查看",
            ));
        }
        if health.strays > 0 {
            let title = format!("有 {} 封退信没有对上消息", health.strays);
            items.push(item(title, None, "/messages/returned", "处理"));
        }
    }
    if let Some(account) = actor.account {
        for row in address::of(site.db.read(), account).await? {
            if let (address::UNUSABLE, Some(channel)) = (row.state.as_str(), Channel::of(&row.channel)) {
                let title = format!("您登记的{}收不到消息", channel.address_name());
                let place = "发过去的消息被退回".to_string();
                items.push(item(title, Some(place), "/addresses", "更换"));
            }
        }
    }
    Ok(items)
}

fn item(title: String, place: Option<String>, link: &str, verb: &str) -> WorkItem {
    WorkItem {
        title,
        place: place.unwrap_or_else(|| "发出的消息".into()),
        link: link.into(),
        verb: verb.into(),
        due_on: None,
        waiting: false,
    }
}
