//! A document stored under shape 1 must be readable, and keep its digest, for ever.

use content::{Body, Document, check, digest_hex};

const STORED: &str = include_str!("../data/shape-1.json");

#[test]
fn a_document_of_shape_1_is_still_read() {
    let document: Document = serde_json::from_str(STORED).unwrap();
    assert_eq!(document.shape, 1);
    assert_eq!(check(&document), vec![]);
    assert_eq!(document.blocks.len(), 6);
    assert_eq!(document.notes.len(), 1);
    let Body::Table(table) = &document.block("b6").unwrap().body else {
        panic!("not a table")
    };
    assert_eq!((table.header_rows, table.rows[1].cells[0].colspan), (1, 2));
    assert_eq!(document.text(), include_str!("../data/shape-1.txt").trim_end());
}

#[test]
fn a_document_of_shape_1_keeps_its_digest() {
    let document: Document = serde_json::from_str(STORED).unwrap();
    assert_eq!(digest_hex(&document), include_str!("../data/shape-1.sha256").trim());
}
