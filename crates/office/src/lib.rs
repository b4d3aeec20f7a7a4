//! Reads foreign files in a confined child process of the same binary: Word, plain text and HTML into [`content`], XLSX and CSV into
//! sheets of cells.
//!
//! Three layers, from the inside out:
//!
//! 1. **Readers** are pure functions from bytes to a [`Reading`] (or, for tables, a [`Workbook`]) or a [`Refusal`]: [`read`], [`read_table`]. They recognise what a file really
//!    is, refuse what must not be taken in (classification marks, macros, tracked changes, bombs), and say in a [`Notice`]
//!    whatever they left out.
//! 2. **The child** ([`child_main`]) locks itself in before it reads a single byte, and answers requests on its standard output.
//! 3. **The parent** ([`Confined`], [`Session`]) starts children, limits their time and number, and turns their death into a
//!    plain sentence.
//!
//! Foreign bytes are parsed only in the child: the server calls [`Confined::read`] and never [`read`]; the latter is public for
//! the child, for tests and for fuzzing.

mod confined;
mod docx;
mod html;
mod limits;
mod marks;
mod ole;
mod package;
mod picture;
mod reading;
mod refusal;
mod revisions;
mod sniff;
mod table;
mod text;
mod xml;

pub use confined::{Confined, ConfinedLimits, ReadError, Session, TableReading, child_main, confine};
pub use limits::{MAX_CELL, MAX_CELLS, MAX_COLUMNS, MAX_INPUT, MAX_PICTURES, MAX_ROWS};
pub use reading::{Format, HandlingMark, Notice, NoticeKind, Picture, Properties, Reading, Request};
pub use refusal::{FileKind, Refusal, RevisionKind};
pub use table::{Cell, Chunk, Region, Row, Sheet, SheetHead, TableHead, Workbook, read_table};

/// Reads a file. Everything it needs is in the request; it opens nothing and writes nothing.
///
/// # Errors
///
/// A [`Refusal`] says what is wrong with the file, where, and what to do; nothing of a refused file may be kept.
pub fn read(request: &Request) -> Result<Reading, Refusal> {
    if request.bytes.is_empty() {
        return Err(Refusal::EmptyFile);
    }
    if request.bytes.len() > MAX_INPUT {
        return Err(Refusal::FileTooLarge {
            bytes: request.bytes.len() as u64,
        });
    }
    marks::refuse_classified_name(&request.file_name)?;
    let mut reading = match format_of(request)? {
        Format::Docx => docx::read(&request.bytes)?,
        Format::Html => html::read(&request.bytes)?,
        Format::Text | Format::Detect | Format::Table => text::read(&request.bytes)?,
    };
    if reading.document.is_blank() {
        return Err(Refusal::EmptyDocument);
    }
    marks::judge(&mut reading, &request.file_name)?;
    reading.document = reading.document.with_fresh_ids();
    Ok(reading)
}

/// The format asked for, or the one that the bytes show; a file that is something else is refused by name.
fn format_of(request: &Request) -> Result<Format, Refusal> {
    let seen = sniff::kind(&request.bytes, &request.file_name);
    match (request.format, seen) {
        (Format::Docx | Format::Detect, FileKind::Docx) => Ok(Format::Docx),
        (Format::Html, FileKind::Text | FileKind::Html) => Ok(Format::Html),
        (Format::Text, FileKind::Text | FileKind::Html) => Ok(Format::Text),
        (Format::Detect, FileKind::Html) => Ok(Format::Html),
        (Format::Detect, FileKind::Text) => Ok(Format::Text),
        (_, FileKind::ProtectedOffice) => Err(Refusal::PasswordProtected),
        (wanted, seen) => Err(Refusal::WrongKind { wanted, seen }),
    }
}
