//! Large type and high contrast for readers of the public site, kept in a cookie, without scripts.

use axum::extract::{Query, Request};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use super::extract::display_of;
use crate::capability::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::public("/display", get(change))]
}

#[derive(Deserialize)]
struct Wish {
    size: Option<String>,
    contrast: Option<String>,
    back: Option<String>,
}

/// Changes one of the two and leads back to where the reader was.
async fn change(Query(wish): Query<Wish>, request: Request) -> Response {
    let mut display = display_of(request.headers());
    if let Some(size) = wish.size {
        display.large = size == "large";
    }
    if let Some(contrast) = wish.contrast {
        display.high_contrast = contrast == "high";
    }
    let mut words = Vec::new();
    if display.large {
        words.push("large");
    }
    if display.high_contrast {
        words.push("high");
    }
    let cookie = format!(
        "display={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly",
        words.join("-")
    );
    let back = wish.back.filter(|path| is_own_path(path)).unwrap_or_else(|| "/".into());
    ([(header::SET_COOKIE, cookie)], Redirect::to(&back)).into_response()
}

/// Whether this leads to a page of our own: one slash, not two, which would name another host.
pub(crate) fn is_own_path(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::is_own_path;

    #[test]
    fn only_own_pages_are_led_back_to() {
        assert!(is_own_path("/search?q=1"));
        for bad in [
            "//evil.example",
            "https://evil.example",
            "/\\evil",
            "/a\r\nSet-Cookie: x",
            "",
        ] {
            assert!(!is_own_path(bad), "{bad:?}");
        }
    }
}
