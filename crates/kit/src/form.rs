//! What people send: fields, files, and what is wrong with them.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::NaiveDate;
use uuid::Uuid;

/// A form as it was sent. Every value is kept as typed, so that nothing is lost when something in it is wrong.
#[derive(Debug, Default, Clone)]
pub struct Submission {
    fields: Vec<(String, String)>,
    files: Vec<SentFile>,
}

/// A file sent with a form.
#[derive(Debug, Clone)]
pub struct SentFile {
    /// The field it was chosen in.
    pub field: String,
    /// The name it had on the sender's machine; a name only, never a path.
    pub name: String,
    /// Its bytes.
    pub bytes: Bytes,
}

impl Submission {
    /// Fields without files, as tests and the command line make them.
    pub fn of(fields: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Submission {
        let fields = fields.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        Submission {
            fields,
            files: Vec::new(),
        }
    }

    /// Adds a field.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.fields.push((name.into(), value.into()));
    }

    /// Adds a file; an empty choice (no name, no bytes) is none.
    pub fn push_file(&mut self, field: String, name: &str, bytes: Bytes) {
        if name.is_empty() && bytes.is_empty() {
            return;
        }
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = name.chars().filter(|c| !c.is_control()).take(120).collect();
        self.files.push(SentFile { field, name, bytes });
    }

    /// The value of a field without surrounding white space; empty when it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.fields
            .iter()
            .find(|(k, _)| k == name)
            .map_or("", |(_, v)| v.trim())
    }

    /// The value, when it is not empty.
    pub fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|v| !v.is_empty())
    }

    /// All values of a field that can be chosen more than once.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.fields
            .iter()
            .filter(|(k, _)| k == name)
            .map(|(_, v)| v.trim())
            .collect()
    }

    /// Whether a box was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        self.given(name).is_some()
    }

    /// A date, or what is wrong with it.
    pub fn date(&self, name: &str, label: &str, issues: &mut Issues) -> Option<NaiveDate> {
        let text = self.given(name)?;
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .filter(|d| in_range(*d));
        if date.is_none() {
            issues.add(name, format!("{label}：“{text}”不是一个日期，请写成 2021-03-31 的样子"));
        }
        date
    }

    /// A date that must be there.
    pub fn required_date(&self, name: &str, label: &str, issues: &mut Issues) -> Option<NaiveDate> {
        if self.given(name).is_none() {
            issues.add(name, format!("{label}：请填写日期"));
            return None;
        }
        self.date(name, label, issues)
    }

    /// A text that must be there and not be too long.
    pub fn required_text(&self, name: &str, label: &str, longest: usize, issues: &mut Issues) -> String {
        let text = self.text(name);
        if text.is_empty() {
            issues.add(name, format!("{label}：请填写"));
        }
        self.short_text(name, label, longest, issues)
    }

    /// A text that must not be too long.
    pub fn short_text(&self, name: &str, label: &str, longest: usize, issues: &mut Issues) -> String {
        let text = self.text(name);
        let length = text.chars().count();
        if length > longest {
            issues.add(name, format!("{label}：最多 {longest} 个字，现在有 {length} 个字"));
        }
        text.to_string()
    }

    /// An identifier, or what is wrong with it.
    pub fn id(&self, name: &str, label: &str, issues: &mut Issues) -> Option<Uuid> {
        let text = self.given(name)?;
        let id = Uuid::parse_str(text).ok();
        if id.is_none() {
            issues.add(name, format!("{label}：选项不存在，请重新选择"));
        }
        id
    }

    /// The file chosen in a field.
    pub fn file(&self, field: &str) -> Option<&SentFile> {
        self.files.iter().find(|f| f.field == field)
    }

    /// All files chosen in a field.
    pub fn files(&self, field: &str) -> impl Iterator<Item = &SentFile> {
        self.files.iter().filter(move |f| f.field == field)
    }

    /// Whether any value holds a NUL, which no field of ours may hold.
    pub fn has_nul(&self) -> bool {
        self.fields.iter().any(|(k, v)| k.contains('\0') || v.contains('\0'))
    }
}

/// Years that a date on a form may have: nothing here is older than the republic or a century ahead.
fn in_range(date: NaiveDate) -> bool {
    use chrono::Datelike;
    (1949..2150).contains(&date.year())
}

/// What is wrong with a form, by field.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Issues(BTreeMap<String, String>);

impl Issues {
    /// Notes what is wrong with a field; the first thing said of a field stands.
    pub fn add(&mut self, field: &str, sentence: impl Into<String>) {
        self.0.entry(field.to_string()).or_insert_with(|| sentence.into());
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many fields are wrong.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// What is wrong with this field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// Every field with what is wrong with it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_beside_the_field() {
        let form = Submission::of([("on", "2021-02-30"), ("title", "  一  "), ("nul", "a\0b")]);
        let mut issues = Issues::default();
        assert_eq!(form.date("on", "成文日期", &mut issues), None);
        assert!(issues.of("on").unwrap().contains("2021-02-30"));
        assert_eq!(form.required_text("title", "标题", 10, &mut issues), "一");
        assert!(issues.of("title").is_none());
        form.required_text("missing", "摘要", 10, &mut issues);
        assert!(issues.of("missing").unwrap().contains("请填写"));
        assert!(form.has_nul());
    }

    #[test]
    fn a_file_name_never_is_a_path() {
        let mut form = Submission::default();
        form.push_file("f".into(), "C:\\表格\\分解表.docx", Bytes::from_static(b"x"));
        form.push_file("f".into(), "", Bytes::new());
        assert_eq!(form.file("f").unwrap().name, "分解表.docx");
        assert_eq!(form.files("f").count(), 1);
    }
}
