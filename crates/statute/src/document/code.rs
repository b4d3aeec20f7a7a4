//! Check characters of organisation codes (GB 11714) and unified social credit codes (GB 32100).

/// The 31 symbols of a unified social credit code: no I, O, S, V, Z.
const CREDIT_SYMBOLS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The check character for the first eight characters of an organisation code (组织机构代码); `None` when they are not eight
/// digits and capital letters.
#[must_use]
pub fn organisation_check(body: &str) -> Option<char> {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    if body.chars().count() != WEIGHTS.len() {
        return None;
    }
    let mut sum = 0;
    for (c, weight) in body.chars().zip(WEIGHTS) {
        if c.is_ascii_lowercase() {
            return None;
        }
        sum += c.to_digit(36)? * weight;
    }
    match 11 - sum % 11 {
        10 => Some('X'),
        11 => Some('0'),
        digit => char::from_digit(digit, 10),
    }
}

/// Whether a text is an organisation code of nine characters with the right check character.
#[must_use]
pub fn is_organisation_code(text: &str) -> bool {
    checks_out(text, 8, organisation_check)
}

/// The check character for the first seventeen characters of a unified social credit code (统一社会信用代码); `None` when they
/// are not seventeen of its symbols.
#[must_use]
pub fn credit_check(body: &str) -> Option<char> {
    if body.chars().count() != 17 {
        return None;
    }
    let mut sum: usize = 0;
    let mut weight: usize = 1;
    for c in body.chars() {
        sum += CREDIT_SYMBOLS.find(c)? * weight;
        weight = weight * 3 % 31;
    }
    CREDIT_SYMBOLS.chars().nth((31 - sum % 31) % 31)
}

/// Whether a text is a unified social credit code of eighteen characters with the right check character.
#[must_use]
pub fn is_credit_code(text: &str) -> bool {
    checks_out(text, 17, credit_check)
}

fn checks_out(text: &str, body_length: usize, check: fn(&str) -> Option<char>) -> bool {
    let Some((at, last)) = text.char_indices().last() else {
        return false;
    };
    let body = &text[..at];
    body.chars().count() == body_length && check(body) == Some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_code_checks_out_and_every_slip_of_one_digit_is_found() {
        assert!(is_organisation_code("000014349"));
        let good = "000014349";
        for at in 0..8 {
            for digit in '0'..='9' {
                let mut slipped: Vec<char> = good.chars().collect();
                if slipped[at] == digit {
                    continue;
                }
                slipped[at] = digit;
                assert!(!is_organisation_code(&slipped.into_iter().collect::<String>()));
            }
        }
    }

    #[test]
    fn a_credit_code_holds_its_organisation_code() {
        // 登记管理部门 1, 机构类别 1, 350104, an invented body code with its own check character.
        let body = format!("11350104{}{}", "00001434", "9");
        let check = credit_check(&body).unwrap();
        assert!(is_credit_code(&format!("{body}{check}")));
        assert!(is_organisation_code(&body[8..17]));
        assert!(!is_credit_code("91350100M000100Y4I"), "I is not a symbol");
        assert_eq!(credit_check("1135010400001434"), None);
    }
}
