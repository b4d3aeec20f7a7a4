//! Certificates of the configured addresses, as the proxy on this machine shows them. Nothing is asked of another machine.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use kit::clock::spoken_date;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use url::Url;

use super::Finding;
use crate::config::Config;

const CHECK: &str = "证书";
const PATIENCE: Duration = Duration::from_secs(3);
/// Days before its end from which a certificate is worth a word, and from which it is wrong to wait.
const SOON_DAYS: i64 = 30;
const URGENT_DAYS: i64 = 7;

pub(super) async fn examine(config: &Config, now: DateTime<Utc>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for address in [&config.site.public_url, &config.site.desk_url] {
        let Some(url) = Url::parse(address).ok().filter(|url| url.scheme() == "https") else {
            continue;
        };
        if let Some(host) = url.host_str() {
            findings.push(of_host(host, url.port_or_known_default().unwrap_or(443), now).await);
        }
    }
    findings
}

async fn of_host(host: &str, port: u16, now: DateTime<Utc>) -> Finding {
    let here = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    match tokio::time::timeout(PATIENCE, shown(here, host)).await {
        Ok(Some(certificate)) => judged(host, &certificate, now),
        _ => Finding::unchecked(
            CHECK,
            format!("{host} 的代理不在本机的 {port} 端口上，证书请在代理那台机器上检查"),
        ),
    }
}

fn judged(host: &str, certificate: &[u8], now: DateTime<Utc>) -> Finding {
    let ends_at = x509_parser::parse_x509_certificate(certificate)
        .ok()
        .and_then(|(_, parsed)| DateTime::from_timestamp(parsed.validity().not_after.timestamp(), 0));
    let Some(ends_at) = ends_at else {
        return Finding::unchecked(CHECK, format!("{host} 的证书读不懂"));
    };
    let said = format!("{host} 的证书到 {} 为止", spoken_date(kit::clock::civil_date(ends_at)));
    match (ends_at - now).num_days() {
        _ if ends_at < now => Finding::wrong(CHECK, format!("{said}，已经过期"), "请立即在代理上换新证书"),
        left if left < URGENT_DAYS => {
            Finding::wrong(CHECK, format!("{said}，只剩 {left} 天"), "请立即在代理上换新证书")
        }
        left if left < SOON_DAYS => Finding::note(CHECK, format!("{said}，还剩 {left} 天"), "请安排换新证书"),
        _ => Finding::good(CHECK, said),
    }
}

/// The certificate that this machine shows for a host name; none when it speaks no TLS.
async fn shown(here: SocketAddr, host: &str) -> Option<Vec<u8>> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_string()).ok()?;
    let socket = TcpStream::connect(here).await.ok()?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await.ok()?;
    let (_, session) = stream.get_ref();
    Some(session.peer_certificates()?.first()?.as_ref().to_vec())
}

/// Takes any certificate: it is only looked at, nothing is sent, and one that has expired must be seen as well.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
