//! Stacked bars drawn on the server: done, not yet due, late. The table below each chart holds the same figures.

use crate::measuring::figures::Tally;

/// One bar with its place in the drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bar {
    /// What it is about.
    pub label: String,
    /// Where it leads; empty for nowhere.
    pub link: String,
    /// The figures.
    pub tally: Tally,
    /// Vertical place of the words.
    pub text_y: usize,
    /// Vertical place of the bar.
    pub bar_y: usize,
    /// Widths and places in percent, with one decimal.
    pub done_width: String,
    /// Place of the open part.
    pub open_x: String,
    /// Width of the open part.
    pub open_width: String,
    /// Place of the late part.
    pub late_x: String,
    /// Width of the late part.
    pub late_width: String,
}

/// A chart of bars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chart {
    /// Begins the ids of its patterns, so that two charts can stand on one page.
    pub id: &'static str,
    /// Its title.
    pub title: String,
    /// The same in words, for those who cannot see it.
    pub description: String,
    /// Height of the drawing.
    pub height: usize,
    /// The bars.
    pub bars: Vec<Bar>,
}

/// Height that one bar with its words takes.
const STEP: usize = 56;

/// Draws bars for what has something due.
pub(crate) fn charts(id: &'static str, title: &str, rows: Vec<(String, String, Tally)>) -> Chart {
    let rows: Vec<_> = rows.into_iter().filter(|(_, _, tally)| tally.due > 0).collect();
    let description = rows
        .iter()
        .map(|(label, _, tally)| words(label, tally))
        .collect::<Vec<_>>()
        .join("；");
    let bars: Vec<Bar> = rows
        .into_iter()
        .enumerate()
        .map(|(place, row)| bar(place, row))
        .collect();
    Chart {
        id,
        title: title.into(),
        description: format!("{description}。"),
        height: bars.len() * STEP,
        bars,
    }
}

fn words(label: &str, tally: &Tally) -> String {
    format!(
        "{label}应完成 {} 件，已完成 {} 件，未到期 {} 件，逾期 {} 件",
        tally.due,
        tally.done,
        tally.open(),
        tally.late
    )
}

fn bar(place: usize, (label, link, tally): (String, String, Tally)) -> Bar {
    let top = place * STEP;
    let done = per_mille(tally.done, tally.due);
    let open = per_mille(tally.done + tally.open(), tally.due) - done;
    let percent = |value: usize| format!("{}.{}%", value / 10, value % 10);
    Bar {
        label,
        link,
        text_y: top + 16,
        bar_y: top + 24,
        done_width: percent(done),
        open_x: percent(done),
        open_width: percent(open),
        late_x: percent(done + open),
        late_width: percent(1000 - done - open),
        tally,
    }
}

fn per_mille(part: usize, whole: usize) -> usize {
    (part.min(whole) * 1000).checked_div(whole).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_bar_fill_it() {
        let tally = Tally {
            due: 3,
            done: 1,
            late: 1,
        };
        let chart = charts(
            "x",
            "图",
            vec![
                ("一".into(), String::new(), tally),
                ("二".into(), String::new(), Tally::default()),
            ],
        );
        assert_eq!(chart.bars.len(), 1, "nothing due draws nothing");
        let bar = &chart.bars[0];
        assert_eq!(
            (
                bar.done_width.as_str(),
                bar.open_width.as_str(),
                bar.late_width.as_str()
            ),
            ("33.3%", "33.3%", "33.4%")
        );
        assert!(chart.description.contains("应完成 3 件"));
    }
}
