//! The root object: one district with its database, blobs, clock, names and capabilities. Nothing is global.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use statute::calendar::Calendar;

use crate::account::oidc::SingleSignOn;
use crate::account::{Actor, Settings};
use crate::audit::DeedWords;
use crate::blob::Blobs;
use crate::capability::Capability;
use crate::clock::Clock;
use crate::db::{Db, Migration, Retry, Tx, UNFINISHED, WriteError, has_table, migrate, unknown};
use crate::error::{Error, Result};
use crate::intake;
use crate::job::{JobKind, Schedule};
use crate::measure::Measure;
use crate::message::Messages;
use crate::numbering::Series;
use crate::outgoing::Outgoing;
use crate::seal::{self, Keyring, SealedColumn};
use crate::web::Edge;

/// One district's installation.
pub struct Site {
    /// Its database.
    pub db: Db,
    /// Its files.
    pub blobs: Blobs,
    /// Its keys.
    pub keys: Keyring,
    /// Its clock.
    pub clock: Clock,
    /// Working days by the notices known.
    pub calendar: Calendar,
    /// What it is called and what its foot says.
    pub profile: Profile,
    /// How requests reach it.
    pub edge: Edge,
    /// Addresses of style sheets and scripts.
    pub assets: Assets,
    /// Folder for what can be rebuilt: the search index.
    pub cache_dir: PathBuf,
    /// Reads foreign files in a confined child.
    pub reader: Arc<office::Confined>,
    /// The one way out to other servers.
    pub outgoing: Outgoing,
    /// How strictly the desk lets people in.
    pub sign_in: Settings,
    /// Mail and text messages.
    pub messages: Messages,
    /// The identity provider, where there is one.
    pub single_sign_on: Option<SingleSignOn>,
    /// What the capabilities give, the kit's own part among them.
    pub capabilities: Vec<Capability>,
}

/// What a site says of itself on every page (网站标识).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Standard name of the site, such as 福州市仓山区人民政府.
    pub name: String,
    /// Name of the district, such as 仓山区.
    pub district: String,
    /// Address of the public site without a slash at its end.
    pub public_url: String,
    /// Address of the desk without a slash at its end.
    pub desk_url: String,
    /// 政府网站标识码: ten digits.
    pub id_code: String,
    /// 主办单位.
    pub sponsor: String,
    /// Telephone of the sponsor.
    pub phone: String,
    /// ICP 备案编号.
    pub icp: String,
    /// 公安机关备案号.
    pub police: String,
    /// Whether this is the demonstration, which every page then says.
    pub is_demo: bool,
}

impl Profile {
    /// The host name of the public site (SiteDomain).
    pub fn domain(&self) -> &str {
        let rest = self.public_url.split("://").nth(1).unwrap_or(&self.public_url);
        rest.split('/').next().unwrap_or(rest)
    }
}

/// Files of the two faces by their plain name, such as `public.css`, and the bytes to serve.
#[derive(Debug, Clone, Default)]
pub struct Assets {
    files: HashMap<String, (String, &'static [u8])>,
}

impl Assets {
    /// Assets from (plain name, served name, bytes).
    pub fn new(files: impl IntoIterator<Item = (String, String, &'static [u8])>) -> Assets {
        Assets {
            files: files
                .into_iter()
                .map(|(plain, served, bytes)| (plain, (served, bytes)))
                .collect(),
        }
    }

    /// The address of a file, with the hash of its bytes in its name.
    pub fn address(&self, plain: &str) -> String {
        match self.files.get(plain) {
            Some((served, _)) => format!("/assets/{served}"),
            None => format!("/assets/{plain}"),
        }
    }

    /// The bytes served under a name.
    pub fn bytes(&self, served: &str) -> Option<&'static [u8]> {
        self.files
            .values()
            .find(|(name, _)| name == served)
            .map(|(_, bytes)| *bytes)
    }
}

impl Site {
    /// Every migration of this program, in the order of their names.
    pub fn steps(&self) -> Vec<Migration> {
        let mut steps: Vec<_> = self
            .capabilities
            .iter()
            .flat_map(|c| c.migrations.iter().copied())
            .collect();
        steps.sort_by_key(|step| step.name);
        steps
    }

    /// Brings the database to this program's schema.
    ///
    /// # Errors
    /// When a migration fails, or the database has been used by a newer program.
    pub async fn migrate(&self) -> Result<()> {
        if has_table(&self.db, UNFINISHED).await? {
            return Err(Error::refused(
                "这个数据库上次恢复备份没有做完，里面的数据不全，没有打开",
                "请重新运行 gongkai restore，恢复做完以后再启动",
            ));
        }
        let steps = self.steps();
        let unknown = unknown(&self.db, &steps).await?;
        if !unknown.is_empty() {
            return Err(Error::refused(
                format!(
                    "数据库由更新版本的程序使用过（有本程序不认识的升级步骤 {}），没有打开",
                    unknown.join("、")
                ),
                "请改用新版程序；确需退回旧版的，请先恢复升级之前的备份",
            ));
        }
        migrate(&self.db, steps).await?;
        seal::register(self).await
    }

    /// Writes at this moment; see [`Db::write`].
    ///
    /// # Errors
    /// What `work` returns, or what the door itself met.
    pub async fn write<T, E, F>(&self, by: &Actor, work: impl Fn(Tx) -> F) -> Result<T, E>
    where
        E: From<WriteError> + Retry,
        F: Future<Output = Result<T, E>>,
    {
        self.db.write(by, self.clock.now(), work).await
    }

    /// Every column of ciphertexts.
    pub fn sealed_columns(&self) -> impl Iterator<Item = &SealedColumn> {
        self.capabilities.iter().flat_map(|c| c.sealed.iter())
    }

    /// The kind of upload of this name.
    pub fn intake_kind(&self, id: &str) -> Option<&'static intake::Kind> {
        let mut kinds = self.capabilities.iter().flat_map(|c| c.intakes.iter().copied());
        kinds.find(|kind| kind.id == id)
    }

    /// What every deed is called in the audit record.
    pub fn deeds(&self) -> impl Iterator<Item = DeedWords> + '_ {
        self.capabilities.iter().flat_map(|c| c.deeds.iter().copied())
    }

    /// Every kind of job there is.
    pub fn job_kinds(&self) -> impl Iterator<Item = &JobKind> {
        self.capabilities.iter().flat_map(|c| c.jobs.iter())
    }

    /// Every schedule there is.
    pub fn schedules(&self) -> impl Iterator<Item = &Schedule> {
        self.capabilities.iter().flat_map(|c| c.schedules.iter())
    }

    /// Every series of numbers there is.
    pub fn series(&self) -> impl Iterator<Item = &'static Series> {
        self.capabilities.iter().flat_map(|c| c.series.iter().copied())
    }

    /// Every measure there is.
    pub fn measures(&self) -> impl Iterator<Item = &Arc<dyn Measure>> {
        self.capabilities.iter().flat_map(|c| c.measures.iter())
    }

    /// The measure of this name.
    pub fn measure(&self, id: &str) -> Option<&Arc<dyn Measure>> {
        self.measures().find(|m| m.id() == id)
    }

    /// Every capability's answer of one kind, in order.
    ///
    /// # Errors
    /// The first that fails.
    pub async fn work_for(&self, actor: &Actor) -> Result<Vec<crate::capability::WorkItem>> {
        let mut items = Vec::new();
        for source in self.capabilities.iter().filter_map(|c| c.work.as_ref()) {
            items.extend(source(self, actor).await?);
        }
        items.sort_by_key(|item| (item.waiting, item.due_on.is_none(), item.due_on));
        Ok(items)
    }
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site")
            .field("name", &self.profile.name)
            .finish_non_exhaustive()
    }
}

/// Refuses a public address that is no address.
///
/// # Errors
/// With a sentence that names the setting.
pub fn check_url(setting: &str, url: &str) -> Result<()> {
    let good = ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) && !url.ends_with('/');
    if good {
        return Ok(());
    }
    Err(Error::refused(
        format!("配置 {setting} 的“{url}”不是网址"),
        "请写成 https://www.example.gov.cn 的样子，末尾不要斜杠",
    ))
}
