//! From rows to what pages show.

use chrono::NaiveDate;
use kit::clock::spoken_date;
use statute::disclosure::attribute::Ground;
use statute::document::validity::ValidityAnswer;

use super::model::{Metadata, attribute_of};
use super::store::{file, revision};

/// The metadata of a revision.
pub(crate) fn metadata_of(revision: &revision::Model) -> Metadata {
    Metadata {
        title: revision.title.clone(),
        issuer: revision.issuer.clone(),
        doc_number: revision.doc_number.clone(),
        written_on: revision.written_on,
        theme: revision.theme.clone(),
        category: revision.category.clone(),
        attribute: revision.attribute.as_deref().and_then(attribute_of),
        ground: revision.ground.as_deref().and_then(Ground::of_code),
        attribute_reason: revision.attribute_reason.clone(),
        effective_from: revision.effective_from,
        valid_until: revision.valid_until,
        repealed_from: revision.repealed_from,
        summary: revision.summary.clone(),
        origin: revision.origin.clone(),
    }
}

/// The eight statutory fields as shown, and what stands around them.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub index_number: String,
    pub theme: String,
    pub issuer: String,
    pub written_on: String,
    pub written_machine: String,
    pub title: String,
    pub doc_number: String,
    pub published_on: String,
    pub published_machine: String,
    pub validity: String,
    pub validity_note: String,
    pub in_force: bool,
    pub attribute: String,
    pub category: String,
    pub summary: String,
    pub origin: String,
}

impl Shown {
    /// The fields of a revision, as of a date.
    pub(crate) fn of(
        revision: &revision::Model,
        index_number: Option<&str>,
        published: Option<NaiveDate>,
        has_validity: bool,
        today: NaiveDate,
    ) -> Shown {
        let metadata = metadata_of(revision);
        let none = || "无".to_string();
        let (validity, validity_note, in_force) = match has_validity {
            true => spoken_validity(&metadata, &metadata.validity().on(today)),
            false => ("有效".into(), String::new(), true),
        };
        let category = statute::disclosure::catalogue::item(&metadata.category);
        Shown {
            index_number: index_number.map_or_else(|| "发布时编制".into(), str::to_string),
            theme: if metadata.theme.is_empty() {
                none()
            } else {
                metadata.theme.replace('\\', " / ")
            },
            issuer: if metadata.issuer.is_empty() {
                none()
            } else {
                metadata.issuer
            },
            written_on: metadata.written_on.map(spoken_date).unwrap_or_else(none),
            written_machine: metadata.written_on.map(|d| d.to_string()).unwrap_or_default(),
            title: metadata.title,
            doc_number: metadata.doc_number.unwrap_or_else(none),
            published_on: published.map(spoken_date).unwrap_or_else(|| "尚未发布".into()),
            published_machine: published.map(|d| d.to_string()).unwrap_or_default(),
            validity,
            validity_note,
            in_force,
            attribute: metadata
                .attribute
                .map_or_else(|| "未填".into(), |a| a.label().to_string()),
            category: category.map(|c| c.title.to_string()).unwrap_or_default(),
            summary: metadata.summary,
            origin: metadata.origin,
        }
    }
}

fn spoken_validity(metadata: &Metadata, answer: &ValidityAnswer) -> (String, String, bool) {
    let mut parts = Vec::new();
    if let Some(from) = metadata.effective_from {
        parts.push(format!("自{}起施行", spoken_date(from)));
    }
    if let Some(until) = metadata.valid_until {
        parts.push(format!("有效期至{}", spoken_date(until)));
    }
    (
        answer.state.label().into(),
        parts.join("，"),
        answer.state.is_in_force(),
    )
}

/// An attachment as listed.
#[derive(Debug, Clone)]
pub(crate) struct Attached {
    pub position: i32,
    pub name: String,
    pub kind: String,
    pub size: String,
}

impl Attached {
    pub(crate) fn of(file: &file::Model) -> Attached {
        let kind = file.name.rsplit('.').next().unwrap_or("").to_uppercase();
        Attached {
            position: file.position,
            name: file.name.clone(),
            kind,
            size: spoken_size(file.size),
        }
    }
}

/// A size as people read it.
pub(crate) fn spoken_size(bytes: i64) -> String {
    match bytes {
        b if b < 1024 => format!("{b} 字节"),
        b if b < 1024 * 1024 => format!("{} KB", b / 1024),
        b => format!("{:.1} MB", b as f64 / 1024.0 / 1024.0),
    }
}

/// The media type of an attachment that may be published: by its name, and the bytes must begin as that type does.
pub(crate) fn media_type_of(name: &str, bytes: &[u8]) -> Option<&'static str> {
    let extension = name.rsplit('.').next()?.to_lowercase();
    let zip = bytes.starts_with(b"PK\x03\x04");
    let (media_type, fits) = match extension.as_str() {
        "docx" => (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            zip,
        ),
        "xlsx" => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", zip),
        "ofd" => ("application/ofd", zip),
        "pdf" => ("application/pdf", bytes.starts_with(b"%PDF-")),
        "png" => ("image/png", bytes.starts_with(b"\x89PNG")),
        "jpg" | "jpeg" => ("image/jpeg", bytes.starts_with(b"\xff\xd8\xff")),
        "txt" | "csv" => (
            "text/plain; charset=utf-8",
            std::str::from_utf8(bytes).is_ok_and(|t| !t.contains('\0')),
        ),
        _ => return None,
    };
    fits.then_some(media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_is_what_its_name_says() {
        assert_eq!(media_type_of("a.pdf", b"%PDF-1.7"), Some("application/pdf"));
        assert_eq!(media_type_of("a.pdf", b"<script>"), None);
        assert_eq!(media_type_of("a.html", b"<p>"), None);
        assert_eq!(media_type_of("a.svg", b"<svg>"), None);
        assert_eq!(media_type_of("无扩展名", b"x"), None);
    }

    #[test]
    fn sizes_are_spoken() {
        assert_eq!(spoken_size(12), "12 字节");
        assert_eq!(spoken_size(2048), "2 KB");
        assert_eq!(spoken_size(3 * 1024 * 1024 / 2), "1.5 MB");
    }
}
