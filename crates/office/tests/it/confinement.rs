//! The child and its parent.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use office::{Confined, ConfinedLimits, Format, MAX_INPUT, ReadError, Request};

use super::build::Docx;

/// The example program stands beside the folder of test programs.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().unwrap().parent().unwrap();
    let program = folder.join("examples").join("office_child");
    assert!(
        program.exists(),
        "{} is built by `cargo test -p office`",
        program.display()
    );
    program
}

pub fn reader(arguments: &[&str]) -> Confined {
    Confined::new(
        program(),
        arguments.iter().map(|argument| (*argument).to_owned()).collect(),
    )
}

fn quick(arguments: &[&str], seconds: u64) -> Confined {
    let limits = ConfinedLimits {
        time: Duration::from_secs(seconds),
        wait: Duration::from_millis(200),
        children: 1,
    };
    reader(arguments).with_limits(limits)
}

fn text(words: &str) -> Request {
    Request {
        format: Format::Text,
        file_name: String::new(),
        bytes: words.as_bytes().to_vec(),
    }
}

fn probe(mode: &str) -> String {
    let output = Command::new(program()).arg(mode).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_confined_process_finds_every_door_closed() {
    assert_eq!(probe("probe"), "tried 9; open: \n");
    let free = probe("probe-free");
    for door in [
        "read a file",
        "write a file",
        "list a folder",
        "listen",
        "start a program",
        "start a thread",
    ] {
        assert!(free.contains(door), "the probe itself cannot {door}: {free}");
    }
}

#[tokio::test]
async fn a_child_reads_and_refuses_like_the_reader_itself() {
    let png = b"\x89PNG\r\n\x1a\nx";
    let drawing = "<w:p><w:r><w:t>图</w:t><w:drawing><a:blip r:embed='p'/></w:drawing></w:r></w:p>";
    let bytes = Docx::new(drawing).related("p", "image", "media/a.png", png).bytes();
    let request = Request {
        format: Format::Docx,
        file_name: "a.docx".into(),
        bytes,
    };
    let confined = reader(&[]);
    let reading = confined.read(request.clone()).await.unwrap();
    assert_eq!(reading, office::read(&request).unwrap());
    assert_eq!(reading.pictures[0].bytes, png);
    let refused = confined.read(text("机密★1年\n正文")).await.unwrap_err();
    assert_eq!(refused.code(), "classified");
}

#[tokio::test]
async fn one_session_reads_thousands_of_pages_quickly() {
    let mut session = reader(&[]).open().await.unwrap();
    let began = Instant::now();
    for number in 0..3000 {
        let bytes = format!("<p>第{number}号</p><table><tr><td>甲</td><td>乙</td></tr></table>").into_bytes();
        let reading = session
            .read(&Request {
                format: Format::Html,
                file_name: String::new(),
                bytes,
            })
            .await
            .unwrap();
        assert_eq!(reading.document.text(), format!("第{number}号\n甲\t乙"));
    }
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_session_goes_on_after_refusals() {
    let mut session = reader(&[]).open().await.unwrap();
    assert_eq!(session.read(&text("a\0")).await.unwrap_err().code(), "nul_bytes");
    assert_eq!(session.read(&text("好")).await.unwrap().document.text(), "好");
}

#[tokio::test]
async fn a_child_that_takes_all_memory_dies_alone() {
    let error = quick(&["hungry"], 60).read(text("x")).await.unwrap_err();
    assert!(matches!(error, ReadError::Died), "{error:?}");
    assert!(error.to_string().contains("文件太复杂或已损坏"));
}

#[tokio::test]
async fn a_child_that_does_not_answer_is_stopped() {
    let began = Instant::now();
    let error = quick(&["idle"], 1).read(text("x")).await.unwrap_err();
    assert_eq!(error.code(), "timed_out");
    assert!(error.to_string().contains("1 秒"));
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_child_that_lies_is_not_believed() {
    assert_eq!(
        quick(&["liar"], 20).read(text("x")).await.unwrap_err().code(),
        "reader_died"
    );
}

#[tokio::test]
async fn places_are_counted_and_given_back() {
    let confined = quick(&[], 20);
    let session = confined.open().await.unwrap();
    assert_eq!(confined.read(text("甲")).await.unwrap_err().code(), "busy");
    drop(session);
    assert!(confined.read(text("甲")).await.is_ok());
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_a_child_starts() {
    let bytes = vec![b'P'; MAX_INPUT + 1];
    let confined = Confined::new(PathBuf::from("/does/not/exist"), Vec::new());
    let error = confined
        .read(Request {
            bytes,
            ..Request::default()
        })
        .await
        .unwrap_err();
    assert_eq!(error.code(), "file_too_large");
    let error = confined.read(text("x")).await.unwrap_err();
    assert_eq!(error.code(), "unavailable");
}
