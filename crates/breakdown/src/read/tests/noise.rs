//! Noise of the kind that extraction adds must not change what is read, and nothing may make the reader fail otherwise
//! than by a refusal.

use proptest::prelude::*;

use super::support::{SEED_TEXT, names, sheet};
use crate::read::{fingerprint, from_document, from_text};

const TITLE: &str = "2021年仓山区政务公开工作主要任务分解表";

/// The published table as clean text: one line for each cell.
fn clean_lines() -> Vec<String> {
    let table = from_text(SEED_TEXT, &names()).unwrap();
    let mut lines = vec![TITLE.to_owned()];
    lines.extend(["工作任务", "工作要求", "牵头单位", "责任单位"].map(|label| format!("\t{label}")));
    let (mut chapter, mut section) = (String::new(), String::new());
    for task in &table.tasks {
        if chapter != task.chapter {
            chapter.clone_from(&task.chapter);
            lines.push(format!("\t{chapter}"));
        }
        if section != task.section {
            section.clone_from(&task.section);
            lines.push(format!("\t{section}"));
        }
        let note = task
            .lead_note
            .as_ref()
            .map(|note| format!("（{note}）"))
            .unwrap_or_default();
        lines.push(format!("\t{}.{}", task.no, task.task));
        lines.push(format!("\t{}", task.requirement));
        lines.push(format!("\t{}{note}", task.lead.join(" ")));
        lines.push(format!("\t{}", task.responsible));
    }
    lines
}

/// One disturbance.
#[derive(Debug, Clone)]
enum Noise {
    Blank(usize),
    Header(usize),
    Title(usize),
    PageNumber(usize, u8),
    Break(usize, usize),
    CellOnNextLine(usize),
    Bookmark(usize),
    Space(usize, usize),
}

fn any_noise() -> impl Strategy<Value = Noise> {
    let at = 0_usize..10_000;
    prop_oneof![
        at.clone().prop_map(Noise::Blank),
        at.clone().prop_map(Noise::Header),
        at.clone().prop_map(Noise::Title),
        (at.clone(), any::<u8>()).prop_map(|(at, page)| Noise::PageNumber(at, page)),
        (at.clone(), at.clone()).prop_map(|(at, inner)| Noise::Break(at, inner)),
        at.clone().prop_map(Noise::CellOnNextLine),
        at.clone().prop_map(Noise::Bookmark),
        (at.clone(), at).prop_map(|(at, inner)| Noise::Space(at, inner)),
    ]
}

/// Disturbs the lines below the header; positions are taken modulo what is there.
fn disturb(lines: &mut Vec<String>, noise: &Noise) {
    const FIRST: usize = 5;
    let below = lines.len() - FIRST;
    let place = |at: &usize| FIRST + at % below;
    match noise {
        Noise::Blank(at) => lines.insert(place(at), " ".to_owned()),
        Noise::Header(at) => {
            let at = place(at);
            let labels = [" \t工作任务", "\t工作要求", "\t牵头单位", "\t责任单位"];
            // Between cells only: inside a cell a header would part its lines.
            if lines[at].starts_with('\t') {
                lines.splice(at..at, labels.map(str::to_owned));
            }
        }
        Noise::Title(at) => lines.insert(place(at), format!("    {TITLE}")),
        Noise::PageNumber(at, page) => lines.insert(place(at), format!("— {page} —")),
        Noise::Break(at, inner) => insert_inside(&mut lines[place(at)], *inner, "\n"),
        Noise::Space(at, inner) => insert_inside(&mut lines[place(at)], *inner, " "),
        Noise::CellOnNextLine(at) => {
            let line = &mut lines[place(at)];
            if line.starts_with('\t') {
                line.insert_str(1, "\n\n");
            }
        }
        Noise::Bookmark(at) => {
            let line = &mut lines[place(at)];
            if line.starts_with('\t') {
                line.insert_str(1, "[bookmark: _GoBack]");
            }
        }
    }
}

/// Between two Chinese characters or signs of the line, if it has such a place.
fn insert_inside(line: &mut String, inner: usize, what: &str) {
    if line.trim() == TITLE {
        // A title that is printed again is known by its words in one line.
        return;
    }
    let places: Vec<usize> = line
        .char_indices()
        .zip(line.chars().skip(1))
        .filter(|((_, c), next)| !c.is_ascii() && !next.is_ascii())
        .map(|((at, c), _)| at + c.len_utf8())
        .collect();
    if !places.is_empty() {
        line.insert_str(places[inner % places.len()], what);
    }
}

#[test]
fn the_clean_text_reads_as_the_published_one() {
    let (clean, published) = (
        from_text(&clean_lines().join("\n"), &names()),
        from_text(SEED_TEXT, &names()),
    );
    assert_eq!(fingerprint(&clean.unwrap()), fingerprint(&published.unwrap()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn noise_does_not_change_the_table(noises in proptest::collection::vec(any_noise(), 0..40)) {
        let mut lines = clean_lines();
        let wanted = from_text(&lines.join("\n"), &names()).unwrap();
        for noise in &noises {
            disturb(&mut lines, noise);
        }
        let found = from_text(&lines.join("\n"), &names()).unwrap();
        for (found, wanted) in found.tasks.iter().zip(&wanted.tasks) {
            prop_assert_eq!(serde_json::to_string(found).unwrap(), serde_json::to_string(wanted).unwrap());
        }
        prop_assert_eq!(fingerprint(&found), fingerprint(&wanted));
    }

    #[test]
    fn any_text_is_answered(pieces in proptest::collection::vec(
        prop_oneof![
            Just("\t"), Just("\n"), Just("工作任务"), Just("工作要求"), Just("责任单位"), Just("1."), Just("2."), Just("一、"),
            Just("（一）"), Just("区财政局"), Just("各单位"), Just("（"), Just("[bookmark:"), Just("序号"), Just("甲"), Just(" "),
        ], 0..60))
    {
        let text: String = pieces.concat();
        match from_text(&text, &names()) {
            Ok(table) => prop_assert!(!table.tasks.is_empty()),
            Err(refusal) => prop_assert!(!refusal.to_string().is_empty()),
        }
    }

    #[test]
    fn any_rows_are_answered(rows in proptest::collection::vec(proptest::collection::vec(
        prop_oneof![
            Just("工作任务"), Just("工作要求"), Just("责任单位"), Just("1.甲"), Just("2.乙"), Just("一、甲"), Just(""), Just("区财政局"),
        ], 1..6), 1..8))
    {
        let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
        match from_document(&sheet("", &rows), &names()) {
            Ok(table) => prop_assert!(!table.tasks.is_empty()),
            Err(refusal) => prop_assert!(!refusal.to_string().is_empty()),
        }
    }
}
