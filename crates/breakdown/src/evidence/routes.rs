//! Routes.
use std::sync::Arc;
pub(crate) fn routes(_reader: &Arc<office::Confined>) -> Vec<kit::capability::Route> { Vec::new() }
