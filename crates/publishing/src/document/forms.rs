//! What people send about documents.

use kit::form::{Issues, Submission};
use statute::disclosure::attribute::Ground;

use super::model::{Metadata, attribute_of};

/// Reads the metadata form. The document number is brought into its standard form; what cannot be read stays as typed,
/// so that the check can say what is wrong with it.
pub(super) fn read_metadata(form: &Submission, issues: &mut Issues) -> Metadata {
    Metadata {
        title: form.short_text("title", "标题", 200, issues),
        issuer: form.short_text("issuer", "发文机关", 200, issues),
        doc_number: read_number(form),
        written_on: form.date("written_on", "成文日期", issues),
        theme: form.short_text("theme", "主题分类", 100, issues),
        category: form.short_text("category", "法定主动公开事项", 10, issues),
        attribute: attribute_of(form.text("attribute")),
        ground: form.given("ground").and_then(Ground::of_code),
        attribute_reason: form.short_text("attribute_reason", "理由", 500, issues),
        effective_from: form.date("effective_from", "施行日期", issues),
        valid_until: form.date("valid_until", "有效期至", issues),
        repealed_from: form.date("repealed_from", "废止日期", issues),
        summary: form.short_text("summary", "内容概述", 300, issues),
        origin: form.short_text("origin", "来源", 100, issues),
    }
}

fn read_number(form: &Submission) -> Option<String> {
    let typed = form.given("doc_number")?;
    match statute::document::number::read_optional(typed) {
        Ok(None) => None,
        Ok(Some(read)) => Some(read.number.to_string()),
        Err(_) => Some(typed.to_string()),
    }
}

/// The form's values for a document as it stands.
pub(super) fn metadata_form(metadata: &Metadata) -> Submission {
    let date = |d: Option<chrono::NaiveDate>| d.map(|d| d.to_string()).unwrap_or_default();
    Submission::of([
        ("title", metadata.title.clone()),
        ("issuer", metadata.issuer.clone()),
        ("doc_number", metadata.doc_number.clone().unwrap_or_default()),
        ("written_on", date(metadata.written_on)),
        ("theme", metadata.theme.clone()),
        ("category", metadata.category.clone()),
        (
            "attribute",
            metadata
                .attribute
                .map(|a| super::model::attribute_id(a).to_string())
                .unwrap_or_default(),
        ),
        (
            "ground",
            metadata.ground.map(|g| g.code().to_string()).unwrap_or_default(),
        ),
        ("attribute_reason", metadata.attribute_reason.clone()),
        ("effective_from", date(metadata.effective_from)),
        ("valid_until", date(metadata.valid_until)),
        ("repealed_from", date(metadata.repealed_from)),
        ("summary", metadata.summary.clone()),
        ("origin", metadata.origin.clone()),
    ])
}
