//! Microsoft's compound files (OLE2), as far as needed to say what one is: the names of its streams.

use crate::FileKind;

const MAGIC: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// What a compound file holds, or `None` if the bytes are none.
pub(crate) fn kind(bytes: &[u8], file_name: &str) -> Option<FileKind> {
    if !bytes.starts_with(&MAGIC) {
        return None;
    }
    let names = StreamNames::of(bytes);
    let wps = file_name.to_lowercase().ends_with(".wps");
    Some(if names.has("EncryptedPackage") {
        FileKind::ProtectedOffice
    } else if names.has("WordDocument") {
        if wps { FileKind::Wps } else { FileKind::Doc }
    } else if names.has("Workbook") || names.has("Book") {
        FileKind::Xls
    } else if names.has("PowerPoint Document") {
        FileKind::Ppt
    } else if wps {
        FileKind::Wps
    } else {
        FileKind::OtherOle
    })
}

/// Directory entries are 128 bytes long and stand on multiples of 128: the name in UTF-16LE, its length in bytes (with the
/// closing zero) at offset 64, the type of the entry at offset 66. Looking at every such place in the file instead of following
/// the chain of sectors also works on a truncated file.
struct StreamNames(Vec<String>);

impl StreamNames {
    fn of(bytes: &[u8]) -> StreamNames {
        StreamNames(bytes.chunks_exact(128).skip(4).filter_map(entry_name).collect())
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }
}

fn entry_name(entry: &[u8]) -> Option<String> {
    let length = usize::from(u16::from_le_bytes([entry[64], entry[65]]));
    let is_stream_or_storage = matches!(entry[66], 1 | 2 | 5);
    if !is_stream_or_storage || !(4..=64).contains(&length) || length % 2 != 0 {
        return None;
    }
    let units: Vec<u16> = entry[..length - 2]
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn compound(stream: &str) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.resize(512, 0);
        let mut entry: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let length = entry.len() as u16 + 2;
        entry.resize(64, 0);
        entry.extend(length.to_le_bytes());
        entry.push(2);
        entry.resize(128, 0);
        bytes.extend(entry);
        bytes
    }

    #[test]
    fn the_streams_tell_the_kind() {
        assert_eq!(kind(&compound("WordDocument"), "a.doc"), Some(FileKind::Doc));
        assert_eq!(kind(&compound("WordDocument"), "a.WPS"), Some(FileKind::Wps));
        assert_eq!(kind(&compound("Workbook"), ""), Some(FileKind::Xls));
        assert_eq!(
            kind(&compound("EncryptedPackage"), "a.docx"),
            Some(FileKind::ProtectedOffice)
        );
        assert_eq!(kind(&compound("Something"), "a.docx"), Some(FileKind::OtherOle));
        assert_eq!(kind(b"PK", "a.doc"), None);
    }
}
