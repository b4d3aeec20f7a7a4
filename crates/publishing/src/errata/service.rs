//! Commands on reported errors: reporting, looking up, passing on, answering, closing.

use chrono::NaiveDate;
use kit::account::{Actor, Reach};
use kit::audit::Deed;
use kit::form::{Issues, Submission};
use kit::guard::code::{self, Code};
use kit::guard::{Origin, Pass};
use kit::numbering::{self, Series};
use kit::seal::{Ciphertext, Purpose, Sealed, context};
use kit::{Error, Result, Site};
use serde_json::json;
use statute::parameters::Parameters;
use statute::portal::{ErrataDeadline, errata_deadline};
use uuid::Uuid;

use super::HANDLE;
use super::forms::{NewReport, number_of};
use super::model::{Outcome, Receipt};
use super::store::{self, report, step};
use crate::document::store as documents;

/// A report with its history.
#[derive(Debug, Clone)]
pub struct Report {
    /// The report.
    pub report: report::Model,
    /// What happened to it, oldest first.
    pub steps: Vec<step::Model>,
}

impl Report {
    /// Answer or reason, once it has ended.
    pub fn last_words(&self) -> Option<&step::Model> {
        self.report.settled_at?;
        self.steps.last()
    }
}

/// Takes a report in. The pass of the gate is used up with it, so that a form sent twice is taken in once.
///
/// # Errors
/// When the pass has been used, or the database or the keyring fails.
pub(super) async fn report(site: &Site, parameters: &Parameters, new: &NewReport, pass: &Pass) -> Result<Receipt> {
    take_in(site, &Actor::program("网站找错"), parameters, new, Some(pass)).await
}

/// Takes in what reached the office in another way, by telephone for instance, from the fields of the public form.
///
/// # Errors
/// When somebody other than the district's office enters it, or a field is wrong.
pub async fn enter(site: &Site, by: &Actor, parameters: &Parameters, form: &Submission) -> Result<Receipt> {
    if by.account.is_some() {
        by.require_district(&HANDLE)?;
    }
    let mut issues = Issues::default();
    let Some(new) = NewReport::read(form, &site.profile.public_url, &mut issues) else {
        let what = issues
            .iter()
            .map(|(_, sentence)| sentence)
            .collect::<Vec<_>>()
            .join("；");
        return Err(Error::refused(what, "请改正后重新登记"));
    };
    take_in(site, by, parameters, &new, None).await
}

async fn take_in(
    site: &Site,
    by: &Actor,
    parameters: &Parameters,
    new: &NewReport,
    pass: Option<&Pass>,
) -> Result<Receipt> {
    let (id, code) = (Uuid::now_v7(), Code::fresh()?);
    let (document, unit) = belongs_to(site, &new.page).await?;
    let contact = seal_contact(site, id, new.contact.as_deref())?;
    let (contact, code) = (&contact, &code);
    let number = site
        .write(by, |tx| async move {
            if let Some(pass) = pass {
                pass.spend(&tx).await?;
            }
            let number = numbering::issue(&tx, &NUMBERS, numbering::this_year(&tx), "errata_report", id)
                .await?
                .text;
            let row = report::Model {
                id,
                number: number.clone(),
                page: new.page.clone(),
                document,
                unit,
                kind: new.kind.id().into(),
                words: new.words.clone(),
                contact: contact.clone(),
                code_hash: code.stored(site, &number)?,
                received_at: tx.at(),
                settled_at: None,
                settled_as: None,
            };
            store::insert(&tx, row).await?;
            let mut deed = Deed::new("publishing.report_error", "errata_report", id);
            deed.unit = unit;
            tx.record(deed.detail(json!({ "number": number, "page": new.page })))
                .await?;
            Ok::<_, Error>(number)
        })
        .await?;
    Ok(Receipt {
        number,
        code: code.grouped(),
        answer_by: deadline(site, parameters, site.clock.today()).map(|d| d.answer_by),
    })
}

/// Numbers of reported errors, by which a reader asks for the answer.
pub static NUMBERS: Series = Series {
    name: "publishing.errata",
    label: "网站找错编号",
    format: "JC{year}-{serial:4}",
    given_to: "找错留言",
    link: Some("/errata/"),
    by_hand: false,
};

fn seal_contact(site: &Site, id: Uuid, contact: Option<&str>) -> Result<Option<String>> {
    let Some(contact) = contact else { return Ok(None) };
    let context = context("errata_report", "contact", id);
    let sealed = site
        .keys
        .seal(Purpose::Data, &context, &Sealed::new(contact.to_string()))?;
    Ok(Some(sealed.as_str().to_string()))
}

/// The document at an address and the unit that answers for the page; neither for pages of the site as a whole.
async fn belongs_to(site: &Site, page: &str) -> Result<(Option<Uuid>, Option<Uuid>)> {
    let on = site.db.read();
    let path = page.split('?').next().unwrap_or(page);
    // Pictures and attachments stand below their document's address.
    let of_document: Vec<&str> = path.split('/').take(4).collect();
    if let Some(document) = documents::at_path(on, &of_document.join("/")).await?
        && document.public_state.is_some()
    {
        return Ok((Some(document.id), Some(document.unit)));
    }
    let Some(code) = path.strip_prefix("/units/") else {
        return Ok((None, None));
    };
    let units = kit::unit::current(on, site.clock.today()).await?;
    Ok((None, units.into_iter().find(|u| u.code == code).map(|u| u.id)))
}

/// By when what came on this day is to be passed on and answered; none before the rule was made.
pub(crate) fn deadline(site: &Site, parameters: &Parameters, received: NaiveDate) -> Option<ErrataDeadline> {
    errata_deadline(parameters, &site.calendar, received).ok()
}

/// The report of this number, for whoever knows its code; none for a wrong code and for a number that is not there.
///
/// # Errors
/// [`Error::TooMany`] after too many wrong codes.
pub async fn look_up(site: &Site, origin: &Origin, number: &str, typed: &str) -> Result<Option<Report>> {
    let number = number_of(number);
    let found = store::by_number(site.db.read(), &number).await?;
    let kept = found.as_ref().map(|r| r.code_hash.as_str());
    let fits = code::check(site, origin, &number, typed, kept).await?;
    match found.filter(|_| fits) {
        Some(report) => with_steps(site, report).await.map(Some),
        None => Ok(None),
    }
}

/// A report that this person handles.
///
/// # Errors
/// When it is not there, or belongs to a unit for which they do not.
pub async fn find(site: &Site, by: &Actor, id: Uuid) -> Result<Report> {
    let report = store::find(site.db.read(), id)
        .await?
        .ok_or_else(|| Error::not_found("这条找错"))?;
    require(by, &report)?;
    with_steps(site, report).await
}

async fn with_steps(site: &Site, report: report::Model) -> Result<Report> {
    let steps = store::steps(site.db.read(), report.id).await?;
    Ok(Report { report, steps })
}

/// The unit's people handle their unit's reports, the district's office handles all.
fn require(by: &Actor, report: &report::Model) -> Result<()> {
    match report.unit {
        Some(unit) => by.require(&HANDLE, unit),
        None => by.require_district(&HANDLE),
    }
}

/// Ends a report with an answer or with the reason why nothing is done.
///
/// # Errors
/// When it has ended already, or is somebody else's to handle.
pub async fn settle(site: &Site, by: &Actor, id: Uuid, outcome: Outcome, words: &str) -> Result<()> {
    site.write(by, |tx| async move {
        let report = open_report(&tx, by, id).await?;
        store::insert_step(&tx, id, outcome.id(), None, words).await?;
        store::settle(&tx, id, outcome.id()).await?;
        let action = match outcome {
            Outcome::Answered => "publishing.answer_error",
            Outcome::Closed => "publishing.close_error",
        };
        let mut deed = Deed::new(action, "errata_report", id);
        deed.unit = report.unit;
        tx.record(deed.detail(json!({ "number": report.number }))).await?;
        Ok(())
    })
    .await
}

/// Passes a report on to another unit, or back to the district's office.
///
/// # Errors
/// As [`settle`]; when there is no such unit, or the report is there already.
pub async fn pass_on(site: &Site, by: &Actor, id: Uuid, unit: Option<Uuid>, words: &str) -> Result<()> {
    if let Some(unit) = unit {
        let found = kit::unit::find(site.db.read(), unit).await?;
        found
            .filter(|u| u.is_active(site.clock.today()))
            .ok_or_else(|| Error::not_found("这个单位"))?;
    }
    site.write(by, |tx| async move {
        let report = open_report(&tx, by, id).await?;
        if report.unit == unit {
            return Err(Error::refused("这条找错已经在这个单位", "请选择另一个单位，或直接答复"));
        }
        store::insert_step(&tx, id, "transferred", unit, words).await?;
        store::pass_on(&tx, id, unit).await?;
        let mut deed = Deed::new("publishing.transfer_error", "errata_report", id);
        deed.unit = unit;
        tx.record(deed.detail(json!({ "number": report.number, "from": report.unit })))
            .await?;
        Ok(())
    })
    .await
}

/// Locked, allowed, and not ended.
async fn open_report(tx: &kit::db::Tx, by: &Actor, id: Uuid) -> Result<report::Model> {
    tx.lock("errata_report", id).await?;
    let report = store::find(tx.on(), id)
        .await?
        .ok_or_else(|| Error::not_found("这条找错"))?;
    require(by, &report)?;
    if report.settled_at.is_some() {
        return Err(Error::Conflict(format!("{}已经办结，不能再改", report.number)));
    }
    Ok(report)
}

/// How to reach who reported, for one who has to; that it was read is recorded.
///
/// # Errors
/// When nothing was left, or the key is destroyed.
pub async fn read_contact(site: &Site, by: &Actor, id: Uuid) -> Result<Sealed<String>> {
    let found = find(site, by, id).await?;
    let Some(kept) = found.report.contact.as_deref() else {
        return Err(Error::refused("没有留联系方式", "答复会显示在查询页面，不需要另行联系"));
    };
    let place = context("errata_report", "contact", id);
    kit::reading::open(
        site,
        by,
        "errata_report",
        id,
        "联系方式",
        &place,
        &Ciphertext::parse(kept)?,
    )
    .await
}

/// A page of reports within this person's reach, and how many there are.
///
/// # Errors
/// When the database fails.
pub async fn list(
    site: &Site,
    by: &Actor,
    is_open: bool,
    page: u64,
    per_page: u64,
) -> Result<(Vec<report::Model>, u64)> {
    let reach: Reach = by.reach(&HANDLE);
    Ok(store::list(site.db.read(), &reach, is_open, page, per_page).await?)
}
