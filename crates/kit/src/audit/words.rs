//! Deeds in words.

use serde_json::Value;
use uuid::Uuid;

use crate::permission::Role;
use crate::unit::Unit;

/// An action with its sentence. `{name}` stands for what the deed's detail says under that name; what stands in square
/// brackets is left out when the detail has nothing for it.
pub type DeedWords = (&'static str, &'static str);

/// What an entry says, from its sentence and its detail.
pub fn sentence(template: &str, detail: &Value, units: &[Unit]) -> String {
    let mut said = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('[') {
        said.push_str(&filled(before, detail, units).0);
        let (inside, behind) = after.split_once(']').unwrap_or((after, ""));
        let (piece, whole) = filled(inside, detail, units);
        if whole {
            said.push_str(&piece);
        }
        rest = behind;
    }
    said.push_str(&filled(rest, detail, units).0);
    said
}

/// A piece with its names filled in, and whether there was something for each.
fn filled(piece: &str, detail: &Value, units: &[Unit]) -> (String, bool) {
    let (mut said, mut whole, mut rest) = (String::new(), true, piece);
    while let Some((before, after)) = rest.split_once('{') {
        said.push_str(before);
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        match in_words(name, detail.get(name), units) {
            Some(words) => said.push_str(&words),
            None => whole = false,
        }
        rest = behind;
    }
    said.push_str(rest);
    (said, whole)
}

fn in_words(name: &str, value: Option<&Value>, units: &[Unit]) -> Option<String> {
    let text = match value? {
        Value::String(text) if !text.is_empty() => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(match name {
        "role" => Role::of(&text).map_or(text, |role| role.name().to_string()),
        "unit" => {
            let id = Uuid::parse_str(&text).ok();
            let unit = units.iter().find(|unit| Some(unit.id) == id);
            unit.map_or(text, |unit| unit.short_name.clone())
        }
        "way" if text == "oidc" => "统一身份认证".into(),
        "how" => match text.as_str() {
            "own" => "本人登录后绑定".into(),
            "first_use" => "首次使用时按登录名".into(),
            "administrator" => "安全管理员填写".into(),
            _ => text,
        },
        "factor" => match text.as_str() {
            "code" => "动态口令".into(),
            "recovery_code" => "恢复码".into(),
            "password" => "口令".into(),
            "passkey" => "通行密钥".into(),
            _ => text,
        },
        _ => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_sentence_says_what_is_known_and_leaves_out_the_rest() {
        let template = "授予角色“{role}”[（{unit}）][，{n} 项]";
        let detail = json!({ "role": "drafter", "unit": null, "n": 3 });
        assert_eq!(sentence(template, &detail, &[]), "授予角色“经办人员”，3 项");
        assert_eq!(sentence(template, &Value::Null, &[]), "授予角色“”");
        assert_eq!(sentence("退出", &detail, &[]), "退出");
        assert_eq!(sentence("坏[的{模板", &detail, &[]), "坏");
    }
}
