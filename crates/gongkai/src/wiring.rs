//! Putting a site together from its configuration.

use std::os::unix::fs::DirBuilderExt;
use std::sync::Arc;

use anyhow::Context;
use kit::Site;
use kit::account::oidc::SingleSignOn;
use kit::blob::{Blobs, S3};
use kit::capability::{Capability, Route};
use kit::clock::Clock;
use kit::db::Db;
use kit::message::Messages;
use kit::outgoing::Outgoing;
use kit::seal::Keyring;
use kit::site::Profile;
use publishing::{IndexNumbers, Publishing, Reader};
use statute::calendar::Calendar;
use statute::document::index::IndexScheme;

use crate::config::Config;

/// A site with what its capabilities share.
pub struct House {
    /// The site.
    pub site: Arc<Site>,
    /// Publishing, for commands that import or search.
    pub publishing: Arc<Publishing>,
    /// The confined reader.
    pub office: Arc<office::Confined>,
    /// Every route.
    pub routes: Vec<Route>,
}

/// Opens everything the configuration names. The database is not migrated yet.
///
/// # Errors
/// With a sentence that names what cannot be opened.
pub async fn open(config: &Config, clock: Clock, is_demo: bool) -> anyhow::Result<House> {
    open_with(config, clock, is_demo, Arc::new(confined()?)).await
}

/// The same with a given reader of foreign files, for tests, whose own program is none.
///
/// # Errors
/// As [`open`].
pub async fn open_with(
    config: &Config,
    clock: Clock,
    is_demo: bool,
    office: Arc<office::Confined>,
) -> anyhow::Result<House> {
    // Nobody else of the machine has business in it.
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&config.data)
        .and_then(|()| kit::folder::make(&config.data))
        .with_context(|| format!("数据目录 {} 建不了；请检查路径和权限", config.data.display()))?;
    let db = Db::open(&config.database_url())
        .await
        .map_err(|e| anyhow::anyhow!("数据库打不开：{e}"))?;
    let keys = keyring(config, &db, &clock).await?;
    let cache_dir = config.data.join("cache");
    let reader = Reader::new(&cache_dir.join("index"), vocabulary());
    let publishing = Publishing::new(office.clone(), reader, index_numbers(config)?).map_err(kit_error)?;
    let mut capabilities = capabilities(&office, &publishing);
    let mut routes = Vec::new();
    for capability in &mut capabilities {
        routes.append(&mut capability.routes);
    }
    let profile = profile(config, is_demo);
    let templates = capabilities.iter().flat_map(|c| c.templates.iter().copied()).collect();
    let messages = Messages::open(crate::messages::settings(config)?, templates, &profile).map_err(kit_error)?;
    let site = Site {
        reader: office.clone(),
        db,
        blobs: blobs(config)?,
        keys,
        outgoing: Outgoing::new(config.outgoing.allowed.clone()).map_err(kit_error)?,
        sign_in: config.sign_in.settings()?,
        single_sign_on: config.oidc.settings()?.map(SingleSignOn::new),
        clock,
        calendar: Calendar::national()?,
        profile,
        edge: config.edge()?,
        messages,
        assets: crate::assets::load()?,
        cache_dir,
        capabilities,
    };
    Ok(House {
        site: Arc::new(site),
        publishing,
        office,
        routes,
    })
}

/// The keyring of the configuration. It is made at the first start; a database that has used keys must find its own.
async fn keyring(config: &Config, db: &Db, clock: &Clock) -> anyhow::Result<Keyring> {
    let folder = config.keys_folder();
    if let Some(ring) = Keyring::find(&folder).map_err(kit_error)? {
        return Ok(ring);
    }
    let has_used_keys = kit::seal::has_used_keys(db).await.map_err(kit_error)?;
    anyhow::ensure!(
        !has_used_keys,
        "密钥目录 {} 里没有密钥文件，而这个数据库用过密钥，没有打开；请检查配置 keys，或从离线备份恢复密钥文件，不要新建一个代替",
        folder.display()
    );
    tracing::warn!(folder = %folder.display(), "a keyring was made; keep a copy of it apart from the backups");
    Keyring::create(&folder, clock.now()).map_err(kit_error)
}

/// Every capability, one line each.
fn capabilities(office: &Arc<office::Confined>, publishing: &Arc<Publishing>) -> Vec<Capability> {
    vec![
        publishing::capability(publishing.clone()),
        breakdown::capability(office.clone()),
        kit::capability(),
    ]
}

/// The reader of foreign files: this same program, started as a confined child.
///
/// # Errors
/// When the program cannot find itself.
pub fn confined() -> anyhow::Result<office::Confined> {
    let program = std::env::current_exe().context("找不到程序自身的位置")?;
    Ok(office::Confined::new(program, vec![crate::OFFICE_CHILD.to_string()]))
}

/// Every route without opening a database, for the printed table.
///
/// # Errors
/// As [`open`], without the database.
pub fn routes_only() -> anyhow::Result<Vec<Route>> {
    let office = Arc::new(confined()?);
    let reader = Reader::new(std::path::Path::new(""), vocabulary());
    let numbers = IndexNumbers {
        scheme: IndexScheme::by_id("fuzhou")?,
        region: String::new(),
        agency: "00000".into(),
    };
    let publishing = Publishing::new(office.clone(), reader, numbers).map_err(kit_error)?;
    let mut routes = Vec::new();
    for mut capability in capabilities(&office, &publishing) {
        routes.append(&mut capability.routes);
    }
    Ok(routes)
}

/// Words that the dictionary does not know and offices use every day.
fn vocabulary() -> search::Vocabulary {
    let words = [
        "政务公开",
        "信息公开",
        "依申请公开",
        "主动公开",
        "规范性文件",
        "放管服",
        "十四五",
        "六稳",
        "六保",
    ];
    search::Vocabulary {
        words: words.map(str::to_string).to_vec(),
    }
}

fn index_numbers(config: &Config) -> anyhow::Result<IndexNumbers> {
    let numbers = &config.index_numbers;
    let scheme = IndexScheme::by_id(&numbers.scheme)
        .with_context(|| format!("配置 index_numbers.scheme 的“{}”不认识", numbers.scheme))?;
    let scheme = if numbers.prefix.is_empty() {
        scheme
    } else {
        scheme.with_prefix(&numbers.prefix)
    };
    let region = match numbers.region.as_str() {
        "" => config.site.id_code.chars().take(6).collect(),
        given => given.to_string(),
    };
    let numbers = IndexNumbers {
        scheme,
        region,
        agency: numbers.agency.clone(),
    };
    numbers.check().map_err(kit_error)?;
    Ok(numbers)
}

fn blobs(config: &Config) -> anyhow::Result<Blobs> {
    let settings = &config.blobs;
    if settings.endpoint.is_empty() {
        return Blobs::folder(&config.data.join("blobs")).map_err(kit_error);
    }
    let s3 = S3 {
        endpoint: settings.endpoint.clone(),
        bucket: settings.bucket.clone(),
        region: settings.region.clone(),
        access_key: settings.access_key.clone(),
        secret_key: settings.secret_key.clone(),
    };
    Blobs::s3(&s3).map_err(kit_error)
}

fn profile(config: &Config, is_demo: bool) -> Profile {
    let site = &config.site;
    let url = |given: &str, listen: std::net::SocketAddr| match given {
        "" => format!("http://{listen}"),
        given => given.to_string(),
    };
    Profile {
        name: site.name.clone(),
        district: site.district.clone(),
        public_url: url(&site.public_url, config.listen),
        desk_url: url(&site.desk_url, config.desk_listen),
        id_code: site.id_code.clone(),
        sponsor: site.sponsor.clone(),
        phone: site.phone.clone(),
        icp: site.icp.clone(),
        police: site.police.clone(),
        is_demo,
    }
}

/// A kit error as the command line's; refusals carry their advice with them.
pub fn kit_error(error: kit::Error) -> anyhow::Error {
    match error {
        kit::Error::Refused { what, advice } => anyhow::anyhow!("{what}。{advice}"),
        kit::Error::Internal(text) => anyhow::anyhow!("内部错误：{text}"),
        kit::Error::Database(_) => anyhow::anyhow!("数据库出错；请检查数据库是否可用、磁盘是否已满"),
        other => anyhow::anyhow!("{other}"),
    }
}
