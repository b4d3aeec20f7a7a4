//! The register of units as the breakdown uses it: by name as printed, and by who took over.

use std::collections::HashMap;

use chrono::NaiveDate;
use kit::Result;
use kit::unit::{self, Kind, Unit};
use sea_orm::ConnectionTrait;
use statute::document::{to_half_width, without_spaces};
use uuid::Uuid;

use crate::read::Names;

/// The register at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Register {
    units: Vec<Unit>,
    places: HashMap<Uuid, usize>,
    names: HashMap<String, Uuid>,
}

impl Register {
    /// Loads it.
    pub async fn load(on: &impl ConnectionTrait) -> Result<Register> {
        let units = unit::register(on).await?;
        let names = unit::by_names(on).await?;
        Ok(Register::of(units, names))
    }

    /// A register of these units and names.
    pub fn of(units: Vec<Unit>, names: HashMap<String, Uuid>) -> Register {
        let places = units.iter().enumerate().map(|(place, unit)| (unit.id, place)).collect();
        let names = names.into_iter().map(|(name, id)| (plain(&name), id)).collect();
        Register { units, places, names }
    }

    /// All names as the reader takes them.
    pub fn reader_names(&self) -> Names {
        Names::new("区", self.names.keys())
    }

    /// One unit.
    pub fn get(&self, id: Uuid) -> Option<&Unit> {
        self.places.get(&id).and_then(|place| self.units.get(*place))
    }

    /// Its short name; empty for a unit that is not there.
    pub fn short_name(&self, id: Uuid) -> String {
        self.get(id).map(|unit| unit.short_name.clone()).unwrap_or_default()
    }

    /// Its place in lists.
    pub fn place(&self, id: Uuid) -> usize {
        self.places.get(&id).copied().unwrap_or(usize::MAX)
    }

    /// The units that exist on that day.
    pub fn active(&self, on: NaiveDate) -> impl Iterator<Item = &Unit> {
        self.units.iter().filter(move |unit| unit.is_active(on))
    }

    /// The units of these kinds that exist on that day.
    pub fn of_kinds(&self, kinds: &[Kind], on: NaiveDate) -> Vec<Uuid> {
        self.active(on)
            .filter(|unit| kinds.contains(&unit.kind))
            .map(|unit| unit.id)
            .collect()
    }

    /// Who does on that day what this unit had to do: itself, or whoever took over; none when it ended without successor.
    pub fn follow(&self, id: Uuid, on: NaiveDate) -> Option<Uuid> {
        let mut current = id;
        // A chain of mergers is never longer than the register.
        for _ in 0..=self.units.len() {
            let unit = self.get(current)?;
            if unit.is_active(on) {
                return Some(current);
            }
            current = unit.successor?;
        }
        None
    }

    /// The unit that a name as printed means on that day.
    pub fn resolve(&self, name: &str, on: NaiveDate) -> Option<Uuid> {
        self.names.get(&plain(name)).and_then(|id| self.follow(*id, on))
    }
}

/// A name without what typing adds to it: spaces and full-width signs.
pub(crate) fn plain(name: &str) -> String {
    to_half_width(&without_spaces(name))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn unit(code: &str, kind: Kind) -> Unit {
        Unit {
            id: Uuid::now_v7(),
            code: code.into(),
            kind,
            full_name: format!("仓山区{code}"),
            short_name: code.into(),
            parent: None,
            ended_on: None,
            successor: None,
            source: String::new(),
            contact: String::new(),
        }
    }

    pub(crate) fn register(units: Vec<Unit>) -> Register {
        let names = units.iter().map(|unit| (unit.short_name.clone(), unit.id)).collect();
        Register::of(units, names)
    }

    #[test]
    fn a_name_leads_to_whoever_took_over() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (mut old, new) = (unit("区商务局", Kind::Department), unit("区发改局", Kind::Department));
        old.ended_on = Some(day("2021-07-01"));
        old.successor = Some(new.id);
        let (old_id, new_id) = (old.id, new.id);
        let register = register(vec![old, new]);
        assert_eq!(register.resolve("区商务局", day("2021-06-30")), Some(old_id));
        assert_eq!(register.resolve(" 区商务 局", day("2021-07-01")), Some(new_id));
        assert_eq!(register.resolve("区民政局", day("2021-07-01")), None);
    }
}
