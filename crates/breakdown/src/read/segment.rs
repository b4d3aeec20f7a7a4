//! Takes a cell of unit names apart: by the register, by what stands between names, and by the shape of unknown names.
//!
//! Spaces and line breaks are *soft*: they may part two names or be noise inside one. 、，； are *hard*. Among all ways to cut,
//! the cheapest is taken: known names cost nothing, an unknown name of the right shape a little, anything else much; cutting
//! where nothing stands costs a little, running over a soft break costs something unless the name is known.

use super::clean::{half_width, is_break};
use super::responsible::{GroupKind, group_of};
use super::units::Names;

/// Longest name looked for.
const LONGEST_NAME: usize = 40;
/// Longest cell that is taken apart; a longer one is not a list of units.
const LONGEST_CELL: usize = 600;

/// A piece of the cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    /// As printed, without spaces.
    pub words: String,
    /// What it is.
    pub kind: Kind,
    /// Whether nothing at all stands between it and the piece before.
    pub run_on: bool,
    /// Whether a space or line break stands before it.
    pub after_break: bool,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name of the register.
    Known,
    /// A group of units (区直各单位).
    Group(GroupKind),
    /// Anything else between separators.
    Unknown,
    /// 、 ， ； and the like.
    Separator,
}

/// Takes a raw cell apart.
pub(super) fn segments(raw: &str, names: &Names) -> Vec<Segment> {
    let text = Text::read(raw);
    if text.chars.is_empty() {
        return Vec::new();
    }
    if text.chars.len() > LONGEST_CELL {
        let words = text.chars.iter().collect();
        return vec![Segment {
            words,
            kind: Kind::Unknown,
            run_on: false,
            after_break: false,
        }];
    }
    text.cut(names)
}

/// The visible characters of a cell, and where something soft stands between them.
struct Text {
    chars: Vec<char>,
    /// The same characters in ordinary width, for comparing.
    plain: Vec<char>,
    /// `soft[i]`: a space or line break stands before character `i`.
    soft: Vec<bool>,
    /// `soft_before[i]`: how many soft breaks stand before characters `0..=i`.
    soft_before: Vec<u32>,
}

/// The cheapest cut up to some character.
#[derive(Clone, Copy)]
struct Best {
    cost: u32,
    from: usize,
    kind: Kind,
}

impl Text {
    fn read(raw: &str) -> Text {
        let mut text = Text {
            chars: Vec::new(),
            plain: Vec::new(),
            soft: Vec::new(),
            soft_before: Vec::new(),
        };
        let mut pending = false;
        let mut count = 0;
        for c in super::clean::visible(raw) {
            if is_break(c) {
                pending = true;
                continue;
            }
            let soft = pending && !text.chars.is_empty();
            count += u32::from(soft);
            text.chars.push(c);
            text.plain.push(half_width(c));
            text.soft.push(soft);
            text.soft_before.push(count);
            pending = false;
        }
        text
    }

    fn cut(&self, names: &Names) -> Vec<Segment> {
        let length = self.chars.len();
        let mut best: Vec<Option<Best>> = vec![None; length + 1];
        if let Some(start) = best.first_mut() {
            *start = Some(Best {
                cost: 0,
                from: 0,
                kind: Kind::Separator,
            });
        }
        for from in 0..length {
            let Some(base) = best.get(from).copied().flatten() else {
                continue;
            };
            for to in self.ends(from) {
                let Some((cost, kind)) = self.price(from, to, names) else {
                    continue;
                };
                let total = base.cost + cost + self.cut_price(to);
                if let Some(place) = best.get_mut(to)
                    && place.is_none_or(|known| total < known.cost)
                {
                    *place = Some(Best {
                        cost: total,
                        from,
                        kind,
                    });
                }
            }
        }
        self.walk_back(&best)
    }

    /// Where a piece that begins at `from` may end: anywhere near, and at the next thing that parts names.
    fn ends(&self, from: usize) -> impl Iterator<Item = usize> {
        let length = self.chars.len();
        let near = (from + LONGEST_NAME).min(length);
        let far = (near + 1..=length).find(|end| *end == length || self.parts(*end));
        (from + 1..=near).chain(far)
    }

    /// Whether something stands between the characters before and after `at`.
    fn parts(&self, at: usize) -> bool {
        let separator = |index: usize| self.chars.get(index).copied().is_some_and(is_separator);
        at >= self.chars.len() || self.soft.get(at) == Some(&true) || separator(at) || at > 0 && separator(at - 1)
    }

    fn cut_price(&self, at: usize) -> u32 {
        if self.parts(at) { 0 } else { 10 }
    }

    fn price(&self, from: usize, to: usize, names: &Names) -> Option<(u32, Kind)> {
        let piece = self.chars.get(from..to)?;
        if let [only] = piece
            && is_separator(*only)
        {
            return Some((0, Kind::Separator));
        }
        let plain: String = self.plain.get(from..to)?.iter().collect();
        let inner = self.soft_before.get(to - 1)? - self.soft_before.get(from)?;
        // One for each piece, so that of two ways that cost the same the one with fewer pieces is taken.
        if names.holds(&plain) {
            return Some((1 + 10 * inner, Kind::Known));
        }
        if let Some(group) = group_of(&plain, names.prefix()) {
            return Some((1 + 10 * inner, Kind::Group(group)));
        }
        if piece.iter().copied().any(is_separator) {
            return None;
        }
        let shape = match (names.looks_like_one(&plain), names.has_seam(&plain)) {
            (true, _) => 41,
            (false, false) => 121,
            (false, true) => 201,
        };
        Some((shape + 150 * inner, Kind::Unknown))
    }

    fn walk_back(&self, best: &[Option<Best>]) -> Vec<Segment> {
        let mut segments = Vec::new();
        let mut to = self.chars.len();
        while to > 0 {
            let Some(step) = best.get(to).copied().flatten() else {
                break;
            };
            let words = self.chars.get(step.from..to).unwrap_or_default().iter().collect();
            segments.push(Segment {
                words,
                kind: step.kind,
                run_on: step.from > 0 && !self.parts(step.from),
                after_break: self.soft.get(step.from) == Some(&true),
            });
            to = step.from;
        }
        segments.reverse();
        segments
    }
}

fn is_separator(c: char) -> bool {
    matches!(c, '、' | '，' | ',' | '；' | ';' | '/' | '。' | '|')
}
