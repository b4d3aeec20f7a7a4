//! The breakdown's own measures, and the figures that all measures of a breakdown give together.

mod claims;
pub mod figures;
pub(crate) mod records;
pub(crate) mod snapshot;

use std::sync::Arc;

use kit::measure::Measure;

/// The measures that this crate gives.
pub(crate) fn all() -> Vec<Arc<dyn Measure>> {
    vec![
        Arc::new(records::Reports::responsible()),
        Arc::new(records::Reports::lead()),
        Arc::new(claims::Claimed),
    ]
}

/// Name of the measure over records of responsible units.
pub(crate) const RECORDS: &str = "breakdown.records";
/// Name of the measure over records of lead units.
pub(crate) const LEAD: &str = "breakdown.lead";
/// Name of the measure over lists of units still to be settled.
pub(crate) const CLAIMS: &str = "breakdown.claims";
