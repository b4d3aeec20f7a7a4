//! Speaking with the identity provider: what it says of itself, where it is entered, and what its answer is worth.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::Duration;
use http::{Request, StatusCode, header};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenVerifier,
    CoreJwsSigningAlgorithm as Algorithm, CoreProviderMetadata, CoreTokenResponse,
};
use openidconnect::{
    AccessToken, AsyncHttpClient, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, DiscoveryError, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl,
    Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    SignatureVerificationError, TokenResponse,
};
use serde_json::Value;
use url::Url;

use super::SingleSignOn;
use crate::error::{Error, Result};
use crate::outgoing::Outgoing;
use crate::seal::Sealed;
use crate::site::Site;

/// What the provider says of itself, its keys among it, is asked for again after so many minutes.
const KNOWN_MINUTES: i64 = 60;
/// The largest answer of a provider.
const LARGEST_ANSWER: usize = 512 * 1024;
/// The provider's clock and ours may differ by so much.
const CLOCKS_DIFFER_SECONDS: i64 = 120;
/// The longest subject, by the standard.
pub(super) const LONGEST_SUBJECT: usize = 255;
/// How an answer may be signed: by a key of which the provider keeps one half to itself. Never by the shared secret,
/// and never not at all.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// The secrets of one sign-in.
pub(super) struct Secrets {
    /// What the answer must carry.
    pub nonce: Sealed<String>,
    /// What redeems the code.
    pub verifier: Sealed<String>,
}

/// What the provider said of somebody, verified.
pub(super) struct Identity {
    /// Who, at this provider.
    pub subject: String,
    claims: Value,
    access_token: AccessToken,
    userinfo: Option<Url>,
}

/// The provider cannot be used at present.
fn away(reason: &str) -> Error {
    Error::refused(
        format!("统一身份认证暂时用不了：{reason}"),
        "请稍后再试，或用登录名和口令登录；一直不行的，请告诉系统管理员",
    )
}

/// The provider's answer is not believed. The reason goes to the log; it names no person.
fn not_believed(reason: &str) -> Error {
    tracing::warn!(reason, "an answer of the identity provider was not believed");
    Error::refused(
        "统一身份认证的回答没有通过核对，没有登录",
        "请重新登录一次；仍不行的，请告诉系统管理员，并先用登录名和口令登录",
    )
}

fn not_reached(error: &Error) -> Error {
    tracing::warn!(%error, "the identity provider cannot be reached");
    match error {
        Error::Unreachable(what) => away(what),
        _ => away("按配置不允许访问它的地址"),
    }
}

/// The guarded client as the library takes it. A provider under HTTPS is never asked anything without.
struct Http<'a> {
    outgoing: &'a Outgoing,
    is_secure: bool,
}

impl<'a> Http<'a> {
    fn of(site: &'a Site, sso: &SingleSignOn) -> Http<'a> {
        Http {
            outgoing: &site.outgoing,
            is_secure: sso.settings.issuer.starts_with("https://"),
        }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse> {
        if self.is_secure && request.uri().scheme_str() != Some("https") {
            return Err(Error::Unreachable("它的一个网址没有用 HTTPS".into()));
        }
        let answer = self.outgoing.send(request).await?;
        if answer.body().len() > LARGEST_ANSWER {
            return Err(Error::Unreachable("它的回答太长".into()));
        }
        Ok(answer)
    }
}

impl<'c> AsyncHttpClient<'c> for Http<'_> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// What the provider says of itself: as it was known lately, or asked now.
async fn known(site: &Site, sso: &SingleSignOn) -> Result<Arc<CoreProviderMetadata>> {
    let oldest = site.clock.now() - Duration::minutes(KNOWN_MINUTES);
    let kept = sso.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match kept.filter(|(at, _)| *at > oldest) {
        Some((_, metadata)) => Ok(metadata),
        None => asked_anew(site, sso).await,
    }
}

async fn asked_anew(site: &Site, sso: &SingleSignOn) -> Result<Arc<CoreProviderMetadata>> {
    let issuer = issuer(sso)?;
    let found = CoreProviderMetadata::discover_async(issuer, &Http::of(site, sso)).await;
    let metadata = Arc::new(found.map_err(not_discovered)?);
    let entry = metadata.authorization_endpoint().url().scheme();
    if entry != "https" && (entry != "http" || sso.settings.issuer.starts_with("https://")) {
        return Err(away("它的登录页面没有用 HTTPS"));
    }
    let mut known = sso.known.lock().unwrap_or_else(PoisonError::into_inner);
    *known = Some((site.clock.now(), metadata.clone()));
    Ok(metadata)
}

fn not_discovered(error: DiscoveryError<Error>) -> Error {
    match error {
        DiscoveryError::Request(error) => not_reached(&error),
        DiscoveryError::Validation(_) => {
            tracing::warn!("the identity provider calls itself by another issuer than the configuration");
            Error::refused(
                "统一身份认证自称的地址和本系统配置的不一样，没有登录",
                "请告诉系统管理员核对配置 oidc.issuer，并先用登录名和口令登录",
            )
        }
        DiscoveryError::Response(status, ..) => {
            tracing::warn!(%status, "the identity provider does not say what it is");
            away("它没有给出自己的说明")
        }
        _ => {
            tracing::warn!("what the identity provider says of itself cannot be read");
            away("它的回答看不懂")
        }
    }
}

fn issuer(sso: &SingleSignOn) -> Result<IssuerUrl> {
    IssuerUrl::new(sso.settings.issuer.clone()).map_err(|_| Error::Internal("oidc.issuer is no address".into()))
}

fn client(site: &Site, sso: &SingleSignOn, metadata: &CoreProviderMetadata) -> Result<Client> {
    let back = format!("{}/sign-in/oidc/return", site.profile.desk_url);
    let back = RedirectUrl::new(back).map_err(|_| Error::Internal("the desk's address is none".into()))?;
    let secret = sso.settings.client_secret.as_ref();
    let secret = secret.map(|secret| ClientSecret::new(secret.expose().clone()));
    let methods = metadata.token_endpoint_auth_methods_supported();
    let takes = |method| methods.is_none_or(|all| all.contains(&method));
    let how = match takes(CoreClientAuthMethod::ClientSecretBasic) {
        true => AuthType::BasicAuth,
        false => AuthType::RequestBody,
    };
    let id = ClientId::new(sso.settings.client_id.clone());
    Ok(CoreClient::from_provider_metadata(metadata.clone(), id, secret)
        .set_auth_type(how)
        .set_redirect_uri(back))
}

/// The provider's page on which somebody signs in, for this state and these secrets.
pub(super) async fn entry(site: &Site, sso: &SingleSignOn, state: &str, secrets: &Secrets) -> Result<Url> {
    let client = client(site, sso, &*known(site, sso).await?)?;
    let verifier = PkceCodeVerifier::new(secrets.verifier.expose().clone());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
    let (state, nonce) = (state.to_string(), secrets.nonce.expose().clone());
    let asked = client.authorize_url(
        CoreAuthenticationFlow::AuthorizationCode,
        move || CsrfToken::new(state),
        move || Nonce::new(nonce),
    );
    let (address, ..) = asked
        .add_scope(Scope::new("profile".into()))
        .set_pkce_challenge(challenge)
        .url();
    Ok(address)
}

/// Redeems a code and verifies what comes for it.
pub(super) async fn identity(site: &Site, sso: &SingleSignOn, code: String, secrets: Secrets) -> Result<Identity> {
    let metadata = known(site, sso).await?;
    let answer = redeemed(site, sso, &metadata, code, &secrets).await?;
    let Some(token) = answer.id_token() else {
        return Err(not_believed("no identity in the answer"));
    };
    let nonce = Nonce::new(secrets.nonce.expose().clone());
    let subject = match verified(site, sso, &metadata, token, &nonce) {
        // It may have begun to sign with another key since we asked.
        Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)) => {
            let metadata = asked_anew(site, sso).await?;
            verified(site, sso, &metadata, token, &nonce)
        }
        other => other,
    }
    .map_err(|error| not_believed(kind_of(&error)))?;
    if subject.is_empty() || subject.chars().count() > LONGEST_SUBJECT || subject.chars().any(char::is_control) {
        return Err(not_believed("subject"));
    }
    Ok(Identity {
        subject,
        claims: claims_of(token).ok_or_else(|| not_believed("claims"))?,
        access_token: answer.access_token().clone(),
        userinfo: metadata.userinfo_endpoint().map(|endpoint| endpoint.url().clone()),
    })
}

async fn redeemed(
    site: &Site,
    sso: &SingleSignOn,
    metadata: &CoreProviderMetadata,
    code: String,
    secrets: &Secrets,
) -> Result<CoreTokenResponse> {
    let client = client(site, sso, metadata)?;
    let asked = client
        .exchange_code(AuthorizationCode::new(code))
        .map_err(|_| away("它没有给出换取身份的网址"))?
        .set_pkce_verifier(PkceCodeVerifier::new(secrets.verifier.expose().clone()));
    let answer = asked.request_async(&Http::of(site, sso)).await;
    answer.map_err(|error| match error {
        RequestTokenError::Request(error) => not_reached(&error),
        RequestTokenError::ServerResponse(said) => {
            tracing::warn!(error = %said.error(), "the identity provider refused a code");
            not_believed("code refused")
        }
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => not_believed("answer cannot be read"),
    })
}

fn verified(
    site: &Site,
    sso: &SingleSignOn,
    metadata: &CoreProviderMetadata,
    token: &CoreIdToken,
    nonce: &Nonce,
) -> Result<String, ClaimsVerificationError> {
    let (now, differ) = (site.clock.now(), Duration::seconds(CLOCKS_DIFFER_SECONDS));
    let id = ClientId::new(sso.settings.client_id.clone());
    let verifier = CoreIdTokenVerifier::new_public_client(id, metadata.issuer().clone(), metadata.jwks().clone())
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || now - differ)
        .set_issue_time_verifier_fn(move |at| match at <= now + differ {
            true => Ok(()),
            false => Err("issued in the future".into()),
        });
    Ok(token.claims(&verifier, nonce)?.subject().as_str().to_string())
}

/// What is wrong with an answer, without what it says.
fn kind_of(error: &ClaimsVerificationError) -> &'static str {
    use SignatureVerificationError as Signature;
    match error {
        ClaimsVerificationError::Expired(_) => "expired",
        ClaimsVerificationError::InvalidAudience(_) => "audience",
        ClaimsVerificationError::InvalidIssuer(_) => "issuer",
        ClaimsVerificationError::InvalidNonce(_) => "nonce",
        ClaimsVerificationError::SignatureVerification(Signature::NoMatchingKey) => "unknown key",
        ClaimsVerificationError::SignatureVerification(Signature::DisallowedAlg(_)) => "algorithm",
        ClaimsVerificationError::SignatureVerification(_) => "signature",
        _ => "claims",
    }
}

/// The claims of a token whose signature has been verified.
fn claims_of(token: &CoreIdToken) -> Option<Value> {
    let written = token.to_string();
    let payload = written.split('.').nth(1)?;
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

impl Identity {
    /// The claim that is compared with sign-in names: from the identity itself or, as most providers keep it, from what
    /// they tell of its holder when asked.
    pub(super) async fn name(&self, site: &Site, sso: &SingleSignOn) -> Result<Option<String>> {
        let claim = sso.settings.name_claim.as_str();
        if let Some(name) = self.claims.get(claim) {
            return Ok(name.as_str().map(String::from));
        }
        let Some(userinfo) = &self.userinfo else {
            return Ok(None);
        };
        let request = Request::get(userinfo.as_str())
            .header(header::ACCEPT, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.access_token.secret()))
            .body(Vec::new())
            .map_err(|_| away("它的网址看不懂"))?;
        let answer = Http::of(site, sso).send(request).await.map_err(|e| not_reached(&e))?;
        let told: Option<Value> = serde_json::from_slice(answer.body()).ok();
        match told.filter(|_| answer.status() == StatusCode::OK) {
            // What it tells must be of the same person.
            Some(told) if told.get("sub").and_then(Value::as_str) == Some(&self.subject) => {
                Ok(told.get(claim).and_then(Value::as_str).map(String::from))
            }
            _ => Err(not_believed("what it tells of the person")),
        }
    }
}
