//! What is reported, and what becomes of it.

/// What kind of error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 错别字或表述错误.
    Wording,
    /// 内容不准确或已过期.
    Outdated,
    /// 链接打不开.
    Link,
    /// 附件或功能不能用.
    Broken,
    /// 其他.
    Other,
}

impl Kind {
    /// All kinds, in the order in which they are shown.
    pub const ALL: [Kind; 5] = [Kind::Wording, Kind::Outdated, Kind::Link, Kind::Broken, Kind::Other];

    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Kind::Wording => "wording",
            Kind::Outdated => "outdated",
            Kind::Link => "link",
            Kind::Broken => "broken",
            Kind::Other => "other",
        }
    }

    /// What people read.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Wording => "错别字或表述错误",
            Kind::Outdated => "内容不准确或已过期",
            Kind::Link => "链接打不开",
            Kind::Broken => "附件或功能不能用",
            Kind::Other => "其他差错",
        }
    }

    /// The kind of this stored name.
    pub fn of(id: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.id() == id)
    }
}

/// How a report ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 已答复: the error was there and is mended, or what was asked is answered.
    Answered,
    /// 已办结（不予采纳）: what is reported is no error, or cannot be followed up; with the reason.
    Closed,
}

impl Outcome {
    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Outcome::Answered => "answered",
            Outcome::Closed => "closed",
        }
    }

    /// What people read.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Answered => "已答复",
            Outcome::Closed => "已办结（不予采纳）",
        }
    }

    /// The outcome of this stored name.
    pub fn of(id: &str) -> Option<Outcome> {
        [Outcome::Answered, Outcome::Closed].into_iter().find(|o| o.id() == id)
    }
}

/// What somebody who reported something takes away.
#[derive(Debug)]
pub struct Receipt {
    /// 编号.
    pub number: String,
    /// 查询码, in groups; shown once.
    pub code: String,
    /// By when it is to be answered, when the rule is known.
    pub answer_by: Option<chrono::NaiveDate>,
}
