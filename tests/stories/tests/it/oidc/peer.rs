//! The real identity provider of `tests/peers`, started for one story.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use http::{Method, Request};
use stories::{TestApp, Visitor};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// What the client proves itself with, there and at the forged provider.
pub const SECRET: &str = "example-secret-for-stories-only";

/// A provider that serves as long as this value lives.
pub struct Peer {
    /// What it calls itself.
    pub issuer: String,
    address: SocketAddr,
    back: String,
    _process: Child,
}

impl Peer {
    /// Starts it, and sets the story's clock to the time that the provider writes into its answers.
    pub async fn start(app: &TestApp) -> Peer {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../peers"));
        assert!(
            folder.join("node_modules/oidc-provider").is_dir(),
            "the identity provider is not installed; run scripts/install-peers"
        );
        let back = format!("{}/sign-in/oidc/return", app.site.profile.desk_url);
        let mut process = Command::new("node")
            .arg("identity-provider.mjs")
            .arg(&back)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("node is installed");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port: u16 = loop {
            let line = lines
                .next_line()
                .await
                .unwrap()
                .expect("the provider says where it listens");
            if let Some(port) = line.strip_prefix("listening ") {
                break port.parse().unwrap();
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        app.clock.set(kit::clock::Clock::system().now());
        Peer {
            issuer: format!("http://127.0.0.1:{port}"),
            address: ([127, 0, 0, 1], port).into(),
            back,
            _process: process,
        }
    }

    /// A browser in front of the provider.
    pub fn visitor(&self) -> Visitor {
        Visitor::over(self.address, &self.issuer)
    }

    /// Does what the provider's pages ask, as this account of it, and returns where at the desk it leads back.
    pub async fn signs_in(&self, browser: &Visitor, entry: &str, account: &str) -> String {
        let mut address = entry.to_string();
        for _ in 0..12 {
            if let Some(query) = address.strip_prefix(&self.back) {
                return format!("/sign-in/oidc/return{query}");
            }
            let path = address.strip_prefix(&self.issuer).unwrap_or(&address).to_string();
            let mut page = browser.get(&path).await;
            if page.status == 200 {
                let fields = [
                    ("prompt", page.value("prompt")),
                    ("login", account.to_string()),
                    ("password", "随便什么".into()),
                ];
                let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                page = browser.post(&path, &fields, &[]).await;
            }
            address = page.location();
        }
        panic!("the provider does not lead back: {address}");
    }

    /// From now on it signs with another key.
    pub async fn rotates(&self) {
        let request = Request::builder().method(Method::POST).uri("/demo/rotate");
        self.visitor()
            .send(request.body(Default::default()).unwrap())
            .await
            .expect(200);
    }
}
