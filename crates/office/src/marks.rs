//! Marks on a document: state-secret classification (密级★期限, 份号), which must never be taken in, and weaker handling marks,
//! which the caller decides about.
//!
//! Layout of the classification mark: GB/T 9704-2012, 7.2.1 (份号, six digits) and 7.2.2 (密级和保密期限, joined by ★), both at the
//! top left of the first page. 保守国家秘密法 (2024), 第二十二条: carriers of state secrets bear the mark. Judged are the first
//! lines, headers, footers, watermarks, properties and the file name, and lines anywhere that consist of a complete mark with ★;
//! a sentence that speaks of such marks is not one.

use crate::{HandlingMark, Properties, Reading, Refusal};

/// Lines at the beginning that stand on the first page before the text begins.
const FIRST_LINES: usize = 15;
/// Lines at the end, where the note on the document's attribute stands (附注).
const LAST_LINES: usize = 12;
/// Lines within which a lone six-digit number is a copy number (份号).
const COPY_NUMBER_LINES: usize = 2;

const LEVELS: [&str; 3] = ["绝密", "机密", "秘密"];

/// Drafts and internal papers: `true` if the mark also counts in brackets inside a title.
const HANDLING: [(&str, bool); 18] = [
    ("内部资料", true),
    ("内部文件", true),
    ("内部材料", true),
    ("内部使用", true),
    ("内部掌握", true),
    ("仅供内部使用", true),
    ("工作秘密", false),
    ("此件不公开", true),
    ("此件不予公开", true),
    ("不予公开", false),
    ("此件依申请公开", true),
    ("依申请公开", false),
    ("征求意见稿", true),
    ("代拟稿", true),
    ("送审稿", true),
    ("讨论稿", true),
    ("会议用后收回", true),
    ("注意保存", false),
];

/// Refuses a file whose name bears a classification mark.
pub(crate) fn refuse_classified_name(file_name: &str) -> Result<(), Refusal> {
    let name = folded(file_name);
    let marked = LEVELS
        .iter()
        .find(|level| name.contains(&format!("{level}★")) || starts_bracketed(&name, level));
    match marked {
        Some(level) => Err(classified(level, "文件名")),
        None => Ok(()),
    }
}

/// Refuses a classified document and notes the handling marks of any other.
pub(crate) fn judge(reading: &mut Reading, file_name: &str) -> Result<(), Refusal> {
    let text = reading.document.text();
    let lines: Vec<String> = text
        .split(['\n', '\t'])
        .map(folded)
        .filter(|line| !line.is_empty())
        .collect();
    let margins: Vec<String> = reading.margins.iter().map(|line| folded(line)).collect();
    let properties = property_lines(&reading.properties);
    refuse_classified(&lines, &margins, &properties)?;
    reading.handling_marks = handling_marks(&lines, &margins, &properties, &folded(file_name));
    Ok(())
}

/// Judges a table row by row, without keeping it.
///
/// A table has no first page: a mark on its own counts in the first rows where a row holds little else, as a title or a mark above
/// a table does; a complete mark with ★ counts everywhere. A column named 密级 with values is therefore no mark of the table.
#[derive(Default)]
pub(crate) struct TableMarks {
    rows: usize,
    first: Vec<String>,
    last: std::collections::VecDeque<String>,
    margins: Vec<String>,
}

/// A row with more cells than this is one of the table and not a line above it.
const CELLS_OF_A_LINE: usize = 3;

impl TableMarks {
    /// Looks at a sheet's name, headers and footers.
    pub(crate) fn sheet(&mut self, name: &str, margins: &[String]) -> Result<(), Refusal> {
        let lines: Vec<String> = margins.iter().map(|line| folded(line)).collect();
        if let Some(mark) = lines.iter().find_map(|line| classification(line, true)) {
            return Err(classified(&mark, "页眉、页脚"));
        }
        if let Some(mark) = classification(&folded(name), true) {
            return Err(classified(&mark, "工作表名称"));
        }
        self.margins.extend(lines);
        self.rows = 0;
        Ok(())
    }

    /// Looks at a row.
    pub(crate) fn row(&mut self, row: &crate::Row) -> Result<(), Refusal> {
        let stars = |words: &str| words.contains(['★', '☆', '⭐', '✩', '✭', '✮', '✯', '*']);
        let filled = || {
            row.cells
                .iter()
                .map(crate::Cell::words)
                .filter(|words| !words.is_empty())
        };
        let is_line = filled().take(CELLS_OF_A_LINE + 1).count() <= CELLS_OF_A_LINE;
        let above = self.rows < FIRST_LINES && is_line;
        self.rows += 1;
        if !is_line && !filled().any(stars) {
            return Ok(());
        }
        let mut lines: Vec<String> = filled().flat_map(|words| words.split('\n')).map(folded).collect();
        if is_line {
            lines.push(lines.concat());
        }
        if let Some(mark) = lines.iter().find_map(|line| classification(line, above)) {
            return Err(classified(&mark, &format!("第 {} 行", row.number)));
        }
        if above
            && lines
                .iter()
                .any(|line| line.starts_with("份号") && is_copy_number(line))
        {
            return Err(classified("份号", &format!("第 {} 行", row.number)));
        }
        if above {
            self.first.append(&mut lines);
        } else if is_line {
            self.last.extend(lines);
            while self.last.len() > LAST_LINES {
                self.last.pop_front();
            }
        }
        Ok(())
    }

    /// Looks at the properties and tells the handling marks.
    pub(crate) fn finish(self, properties: &Properties, file_name: &str) -> Result<Vec<HandlingMark>, Refusal> {
        let properties = property_lines(properties);
        if let Some(mark) = properties.iter().find_map(|line| classification(line, true)) {
            return Err(classified(&mark, "文档属性"));
        }
        let mut lines: Vec<String> = self.first.into_iter().take(FIRST_LINES).collect();
        lines.extend(self.last);
        Ok(handling_marks(&lines, &self.margins, &properties, &folded(file_name)))
    }
}

fn refuse_classified(lines: &[String], margins: &[String], properties: &[String]) -> Result<(), Refusal> {
    for (number, line) in lines.iter().enumerate() {
        let first_page = number < FIRST_LINES;
        if let Some(mark) = classification(line, first_page) {
            let place = if first_page {
                "文件开头".to_owned()
            } else {
                format!("正文第 {} 行", number + 1)
            };
            return Err(classified(&mark, &place));
        }
        if number < COPY_NUMBER_LINES && is_copy_number(line) {
            return Err(classified("份号", "文件开头"));
        }
    }
    for (lines, place) in [(margins, "页眉、页脚或水印"), (properties, "文档属性")] {
        if let Some(mark) = lines.iter().find_map(|line| classification(line, true)) {
            return Err(classified(&mark, place));
        }
    }
    Ok(())
}

/// The classification mark that this line is, or on the first page begins with.
fn classification(line: &str, first_page: bool) -> Option<String> {
    let rest = if first_page {
        line.trim_start_matches(|c: char| c.is_ascii_digit())
    } else {
        line
    };
    let rest = ["密级:", "密级", "涉密等级:"]
        .iter()
        .find_map(|label| rest.strip_prefix(label))
        .unwrap_or(rest);
    let rest = rest.trim_start_matches(['【', '[', '(']);
    let level = LEVELS.iter().find(|level| rest.starts_with(**level))?;
    let after = &rest[level.len()..];
    if let Some(term) = after.strip_prefix('★') {
        let whole_line = is_term(term.trim_end_matches(['】', ']', ')']));
        let mark = || format!("{level}★");
        return (first_page || whole_line).then(mark);
    }
    let after = after.trim_end_matches(['】', ']', ')']);
    let alone = after.is_empty() || after == "级" || after == "文件" || (is_term(after) && !after.is_empty());
    (first_page && alone).then(|| (*level).to_owned())
}

/// A secrecy term: `1年`, `十年`, `6个月`, `长期`, or nothing.
fn is_term(term: &str) -> bool {
    if term.is_empty() || term == "长期" || term.starts_with("启用前") || term.starts_with("解密") {
        return true;
    }
    let unit = ["年", "个月", "月", "日", "天"]
        .iter()
        .find_map(|unit| term.strip_suffix(unit));
    unit.is_some_and(|number| {
        !number.is_empty()
            && number
                .chars()
                .all(|c| c.is_ascii_digit() || "一二三四五六七八九十百两〇".contains(c))
    })
}

fn is_copy_number(line: &str) -> bool {
    let number = line
        .strip_prefix("份号:")
        .or_else(|| line.strip_prefix("份号"))
        .unwrap_or(line);
    (number.len() == 6 || line.starts_with("份号"))
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn starts_bracketed(name: &str, level: &str) -> bool {
    ["(", "[", "【", ""].iter().any(|open| {
        let Some(rest) = name.strip_prefix(open).and_then(|rest| rest.strip_prefix(level)) else {
            return false;
        };
        rest.starts_with([')', ']', '】', '-', '_', ':', '.'])
    })
}

fn handling_marks(lines: &[String], margins: &[String], properties: &[String], file_name: &str) -> Vec<HandlingMark> {
    let mut found: Vec<HandlingMark> = Vec::new();
    let mut note = |mark: &str, place: &str| {
        let known = found.iter().any(|one| one.mark.contains(mark));
        if !known {
            found.push(HandlingMark {
                mark: mark.to_owned(),
                place: place.to_owned(),
            });
        }
    };
    let last = lines.len().saturating_sub(LAST_LINES).max(FIRST_LINES.min(lines.len()));
    for (mark, in_titles) in HANDLING {
        let stands_in = |line: &String| is_mark(line, mark) || (in_titles && in_brackets(line, mark));
        if lines.iter().take(FIRST_LINES).any(stands_in) {
            note(mark, "文件开头");
        }
        if lines[last..].iter().any(stands_in) {
            note(mark, "文件末尾");
        }
        if margins
            .iter()
            .any(|line| is_mark(line, mark) || in_titles && line.contains(mark))
        {
            note(mark, "页眉、页脚或水印");
        }
        if properties
            .iter()
            .any(|line| is_mark(line, mark) || in_titles && in_brackets(line, mark))
        {
            note(mark, "文档属性");
        }
        if in_titles && file_name.contains(mark) {
            note(mark, "文件名");
        }
    }
    found
}

/// The line is this mark, perhaps in brackets or with a few words about keeping it.
fn is_mark(line: &str, mark: &str) -> bool {
    let line = line.trim_matches(|c| "()[]【】<>《》★※*:;,。!".contains(c));
    let Some(rest) = line.strip_prefix(mark) else {
        return false;
    };
    rest.is_empty() || rest.starts_with([',', ';', '。', '!', ')', ':']) && rest.chars().count() <= 12
}

fn in_brackets(line: &str, mark: &str) -> bool {
    [('(', ')'), ('[', ']'), ('【', '】')]
        .iter()
        .any(|(open, close)| line.contains(&format!("{open}{mark}{close}")))
}

fn property_lines(properties: &Properties) -> Vec<String> {
    let Properties {
        title,
        subject,
        keywords,
        description,
        creator: _,
        last_modified_by: _,
        created: _,
        modified: _,
    } = properties;
    let values = [title, subject, keywords, description];
    values
        .into_iter()
        .flatten()
        .flat_map(|value| value.split(['\n', ';', ',']))
        .map(folded)
        .collect()
}

fn classified(mark: &str, place: &str) -> Refusal {
    Refusal::Classified {
        mark: mark.to_owned(),
        place: place.to_owned(),
    }
}

/// A line as marks are compared: without spaces, full-width letters, digits and brackets as narrow ones, every star as ★.
fn folded(line: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '☆' | '⭐' | '✩' | '✭' | '✮' | '✯' => '★',
        '〔' => '[',
        '〕' => ']',
        other => other,
    };
    let folded: String = line.chars().filter(|c| !c.is_whitespace()).map(narrow).collect();
    LEVELS.iter().fold(folded, |line, level| {
        line.replace(&format!("{level}*"), &format!("{level}★"))
    })
}

#[cfg(test)]
mod tests {
    use content::Document;

    use super::*;

    fn judged(lines: &[&str]) -> Result<Vec<String>, Refusal> {
        let mut reading = Reading::of(Document::of_paragraphs(lines));
        judge(&mut reading, "")?;
        Ok(reading.handling_marks.into_iter().map(|mark| mark.mark).collect())
    }

    #[test]
    fn classification_marks_are_refused() {
        for mark in [
            "秘密★1年",
            "机密 ★ 长期",
            "绝　密☆十年",
            "秘密",
            "密级：机密",
            "【机密】",
            "秘密*5年",
            "000123",
            "000001 机密★1年",
            "机密★1年　特急",
            "份号：12",
            "秘密 6个月",
        ] {
            let refused = judged(&[mark, "某区人民政府办公室文件", "关于印发方案的通知"]);
            assert_eq!(refused.map_err(|refusal| refusal.code()), Err("classified"), "{mark}");
        }
    }

    #[test]
    fn a_complete_mark_counts_on_every_page() {
        let mut lines = vec!["正文"; 40];
        lines.push("机密★5年");
        assert_eq!(judged(&lines).unwrap_err().code(), "classified");
    }

    #[test]
    fn speaking_of_secrets_is_no_mark() {
        for line in [
            "秘密级文件的管理按下列规定执行",
            "中华人民共和国保守国家秘密法",
            "标注“秘密★1年”的文件应当登记",
            "2021年",
            "350007 福州市",
            "机密件管理办法",
        ] {
            assert_eq!(judged(&["关于保密工作的规定", "各单位：", line]), Ok(vec![]), "{line}");
        }
        let mut lines = vec!["正文"; 40];
        lines.extend(["秘密", "机密"]);
        assert_eq!(
            judged(&lines),
            Ok(vec![]),
            "words alone on later pages, as in a glossary or a table"
        );
    }

    #[test]
    fn handling_marks_are_told_and_not_refused() {
        assert_eq!(
            judged(&["某区管理办法（征求意见稿）", "第一条"]),
            Ok(vec!["征求意见稿".to_owned()])
        );
        assert_eq!(
            judged(&["内部资料，注意保存", "第一条"]),
            Ok(vec!["内部资料".to_owned()])
        );
        let mut lines = vec!["某区通知"; 30];
        lines.push("（此件依申请公开）");
        lines.push("某区人民政府办公室印发");
        assert_eq!(judged(&lines), Ok(vec!["此件依申请公开".to_owned()]));
        assert_eq!(
            judged(&["通知", "请将征求意见稿的修改意见报我办", "（此件主动公开）"]),
            Ok(vec![])
        );
    }

    #[test]
    fn headers_watermarks_properties_and_names_count() {
        let mut reading = Reading::of(Document::of_paragraphs(["通知"]));
        reading.margins = vec!["机密".to_owned()];
        assert_eq!(judge(&mut reading, "").unwrap_err().code(), "classified");
        reading.margins = vec!["内部文件 严禁外传".to_owned()];
        judge(&mut reading, "").unwrap();
        assert_eq!(reading.handling_marks[0].place, "页眉、页脚或水印");
        reading.margins.clear();
        reading.properties.keywords = Some("规划;秘密★3年".to_owned());
        assert_eq!(judge(&mut reading, "").unwrap_err().code(), "classified");
        assert!(refuse_classified_name("【机密】方案.docx").is_err());
        assert!(refuse_classified_name("秘密★1年 方案.docx").is_err());
        assert!(refuse_classified_name("保守国家秘密法.docx").is_ok());
    }
}
