//! The parent's side of reading a table: its head, then its rows chunk by chunk, each looked at before it is believed.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::parent::{Confined, ReadError, Running, ended, refuse_too_large, take};
use super::protocol::{ANSWER_CHUNK, ANSWER_HEAD, AnswerHead, RequestHead};
use crate::limits::{MAX_CELL, MAX_COLUMNS, MAX_ROWS, MAX_SHEETS};
use crate::{Cell, Chunk, Format, Refusal, Request, Row, TableHead, Workbook};

/// A table that has been read and judged, whose rows are fetched in chunks. It occupies one of the places for children until
/// it is dropped, which also ends its child.
#[derive(Debug)]
pub struct TableReading {
    head: TableHead,
    running: Option<Running>,
    _place: OwnedSemaphorePermit,
    confined: Confined,
    chunks_left: u64,
    sheet: usize,
    row: u32,
    rows: u64,
}

impl Confined {
    /// Reads a table (XLSX or CSV) in a child of its own. When this returns, the whole file has been read and judged.
    ///
    /// # Errors
    ///
    /// See [`ReadError`]. Whatever happens to the child, the caller's process goes on.
    pub async fn read_table(&self, mut request: Request) -> Result<TableReading, ReadError> {
        refuse_too_large(&request)?;
        request.format = Format::Table;
        let place = self.open().await?.place;
        let mut running = self.start()?;
        let head = match self.in_time(ask(&mut running, &request)).await? {
            Ok(Ok(head)) if holds(&head) => head,
            Ok(Err(refusal)) => return Err(ReadError::Refused(refusal)),
            Ok(Ok(_)) => return Err(ended(running, "a head that does not hold").await),
            Err(_) => return Err(ended(running, "no answer").await),
        };
        Ok(TableReading {
            chunks_left: head.chunk_count,
            head,
            running: Some(running),
            _place: place,
            confined: self.clone(),
            sheet: 0,
            row: 0,
            rows: 0,
        })
    }

    /// An answer, or the sentence about the time limit. The child is killed when it is dropped.
    async fn in_time<T>(&self, answer: impl Future<Output = T>) -> Result<T, ReadError> {
        let limit = self.limits.time;
        timeout(limit, answer).await.map_err(|_| {
            tracing::warn!(
                seconds = limit.as_secs(),
                "a confined reader was stopped at its time limit"
            );
            ReadError::TimedOut {
                seconds: limit.as_secs(),
            }
        })
    }
}

async fn ask(running: &mut Running, request: &Request) -> io::Result<Result<TableHead, Refusal>> {
    let head = RequestHead::framed(request)?;
    running.input.write_all(&head).await?;
    running.input.write_all(&request.bytes).await?;
    running.input.flush().await?;
    let length = running.output.read_u64_le().await?;
    let head = take(&mut running.output, length, ANSWER_HEAD).await?;
    match serde_json::from_slice(&head)? {
        AnswerHead::Refused(refusal) => Ok(Err(refusal)),
        AnswerHead::Table(head) => Ok(Ok(*head)),
        AnswerHead::Read(_) => Err(io::ErrorKind::InvalidData.into()),
    }
}

impl TableReading {
    /// What is known of the table as a whole.
    pub fn head(&self) -> &TableHead {
        &self.head
    }

    /// The next rows; `None` when there are no more.
    ///
    /// # Errors
    ///
    /// [`ReadError::Died`] or [`ReadError::TimedOut`]; the rows fetched before must then be thrown away.
    pub async fn next(&mut self) -> Result<Option<Chunk>, ReadError> {
        if self.chunks_left == 0 {
            self.running = None;
            return Ok(None);
        }
        let Some(mut running) = self.running.take() else {
            return Err(ReadError::Died);
        };
        let Ok(chunk) = self.confined.in_time(fetch(&mut running)).await? else {
            return Err(ended(running, "no chunk").await);
        };
        if !self.believes(&chunk) {
            return Err(ended(running, "a chunk that does not hold").await);
        }
        self.chunks_left -= 1;
        self.running = Some(running);
        Ok(Some(chunk))
    }

    /// All of it at once, for tables that are known to be small.
    ///
    /// # Errors
    ///
    /// As [`TableReading::next`].
    pub async fn workbook(mut self) -> Result<Workbook, ReadError> {
        let mut sheets: Vec<Vec<Row>> = vec![Vec::new(); self.head.sheets.len()];
        while let Some(chunk) = self.next().await? {
            if let Some(rows) = sheets.get_mut(chunk.sheet) {
                rows.extend(chunk.rows);
            }
        }
        let mut workbook = Workbook::of(self.head);
        for (sheet, rows) in workbook.sheets.iter_mut().zip(sheets) {
            sheet.rows = rows;
        }
        Ok(workbook)
    }

    /// Sheets come one after the other, their rows in order, and no cell is larger than the reader would have let it be.
    fn believes(&mut self, chunk: &Chunk) -> bool {
        if chunk.sheet != self.sheet {
            if chunk.sheet < self.sheet || chunk.sheet >= self.head.sheets.len() {
                return false;
            }
            (self.sheet, self.row) = (chunk.sheet, 0);
        }
        for row in &chunk.rows {
            let in_bounds = row.number > self.row && row.cells.len() <= MAX_COLUMNS && row.cells.iter().all(is_sound);
            if !in_bounds {
                return false;
            }
            self.row = row.number;
        }
        self.rows += chunk.rows.len() as u64;
        self.rows <= MAX_ROWS
    }
}

async fn fetch(running: &mut Running) -> io::Result<Chunk> {
    let length = running.output.read_u64_le().await?;
    let chunk = take(&mut running.output, length, ANSWER_CHUNK).await?;
    Ok(serde_json::from_slice(&chunk)?)
}

fn holds(head: &TableHead) -> bool {
    let rows: u64 = head
        .sheets
        .iter()
        .map(|sheet| sheet.row_count)
        .fold(0, u64::saturating_add);
    head.sheets.len() <= MAX_SHEETS && rows <= MAX_ROWS && head.chunk_count <= MAX_ROWS
}

fn is_sound(cell: &Cell) -> bool {
    let words = cell.words();
    let is_short = words.len() <= MAX_CELL || words.chars().count() <= MAX_CELL;
    is_short && !words.chars().any(|c| c.is_control() && c != '\n')
}
