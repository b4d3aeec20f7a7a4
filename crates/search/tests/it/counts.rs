//! Filters and their counts.

use search::{Count, Entry, Filters, Validity};

use crate::support::{TestIndex, entry, filtered, ids, query, released, standing};

fn shelf() -> TestIndex {
    let by = |entry: Entry, unit: &str, kind: &str, theme: [&str; 2]| Entry {
        unit: format!("{unit}局"),
        unit_id: format!("u-{unit}"),
        kind: kind.to_owned(),
        theme: theme.map(str::to_owned).to_vec(),
        ..entry
    };
    TestIndex::with(&[
        by(
            released(entry("a", "公开要点", "公开"), 2021, 1, 1),
            "教育",
            "policy",
            ["科教", "教育"],
        ),
        by(
            released(entry("b", "公开办法", "公开"), 2022, 1, 1),
            "教育",
            "notice",
            ["科教", "科技"],
        ),
        by(
            released(entry("c", "公开规定", "公开"), 2022, 2, 1),
            "民政",
            "policy",
            ["民生", "社保"],
        ),
        by(
            standing(released(entry("d", "公开细则", "公开"), 2020, 1, 1), Validity::Repealed),
            "民政",
            "policy",
            ["民生", "救助"],
        ),
        entry("e", "无关之事", "别的内容"),
    ])
}

fn lines(counts: &[Count]) -> Vec<(&str, usize)> {
    counts.iter().map(|line| (line.value.as_str(), line.count)).collect()
}

fn list(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

#[test]
fn counts_cover_every_match() {
    let results = shelf().find("“公开”");
    assert_eq!(results.total, 4);
    assert_eq!(lines(&results.facets.units), [("u-教育", 2), ("u-民政", 2)]);
    assert_eq!(results.facets.units[0].label, "教育局");
    assert_eq!(lines(&results.facets.kinds), [("policy", 3), ("notice", 1)]);
    assert_eq!(lines(&results.facets.themes), [("民生", 2), ("科教", 2)]);
    assert_eq!(lines(&results.facets.validity), [("in-force", 3), ("repealed", 1)]);
    assert_eq!(lines(&results.facets.years), [("2022", 2), ("2021", 1), ("2020", 1)]);
}

#[test]
fn each_filter_narrows() {
    let shelf = shelf();
    let total = |filters: Filters| shelf.index.query(&filtered("“公开”", filters)).unwrap().total;
    assert_eq!(
        total(Filters {
            units: list(&["u-民政"]),
            ..Filters::default()
        }),
        2
    );
    assert_eq!(
        total(Filters {
            units: list(&["u-民政", "u-教育"]),
            ..Filters::default()
        }),
        4
    );
    assert_eq!(
        total(Filters {
            kinds: list(&["notice"]),
            ..Filters::default()
        }),
        1
    );
    assert_eq!(
        total(Filters {
            themes: list(&["科教"]),
            ..Filters::default()
        }),
        2
    );
    assert_eq!(
        total(Filters {
            themes: list(&["社保"]),
            ..Filters::default()
        }),
        1
    );
    assert_eq!(
        total(Filters {
            validity: vec![Validity::Repealed],
            ..Filters::default()
        }),
        1
    );
    assert_eq!(
        total(Filters {
            years: vec![2021, 2020],
            ..Filters::default()
        }),
        2
    );
    assert_eq!(
        total(Filters {
            kinds: list(&["no-such"]),
            ..Filters::default()
        }),
        0
    );
    assert_eq!(
        total(Filters {
            units: list(&["u-民政"]),
            kinds: list(&["notice"]),
            ..Filters::default()
        }),
        0
    );
}

#[test]
fn a_list_is_counted_under_the_other_filters_only() {
    let shelf = shelf();
    let filters = Filters {
        units: list(&["u-教育"]),
        years: vec![2022],
        ..Filters::default()
    };
    let results = shelf.index.query(&filtered("“公开”", filters)).unwrap();
    assert_eq!(ids(&results), ["b"]);
    // Of the units, those with a release of 2022; of the years, those in which the unit released.
    assert_eq!(lines(&results.facets.units), [("u-教育", 1), ("u-民政", 1)]);
    assert_eq!(lines(&results.facets.years), [("2022", 1), ("2021", 1)]);
    assert_eq!(lines(&results.facets.kinds), [("notice", 1)]);
}

#[test]
fn filters_alone_list_the_newest() {
    let filters = Filters {
        kinds: list(&["policy"]),
        themes: list(&["民生", "科教"]),
        ..Filters::default()
    };
    let results = shelf().index.query(&filtered("", filters)).unwrap();
    assert_eq!(ids(&results), ["c", "a", "d"]);
}

#[test]
fn entries_without_a_theme_fail_a_theme_filter() {
    let mut bare = entry("bare", "公开", "公开");
    bare.theme = Vec::new();
    let test = TestIndex::with(&[bare]);
    let filters = Filters {
        themes: list(&["科教"]),
        ..Filters::default()
    };
    assert_eq!(test.index.query(&filtered("公开", filters)).unwrap().total, 0);
    assert_eq!(test.index.query(&query("公开")).unwrap().facets.themes, []);
}

#[test]
fn a_renamed_unit_is_one_line() {
    let named = |id: &str, name: &str| Entry {
        unit: name.to_owned(),
        ..entry(id, "公告", "正文")
    };
    let test = TestIndex::with(&[named("a", "文体局"), named("b", "文旅局"), named("c", "文旅局")]);
    let facets = test.find("公告").facets;
    assert_eq!(
        facets.units,
        [Count {
            value: "u-office".into(),
            label: "文旅局".into(),
            count: 3
        }]
    );
    let filters = Filters {
        units: list(&["u-office"]),
        ..Filters::default()
    };
    assert_eq!(test.index.query(&filtered("公告", filters)).unwrap().total, 3);
}
