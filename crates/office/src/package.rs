//! A zip package, opened under bounds: number of entries, sizes unpacked, no shared bytes, no repeated names, no encryption.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::limits::{MAX_ENTRIES, MAX_RATIO, MAX_UNPACKED, MAX_XML_PART, RATIO_COUNTS_FROM};
use crate::xml::{self, Element};
use crate::{Refusal, text};

/// An opened package.
pub(crate) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Index by lowercase name: part names are compared without case (ECMA-376 part 2, 6.3.5).
    index: HashMap<String, usize>,
    /// Bytes that may still be unpacked; what entries declare of themselves is not relied upon.
    left: u64,
}

impl<'a> Package<'a> {
    /// Opens a package and looks at its directory; nothing is unpacked yet.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Package<'a>, Refusal> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| refusal(&error, "压缩包结构"))?;
        if archive.len() > MAX_ENTRIES {
            return Err(Refusal::TooManyEntries {
                entries: archive.len() as u64,
            });
        }
        let index = index(&mut archive)?;
        if archive
            .has_overlapping_files()
            .map_err(|error| refusal(&error, "压缩包结构"))?
        {
            return Err(Refusal::ZipBomb);
        }
        Ok(Package {
            archive,
            index,
            left: MAX_UNPACKED,
        })
    }

    /// Whether there is a part of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.index.contains_key(&name.to_lowercase())
    }

    /// The names of all parts, in lowercase.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.index.keys().map(String::as_str)
    }

    /// A part unpacked, `None` if there is none of this name.
    pub(crate) fn part(&mut self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, Refusal> {
        let Some(&index) = self.index.get(&name.to_lowercase()) else {
            return Ok(None);
        };
        let limit = limit.min(self.left);
        let file = self.archive.by_index(index).map_err(|error| refusal(&error, name))?;
        let mut bytes = Vec::new();
        file.take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|_| Refusal::damaged(name))?;
        if bytes.len() as u64 > limit {
            return Err(if self.left == limit {
                Refusal::ZipBomb
            } else {
                Refusal::too_complex(name)
            });
        }
        self.left -= bytes.len() as u64;
        Ok(Some(bytes))
    }

    /// A part to be unpacked while it is read, `None` if there is none of this name. Reading beyond `limit` fails with
    /// [`std::io::ErrorKind::FileTooLarge`].
    pub(crate) fn stream(&mut self, name: &str, limit: u64) -> Result<Option<impl Read + '_>, Refusal> {
        let Some(&index) = self.index.get(&name.to_lowercase()) else {
            return Ok(None);
        };
        let file = self.archive.by_index(index).map_err(|error| refusal(&error, name))?;
        Ok(Some(Bounded {
            inner: file,
            left: limit,
        }))
    }

    /// An XML part as a tree, `None` if there is none of this name.
    pub(crate) fn xml(&mut self, name: &str) -> Result<Option<Element>, Refusal> {
        let Some(bytes) = self.part(name, MAX_XML_PART)? else {
            return Ok(None);
        };
        let text = xml_text(&bytes).ok_or_else(|| Refusal::damaged(name))?;
        xml::parse(&text, name).map(Some)
    }
}

/// Reads no more than it may.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or(std::io::ErrorKind::FileTooLarge)?;
        Ok(read)
    }
}

fn index(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<HashMap<String, usize>, Refusal> {
    let mut index = HashMap::new();
    let (mut packed, mut unpacked) = (0u64, 0u64);
    for at in 0..archive.len() {
        let file = archive
            .by_index_raw(at)
            .map_err(|error| refusal(&error, "压缩包结构"))?;
        if file.encrypted() {
            return Err(Refusal::PasswordProtected);
        }
        packed = packed.saturating_add(file.compressed_size());
        unpacked = unpacked.saturating_add(file.size());
        let name = file
            .name()
            .map_err(|error| refusal(&error, "压缩包结构"))?
            .trim_start_matches('/')
            .to_lowercase();
        if index.insert(name, at).is_some() {
            return Err(Refusal::damaged("有重名部件"));
        }
    }
    let too_dense = unpacked > RATIO_COUNTS_FROM && unpacked / packed.max(1) > MAX_RATIO;
    if unpacked > MAX_UNPACKED || too_dense {
        return Err(Refusal::ZipBomb);
    }
    Ok(index)
}

/// XML is UTF-8 or UTF-16 (ECMA-376 part 2, 6.2.2); other encodings do not occur in packages.
fn xml_text(bytes: &[u8]) -> Option<String> {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") || bytes.starts_with(b"\xEF\xBB\xBF") {
        return text::decode(bytes).ok().map(|(text, _)| text);
    }
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

fn refusal(error: &ZipError, part: &str) -> Refusal {
    match error {
        ZipError::InvalidPassword | ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            Refusal::PasswordProtected
        }
        _ => Refusal::damaged(part),
    }
}
