//! What a document is on its way to the public: states, metadata, and the three levels of checks.

use chrono::NaiveDate;
use statute::disclosure::attribute::{Attribute, AttributeEntry, Ground, check_attribute};
use statute::document::validity::ValidityFacts;
use statute::{Issue, Weight};

use crate::kinds::Kind;

/// Where an edition stands (办理状态).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// 起草.
    Draft,
    /// 待审批.
    Submitted,
    /// 已批准.
    Approved,
    /// 退回修改.
    Returned,
    /// 已发布.
    Released,
    /// 被新版替代: an edition that was public until a newer one took its place.
    Superseded,
    /// 已撤稿或已下架: an edition that ended.
    Ended,
}

impl State {
    /// All states in order.
    pub const ALL: [State; 7] = [
        State::Draft,
        State::Submitted,
        State::Approved,
        State::Returned,
        State::Released,
        State::Superseded,
        State::Ended,
    ];

    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::Submitted => "submitted",
            State::Approved => "approved",
            State::Returned => "returned",
            State::Released => "released",
            State::Superseded => "superseded",
            State::Ended => "ended",
        }
    }

    /// The word on screens.
    pub fn name(self) -> &'static str {
        match self {
            State::Draft => "起草",
            State::Submitted => "待审批",
            State::Approved => "待发布",
            State::Returned => "退回修改",
            State::Released => "已发布",
            State::Superseded => "已有新版",
            State::Ended => "已撤稿或下架",
        }
    }

    /// The state of this stored name.
    pub fn of(id: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.id() == id)
    }

    /// Whether the edition is still being prepared.
    pub fn is_draft(self) -> bool {
        matches!(
            self,
            State::Draft | State::Submitted | State::Approved | State::Returned
        )
    }

    /// Whether its text and metadata may be changed.
    pub fn is_editable(self) -> bool {
        matches!(self, State::Draft | State::Returned)
    }
}

/// What the public sees of a document once it has been released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublicState {
    /// 公开.
    Live,
    /// 标注 (withdrawn with reason, repealed, lapsed): stays readable under a dated banner.
    Marked,
    /// 下架: content gone from every outlet, a neutral tombstone stays.
    TakenDown,
}

impl PublicState {
    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            PublicState::Live => "live",
            PublicState::Marked => "marked",
            PublicState::TakenDown => "taken_down",
        }
    }

    /// The state of this stored name.
    pub fn of(id: &str) -> Option<PublicState> {
        [PublicState::Live, PublicState::Marked, PublicState::TakenDown]
            .into_iter()
            .find(|s| s.id() == id)
    }
}

/// What is known of a document (元数据).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// 标题.
    pub title: String,
    /// 发文机关.
    pub issuer: String,
    /// 发文字号; none for 无.
    pub doc_number: Option<String>,
    /// 成文日期.
    pub written_on: Option<NaiveDate>,
    /// 主题分类.
    pub theme: String,
    /// 条例 item.
    pub category: String,
    /// 公开属性.
    pub attribute: Option<Attribute>,
    /// Ground for not disclosing.
    pub ground: Option<Ground>,
    /// Reason in words.
    pub attribute_reason: String,
    /// 施行日期.
    pub effective_from: Option<NaiveDate>,
    /// 有效期至.
    pub valid_until: Option<NaiveDate>,
    /// First day of repeal.
    pub repealed_from: Option<NaiveDate>,
    /// 内容概述.
    pub summary: String,
    /// 来源, of a reprint.
    pub origin: String,
}

/// Stored name of an attribute.
pub(crate) fn attribute_id(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Proactive => "proactive",
        Attribute::OnRequest => "on_request",
        Attribute::Withheld => "withheld",
    }
}

/// The attribute of a stored name.
pub(crate) fn attribute_of(id: &str) -> Option<Attribute> {
    Attribute::ALL.into_iter().find(|a| attribute_id(*a) == id)
}

impl Metadata {
    /// The dated facts of its validity.
    pub fn validity(&self) -> ValidityFacts {
        ValidityFacts {
            effective_from: self.effective_from,
            valid_until: self.valid_until,
            repealed_from: self.repealed_from,
            ..Default::default()
        }
    }

    /// What would keep it from being saved: values that no form of the document can have.
    pub fn check_to_save(&self, kind: &Kind, today: NaiveDate) -> Vec<Issue> {
        let mut issues = Vec::new();
        if self.title.chars().count() > 200 {
            issues.push(error("title", "标题：最多 200 个字"));
        }
        if self.written_on.is_some_and(|d| d > today) {
            issues.push(error("written_on", "成文日期：不能晚于今天"));
        }
        if let Some(number) = &self.doc_number {
            issues.extend(statute::document::number::check(number).into_iter().map(|mut i| {
                i.field = "doc_number".into();
                i
            }));
        }
        if kind.has_validity {
            issues.extend(self.validity().check());
        }
        issues
    }

    /// What must be there before somebody else is asked to approve.
    pub fn check_to_submit(&self, kind: &Kind, today: NaiveDate) -> Vec<Issue> {
        let mut issues = self.check_to_save(kind, today);
        let needed = [
            ("title", self.title.is_empty(), "标题：请填写"),
            ("issuer", self.issuer.is_empty(), "发文机关：请填写全称"),
            ("theme", self.theme.is_empty(), "主题分类：请选择一项"),
            ("category", self.category.is_empty(), "法定主动公开事项：请选择一项"),
            ("written_on", self.written_on.is_none(), "成文日期：请填写"),
        ];
        for (field, missing, sentence) in needed {
            if missing {
                issues.push(error(field, sentence));
            }
        }
        if kind.is_normative && self.valid_until.is_none() {
            issues.push(error("valid_until", "有效期至：规范性文件须写明有效期"));
        }
        let entry = AttributeEntry {
            attribute: self.attribute,
            ground: self.ground,
            reason: self.attribute_reason.clone(),
            policy: kind.is_official_document,
            ..Default::default()
        };
        issues.extend(check_attribute(&entry, today).into_iter().map(|issue| Issue {
            field: own_field(&issue.field).into(),
            ..issue
        }));
        issues
    }

    /// What must hold at the moment of release.
    pub fn check_to_release(&self, kind: &Kind, today: NaiveDate) -> Vec<Issue> {
        let mut issues = self.check_to_submit(kind, today);
        if self.attribute != Some(Attribute::Proactive) {
            issues.push(error("attribute", "公开属性：只有“主动公开”的文件才能发布"));
        }
        issues
    }
}

/// The field of our form that a rule's field is.
fn own_field(field: &str) -> &str {
    match field {
        "disclosure_attr" => "attribute",
        "non_disclosure_ground" => "ground",
        "reason" => "attribute_reason",
        other => other,
    }
}

fn error(field: &str, message: &str) -> Issue {
    Issue::new("metadata", Weight::Error, field, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    fn complete() -> Metadata {
        Metadata {
            title: "示例区人民政府办公室关于印发某办法的通知".into(),
            issuer: "示例区人民政府办公室".into(),
            doc_number: Some("示政办规〔2021〕3号".into()),
            written_on: Some(day(2021, 3, 1)),
            theme: "综合政务\\政务公开".into(),
            category: "S01".into(),
            attribute: Some(Attribute::Proactive),
            effective_from: Some(day(2021, 4, 1)),
            valid_until: Some(day(2026, 3, 31)),
            ..Default::default()
        }
    }

    fn errors(issues: &[Issue]) -> Vec<&str> {
        issues
            .iter()
            .filter(|i| i.weight == Weight::Error)
            .map(|i| i.field.as_str())
            .collect()
    }

    #[test]
    fn what_is_complete_may_be_released() {
        let kind = Kind::of("normative").unwrap();
        assert_eq!(
            errors(&complete().check_to_release(kind, day(2021, 3, 2))),
            Vec::<&str>::new()
        );
    }

    #[test]
    fn each_level_asks_for_more() {
        let kind = Kind::of("normative").unwrap();
        let today = day(2021, 3, 2);
        let empty = Metadata::default();
        assert!(errors(&empty.check_to_save(kind, today)).is_empty());
        let missing = empty.check_to_submit(kind, today);
        for field in [
            "title",
            "issuer",
            "theme",
            "category",
            "written_on",
            "valid_until",
            "attribute",
        ] {
            assert!(errors(&missing).contains(&field), "{field}");
        }
        let withheld = Metadata {
            attribute: Some(Attribute::OnRequest),
            attribute_reason: "内部事务".into(),
            ..complete()
        };
        assert!(errors(&withheld.check_to_release(kind, today)).contains(&"attribute"));
    }

    #[test]
    fn a_date_to_come_cannot_be_saved() {
        let kind = Kind::of("notice").unwrap();
        let early = complete().check_to_save(kind, day(2021, 2, 28));
        assert_eq!(errors(&early), ["written_on"]);
    }

    #[test]
    fn states_keep_their_names() {
        for state in State::ALL {
            assert_eq!(State::of(state.id()), Some(state));
        }
    }
}
