//! Following a journal: commits, positions, replacement, removal, reopening, rebuilding.

use std::collections::BTreeSet;
use std::path::PathBuf;

use search::{Error, Index, Vocabulary};

use crate::support::{TestIndex, entry, ids, numbered, query};

#[test]
fn a_new_index_is_empty_at_position_zero() {
    let test = TestIndex::new();
    assert_eq!(test.index.position().unwrap(), 0);
    assert!(test.index.is_empty().unwrap());
    assert_eq!(test.find("").total, 0);
}

#[test]
fn what_was_put_is_seen_from_the_commit_on() {
    let test = TestIndex::new();
    let reader = test.reopen().unwrap();
    let mut writer = test.index.writer().unwrap();
    writer.put(&entry("a", "政务公开要点", "今年的安排。")).unwrap();
    assert_eq!(test.find("政务公开").total, 0);
    writer.commit(7).unwrap();
    assert_eq!(test.ids("政务公开"), ["a"]);
    assert_eq!(test.index.position().unwrap(), 7);
    // Another opening of the same directory, as another process has it, sees the commit too.
    assert_eq!(ids(&reader.query(&query("政务公开")).unwrap()), ["a"]);
    assert_eq!(reader.position().unwrap(), 7);
}

#[test]
fn putting_again_replaces() {
    let test = TestIndex::with(&[entry("a", "旧标题说垃圾分类", "垃圾分类。")]);
    let mut writer = test.index.writer().unwrap();
    writer.put(&entry("a", "新标题说义务教育", "入学。")).unwrap();
    writer.put(&entry("a", "新标题说义务教育招生", "入学。")).unwrap();
    writer.commit(2).unwrap();
    assert_eq!(test.index.len().unwrap(), 1);
    assert_eq!(test.find("垃圾分类").total, 0);
    assert_eq!(test.ids("义务教育招生"), ["a"]);
    assert_eq!(test.index.get("a").unwrap().unwrap().title, "新标题说义务教育招生");
}

#[test]
fn what_was_removed_leaves_nothing() {
    let mut secret = numbered(entry("secret", "行政处罚名单", "张某某被处罚。"), "榕罚〔2020〕5号");
    secret.unit_id = "u-court".to_owned();
    secret.kind = "penalty".to_owned();
    secret.theme = vec!["公安司法".to_owned()];
    let test = TestIndex::with(&[secret, entry("b", "政务公开要点", "安排。")]);
    let mut writer = test.index.writer().unwrap();
    writer.remove("secret");
    writer.remove("never-was");
    writer.commit(2).unwrap();
    for words in ["处罚", "张某某", "“张某某”", "榕罚〔2020〕5号", ""] {
        let results = test.find(words);
        assert!(results.hits.iter().all(|hit| hit.id == "b"), "{words}");
        let shown = serde_json::to_string(&results).unwrap();
        for trace in ["张某某", "处罚名单", "u-court", "penalty", "公安司法"] {
            assert!(!shown.contains(trace), "{trace} after {words}");
        }
    }
    assert_eq!(test.index.get("secret").unwrap(), None);
    assert_eq!(test.index.inventory().unwrap(), [("b".to_owned(), 1)]);
}

#[test]
fn a_writer_that_dies_loses_only_what_it_did_not_commit() {
    let test = TestIndex::new();
    let mut writer = test.index.writer().unwrap();
    writer.put(&entry("kept", "已提交的公告", "正文。")).unwrap();
    writer.commit(3).unwrap();
    writer.put(&entry("lost", "未提交的公告", "正文。")).unwrap();
    writer.remove("kept");
    drop(writer);
    let again = test.reopen().unwrap();
    assert_eq!(again.position().unwrap(), 3);
    assert_eq!(ids(&again.query(&query("公告")).unwrap()), ["kept"]);
    // The next writer goes on from there.
    let mut writer = again.writer().unwrap();
    writer.put(&entry("lost", "未提交的公告", "正文。")).unwrap();
    writer.commit(4).unwrap();
    assert_eq!(test.find("公告").total, 2);
}

#[test]
fn what_a_killed_writer_left_does_not_stop_the_next_one() {
    let entries = [entry("a", "甲公告", "正文。"), entry("b", "乙公告", "正文。")];
    let (killed, test) = (TestIndex::with(&entries), TestIndex::with(&entries));
    let files = |index: &TestIndex| -> BTreeSet<PathBuf> {
        let entries = std::fs::read_dir(index.directory.path()).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    // Both directories hold the same files; one of them is left as a kill leaves it: after the files of a commit have been
    // written, before the commit names them.
    for file in files(&test) {
        std::fs::remove_file(file).unwrap();
    }
    for file in files(&killed) {
        std::fs::copy(&file, test.directory.path().join(file.file_name().unwrap())).unwrap();
    }
    let before = files(&killed);
    let removal = |index: &Index| {
        let mut writer = index.writer().unwrap();
        writer.remove("a");
        writer.commit(2)
    };
    removal(&killed.reopen().unwrap()).unwrap();
    let made: Vec<PathBuf> = files(&killed).difference(&before).cloned().collect();
    assert!(
        made.iter()
            .any(|file| file.extension().is_some_and(|ending| ending == "del")),
        "{made:?}"
    );
    for file in &made {
        std::fs::copy(file, test.directory.path().join(file.file_name().unwrap())).unwrap();
    }
    std::fs::write(test.directory.path().join(".tmpAbc123"), b"half").unwrap();

    let again = test.reopen().unwrap();
    removal(&again).unwrap();
    assert_eq!(ids(&again.query(&query("公告")).unwrap()), ["b"]);
    assert!(!test.directory.path().join(".tmpAbc123").exists());
}

#[test]
fn there_is_one_writer() {
    let test = TestIndex::new();
    let writer = test.index.writer().unwrap();
    let other = test.reopen().unwrap();
    assert!(matches!(other.writer().err(), Some(Error::Locked { directory }) if directory == test.directory.path()));
    let anew = Index::create_anew(test.directory.path(), &Vocabulary::default());
    assert!(matches!(anew.err(), Some(Error::Locked { .. })));
    drop(writer);
    assert!(other.writer().is_ok());
}

#[test]
fn another_vocabulary_asks_for_a_rebuild() {
    let test = TestIndex::with(&[entry("a", "榕易办上线", "正文。")]);
    let vocabulary = Vocabulary {
        words: vec!["榕易办".to_owned()],
    };
    let refused = Index::open(test.directory.path(), &vocabulary);
    assert!(matches!(refused.err(), Some(Error::Rebuild { .. })));
    let anew = Index::create_anew(test.directory.path(), &vocabulary).unwrap();
    assert_eq!((anew.position().unwrap(), anew.len().unwrap()), (0, 0));
    assert!(Index::open(test.directory.path(), &vocabulary).is_ok());
    // Whoever still has the old edition open is told so.
    assert!(matches!(
        test.index.query(&query("榕易办")).err(),
        Some(Error::Rebuild { .. })
    ));
}

#[test]
fn a_damaged_file_asks_for_a_rebuild() {
    for (extension, damage) in [("store", 0), ("pos", 0), ("term", 0), ("json", 0), ("fast", 1)] {
        let test = TestIndex::with(&[entry("a", "政务公开要点", "今年的安排。")]);
        let mut files: Vec<_> = std::fs::read_dir(test.directory.path())
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.retain(|path| path.extension().is_some_and(|found| found == extension));
        assert!(!files.is_empty(), "{extension}");
        for path in files {
            let mut bytes = std::fs::read(&path).unwrap();
            match damage {
                0 => bytes.iter_mut().take(8).for_each(|byte| *byte ^= 0x55),
                _ => bytes.truncate(bytes.len() / 2),
            }
            std::fs::write(&path, bytes).unwrap();
        }
        assert!(
            matches!(test.reopen().err(), Some(Error::Rebuild { .. })),
            "{extension}"
        );
        assert!(
            Index::create_anew(test.directory.path(), &Vocabulary::default()).is_ok(),
            "{extension}"
        );
    }
}

#[test]
fn making_anew_leaves_other_peoples_files() {
    let test = TestIndex::new();
    let stranger = test.directory.path().join("notes.txt");
    std::fs::write(&stranger, "keep").unwrap();
    Index::create_anew(test.directory.path(), &Vocabulary::default()).unwrap();
    assert_eq!(std::fs::read_to_string(stranger).unwrap(), "keep");
}

#[test]
fn a_rebuilt_index_equals_the_one_that_grew() {
    let texts = [
        "政务公开要点",
        "义务教育招生",
        "保障性住房",
        "老旧小区改造",
        "公开招聘教师",
    ];
    let all: Vec<_> = texts
        .iter()
        .map(|text| entry(text, text, &format!("关于{text}的公开说明。")))
        .collect();
    let grown = TestIndex::new();
    let mut writer = grown.index.writer().unwrap();
    for (position, entry) in (1..).zip(&all) {
        let mut before = entry.clone();
        before.title = "将被更正的标题".to_owned();
        writer.put(&before).unwrap();
        writer
            .put(&crate::support::entry("passing", "一时的公开", "公开"))
            .unwrap();
        writer.commit(position).unwrap();
        writer.remove("passing");
        writer.put(entry).unwrap();
    }
    writer.commit(all.len() as u64).unwrap();
    let rebuilt = TestIndex::with(&all);
    assert_eq!(grown.index.inventory().unwrap(), rebuilt.index.inventory().unwrap());
    assert_eq!(grown.index.position().unwrap(), rebuilt.index.position().unwrap());
    for entry in &all {
        assert_eq!(grown.index.get(&entry.id).unwrap().as_ref(), Some(entry));
        assert_eq!(rebuilt.index.get(&entry.id).unwrap().as_ref(), Some(entry));
    }
    for words in ["", "公开", "教育", "“公开说明”", "住房保障怎么申请"] {
        let (one, other) = (grown.find(words), rebuilt.find(words));
        let sorted = |results| {
            let mut found = ids(results);
            found.sort();
            found
        };
        assert_eq!(sorted(&one), sorted(&other), "{words}");
        assert_eq!((one.total, one.facets), (other.total, other.facets), "{words}");
    }
}
