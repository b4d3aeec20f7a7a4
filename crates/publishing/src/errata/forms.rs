//! What people send.

use kit::form::{Issues, Submission};

use super::model::Kind;

/// The longest address of a page taken.
const LONGEST_PAGE: usize = 300;

/// A report as it was sent, checked.
#[derive(Debug, Clone)]
pub(super) struct NewReport {
    pub page: String,
    pub kind: Kind,
    pub words: String,
    pub contact: Option<String>,
}

impl NewReport {
    /// Reads the public form; `public_url` is the address of the site, which people may paste with the page.
    pub(super) fn read(form: &Submission, public_url: &str, issues: &mut Issues) -> Option<NewReport> {
        let page = own_page(form.text("page"), public_url);
        if page.is_none() {
            issues.add("page", "有差错的网页：请填写本站网页的地址，例如 /p/2021/12");
        }
        let kind = Kind::of(form.text("kind"));
        if kind.is_none() {
            issues.add("kind", "差错类型：请选择一项");
        }
        let words = inert(&form.required_text("words", "错在哪里", 1000, issues));
        if !words.is_empty() && words.chars().count() < 5 {
            issues.add("words", "错在哪里：请写具体一些，例如“第二段的电话号码少一位”");
        }
        let contact = inert(&form.short_text("contact", "联系方式", 100, issues));
        let (Some(page), Some(kind), true) = (page, kind, issues.is_empty()) else {
            return None;
        };
        Some(NewReport {
            page,
            kind,
            words,
            contact: Some(contact).filter(|c| !c.is_empty()),
        })
    }
}

/// The path of a page of our own, without what follows `#`.
pub(super) fn own_page(typed: &str, public_url: &str) -> Option<String> {
    let path = typed.strip_prefix(public_url).unwrap_or(typed);
    let path = path.split('#').next().unwrap_or(path);
    let path = if path.is_empty() && !typed.is_empty() {
        "/"
    } else {
        path
    };
    let is_own = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.chars().count() <= LONGEST_PAGE
        && path == inert(path)
        && !path.contains(char::is_whitespace);
    is_own.then(|| path.to_string())
}

/// The number that was meant: small letters, full-width signs, blanks and a missing hyphen are allowed for.
pub(super) fn number_of(typed: &str) -> String {
    let plain = kit::guard::code::plain(typed);
    match plain.split_at_checked(6) {
        Some((series, serial)) if !serial.is_empty() => format!("{series}-{serial}"),
        _ => plain,
    }
}

/// The text without signs that show nothing themselves but change what others show: control characters, except line
/// breaks, and marks that turn the direction of writing.
pub(super) fn inert(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let kept = text.replace("\r\n", "\n");
    let kept = kept.chars().filter(|c| !turns(*c) && (*c == '\n' || !c.is_control()));
    kept.collect::<String>().trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://www.example.gov.cn";

    #[test]
    fn only_pages_of_our_own_are_reported() {
        for (typed, path) in [
            ("/p/2021/12", Some("/p/2021/12")),
            ("https://www.example.gov.cn/p/2021/12#h-3", Some("/p/2021/12")),
            ("https://www.example.gov.cn", Some("/")),
            ("https://evil.example/p/2021/12", None),
            ("https://www.example.gov.cn.evil.example/", None),
            ("//evil.example", None),
            ("/\\evil.example", None),
            ("javascript:alert(1)", None),
            ("/p/2021/12\u{202e}gnp.exe", None),
            ("/a b", None),
            ("", None),
        ] {
            assert_eq!(own_page(typed, URL).as_deref(), path, "{typed}");
        }
        assert_eq!(own_page(&format!("/{}", "a".repeat(300)), URL), None);
    }

    #[test]
    fn numbers_are_read_as_they_are_typed() {
        for typed in ["JC2021-0001", "jc 2021 0001", "ＪＣ２０２１－０００１", "JC20210001"] {
            assert_eq!(number_of(typed), "JC2021-0001", "{typed}");
        }
        assert_eq!(number_of("区区区区区区区"), "");
        assert_eq!(number_of("JC"), "JC");
    }

    #[test]
    fn what_shows_nothing_goes() {
        assert_eq!(inert("第\u{202e}二\u{7}段\r\n第三段\u{feff} "), "第二段\n第三段");
        assert_eq!(inert("𠮷野家，👍🏽"), "𠮷野家，👍🏽", "rare characters stay");
    }

    #[test]
    fn what_is_wrong_is_said_beside_its_field() {
        let mut issues = Issues::default();
        let form = Submission::of([
            ("page", "x"),
            ("kind", "?"),
            ("words", "错"),
            ("contact", &"1".repeat(101)),
        ]);
        assert!(NewReport::read(&form, URL, &mut issues).is_none());
        for field in ["page", "kind", "words", "contact"] {
            assert!(issues.of(field).is_some(), "{field}");
        }
    }
}
