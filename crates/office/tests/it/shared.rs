//! Real material, where it stands beside the checkout.

use std::path::PathBuf;

use content::{Body, check};
use office::{Format, Request};

use super::build::read;

fn material(path: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(path);
    let there = path.exists();
    println!(
        "{}: {}",
        path.display(),
        if there {
            "reading it"
        } else {
            "not here, nothing tested"
        }
    );
    there.then_some(path)
}

#[test]
fn the_task_table_is_a_table_of_four_columns() {
    let Some(path) = material("seed/2021-cangshan-task-breakdown.docx") else {
        return;
    };
    let reading = read("table.docx", std::fs::read(path).unwrap()).unwrap();
    let Body::Table(table) = &reading.document.blocks[1].body else {
        panic!("not a table")
    };
    assert!(matches!(
        reading.document.blocks[0].body,
        Body::Heading { level: 1, .. }
    ));
    assert!(
        table
            .rows
            .iter()
            .all(|row| row.cells.iter().map(|cell| cell.colspan).sum::<u32>() == 4)
    );
    let chapters: Vec<String> = table
        .rows
        .iter()
        .filter(|row| row.cells.len() == 1)
        .map(|row| row.cells[0].text())
        .collect();
    assert!(
        chapters[0].starts_with("一、") && chapters[1].starts_with("（一）"),
        "{chapters:?}"
    );
    let tasks = table
        .rows
        .iter()
        .filter(|row| row.cells.len() == 4 && row.cells[0].text().starts_with(|c: char| c.is_ascii_digit()));
    assert!(tasks.count() >= 30);
    assert_eq!(
        table.rows[3].cells[2].text().lines().count(),
        2,
        "units one below the other stay apart"
    );
}

#[test]
fn other_programs_documents_are_read() {
    let Some(folder) = material("office") else { return };
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "README.md" {
            continue;
        }
        match read(&name, std::fs::read(&path).unwrap()) {
            Ok(reading) => {
                assert!(name.ends_with(".docx"), "{name}");
                assert_eq!(check(&reading.document), vec![]);
            }
            Err(refusal) => assert_eq!(
                (refusal.code(), name.ends_with(".docx")),
                ("wrong_kind", false),
                "{name}: {refusal}"
            ),
        }
    }
}

#[test]
fn published_pages_lose_no_words() {
    let Some(path) = material("policies/govcn_20.jsonl") else {
        return;
    };
    let squeezed = |text: &str| -> String {
        text.chars()
            .filter(|c| !c.is_whitespace() && !"\u{200b}\u{feff}".contains(*c))
            .collect()
    };
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let page: serde_json::Value = serde_json::from_str(line).unwrap();
        let (html, text) = (page["html"].as_str().unwrap(), page["text"].as_str().unwrap());
        let request = Request {
            format: Format::Html,
            file_name: String::new(),
            bytes: html.as_bytes().to_vec(),
        };
        let reading = office::read(&request).unwrap();
        assert_eq!(check(&reading.document), vec![]);
        assert!(reading.document.blocks.len() > 3, "{} is one block", page["title"]);
        let (read, expected) = (squeezed(&reading.document.text()), squeezed(text));
        let lost = expected.chars().count().abs_diff(read.chars().count());
        assert!(
            lost * 50 <= expected.chars().count(),
            "{}: {lost} characters differ",
            page["title"]
        );
    }
}
