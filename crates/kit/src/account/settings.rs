//! How strictly the desk lets people in.

use crate::permission::Role;

/// What an installation asks of those who sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whoever holds one of these roles needs a second factor; without one, the next sign-in leads to setting it up.
    pub second_factor_roles: Vec<Role>,
    /// A session not used for so many minutes ends. The last use is kept to within a tenth of this.
    pub idle_minutes: i64,
    /// A dangerous act asks for a proof younger than so many minutes.
    pub proof_minutes: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            second_factor_roles: Role::ALL.into_iter().filter(|role| role.is_administrator()).collect(),
            idle_minutes: 60,
            proof_minutes: 10,
        }
    }
}
