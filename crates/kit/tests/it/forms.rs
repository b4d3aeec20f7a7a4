//! Forms as they come over the network.

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Request, StatusCode, header};
use kit::web::{desk_router, own_routes, public_router};
use tower::ServiceExt;

use crate::bench::Bench;

on_both_databases!(
    nul_is_refused_everywhere,
    what_is_too_large_is_refused_with_a_sentence,
    health_is_told
);

async fn answer(router: Router, request: Request<Body>) -> (StatusCode, String) {
    let answer = router.oneshot(request).await.unwrap();
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

fn form(body: impl Into<Body>, kind: &str) -> Request<Body> {
    Request::post("/sign-in")
        .header(header::CONTENT_TYPE, kind)
        .body(body.into())
        .unwrap()
}

async fn nul_is_refused_everywhere(bench: Bench) {
    let desk = || desk_router(&bench.site, own_routes());
    let multipart = "--b\r\nContent-Disposition: form-data; name=\"login\"\r\n\r\na\0b\r\n--b--\r\n";
    let sent = [
        form("login=a%00b&password=x", "application/x-www-form-urlencoded"),
        form("login=a&password=%00", "application/x-www-form-urlencoded"),
        form("login=a&%00=x", "application/x-www-form-urlencoded"),
        form(multipart, "multipart/form-data; boundary=b"),
    ];
    for request in sent {
        let (status, page) = answer(desk(), request).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("空字符"), "{page}");
    }
    assert_eq!(
        bench.number("SELECT count(*) FROM throttle", []).await,
        0,
        "nothing of it reached the database"
    );
}

async fn what_is_too_large_is_refused_with_a_sentence(bench: Bench) {
    let desk = desk_router(&bench.site, own_routes());
    let body = vec![b'a'; kit::web::LARGEST_REQUEST + 1];
    let (status, page) = answer(desk, form(body, "application/x-www-form-urlencoded")).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(page.contains("50 MB"), "{page}");
}

async fn health_is_told(bench: Bench) {
    for router in [
        public_router(&bench.site, own_routes()),
        desk_router(&bench.site, own_routes()),
    ] {
        let (status, word) = answer(router, Request::get("/healthz").body(Body::empty()).unwrap()).await;
        assert_eq!((status, word.as_str()), (StatusCode::OK, "ok\n"));
    }
}
