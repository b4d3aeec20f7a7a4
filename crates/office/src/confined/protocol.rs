//! What parent and child say to each other over pipes.
//!
//! A request is the length of a JSON head (four bytes, little-endian), the head, and the bytes of the file, whose length the head
//! tells. An answer is the length of a JSON head (eight bytes), the head, and the bytes of the pictures one after the other; or, for
//! a table, its chunks, each with its length (eight bytes) in front, as many as the head tells.

use std::io::{self, Read, Write};

use content::{Document, PictureId};
use serde::{Deserialize, Serialize};

use crate::table::Encoded;
use crate::{Format, HandlingMark, Notice, Picture, Properties, Reading, Refusal, Request, TableHead};

/// Longest head of a request; it holds little more than a file name.
const REQUEST_HEAD: u32 = 64 * 1024;
/// Longest head of an answer.
pub(super) const ANSWER_HEAD: u64 = 128 * 1024 * 1024;
/// Longest chunk of a table.
pub(super) const ANSWER_CHUNK: u64 = 64 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
pub(super) struct RequestHead {
    pub(super) format: Format,
    pub(super) file_name: String,
    pub(super) length: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AnswerHead {
    Read(Box<ReadHead>),
    Table(Box<TableHead>),
    Refused(Refusal),
}

#[derive(Serialize, Deserialize)]
pub(super) struct ReadHead {
    pub(super) document: Document,
    pub(super) pictures: Vec<PictureHead>,
    pub(super) properties: Properties,
    pub(super) notices: Vec<Notice>,
    pub(super) handling_marks: Vec<HandlingMark>,
    pub(super) margins: Vec<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PictureHead {
    pub(super) id: PictureId,
    pub(super) media_type: String,
    pub(super) length: u64,
}

impl RequestHead {
    /// The head of this request with its length in front.
    pub(super) fn framed(request: &Request) -> io::Result<Vec<u8>> {
        let head = RequestHead {
            format: request.format,
            file_name: shortened(&request.file_name),
            length: request.bytes.len() as u64,
        };
        let json = serde_json::to_vec(&head)?;
        let mut framed = (json.len() as u32).to_le_bytes().to_vec();
        framed.extend(json);
        Ok(framed)
    }
}

/// A file name of a thousand characters says no more than its first and last ones.
fn shortened(name: &str) -> String {
    let count = name.chars().count();
    if count <= 400 {
        return name.to_owned();
    }
    name.chars().take(200).chain(name.chars().skip(count - 200)).collect()
}

/// The next request; `None` when the parent has closed the pipe.
pub(super) fn read_request(input: &mut impl Read, longest: usize) -> io::Result<Option<Request>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u32::from_le_bytes(length);
    if length > REQUEST_HEAD {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut head = vec![0; length as usize];
    input.read_exact(&mut head)?;
    let head: RequestHead = serde_json::from_slice(&head)?;
    if head.length > longest as u64 {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; head.length as usize];
    input.read_exact(&mut bytes)?;
    Ok(Some(Request {
        format: head.format,
        file_name: head.file_name,
        bytes,
    }))
}

/// Writes an answer.
pub(super) fn write_answer(output: &mut impl Write, answer: Result<Reading, Refusal>) -> io::Result<()> {
    let (head, pictures) = match answer {
        Ok(reading) => split(reading),
        Err(refusal) => (AnswerHead::Refused(refusal), Vec::new()),
    };
    let json = serde_json::to_vec(&head)?;
    output.write_all(&(json.len() as u64).to_le_bytes())?;
    output.write_all(&json)?;
    for picture in pictures {
        output.write_all(&picture.bytes)?;
    }
    output.flush()
}

/// Writes the answer to a request for a table.
pub(super) fn write_table(output: &mut impl Write, answer: Result<Encoded, Refusal>) -> io::Result<()> {
    let (head, chunks) = match answer {
        Ok(encoded) => (AnswerHead::Table(Box::new(encoded.head)), encoded.chunks),
        Err(refusal) => (AnswerHead::Refused(refusal), Vec::new()),
    };
    let json = serde_json::to_vec(&head)?;
    for frame in std::iter::once(json).chain(chunks) {
        output.write_all(&(frame.len() as u64).to_le_bytes())?;
        output.write_all(&frame)?;
    }
    output.flush()
}

fn split(reading: Reading) -> (AnswerHead, Vec<Picture>) {
    let Reading {
        document,
        pictures,
        properties,
        notices,
        handling_marks,
        margins,
    } = reading;
    let head = |picture: &Picture| PictureHead {
        id: picture.id.clone(),
        media_type: picture.media_type.clone(),
        length: picture.bytes.len() as u64,
    };
    let heads = pictures.iter().map(head).collect();
    let head = ReadHead {
        document,
        pictures: heads,
        properties,
        notices,
        handling_marks,
        margins,
    };
    (AnswerHead::Read(Box::new(head)), pictures)
}
