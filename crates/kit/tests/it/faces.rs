//! The way to the two faces: hosts, proxies, framing, slow and greedy senders, headers of answers. Partly over sockets, because
//! what a server makes of broken framing shows only there.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::routing::get;
use http::{Request, StatusCode, header};
use kit::Site;
use kit::capability::{Face, Route};
use kit::permission::Access;
use kit::web::{Edge, Forwarded, Limits, PublicForm, Sender, by_host, desk_router, networks, public_router, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt;

use crate::bench::Bench;

const PUBLIC: &str = "www.example.gov.cn";
const DESK: &str = "desk.example.gov.cn";

fn edge() -> Edge {
    Edge {
        public_hosts: vec![PUBLIC.into()],
        desk_hosts: vec![DESK.into()],
        trusted_proxies: networks(&["10.0.0.0/8".into()]).unwrap(),
        forwarded: Forwarded::XForwardedFor,
        security_contact: "mailto:security@example.gov.cn".into(),
    }
}

async fn site(bench: &Bench, edge: Edge) -> Arc<Site> {
    let mut site = bench.second_process().await;
    site.edge = edge;
    Arc::new(site)
}

async fn who(sender: Sender) -> String {
    sender.0.to_string()
}

async fn echo(PublicForm(form): PublicForm) -> String {
    form.text("words").to_string()
}

fn routes(face: Face) -> Vec<Route> {
    let own = kit::web::own_routes().into_iter();
    let mut routes: Vec<Route> = own.filter(|r| r.face == face).collect();
    match face {
        Face::Public => {
            routes.push(Route::public("/who", get(who)));
            routes.push(Route::public_form("/echo", get(who).post(echo)));
        }
        Face::Desk => routes.push(Route::desk("GET", "/desk-only", Access::Anyone, get(who))),
    }
    routes
}

async fn faces(bench: &Bench) -> (Router, Router) {
    let site = site(bench, edge()).await;
    (
        public_router(&site, routes(Face::Public)),
        desk_router(&site, routes(Face::Desk)),
    )
}

async fn ask(
    router: &Router,
    peer: &str,
    uri: &str,
    headers: &[(&str, &str)],
) -> (StatusCode, http::HeaderMap, String) {
    send(router, peer, Request::get(uri), headers, "").await
}

async fn send(
    router: &Router,
    peer: &str,
    request: http::request::Builder,
    headers: &[(&str, &str)],
    body: &str,
) -> (StatusCode, http::HeaderMap, String) {
    let request = headers.iter().fold(request, |r, (name, value)| r.header(*name, *value));
    let mut request = request.body(Body::from(body.to_string())).unwrap();
    let peer: IpAddr = peer.parse().unwrap();
    request
        .extensions_mut()
        .insert(ConnectInfo(SocketAddr::new(peer, 5000)));
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    (
        parts.status,
        parts.headers,
        String::from_utf8_lossy(&bytes).into_owned(),
    )
}

#[tokio::test]
async fn a_host_that_is_not_ours_is_answered_by_no_page() {
    let bench = Bench::sqlite().await;
    let (public, desk) = faces(&bench).await;
    let good = |host| vec![("host", host)];
    assert_eq!(ask(&public, "192.0.2.7", "/who", &good(PUBLIC)).await.0, StatusCode::OK);
    assert_eq!(
        ask(&desk, "192.0.2.7", "/desk-only", &good(DESK)).await.0,
        StatusCode::OK
    );
    for headers in [
        vec![("host", "evil.example")],
        vec![("host", "www.example.gov.cn.evil.example")],
        vec![("host", "evil.example"), ("x-forwarded-host", PUBLIC)],
        vec![("host", DESK)],
        vec![("host", "127.0.0.1:8080")],
        vec![("host", "localhost")],
        vec![("host", "a@www.example.gov.cn")],
        vec![("host", "")],
        vec![("host", PUBLIC), ("host", "evil.example")],
        vec![("host", PUBLIC), ("host", PUBLIC)],
        vec![],
    ] {
        let (status, _, page) = ask(&public, "192.0.2.7", "/who", &headers).await;
        assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{headers:?}");
        assert!(
            page.contains("这个网址不是本站的网址") && !page.contains("evil.example"),
            "{page}"
        );
        let over_desk = ask(&desk, "192.0.2.7", "/desk-only", &headers).await.0;
        let is_desk = headers == [("host", DESK)];
        assert_eq!(over_desk == StatusCode::OK, is_desk, "{headers:?}");
    }
    let both = ask(&public, "192.0.2.7", "http://evil.example/who", &good(PUBLIC)).await;
    assert_eq!(
        both.0,
        StatusCode::MISDIRECTED_REQUEST,
        "an address that names another host"
    );
    let here = ask(&public, "127.0.0.1", "/who", &good("127.0.0.1:8080")).await;
    assert_eq!(here.0, StatusCode::OK, "from this machine itself");
    let health = ask(&public, "192.0.2.7", "/healthz", &good("10.1.2.3")).await;
    assert_eq!(health.0, StatusCode::OK, "a balancer asks by address");
}

#[tokio::test]
async fn one_listener_tells_the_faces_apart_by_host() {
    let bench = Bench::sqlite().await;
    let (public, desk) = faces(&bench).await;
    let both = by_host(&edge(), public, desk);
    for (host, path, status) in [
        (PUBLIC, "/who", StatusCode::OK),
        (PUBLIC, "/desk-only", StatusCode::NOT_FOUND),
        (PUBLIC, "/sign-in", StatusCode::NOT_FOUND),
        (DESK, "/desk-only", StatusCode::OK),
        (DESK, "/sign-in", StatusCode::OK),
        (DESK, "/who", StatusCode::NOT_FOUND),
        (DESK, "/display", StatusCode::NOT_FOUND),
        ("evil.example", "/who", StatusCode::MISDIRECTED_REQUEST),
        ("127.0.0.1", "/sign-in", StatusCode::MISDIRECTED_REQUEST),
    ] {
        let answer = ask(&both, "192.0.2.7", path, &[("host", host)]).await;
        assert_eq!(answer.0, status, "{host}{path}: {}", answer.2);
    }
    let two = ask(&both, "192.0.2.7", "/sign-in", &[("host", DESK), ("host", PUBLIC)]).await;
    assert_eq!(two.0, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn the_senders_address_is_a_trusted_proxys_word_or_the_peers() {
    let bench = Bench::sqlite().await;
    let (public, _) = faces(&bench).await;
    let host = ("host", PUBLIC);
    let from = async |peer: &str, forwarded: &str| {
        let headers = [host, ("x-forwarded-for", forwarded), ("forwarded", "for=6.6.6.6")];
        ask(&public, peer, "/who", &headers).await.2
    };
    assert_eq!(from("10.0.0.1", "192.0.2.7").await, "192.0.2.7");
    assert_eq!(from("10.0.0.1", "1.1.1.1, 192.0.2.7, 10.9.9.9").await, "192.0.2.7");
    assert_eq!(from("203.0.113.9", "192.0.2.7").await, "203.0.113.9");
    assert_eq!(from("10.0.0.1", "nonsense").await, "10.0.0.1");
}

#[tokio::test]
async fn a_form_comes_from_our_own_pages() {
    let bench = Bench::sqlite().await;
    let (public, _) = faces(&bench).await;
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let post = async |headers: &[(&str, &str)]| {
        let headers = [&[("host", PUBLIC), kind], headers].concat();
        send(&public, "192.0.2.7", Request::post("/echo"), &headers, "words=a")
            .await
            .0
    };
    assert_eq!(post(&[]).await, StatusCode::OK);
    assert_eq!(post(&[("origin", "https://www.example.gov.cn")]).await, StatusCode::OK);
    for wrong in [
        [("origin", "https://evil.example")],
        [("origin", "null")],
        [("origin", "https://desk.example.gov.cn")],
        [("origin", "https://www.example.gov.cn.evil.example")],
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
    ] {
        assert_eq!(post(&wrong).await, StatusCode::FORBIDDEN, "{wrong:?}");
    }
}

#[tokio::test]
async fn an_anonymous_form_is_small_and_without_nul() {
    let bench = Bench::sqlite().await;
    let (public, _) = faces(&bench).await;
    let headers = [("host", PUBLIC), ("content-type", "application/x-www-form-urlencoded")];
    let post = async |body: &str| send(&public, "192.0.2.7", Request::post("/echo"), &headers, body).await;
    let big = post(&format!("words={}", "a".repeat(70_000))).await;
    assert_eq!(big.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(big.2.contains("太长"), "{}", big.2);
    let nul = post("words=a%00b").await;
    assert_eq!(nul.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nul.2.contains("空字符"), "{}", nul.2);
    let odd = post("words=%ff%fe%f0%9f%91%8d&&=&words=2&%zz").await;
    assert_eq!((odd.0, odd.2.as_str()), (StatusCode::OK, "\u{fffd}\u{fffd}👍"));
}

#[tokio::test]
async fn only_three_methods_are_taken_and_none_is_overridden() {
    let bench = Bench::sqlite().await;
    let (public, desk) = faces(&bench).await;
    for method in ["TRACE", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "get"] {
        for (router, host, path) in [
            (&public, PUBLIC, "/who"),
            (&desk, DESK, "/sign-in"),
            (&public, PUBLIC, "/nowhere"),
        ] {
            let request = Request::builder().method(method).uri(path);
            let answer = send(router, "192.0.2.7", request, &[("host", host)], "").await;
            assert_eq!(answer.0, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert_eq!(answer.1[header::ALLOW], "GET, HEAD, POST");
        }
    }
    let headers = [("host", PUBLIC), ("x-http-method-override", "DELETE")];
    assert_eq!(ask(&public, "192.0.2.7", "/who", &headers).await.0, StatusCode::OK);
}

#[tokio::test]
async fn answers_carry_what_protects_their_readers() {
    let bench = Bench::sqlite().await;
    let (public, desk) = faces(&bench).await;
    for (router, host, path) in [
        (&public, PUBLIC, "/who"),
        (&public, PUBLIC, "/nowhere"),
        (&desk, DESK, "/sign-in"),
        (&desk, DESK, "/nowhere"),
        (&desk, "evil.example", "/sign-in"),
    ] {
        let (_, headers, _) = ask(router, "192.0.2.7", path, &[("host", host)]).await;
        let is = |name: &str| {
            headers
                .get(name)
                .map(|v| v.to_str().unwrap().to_string())
                .unwrap_or_default()
        };
        assert_eq!(is("strict-transport-security"), "max-age=31536000", "{path}");
        assert_eq!(is("x-content-type-options"), "nosniff");
        assert_eq!(is("x-frame-options"), "DENY");
        assert_eq!(is("referrer-policy"), "same-origin");
        let policy = is("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert_eq!(policy.contains("script-src"), host != PUBLIC, "{policy}");
        assert_eq!(is("x-robots-tag") == "noindex, nofollow", host != PUBLIC);
        assert!(headers.get("server").is_none() && headers.get("access-control-allow-origin").is_none());
    }
    let mut plain = bench.second_process().await;
    plain.profile.public_url = "http://127.0.0.1:8080".into();
    let plain = public_router(&Arc::new(plain), routes(Face::Public));
    let (_, headers, _) = ask(&plain, "192.0.2.7", "/who", &[]).await;
    assert!(
        headers.get("strict-transport-security").is_none(),
        "nothing is promised that is not there"
    );
}

#[tokio::test]
async fn fixed_names_say_whom_to_tell_and_what_not_to_index() {
    let bench = Bench::sqlite().await;
    let (public, desk) = faces(&bench).await;
    let text = ask(&public, "192.0.2.7", "/.well-known/security.txt", &[("host", PUBLIC)])
        .await
        .2;
    assert_eq!(
        text,
        "Contact: mailto:security@example.gov.cn\nExpires: 2021-11-06T00:00:00Z\nPreferred-Languages: zh\n\
         Canonical: https://www.example.gov.cn/.well-known/security.txt\n"
    );
    let robots = ask(&desk, "192.0.2.7", "/robots.txt", &[("host", DESK)]).await.2;
    assert_eq!(robots, "User-agent: *\nDisallow: /\n");
    let silent = public_router(&site(&bench, Edge::default()).await, routes(Face::Public));
    let nothing = ask(&silent, "192.0.2.7", "/.well-known/security.txt", &[]).await;
    assert_eq!(nothing.0, StatusCode::NOT_FOUND);
}

/// A public face behind a socket, and the switch that stops it.
async fn listening(bench: &Bench, limits: Limits) -> (SocketAddr, watch::Sender<bool>, tokio::task::JoinHandle<()>) {
    let (public, _) = faces(bench).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    (address, stop, tokio::spawn(serve(listener, public, limits, stopped)))
}

/// Everything that comes back for these bytes until the other end closes.
async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The other end may refuse in the middle of what is sent.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn quick() -> Limits {
    Limits {
        head: Duration::from_millis(400),
        ..Limits::default()
    }
}

#[tokio::test]
async fn framing_that_can_be_read_in_two_ways_is_not_read() {
    let bench = Bench::sqlite().await;
    let (address, _stop, _serving) = listening(&bench, quick()).await;
    let smuggled = "GET /who HTTP/1.1\r\nHost: www.example.gov.cn\r\n\r\n";
    let head = "POST /echo HTTP/1.1\r\nHost: www.example.gov.cn\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    for framing in [
        format!("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{smuggled}"),
        format!("Content-Length: 5\r\nContent-Length: 6\r\n\r\nwords{smuggled}"),
        format!("Content-Length: +5\r\n\r\nwords{smuggled}"),
        format!("Content-Length: 5, 6\r\n\r\nwords{smuggled}"),
        format!("Content-Length : 5\r\n\r\nwords{smuggled}"),
        format!("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{smuggled}"),
        format!("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{smuggled}"),
        format!("X: a\r\n folded\r\nContent-Length: 5\r\n\r\nwords{smuggled}"),
        format!("X: a\0b\r\nContent-Length: 5\r\n\r\nwords{smuggled}"),
        format!("Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{smuggled}"),
    ] {
        let answer = raw(address, format!("{head}{framing}").as_bytes()).await;
        let answers = answer.matches("HTTP/1.1 ").count();
        // Where the chunks win over the length (RFC 9112, 6.1), nothing after them is read either.
        let is_closed = !answer.contains("HTTP/1.1 200") || answer.contains("connection: close");
        assert!(answers <= 1 && is_closed, "{framing:?}\n{answer}");
    }
    let good = format!("{head}Content-Length: 7\r\nConnection: close\r\n\r\nwords=a");
    assert!(raw(address, good.as_bytes()).await.ends_with("\r\n\r\na"));
}

#[tokio::test]
async fn heads_are_limited_in_bytes_and_lines() {
    let bench = Bench::sqlite().await;
    let (address, _stop, _serving) = listening(&bench, quick()).await;
    let head = "GET /who HTTP/1.1\r\nHost: www.example.gov.cn\r\n";
    let long = format!("{head}X: {}\r\n\r\n", "a".repeat(40_000));
    assert!(raw(address, long.as_bytes()).await.starts_with("HTTP/1.1 431"));
    let many = format!("{head}{}\r\n", "X: a\r\n".repeat(200));
    assert!(raw(address, many.as_bytes()).await.starts_with("HTTP/1.1 431"));
    let address_line = format!(
        "GET /{} HTTP/1.1\r\nHost: www.example.gov.cn\r\n\r\n",
        "a".repeat(70_000)
    );
    let answer = raw(address, address_line.as_bytes()).await;
    assert!(
        answer.starts_with("HTTP/1.1 414") || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
}

#[tokio::test]
async fn who_is_slow_or_silent_is_cut_off_and_others_are_served() {
    let bench = Bench::sqlite().await;
    let limits = Limits {
        connections: 3,
        ..quick()
    };
    let (address, stop, serving) = listening(&bench, limits).await;
    let mut slow = Vec::new();
    for bytes in [&b""[..], b"GET /who HTTP/1.1\r\nHo", b"POST /echo HT"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        slow.push(stream);
    }
    let good = b"GET /who HTTP/1.1\r\nHost: www.example.gov.cn\r\nConnection: close\r\n\r\n";
    let answer = raw(address, good).await;
    assert!(
        answer.starts_with("HTTP/1.1 200"),
        "served once the slow ones are cut off: {answer}"
    );
    for mut stream in slow {
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        assert!(!String::from_utf8_lossy(&rest).contains(" 200 "));
    }
    stop.send(true).unwrap();
    serving.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
