//! Index numbers (索引号): a configurable composition, because there is no national one below the State Council (PUB-B3).
//!
//! An index number is unique, made by the system, never changed and never reused. A scheme is data: see
//! `data/index_schemes.json` for those that are known, and a district may configure its own.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::code::{is_credit_code, is_organisation_code};
use crate::{DataError, read_data};

const FILE: (&str, &str) = ("index_schemes.json", include_str!("../../data/index_schemes.json"));

/// A composition of index numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexScheme {
    /// Identity, as the configuration names it.
    pub id: String,
    /// Name on screens.
    pub name: String,
    /// Where it was seen or decided.
    #[serde(default)]
    pub source: String,
    /// The pieces from left to right.
    pub pieces: Vec<Piece>,
}

/// One piece of an index number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "piece", rename_all = "snake_case")]
pub enum Piece {
    /// Fixed characters: a prefix or a separator.
    Literal {
        /// The characters.
        text: String,
    },
    /// Code of the region (地区编号), digits.
    Region {
        /// How many.
        width: usize,
    },
    /// Code of the organ that made the information (信息生成机构代码).
    Agency {
        /// What kind of code.
        code: AgencyCode,
    },
    /// Code of the category (信息类别), digits.
    Category {
        /// How many.
        width: usize,
    },
    /// Code of the group or inner section (信息分组、内设机构), digits.
    Group {
        /// How many.
        width: usize,
    },
    /// Year of formation, four digits.
    Year,
    /// Month of formation, two digits.
    Month,
    /// Day of formation, two digits.
    Day,
    /// Serial number (流水号), filled with zeros.
    Serial {
        /// Fewest digits.
        width: usize,
        /// Most digits.
        longest: usize,
    },
}

/// What kind of code names the organ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgencyCode {
    /// Nine characters with a check character (GB 11714).
    Organisation,
    /// Eighteen characters with a check character (GB 32100).
    Credit,
    /// So many digits, given out locally.
    Digits(usize),
}

/// The values that go into an index number; a scheme takes those it has pieces for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexParts<'a> {
    /// Code of the region.
    pub region: &'a str,
    /// Code of the organ.
    pub agency: &'a str,
    /// Code of the category.
    pub category: &'a str,
    /// Code of the group.
    pub group: &'a str,
    /// Day of formation.
    pub formed_on: NaiveDate,
    /// Serial number, from 1; taken from a counter without gaps.
    pub serial: u32,
}

/// Why an index number cannot be made, or is not one of a scheme.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// A value does not have the form of its piece.
    #[error("索引号的{part}“{value}”应为{wanted}")]
    Part {
        /// Which piece.
        part: &'static str,
        /// What was given.
        value: String,
        /// What is wanted.
        wanted: String,
    },
    /// The serial is zero or has outgrown its piece.
    #[error("索引号的流水号{serial}超出范围，应为1至{largest}")]
    Serial {
        /// What was given.
        serial: u32,
        /// The largest that fits.
        largest: u64,
    },
    /// The text ends too early or goes on after the last piece, or a fixed character is another one.
    #[error("“{text}”不符合{scheme}索引号的格式{pattern}")]
    Form {
        /// What was given.
        text: String,
        /// Name of the scheme.
        scheme: String,
        /// Its pattern in words.
        pattern: String,
    },
}

impl IndexScheme {
    /// The schemes that are known from public sites.
    ///
    /// # Errors
    /// Only for a damaged data file; the tests of this crate read it.
    pub fn known() -> Result<Vec<Self>, DataError> {
        read_data(FILE.0, FILE.1)
    }

    /// The known scheme of an identity.
    ///
    /// # Errors
    /// [`DataError`] also when there is no scheme of that name.
    pub fn by_id(id: &str) -> Result<Self, DataError> {
        let missing = || DataError {
            file: FILE.0.to_owned(),
            reason: format!("没有名为“{id}”的索引号方案"),
        };
        Self::known()?
            .into_iter()
            .find(|scheme| scheme.id == id)
            .ok_or_else(missing)
    }

    /// The same scheme with another prefix in place of its first fixed characters.
    #[must_use]
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        if let Some(Piece::Literal { text }) = self.pieces.first_mut() {
            prefix.clone_into(text);
        }
        self
    }

    /// Makes an index number.
    ///
    /// # Errors
    /// [`IndexError::Part`] and [`IndexError::Serial`].
    pub fn compose(&self, parts: &IndexParts<'_>) -> Result<String, IndexError> {
        let mut number = String::new();
        for piece in &self.pieces {
            piece.write(parts, &mut number)?;
        }
        Ok(number)
    }

    /// Whether a text is an index number of this scheme, with the right check characters.
    ///
    /// # Errors
    /// [`IndexError::Form`] and [`IndexError::Part`].
    pub fn check(&self, text: &str) -> Result<(), IndexError> {
        let form = || IndexError::Form {
            text: text.to_owned(),
            scheme: self.name.clone(),
            pattern: self.pattern(),
        };
        let mut rest = text;
        for (position, piece) in self.pieces.iter().enumerate() {
            let last = position + 1 == self.pieces.len();
            let length = piece.length(rest, last).ok_or_else(form)?;
            let (taken, after) = rest.split_at_checked(length).ok_or_else(form)?;
            piece.check(taken)?;
            rest = after;
        }
        if rest.is_empty() { Ok(()) } else { Err(form()) }
    }

    /// The form in words for messages: FZ＋5位机构代码＋-＋….
    #[must_use]
    pub fn pattern(&self) -> String {
        let pieces: Vec<String> = self
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal { text } => text.clone(),
                other => format!("[{}]", other.wanted()),
            })
            .collect();
        pieces.concat()
    }
}

impl Piece {
    fn name(&self) -> &'static str {
        match self {
            Piece::Literal { .. } => "固定字符",
            Piece::Region { .. } => "地区编号",
            Piece::Agency { .. } => "机构代码",
            Piece::Category { .. } => "信息类别",
            Piece::Group { .. } => "信息分组",
            Piece::Year => "年份",
            Piece::Month => "月份",
            Piece::Day => "日",
            Piece::Serial { .. } => "流水号",
        }
    }

    fn wanted(&self) -> String {
        match self {
            Piece::Literal { text } => format!("“{text}”"),
            Piece::Agency {
                code: AgencyCode::Organisation,
            } => "9位组织机构代码".to_owned(),
            Piece::Agency {
                code: AgencyCode::Credit,
            } => "18位统一社会信用代码".to_owned(),
            Piece::Agency {
                code: AgencyCode::Digits(width),
            } => format!("{width}位数字机构代码"),
            Piece::Region { width } | Piece::Category { width } | Piece::Group { width } => {
                format!("{width}位数字{}", self.name())
            }
            Piece::Year => "4位年份".to_owned(),
            Piece::Month => "2位月份".to_owned(),
            Piece::Day => "2位日".to_owned(),
            Piece::Serial { width, longest } if width == longest => format!("{width}位流水号"),
            Piece::Serial { width, longest } => format!("{width}至{longest}位流水号"),
        }
    }

    fn write(&self, parts: &IndexParts<'_>, number: &mut String) -> Result<(), IndexError> {
        let date = parts.formed_on;
        let value = match self {
            Piece::Literal { text } => text.clone(),
            Piece::Region { .. } => parts.region.to_owned(),
            Piece::Agency { .. } => parts.agency.to_owned(),
            Piece::Category { .. } => parts.category.to_owned(),
            Piece::Group { .. } => parts.group.to_owned(),
            Piece::Year => format!("{:04}", date.year()),
            Piece::Month => format!("{:02}", date.month()),
            Piece::Day => format!("{:02}", date.day()),
            Piece::Serial { width, longest } => return write_serial(parts.serial, *width, *longest, number),
        };
        self.check(&value)?;
        number.push_str(&value);
        Ok(())
    }

    /// How many bytes of `rest` belong to this piece; only the serial at the end may be longer than its width.
    fn length(&self, rest: &str, last: bool) -> Option<usize> {
        let length = match self {
            Piece::Literal { text } => text.len(),
            Piece::Agency {
                code: AgencyCode::Organisation,
            } => 9,
            Piece::Agency {
                code: AgencyCode::Credit,
            } => 18,
            Piece::Region { width }
            | Piece::Category { width }
            | Piece::Group { width }
            | Piece::Agency {
                code: AgencyCode::Digits(width),
            } => *width,
            Piece::Year => 4,
            Piece::Month | Piece::Day => 2,
            Piece::Serial { width, longest } if last => rest.len().clamp(*width, *longest),
            Piece::Serial { width, .. } => *width,
        };
        (length <= rest.len()).then_some(length)
    }

    fn check(&self, value: &str) -> Result<(), IndexError> {
        let digits = value.chars().all(|c| c.is_ascii_digit());
        let number = if digits { value.parse::<u32>().ok() } else { None };
        let fits = match self {
            Piece::Literal { text } => value == text,
            Piece::Agency {
                code: AgencyCode::Organisation,
            } => is_organisation_code(value),
            Piece::Agency {
                code: AgencyCode::Credit,
            } => is_credit_code(value),
            Piece::Region { width }
            | Piece::Category { width }
            | Piece::Group { width }
            | Piece::Agency {
                code: AgencyCode::Digits(width),
            } => digits && value.len() == *width,
            Piece::Year => number.is_some_and(|year| (1949..=2999).contains(&year)),
            Piece::Month => number.is_some_and(|month| (1..=12).contains(&month)),
            Piece::Day => number.is_some_and(|day| (1..=31).contains(&day)),
            Piece::Serial { width, longest } => {
                number.is_some_and(|serial| serial > 0) && (*width..=*longest).contains(&value.len())
            }
        };
        if fits {
            return Ok(());
        }
        Err(IndexError::Part {
            part: self.name(),
            value: value.to_owned(),
            wanted: self.wanted(),
        })
    }
}

fn write_serial(serial: u32, width: usize, longest: usize, number: &mut String) -> Result<(), IndexError> {
    let largest = u32::try_from(longest)
        .ok()
        .and_then(|digits| 10_u64.checked_pow(digits))
        .map_or(u64::MAX, |n| n - 1);
    if serial == 0 || u64::from(serial) > largest {
        return Err(IndexError::Serial { serial, largest });
    }
    // Writing to a string cannot fail.
    let _ = write!(number, "{serial:0width$}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citation::day;

    fn parts() -> IndexParts<'static> {
        IndexParts {
            region: "350104",
            agency: "00199",
            category: "0100",
            group: "01",
            formed_on: day(2021, 6, 15),
            serial: 1,
        }
    }

    #[test]
    fn fuzhou_numbers_are_made_and_checked() -> Result<(), Box<dyn std::error::Error>> {
        let scheme = IndexScheme::by_id("fuzhou")?;
        let number = scheme.compose(&parts())?;
        assert_eq!(number, "FZ00199-0100-2021-00001");
        scheme.check(&number)?;
        let other = scheme.clone().with_prefix("CS");
        assert_eq!(other.compose(&parts())?, "CS00199-0100-2021-00001");
        assert!(other.check(&number).is_err());
        for wrong in [
            "",
            "FZ00199-0100-2021-0001",
            "FZ00199-0100-2021-000011",
            "FZ0019x-0100-2021-00001",
            "FZ00199-0100-2021-00000",
            "编号",
            "FZ00199-0100-1021-00001",
        ] {
            assert!(scheme.check(wrong).is_err(), "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn values_that_do_not_fit_are_refused() -> Result<(), DataError> {
        let scheme = IndexScheme::by_id("fuzhou")?;
        assert!(matches!(
            scheme.compose(&IndexParts { serial: 0, ..parts() }),
            Err(IndexError::Serial { .. })
        ));
        let full = IndexParts {
            serial: 100_000,
            ..parts()
        };
        assert_eq!(
            scheme.compose(&full),
            Err(IndexError::Serial {
                serial: 100_000,
                largest: 99_999
            })
        );
        let agency = IndexParts {
            agency: "199",
            ..parts()
        };
        assert!(matches!(
            scheme.compose(&agency),
            Err(IndexError::Part {
                part: "机构代码", ..
            })
        ));
        assert!(IndexScheme::by_id("nowhere").is_err());
        Ok(())
    }

    #[test]
    fn every_known_scheme_accepts_what_it_makes() -> Result<(), Box<dyn std::error::Error>> {
        for scheme in IndexScheme::known()? {
            let agency = scheme.pieces.iter().find_map(|piece| match piece {
                Piece::Agency {
                    code: AgencyCode::Organisation,
                } => Some("000014349"),
                Piece::Agency {
                    code: AgencyCode::Credit,
                } => Some("11350104000014349D"),
                Piece::Agency {
                    code: AgencyCode::Digits(3),
                } => Some("199"),
                _ => None,
            });
            let category = if scheme.id == "ningbo" { "01" } else { "0100" };
            let credit = super::super::code::credit_check("11350104000014349").map(|c| format!("11350104000014349{c}"));
            let agency = match agency {
                Some(text) if text.len() == 18 => credit.unwrap_or_default(),
                Some(text) => text.to_owned(),
                None => "00199".to_owned(),
            };
            let number = scheme.compose(&IndexParts {
                agency: &agency,
                category,
                serial: 321,
                ..parts()
            })?;
            scheme.check(&number)?;
            assert!(scheme.check(&format!("{number}x")).is_err(), "{number}");
        }
        Ok(())
    }
}
