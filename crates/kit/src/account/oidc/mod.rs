//! Single sign-on (统一身份认证) by OpenID Connect: the provider says who somebody is, the accounts here say what they may do.
//!
//! An account is linked to the provider's subject: by an administrator, by its holder while signed in, or, where the
//! installation allows it, at first use by an equal sign-in name. Nothing here makes an account or gives a role, and a
//! provider that fails leaves signing in by password as it was.

mod pages;
mod provider;
mod routes;
mod service;
pub(super) mod store;

pub(super) use pages::Linked;
pub(super) use routes::linked;
pub use routes::routes;
pub use service::{link_subject, unlink};

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use openidconnect::core::CoreProviderMetadata;

use crate::db::Migration;
use crate::seal::{Purpose, Sealed, SealedColumn};

/// Links and sign-ins on their way.
pub const SCHEMA: Migration = Migration {
    name: "0015_kit_oidc",
    sql: include_str!("schema.sql"),
};

/// The nonce that the provider's answer must carry.
pub const NONCE: SealedColumn = SealedColumn {
    table: "oidc_pending",
    column: "nonce",
    purpose: Purpose::Session,
    blind: None,
};

/// The secret that redeems the provider's code (PKCE).
pub const VERIFIER: SealedColumn = SealedColumn {
    table: "oidc_pending",
    column: "verifier",
    purpose: Purpose::Session,
    blind: None,
};

/// What an installation says of its identity provider.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The provider's issuer, exactly as it calls itself.
    pub issuer: String,
    /// What this installation is called there.
    pub client_id: String,
    /// Its secret; none for a client that proves itself by PKCE alone.
    pub client_secret: Option<Sealed<String>>,
    /// What the button says.
    pub label: String,
    /// The claim that is compared with sign-in names.
    pub name_claim: String,
    /// Whether an account whose sign-in name equals that claim is linked at first use.
    pub link_on_first_use: bool,
    /// Whether the provider's word stands for the second factor too.
    pub trust_provider_factor: bool,
}

/// The identity provider of a site, with what it last said of itself.
pub struct SingleSignOn {
    settings: Settings,
    known: Mutex<Option<(DateTime<Utc>, Arc<CoreProviderMetadata>)>>,
}

impl SingleSignOn {
    /// A provider that has not been asked anything yet.
    pub fn new(settings: Settings) -> SingleSignOn {
        SingleSignOn {
            settings,
            known: Mutex::new(None),
        }
    }

    /// What the button says.
    pub fn label(&self) -> &str {
        &self.settings.label
    }
}

impl std::fmt::Debug for SingleSignOn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SingleSignOn")
            .field("issuer", &self.settings.issuer)
            .finish_non_exhaustive()
    }
}
