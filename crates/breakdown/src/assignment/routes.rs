//! Routes.
pub(crate) fn routes() -> Vec<kit::capability::Route> { Vec::new() }
