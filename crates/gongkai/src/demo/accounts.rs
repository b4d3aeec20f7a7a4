//! Posts of the demonstration: offices and roles, no persons, no passwords.

use anyhow::Context;
use kit::Site;
use kit::account::{Actor, Holding, service};
use kit::permission::Role;
use kit::unit::Unit;
use serde::Serialize;
use uuid::Uuid;

use crate::commands::operator;
use crate::wiring::kit_error;

/// A one-time link for a post.
#[derive(Debug, Serialize)]
pub struct Link {
    /// What the post does.
    pub role: &'static str,
    /// In which unit.
    pub unit: String,
    /// The link.
    pub url: String,
}

/// Posts for which links are printed: (sign-in name, role, unit).
const SHOWN: [(&str, Role, &str); 8] = [
    ("zfb-zhuguan", Role::Coordinator, "区政府办"),
    ("fgj-jingban", Role::Drafter, "区发改局"),
    ("fgj-shenpi", Role::Approver, "区发改局"),
    ("czj-jingban", Role::Drafter, "区财政局"),
    ("jianxin-jingban", Role::Drafter, "建新镇"),
    ("xitong", Role::SystemAdministrator, "全区"),
    ("anquan", Role::SecurityAdministrator, "全区"),
    ("shenji", Role::AuditAdministrator, "全区"),
];

/// Makes a post and returns it as an actor.
///
/// # Errors
/// When the name is taken.
pub async fn post(site: &Site, login: &str, name: &str, role: Role, unit: Option<Uuid>) -> anyhow::Result<Actor> {
    let first = Some(Holding { role, unit });
    let id = service::create(site, &operator(), login, name, first)
        .await
        .map_err(kit_error)?;
    Ok(Actor {
        account: Some(id),
        name: name.into(),
        holdings: vec![Holding { role, unit }],
    })
}

/// The two posts of a unit: who drafts and who approves.
///
/// # Errors
/// When the names are taken.
pub async fn posts_of(site: &Site, unit: &Unit) -> anyhow::Result<(Actor, Actor)> {
    let (login, name) = (&unit.code, &unit.short_name);
    let drafter = post(
        site,
        &format!("{login}-jingban"),
        &format!("{name}·经办"),
        Role::Drafter,
        Some(unit.id),
    )
    .await?;
    let approver = post(
        site,
        &format!("{login}-shenpi"),
        &format!("{name}·审批"),
        Role::Approver,
        Some(unit.id),
    )
    .await?;
    Ok((drafter, approver))
}

/// Posts for the whole district.
///
/// # Errors
/// When the names are taken.
pub async fn district_posts(site: &Site) -> anyhow::Result<Actor> {
    let coordinator = post(site, "zfb-zhuguan", "区政府办·政务公开主管", Role::Coordinator, None).await?;
    post(site, "pinggu", "第三方·评估员", Role::Assessor, None).await?;
    post(site, "xitong", "系统管理员", Role::SystemAdministrator, None).await?;
    post(site, "anquan", "安全管理员", Role::SecurityAdministrator, None).await?;
    post(site, "shenji", "审计管理员", Role::AuditAdministrator, None).await?;
    Ok(coordinator)
}

/// Fresh one-time links for the posts shown.
///
/// # Errors
/// When a post is missing.
pub async fn links(site: &Site) -> anyhow::Result<Vec<Link>> {
    let mut links = Vec::new();
    for (login, role, unit) in SHOWN {
        let id = service::find_by_login(site, login).await.map_err(kit_error)?;
        let id = id.with_context(|| format!("示例岗位 {login} 不在；请换一个空的数据目录"))?;
        let token = service::issue_link(site, &operator(), id).await.map_err(kit_error)?;
        let url = format!("{}/links/{token}", site.profile.desk_url);
        links.push(Link {
            role: role.name(),
            unit: unit.into(),
            url,
        });
    }
    Ok(links)
}
