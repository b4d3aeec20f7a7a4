//! The fifteen kinds of official document (文种, 公文条例 article 8) and what a title says about its kind.

use serde::{Deserialize, Serialize};

use crate::citation::official_documents;
use crate::{Citation, Issue, Weight};

/// A kind of official document (文种).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 决议.
    Resolution,
    /// 决定.
    Decision,
    /// 命令（令）.
    Order,
    /// 公报.
    Communique,
    /// 公告.
    Announcement,
    /// 通告.
    PublicNotice,
    /// 意见.
    Opinion,
    /// 通知.
    Notice,
    /// 通报.
    Circular,
    /// 报告.
    Report,
    /// 请示.
    RequestForInstruction,
    /// 批复.
    Reply,
    /// 议案.
    Bill,
    /// 函.
    Letter,
    /// 纪要.
    Minutes,
}

/// The kinds with their names, in the order of the article.
const KINDS: [(Kind, &str); 15] = [
    (Kind::Resolution, "决议"),
    (Kind::Decision, "决定"),
    (Kind::Order, "命令"),
    (Kind::Communique, "公报"),
    (Kind::Announcement, "公告"),
    (Kind::PublicNotice, "通告"),
    (Kind::Opinion, "意见"),
    (Kind::Notice, "通知"),
    (Kind::Circular, "通报"),
    (Kind::Report, "报告"),
    (Kind::RequestForInstruction, "请示"),
    (Kind::Reply, "批复"),
    (Kind::Bill, "议案"),
    (Kind::Letter, "函"),
    (Kind::Minutes, "纪要"),
];

/// Names of texts that are not kinds: they go out under a 通知 or 令, or are published without a covering document.
const ATTACHED_TEXTS: [&str; 24] = [
    "条例", "规定", "办法", "细则", "规则", "规程", "规范", "标准", "方案", "规划", "计划", "要点", "纲要", "预案",
    "措施", "指引", "指南", "目录", "清单", "名单", "表", "书", "公约", "制度",
];

impl Kind {
    /// All kinds in the order of the article.
    pub fn all() -> impl Iterator<Item = Kind> {
        KINDS.into_iter().map(|(kind, _)| kind)
    }

    /// The name: 通知, 命令（令）.
    #[must_use]
    pub fn label(self) -> &'static str {
        if self == Kind::Order {
            return "命令（令）";
        }
        KINDS
            .into_iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| name)
    }

    /// The kind of a name.
    #[must_use]
    pub fn read(text: &str) -> Option<Kind> {
        match super::without_spaces(text).as_str() {
            "令" | "命令(令)" | "命令（令）" => Some(Kind::Order),
            name => KINDS
                .into_iter()
                .find(|(_, known)| *known == name)
                .map(|(kind, _)| kind),
        }
    }

    /// Where the kinds stand.
    #[must_use]
    pub fn citation() -> Citation {
        official_documents().article("第八条")
    }
}

/// The kind that a title ends with; words such as （试行） behind it are left aside.
#[must_use]
pub fn kind_of_title(title: &str) -> Option<Kind> {
    let title = without_tail(title);
    if title.ends_with('令') {
        return Some(Kind::Order);
    }
    KINDS
        .into_iter()
        .find(|(_, name)| title.ends_with(name))
        .map(|(kind, _)| kind)
}

/// The name of an attached text that a title ends with (办法, 方案 …): not a kind, and no fault of a title either.
#[must_use]
pub fn attached_text_of_title(title: &str) -> Option<&'static str> {
    let title = without_tail(title);
    ATTACHED_TEXTS.into_iter().find(|name| title.ends_with(name))
}

/// Checks the title of a document: it ends with a kind (PUB-B.5) and holds no punctuation that titles do not have (CIT-8).
#[must_use]
pub fn check_title(title: &str) -> Vec<Issue> {
    let title = title.trim();
    if title.is_empty() {
        return vec![title_issue("PUB-B.1", Weight::Error, "没有填写标题。".to_owned())];
    }
    let mut issues = Vec::new();
    if kind_of_title(title).is_none() && attached_text_of_title(title).is_none() {
        let message = "标题末尾没有文种。公文标题应当由发文机关名称、事由和文种组成，例如“……关于……的通知”。";
        issues.push(title_issue("PUB-B.5", Weight::Warning, message.to_owned()));
    }
    if title.contains("的通知的通知") {
        let message = "标题中“的通知的通知”重复，转发通知的，标题只保留一个“的通知”。";
        issues.push(title_issue("CIT-8", Weight::Warning, message.to_owned()));
    }
    if let Some(mark) = title
        .chars()
        .find(|c| matches!(c, '。' | '；' | '！' | '？' | '：' | '!' | '?' | ';'))
    {
        let message = format!("公文标题中一般不用标点“{mark}”，只有法规、规章、文件名称加书名号。");
        issues.push(title_issue("CIT-8", Weight::Hint, message));
    }
    issues
}

fn title_issue(rule: &str, weight: Weight, message: String) -> Issue {
    Issue::new(rule, weight, "title", message).citing(official_documents().article("第九条第（七）项"))
}

/// Without closing quotation marks and bracketed words at the end: （试行）, （征求意见稿）, （2021年修订）.
fn without_tail(title: &str) -> &str {
    let mut title = title.trim().trim_end_matches(['》', '”']);
    while title.ends_with(['）', ')']) {
        let Some(open) = title.rfind(['（', '(']) else { break };
        title = title[..open].trim_end().trim_end_matches(['》', '”']);
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_says_its_kind() {
        assert_eq!(
            kind_of_title("某区人民政府办公室关于印发某某方案的通知"),
            Some(Kind::Notice)
        );
        assert_eq!(kind_of_title("关于某某工作的实施意见（试行）"), Some(Kind::Opinion));
        assert_eq!(kind_of_title("某某市人民政府令"), Some(Kind::Order));
        assert_eq!(kind_of_title("某某办法"), None);
        assert_eq!(attached_text_of_title("某某管理办法（2021年修订）"), Some("办法"));
        for kind in Kind::all() {
            assert_eq!(Kind::read(kind.label()), Some(kind));
        }
    }

    #[test]
    fn titles_that_are_not_titles_are_told() {
        assert_eq!(check_title("某区人民政府关于公布某某目录的公告"), Vec::new());
        assert_eq!(check_title("今天天气很好！").len(), 2);
        assert_eq!(check_title("转发某某关于某某的通知的通知")[0].rule, "CIT-8");
        assert_eq!(check_title("  ")[0].weight, Weight::Error);
    }
}
