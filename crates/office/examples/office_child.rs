//! A program that holds nothing but the confined reader, and, for the tests, children that misbehave.
//!
//! - without arguments: the reader
//! - `probe`: confines itself, tries every door, and prints which ones opened
//! - `hungry`: confines itself and takes memory without end
//! - `idle`: confines itself and never answers
//! - `liar`: answers with a document that must not be believed

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("probe") => probe(),
        Some("hungry") => hungry(),
        Some("idle") => idle(),
        Some("liar") => liar(),
        _ => office::child_main(),
    }
}

fn probe() -> ExitCode {
    let itself = std::env::current_exe().unwrap_or_default();
    if office::confine().is_err() {
        return ExitCode::FAILURE;
    }
    let doors = [
        (
            "read a file",
            std::fs::read("/etc/hostname").is_ok() || std::fs::read(&itself).is_ok(),
        ),
        (
            "write a file",
            std::fs::write("/tmp/office-child-was-here", "x").is_ok(),
        ),
        ("list a folder", std::fs::read_dir("/").is_ok()),
        ("see a file", std::fs::metadata("/").is_ok()),
        (
            "connect",
            TcpStream::connect("127.0.0.1:9")
                .err()
                .is_none_or(|error| error.raw_os_error() != Some(1)),
        ),
        ("listen", TcpListener::bind("127.0.0.1:0").is_ok()),
        ("send", UdpSocket::bind("127.0.0.1:0").is_ok()),
        ("start a program", Command::new(&itself).spawn().is_ok()),
        ("start a thread", std::thread::Builder::new().spawn(|| {}).is_ok()),
        ("read its own environment", std::fs::read("/proc/self/environ").is_ok()),
    ];
    let open: Vec<&str> = doors
        .iter()
        .filter(|(_, opened)| *opened)
        .map(|(name, _)| *name)
        .collect();
    println!("tried {}; open: {}", doors.len(), open.join(", "));
    ExitCode::SUCCESS
}

fn hungry() -> ExitCode {
    if office::confine().is_err() {
        return ExitCode::FAILURE;
    }
    let mut kept: Vec<Vec<u8>> = Vec::new();
    loop {
        kept.push(vec![1; 16 * 1024 * 1024]);
    }
}

fn idle() -> ExitCode {
    if office::confine().is_err() {
        return ExitCode::FAILURE;
    }
    loop {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}

/// Answers every request with a heading of level 9 that links to a script.
fn liar() -> ExitCode {
    let mut first = [0; 1];
    let _ = std::io::stdin().read(&mut first);
    let head = r#"{"read":{"document":{"shape":1,"blocks":[{"id":"b1","type":"heading","level":9,"text":[]}]},"pictures":[],"properties":{"title":null,"creator":null,"last_modified_by":null,"subject":null,"keywords":null,"description":null,"created":null,"modified":null},"notices":[],"handling_marks":[],"margins":[]}}"#;
    let mut output = std::io::stdout();
    let written = output
        .write_all(&(head.len() as u64).to_le_bytes())
        .and_then(|()| output.write_all(head.as_bytes()))
        .and_then(|()| output.flush());
    // Stay until the parent has read the answer.
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    if written.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
