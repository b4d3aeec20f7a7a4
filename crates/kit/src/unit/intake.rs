//! Many units at once, from a table.

use std::collections::{HashMap, HashSet};

use serde_json::json;
use uuid::Uuid;

use super::service::{is_code, is_name};
use super::{Kind, MANAGE, Unit, store};
use crate::audit::Deed;
use crate::db::Tx;
use crate::error::Result;
use crate::intake::{self, Check, Column, Home, Outcome, Row, Wrong};
use crate::site::Site;

const KINDS: [&str; 5] = ["区政府", "区直单位", "镇", "街道", "其他"];

/// Units from a table.
pub static INTAKE: intake::Kind = intake::Kind {
    id: "units",
    name: "单位",
    columns: &[
        Column::new("full_name", "全称", "单位的规范全称，2 至 60 个字。")
            .known_as(&["单位全称", "单位名称", "机构名称", "名称"])
            .required()
            .unique(),
        Column::new("short_name", "简称", "任务分解表上怎么写就怎么写，例如“区财政局”。")
            .known_as(&["单位简称", "规范简称"])
            .required()
            .unique(),
        Column::new(
            "code",
            "代码",
            "用于网址，由小写字母、数字和 - 组成，登记后不变，例如 czj。",
        )
        .known_as(&["单位代码", "编码"])
        .required()
        .unique(),
        Column::new("kind", "类别", "单位属于哪一类。")
            .known_as(&["单位类别", "类型"])
            .required()
            .one_of(&KINDS),
        Column::new("parent", "上级单位", "上级单位的全称或简称，要先登记；没有就不填。")
            .known_as(&["主管单位", "隶属"]),
        Column::new("established_on", "设立日期", "写成 2021-03-31 的样子；不清楚就不填。").known_as(&["成立日期"]),
        Column::new("groups", "分组", "所属的分组，几个之间用顿号隔开，例如“区直各单位”。").known_as(&["所属分组"]),
        Column::new("source", "依据", "机构改革方案、批复文号或其他出处。")
            .known_as(&["来源", "出处"])
            .required(),
        Column::new("contact", "联系方式", "向社会公布的科室、电话、地址、办公时间。").known_as(&["联系电话"]),
    ],
    permission: &MANAGE,
    home: Home {
        href: "/units",
        label: "单位名册",
        nav: "units",
    },
    place: Some("/units/"),
    afterwards: "",
    clash: "代码、全称或简称与另一个单位相同；同一单位改名请用“改名”",
    load: |site| Box::pin(load(site)),
    take: |tx, rows| Box::pin(take(tx, rows)),
};

/// The register as it stands, by codes and names.
struct Register {
    by_word: HashMap<String, usize>,
    units: Vec<Unit>,
}

async fn load(site: &Site) -> Result<Box<dyn Check>> {
    Ok(Box::new(Register::of(store::register(site.db.read()).await?)))
}

impl Register {
    fn of(units: Vec<Unit>) -> Register {
        let mut by_word = HashMap::new();
        for (place, unit) in units.iter().enumerate() {
            for word in [
                code_word(&unit.code),
                name_word(&unit.full_name),
                name_word(&unit.short_name),
            ] {
                by_word.entry(word).or_insert(place);
            }
        }
        Register { by_word, units }
    }

    /// The unit that a row means, or with which it clashes.
    fn find(&self, row: &Row) -> Option<&Unit> {
        let words = [
            code_word(row.text("code")),
            name_word(row.text("full_name")),
            name_word(row.text("short_name")),
        ];
        words
            .iter()
            .find_map(|word| self.by_word.get(word))
            .and_then(|place| self.units.get(*place))
    }
}

/// Codes and names are told apart, because a code may read like a name.
fn code_word(code: &str) -> String {
    format!("code {code}")
}

fn name_word(name: &str) -> String {
    format!("name {name}")
}

fn is_same(unit: &Unit, row: &Row) -> bool {
    unit.code == row.text("code")
        && unit.full_name == row.text("full_name")
        && unit.short_name == row.text("short_name")
}

/// Why a row cannot be entered beside a unit of the register.
fn clash(unit: &Unit, row: &Row) -> Wrong {
    let pairs = [
        ("code", &unit.code),
        ("full_name", &unit.full_name),
        ("short_name", &unit.short_name),
    ];
    let column = pairs.iter().find(|(column, word)| row.text(column) == word.as_str());
    let sentence = format!(
        "与名册里的“{}”（代码 {}）相同，其余两项却不同；同一单位改名请用“改名”",
        unit.full_name, unit.code
    );
    Wrong::new(column.map_or("full_name", |(column, _)| column), sentence)
}

impl Check for Register {
    fn check(&self, row: &Row) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        if !is_code(row.text("code")) {
            wrong.push(Wrong::new("code", "请用小写字母、数字和 - 组成代码，例如 czj"));
        }
        for column in ["full_name", "short_name"] {
            if !is_name(row.text(column)) {
                wrong.push(Wrong::new(column, "请填写 2 至 60 个字，中间不要有空格或换行"));
            }
        }
        if row.text("source").chars().count() > 200 {
            wrong.push(Wrong::new("source", "最多 200 个字"));
        }
        if row.text("contact").chars().count() > 300 {
            wrong.push(Wrong::new("contact", "最多 300 个字"));
        }
        wrong.extend(row.date("established_on").err());
        if let Some(unit) = self.find(row).filter(|unit| !is_same(unit, row)) {
            wrong.push(clash(unit, row));
        }
        wrong
    }
}

async fn take(tx: &Tx, rows: &[Row]) -> Result<Vec<Outcome>> {
    tx.lock_name("unit register").await?;
    let codes: Vec<&str> = rows.iter().map(|row| row.text("code")).collect();
    let names = rows
        .iter()
        .flat_map(|row| [row.text("full_name"), row.text("short_name")]);
    let names: Vec<&str> = names.collect::<HashSet<_>>().into_iter().collect();
    let register = Register::of(store::alike(tx.on(), &codes, &names).await?);
    let mut parents = parents(tx, rows).await?;
    let mut position = i32::try_from(store::count(tx.on()).await?).unwrap_or(i32::MAX);
    let (mut outcomes, mut new, mut deeds) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let parent = parents.get(row.text("parent")).copied();
        outcomes.push(match register.find(row) {
            Some(unit) if is_same(unit, row) => Outcome::Known(unit.id),
            Some(unit) => Outcome::Refused(clash(unit, row).sentence),
            None if !row.text("parent").is_empty() && parent.is_none() => {
                Outcome::Refused(format!("上级单位“{}”不在名册里，请先登记它", row.text("parent")))
            }
            None => {
                let id = Uuid::now_v7();
                let (full_name, short_name) = (row.text("full_name").to_string(), row.text("short_name").to_string());
                parents.insert(full_name.clone(), id);
                parents.insert(short_name.clone(), id);
                let model = model(row, id, parent, position);
                let detail = json!({ "full_name": full_name, "kind": model.kind });
                deeds.push(Deed::new("unit.enter", "unit", id).unit(id).detail(detail));
                let groups: HashSet<String> = row.list("groups").into_iter().collect();
                new.push((model, full_name, short_name, groups.into_iter().collect()));
                position = position.saturating_add(1);
                Outcome::Taken(id)
            }
        });
    }
    if !new.is_empty() {
        store::insert_all(tx, new).await?;
        tx.record_all(deeds).await?;
    }
    Ok(outcomes)
}

/// The units above, by the names that rows give them.
async fn parents(tx: &Tx, rows: &[Row]) -> Result<HashMap<String, Uuid>> {
    let wanted: HashSet<&str> = rows
        .iter()
        .map(|row| row.text("parent"))
        .filter(|name| !name.is_empty())
        .collect();
    let wanted: Vec<&str> = wanted.into_iter().collect();
    let found = if wanted.is_empty() {
        Vec::new()
    } else {
        store::alike(tx.on(), &[], &wanted).await?
    };
    let named = found
        .into_iter()
        .flat_map(|unit| [(unit.full_name, unit.id), (unit.short_name, unit.id)]);
    Ok(named.collect())
}

fn model(row: &Row, id: Uuid, parent: Option<Uuid>, position: i32) -> store::unit::Model {
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == row.text("kind"));
    store::unit::Model {
        id,
        code: row.text("code").into(),
        kind: kind.unwrap_or(Kind::Other).id().into(),
        parent,
        established_on: row.date("established_on").ok().flatten(),
        ended_on: None,
        successor: None,
        position,
        source: row.text("source").into(),
        contact: row.text("contact").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choices_are_the_names_of_the_kinds() {
        assert_eq!(KINDS, Kind::ALL.map(Kind::name));
    }
}
