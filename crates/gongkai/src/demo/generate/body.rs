//! The body of a document, written paragraph by paragraph until it is as long as it should be.

use content::{Align, Block, Body, Document, Inline};

use super::form::Form;
use super::grammar::Writer;
use super::tables;

const NUMERALS: [&str; 20] = [
    "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四", "十五", "十六", "十七",
    "十八", "十九", "二十",
];

/// Sentences of several kinds of paragraph.
const FACTS: [&str; 3] = ["s.fact", "s.own", "s.fact"];
const TASKS: [&str; 5] = ["s.measure", "s.duty", "s.own", "s.measure", "s.open"];
const GUARANTEES: [&str; 4] = ["s.duty", "s.check", "s.money", "s.open"];
const ALL: [&str; 7] = ["s.fact", "s.measure", "s.own", "s.duty", "s.money", "s.check", "s.open"];

/// Blocks being written, with how many characters they have.
pub(super) struct Composer<'w, 'g> {
    writer: &'w mut Writer<'g>,
    blocks: Vec<Block>,
    length: usize,
    target: usize,
    articles: usize,
}

/// Writes the body of a document of this form; `matter`, `form`, `organ` and `signed` are bound.
pub(super) fn compose(writer: &mut Writer<'_>, form: Form, target: usize) -> Document {
    let mut composer = Composer {
        writer,
        blocks: Vec::new(),
        length: 0,
        target,
        articles: 0,
    };
    match form {
        Form::Measures => composer.measures(),
        Form::Scheme | Form::Programme => composer.scheme(),
        Form::Notice => composer.notice(),
        Form::Announcement => composer.announcement(),
        Form::Reply => composer.reply(),
        Form::Report | Form::Bulletin => composer.report(),
        Form::Reading => composer.reading(),
    }
    composer.finish(form)
}

impl Composer<'_, '_> {
    fn push(&mut self, block: Block) {
        self.length += block.text().chars().count();
        self.blocks.push(block);
    }

    fn paragraph(&mut self, text: &str) {
        let words = self.writer.text(text);
        self.push(Block::paragraph(&words));
    }

    fn heading(&mut self, level: u8, text: &str) {
        let words = self.writer.text(text);
        self.push(Block::heading(level, &words));
    }

    /// Two to four sentences of these kinds.
    fn sentences(&mut self, kinds: &[&str]) {
        let count = self.writer.dice.between(2, 4);
        let mut words = String::new();
        for _ in 0..count {
            if let Some(kind) = self.writer.dice.pick(kinds) {
                words.push_str(&self.writer.by(kind));
            }
        }
        self.push(Block::paragraph(&words));
    }

    /// Whether this share (in hundredths) of the length is still to be written.
    fn is_before(&self, share: usize) -> bool {
        self.length < self.target * share / 100
    }

    fn until(&mut self, share: usize, kinds: &[&str]) {
        while self.is_before(share) {
            if self.writer.dice.often(120) {
                self.list();
            } else {
                self.sentences(kinds);
            }
        }
    }

    fn list(&mut self) {
        let count = self.writer.dice.between(3, 5);
        self.paragraph("{办理|检查|落实}{matter}，重点做好以下事项：");
        let items: Vec<String> = (0..count).map(|_| self.writer.text("{act}，{result}。")).collect();
        let is_ordered = self.writer.dice.often(600);
        self.push(Block::list(is_ordered, items));
    }

    fn addressees(&mut self) {
        self.paragraph("{addressees}：");
    }

    fn notice(&mut self) {
        self.addressees();
        self.paragraph("{opening}");
        let sections = self.writer.dice.between(3, 6);
        for (number, numeral) in NUMERALS.iter().take(sections).enumerate() {
            self.heading(2, &format!("{numeral}、{{heading.task}}"));
            self.sentences(if number == 0 { &FACTS } else { &TASKS });
            self.until((number + 1) * 88 / sections, &TASKS);
        }
        self.maybe_table(450);
        self.sentences(&GUARANTEES);
        self.paragraph("{end}");
    }

    fn scheme(&mut self) {
        self.paragraph("{opening}");
        self.heading(2, "一、总体要求");
        self.sentences(&FACTS);
        self.paragraph("到{until}年，{indicator}，{indicator}，{result}。");
        self.heading(2, "二、主要任务");
        let tasks = (self.target / 700).clamp(4, NUMERALS.len());
        for (number, numeral) in NUMERALS.iter().take(tasks).enumerate() {
            self.heading(3, &format!("（{numeral}）{{heading.task}}"));
            self.sentences(&TASKS);
            self.until(12 + (number + 1) * 56 / tasks, &ALL);
        }
        self.heading(2, "三、进度安排");
        self.stages();
        self.heading(2, "四、保障措施");
        self.until(90, &GUARANTEES);
        self.paragraph("{end}");
        self.heading(2, "附件：任务分工表");
        let table = tables::duties(self.writer);
        self.push(table);
    }

    fn stages(&mut self) {
        let stages = ["动员部署阶段", "组织实施阶段", "总结巩固阶段"];
        for (numeral, stage) in NUMERALS.iter().zip(stages) {
            self.paragraph(&format!(
                "（{numeral}）{stage}（{{deadline}}前）。{{who}}{{must}}{{act}}，{{result}}。"
            ));
        }
    }

    fn measures(&mut self) {
        let chapters = self.writer.dice.between(5, 8);
        for (number, numeral) in NUMERALS.iter().take(chapters).enumerate() {
            let name = match number {
                0 => "总则".to_string(),
                last if last + 1 == chapters => "附则".to_string(),
                _ => self.writer.by("chapter"),
            };
            self.heading(2, &format!("第{numeral}章　{name}"));
            if number == 0 {
                self.article("为{aim}，根据{law}和有关规定，结合本区实际，制定本{form}。");
            }
            self.article("{article}");
            while self.is_before((number + 1) * 90 / chapters) {
                let text = match self.writer.dice.below(4) {
                    0 => "{s.duty}",
                    1 => "{s.own}",
                    _ => "{article}",
                };
                self.article(text);
            }
        }
        self.article("本{form}自{effective}起施行，有效期至{lapse}。");
        self.maybe_table(300);
    }

    fn article(&mut self, text: &str) {
        self.articles += 1;
        let number = numeral(self.articles);
        self.paragraph(&format!("第{number}条　{text}"));
        if self.writer.dice.often(180) {
            self.paragraph("前款所称{facility}，{包括|不包括}{spot}等处由{peer}管理的{facility}。");
        }
    }

    fn announcement(&mut self) {
        self.paragraph("{opening}");
        let points = self.writer.dice.between(3, 6);
        for (number, numeral) in NUMERALS.iter().take(points).enumerate() {
            let sentence = ["{s.own}", "{s.measure}", "{s.money}", "{s.open}", "{q}{a}"];
            let text = self.writer.dice.pick(&sentence).copied().unwrap_or_default();
            self.paragraph(&format!("{numeral}、{text}"));
            self.until((number + 1) * 80 / points, &["s.own", "s.open"]);
        }
        self.maybe_table(350);
        self.paragraph("{contact}");
        self.paragraph("特此公告。");
    }

    fn reply(&mut self) {
        self.paragraph("{尊敬的委员|尊敬的代表|提案人、建议人}：");
        self.paragraph("{reply.first}");
        self.paragraph("{s.reply}");
        self.heading(2, "一、{已开展的工作|基本情况}");
        self.sentences(&FACTS);
        self.until(45, &ALL);
        self.heading(2, "二、{关于所提建议的办理意见|下一步工作}");
        self.until(90, &["s.measure", "s.reply", "s.own", "s.duty"]);
        self.paragraph("{reply.last}");
        self.paragraph("{contact}");
    }

    fn report(&mut self) {
        self.paragraph("按照{law}和{meeting}要求，现将{matter}有关情况{报告|通报|公布}如下：");
        self.heading(2, "一、{总体情况|基本情况|主要做法}");
        self.sentences(&FACTS);
        self.until(35, &FACTS);
        let table = tables::figures(self.writer);
        self.push(table);
        self.heading(2, "二、{存在的问题|主要问题}");
        for numeral in &NUMERALS[..3] {
            self.paragraph(&format!("{numeral}是{{problem}}。{{s.fact}}"));
        }
        self.heading(2, "三、{下一步打算|工作要求|整改意见}");
        self.until(94, &ALL);
    }

    fn reading(&mut self) {
        self.paragraph("{opening}");
        self.sentences(&FACTS);
        let mut number = 0;
        while self.is_before(92) {
            number += 1;
            self.heading(2, &format!("{}、{{q}}", numeral(number)));
            self.paragraph("{a}");
            self.sentences(&["s.own", "s.measure", "s.open"]);
        }
        self.paragraph("{contact}");
    }

    fn maybe_table(&mut self, in_a_thousand: usize) {
        if self.writer.dice.often(in_a_thousand) {
            self.heading(2, "附件：{点位安排表|情况统计表|任务清单}");
            let table = match self.writer.dice.below(3) {
                0 => tables::duties(self.writer),
                1 => tables::figures(self.writer),
                _ => tables::places(self.writer),
            };
            self.push(table);
        }
    }

    fn finish(mut self, form: Form) -> Document {
        if form != Form::Reading {
            for words in ["{organ}", "{signed}"] {
                let text = Inline::lines(&self.writer.text(words));
                let align = Align::End;
                self.push(Block::new(Body::Paragraph { align, text }));
            }
        }
        self.paragraph("{sample}");
        Document::new(self.blocks).with_fresh_ids()
    }
}

/// A number below a hundred in Chinese.
fn numeral(number: usize) -> String {
    let digits = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |n: usize| digits.get(n).copied().unwrap_or_default();
    match number {
        0..=9 => digit(number).into(),
        10..=19 => format!("十{}", digit(number % 10)),
        20..=99 => format!("{}十{}", digit(number / 10), digit(number % 10)),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn articles_are_numbered_in_chinese() {
        let written = [1, 10, 11, 20, 35, 99].map(super::numeral);
        assert_eq!(written, ["一", "十", "十一", "二十", "三十五", "九十九"]);
    }
}
