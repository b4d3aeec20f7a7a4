//! Document kinds (文件类别) as static values: what must be known of each before it may be saved, shown and released.

/// A kind of document.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Stable name, as stored.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// ColumnType of its page label (栏目类型).
    pub column_type: &'static str,
    /// Whether it is a 公文, which bears a document number unless it says 无.
    pub is_official_document: bool,
    /// Whether it says from when to when it holds.
    pub has_validity: bool,
    /// Whether it is a 行政规范性文件, whose term of validity must be stated.
    pub is_normative: bool,
    /// The statutory item (条例第二十条) it falls under unless the drafter says otherwise.
    pub category: &'static str,
}

/// All kinds in the order in which they are offered.
pub static KINDS: [Kind; 5] = [
    Kind {
        id: "normative",
        name: "行政规范性文件",
        column_type: "政策文件",
        is_official_document: true,
        has_validity: true,
        is_normative: true,
        category: "S01",
    },
    Kind {
        id: "policy",
        name: "其他政策文件",
        column_type: "政策文件",
        is_official_document: true,
        has_validity: true,
        is_normative: false,
        category: "S15",
    },
    Kind {
        id: "plan",
        name: "规划计划",
        column_type: "政策文件",
        is_official_document: false,
        has_validity: true,
        is_normative: false,
        category: "S03",
    },
    Kind {
        id: "notice",
        name: "通知公告",
        column_type: "工作动态",
        is_official_document: false,
        has_validity: false,
        is_normative: false,
        category: "S15",
    },
    Kind {
        id: "information",
        name: "工作信息",
        column_type: "工作动态",
        is_official_document: false,
        has_validity: false,
        is_normative: false,
        category: "S15",
    },
];

impl Kind {
    /// The kind of this stored name.
    pub fn of(id: &str) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| kind.id == id)
    }
}
