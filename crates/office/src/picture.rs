//! Pictures: which kinds are kept, and what is removed from them.

use content::{PictureId, canonical};
use sha2::{Digest, Sha256};

use crate::Picture;

/// A picture of a kind that every browser shows, judged by its bytes; `None` for anything else.
pub(crate) fn recognise(bytes: Vec<u8>) -> Option<Picture> {
    let media_type = media_type(&bytes)?;
    let bytes = if media_type == "image/jpeg" {
        without_jpeg_metadata(&bytes).unwrap_or(bytes)
    } else {
        bytes
    };
    let id = PictureId(canonical::hex(&Sha256::digest(&bytes)));
    Some(Picture {
        id,
        media_type: media_type.to_owned(),
        bytes,
    })
}

/// The kind of a picture by its first bytes.
pub(crate) fn media_type(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if bytes.starts_with(b"\xFF\xD8\xFF") {
        Some("image/jpeg")
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        Some("image/gif")
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some("image/webp")
    } else {
        None
    }
}

/// A JPEG without its Exif, XMP, IPTC and comment segments: photos of public notices carry the place, time and device there.
/// The colour profile (APP2) and the Adobe marker (APP14), which decide how it looks, stay. `None` if the segments cannot be
/// followed.
fn without_jpeg_metadata(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut kept = bytes.get(..2)?.to_vec();
    let mut at = 2;
    loop {
        let marker = *bytes.get(at + 1)?;
        if *bytes.get(at)? != 0xFF {
            return None;
        }
        if marker == 0xFF {
            at += 1;
            continue;
        }
        // The picture itself follows its start-of-scan segment.
        if marker == 0xDA {
            kept.extend_from_slice(&bytes[at..]);
            return Some(kept);
        }
        let length = usize::from(u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]));
        let segment = bytes.get(at..at + 2 + length.max(2))?;
        let metadata = matches!(marker, 0xE1 | 0xED | 0xFE);
        if !metadata {
            kept.extend_from_slice(segment);
        }
        at += segment.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_and_device_leave_a_photo() {
        let mut jpeg = b"\xFF\xD8\xFF\xE0\x00\x04JF\xFF\xE1\x00\x08GPS=26\xFF\xFE\x00\x05abc".to_vec();
        jpeg.extend(b"\xFF\xDA\x00\x02picture\xFF\xD9");
        let picture = recognise(jpeg).unwrap();
        assert_eq!(
            picture.bytes,
            b"\xFF\xD8\xFF\xE0\x00\x04JF\xFF\xDA\x00\x02picture\xFF\xD9"
        );
        assert_eq!(picture.media_type, "image/jpeg");
    }

    #[test]
    fn other_kinds_are_no_pictures() {
        assert!(recognise(b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()).is_none());
        assert!(recognise(b"\xD7\xCD\xC6\x9A wmf".to_vec()).is_none());
    }
}
