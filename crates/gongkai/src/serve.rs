//! Serving: two listeners, background work, an orderly end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use kit::Site;
use kit::capability::Face;
use kit::clock::Clock;
use kit::web::{Limits, desk_router, public_router};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::cli::ConfigArgs;
use crate::config::Config;
use crate::telemetry;
use crate::wiring::{self, House, kit_error};

/// How long requests that run when the program is told to stop may take to finish.
const GRACE: Duration = Duration::from_secs(30);

/// Serves by a configuration file until told to stop.
///
/// # Errors
/// When something cannot be opened, or the database must be migrated first.
pub async fn run(args: ConfigArgs) -> anyhow::Result<()> {
    let config = Config::read(&args.config)?;
    telemetry::start_logging(&config.log)?;
    let (public, desk) = listen(&config).await?;
    let house = wiring::open(&config, Clock::system(), false).await?;
    house.site.migrate().await.map_err(kit_error)?;
    tracing::info!(public = %config.listen, desk = %config.desk_listen, "serving");
    until_stopped(house, public, desk).await
}

/// Binds both listeners; one, where both faces stand at the same address and their hosts tell them apart.
///
/// # Errors
/// When an address is taken or not this machine's.
pub async fn listen(config: &Config) -> anyhow::Result<(TcpListener, Option<TcpListener>)> {
    let bind = |address: SocketAddr, what: &'static str| async move {
        TcpListener::bind(address)
            .await
            .with_context(|| format!("{what}的地址 {address} 用不了，可能已被别的程序占用；请换一个地址或端口"))
    };
    let public = bind(config.listen, "公开网站").await?;
    let desk = match config.is_one_listener() {
        true => None,
        false => Some(bind(config.desk_listen, "工作台").await?),
    };
    Ok((public, desk))
}

/// Serves both faces and runs what runs beside them, until SIGINT or SIGTERM.
///
/// # Errors
/// When counting cannot be started.
pub async fn until_stopped(house: House, public: TcpListener, desk: Option<TcpListener>) -> anyhow::Result<()> {
    // Listened to before anybody is answered, so that a program told to stop in its first moment ends in order too.
    let signals = Signals::listen()?;
    let metrics = telemetry::start_metrics()?;
    let (of_public, of_desk): (Vec<_>, Vec<_>) = house.routes.into_iter().partition(|r| r.face == Face::Public);
    let public_face = public_router(&house.site, of_public);
    let desk_face = desk_router(&house.site, of_desk).merge(telemetry::metrics_route(metrics));
    let mut beside = Vec::new();
    for background in house.site.capabilities.iter().flat_map(|c| c.background.iter()) {
        beside.push(tokio::spawn(background(house.site.clone())));
    }
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        signals.heard().await;
        let _ = stop.send(true);
    });
    let limits = Limits::default();
    let serving = async {
        match desk {
            Some(desk) => {
                let public = kit::web::serve(public, public_face, limits, stopped.clone());
                tokio::join!(public, kit::web::serve(desk, desk_face, limits, stopped.clone()));
            }
            None => {
                let both = kit::web::by_host(&house.site.edge, public_face, desk_face);
                kit::web::serve(public, both, limits, stopped.clone()).await;
            }
        }
    };
    // Jobs are handed back while the last requests are still answered, so that another node takes them at once.
    let ending = async { tokio::join!(serving, end(&house.site, stopped.clone())) };
    tokio::select! {
        _ = ending => {}
        () = overdue(stopped.clone()) => {}
    }
    for task in beside {
        task.abort();
    }
    if let Err(error) = house.publishing.hand_over(&house.site).await {
        tracing::warn!(%error, "the numbering of the journal was not handed over; another node takes it in some seconds");
    }
    Ok(())
}

/// Ends some time after the program was told to stop: what then still runs is given up, so that one slow client does not
/// hold up the machine.
async fn overdue(mut stopped: watch::Receiver<bool>) {
    if stopped.wait_for(|stop| *stop).await.is_err() {
        // Nobody can tell it to stop any more; it ends with its listeners.
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(GRACE).await;
    tracing::warn!("requests still running are given up");
}

/// Waits for the signal and lets everything that runs beside the requests end in order.
async fn end(site: &Arc<Site>, mut stopped: watch::Receiver<bool>) {
    // A sender that is gone means that the program ends as well.
    let _ = stopped.changed().await;
    let hooks = site.capabilities.iter().flat_map(|c| c.at_end.iter());
    futures::future::join_all(hooks.map(|hook| hook(site.clone()))).await;
}

/// What tells the program to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn heard(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Opens the site of a configuration for a command, migrated.
///
/// # Errors
/// As [`wiring::open`].
pub async fn open_for_command(args: &ConfigArgs) -> anyhow::Result<(Config, House)> {
    let config = Config::read(&args.config)?;
    let house = wiring::open(&config, Clock::system(), false).await?;
    house.site.migrate().await.map_err(kit_error)?;
    Ok((config, house))
}
