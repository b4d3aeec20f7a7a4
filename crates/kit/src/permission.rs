//! Permissions, declared by capabilities, and roles, which are named sets of them held for a unit.

/// Something one may be allowed to do (权限). Declared as a `static` by the capability that checks it.
#[derive(Debug)]
pub struct Permission {
    /// Stable name, `capability.verb`.
    pub id: &'static str,
    /// What an administrator reads.
    pub name: &'static str,
    /// Roles that include it.
    pub roles: &'static [Role],
}

/// A role (角色): held by an account for one unit or for the whole district. The list follows how offices really divide the work; a
/// street has one clerk, who holds several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// 经办人员: drafts and registers.
    Drafter,
    /// 审批人员: approves what somebody else drafted.
    Approver,
    /// 政务公开主管: the district's open-government office, coordinates all units.
    Coordinator,
    /// 外包编辑: prepares drafts only.
    ContractEditor,
    /// 评估员: reads, changes nothing.
    Assessor,
    /// 系统管理员: units and settings.
    SystemAdministrator,
    /// 安全管理员: accounts and roles.
    SecurityAdministrator,
    /// 审计管理员: reads the audit record.
    AuditAdministrator,
}

impl Role {
    /// All roles in the order in which they are shown.
    pub const ALL: [Role; 8] = [
        Role::Drafter,
        Role::Approver,
        Role::Coordinator,
        Role::ContractEditor,
        Role::Assessor,
        Role::SystemAdministrator,
        Role::SecurityAdministrator,
        Role::AuditAdministrator,
    ];

    /// Stable name, as stored.
    pub fn id(self) -> &'static str {
        match self {
            Role::Drafter => "drafter",
            Role::Approver => "approver",
            Role::Coordinator => "coordinator",
            Role::ContractEditor => "contract_editor",
            Role::Assessor => "assessor",
            Role::SystemAdministrator => "system_administrator",
            Role::SecurityAdministrator => "security_administrator",
            Role::AuditAdministrator => "audit_administrator",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Role::Drafter => "经办人员",
            Role::Approver => "审批人员",
            Role::Coordinator => "政务公开主管",
            Role::ContractEditor => "外包编辑",
            Role::Assessor => "评估员",
            Role::SystemAdministrator => "系统管理员",
            Role::SecurityAdministrator => "安全管理员",
            Role::AuditAdministrator => "审计管理员",
        }
    }

    /// The role of this stored name.
    pub fn of(id: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.id() == id)
    }

    /// Whether this is one of the three administrators, who are never one person (等级保护: 系统、安全、审计三员分设).
    pub fn is_administrator(self) -> bool {
        matches!(
            self,
            Role::SystemAdministrator | Role::SecurityAdministrator | Role::AuditAdministrator
        )
    }

    /// Whether one person may hold both. An administrator holds neither a second administrator's role nor one of the
    /// roles that do the office's own work.
    pub fn goes_with(self, other: Role) -> bool {
        self == other || !(self.is_administrator() || other.is_administrator())
    }
}

/// Who may call a route.
#[derive(Debug, Clone, Copy)]
pub enum Access {
    /// Anybody, without signing in.
    Anyone,
    /// Whoever is signed in; the page shows only what concerns them.
    SignedIn,
    /// Whoever holds this permission for at least one unit; the service checks the unit.
    Holder(&'static Permission),
}

impl Access {
    /// The word printed into the table of routes.
    pub fn label(&self) -> &'static str {
        match self {
            Access::Anyone => "任何人",
            Access::SignedIn => "已登录",
            Access::Holder(permission) => permission.id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn administrators_stand_alone() {
        for a in Role::ALL {
            assert_eq!(Role::of(a.id()), Some(a));
            for b in Role::ALL {
                assert_eq!(a.goes_with(b), b.goes_with(a), "{a:?} {b:?}");
                if a.is_administrator() && a != b {
                    assert!(!a.goes_with(b), "{a:?} with {b:?}");
                }
            }
        }
        assert!(
            Role::Drafter.goes_with(Role::Approver),
            "a street has one part-time clerk"
        );
    }
}
