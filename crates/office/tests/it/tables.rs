//! Tables, honest and hostile.

use std::time::Duration;

use office::{Cell, Confined, ConfinedLimits, MAX_ROWS, NoticeKind, Request, Workbook, read_table};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Note, Workbook as Book};

use super::build::zipped;
use super::confinement::reader;

fn request(name: &str, bytes: impl Into<Vec<u8>>) -> Request {
    Request {
        file_name: name.into(),
        bytes: bytes.into(),
        ..Request::default()
    }
}

fn table(name: &str, bytes: impl Into<Vec<u8>>) -> Workbook {
    read_table(&request(name, bytes)).unwrap()
}

fn words(workbook: &Workbook) -> Vec<(u32, Vec<&str>)> {
    let rows = workbook.sheets[0].rows.iter();
    rows.map(|row| (row.number, row.cells.iter().map(Cell::words).collect()))
        .collect()
}

fn refused(name: &str, bytes: impl Into<Vec<u8>>) -> &'static str {
    let refusal = read_table(&request(name, bytes)).unwrap_err();
    let sentence = refusal.to_string();
    assert!(sentence.contains('请') && sentence.ends_with('。'), "{sentence}");
    refusal.code()
}

/// A workbook of a single sheet with this XML inside `worksheet`.
fn raw_xlsx(sheet: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let mut parts = vec![
        (
            "[Content_Types].xml".to_owned(),
            format!("<Types xmlns='{package}/content-types'/>"),
        ),
        (
            "_rels/.rels".to_owned(),
            format!(
                "<Relationships xmlns='{package}/relationships'><Relationship Id='a' Type='{relations}/officeDocument' Target='xl/workbook.xml'/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml".to_owned(),
            format!(
                "<workbook xmlns='{main}' xmlns:r='{relations}'><sheets><sheet name='表' sheetId='1' r:id='s'/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!(
                "<Relationships xmlns='{package}/relationships'><Relationship Id='s' Type='{relations}/worksheet' Target='worksheets/sheet1.xml'/></Relationships>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml".to_owned(),
            format!("<worksheet xmlns='{main}'>{sheet}</worksheet>"),
        ),
    ];
    parts.extend(more.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
    let parts: Vec<(String, Vec<u8>)> = parts
        .into_iter()
        .map(|(name, text)| (name, text.into_bytes()))
        .collect();
    zipped(&parts)
}

fn rows_xlsx(rows: u32, columns: u16) -> Vec<u8> {
    let mut book = Book::new();
    let sheet = book.add_worksheet();
    for row in 0..rows {
        for column in 0..columns {
            sheet.write_string(row, column, format!("第{row}行{column}列")).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn cells_are_words_as_a_person_sees_them() {
    let mut book = Book::new();
    let sheet = book.add_worksheet().set_name("单位").unwrap();
    let date = Format::new().set_num_format("yyyy/m/d");
    sheet.write_string(0, 0, " 区财政局\n预算科 ").unwrap();
    sheet.write_number(0, 1, 13_800_138_000_f64).unwrap();
    sheet
        .write_number_with_format(0, 2, 123, &Format::new().set_num_format("000000"))
        .unwrap();
    sheet
        .write_number_with_format(0, 3, 0.285, &Format::new().set_num_format("0.0%"))
        .unwrap();
    let day = ExcelDateTime::from_ymd(2021, 3, 31).unwrap();
    sheet.write_datetime_with_format(0, 4, &day, &date).unwrap();
    sheet.write_boolean(0, 5, true).unwrap();
    sheet.write_formula(0, 6, Formula::new("=1+1").set_result("2")).unwrap();
    sheet.write_string(0, 7, "=cmd|'/c calc'!A0").unwrap();
    sheet.write_string(4, 0, "第五行").unwrap();
    sheet.insert_note(4, 0, &Note::new("批注")).unwrap();
    sheet.merge_range(5, 0, 6, 2, "合并", &Format::new()).unwrap();
    sheet.write_string(8, 1, "隐藏").unwrap();
    sheet.set_row_hidden(8).unwrap();
    sheet.set_column_hidden(5).unwrap();
    let hidden = book.add_worksheet().set_name("底表").unwrap();
    hidden.write_string(0, 0, "底").unwrap();
    hidden.set_hidden(true);
    let workbook = table("a.xlsx", book.save_to_buffer().unwrap());
    let sheet = &workbook.sheets[0];
    let first: Vec<&str> = sheet.rows[0].cells.iter().map(Cell::words).collect();
    let wanted = [
        "区财政局\n预算科",
        "13800138000",
        "000123",
        "28.5%",
        "2021-03-31",
        "TRUE",
        "2",
        "=cmd|'/c calc'!A0",
    ];
    assert_eq!(first, wanted);
    assert!(matches!(sheet.rows[0].cells[4], Cell::Date(_)) && matches!(sheet.rows[0].cells[1], Cell::Number(..)));
    let numbers: Vec<(u32, bool)> = sheet.rows.iter().map(|row| (row.number, row.is_hidden)).collect();
    assert_eq!(numbers, [(1, false), (5, false), (6, false), (9, true)]);
    assert_eq!(
        (sheet.hidden_columns.as_slice(), sheet.is_hidden),
        ([5].as_slice(), false)
    );
    let merged = &sheet.merged[0];
    assert_eq!(
        (
            merged.first_row,
            merged.last_row,
            merged.first_column,
            merged.last_column
        ),
        (6, 7, 0, 2)
    );
    assert!(workbook.has_comments && workbook.sheets[1].is_hidden);
}

#[test]
fn csv_in_every_encoding_and_with_every_delimiter() {
    let words_of = |text: &str| text.to_owned();
    let comma =
        words_of("代码,全称,备注\r\n\r\nczj,\"区财政局, \"\"本级\"\"\n科\",㙍\r\n000123,\"=1+1\",\"=\"\"007\"\"\"\r\n");
    let wanted = [
        (1, vec!["代码", "全称", "备注"]),
        (3, vec!["czj", "区财政局, \"本级\"\n科", "㙍"]),
        (4, vec!["000123", "=1+1", "007"]),
    ];
    let gb = encoding_rs::GB18030.encode(&comma).0.into_owned();
    let utf16: Vec<u8> = std::iter::once(0xFEFF)
        .chain(comma.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for bytes in [
        comma.clone().into_bytes(),
        format!("\u{feff}{comma}").into_bytes(),
        gb.clone(),
        utf16,
    ] {
        let read = table("a.csv", bytes);
        // The second physical line of a quoted cell belongs to its row.
        assert_eq!(words(&read)[0], wanted[0]);
        assert_eq!(words(&read)[1], wanted[1]);
        assert_eq!(words(&read)[2].1, wanted[2].1);
    }
    assert_eq!(table("a.csv", gb).notices[0].kind, NoticeKind::EncodingAssumed);
    for delimiter in ["\t", ";"] {
        let text = comma.replace("代码,全称,备注", &["代码", "全称", "备注"].join(delimiter));
        let text = text
            .replace("czj,", &format!("czj{delimiter}"))
            .replace("\",㙍", &format!("\"{delimiter}㙍"));
        let text = text.replace("000123,\"=1+1\",", &format!("000123{delimiter}\"=1+1\"{delimiter}"));
        assert_eq!(words(&table("a.csv", text))[1], wanted[1], "{delimiter:?}");
    }
}

#[test]
fn files_that_are_no_tables_or_not_sound() {
    assert_eq!(refused("a.csv", ""), "empty_file");
    assert_eq!(refused("a.csv", "\n\n,,\n"), "empty_table");
    assert_eq!(refused("a.xlsx", b"%PDF-1.7\n".to_vec()), "not_a_table");
    assert_eq!(
        refused("a.csv", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec()),
        "not_a_table"
    );
    assert_eq!(refused("a.csv", "代码,全称\nczj,区\0局\n"), "nul_bytes");
    let mut mixed = "代码,全称\nczj,示例区财政局\n".as_bytes().to_vec();
    mixed.extend(encoding_rs::GB18030.encode("jyj,示例区教育局\n").0.iter());
    assert_eq!(refused("a.csv", mixed), "unknown_encoding");
    assert_eq!(
        refused("a.csv", format!("代码,全称\nczj,\"{}", "长".repeat(7_000_000))),
        "cell_too_long"
    );
    let whole = rows_xlsx(300, 4);
    for length in [whole.len() / 3, whole.len() - 30] {
        assert_eq!(refused("a.xlsx", &whole[..length]), "damaged_table");
    }
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle..middle + 40].fill(0xA5);
    assert!(["damaged_table", "workbook_bomb"].contains(&refused("a.xlsx", flipped)));
}

#[test]
fn macros_are_refused() {
    let sheet = "<sheetData><row r='1'><c r='A1'><v>1</v></c></row></sheetData>";
    assert_eq!(words(&table("a.xlsx", raw_xlsx(sheet, &[])))[0].1, ["1"]);
    assert_eq!(
        refused("a.xlsx", raw_xlsx(sheet, &[("xl/vbaProject.bin", "x")])),
        "macro_workbook"
    );
    assert_eq!(
        refused("a.xlsx", raw_xlsx(sheet, &[("xl/macrosheets/sheet1.xml", "x")])),
        "macro_workbook"
    );
}

#[test]
fn bombs_are_noticed() {
    let spaces = " ".repeat(60 * 1024 * 1024);
    assert_eq!(
        refused("a.xlsx", raw_xlsx(&format!("<sheetData>{spaces}</sheetData>"), &[])),
        "workbook_bomb"
    );
    let rows: String = (1..=100_001)
        .map(|row| {
            format!(
                "<row r='{row}'><c r='A{row}'><v>{row}</v></c><c r='B{row}'><v>{}</v></c></row>",
                row * 7919 % 65_537
            )
        })
        .collect();
    let columns = "<row r='1'><c r='ZZ1'><v>1</v></c></row>";
    assert_eq!(
        refused("a.xlsx", raw_xlsx(&format!("<sheetData>{columns}</sheetData>"), &[])),
        "table_too_large"
    );
    let twice = format!("<sheetData>{rows}{rows}</sheetData>");
    assert_eq!(
        refused("a.xlsx", raw_xlsx(&twice, &[])),
        "damaged_table",
        "rows out of order"
    );
}

#[test]
fn formulas_without_results_and_lost_digits_are_told() {
    let sheet =
        "<sheetData><row r='1'><c r='A1'><f>1+1</f></c><c r='B1'><v>350104199001011234</v></c></row></sheetData>";
    let read = table("a.xlsx", raw_xlsx(sheet, &[]));
    let kinds: Vec<NoticeKind> = read.notices.iter().map(|notice| notice.kind).collect();
    assert_eq!(kinds, [NoticeKind::ResultMissing, NoticeKind::DigitsLost]);
}

#[test]
fn classified_tables_are_refused_first_wherever_the_mark_stands() {
    assert_eq!(refused("机密★5年 名单.csv", "代码,全称\na,甲\n"), "classified");
    assert_eq!(refused("a.csv", "秘密★1年\n代码,全称\na,甲\n"), "classified");
    assert_eq!(refused("a.csv", "密级：,机密\n代码,全称\n"), "classified");
    let mut late = String::from("代码,全称,简称,备注\n");
    (0..1000).for_each(|n| late.push_str(&format!("a{n},甲{n},乙{n},丙\n")));
    late.push_str("z,绝密★十年,乙,丙\n");
    assert_eq!(refused("a.csv", late), "classified");
    let margins = "<sheetData><row r='1'><c r='A1'><v>1</v></c></row></sheetData><headerFooter><oddHeader>&amp;C秘密★3年</oddHeader></headerFooter>";
    assert_eq!(refused("a.xlsx", raw_xlsx(margins, &[])), "classified");
    let register = "序号,文件,密级,份数\n1,关于保密工作的通知,秘密,3\n2,350104,无,1\n";
    let read = table("a.csv", register);
    assert!(
        read.handling_marks.is_empty(),
        "a column named 密级 is no mark of the table"
    );
    let draft = table("a.csv", "单位名册（征求意见稿）\n代码,全称\na,甲\n");
    assert_eq!(draft.handling_marks[0].mark, "征求意见稿");
}

#[tokio::test]
async fn a_child_streams_what_the_reader_reads() {
    let bytes = rows_xlsx(1300, 5);
    let confined = reader(&[]);
    let streamed = confined.read_table(request("a.xlsx", bytes.clone())).await.unwrap();
    assert_eq!(streamed.head().sheets[0].row_count, 1300);
    assert_eq!(streamed.workbook().await.unwrap(), table("a.xlsx", bytes));
    let refused = confined.read_table(request("秘密★1年.csv", "a,b")).await.unwrap_err();
    assert_eq!(refused.code(), "classified");
}

#[tokio::test]
async fn a_child_that_misbehaves_over_a_table_dies_alone() {
    let limits = ConfinedLimits {
        time: Duration::from_secs(1),
        wait: Duration::from_millis(200),
        children: 1,
    };
    for (mode, code) in [
        ("hungry", "reader_died"),
        ("idle", "timed_out"),
        ("liar", "reader_died"),
        ("table-liar", "reader_died"),
    ] {
        let seconds = if mode == "idle" {
            limits.time
        } else {
            Duration::from_secs(60)
        };
        let confined: Confined = reader(&[mode]).with_limits(ConfinedLimits {
            time: seconds,
            ..limits
        });
        let outcome = match confined.read_table(request("a.csv", "a,b")).await {
            Ok(reading) => reading.workbook().await.map(drop),
            Err(error) => Err(error),
        };
        assert_eq!(outcome.unwrap_err().code(), code, "{mode}");
    }
}

#[tokio::test]
async fn two_million_cells_are_refused_and_a_hundred_thousand_rows_are_read_in_the_child() {
    let confined = reader(&[]);
    let mut large = String::new();
    (0..200_000).for_each(|n| large.push_str(&format!("{n},1,2,3,4,5,6,7,8,9\n")));
    let error = confined.read_table(request("a.csv", large)).await.unwrap_err();
    assert_eq!(error.code(), "table_too_large");
    assert!(error.to_string().contains("150 万"), "{error}");

    let mut reading = confined
        .read_table(request("a.xlsx", rows_xlsx(100_000, 6)))
        .await
        .unwrap();
    let mut rows = 0;
    while let Some(chunk) = reading.next().await.unwrap() {
        rows += chunk.rows.len();
    }
    assert_eq!(rows, 100_000);
    const { assert!(MAX_ROWS >= 100_000) };
}
