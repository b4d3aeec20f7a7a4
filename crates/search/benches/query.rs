//! How long queries take over generated Chinese text: `cargo bench -p search`.

use std::hint::black_box;

use chrono::{Duration, NaiveDate};
use criterion::{Criterion, criterion_group, criterion_main};
use search::{Entry, Filters, Index, Query, Sort, Validity, Vocabulary};

const DOCUMENTS: u64 = 20_000;

/// Subjects and acts of which a district's documents speak; the texts are drawn from them.
const WORDS: &str = "政务公开 信息 条例 教育 招生 义务教育 住房 保障性租赁住房 申请 补贴 标准 垃圾分类 管理办法 老旧小区 改造 \
    预算 决算 财政 资金 采购 招标 公告 通知 意见 方案 实施 细则 养老 服务 医疗 保险 就业 创业 企业 营商环境 审批 许可 \
    行政处罚 复议 诉讼 安全 生产 应急 环境 保护 水利 农业 乡村振兴 交通 道路 停车 城市管理 执法 社区 街道 居民 户籍 落户";

/// A small generator (xorshift), so that every run measures the same texts.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn text(&mut self, words: &[&str], length: u64) -> String {
        let mut text = String::new();
        for _ in 0..length {
            // The smaller of two draws: frequent words and rare ones, as texts have them.
            let pick = self.below(words.len() as u64).min(self.below(words.len() as u64));
            text.push_str(words[pick as usize]);
            if self.below(6) == 0 {
                text.push('，');
            }
            if self.below(4) == 0 {
                // Any character of the basic block stands for names and rare words.
                text.extend(char::from_u32(0x4e00 + self.below(20_000) as u32));
            }
        }
        text
    }
}

fn entry(draw: &mut Draw, words: &[&str], number: u64) -> Entry {
    let year = 2016 + draw.below(10) as i32;
    let unit = draw.below(40);
    let length = 60 + draw.below(300);
    Entry {
        id: number.to_string(),
        position: number,
        path: format!("/doc/{number}"),
        title: draw.text(words, 5),
        number: Some(format!("榕仓政办〔{year}〕{}号", number % 500)),
        body: draw.text(words, length),
        unit: format!("单位{unit}"),
        unit_id: unit.to_string(),
        kind: format!("kind-{}", draw.below(12)),
        theme: vec![format!("主题{}", draw.below(20))],
        validity: if draw.below(5) == 0 {
            Validity::Repealed
        } else {
            Validity::InForce
        },
        released_on: NaiveDate::from_yo_opt(year, 1).unwrap_or_default() + Duration::days(draw.below(365) as i64),
        year,
    }
}

fn filled(directory: &std::path::Path) -> search::Result<Index> {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut draw = Draw(20_210_304);
    let index = Index::open(directory, &Vocabulary::default())?;
    let mut writer = index.writer()?;
    for number in 1..=DOCUMENTS {
        writer.put(&entry(&mut draw, &words, number))?;
    }
    writer.commit(DOCUMENTS)?;
    Ok(index)
}

fn queries(criterion: &mut Criterion) {
    let Ok(directory) = tempfile::tempdir() else { return };
    let index = match filled(directory.path()) {
        Ok(index) => index,
        Err(error) => return println!("no index to measure: {error}"),
    };
    let query = |words: &str| Query {
        words: words.to_owned(),
        ..Query::default()
    };
    let filters = Filters {
        units: vec!["7".to_owned()],
        years: vec![2021, 2022],
        ..Filters::default()
    };
    let cases = [
        ("two characters", query("落户")),
        ("two words", query("养老 补贴标准")),
        (
            "frequent word with filters",
            Query {
                filters,
                ..query("政务公开")
            },
        ),
        ("phrase across words", query("“房补贴标”")),
        ("document number", query("榕仓政办[2021]12号")),
        (
            "question",
            query("我是外地户口，在本区就业，想申请保障性租赁住房，请问需要什么条件，补贴标准是多少？"),
        ),
        (
            "newest first",
            Query {
                sort: Sort::Newest,
                ..query("老旧小区改造")
            },
        ),
        ("nothing typed", query("")),
    ];
    let mut group = criterion.benchmark_group("query");
    group.sample_size(20);
    for (name, query) in &cases {
        group.bench_function(*name, |bencher| {
            bencher.iter(|| black_box(index.query(black_box(query))))
        });
    }
    group.finish();
}

criterion_group!(benches, queries);
criterion_main!(benches);
