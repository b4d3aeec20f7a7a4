//! Mail over SMTP.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use lettre::address::Envelope;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use lettre::transport::smtp::{AsyncSmtpTransportBuilder, PoolConfig};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use super::deliver::{Letter, Outcome};
use super::settings::{MailSettings, Security};
use super::template::html;
use super::token;
use crate::error::{Error, Result};

/// Connections kept open; as many as messages are sent at once.
const CONNECTIONS: u32 = 8;
/// How long connecting may take.
const LONGEST_CONNECT: Duration = Duration::from_secs(20);
/// Seconds for which a connection is kept without use; servers close theirs after a few minutes.
const IDLE_SECONDS: u64 = 30;
/// Answers to signing in that say nothing about the message: wrong password, encryption required and the like.
const SIGN_IN_CODES: [u16; 5] = [530, 532, 534, 535, 538];
/// Signs of a local part for returned mail: with a token it must not pass 64.
const LONGEST_BOUNCES: usize = 64 - 1 - token::LENGTH;

type Transport = AsyncSmtpTransport<Tokio1Executor>;
type Answer = Result<Response, lettre::transport::smtp::Error>;

/// The way to the mail server.
pub(super) struct Mail {
    connections: Arc<Connections>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    bounces: Option<Address>,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").finish_non_exhaustive()
    }
}

impl Mail {
    pub(super) fn new(settings: MailSettings) -> Result<Mail> {
        let bounces = match settings.bounces.trim() {
            "" => None,
            text => Some(address("mail.bounces", text)?),
        };
        if bounces.as_ref().is_some_and(|a| a.user().len() > LONGEST_BOUNCES) {
            return Err(Error::refused(
                format!("配置 mail.bounces 的邮箱名太长，最多 {LONGEST_BOUNCES} 个字母"),
                "请换一个短的，例如 bounces@example.gov.cn",
            ));
        }
        let from = mailbox("mail.from", &settings.from)?;
        let reply_to = match settings.reply_to.trim() {
            "" => None,
            text => Some(mailbox("mail.reply_to", text)?),
        };
        Ok(Mail {
            connections: Arc::new(Connections::new(&settings, from.email.domain())?),
            from,
            reply_to,
            bounces,
        })
    }

    /// Hands a letter to the server.
    pub(super) async fn send(&self, letter: &Letter) -> Outcome {
        let (envelope, bytes) = match self.write(letter) {
            Ok(message) => (message.envelope().clone(), message.formatted()),
            Err(outcome) => return outcome,
        };
        let again = |why: &str| Outcome::Again {
            why: why.into(),
            answer: String::new(),
        };
        let connections = self.connections.clone();
        // A task of its own: whoever waits for it may be stopped, but the exchange with the server is not cut in the middle.
        let exchange = tokio::spawn(async move { connections.exchange(&envelope, &bytes).await });
        match exchange.await {
            Ok(Some(Ok(answer))) => Outcome::Sent {
                answer: answer.message().collect::<Vec<_>>().join("\n"),
            },
            Ok(Some(Err(error))) => failed(&error, !letter.to.expose().is_ascii()),
            Ok(None) => again("邮件服务器没有及时回答"),
            Err(_) => again("发送邮件时程序内部出错"),
        }
    }

    fn write(&self, letter: &Letter) -> Result<Message, Outcome> {
        let refused = |why: &str| Outcome::Refused {
            why: why.into(),
            answer: String::new(),
        };
        let to: Address = letter.to.expose().parse().map_err(|_| refused("收件邮箱的写法不对"))?;
        let sender = match &self.bounces {
            None => self.from.email.clone(),
            Some(bounces) => Address::new(format!("{}+{}", bounces.user(), letter.token), bounces.domain())
                .map_err(|_| refused("退信地址的写法不对，请检查配置 mail.bounces"))?,
        };
        let envelope = Envelope::new(Some(sender), vec![to.clone()]).map_err(|_| refused("收件邮箱的写法不对"))?;
        let mut message = Message::builder()
            .message_id(Some(format!("<{}@{}>", letter.token, self.from.email.domain())))
            .date(SystemTime::from(letter.at))
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject.expose().as_str())
            .envelope(envelope);
        if let Some(reply_to) = &self.reply_to {
            message = message.reply_to(reply_to.clone());
        }
        let (text, page) = (letter.text.expose().clone(), html(letter.text.expose()));
        message
            // Programs that answer by themselves leave such mail alone.
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(text, page))
            .map_err(|_| refused("邮件写不成，请把这条消息的编号告诉维护人员"))
    }
}

/// Connections to the server, kept for the next mail.
struct Connections {
    builder: AsyncSmtpTransportBuilder,
    transport: Mutex<Transport>,
    longest: Duration,
}

impl Connections {
    fn new(settings: &MailSettings, own_domain: &str) -> Result<Connections> {
        let builder = builder(settings, own_domain)?;
        Ok(Connections {
            transport: Mutex::new(builder.clone().build()),
            longest: settings.timeout,
            builder,
        })
    }

    /// Hands one mail over; none when the server has not answered in time.
    ///
    /// A connection on which an answer is still due must not be used again: the late answer would be taken for that to the
    /// next mail. The library would keep it, so all connections of its pool are given up before the exchange is dropped.
    async fn exchange(&self, envelope: &Envelope, bytes: &[u8]) -> Option<Answer> {
        let transport = self.transport.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let exchange = transport.send_raw(envelope, bytes);
        tokio::pin!(exchange);
        if let Ok(answer) = tokio::time::timeout(self.longest, &mut exchange).await {
            return Some(answer);
        }
        *self.transport.lock().unwrap_or_else(PoisonError::into_inner) = self.builder.clone().build();
        transport.shutdown().await;
        None
    }
}

/// RFC 3834.
#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".into())
    }
}

fn builder(settings: &MailSettings, own_domain: &str) -> Result<AsyncSmtpTransportBuilder> {
    let host = settings.host.trim();
    let tls = || tls(settings, host);
    let security = match settings.security {
        Security::StartTls => Tls::Required(tls()?),
        Security::Tls => Tls::Wrapper(tls()?),
        Security::Plain if is_own_machine(host) => Tls::None,
        Security::Plain => {
            return Err(Error::refused(
                format!("配置 mail.security 写的是不加密，而邮件服务器 {host} 不在本机"),
                "请改成 starttls 或 tls；只有本机的邮件服务器可以不加密",
            ));
        }
    };
    let mut builder = Transport::builder_dangerous(host)
        .port(settings.port)
        .tls(security)
        .timeout(Some(settings.timeout.min(LONGEST_CONNECT)))
        .hello_name(ClientId::Domain(own_domain.to_string()))
        .pool_config(
            PoolConfig::new()
                .max_size(CONNECTIONS)
                .idle_timeout(Duration::from_secs(IDLE_SECONDS)),
        );
    if !settings.user.is_empty() {
        let password = settings.password.expose().clone();
        builder = builder.credentials(Credentials::new(settings.user.clone(), password));
    }
    Ok(builder)
}

fn tls(settings: &MailSettings, host: &str) -> Result<TlsParameters> {
    let unusable = |_| {
        Error::refused(
            "配置 mail.certificate 的证书用不了",
            "请给出 PEM 格式的根证书文件；用公共证书的邮件服务器不必填写",
        )
    };
    let mut builder = TlsParameters::builder(host.to_string());
    if let Some(pem) = &settings.certificate {
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(unusable)?);
    }
    builder.build().map_err(unusable)
}

fn is_own_machine(host: &str) -> bool {
    let ip: Result<std::net::IpAddr, _> = host.trim_matches(['[', ']']).parse();
    host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}

fn mailbox(setting: &str, text: &str) -> Result<Mailbox> {
    text.trim().parse().map_err(|_| not_an_address(setting))
}

fn address(setting: &str, text: &str) -> Result<Address> {
    text.parse().map_err(|_| not_an_address(setting))
}

fn not_an_address(setting: &str) -> Error {
    Error::refused(
        format!("配置 {setting} 不是邮箱"),
        "请写成 zwgk@example.gov.cn 的样子，前面可以有名称：某区政务公开 <zwgk@example.gov.cn>",
    )
}

/// What an error means for the message. The server's own words may quote the address, so only its code is told; the words
/// are kept sealed.
fn failed(error: &lettre::transport::smtp::Error, is_non_ascii: bool) -> Outcome {
    let answer = source_words(error);
    let code = error.status().map(u16::from);
    let again = |why: String| Outcome::Again {
        why,
        answer: answer.clone(),
    };
    match code {
        Some(code) if SIGN_IN_CODES.contains(&code) => again(format!(
            "邮件服务器不接受本系统登录（{code}），请检查配置 mail 的用户名和口令"
        )),
        Some(code) if error.is_permanent() => Outcome::Refused {
            why: format!("邮件服务器拒收（{code}）"),
            answer,
        },
        Some(code) => again(format!("邮件服务器暂时不收（{code}）")),
        None if is_non_ascii && error.is_client() => Outcome::Refused {
            why: "邮件服务器不支持带汉字等非拉丁字母的邮箱".into(),
            answer,
        },
        None if is_about_tls(error) => again("与邮件服务器建立加密连接失败，请检查证书和配置 mail.security".into()),
        None if error.is_client() => again("邮件服务器不支持配置里要求的加密或登录方式".into()),
        None if error.is_timeout() => again("邮件服务器没有及时回答".into()),
        None => again("连接不上邮件服务器，或连接中断".into()),
    }
}

/// Whether the encryption failed: a refused certificate comes as an error of input or output that says the data are bad.
fn is_about_tls(error: &lettre::transport::smtp::Error) -> bool {
    use std::error::Error as _;
    let mut source = error.source();
    while let Some(inner) = source {
        let io = inner.downcast_ref::<std::io::Error>();
        if io.is_some_and(|e| e.kind() == std::io::ErrorKind::InvalidData) {
            return true;
        }
        source = inner.source();
    }
    error.is_tls()
}

fn source_words(error: &lettre::transport::smtp::Error) -> String {
    error.to_string().chars().take(1000).collect()
}
