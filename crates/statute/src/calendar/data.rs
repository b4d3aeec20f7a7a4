//! The embedded holiday files, one per calendar year; see `data/holidays/README.md` for their source.

/// File name and text of every year.
pub(super) const YEARS: [(&str, &str); 21] = [
    ("holidays/2007.json", include_str!("../../data/holidays/2007.json")),
    ("holidays/2008.json", include_str!("../../data/holidays/2008.json")),
    ("holidays/2009.json", include_str!("../../data/holidays/2009.json")),
    ("holidays/2010.json", include_str!("../../data/holidays/2010.json")),
    ("holidays/2011.json", include_str!("../../data/holidays/2011.json")),
    ("holidays/2012.json", include_str!("../../data/holidays/2012.json")),
    ("holidays/2013.json", include_str!("../../data/holidays/2013.json")),
    ("holidays/2014.json", include_str!("../../data/holidays/2014.json")),
    ("holidays/2015.json", include_str!("../../data/holidays/2015.json")),
    ("holidays/2016.json", include_str!("../../data/holidays/2016.json")),
    ("holidays/2017.json", include_str!("../../data/holidays/2017.json")),
    ("holidays/2018.json", include_str!("../../data/holidays/2018.json")),
    ("holidays/2019.json", include_str!("../../data/holidays/2019.json")),
    ("holidays/2020.json", include_str!("../../data/holidays/2020.json")),
    ("holidays/2021.json", include_str!("../../data/holidays/2021.json")),
    ("holidays/2022.json", include_str!("../../data/holidays/2022.json")),
    ("holidays/2023.json", include_str!("../../data/holidays/2023.json")),
    ("holidays/2024.json", include_str!("../../data/holidays/2024.json")),
    ("holidays/2025.json", include_str!("../../data/holidays/2025.json")),
    ("holidays/2026.json", include_str!("../../data/holidays/2026.json")),
    ("holidays/2027.json", include_str!("../../data/holidays/2027.json")),
];

/// The notices themselves, with the changes made during a year.
pub(super) const NOTICES: (&str, &str) = (
    "holidays/notices.json",
    include_str!("../../data/holidays/notices.json"),
);
