//! The Word file itself, through the reader of foreign files.

use super::support::{SEED_EXPECTED, SEED_TEXT, names};
use crate::read::{fingerprint, from_document, from_text};

const SEED_WORD: &[u8] = include_bytes!("../../../samples/2021-cangshan-task-breakdown.docx");

#[test]
fn the_word_file_is_read_like_the_text() {
    let request = office::Request {
        format: office::Format::Docx,
        file_name: "2021-cangshan-task-breakdown.docx".to_owned(),
        bytes: SEED_WORD.to_vec(),
    };
    let reading = office::read(&request).unwrap();
    let table = from_document(&reading.document, &names()).unwrap();
    let wanted: serde_json::Value = serde_json::from_str(SEED_EXPECTED).unwrap();
    assert_eq!(serde_json::to_value(&table).unwrap(), wanted);
    assert_eq!(
        fingerprint(&table),
        fingerprint(&from_text(SEED_TEXT, &names()).unwrap())
    );
}
