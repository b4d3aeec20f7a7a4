//! The forms that documents have (文种), with title, length and the share each has of all.

use super::grammar::Writer;

/// A form of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// 管理办法, issued by a notice.
    Measures,
    /// 实施方案, issued by a notice.
    Scheme,
    /// 关于做好…工作的通知.
    Notice,
    /// 公告.
    Announcement,
    /// 对提案、建议的答复.
    Reply,
    /// 工作情况.
    Report,
    /// 通报.
    Bulletin,
    /// 政策解读.
    Reading,
    /// 专项规划.
    Programme,
}

use Form::{Announcement, Bulletin, Measures, Notice, Programme, Reading, Reply, Report, Scheme};

/// Out of a hundred documents, so many have this form.
const SHARES: [(Form, usize); 9] = [
    (Notice, 22),
    (Scheme, 17),
    (Announcement, 14),
    (Report, 12),
    (Reply, 10),
    (Measures, 9),
    (Bulletin, 7),
    (Reading, 6),
    (Programme, 3),
];

impl Form {
    /// A form, as often as it is found.
    pub(super) fn any(writer: &mut Writer<'_>) -> Form {
        let mut throw = writer.dice.below(100);
        for (form, share) in SHARES {
            match throw.checked_sub(share) {
                Some(left) => throw = left,
                None => return form,
            }
        }
        Notice
    }

    /// Stored name of the kind of document that it is.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Measures => "normative",
            Scheme | Notice | Bulletin => "policy",
            Programme => "plan",
            Announcement => "notice",
            Reply | Report | Reading => "information",
        }
    }

    /// Whether it bears a document number.
    pub(super) fn is_numbered(self) -> bool {
        !matches!(self, Announcement | Report | Reading | Programme)
    }

    /// The number of characters it has, between these.
    pub(super) fn length(self) -> (usize, usize) {
        match self {
            Measures => (2_400, 5_400),
            Scheme => (2_800, 6_200),
            Notice => (1_500, 3_900),
            Announcement => (500, 1_500),
            Reply => (900, 2_400),
            Report => (1_800, 4_500),
            Bulletin => (1_500, 3_400),
            Reading => (1_200, 3_000),
            Programme => (7_500, 11_500),
        }
    }

    /// What it calls itself.
    pub(super) fn own_name(self, writer: &mut Writer<'_>) -> String {
        writer.text(match self {
            Measures => "{管理办法|暂行办法|实施办法|管理规定|实施细则}",
            Scheme => "{实施方案|工作方案|行动方案|专项行动方案}",
            Notice => "{通知|补充通知}",
            Announcement => "公告",
            Reply => "答复",
            Report => "{工作总结|情况报告|进展情况}",
            Bulletin => "{通报|情况通报}",
            Reading => "解读",
            Programme => "{专项规划|发展规划}",
        })
    }

    /// The title; `matter`, `form` and `organ` are bound.
    pub(super) fn title(self, writer: &mut Writer<'_>) -> String {
        let scope = if writer.dice.often(350) {
            writer.by("scope")
        } else {
            String::new()
        };
        writer.bind("where", scope);
        let titles: &[&str] = match self {
            Measures => &["{organ}关于印发《仓山区{where}{matter}{form}》的通知"],
            Scheme => &[
                "{organ}关于印发{year}年{where}{matter}{form}的通知",
                "{organ}关于印发《仓山区{where}{matter}{form}》的通知",
                "{organ}关于{where}{matter}的{form}",
            ],
            Notice => &[
                "{organ}关于做好{where}{matter}工作的{form}",
                "{organ}关于进一步加强{where}{matter}的{form}",
                "{organ}关于开展{year}年{where}{matter}工作的{form}",
                "{organ}关于规范{where}{matter}有关事项的{form}",
                "{organ}关于{act}的{form}",
            ],
            Announcement => &[
                "{organ}关于{where}{matter}的公告",
                "{organ}关于{year}年{where}{matter}有关事项的公告",
                "{organ}关于公布{where}{matter}名单的公告",
                "{organ}关于{road}至{road}段有关事项的公告（{matter}）",
            ],
            Reply => &[
                "{organ}关于区政协{year}年第{#1001-1299}号提案（{where}{matter}）的答复",
                "{organ}关于区人大代表第{#1-180}号建议的答复（{where}{matter}）",
            ],
            Report => &[
                "{organ}{lastyear}年{where}{matter}{form}",
                "{organ}{lastyear}年第{一|二|三}季度{where}{matter}{form}",
                "{organ}关于{where}{matter}的{form}",
            ],
            Bulletin => &[
                "{organ}关于{lastyear}年第{一|二|三|四}季度{where}{matter}的{form}",
                "{organ}关于{where}{matter}检查结果的{form}",
            ],
            Reading => &[
                "《仓山区{where}{matter}实施方案》政策{form}",
                "一图读懂：{where}{matter}有什么新变化（文字{form}）",
                "关于{where}{matter}有关政策的{form}",
            ],
            Programme => &["仓山区{where}{matter}{form}（{year}—{until}年）"],
        };
        let title = writer.dice.pick(titles).copied().unwrap_or_default();
        writer.text(title)
    }
}
