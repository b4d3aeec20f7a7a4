//! `gongkai demo`: a district with believable data, all of it written for this purpose and marked 示例.
//!
//! The demonstration's clock stands in the autumn of the year its breakdown is of, and runs from there.

mod accounts;
mod documents;
mod errata;
pub(crate) mod generate;
mod notices;
mod records;
mod seed;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::Context;
use chrono::{DateTime, Duration, TimeZone, Utc};
use kit::clock::Clock;
use serde_json::json;

use crate::cli::{DemoArgs, DemoCommand, Format};
use crate::config::Config;
use crate::serve;
use crate::telemetry;
use crate::wiring::{self, kit_error};

/// The moment at which the demonstration's own time begins: 2021-11-23 09:00 in Shanghai.
fn beginning() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2021, 11, 23, 1, 0, 0).single().unwrap_or_default()
}

/// The file that keeps how far the demonstration's time stands behind the machine's; without it nothing has been told yet.
const MARKER: &str = "demo.json";

fn offset_kept(config: &Config) -> Option<i64> {
    let bytes = std::fs::read(config.data.join(MARKER)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// A clock that the seeding moves and that runs by itself afterwards: the machine's time less an offset.
#[derive(Clone)]
pub struct DemoClock {
    offset: Arc<AtomicI64>,
    machine: Clock,
}

impl DemoClock {
    fn new(offset_seconds: i64) -> DemoClock {
        DemoClock {
            offset: Arc::new(AtomicI64::new(offset_seconds)),
            machine: Clock::system(),
        }
    }

    /// Sets the demonstration's time.
    pub fn set(&self, to: DateTime<Utc>) {
        self.offset
            .store((self.machine.now() - to).num_seconds(), Ordering::Relaxed);
    }

    fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    fn clock(&self) -> Clock {
        let own = self.clone();
        Clock::from_fn(move || own.machine.now() - Duration::seconds(own.offset()))
    }
}

/// Makes the demonstration district on first start, and serves it.
///
/// # Errors
/// When an address is taken or the data directory cannot be used.
pub async fn run(args: DemoArgs) -> anyhow::Result<()> {
    if let Some(DemoCommand::Generate(wanted)) = args.command {
        return generate::run(wanted).await;
    }
    let mut config = Config::demo(args.data.clone(), args.listen)?;
    telemetry::start_logging(&config.log)?;
    let (public, desk) = serve::listen(&config).await?;
    config.listen = public.local_addr()?;
    if let Some(desk) = &desk {
        config.desk_listen = desk.local_addr()?;
    }
    // Browsers use passkeys at no address that is only a number, and take this machine's name for safe without HTTPS.
    if is_localhost(config.desk_listen.ip()) {
        config.site.desk_url = format!("http://localhost:{}", config.desk_listen.port());
    }

    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("数据目录 {} 建不了；请检查路径和权限", config.data.display()))?;
    let marker = config.data.join(MARKER);
    let known = offset_kept(&config);
    let clock = DemoClock::new(known.unwrap_or(0));
    let house = wiring::open(&config, clock.clock(), true).await?;
    house.site.migrate().await.map_err(kit_error)?;
    if known.is_none() {
        if args.format == Format::Text {
            println!("正在写入示例数据……");
        }
        seed::seed(&house, &clock).await?;
        clock.set(beginning());
        std::fs::write(&marker, serde_json::to_vec(&clock.offset())?)
            .with_context(|| format!("写不了 {}", marker.display()))?;
    }
    // Links open the desk to whoever reads them, so they are printed for this machine only.
    let links = match config.desk_listen.ip().is_loopback() {
        true => accounts::links(&house.site).await?,
        false => Vec::new(),
    };
    announce(&config, &links, args.format);
    serve::until_stopped(house, public, desk).await
}

/// Whether the name `localhost` leads to this address; the rest of the loopback network has no name.
fn is_localhost(address: IpAddr) -> bool {
    address == IpAddr::from(Ipv4Addr::LOCALHOST) || address == IpAddr::from(Ipv6Addr::LOCALHOST)
}

fn announce(config: &Config, links: &[accounts::Link], format: Format) {
    let public = format!("http://{}", config.listen);
    let desk = match config.site.desk_url.as_str() {
        "" => format!("http://{}", config.desk_listen),
        named => named.to_string(),
    };
    if format == Format::Json {
        println!("{}", json!({ "public": public, "desk": desk, "links": links }));
        return;
    }
    println!("公开网站：{public}");
    println!("工作台：  {desk}");
    if links.is_empty() {
        println!("工作台不在本机回环地址上，不打印登录链接；请用 gongkai user add 新增账号。");
        return;
    }
    println!("一次性登录链接（打开后设置口令；重新启动会换新的）：");
    for link in links {
        println!("  {} · {}\n    {}", link.unit, link.role, link.url);
    }
    println!("按 Ctrl+C 停止。");
}
