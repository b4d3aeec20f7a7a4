//! A mail server on a machine whose power stays on.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use gongkai::config::Config;
use serde_json::Value;
use tempfile::TempDir;

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../peers/smtp");

/// The server, for as long as this lives, and the mail it has taken.
pub struct Post {
    server: Child,
    port: u16,
    folder: TempDir,
}

impl Post {
    /// Starts one that has taken these mails already, as [`Post::taken`] tells them.
    pub fn start(taken: &str) -> Post {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("mails"), taken).unwrap();
        let mut server = Command::new(PROGRAM)
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3-aiosmtpd is installed by scripts/need-debian-packages");
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line.trim().strip_prefix("port ").expect("the server has started");
        Post {
            port: port.parse().unwrap(),
            server,
            folder,
        }
    }

    /// Where it listens on this machine.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Lets a district send its mail here.
    pub fn put_into(&self, config: &mut Config) {
        config.mail.host = "127.0.0.1".into();
        config.mail.port = self.port;
        config.mail.security = "plain".into();
        config.mail.from = "zwgk@example.gov.cn".into();
    }

    /// The same as a table of the configuration.
    pub fn settings(&self) -> String {
        format!(
            "[mail]\nhost = '127.0.0.1'\nport = {}\nsecurity = 'plain'\nfrom = 'zwgk@example.gov.cn'\n",
            self.port
        )
    }

    /// What it has taken, one mail a line.
    pub fn taken(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("mails")).unwrap()
    }

    /// Where that stands.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn contents(&self) -> Vec<String> {
        let mail = |line: &str| {
            serde_json::from_str::<Value>(line).unwrap()["content"]
                .as_str()
                .unwrap()
                .to_string()
        };
        self.taken().lines().map(mail).collect()
    }

    /// The delivery keys of what it has taken, with the Message-IDs under which each came, one for each time.
    pub fn deliveries(&self) -> BTreeMap<String, Vec<String>> {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for content in self.contents() {
            let head = content.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
            let ids: BTreeSet<&str> = head
                .split("\r\n")
                .filter_map(|line| line.strip_prefix("Message-ID:"))
                .collect();
            assert_eq!(ids.len(), 1, "one Message-ID in {head}");
            let id = ids.first().unwrap().trim().to_string();
            let key = id.trim_start_matches('<').split('.').next().unwrap().to_string();
            all.entry(key).or_default().push(id);
        }
        all
    }

    /// The six digits of the newest mail that has any.
    pub fn code(&self) -> String {
        let all = self.contents();
        let mut codes = all.iter().filter_map(|content| {
            let part = content.split("text/plain").nth(1)?;
            let (_, body) = part.split_once("\r\n\r\n")?;
            let packed: String = body.split("\r\n--").next()?.split_whitespace().collect();
            let text = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(packed).ok()?).ok()?;
            let runs = text.split(|sign: char| !sign.is_ascii_digit());
            runs.filter(|run| run.len() == 6).map(str::to_string).next()
        });
        codes.next_back().expect("a mail with a code has come")
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
