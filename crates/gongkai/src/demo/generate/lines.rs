//! Documents as lines of JSON, in the layout that `gongkai documents import` reads, for this program and for others.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context, bail};
use chrono::Datelike;
use content::html::{View, render};
use serde::Serialize;

use super::document::{Generated, source};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    url: &'a str,
    index_number: String,
    subject: &'a str,
    issuer: &'a str,
    title: &'a str,
    document_number: Option<&'a str>,
    written: String,
    published: String,
    html: String,
    text: String,
}

/// A file that grows line by line.
pub(super) struct Lines {
    out: BufWriter<std::fs::File>,
    seed: u64,
}

impl Lines {
    /// Opens a file and tells how many documents of this seed stand in it already. A line cut short is taken off.
    ///
    /// # Errors
    /// When the file cannot be used, or holds something else.
    pub(super) fn open(path: &Path, seed: u64) -> anyhow::Result<(Lines, usize)> {
        let named = || format!("文件 {}", path.display());
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)
            .with_context(named)?;
        let (mut count, mut end) = (0, 0);
        let mut reader = BufReader::new(&mut file);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).with_context(named)? > 0 && line.ends_with(b"\n") {
            let expected = format!("{{\"url\":\"{}\",", source(seed, count));
            if !line.starts_with(expected.as_bytes()) {
                bail!(
                    "{}第 {} 行不是种子 {seed} 生成的文件；请换一个文件名",
                    named(),
                    count + 1
                );
            }
            count += 1;
            end += line.len() as u64;
            line.clear();
        }
        if count == 0 && !line.is_empty() && !line.starts_with(b"{\"url\":\"https://generated.example/") {
            bail!("{}里有别的内容，没有改动；请换一个文件名", named());
        }
        file.set_len(end).with_context(named)?;
        file.seek(SeekFrom::Start(end)).with_context(named)?;
        let out = BufWriter::with_capacity(1 << 20, file);
        Ok((Lines { out, seed }, count))
    }

    /// Writes a document.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn write(&mut self, made: &Generated, number: usize, issuer: &str) -> anyhow::Result<()> {
        let view = View {
            heading_offset: 0,
            picture: &|_| String::new(),
            ids: false,
        };
        let line = Line {
            url: &made.source,
            index_number: format!("SL{:03}/{}-{:06}", self.seed, made.written.year(), number + 1),
            subject: made.theme,
            issuer,
            title: &made.title,
            document_number: made.doc_number.as_deref(),
            written: made.written.to_string(),
            published: made.published.to_string(),
            html: render(&made.document, &view).to_string(),
            text: made.document.text(),
        };
        serde_json::to_writer(&mut self.out, &line).context("写不了文件")?;
        self.out.write_all(b"\n").context("写不了文件；请检查磁盘空间")
    }

    /// Puts everything on the disk.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.out.flush().context("写不了文件；请检查磁盘空间")?;
        self.out.get_ref().sync_all().context("写不了文件；请检查磁盘空间")
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::generate;
    use super::super::grammar::Grammar;
    use super::*;

    fn write(path: &Path, seed: u64, until: usize) -> anyhow::Result<usize> {
        let grammar = Grammar::load()?;
        let (mut lines, known) = Lines::open(path, seed)?;
        for number in known..until {
            let made = generate(&grammar, seed, number, &|short| short.to_string());
            lines.write(&made, number, made.unit)?;
        }
        lines.finish()?;
        Ok(known)
    }

    #[test]
    fn a_file_cut_short_goes_on_and_is_the_same() {
        let folder = tempfile::TempDir::new().unwrap();
        let (whole, cut) = (folder.path().join("whole"), folder.path().join("cut"));
        assert_eq!(write(&whole, 9, 30).unwrap(), 0);
        write(&cut, 9, 12).unwrap();
        let bytes = std::fs::read(&cut).unwrap();
        std::fs::write(&cut, &bytes[..bytes.len() - 700]).unwrap();
        assert_eq!(write(&cut, 9, 30).unwrap(), 11, "the line cut short is written again");
        assert!(std::fs::read(&cut).unwrap() == std::fs::read(&whole).unwrap());
    }

    #[test]
    fn a_file_with_something_else_in_it_is_left_alone() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("file");
        for words in ["别的内容", "别的内容\n", "{\"url\":\"https://www.example.gov.cn/1\"}\n"] {
            std::fs::write(&path, words).unwrap();
            assert!(Lines::open(&path, 1).is_err(), "{words}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), words);
        }
        std::fs::remove_file(&path).unwrap();
        write(&path, 9, 2).unwrap();
        assert!(Lines::open(&path, 8).is_err(), "another seed");
    }
}
