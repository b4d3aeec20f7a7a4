//! The words of a cell.

use crate::text::clean;

/// Words as they are kept: line breaks stay, what nobody can see goes, nothing stands before or after.
pub(super) fn words(raw: &str) -> String {
    let plain = raw.chars().all(|c| !c.is_control() && !is_suspect(c));
    if plain {
        return raw.trim().to_owned();
    }
    let unified = raw.replace("_x000D_", "").replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<String> = unified.split('\n').map(|line| clean(line).trim().to_owned()).collect();
    lines.join("\n").trim().to_owned()
}

/// Characters that [`clean`] looks at.
fn is_suspect(c: char) -> bool {
    matches!(c, '_' | '\u{a0}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn line_breaks_stay_and_invisible_characters_go() {
        assert_eq!(words("  区财政局 "), "区财政局");
        assert_eq!(words("区财\u{200b}政局\r\n 区教育局\u{7}"), "区财政局\n区教育局");
        assert_eq!(words("甲_x000D_\n乙\u{a0}"), "甲\n乙");
    }
}
