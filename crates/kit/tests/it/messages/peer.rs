//! A mail server of its own for a test.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/peers/smtp");

/// Mail taken so far, whatever happens to the server.
pub struct Post {
    folder: TempDir,
}

/// The server, for as long as this lives.
pub struct Server {
    child: Child,
    pub port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One mail.
#[derive(Debug, Clone)]
pub struct Taken {
    pub from: String,
    pub to: String,
    pub tls: bool,
    pub user: bool,
    pub content: String,
}

impl Taken {
    /// A header of it, unfolded.
    pub fn header(&self, name: &str) -> String {
        let head = self.content.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        let lines: Vec<&str> = head
            .split("\r\n")
            .filter(|line| line.to_lowercase().starts_with(&format!("{}:", name.to_lowercase())))
            .collect();
        assert_eq!(lines.len(), 1, "one {name} in {head}");
        lines[0].split_once(':').unwrap().1.trim().to_string()
    }

    /// How many headers there are.
    pub fn headers(&self) -> Vec<String> {
        let head = self.content.split("\r\n\r\n").next().unwrap();
        head.split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split(':').next().unwrap().to_lowercase())
            .collect()
    }

    /// Its plain text, decoded.
    pub fn text(&self) -> String {
        let part = self.content.split("text/plain").nth(1).unwrap();
        let (head, body) = part.split_once("\r\n\r\n").unwrap();
        let body = body.split("\r\n--").next().unwrap();
        if head.contains("base64") {
            use base64::Engine as _;
            let packed: String = body.split_whitespace().collect();
            let bytes = base64::engine::general_purpose::STANDARD.decode(packed).unwrap();
            return String::from_utf8(bytes).unwrap();
        }
        body.to_string()
    }
}

impl Post {
    pub fn new() -> Post {
        Post {
            folder: TempDir::new().unwrap(),
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn start(&self) -> Server {
        self.start_with(0, &[])
    }

    pub fn start_with(&self, port: u16, more: &[&str]) -> Server {
        let mut child = Command::new(PROGRAM)
            .arg(self.folder())
            .args(["--port", &port.to_string()])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3-aiosmtpd is installed by scripts/need-debian-packages");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line.trim().strip_prefix("port ").expect("the server has started");
        Server {
            port: port.parse().unwrap(),
            child,
        }
    }

    /// What the next mails are answered.
    pub fn answer(&self, lines: &[&str]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(self.folder().join("answers"), text).unwrap();
    }

    pub fn mails(&self) -> Vec<Taken> {
        let text = std::fs::read_to_string(self.folder().join("mails")).unwrap_or_default();
        let words = |value: &Value| value.as_str().unwrap().to_string();
        text.lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|mail| Taken {
                from: words(&mail["from"]),
                to: words(&mail["to"][0]),
                tls: mail["tls"].as_bool().unwrap(),
                user: mail["user"].as_bool().unwrap(),
                content: words(&mail["content"]),
            })
            .collect()
    }
}

/// A certificate for `localhost` and its key, made now.
pub fn certificate(folder: &Path) -> (PathBuf, PathBuf) {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
        ])
        .args([
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
        ])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (certificate, key)
}
