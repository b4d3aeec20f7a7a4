//! A program that holds nothing but the confined reader, and, for the tests, children that misbehave.
//!
//! - without arguments: the reader
//! - `probe`: confines itself, tries every door, and prints which ones opened
//! - `probe-free`: the same without confining itself, to see that the doors are real
//! - `hungry`: confines itself and takes memory without end
//! - `idle`: confines itself and never answers
//! - `liar`: answers with a document that must not be believed
//! - `table-liar`: answers with a table whose rows must not be believed

#![expect(
    clippy::disallowed_methods,
    reason = "the probe tries what must not work, and the idle child idles"
)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::{Command, ExitCode, Stdio};

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("probe") if office::confine().is_err() => ExitCode::FAILURE,
        Some("probe" | "probe-free") => probe(),
        Some("hungry") => hungry(),
        Some("idle") => idle(),
        Some("liar") => liar(),
        Some("table-liar") => table_liar(),
        _ => office::child_main(),
    }
}

fn probe() -> ExitCode {
    // An address that exists on no machine: the socket itself is the door, not the connection.
    let nowhere = std::time::Duration::from_millis(1);
    let connects = TcpStream::connect_timeout(&([192, 0, 2, 1], 9).into(), nowhere);
    let doors = [
        ("read a file", std::fs::read("/proc/version").is_ok()),
        (
            "write a file",
            std::fs::OpenOptions::new().write(true).open("/dev/null").is_ok(),
        ),
        ("list a folder", std::fs::read_dir("/").is_ok()),
        ("see a file", std::fs::metadata("/").is_ok()),
        (
            "connect",
            connects.err().is_none_or(|error| error.raw_os_error() != Some(1)),
        ),
        ("listen", TcpListener::bind("127.0.0.1:0").is_ok()),
        ("send", UdpSocket::bind("127.0.0.1:0").is_ok()),
        (
            "start a program",
            Command::new("/proc/self/exe")
                .arg("nothing")
                .stdin(Stdio::null())
                .spawn()
                .is_ok(),
        ),
        ("start a thread", std::thread::Builder::new().spawn(|| {}).is_ok()),
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
    answer(&[head])
}

/// Answers with a row whose words hold what the reader takes out.
fn table_liar() -> ExitCode {
    let mut first = [0; 1];
    let _ = std::io::stdin().read(&mut first);
    let head = r#"{"table":{"sheets":[{"name":"","is_hidden":false,"hidden_columns":[],"merged":[],"row_count":1}],"has_comments":false,"notices":[],"handling_marks":[],"chunk_count":1}}"#;
    answer(&[head, r#"{"s":0,"r":[{"n":1,"c":[{"t":"a\u0000b"}]}]}"#])
}

fn answer(frames: &[&str]) -> ExitCode {
    let mut output = std::io::stdout();
    let mut written = Ok(());
    for frame in frames {
        written = written
            .and_then(|()| output.write_all(&(frame.len() as u64).to_le_bytes()))
            .and_then(|()| output.write_all(frame.as_bytes()));
    }
    let written = written.and_then(|()| output.flush());
    // Stay until the parent has read the answer.
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    if written.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
