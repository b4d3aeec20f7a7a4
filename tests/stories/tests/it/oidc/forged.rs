//! An identity provider that says whatever a story wants, signed with whatever key.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use http::{StatusCode, header};
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreHmacKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKeyId, PkceCodeChallenge, PkceCodeVerifier, PrivateSigningKey};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::peer::SECRET;

/// What is answered to one kind of question.
#[derive(Clone)]
pub struct Reply {
    status: StatusCode,
    body: String,
}

impl Reply {
    /// A reply that calls itself JSON, whatever it is.
    pub fn of(status: u16, body: &str) -> Reply {
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            body: body.into(),
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        (self.status, [(header::CONTENT_TYPE, "application/json")], self.body).into_response()
    }
}

/// An identity before it is signed.
pub struct Signed {
    pub header: Value,
    pub claims: Value,
    /// Which key signs, whatever the header says.
    pub seed: u8,
}

impl Signed {
    /// Signs with this key, under its name.
    pub fn sign_with(&mut self, seed: u8) {
        self.seed = seed;
        self.header["kid"] = json!(name_of(seed));
    }

    /// Says that there is no signature.
    pub fn unsign(&mut self) {
        self.header = json!({ "alg": "none" });
    }

    fn written(&self) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = match self.header["alg"].as_str() {
            Some("none") => Vec::new(),
            Some("HS256") => CoreHmacKey::new(SECRET)
                .sign(&CoreJwsSigningAlgorithm::HmacSha256, text.as_bytes())
                .unwrap(),
            _ => key(self.seed)
                .sign(&CoreJwsSigningAlgorithm::EdDsa, text.as_bytes())
                .unwrap(),
        };
        format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

fn name_of(seed: u8) -> String {
    format!("key-{seed}")
}

/// An Ed25519 key that is the same every time; its seed is this byte, repeated.
fn key(seed: u8) -> CoreEdDsaPrivateSigningKey {
    const HEAD: [u8; 16] = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
    let der = [&HEAD[..], &[seed; 32]].concat();
    let kind = "PRIVATE KEY";
    let pem = format!(
        "-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n",
        BASE64_STANDARD.encode(der)
    );
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new(name_of(seed)))).unwrap()
}

struct Said {
    issuer: String,
    description: Option<Reply>,
    key: u8,
    answer: Reply,
    challenge: Option<String>,
    asked: usize,
}

/// The provider; it serves until it is stopped or the story ends.
pub struct Forged {
    /// What it calls itself.
    pub issuer: String,
    said: Arc<Mutex<Said>>,
    served: JoinHandle<()>,
}

impl Forged {
    /// Starts it with key 1.
    pub async fn start() -> Forged {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let said = Arc::new(Mutex::new(Said {
            issuer: issuer.clone(),
            description: None,
            key: 1,
            answer: Reply::of(400, r#"{"error":"invalid_grant"}"#),
            challenge: None,
            asked: 0,
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(said.clone());
        let served = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Forged { issuer, said, served }
    }

    /// The identity that would be right for what was asked.
    pub fn right_answer(&self, now: DateTime<Utc>, asked: &HashMap<String, String>) -> Signed {
        Signed {
            header: json!({ "alg": "EdDSA", "kid": name_of(1) }),
            claims: json!({
                "iss": self.issuer,
                "aud": asked["client_id"],
                "sub": "someone",
                "nonce": asked["nonce"],
                "iat": now.timestamp(),
                "exp": now.timestamp() + 300,
            }),
            seed: 1,
        }
    }

    /// Gives out this identity to whoever redeems the code with the right secrets.
    pub fn says(&self, signed: Signed, asked: &HashMap<String, String>) {
        let answer = json!({ "access_token": "a-token", "token_type": "Bearer", "id_token": signed.written() });
        self.answers(Reply::of(200, &answer.to_string()));
        self.said.lock().unwrap().challenge = Some(asked["code_challenge"].clone());
    }

    /// Gives this to whoever redeems a code.
    pub fn answers(&self, reply: Reply) {
        let mut said = self.said.lock().unwrap();
        said.answer = reply;
        said.challenge = None;
    }

    /// Says this of itself instead of what is right.
    pub fn describes_itself(&self, reply: Option<Reply>) {
        self.said.lock().unwrap().description = reply;
    }

    /// What it would say of itself under another name.
    pub fn description(&self, issuer: &str) -> Reply {
        Reply::of(200, &description(&self.issuer, issuer).to_string())
    }

    /// From now on its only key is this one.
    pub fn has_key(&self, seed: u8) {
        self.said.lock().unwrap().key = seed;
    }

    /// How often it was asked anything.
    pub fn asked(&self) -> usize {
        self.said.lock().unwrap().asked
    }

    /// Nobody listens any more.
    pub async fn stop(self) {
        self.served.abort();
        let _ = self.served.await;
    }
}

fn description(base: &str, issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{base}/entry"),
        "token_endpoint": format!("{base}/token"),
        "jwks_uri": format!("{base}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
    })
}

async fn describe(State(said): State<Arc<Mutex<Said>>>) -> Reply {
    let mut said = said.lock().unwrap();
    said.asked += 1;
    let right = description(&said.issuer, &said.issuer);
    said.description
        .clone()
        .unwrap_or_else(|| Reply::of(200, &right.to_string()))
}

async fn keys(State(said): State<Arc<Mutex<Said>>>) -> Reply {
    let mut said = said.lock().unwrap();
    said.asked += 1;
    let key = key(said.key).as_verification_key();
    Reply::of(200, &json!({ "keys": [key] }).to_string())
}

/// A code is redeemed by the client's secret and by the verifier whose challenge came with the question.
async fn token(State(said): State<Arc<Mutex<Said>>>, headers: http::HeaderMap, body: String) -> Reply {
    let mut said = said.lock().unwrap();
    said.asked += 1;
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("gongkai:{SECRET}")));
    let sent: HashMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let names: BTreeSet<&str> = sent.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        BTreeSet::from(["code", "code_verifier", "grant_type", "redirect_uri"])
    );
    assert_eq!(headers[header::AUTHORIZATION], basic);
    if let Some(challenge) = &said.challenge {
        let verifier = PkceCodeVerifier::new(sent["code_verifier"].clone());
        let expected = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        if expected.as_str() != challenge {
            return Reply::of(400, r#"{"error":"invalid_grant"}"#);
        }
    }
    said.answer.clone()
}
