//! Publishing: from a file on an office's disk to a page that the public finds, and to the end of that page.
//!
//! Everything public is a *release* of an immutable *revision* of a *document*, and every release stands in one journal. The search
//! index and the page cache read the journal and can be thrown away.

mod deeds;
pub mod document;
pub mod errata;
mod handover;
pub mod journal;
pub mod kinds;
pub mod measures;
pub mod register;
pub mod release;
pub mod site;

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use kit::Site;
use kit::capability::{Capability, MenuItem, NavigationItem, Route};
use kit::db::Migration;
use kit::permission::{Access, Permission, Role};

pub use journal::Reader;

/// Reading drafts and released documents on the desk.
pub static READ: Permission = Permission {
    id: "publishing.read",
    name: "查看文件",
    roles: &[
        Role::Drafter,
        Role::Approver,
        Role::Coordinator,
        Role::ContractEditor,
        Role::Assessor,
    ],
};
/// Uploading documents and filling in what must be known of them.
pub static DRAFT: Permission = Permission {
    id: "publishing.draft",
    name: "起草文件",
    roles: &[Role::Drafter, Role::ContractEditor, Role::Coordinator],
};
/// Sending a document to be approved.
pub static SUBMIT: Permission = Permission {
    id: "publishing.submit",
    name: "送审",
    roles: &[Role::Drafter, Role::Coordinator],
};
/// Approving what somebody else drafted.
pub static APPROVE: Permission = Permission {
    id: "publishing.approve",
    name: "审批文件",
    roles: &[Role::Approver],
};
/// Making an approved document public.
pub static RELEASE: Permission = Permission {
    id: "publishing.release",
    name: "发布文件",
    roles: &[Role::Drafter, Role::Approver, Role::Coordinator],
};
/// Ending a public page.
pub static END: Permission = Permission {
    id: "publishing.end",
    name: "撤稿与下架",
    roles: &[Role::Approver, Role::Coordinator],
};
/// Keeping the registers by which units are measured.
pub static OVERSEE: Permission = Permission {
    id: "publishing.oversee",
    name: "登记应公开事项",
    roles: &[Role::Coordinator],
};

/// Every permission of this capability.
pub static PERMISSIONS: [&Permission; 8] = [
    &READ,
    &DRAFT,
    &SUBMIT,
    &APPROVE,
    &RELEASE,
    &END,
    &OVERSEE,
    &errata::HANDLE,
];

/// The tables of this capability.
pub const SCHEMA: Migration = Migration {
    name: "0002_publishing",
    sql: include_str!("schema.sql"),
};

/// The counter of addresses goes over into the register of numbers; the table it stood in is left as it was.
pub const NUMBERS: Migration = Migration {
    name: "0007_publishing_numbering",
    sql: include_str!("release/numbers.sql"),
};

/// What this capability needs beside the site: the reader of foreign files, the search index, the rules of law.
pub struct Publishing {
    /// Opens uploads in a confined child process.
    pub office: Arc<office::Confined>,
    /// Follows the journal: search index and page cache.
    pub reader: Reader,
    /// Dated parameters of the law.
    pub parameters: statute::parameters::Parameters,
    /// Themes (主题分类).
    pub themes: statute::document::theme::Vocabulary,
    /// How index numbers are composed.
    pub index_numbers: IndexNumbers,
    pub(crate) cache: site::PageCache,
    pub(crate) node: uuid::Uuid,
}

/// How index numbers are composed here (索引号编制).
#[derive(Debug, Clone)]
pub struct IndexNumbers {
    /// The scheme.
    pub scheme: statute::document::index::IndexScheme,
    /// Code of the region, six digits.
    pub region: String,
    /// Code of the organ that keeps the numbers.
    pub agency: String,
}

impl IndexNumbers {
    /// Tries the rule out, so that a wrong setting shows at start and not at the first release.
    ///
    /// # Errors
    /// With the piece that does not fit.
    pub fn check(&self) -> kit::Result<()> {
        let sample = statute::document::index::IndexParts {
            region: &self.region,
            agency: &self.agency,
            category: "0100",
            group: "",
            formed_on: chrono::NaiveDate::from_ymd_opt(2021, 1, 1).unwrap_or_default(),
            serial: 1,
        };
        let made = self.scheme.compose(&sample);
        made.map(|_| ()).map_err(|e| {
            kit::Error::refused(
                e.to_string(),
                "请检查配置 index_numbers：编制方案、机构代码与方案的要求是否一致",
            )
        })
    }
}

/// How often a command looks whether another node has numbered its entry, and how long it waits in between: together
/// a second, in which a living node numbers what it finds.
const LOOKS_FOR_NUMBERS: u32 = 20;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

impl Publishing {
    /// Publishing with an index in the given folder.
    ///
    /// # Errors
    /// When the folder or the rules cannot be read.
    pub fn new(
        office: Arc<office::Confined>,
        reader: Reader,
        index_numbers: IndexNumbers,
    ) -> kit::Result<Arc<Publishing>> {
        let broken = |e: statute::DataError| kit::Error::Internal(e.to_string());
        Ok(Arc::new(Publishing {
            office,
            reader,
            parameters: statute::parameters::Parameters::national().map_err(broken)?,
            themes: statute::document::theme::Vocabulary::state_council()
                .map_err(broken)?
                .for_local_government(),
            index_numbers,
            cache: site::PageCache::default(),
            node: uuid::Uuid::now_v7(),
        }))
    }

    /// Numbers what has been committed and brings index and pages up to it, so that a command's effect can be seen when
    /// the command returns. Another node may do the numbering; then this waits for it, for a short while.
    ///
    /// # Errors
    /// When the database or the index fails.
    pub async fn settle(&self, site: &Site) -> kit::Result<()> {
        for _ in 0..LOOKS_FOR_NUMBERS {
            journal::sequence(site, self.node).await?;
            if !journal::is_waiting(site.db.read()).await? {
                break;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        self.reader.catch_up(site).await
    }

    /// The same for a command whose act has been committed: what fails now does not undo it and must not look as if it did.
    /// The loop that runs beside the requests catches up.
    pub(crate) async fn settle_or_later(&self, site: &Site) {
        if let Err(error) = self.settle(site).await {
            tracing::warn!(%error, "an act stands, and what shows it to the public follows later");
        }
    }

    /// Leaves the numbering to the other nodes, at the end of a program or command, so that none of them has to wait until
    /// this one's turn is over.
    ///
    /// # Errors
    /// When the database fails; then it is over some seconds later by itself.
    pub async fn hand_over(&self, site: &Site) -> kit::Result<()> {
        journal::hand_over(site, self.node).await
    }
}

/// What documents and reported errors ask of somebody.
async fn work(site: &Site, actor: &kit::account::Actor) -> kit::Result<Vec<kit::capability::WorkItem>> {
    let mut items = document::work(site, actor).await?;
    items.extend(errata::work(site, actor).await?);
    Ok(items)
}

/// The capability, to be plugged into the application.
pub fn capability(publishing: Arc<Publishing>) -> Capability {
    let mut routes = Vec::new();
    routes.extend(document::routes());
    routes.extend(release::routes());
    routes.extend(register::routes());
    routes.extend(site::routes());
    routes.extend(errata::routes());
    let routes = routes
        .into_iter()
        .map(|route| Route {
            handler: route.handler.layer(Extension(publishing.clone())),
            ..route
        })
        .collect();
    let background = publishing.clone();
    Capability {
        name: "publishing",
        routes,
        menu: vec![
            MenuItem {
                section: "文件",
                label: "全部文件",
                href: "/documents",
                id: "documents",
                access: Access::Holder(&READ),
            },
            MenuItem {
                section: "文件",
                label: "登记新文件",
                href: "/documents/new",
                id: "upload",
                access: Access::Holder(&DRAFT),
            },
            MenuItem {
                section: "文件",
                label: "应公开事项",
                href: "/expected",
                id: "expected",
                access: Access::Holder(&READ),
            },
            MenuItem {
                section: "文件",
                label: "文号登记",
                href: "/numbers",
                id: "numbers",
                access: Access::Holder(&READ),
            },
            MenuItem {
                section: "互动",
                label: "网站找错",
                href: "/errata",
                id: "errata",
                access: Access::Holder(&errata::HANDLE),
            },
        ],
        navigation: vec![
            NavigationItem {
                label: "首页",
                href: "/",
                id: "home",
            },
            NavigationItem {
                label: "公开文件",
                href: "/releases",
                id: "releases",
            },
            NavigationItem {
                label: "单位专栏",
                href: "/units",
                id: "units",
            },
        ],
        permissions: PERMISSIONS.to_vec(),
        migrations: vec![SCHEMA, NUMBERS, handover::SCHEMA, errata::SCHEMA],
        series: vec![&release::service::ADDRESSES, &errata::NUMBERS],
        sealed: vec![errata::SEALED],
        handover: vec![Box::new(handover::Editions)],
        leases: vec![journal::store::END_LEASE],
        deeds: deeds::DEEDS.to_vec(),
        foot: Some(errata::FOOT),
        measures: measures::all(),
        home: None,
        work: Some(Box::new(|site, actor| Box::pin(work(site, actor)))),
        jobs: vec![document::reminding::kind()],
        schedules: vec![document::reminding::schedule()],
        background: vec![Box::new(move |site| Box::pin(journal::run(site, background.clone())))],
        ..Default::default()
    }
}
