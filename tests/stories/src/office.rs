//! The people of an office, and the way of a document through it.

use kit::permission::Role;

use crate::{Page, TestApp, Visitor, word};

/// The three people a document passes through.
pub struct Office {
    /// Who drafts.
    pub drafter: Visitor,
    /// Who approves and ends pages.
    pub approver: Visitor,
}

impl Office {
    /// A unit's drafter and approver.
    pub async fn of(app: &TestApp, unit: &str) -> Office {
        Office {
            drafter: app.staff(Role::Drafter, unit).await,
            approver: app.staff(Role::Approver, unit).await,
        }
    }

    /// The next time both come to work.
    pub async fn sign_in_again(&self) {
        self.drafter.sign_in_again().await;
        self.approver.sign_in_again().await;
    }

    /// Uploads a file for the unit and returns where the document stands on the desk.
    pub async fn upload(&self, app: &TestApp, unit: &str, name: &str, bytes: &[u8]) -> String {
        let unit = app.unit(unit).await.id.to_string();
        let fields = [("unit", unit.as_str()), ("kind", "normative")];
        let sent = self
            .drafter
            .upload("/documents/new", &fields, ("file", name, bytes))
            .await
            .expect(303);
        sent.location().trim_end_matches("/metadata").to_string()
    }

    /// Fills in what must be known; `changes` stand in the place of the usual values.
    pub async fn describe(&self, document: &str, changes: &[(&str, &str)]) -> Page {
        let form = self.drafter.get(&format!("{document}/metadata")).await.expect(200);
        let theme = form.option("theme", "综合政务 / 政务公开");
        let seen = form.value("seen");
        let title = form.value("title");
        let issuer = form.value("issuer");
        let usual = [
            ("seen", seen.as_str()),
            ("title", &title),
            ("issuer", &issuer),
            ("written_on", "2021-05-08"),
            ("theme", &theme),
            ("category", "S01"),
            ("attribute", "proactive"),
            ("effective_from", "2021-06-01"),
            ("valid_until", "2026-05-31"),
        ];
        let kept = usual
            .iter()
            .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        let fields: Vec<(&str, &str)> = kept.chain(changes).copied().collect();
        self.drafter.submit(&format!("{document}/metadata"), &fields).await
    }

    /// Has it approved by somebody else.
    pub async fn approve(&self, document: &str) -> Page {
        let seen = self.approver.get(document).await.expect(200).value("seen");
        self.approver
            .submit(&format!("{document}/approve"), &[("seen", &seen), ("remark", "同意。")])
            .await
    }

    /// Takes a document the whole way and returns (where it stands on the desk, its public address).
    pub async fn publish(
        &self,
        app: &TestApp,
        unit: &str,
        lines: &[&str],
        changes: &[(&str, &str)],
    ) -> (String, String) {
        let document = self.upload(app, unit, "文件.docx", &word::of_lines(lines)).await;
        self.describe(&document, changes).await.expect(303);
        (document.clone(), self.finish(app, &document).await)
    }

    /// Sends, approves and releases a described document.
    pub async fn finish(&self, app: &TestApp, document: &str) -> String {
        self.drafter
            .submit(&format!("{document}/submit"), &[])
            .await
            .expect(303);
        self.approve(document).await.expect(303);
        self.drafter
            .submit(&format!("{document}/release"), &[])
            .await
            .expect(303);
        public_path(app, &self.drafter.get(document).await.expect(200))
    }
}

/// The public address that a document's page on the desk names.
pub fn public_path(app: &TestApp, page: &Page) -> String {
    let url = page.link("公开页面");
    url.strip_prefix(&app.site.profile.public_url)
        .expect("the page leads to the public site")
        .to_string()
}

/// The address of a search.
pub fn search(words: &str) -> String {
    format!(
        "/search?{}",
        form_urlencoded::Serializer::new(String::new())
            .append_pair("q", words)
            .finish()
    )
}

/// Titles of the hits on a page of results or in a list.
pub fn titles(page: &Page) -> Vec<String> {
    page.texts_of(".release-list > li > a")
}
