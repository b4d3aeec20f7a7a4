//! The public site: home, documents, lists, search, each unit's disclosure section. No script, nothing from elsewhere.

mod cache;
mod files;
mod home;
mod list;
mod page;
mod search;
mod unit;

pub use cache::PageCache;
pub(crate) use files::download;

use axum::routing::get;
use kit::capability::Route;

/// Routes of the public site.
pub fn routes() -> Vec<Route> {
    vec![
        Route::public("/", get(home::home)),
        Route::public("/releases", get(list::releases)),
        Route::public("/search", get(search::search)),
        Route::public("/p/{year}/{serial}", get(page::show)),
        Route::public("/p/{year}/{serial}/files/{position}", get(files::attachment)),
        Route::public("/p/{year}/{serial}/pictures/{blob}", get(files::picture)),
        Route::public("/units", get(unit::list)),
        Route::public("/units/{code}", get(unit::show)),
        Route::public("/help", get(home::help)),
        Route::public("/map", get(home::map)),
        Route::public("/robots.txt", get(home::robots)),
    ]
}

/// Text as it stands in an address.
pub(crate) fn encode(text: &str) -> String {
    const KEPT: &[u8] = b"-_.~";
    text.bytes()
        .map(|b| match b {
            b if b.is_ascii_alphanumeric() || KEPT.contains(&b) => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}

/// One line of a list of releases.
pub(crate) struct ReleaseLine {
    pub path: String,
    pub title: String,
    pub unit: String,
    pub number: String,
    pub on: String,
    pub machine_on: String,
    pub off: Option<&'static str>,
}

impl ReleaseLine {
    /// A hit of the index without marks.
    pub(crate) fn of(hit: &::search::Hit) -> ReleaseLine {
        let words = |segments: &[::search::Segment]| segments.iter().map(|s| s.text.as_str()).collect::<String>();
        ReleaseLine {
            path: hit.path.clone(),
            title: words(&hit.title),
            unit: hit.unit.clone(),
            number: hit.number.clone().unwrap_or_default(),
            on: kit::clock::spoken_date(hit.released_on),
            machine_on: hit.released_on.to_string(),
            off: off_word(hit.validity),
        }
    }
}

/// The word beside what is not in force.
pub(crate) fn off_word(validity: ::search::Validity) -> Option<&'static str> {
    use ::search::Validity;
    match validity {
        Validity::Timeless | Validity::InForce => None,
        Validity::NotYetInForce => Some("尚未生效"),
        Validity::Repealed => Some("已废止"),
        Validity::Lapsed => Some("失效"),
        Validity::Withdrawn => Some("已撤稿"),
    }
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn addresses_hold_only_safe_signs() {
        assert_eq!(encode("a b&c"), "a%20b%26c");
        assert_eq!(encode("区"), "%E5%8C%BA");
    }
}
