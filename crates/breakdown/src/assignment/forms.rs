//! What people send about assignments.

use chrono::NaiveDate;
use kit::form::{Issues, Submission};

use super::service::Adjustment;

/// Reads an adjustment. Reporting dates are ticked, and one more can be typed.
pub(super) fn read_adjustment(form: &Submission, issues: &mut Issues) -> Option<Adjustment> {
    let limit_on = form.required_date("limit", "完成期限", issues);
    let mut reporting: Vec<NaiveDate> = form.all("report").iter().filter_map(|text| text.parse().ok()).collect();
    reporting.extend(form.date("report_more", "另加报送日期", issues));
    let office_section = form.short_text("section", "责任科室", 60, issues);
    let contact = form.short_text("contact", "联系岗位和电话", 120, issues);
    let note = form.short_text("note", "备注", 500, issues);
    let limit_on = limit_on.filter(|_| issues.is_empty())?;
    Some(Adjustment {
        limit_on,
        reporting,
        office_section,
        contact,
        note,
    })
}
