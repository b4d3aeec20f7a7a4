//! Labels of metadata (B.1) and the other words that pages and spreadsheets use for them (B.2).

use serde::{Deserialize, Serialize};

use super::{to_half_width, without_spaces};

/// A field of a document's metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// 索引号.
    IndexNo,
    /// 主题分类.
    Theme,
    /// 发文机关.
    Issuer,
    /// 成文日期.
    SignedOn,
    /// 标题.
    Title,
    /// 发文字号.
    DocNo,
    /// 发布日期.
    PublishedOn,
    /// 有效性.
    Validity,
    /// 体裁 (文种).
    Genre,
    /// 内容概述.
    Summary,
    /// 施行日期.
    EffectiveFrom,
    /// 有效期至.
    ValidUntil,
    /// 公开属性.
    Disclosure,
    /// 附件.
    Attachments,
}

/// Every field: its label first, then the other words seen for it.
const LABELS: [(Field, &[&str]); 14] = [
    (Field::IndexNo, &["索引号", "信息索引号", "索引", "信息索引"]),
    (
        Field::Theme,
        &[
            "主题分类",
            "组配分类",
            "分类",
            "主题",
            "主题(一级)",
            "主题(二级)",
            "主题(一级)/主题(二级)",
        ],
    ),
    (
        Field::Issuer,
        &[
            "发文机关",
            "发布机构",
            "发文机构",
            "公开责任部门",
            "信息来源",
            "发布机关",
            "发文单位",
        ],
    ),
    (
        Field::SignedOn,
        &[
            "成文日期",
            "生成日期",
            "发文日期",
            "公文生成日期",
            "签发日期",
            "产生日期",
        ],
    ),
    (Field::Title, &["标题", "名称", "信息名称"]),
    (Field::DocNo, &["发文字号", "文号", "文件编号", "备注/文号", "发文文号"]),
    (
        Field::PublishedOn,
        &["发布日期", "公开日期", "时间", "发布时间", "公开时间"],
    ),
    (Field::Validity, &["有效性", "公文时效", "效力状况", "时效", "效力状态"]),
    (Field::Genre, &["体裁", "文种", "体裁分类", "公文种类"]),
    (Field::Summary, &["内容概述", "概述", "内容摘要", "摘要"]),
    (Field::EffectiveFrom, &["施行日期", "生效日期", "实施日期"]),
    (Field::ValidUntil, &["有效期至", "失效日期", "有效期限"]),
    (Field::Disclosure, &["公开属性", "公开方式", "公开类别"]),
    (Field::Attachments, &["附件", "附件下载", "相关附件"]),
];

/// The eight fields of the header on a document page, in their order.
pub const HEADER: [Field; 8] = [
    Field::IndexNo,
    Field::Theme,
    Field::Issuer,
    Field::SignedOn,
    Field::Title,
    Field::DocNo,
    Field::PublishedOn,
    Field::Validity,
];

impl Field {
    /// The label that our pages print.
    #[must_use]
    pub fn label(self) -> &'static str {
        LABELS
            .iter()
            .find(|(field, _)| *field == self)
            .and_then(|(_, words)| words.first())
            .copied()
            .unwrap_or("")
    }

    /// The field of a label as some page or spreadsheet writes it: 有 效 性：, 标    题, 备注／文号.
    #[must_use]
    pub fn of_label(label: &str) -> Option<Field> {
        let word = normalise(label);
        LABELS
            .iter()
            .find(|(_, words)| words.contains(&word.as_str()))
            .map(|(field, _)| *field)
    }
}

/// A label without inner spaces, colons and asterisks, in ordinary width.
#[must_use]
pub fn normalise(label: &str) -> String {
    to_half_width(&without_spaces(label))
        .chars()
        .filter(|c| !matches!(c, ':' | '*' | '【' | '】' | '[' | ']'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn labels_are_found_through_spaces_and_colons() {
        assert_eq!(Field::of_label("有 效 性："), Some(Field::Validity));
        assert_eq!(Field::of_label("标　　题"), Some(Field::Title));
        assert_eq!(Field::of_label("备注／文号"), Some(Field::DocNo));
        assert_eq!(Field::of_label("主题（一级）"), Some(Field::Theme));
        assert_eq!(Field::of_label("邮编"), None);
    }

    #[test]
    fn no_word_means_two_fields() {
        let words: Vec<&str> = LABELS.iter().flat_map(|(_, words)| words.iter().copied()).collect();
        assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len());
        for (field, _) in LABELS {
            assert_eq!(Field::of_label(field.label()), Some(field));
        }
    }
}
