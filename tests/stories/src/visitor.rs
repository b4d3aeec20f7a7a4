//! Somebody in front of the application: a citizen on the public site, or a person at the desk.

use std::net::SocketAddr;
use std::sync::Mutex;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::response::Response;
use http::{HeaderMap, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use kit::account::Actor;
use tower::ServiceExt;

use crate::page::Page;

/// The status of a request that got no whole answer; the program itself never gives it.
pub const UNANSWERED: StatusCode = StatusCode::BAD_GATEWAY;

const BOUNDARY: &str = "gongkai-story-boundary";

/// Who looks and clicks. Cookies are kept as a browser keeps them.
#[derive(Debug)]
pub struct Visitor {
    router: Router,
    origin: String,
    cookie: Mutex<Option<String>>,
    token: Mutex<Option<String>>,
    /// The account signed in as, when the story made one.
    pub actor: Option<Actor>,
    /// Its sign-in name.
    pub login: String,
}

impl Visitor {
    pub(crate) fn new(router: Router, origin: String) -> Visitor {
        Visitor {
            router,
            origin,
            cookie: Mutex::default(),
            token: Mutex::default(),
            actor: None,
            login: String::new(),
        }
    }

    /// Somebody in front of a face that another process serves at this address. What got no whole answer shows as
    /// [`UNANSWERED`].
    pub fn over(address: SocketAddr, origin: &str) -> Visitor {
        let router = Router::new().fallback(move |request| async move {
            forward(address, request).await.unwrap_or_else(|_| {
                let mut unanswered = Response::new(Body::empty());
                *unanswered.status_mut() = UNANSWERED;
                unanswered
            })
        });
        Visitor::new(router, origin.to_string())
    }

    /// The same person in front of another node: with the same cookie.
    pub async fn at(&self, address: SocketAddr) -> Visitor {
        let other = Visitor::over(address, &self.origin);
        *other.cookie.lock().unwrap() = self.cookie();
        *other.token.lock().unwrap() = self.token.lock().unwrap().clone();
        other
    }

    /// Asks for a page.
    pub async fn get(&self, path: &str) -> Page {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Asks for a page with these headers.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Page {
        let request = headers
            .iter()
            .fold(Request::get(path), |r, (name, value)| r.header(*name, *value));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a form as its page would: with the form token and from the desk's own origin.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.token().await;
        let mut all = vec![("token", token.as_str())];
        all.extend_from_slice(fields);
        self.post(path, &all, &[("origin", &self.origin)]).await
    }

    /// Sends exactly these fields with these headers.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = headers
            .iter()
            .fold(Request::post(path), |r, (name, value)| r.header(*name, *value))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Sends a form with one file, chosen in the field `field`.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], file: (&str, &str, &[u8])) -> Page {
        let token = self.token().await;
        let mut all = vec![("token", token.as_str())];
        all.extend_from_slice(fields);
        let request = Request::post(path).header(header::ORIGIN, &self.origin).header(
            header::CONTENT_TYPE,
            format!("multipart/form-data; boundary={BOUNDARY}"),
        );
        self.send(request.body(Body::from(multipart(&all, file))).unwrap())
            .await
    }

    /// Whatever request, with this visitor's cookies.
    pub async fn send(&self, mut request: Request<Body>) -> Page {
        let asked = format!("{} {}", request.method(), request.uri());
        if let Some(cookie) = self.cookie.lock().unwrap().as_deref() {
            request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
        }
        if !request.headers().contains_key(header::HOST) {
            let host = self.origin.split("://").nth(1).unwrap_or(&self.origin);
            request.headers_mut().insert(header::HOST, host.parse().unwrap());
        }
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        self.keep_cookie(&parts.headers);
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Page {
            status: parts.status,
            headers: parts.headers,
            bytes,
            asked,
        }
    }

    /// Signs in again with the password, as after a night.
    pub async fn sign_in_again(&self) {
        let login = [("login", self.login.as_str()), ("password", crate::PASSWORD)];
        self.post("/sign-in", &login, &[]).await.expect(303);
    }

    /// Follows where an answer leads.
    pub async fn follow(&self, page: Page) -> Page {
        self.get(&page.expect(303).location()).await
    }

    /// The cookie as the browser would send it.
    pub fn cookie(&self) -> Option<String> {
        self.cookie.lock().unwrap().clone()
    }

    /// Puts another cookie in its place, as a thief would.
    pub fn set_cookie(&self, cookie: &str) {
        *self.cookie.lock().unwrap() = Some(cookie.to_string());
    }

    /// Gives it the token of a session, as if a form had been seen.
    pub fn set_token(&self, token: &str) {
        *self.token.lock().unwrap() = Some(token.to_string());
    }

    /// The token that this session's forms carry.
    pub async fn token(&self) -> String {
        let kept = self.token.lock().unwrap().clone();
        if let Some(token) = kept {
            return token;
        }
        let token = self.get("/").await.expect(200).value("token");
        *self.token.lock().unwrap() = Some(token.clone());
        token
    }

    fn keep_cookie(&self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let pair = line.split(';').next().unwrap().trim();
            let name = pair.split('=').next().unwrap();
            let is_gone = line.contains("Max-Age=0") || pair.ends_with('=');
            let mut cookie = self.cookie.lock().unwrap();
            let kept = cookie.take().unwrap_or_default();
            let mut pairs: Vec<&str> = kept.split("; ").filter(|p| !p.is_empty()).collect();
            pairs.retain(|p| p.split('=').next() != Some(name));
            if !is_gone {
                pairs.push(pair);
            }
            *cookie = (!pairs.is_empty()).then(|| pairs.join("; "));
            *self.token.lock().unwrap() = None;
        }
    }
}

/// Sends a request over a connection of its own and takes the whole answer.
async fn forward(address: SocketAddr, mut request: Request<Body>) -> std::io::Result<Response> {
    let broken = std::io::Error::other::<hyper::Error>;
    let stream = tokio::net::TcpStream::connect(address).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    tokio::spawn(connection);
    if !request.headers().contains_key(header::HOST) {
        let host = address.to_string().parse().map_err(std::io::Error::other)?;
        request.headers_mut().insert(header::HOST, host);
    }
    let (parts, body) = sender.send_request(request).await.map_err(broken)?.into_parts();
    let bytes = to_bytes(Body::new(body), usize::MAX)
        .await
        .map_err(std::io::Error::other)?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn multipart(fields: &[(&str, &str)], (field, name, bytes): (&str, &str, &[u8])) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let name = name.replace('"', "%22");
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(bytes);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}
