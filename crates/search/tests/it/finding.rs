//! Finding: words, pairs, phrases, numbers, spellings, order, marks.

use search::{Query, Sort, Validity};

use crate::support::{TestIndex, bracketed, entry, ids, numbered, query, released, standing};

#[test]
fn a_word_of_two_characters_is_found_wherever_words_are_cut() {
    let test = TestIndex::with(&[
        entry("cut", "关于南京市长江大桥的公告", "桥梁检修。"),
        entry("other", "关于图书馆的公告", "开放时间。"),
    ]);
    // The pairs find what no cut into words has: 市长 stands across 南京市 and 长江.
    for words in ["长江", "大桥", "市长", "京市"] {
        assert_eq!(test.ids(words), ["cut"], "{words}");
    }
}

#[test]
fn a_single_character_is_found() {
    let test = TestIndex::with(&[entry("a", "契税缴纳", "依法办理。"), entry("b", "水费", "抄表。纳税")]);
    let mut found = test.ids("税");
    found.sort();
    assert_eq!(found, ["a", "b"]);
}

#[test]
fn a_quoted_phrase_is_exact_across_words_and_its_parts_alone_do_not_do() {
    let test = TestIndex::with(&[
        entry("exact", "通知", "本区推进政府信息公开条例实施。"),
        entry("parts", "信息公开", "政府的条例，信息要公开，实施。"),
        entry("parted", "通知", "本区推进政府，信息公开条例实施。"),
    ]);
    assert_eq!(test.ids("“政府信息公开条例”"), ["exact"]);
    assert_eq!(test.ids("\"府信息公\""), ["exact"]);
    assert_eq!(test.ids("\"政府，信息公开\""), ["parted"]);
    assert_eq!(test.find("政府信息公开条例").total, 3);
}

#[test]
fn a_phrase_may_end_in_a_single_character_or_a_word_of_letters() {
    let test = TestIndex::with(&[
        entry("a", "通知", "于2021年度举办G20峰会。"),
        entry("b", "通知", "于2021时代举办峰会。"),
    ]);
    assert_eq!(test.ids("“2021年”"), ["a"]);
    assert_eq!(test.ids("“举办g20”"), ["a"]);
    assert_eq!(test.ids("“峰”").len(), 2);
}

#[test]
fn a_phrase_and_words_together() {
    let test = TestIndex::with(&[
        entry("both", "通知", "老旧小区改造的补贴标准。"),
        entry("phrase", "通知", "老旧小区改造的进度。"),
        entry("word", "通知", "补贴标准。"),
    ]);
    assert_eq!(test.ids("“老旧小区改造” 补贴标准"), ["both", "phrase"]);
}

#[test]
fn a_document_number_is_found_in_every_spelling() {
    let test = TestIndex::with(&[
        numbered(entry("wanted", "关于印发要点的通知", "正文。"), "榕仓政办〔2021〕12号"),
        numbered(entry("serial", "关于印发方案的通知", "正文。"), "榕仓政办〔2021〕13号"),
        numbered(entry("year", "关于印发办法的通知", "正文。"), "榕仓政办〔2020〕12号"),
        numbered(entry("sign", "关于印发规定的通知", "正文。"), "榕仓政〔2021〕12号"),
        entry("citing", "关于要点的解读", "根据《通知》（榕仓政办[2021]12号）解读。"),
    ]);
    for typed in [
        "榕仓政办〔2021〕12号",
        "榕仓政办[2021]12号",
        "榕仓政办(2021)12号",
        "榕仓政办（2021）12号",
        "榕仓政办【2021】12号",
        "榕仓政办﹝2021﹞12号",
        "榕仓政办202112号",
        "榕仓政办2021年12号",
        "榕仓政办 〔２０２１〕 １２ 号",
        "“榕仓政办〔2021〕12号”",
        "请问榕仓政办(2021)12号还有效吗",
    ] {
        let found = test.ids(typed);
        assert_eq!(found[0], "wanted", "{typed}");
        assert!(
            !found.contains(&"serial".to_owned()) || found.len() > 3,
            "{typed}: {found:?}"
        );
    }
    assert_eq!(test.ids("榕仓政办〔2021〕12号")[1], "citing");
}

#[test]
fn a_number_without_a_year_is_found() {
    let test = TestIndex::with(&[
        numbered(entry("a", "办法", "正文。"), "福建省人民政府令第123号"),
        numbered(entry("b", "规定", "正文。"), "福建省人民政府令第124号"),
    ]);
    assert_eq!(test.ids("福建省人民政府令 第123号")[0], "a");
}

#[test]
fn full_width_and_capital_spellings_are_one() {
    let test = TestIndex::with(&[entry("a", "关于５Ｇ基站和ＡＢ岗的通知", "正文。")]);
    for words in [
        "5g",
        "５Ｇ基站",
        "５Ｇ基站的通知",
        "關於5G基站",
        "ab岗",
        "AB岗",
        "“5G基站”",
    ] {
        assert_eq!(test.ids(words), ["a"], "{words}");
    }
}

#[test]
fn a_long_plain_question_finds_its_answer_first() {
    let test = TestIndex::with(&[
        entry(
            "answer",
            "新生儿落户办理指南",
            "父母一方为本区户籍的，凭出生医学证明、户口簿到派出所办理新生儿落户。",
        ),
        entry("other", "居住证办理指南", "凭身份证到派出所办理居住证。"),
        entry("noise", "图书馆开放时间", "周一闭馆。"),
    ]);
    let question = "我家宝宝刚出生，爸爸是仓山户口妈妈是外地的，请问给新生儿上户口应该到哪里办理，需要带什么材料？";
    assert_eq!(test.ids(question)[0], "answer");
}

#[test]
fn at_like_relevance_what_is_in_force_stands_first() {
    let body = "垃圾分类管理办法的正文。";
    let test = TestIndex::with(&[
        released(
            standing(entry("repealed", "垃圾分类管理办法", body), Validity::Repealed),
            2023,
            1,
            1,
        ),
        released(
            standing(entry("in-force", "垃圾分类管理办法", body), Validity::InForce),
            2019,
            1,
            1,
        ),
        released(
            standing(entry("lapsed", "垃圾分类管理办法", body), Validity::Lapsed),
            2022,
            1,
            1,
        ),
    ]);
    assert_eq!(test.ids("垃圾分类"), ["in-force", "repealed", "lapsed"]);
}

#[test]
fn newest_first_shows_only_what_matches_well() {
    let test = TestIndex::with(&[
        released(entry("old", "新生儿落户办理指南", "新生儿落户的材料。"), 2019, 5, 1),
        released(entry("new", "新生儿落户办理须知", "新生儿落户的地点。"), 2022, 5, 1),
        released(entry("chance", "图书馆指南", "借书办法。"), 2024, 5, 1),
    ]);
    let newest = Query {
        sort: Sort::Newest,
        ..query("新生儿落户办理指南")
    };
    assert_eq!(ids(&test.index.query(&newest).unwrap()), ["new", "old"]);
    assert_eq!(test.find("新生儿落户办理指南").total, 3);
}

#[test]
fn nothing_typed_lists_the_newest_and_pages_do_not_overlap() {
    let all: Vec<_> = (1..=25)
        .map(|day| released(entry(&format!("d{day:02}"), "公告", "正文"), 2021, 1, day))
        .collect();
    let test = TestIndex::with(&all);
    let mut seen = Vec::new();
    for offset in [0, 10, 20] {
        let page = test.index.query(&Query { offset, ..query(" ") }).unwrap();
        assert_eq!(page.total, 25);
        seen.extend(ids(&page));
    }
    let expected: Vec<_> = (1..=25).rev().map(|day| format!("d{day:02}")).collect();
    assert_eq!(seen, expected);
}

#[test]
fn hits_show_why_they_were_found() {
    let test = TestIndex::with(&[numbered(
        entry("a", "关于<政务公开>的通知", "各单位：\n做好政务公开工作。"),
        "榕仓政办〔2021〕12号",
    )]);
    let results = test.find("政务公开");
    let hit = &results.hits[0];
    assert_eq!(bracketed(&hit.title), "关于<[政务公开]>的通知");
    assert_eq!(bracketed(&hit.snippet), "各单位： 做好[政务公开]工作。");
    assert_eq!(
        (hit.path.as_str(), hit.number.as_deref()),
        ("/doc/a", Some("榕仓政办〔2021〕12号"))
    );
    assert!(hit.score > 0.0);
}

#[test]
fn the_issuing_unit_is_found_in_words() {
    let mut school = entry("a", "招生公告", "报名时间。");
    school.unit = "仓山区教育局".to_owned();
    let test = TestIndex::with(&[school, entry("b", "公告", "报名时间。")]);
    assert_eq!(test.ids("教育局"), ["a"]);
}
