//! Templates of messages: data of the installation, declared and checked by the program.
//!
//! A template for mail is a file whose first line is `主题：…`, followed by an empty line and the text; one for text
//! messages is the text alone. `{name}` stands for a value. The program brings one of each; a folder of the installation
//! may hold others in their place, which are checked at start against what the template declares.

use std::collections::HashMap;
use std::path::Path;

use super::model::{Channel, Values};
use crate::error::{Error, Result};
use crate::site::Profile;

/// A message the program can send.
#[derive(Debug, PartialEq, Eq)]
pub struct Template {
    /// Stored name, `capability.noun`, which also names its files.
    pub id: &'static str,
    /// What an administrator reads.
    pub name: &'static str,
    /// Its gaps.
    pub variables: &'static [Variable],
    /// Its mail as the program brings it; none when it does not go by mail.
    pub mail: Option<&'static str>,
    /// Its text message; none when it does not go by text message.
    pub sms: Option<&'static str>,
    /// Whether it holds a secret, so that subject and text are wiped as soon as it is sent.
    pub is_secret: bool,
}

/// A gap of a template.
#[derive(Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What stands there in a preview.
    pub sample: &'static str,
    /// Most signs of a value; what is longer is cut.
    pub longest: usize,
    /// What its values are.
    pub kind: Kind,
    /// Whether a template without it would be useless.
    pub required: bool,
}

/// What the values of a gap are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Says nothing about a person or a case: a count, a day.
    Open,
    /// A code that is of use to its receiver only.
    Code,
    /// Personal data, or content of a case: not in a text message.
    Inner,
    /// The same, of several lines.
    Lines,
}

/// Most signs of a text message, which is what one takes in Chinese.
pub const LONGEST_SMS: usize = 70;
const LONGEST_SUBJECT: usize = 120;
const LONGEST_FILE: u64 = 64 * 1024;
const SUBJECT: &str = "主题：";

/// What every template may say without declaring it.
const COMMON: [&str; 2] = ["site", "desk"];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Gap(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Loaded {
    subject: Vec<Piece>,
    text: Vec<Piece>,
    is_own: bool,
}

/// Every template, checked.
#[derive(Debug)]
pub struct Templates {
    known: Vec<&'static Template>,
    loaded: HashMap<(&'static str, Channel), Loaded>,
    site: String,
    desk: String,
}

/// A message with its gaps filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Subject; empty for a text message.
    pub subject: String,
    /// Text.
    pub text: String,
}

impl Templates {
    /// Reads and checks every template, with those of `folder` in the place of the program's own.
    ///
    /// # Errors
    /// With a sentence that names the file and what is wrong in it.
    pub fn load(known: Vec<&'static Template>, folder: Option<&Path>, profile: &Profile) -> Result<Templates> {
        let mut templates = Templates {
            known,
            loaded: HashMap::new(),
            site: profile.name.clone(),
            desk: profile.desk_url.clone(),
        };
        let mut own = folder.map(read_folder).transpose()?.unwrap_or_default();
        for template in templates.known.clone() {
            for (channel, given) in [(Channel::Mail, template.mail), (Channel::Sms, template.sms)] {
                let Some(given) = given else { continue };
                let file = format!("{}.{}.txt", template.id, channel.id());
                let own = own.remove(&file);
                let loaded = templates
                    .read(template, channel, own.as_deref().unwrap_or(given))
                    .map_err(|what| Error::refused(format!("消息模板 {file}{what}"), "请改正后重新启动"))?;
                let loaded = Loaded {
                    is_own: own.is_some(),
                    ..loaded
                };
                templates.loaded.insert((template.id, channel), loaded);
            }
        }
        if let Some(file) = own.keys().min() {
            return Err(Error::refused(
                format!("消息模板目录里的 {file} 不是本系统的模板"),
                "请核对文件名（见“发出的消息”里的“消息模板”），或把它移走",
            ));
        }
        Ok(templates)
    }

    fn read(&self, template: &Template, channel: Channel, whole: &str) -> Result<Loaded, String> {
        let whole = whole.replace("\r\n", "\n");
        let (subject, text) = match channel {
            Channel::Sms => ("", whole.trim()),
            Channel::Mail => {
                let (first, text) = whole.split_once('\n').unwrap_or((whole.as_str(), ""));
                let subject = first.strip_prefix(SUBJECT).ok_or("的第一行应以“主题：”开头")?;
                (subject.trim(), text.trim())
            }
        };
        if text.is_empty() || (channel == Channel::Mail && subject.is_empty()) {
            return Err("的主题或正文是空的".into());
        }
        let loaded = Loaded {
            subject: pieces(subject)?,
            text: pieces(text)?,
            is_own: false,
        };
        self.check(template, channel, &loaded)?;
        Ok(loaded)
    }

    fn check(&self, template: &Template, channel: Channel, loaded: &Loaded) -> Result<(), String> {
        let used = loaded
            .subject
            .iter()
            .chain(&loaded.text)
            .filter_map(|piece| match piece {
                Piece::Gap(name) => Some(name.as_str()),
                Piece::Text(_) => None,
            });
        for name in used.clone().filter(|name| !COMMON.contains(name)) {
            let Some(variable) = template.variables.iter().find(|v| v.name == name) else {
                return Err(format!("里的“{{{name}}}”不认识；可用的有 {}", names(template)));
            };
            if channel == Channel::Sms && matches!(variable.kind, Kind::Inner | Kind::Lines) {
                return Err(format!("里不能写“{{{name}}}”：短信不得带个人信息或办件内容"));
            }
        }
        for variable in template.variables.iter().filter(|v| v.required) {
            if !used.clone().any(|name| name == variable.name) {
                return Err(format!("里缺“{{{}}}”，收到的人会没法用", variable.name));
            }
        }
        let longest = self.longest(template, &loaded.text);
        if channel == Channel::Sms && longest > LONGEST_SMS {
            return Err(format!("太长：填好后最长 {longest} 个字，短信最多 {LONGEST_SMS} 个字"));
        }
        Ok(())
    }

    fn longest(&self, template: &Template, pieces: &[Piece]) -> usize {
        let sizes = pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.chars().count(),
            Piece::Gap(name) => match template.variables.iter().find(|v| v.name == name) {
                Some(variable) => variable.longest,
                None => self.common(name).map_or(0, |text| text.chars().count()),
            },
        });
        sizes.sum()
    }

    fn common(&self, name: &str) -> Option<&str> {
        match name {
            "site" => Some(&self.site),
            "desk" => Some(&self.desk),
            _ => None,
        }
    }

    /// Fills the gaps of a template.
    ///
    /// # Errors
    /// When the template does not go this way or a value is missing: a defect of the program.
    pub fn render(&self, template: &Template, channel: Channel, values: &Values) -> Result<Rendered> {
        let loaded = self
            .loaded
            .get(&(template.id, channel))
            .ok_or_else(|| Error::Internal(format!("template {} does not go by {}", template.id, channel.id())))?;
        let fill = |pieces: &[Piece], keeps_lines: bool| {
            let mut out = String::new();
            for piece in pieces {
                match piece {
                    Piece::Text(text) => out.push_str(text),
                    Piece::Gap(name) => out.push_str(&self.value(template, name, values, keeps_lines)?),
                }
            }
            Ok::<_, Error>(out)
        };
        let subject: String = fill(&loaded.subject, false)?;
        Ok(Rendered {
            subject: cut(&subject, LONGEST_SUBJECT),
            text: fill(&loaded.text, true)?,
        })
    }

    fn value(&self, template: &Template, name: &str, values: &Values, keeps_lines: bool) -> Result<String> {
        if let Some(text) = self.common(name) {
            return Ok(text.to_string());
        }
        let variable = template.variables.iter().find(|v| v.name == name);
        let (Some(variable), Some(value)) = (variable, values.get(name)) else {
            let what = format!("template {} has no value for {name}", template.id);
            return Err(Error::Internal(what));
        };
        let lines = keeps_lines && variable.kind == Kind::Lines;
        Ok(cut(&plain(value, lines), variable.longest))
    }

    /// What a preview shows: every template and way, with sample values, and whether it is the installation's own.
    ///
    /// # Errors
    /// When a sample is missing: a defect of the program.
    pub fn samples(&self) -> Result<Vec<(&'static Template, Channel, bool, Rendered)>> {
        let mut all = Vec::new();
        for template in &self.known {
            let values = template
                .variables
                .iter()
                .fold(Values::new(), |values, v| values.with(v.name, v.sample));
            for channel in Channel::ALL {
                if let Some(loaded) = self.loaded.get(&(template.id, channel)) {
                    let rendered = self.render(template, channel, &values)?;
                    all.push((*template, channel, loaded.is_own, rendered));
                }
            }
        }
        Ok(all)
    }

    /// The template of this name.
    pub fn find(&self, id: &str) -> Option<&'static Template> {
        self.known.iter().find(|t| t.id == id).copied()
    }
}

pub(super) fn names(template: &Template) -> String {
    let own = template.variables.iter().map(|v| v.name);
    let all: Vec<_> = COMMON.into_iter().chain(own).map(|n| format!("{{{n}}}")).collect();
    all.join("、")
}

fn read_folder(folder: &Path) -> Result<HashMap<String, String>> {
    let unreadable = |what: String| {
        Error::refused(
            format!("消息模板目录 {} {what}", folder.display()),
            "请检查配置 messages.templates 和文件的权限、编码",
        )
    };
    let mut files = HashMap::new();
    for entry in std::fs::read_dir(folder).map_err(|e| unreadable(format!("读不到（{e}）")))? {
        let entry = entry.map_err(|e| unreadable(format!("读不到（{e}）")))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let size = entry.metadata().map_or(0, |m| m.len());
        if size > LONGEST_FILE {
            return Err(unreadable(format!("里的 {name} 太大")));
        }
        let text = std::fs::read_to_string(entry.path())
            .map_err(|_| unreadable(format!("里的 {name} 读不到，或不是 UTF-8 文本")))?;
        files.insert(name, text.trim_start_matches('\u{feff}').to_string());
    }
    Ok(files)
}

fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let unpaired = || "里的花括号没有配对；变量写成 {site} 的样子".to_string();
    let (mut out, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at(at);
        if !before.is_empty() {
            out.push(Piece::Text(before.into()));
        }
        let inner = after.strip_prefix('{').ok_or_else(unpaired)?;
        let (name, behind) = inner.split_once('}').ok_or_else(unpaired)?;
        if name.contains(['{', '\n']) {
            return Err(unpaired());
        }
        out.push(Piece::Gap(name.trim().into()));
        rest = behind;
    }
    if !rest.is_empty() {
        out.push(Piece::Text(rest.into()));
    }
    Ok(out)
}

/// A value without signs that steer: control characters, which could begin another header, and those that turn the
/// direction of writing or cannot be seen.
fn plain(value: &str, keeps_lines: bool) -> String {
    let unseen =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    value
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !unseen(*c))
        .map(|c| match c {
            '\n' if keeps_lines => '\n',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_string();
    }
    text.chars().take(longest.saturating_sub(1)).chain(['…']).collect()
}

/// The text as a simple page, every sign of it escaped.
pub(super) fn html(text: &str) -> String {
    let mut out = String::from("<!DOCTYPE html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><body>");
    for paragraph in text.split("\n\n").filter(|p| !p.trim().is_empty()) {
        out.push_str("<p>");
        for (turn, line) in paragraph.trim().lines().enumerate() {
            if turn > 0 {
                out.push_str("<br>");
            }
            for c in line.chars() {
                match c {
                    '&' => out.push_str("&amp;"),
                    '<' => out.push_str("&lt;"),
                    '>' => out.push_str("&gt;"),
                    '"' => out.push_str("&quot;"),
                    '\'' => out.push_str("&#39;"),
                    c => out.push(c),
                }
            }
        }
        out.push_str("</p>\n");
    }
    out.push_str("</body></html>");
    out
}
