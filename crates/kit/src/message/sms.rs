//! Text messages over a gateway's HTTP interface, through the guarded client.

use http::{HeaderName, HeaderValue, Method, Request};

use super::deliver::{Letter, Outcome};
use super::settings::{SmsFormat, SmsSettings};
use crate::error::{Error, Result};
use crate::outgoing::Outgoing;

const GAPS: [&str; 4] = ["number", "text", "id", "secret"];

/// The way to the gateway.
pub(super) struct Sms {
    settings: SmsSettings,
    method: Method,
    pub(super) hourly: u32,
}

impl std::fmt::Debug for Sms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sms").finish_non_exhaustive()
    }
}

#[derive(Clone, Copy)]
enum Place {
    Address,
    Header,
    Json,
    Form,
}

impl Sms {
    pub(super) fn new(settings: SmsSettings) -> Result<Sms> {
        let wrong = |what: &str| Error::refused(format!("配置 sms.{what}"), "请按短信服务商的接口说明填写");
        let method = match settings.method.to_ascii_uppercase().as_str() {
            "POST" => Method::POST,
            "GET" => Method::GET,
            _ => return Err(wrong("method 只能写 POST 或 GET")),
        };
        if settings.success.trim().is_empty() {
            return Err(wrong("success 没有填写，无法知道短信是否被接收"));
        }
        let everywhere = format!(
            "{}{}{}",
            settings.url,
            settings.body,
            settings.headers.iter().map(|(_, v)| v.as_str()).collect::<String>()
        );
        for gap in ["{number}", "{text}"] {
            if !everywhere.contains(gap) {
                return Err(wrong(&format!("body 里缺 {gap}")));
            }
        }
        for (name, _) in &settings.headers {
            if HeaderName::from_bytes(name.as_bytes()).is_err() {
                return Err(wrong(&format!("headers 里的“{name}”不是请求头的名称")));
            }
        }
        let sms = Sms {
            hourly: settings.hourly,
            settings,
            method,
        };
        sms.request(["+8613000000000", "示例", "0", ""])
            .map_err(|()| wrong("url 或 headers 写得不对"))?;
        Ok(sms)
    }

    fn request(&self, values: [&str; 4]) -> Result<Request<Vec<u8>>, ()> {
        let settings = &self.settings;
        let mut request =
            Request::builder()
                .method(self.method.clone())
                .uri(fill(&settings.url, Place::Address, &values));
        let (kind, place) = match settings.format {
            SmsFormat::Json => ("application/json; charset=utf-8", Place::Json),
            SmsFormat::Form => ("application/x-www-form-urlencoded", Place::Form),
        };
        let names_kind = settings
            .headers
            .iter()
            .any(|(n, _)| n.eq_ignore_ascii_case("content-type"));
        if !settings.body.is_empty() && !names_kind {
            request = request.header(http::header::CONTENT_TYPE, kind);
        }
        for (name, value) in &settings.headers {
            let mut value = HeaderValue::from_str(&fill(value, Place::Header, &values)).map_err(drop)?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let body = fill(&settings.body, place, &values).into_bytes();
        request.body(body).map_err(drop)
    }

    /// Hands a letter to the gateway, under the delivery's key, by which the gateway can drop a second one.
    pub(super) async fn send(&self, outgoing: &Outgoing, letter: &Letter) -> Outcome {
        let again = |why: String| Outcome::Again {
            why,
            answer: String::new(),
        };
        let secret = self.settings.secret.expose();
        let values = [letter.to.expose(), letter.text.expose(), &letter.delivery_key, secret];
        let Ok(request) = self.request(values.map(String::as_str)) else {
            return again("短信请求写不成，请检查配置 sms".into());
        };
        match outgoing.send(request).await {
            Ok(answer) => self.judge(answer.status().as_u16(), answer.body()),
            Err(Error::Refused { what, .. }) => again(format!("短信网关：{what}，请检查配置 outgoing.allowed")),
            Err(error) => again(format!("短信网关：{error}")),
        }
    }

    fn judge(&self, status: u16, body: &[u8]) -> Outcome {
        let answer: String = String::from_utf8_lossy(body).chars().take(1000).collect();
        let squeezed = squeeze(&answer);
        let says = |pattern: &str| !pattern.trim().is_empty() && squeezed.contains(&squeeze(pattern));
        match status {
            200..=299 if says(&self.settings.success) => Outcome::Sent { answer },
            _ if says(&self.settings.again) => Outcome::Again {
                why: "短信网关暂时不收".into(),
                answer,
            },
            200..=299 => Outcome::Refused {
                why: "短信网关拒收（回答里没有成功标志）".into(),
                answer,
            },
            401 | 403 => Outcome::Again {
                why: format!("短信网关不接受本系统的身份（{status}），请检查配置 sms 的密钥"),
                answer,
            },
            400..=499 if status != 408 && status != 429 => Outcome::Refused {
                why: format!("短信网关拒收（{status}）"),
                answer,
            },
            _ => Outcome::Again {
                why: format!("短信网关暂时不收（{status}）"),
                answer,
            },
        }
    }
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Fills gaps in one pass, so that what stands in a value is never a gap itself. A brace that begins no gap is a brace:
/// bodies are often JSON.
fn fill(pattern: &str, place: Place, values: &[&str; 4]) -> String {
    let (mut out, mut rest) = (String::new(), pattern);
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let gap = GAPS
            .iter()
            .zip(values)
            .find_map(|(gap, value)| Some((after.strip_prefix(gap)?.strip_prefix('}')?, value)));
        match gap {
            Some((behind, value)) => {
                out.push_str(&written(value, place));
                rest = behind;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn written(value: &str, place: Place) -> String {
    match place {
        Place::Header => value.to_string(),
        Place::Address | Place::Form => form_urlencoded::byte_serialize(value.as_bytes()).collect(),
        Place::Json => {
            let quoted = serde_json::Value::from(value).to_string();
            quoted[1..quoted.len() - 1].to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_inside_their_place() {
        let values = ["+86138", "\"},{text}&a=1\n", "7", "s"];
        assert_eq!(
            fill(r#"{"to":"{number}","say":"{text}","x":{}}"#, Place::Json, &values),
            r#"{"to":"+86138","say":"\"},{text}&a=1\n","x":{}}"#
        );
        assert_eq!(
            fill("to={number}&say={text}", Place::Form, &values),
            "to=%2B86138&say=%22%7D%2C%7Btext%7D%26a%3D1%0A"
        );
    }
}
