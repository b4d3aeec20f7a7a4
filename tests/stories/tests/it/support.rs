//! What several stories do.

use stories::Page;
pub use stories::office::{Office, search, titles};

/// Compares a whole page with the one kept, apart from the names of style sheets and scripts, which change with their bytes.
pub fn snapshot(name: &str, page: &Page) {
    let mut source = String::new();
    let html = page.source();
    let mut rest = html.as_str();
    while let Some((before, after)) = rest.split_once("/assets/") {
        let (_, tail) = after.split_once('"').unwrap();
        source.push_str(before);
        source.push_str("/assets/…\"");
        rest = tail;
    }
    source.push_str(rest);
    let lines: Vec<&str> = source
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, lines.join("\n"));
    });
}

/// Pages kept under `snapshots`; one that no story compares any more must go.
#[test]
fn every_kept_page_belongs_to_a_story() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/snapshots");
    let mut kept: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    kept.sort();
    assert_eq!(
        kept,
        [
            "document.snap",
            "not_found.snap",
            "refused.snap",
            "sign_in.snap",
            "tombstone.snap"
        ]
    );
}
