//! What must be disclosed proactively: 条例 article 20 (fifteen items) and article 21 (additions by level).

use serde::{Deserialize, Serialize};

use crate::Citation;
use crate::chinese::counting_numeral;
use crate::citation::foi_regulation;

/// One statutory item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StatutoryItem {
    /// Stable code: `S01` to `S15` (article 20), `C1` to `C7` and `T1` to `T8` (article 21).
    pub code: &'static str,
    /// The item as the disclosure column names it.
    pub title: &'static str,
    /// Where it stands.
    pub place: Place,
}

/// Where an item stands in the regulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Article 20, with the number of the item; for every organ.
    Article20(u32),
    /// Article 21, for cities with districts, counties and districts, and their departments.
    Article21County,
    /// Article 21, for towns (乡、镇).
    Article21Town,
}

/// The level of a unit, as far as article 21 distinguishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitLevel {
    /// District government or one of its departments.
    District,
    /// Town government (镇人民政府).
    Town,
    /// Street office (街道办事处): article 21 does not name it; its additions come from the district's own catalogue.
    Street,
}

impl StatutoryItem {
    /// The article and item.
    #[must_use]
    pub fn citation(&self) -> Citation {
        match self.place {
            Place::Article20(number) => {
                foi_regulation().article(format!("第二十条第（{}）项", counting_numeral(number)))
            }
            Place::Article21County | Place::Article21Town => foi_regulation().article("第二十一条"),
        }
    }
}

const fn of_article_20(code: &'static str, number: u32, title: &'static str) -> StatutoryItem {
    StatutoryItem {
        code,
        title,
        place: Place::Article20(number),
    }
}

const fn of_counties(code: &'static str, title: &'static str) -> StatutoryItem {
    StatutoryItem {
        code,
        title,
        place: Place::Article21County,
    }
}

const fn of_towns(code: &'static str, title: &'static str) -> StatutoryItem {
    StatutoryItem {
        code,
        title,
        place: Place::Article21Town,
    }
}

/// The fifteen items of article 20, in its order.
pub const ARTICLE_20: [StatutoryItem; 15] = [
    of_article_20("S01", 1, "行政法规、规章和规范性文件"),
    of_article_20("S02", 2, "机关职能、机构设置、办公地址、办公时间、联系方式、负责人姓名"),
    of_article_20("S03", 3, "国民经济和社会发展规划、专项规划、区域规划及相关政策"),
    of_article_20("S04", 4, "国民经济和社会发展统计信息"),
    of_article_20("S05", 5, "行政许可和其他对外管理服务事项的依据、条件、程序以及办理结果"),
    of_article_20(
        "S06",
        6,
        "行政处罚、行政强制的依据、条件、程序以及具有一定社会影响的行政处罚决定",
    ),
    of_article_20("S07", 7, "财政预算、决算信息"),
    of_article_20("S08", 8, "行政事业性收费项目及其依据、标准"),
    of_article_20("S09", 9, "政府集中采购项目的目录、标准及实施情况"),
    of_article_20("S10", 10, "重大建设项目的批准和实施情况"),
    of_article_20(
        "S11",
        11,
        "扶贫、教育、医疗、社会保障、促进就业等方面的政策、措施及其实施情况",
    ),
    of_article_20("S12", 12, "突发公共事件的应急预案、预警信息及应对情况"),
    of_article_20(
        "S13",
        13,
        "环境保护、公共卫生、安全生产、食品药品、产品质量的监督检查情况",
    ),
    of_article_20("S14", 14, "公务员招考的职位、名额、报考条件等事项以及录用结果"),
    of_article_20(
        "S15",
        15,
        "法律、法规、规章和国家有关规定规定应当主动公开的其他政府信息",
    ),
];

/// The additions of article 21 for counties and districts and their departments.
pub const ARTICLE_21_COUNTY: [StatutoryItem; 7] = [
    of_counties("C1", "市政建设"),
    of_counties("C2", "公共服务"),
    of_counties("C3", "公益事业"),
    of_counties("C4", "土地征收"),
    of_counties("C5", "房屋征收"),
    of_counties("C6", "治安管理"),
    of_counties("C7", "社会救助"),
];

/// The additions of article 21 for towns.
pub const ARTICLE_21_TOWN: [StatutoryItem; 8] = [
    of_towns("T1", "贯彻落实农业农村政策"),
    of_towns("T2", "农田水利工程建设运营"),
    of_towns("T3", "农村土地承包经营权流转"),
    of_towns("T4", "宅基地使用情况审核"),
    of_towns("T5", "土地征收"),
    of_towns("T6", "房屋征收"),
    of_towns("T7", "筹资筹劳"),
    of_towns("T8", "社会救助"),
];

/// Every item that the regulation names for a unit of this level. The unit's own catalogue chooses among them what it has.
#[must_use]
pub fn items_for(level: UnitLevel) -> Vec<StatutoryItem> {
    let additions: &[StatutoryItem] = match level {
        UnitLevel::District => &ARTICLE_21_COUNTY,
        UnitLevel::Town => &ARTICLE_21_TOWN,
        UnitLevel::Street => &[],
    };
    ARTICLE_20.iter().chain(additions).copied().collect()
}

/// The item of a code, of whatever level.
#[must_use]
pub fn item(code: &str) -> Option<StatutoryItem> {
    ARTICLE_20
        .iter()
        .chain(&ARTICLE_21_COUNTY)
        .chain(&ARTICLE_21_TOWN)
        .find(|item| item.code == code)
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_say_their_place() {
        let all: Vec<_> = ARTICLE_20
            .iter()
            .chain(&ARTICLE_21_COUNTY)
            .chain(&ARTICLE_21_TOWN)
            .collect();
        let codes: BTreeSet<_> = all.iter().map(|item| item.code).collect();
        assert_eq!(codes.len(), 30);
        for (position, entry) in ARTICLE_20.iter().enumerate() {
            assert_eq!(entry.code, format!("S{:02}", position + 1));
        }
        let budget = item("S07").map(|item| item.citation().article.into_owned());
        assert_eq!(budget.as_deref(), Some("第二十条第（七）项"));
    }

    #[test]
    fn a_street_gets_only_what_the_article_names_for_everybody() {
        assert_eq!(items_for(UnitLevel::Street).len(), 15);
        assert_eq!(items_for(UnitLevel::District).len(), 22);
        assert_eq!(items_for(UnitLevel::Town).len(), 23);
    }
}
