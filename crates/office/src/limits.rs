//! The bounds that every file is held to. They are far above what an honest document needs.

/// Largest file taken in, in bytes (50 MiB).
pub const MAX_INPUT: usize = 50 * 1024 * 1024;
/// Most pictures in one document.
pub const MAX_PICTURES: usize = 200;
/// Most entries in a package; a long report with many pictures has a few hundred.
pub(crate) const MAX_ENTRIES: usize = 4000;
/// Largest sum of unpacked parts, in bytes.
pub(crate) const MAX_UNPACKED: u64 = 300 * 1024 * 1024;
/// Above this size a package must not unpack to more than [`MAX_RATIO`] times its packed size.
pub(crate) const RATIO_COUNTS_FROM: u64 = 20 * 1024 * 1024;
/// Unpacked over packed size. WordprocessingML packs about 10 to 50 times.
pub(crate) const MAX_RATIO: u64 = 120;
/// Largest XML part, unpacked, in bytes.
pub(crate) const MAX_XML_PART: u64 = 40 * 1024 * 1024;
/// Largest picture, in bytes.
pub(crate) const MAX_PICTURE: u64 = 20 * 1024 * 1024;
/// Deepest nesting of XML or HTML elements.
pub(crate) const MAX_ELEMENT_DEPTH: usize = 200;
/// Most elements in one XML part or HTML page.
pub(crate) const MAX_ELEMENTS: usize = 1_200_000;
/// Largest HTML or text input, in bytes.
pub(crate) const MAX_TEXT: usize = 20 * 1024 * 1024;
/// Largest part of a workbook (a sheet, the shared strings), unpacked, in bytes.
pub(crate) const MAX_SHEET_PART: u64 = 250 * 1024 * 1024;
/// Most rows of a table over all its sheets.
pub const MAX_ROWS: u64 = 200_000;
/// Most columns of a table.
pub const MAX_COLUMNS: usize = 200;
/// Most cells of a table that hold something.
pub const MAX_CELLS: u64 = 1_500_000;
/// Longest cell in characters, which is the most that a spreadsheet program keeps.
pub const MAX_CELL: usize = 32_767;
/// Largest table as it goes through the pipe, in bytes.
pub(crate) const MAX_TABLE_BYTES: usize = 200 * 1024 * 1024;
/// Most merged regions of one sheet.
pub(crate) const MAX_MERGED: usize = 20_000;
/// Most sheets of a workbook.
pub(crate) const MAX_SHEETS: usize = 200;
