//! The public attribute of a document (公开属性) and the grounds for not disclosing (条例 articles 14 to 16).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::citation::{attribute_rules, foi_regulation};
use crate::{Citation, Issue, Weight};

/// The public attribute, decided when a document is drafted and approved together with it (PUB-A12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// 主动公开.
    Proactive,
    /// 依申请公开.
    OnRequest,
    /// 不予公开.
    Withheld,
}

impl Attribute {
    /// All three, in the order of the form.
    pub const ALL: [Attribute; 3] = [Attribute::Proactive, Attribute::OnRequest, Attribute::Withheld];

    /// The word on screens and papers.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Attribute::Proactive => "主动公开",
            Attribute::OnRequest => "依申请公开",
            Attribute::Withheld => "不予公开",
        }
    }

    /// Reads the word of a form, a spreadsheet or a note on paper (附注: 此件主动公开, 此件公开发布, 此件不公开).
    #[must_use]
    pub fn read(text: &str) -> Option<Attribute> {
        let word: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '（' | '）' | '(' | ')' | '。' | '：' | ':'))
            .collect();
        let word = word.strip_prefix("公开属性").unwrap_or(&word);
        match word.strip_prefix("此件").unwrap_or(word) {
            "主动公开" | "公开发布" | "公开" => Some(Attribute::Proactive),
            "依申请公开" => Some(Attribute::OnRequest),
            "不予公开" | "不公开" | "不宜公开" => Some(Attribute::Withheld),
            _ => None,
        }
    }
}

/// How strictly a ground binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Force {
    /// 不予公开: must not be disclosed (article 14).
    MustNot,
    /// 不得公开, unless the third party agrees or withholding would seriously affect the public interest (article 15).
    MustNotUnless,
    /// 可以不予公开: may be withheld, unless a law, regulation or rule orders disclosure (article 16).
    May,
}

/// A ground for not disclosing, with the code of PUB-A11.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ground {
    /// 国家秘密.
    #[serde(rename = "14-1")]
    StateSecret,
    /// 法律、行政法规禁止公开.
    #[serde(rename = "14-2")]
    ForbiddenByLaw,
    /// 危及国家安全、公共安全、经济安全、社会稳定 (三安全一稳定).
    #[serde(rename = "14-3")]
    SafetyAndStability,
    /// 商业秘密 of a third party.
    #[serde(rename = "15-1")]
    TradeSecret,
    /// 个人隐私 of a third party.
    #[serde(rename = "15-2")]
    Privacy,
    /// 内部事务信息.
    #[serde(rename = "16-1")]
    InternalAffairs,
    /// 过程性信息.
    #[serde(rename = "16-2")]
    Process,
    /// 行政执法案卷信息.
    #[serde(rename = "16-3")]
    EnforcementFile,
}

impl Ground {
    /// All grounds in the order of the articles.
    pub const ALL: [Ground; 8] = [
        Ground::StateSecret,
        Ground::ForbiddenByLaw,
        Ground::SafetyAndStability,
        Ground::TradeSecret,
        Ground::Privacy,
        Ground::InternalAffairs,
        Ground::Process,
        Ground::EnforcementFile,
    ];

    /// Stable code: `14-1` to `16-3`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Ground::StateSecret => "14-1",
            Ground::ForbiddenByLaw => "14-2",
            Ground::SafetyAndStability => "14-3",
            Ground::TradeSecret => "15-1",
            Ground::Privacy => "15-2",
            Ground::InternalAffairs => "16-1",
            Ground::Process => "16-2",
            Ground::EnforcementFile => "16-3",
        }
    }

    /// The ground of a code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Ground> {
        Ground::ALL.into_iter().find(|ground| ground.code() == code)
    }

    /// The words on screens.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Ground::StateSecret => "依法确定为国家秘密",
            Ground::ForbiddenByLaw => "法律、行政法规禁止公开",
            Ground::SafetyAndStability => "公开后可能危及国家安全、公共安全、经济安全、社会稳定",
            Ground::TradeSecret => "涉及商业秘密，公开会损害第三方合法权益",
            Ground::Privacy => "涉及个人隐私，公开会损害第三方合法权益",
            Ground::InternalAffairs => "内部事务信息（人事管理、后勤管理、内部工作流程等）",
            Ground::Process => "过程性信息（讨论记录、过程稿、磋商信函、请示报告等）",
            Ground::EnforcementFile => "行政执法案卷信息",
        }
    }

    /// How strictly it binds.
    #[must_use]
    pub fn force(self) -> Force {
        match self {
            Ground::StateSecret | Ground::ForbiddenByLaw | Ground::SafetyAndStability => Force::MustNot,
            Ground::TradeSecret | Ground::Privacy => Force::MustNotUnless,
            Ground::InternalAffairs | Ground::Process | Ground::EnforcementFile => Force::May,
        }
    }

    /// The article it stands in.
    #[must_use]
    pub fn citation(self) -> Citation {
        foi_regulation().article(match self {
            Ground::StateSecret | Ground::ForbiddenByLaw | Ground::SafetyAndStability => "第十四条",
            Ground::TradeSecret | Ground::Privacy => "第十五条",
            Ground::InternalAffairs => "第十六条第一款",
            Ground::Process | Ground::EnforcementFile => "第十六条第二款",
        })
    }
}

/// What the drafter entered about disclosure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeEntry {
    /// The attribute, once chosen.
    pub attribute: Option<Attribute>,
    /// The ground, for what is not disclosed.
    pub ground: Option<Ground>,
    /// The reason in words.
    pub reason: String,
    /// The note on the document itself (附注), when it has one.
    pub printed_note: Option<String>,
    /// Whether it is a policy document (政策性文件).
    pub policy: bool,
    /// Whether the unit's disclosure office reviewed a policy document that is not to be disclosed.
    pub office_reviewed: bool,
    /// When a withheld document is assessed again (条例 article 18).
    pub next_review_on: Option<NaiveDate>,
}

/// Checks the public attribute at registration for review (PUB-A12); the errors among the issues mean 退文.
#[must_use]
pub fn check_attribute(entry: &AttributeEntry, today: NaiveDate) -> Vec<Issue> {
    let Some(attribute) = entry.attribute else {
        let message = "没有填写公开属性，请选择主动公开、依申请公开或者不予公开。";
        return vec![drafting_issue(Weight::Error, "disclosure_attr", message)];
    };
    let mut issues = match attribute {
        Attribute::Proactive => check_proactive(entry),
        Attribute::OnRequest => check_on_request(entry),
        Attribute::Withheld => check_withheld(entry, today),
    };
    issues.extend(check_printed_note(entry, attribute));
    issues
}

fn check_proactive(entry: &AttributeEntry) -> Vec<Issue> {
    match entry.ground {
        None => Vec::new(),
        Some(ground) => {
            let message = format!(
                "公开属性为主动公开，却选择了不予公开的理由“{}”，请改正其中一项。",
                ground.label()
            );
            vec![drafting_issue(Weight::Error, "non_disclosure_ground", message)]
        }
    }
}

fn check_on_request(entry: &AttributeEntry) -> Vec<Issue> {
    if !entry.reason.trim().is_empty() || entry.ground.is_some() {
        return Vec::new();
    }
    let message = "公开属性为依申请公开，请说明不主动公开的理由。";
    vec![drafting_issue(Weight::Warning, "reason", message)]
}

fn check_withheld(entry: &AttributeEntry, today: NaiveDate) -> Vec<Issue> {
    let mut issues = Vec::new();
    match entry.ground {
        None => {
            let message = "公开属性为不予公开，请按《政府信息公开条例》第十四条至第十六条选择理由。";
            issues.push(
                Issue::new("PUB-A11", Weight::Error, "non_disclosure_ground", message)
                    .citing(foi_regulation().article("第十三条第一款")),
            );
        }
        Some(ground) => issues.extend(check_reason(entry, ground)),
    }
    if entry.policy && !entry.office_reviewed {
        let message = "不予公开的政策性文件，报批前应当先送本单位政务公开工作机构审查。";
        issues.push(drafting_issue(Weight::Error, "office_reviewed", message));
    }
    let review = match entry.next_review_on {
        None => Some("不予公开的文件应当定期评估，请填写下次评估日期。"),
        Some(date) if date <= today => Some("下次评估日期应当晚于今天。"),
        Some(_) => None,
    };
    if let Some(message) = review {
        let citation = foi_regulation().article("第十八条");
        issues.push(Issue::new("X-A-9", Weight::Warning, "next_review_on", message).citing(citation));
    }
    issues
}

fn check_reason(entry: &AttributeEntry, ground: Ground) -> Option<Issue> {
    if !entry.reason.trim().is_empty() {
        return None;
    }
    let asked = match ground.force() {
        Force::MustNot => "请说明具体依据（定密情况、禁止公开的法律或者行政法规条款，或者可能造成的危害）。",
        Force::MustNotUnless => "请说明涉及的第三方权益，以及是否征求过第三方意见。",
        Force::May => "请说明属于哪一类信息，以及没有法律、法规、规章要求公开。",
    };
    let message = format!("已选择不予公开的理由“{}”，{asked}", ground.label());
    Some(Issue::new("PUB-A11", Weight::Error, "reason", message).citing(ground.citation()))
}

fn check_printed_note(entry: &AttributeEntry, attribute: Attribute) -> Option<Issue> {
    let note = entry.printed_note.as_deref()?.trim();
    let printed = Attribute::read(note)?;
    if printed == attribute {
        return None;
    }
    let message = format!("文件附注“{note}”与所选公开属性“{}”不一致，请核对。", attribute.label());
    Some(drafting_issue(Weight::Error, "disclosure_attr", message))
}

fn drafting_issue(weight: Weight, field: &str, message: impl Into<String>) -> Issue {
    Issue::new("PUB-A12", weight, field, message).citing(attribute_rules().article("第一部分第（一）项"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citation::day;
    use crate::issue::blocks;

    const TODAY: NaiveDate = day(2021, 6, 15);

    fn withheld() -> AttributeEntry {
        AttributeEntry {
            attribute: Some(Attribute::Withheld),
            ground: Some(Ground::Process),
            reason: "征求意见过程稿，没有法律、法规、规章要求公开".to_owned(),
            next_review_on: Some(day(2022, 6, 15)),
            ..AttributeEntry::default()
        }
    }

    #[test]
    fn a_document_without_an_attribute_is_returned() {
        assert!(blocks(&check_attribute(&AttributeEntry::default(), TODAY)));
    }

    #[test]
    fn withholding_needs_a_ground_a_reason_and_a_review_day() {
        assert_eq!(check_attribute(&withheld(), TODAY), Vec::new());
        let no_ground = AttributeEntry {
            ground: None,
            ..withheld()
        };
        assert_eq!(check_attribute(&no_ground, TODAY)[0].field, "non_disclosure_ground");
        let no_reason = AttributeEntry {
            reason: "  ".to_owned(),
            ..withheld()
        };
        assert_eq!(
            check_attribute(&no_reason, TODAY)[0].citation,
            Some(Ground::Process.citation())
        );
        let no_review = AttributeEntry {
            next_review_on: None,
            ..withheld()
        };
        assert_eq!(check_attribute(&no_review, TODAY)[0].weight, Weight::Warning);
        let policy = AttributeEntry {
            policy: true,
            ..withheld()
        };
        assert!(blocks(&check_attribute(&policy, TODAY)));
    }

    #[test]
    fn the_note_on_paper_must_say_the_same() {
        let entry = AttributeEntry {
            attribute: Some(Attribute::Proactive),
            printed_note: Some("（此件依申请公开）".to_owned()),
            ..AttributeEntry::default()
        };
        assert!(blocks(&check_attribute(&entry, TODAY)));
        let agreeing = AttributeEntry {
            printed_note: Some("（此件公开发布）".to_owned()),
            ..entry
        };
        assert_eq!(check_attribute(&agreeing, TODAY), Vec::new());
    }

    #[test]
    fn codes_lead_back_to_their_grounds() {
        for ground in Ground::ALL {
            assert_eq!(Ground::of_code(ground.code()), Some(ground));
            assert_eq!(
                serde_json::to_value(ground).ok(),
                Some(serde_json::Value::from(ground.code()))
            );
        }
        for attribute in Attribute::ALL {
            assert_eq!(Attribute::read(attribute.label()), Some(attribute));
        }
    }
}
