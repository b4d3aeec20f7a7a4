//! View types of sign-in and security.

use askama::Template;

use crate::account::oidc::Linked;
use crate::account::passkey::PasskeyRow;
use crate::clock::spoken_time;
use crate::form::Issues;
use crate::page::parts::{ErrorSummary, TextField};

/// A session as shown.
pub(in crate::account) struct SessionRow {
    pub key: String,
    pub since: String,
    pub last_used: String,
    pub browser: String,
    pub network: String,
    pub is_own: bool,
}

impl From<crate::account::session::Standing> for SessionRow {
    fn from(standing: crate::account::session::Standing) -> SessionRow {
        SessionRow {
            key: standing.key,
            since: spoken_time(standing.since),
            last_used: spoken_time(standing.last_used),
            browser: standing.browser,
            network: standing.network,
            is_own: standing.is_own,
        }
    }
}

/// An attempt to sign in as shown.
pub(super) struct TrailRow {
    pub at: String,
    pub outcome: &'static str,
    pub is_bad: bool,
    pub browser: String,
    pub network: String,
}

#[derive(Template)]
#[template(path = "security/show.html")]
pub(super) struct Security<'a> {
    pub sessions: Vec<SessionRow>,
    pub factor_since: Option<String>,
    pub is_required: bool,
    pub codes_left: u64,
    pub passkeys: Vec<PasskeyRow>,
    /// Why browsers offer none here.
    pub no_passkeys: Option<&'static str>,
    /// What was typed as the name of a new one.
    pub name: &'a str,
    pub trail: Vec<TrailRow>,
    pub provider: Option<Linked>,
    pub issues: &'a Issues,
    pub token: &'a str,
}
