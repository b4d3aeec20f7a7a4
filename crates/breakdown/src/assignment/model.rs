//! Parts, origins and states of an assignment.

/// What a unit does in a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// 牵头: guides, collects, reports.
    Lead,
    /// 责任: does the work.
    Responsible,
}

impl Part {
    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Part::Lead => "lead",
            Part::Responsible => "responsible",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Part::Lead => "牵头",
            Part::Responsible => "责任",
        }
    }

    /// The part of this stored name.
    pub fn of(id: &str) -> Part {
        if id == "lead" { Part::Lead } else { Part::Responsible }
    }
}

/// How a unit came to its assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Named in the table.
    Named,
    /// A member of a group that the table names (区直各单位, 各镇人民政府、街道办事处).
    Expanded,
    /// Proposed or claimed, because the table says 有关单位.
    Claimed,
    /// By rule: the district's office coordinates a row without lead, the lead owes a row without responsible units.
    Rule,
}

impl Origin {
    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Origin::Named => "named",
            Origin::Expanded => "expanded",
            Origin::Claimed => "claimed",
            Origin::Rule => "rule",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Origin::Named => "分解表写明",
            Origin::Expanded => "全体单位展开",
            Origin::Claimed => "认领",
            Origin::Rule => "按规则",
        }
    }

    /// The origin of this stored name.
    pub fn of(id: &str) -> Origin {
        match id {
            "named" => Origin::Named,
            "expanded" => Origin::Expanded,
            "claimed" => Origin::Claimed,
            _ => Origin::Rule,
        }
    }
}

/// Where an assignment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// By the table or by rule.
    Assigned,
    /// Proposed, waits for the district's office.
    Proposed,
    /// Confirmed by the district's office.
    Confirmed,
    /// The unit objects; waits for a decision.
    Objected,
    /// No longer the unit's.
    Withdrawn,
}

impl State {
    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            State::Assigned => "assigned",
            State::Proposed => "proposed",
            State::Confirmed => "confirmed",
            State::Objected => "objected",
            State::Withdrawn => "withdrawn",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            State::Assigned => "已分工",
            State::Proposed => "待确认",
            State::Confirmed => "已确认",
            State::Objected => "有异议",
            State::Withdrawn => "已取消",
        }
    }

    /// The state of this stored name.
    pub fn of(id: &str) -> State {
        match id {
            "assigned" => State::Assigned,
            "proposed" => State::Proposed,
            "confirmed" => State::Confirmed,
            "objected" => State::Objected,
            _ => State::Withdrawn,
        }
    }
}
