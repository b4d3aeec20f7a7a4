//! How messages go out here: what the configuration says, checked, and what is made of it.

use std::path::PathBuf;
use std::time::Duration;

use super::mail::Mail;
use super::model::Channel;
use super::sms::Sms;
use super::template::{Template, Templates};
use crate::error::Result;
use crate::seal::Sealed;
use crate::site::Profile;

/// What can be set about messages.
#[derive(Debug)]
pub struct Settings {
    /// The mail server; none: mail waits.
    pub mail: Option<MailSettings>,
    /// The gateway for text messages; none: they wait.
    pub sms: Option<SmsSettings>,
    /// Folder with templates in the place of the program's own.
    pub templates: Option<PathBuf>,
    /// Days after its end at which a message's content is wiped.
    pub keep_days: u32,
    /// Days for which sending is tried.
    pub give_up_days: u32,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            mail: None,
            sms: None,
            templates: None,
            keep_days: 30,
            give_up_days: 3,
        }
    }
}

/// How the connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS after the greeting; nothing is sent without it.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// None: only for a server on this machine.
    Plain,
}

/// A mail server.
#[derive(Debug)]
pub struct MailSettings {
    /// Its name, which its certificate must bear.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Name to sign in with; empty: none.
    pub user: String,
    /// Password to it.
    pub password: Sealed<String>,
    /// Sender, such as `仓山区政务公开 <zwgk@example.gov.cn>`.
    pub from: String,
    /// Where answers go; empty: to the sender.
    pub reply_to: String,
    /// Where returned mail goes, such as `bounces@example.gov.cn`; the server must deliver `bounces+anything` there
    /// too. Empty: to the sender.
    pub bounces: String,
    /// PEM of a certificate to trust beside those of the operating system.
    pub certificate: Option<Vec<u8>>,
    /// How long handing over one mail may take.
    pub timeout: Duration,
}

/// How values are written into the body of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmsFormat {
    /// Inside JSON strings.
    Json,
    /// Inside fields of a form.
    Form,
}

/// A gateway for text messages.
#[derive(Debug)]
pub struct SmsSettings {
    /// Its address; may hold gaps.
    pub url: String,
    /// `POST` or `GET`.
    pub method: String,
    /// Headers; values may hold gaps.
    pub headers: Vec<(String, String)>,
    /// The body with the gaps `{number}`, `{text}`, `{id}` and `{secret}`.
    pub body: String,
    /// How values are written into it.
    pub format: SmsFormat,
    /// The secret, in the gap `{secret}`.
    pub secret: Sealed<String>,
    /// What an answer holds when the message was taken over; white space does not count.
    pub success: String,
    /// What an answer holds when it is worth another try; empty: nothing.
    pub again: String,
    /// Most text messages to one number in an hour.
    pub hourly: u32,
}

/// The ways out of an installation, and what is said on them.
#[derive(Debug)]
pub struct Messages {
    pub(super) mail: Option<Mail>,
    pub(super) sms: Option<Sms>,
    /// Every template, checked.
    pub templates: Templates,
    pub(super) keep_days: i64,
    pub(super) give_up_days: i64,
}

impl Messages {
    /// Checks what was set. Opens no connection; needs the runtime, in which connections are kept.
    ///
    /// # Errors
    /// With a sentence that names the setting or the template.
    pub fn open(settings: Settings, templates: Vec<&'static Template>, profile: &Profile) -> Result<Messages> {
        Ok(Messages {
            mail: settings.mail.map(Mail::new).transpose()?,
            sms: settings.sms.map(Sms::new).transpose()?,
            templates: Templates::load(templates, settings.templates.as_deref(), profile)?,
            keep_days: settings.keep_days.into(),
            give_up_days: settings.give_up_days.into(),
        })
    }

    /// Whether the configuration names a server for this way.
    pub fn has(&self, channel: Channel) -> bool {
        match channel {
            Channel::Mail => self.mail.is_some(),
            Channel::Sms => self.sms.is_some(),
        }
    }
}
