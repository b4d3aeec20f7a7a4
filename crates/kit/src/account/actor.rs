//! Who acts, and what they may do for which unit.

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::permission::{Permission, Role};

/// Who carries out a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account; none when the program itself acts.
    pub account: Option<Uuid>,
    /// The name of the post, for records and screens.
    pub name: String,
    /// Roles held, each for one unit or for the whole district.
    pub holdings: Vec<Holding>,
}

/// A role held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// Which role.
    pub role: Role,
    /// For which unit; none means the whole district.
    pub unit: Option<Uuid>,
}

/// How far a permission reaches for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Every unit.
    District,
    /// These units only; empty means not at all.
    Units(Vec<Uuid>),
}

impl Reach {
    /// Whether this unit is within reach.
    pub fn covers(&self, unit: Uuid) -> bool {
        match self {
            Reach::District => true,
            Reach::Units(units) => units.contains(&unit),
        }
    }

    /// Whether nothing is within reach.
    pub fn is_empty(&self) -> bool {
        matches!(self, Reach::Units(units) if units.is_empty())
    }
}

impl Actor {
    /// The program itself, acting by rule: the sequencer, a command of the operator at the machine.
    pub fn program(name: &str) -> Actor {
        Actor {
            account: None,
            name: name.into(),
            holdings: Vec::new(),
        }
    }

    /// How far this permission reaches.
    pub fn reach(&self, permission: &Permission) -> Reach {
        let held = self.holdings.iter().filter(|h| permission.roles.contains(&h.role));
        let mut units = Vec::new();
        for holding in held {
            match holding.unit {
                None => return Reach::District,
                Some(unit) => units.push(unit),
            }
        }
        units.dedup();
        Reach::Units(units)
    }

    /// Whether the permission is held for at least one unit.
    pub fn holds(&self, permission: &Permission) -> bool {
        !self.reach(permission).is_empty()
    }

    /// Whether the permission is held for this unit.
    pub fn may(&self, permission: &Permission, unit: Uuid) -> bool {
        self.reach(permission).covers(unit)
    }

    /// Refuses unless the permission is held for this unit.
    ///
    /// # Errors
    /// [`Error::Forbidden`] with the name of what is missing.
    pub fn require(&self, permission: &Permission, unit: Uuid) -> Result<()> {
        if self.may(permission, unit) {
            return Ok(());
        }
        Err(forbidden(permission))
    }

    /// Refuses unless the permission is held for the whole district.
    ///
    /// # Errors
    /// [`Error::Forbidden`] with the name of what is missing.
    pub fn require_district(&self, permission: &Permission) -> Result<()> {
        if self.reach(permission) == Reach::District {
            return Ok(());
        }
        Err(forbidden(permission))
    }

    /// The units in which this person holds any role, in the order granted.
    pub fn units(&self) -> Vec<Uuid> {
        let mut units: Vec<Uuid> = Vec::new();
        for unit in self.holdings.iter().filter_map(|h| h.unit) {
            if !units.contains(&unit) {
                units.push(unit);
            }
        }
        units
    }

    /// The account, for commands that only a person can give.
    ///
    /// # Errors
    /// [`Error::SignInFirst`] when the program itself acts.
    pub fn person(&self) -> Result<Uuid> {
        self.account.ok_or(Error::SignInFirst)
    }
}

fn forbidden(permission: &Permission) -> Error {
    Error::Forbidden(format!(
        "您没有“{}”的权限；如工作需要，请联系安全管理员授权",
        permission.name
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    static EDIT: Permission = Permission {
        id: "t.edit",
        name: "编辑",
        roles: &[Role::Drafter, Role::Coordinator],
    };

    fn actor(holdings: Vec<Holding>) -> Actor {
        Actor {
            account: Some(Uuid::nil()),
            name: "经办".into(),
            holdings,
        }
    }

    #[test]
    fn a_role_reaches_as_far_as_it_was_granted() {
        let (own, other) = (Uuid::now_v7(), Uuid::now_v7());
        let clerk = actor(vec![Holding {
            role: Role::Drafter,
            unit: Some(own),
        }]);
        assert!(clerk.may(&EDIT, own));
        assert!(!clerk.may(&EDIT, other));
        assert!(clerk.require_district(&EDIT).is_err());
        let coordinator = actor(vec![Holding {
            role: Role::Coordinator,
            unit: None,
        }]);
        assert!(coordinator.may(&EDIT, other));
        let assessor = actor(vec![Holding {
            role: Role::Assessor,
            unit: None,
        }]);
        assert!(!assessor.holds(&EDIT));
        assert!(!Actor::program("sequencer").holds(&EDIT));
    }
}
