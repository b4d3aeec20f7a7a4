//! What a message is: its way, its state, what is to be sent.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::Template;
use crate::seal::Sealed;

/// By which way a message goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// 电子邮件.
    Mail,
    /// 短信.
    Sms,
}

impl Channel {
    /// Both.
    pub const ALL: [Channel; 2] = [Channel::Mail, Channel::Sms];

    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Channel::Mail => "mail",
            Channel::Sms => "sms",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Channel::Mail => "邮件",
            Channel::Sms => "短信",
        }
    }

    /// What people call an address of it.
    pub fn address_name(self) -> &'static str {
        match self {
            Channel::Mail => "邮箱",
            Channel::Sms => "手机号",
        }
    }

    /// Why messages of it wait while the configuration names no server for it.
    pub fn unconfigured(self) -> &'static str {
        match self {
            Channel::Mail => "未配置发信",
            Channel::Sms => "未配置短信",
        }
    }

    /// The channel of this stored name.
    pub fn of(id: &str) -> Option<Channel> {
        Channel::ALL.into_iter().find(|channel| channel.id() == id)
    }
}

/// What has become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// 待发送.
    Waiting,
    /// 已发出: the server has taken it over.
    Sent,
    /// 被拒收: the server has said that it never will.
    Refused,
    /// 被退回: taken over and returned later.
    Bounced,
    /// 已放弃: by the program after some days, or by somebody with a reason.
    GivenUp,
    /// 已取消: by the capability that sent it, before it went out.
    Cancelled,
}

impl State {
    /// All of them, in the order in which they are shown.
    pub const ALL: [State; 6] = [
        State::Waiting,
        State::Refused,
        State::Bounced,
        State::GivenUp,
        State::Sent,
        State::Cancelled,
    ];

    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Sent => "sent",
            State::Refused => "refused",
            State::Bounced => "bounced",
            State::GivenUp => "given_up",
            State::Cancelled => "cancelled",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            State::Waiting => "待发送",
            State::Sent => "已发出",
            State::Refused => "被拒收",
            State::Bounced => "被退回",
            State::GivenUp => "已放弃",
            State::Cancelled => "已取消",
        }
    }

    /// The state of this stored name.
    pub fn of(id: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.id() == id)
    }
}

/// A message to be sent.
#[derive(Debug)]
pub struct New<'a> {
    /// By which way.
    pub channel: Channel,
    /// To whom: an address as [`super::address::normal`] writes it.
    pub to: &'a Sealed<String>,
    /// What it says.
    pub template: &'static Template,
    /// What stands in its gaps.
    pub values: &'a Values,
    /// What makes it this message and no other: a second one of the channel with the same key is not sent.
    pub key: String,
    /// What it is about: the kind of thing and which one.
    pub about: Option<(&'static str, Uuid)>,
}

/// Values for the gaps of a template, by name. They may be personal data or secrets: nothing prints them, and they are
/// wiped from memory.
#[derive(Default)]
pub struct Values(Vec<(&'static str, Zeroizing<String>)>);

impl Values {
    /// None yet.
    pub fn new() -> Values {
        Values::default()
    }

    /// With one more.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Values {
        self.0.push((name, Zeroizing::new(value.into())));
        self
    }

    /// The value of this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}
