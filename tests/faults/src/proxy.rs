//! A wire to a server that can be slow, dead or cut.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the wire does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Carries.
    Carries,
    /// Carries each piece so many milliseconds later.
    Slow(u64),
    /// Carries nothing and closes nothing.
    Stalls,
    /// Is cut: connections end, and new ones end at once.
    Cut,
}

/// A wire, as an address to connect to.
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    state: Arc<watch::Sender<Wire>>,
}

impl Proxy {
    /// A wire to a server.
    pub async fn to(server: String) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(watch::channel(Wire::Carries).0);
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (server, wire) = (server.clone(), shared.subscribe());
                tokio::spawn(async move {
                    if *wire.borrow() == Wire::Cut {
                        return;
                    }
                    let Ok(far) = TcpStream::connect(server).await else {
                        return;
                    };
                    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                    tokio::select! {
                        () = carry(near_in, far_out, wire.clone()) => {}
                        () = carry(far_in, near_out, wire.clone()) => {}
                        () = is_cut(wire.clone()) => {}
                    }
                });
            }
        });
        Proxy { address, state }
    }

    /// From now on the wire does this.
    pub fn set(&self, wire: Wire) {
        self.state.send_replace(wire);
    }
}

async fn is_cut(mut wire: watch::Receiver<Wire>) {
    // A sender that is gone belongs to a test that is over.
    let _ = wire.wait_for(|wire| *wire == Wire::Cut).await;
}

async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut wire: watch::Receiver<Wire>,
) {
    let mut bytes = vec![0; 65536];
    while let Ok(count) = from.read(&mut bytes).await {
        if wire.wait_for(|wire| *wire != Wire::Stalls).await.is_err() || count == 0 {
            return;
        }
        let wait = match *wire.borrow() {
            Wire::Slow(milliseconds) => milliseconds,
            _ => 0,
        };
        tokio::time::sleep(Duration::from_millis(wait)).await;
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
