//! What people send about accounts.

use uuid::Uuid;

use crate::form::{Issues, Submission};
use crate::permission::Role;

/// A new account with its first role.
pub(super) struct NewAccount {
    pub login: String,
    pub name: String,
    pub role: Option<Role>,
    pub unit: Option<Uuid>,
}

impl NewAccount {
    pub(super) fn read(form: &Submission, issues: &mut Issues) -> NewAccount {
        let role = read_role(form, issues);
        NewAccount {
            login: form.required_text("login", "登录名", 40, issues),
            name: form.required_text("name", "岗位名称", 60, issues),
            role,
            unit: form.id("unit", "单位", issues),
        }
    }
}

/// The role chosen.
pub(super) fn read_role(form: &Submission, issues: &mut Issues) -> Option<Role> {
    let role = Role::of(form.text("role"));
    if role.is_none() {
        issues.add("role", "角色：请选择一项");
    }
    role
}
