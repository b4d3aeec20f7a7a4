//! An answer, and what a story looks for in it.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use scraper::{Html, Selector};

/// An answer of the application.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its bytes.
    pub bytes: Bytes,
    /// What was asked for, for messages of failed tests.
    pub asked: String,
}

impl Page {
    /// The source of the page.
    pub fn source(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// What a reader sees, in one line.
    pub fn text(&self) -> String {
        self.html(|html| squeezed(html.root_element().text()))
    }

    /// What a reader sees of the first element that fits.
    ///
    /// # Panics
    /// When nothing fits.
    pub fn text_of(&self, selector: &str) -> String {
        self.texts_of(selector)
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("{}: no {selector} in\n{self}", self.asked))
    }

    /// What a reader sees of every element that fits.
    pub fn texts_of(&self, selector: &str) -> Vec<String> {
        self.html(|html| html.select(&parsed(selector)).map(|e| squeezed(e.text())).collect())
    }

    /// An attribute of every element that fits.
    pub fn attributes_of(&self, selector: &str, attribute: &str) -> Vec<String> {
        self.html(|html| {
            html.select(&parsed(selector))
                .filter_map(|e| e.attr(attribute))
                .map(str::to_string)
                .collect()
        })
    }

    /// How many elements fit.
    pub fn count(&self, selector: &str) -> usize {
        self.html(|html| html.select(&parsed(selector)).count())
    }

    /// An attribute of the first element that fits.
    pub fn html_attribute(&self, selector: &str, name: &str) -> Option<String> {
        self.html(|html| html.select(&parsed(selector)).next()?.attr(name).map(str::to_string))
    }

    /// The value of an input, a text area or the chosen option of a list.
    ///
    /// # Panics
    /// When the page has no such field.
    pub fn value(&self, name: &str) -> String {
        self.html(|html| {
            let field = html.select(&parsed(&format!("[name=\"{name}\"]"))).next()?;
            match field.value().name() {
                "textarea" => Some(field.text().collect()),
                "select" => {
                    let chosen = field.select(&parsed("option[selected]")).next();
                    Some(chosen.and_then(|o| o.attr("value")).unwrap_or_default().to_string())
                }
                _ => field.attr("value").map(str::to_string),
            }
        })
        .unwrap_or_else(|| panic!("{}: no field {name} in\n{self}", self.asked))
    }

    /// Where the link with these words leads.
    ///
    /// # Panics
    /// When the page has no such link.
    pub fn link(&self, words: &str) -> String {
        self.html(|html| {
            let found = html
                .select(&parsed("a[href]"))
                .find(|a| squeezed(a.text()).contains(words))?;
            found.attr("href").map(str::to_string)
        })
        .unwrap_or_else(|| panic!("{}: no link “{words}” in\n{self}", self.asked))
    }

    /// The value of an option of a list, by its words.
    ///
    /// # Panics
    /// When the list has no such option.
    pub fn option(&self, name: &str, words: &str) -> String {
        self.html(|html| {
            let options = parsed(&format!("select[name=\"{name}\"] option"));
            let found = html.select(&options).find(|o| squeezed(o.text()) == words)?;
            found.attr("value").map(str::to_string)
        })
        .unwrap_or_else(|| panic!("{}: no option “{words}” of {name} in\n{self}", self.asked))
    }

    /// What the page says is wrong with a field.
    pub fn error_of(&self, field: &str) -> Option<String> {
        self.texts_of(&format!("[id=\"{field}-error\"]")).into_iter().next()
    }

    /// Whether a reader sees these words.
    pub fn says(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// Where the answer leads on.
    ///
    /// # Panics
    /// When it leads nowhere.
    pub fn location(&self) -> String {
        self.header("location")
            .unwrap_or_else(|| panic!("{}: {} leads nowhere:\n{self}", self.asked, self.status))
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).map(|v| v.to_str().unwrap().to_string())
    }

    /// Returns itself when the status is this one.
    ///
    /// # Panics
    /// When it is another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Page {
        assert_eq!(self.status.as_u16(), status, "{}:\n{self}", self.asked);
        self
    }

    /// Returns itself when a reader sees these words.
    ///
    /// # Panics
    /// When not.
    #[track_caller]
    pub fn expect_words(self, words: &str) -> Page {
        assert!(self.says(words), "{}: “{words}” is missing in:\n{self}", self.asked);
        self
    }

    fn html<T>(&self, look: impl FnOnce(&Html) -> T) -> T {
        look(&Html::parse_document(&self.source()))
    }
}

impl std::fmt::Display for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let main = self.texts_of("main").join("\n");
        if main.is_empty() {
            write!(f, "{}", self.source())
        } else {
            write!(f, "{main}")
        }
    }
}

fn parsed(selector: &str) -> Selector {
    Selector::parse(selector).unwrap_or_else(|e| panic!("{selector}: {e}"))
}

/// The words of an element with single spaces between them; marks inside a word do not part it.
fn squeezed<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
