//! What is refused, and the sentence that says so.

use super::support::{SEED_TEXT, names, sheet};
use crate::read::{from_document, from_text};

fn of_rows(rows: &[&[&str]]) -> String {
    from_document(&sheet("2022年示例区主要任务分解表", rows), &names())
        .unwrap_err()
        .to_string()
}

fn of_text(text: &str) -> String {
    from_text(text, &names()).unwrap_err().to_string()
}

const HEADER: &[&str] = &["工作任务", "工作要求", "牵头单位", "责任单位"];

#[test]
fn no_table() {
    let wanted = "文件中没有表格，请上传含有任务分解表的 Word 文件，或者以制表符分隔的文本";
    assert_eq!(of_text("只有一段话。\n没有表格。"), wanted);
    assert_eq!(of_text(""), wanted);
    let words = content::Document {
        shape: content::SHAPE,
        blocks: Vec::new(),
        notes: Vec::new(),
    };
    assert_eq!(from_document(&words, &names()).unwrap_err().to_string(), wanted);
}

#[test]
fn another_table() {
    assert_eq!(
        of_rows(&[&["姓名", "电话"], &["示例甲", "0000"]]),
        "表格第1行起的表格不是任务分解表：表头为“姓名、电话”，应当有工作任务、工作要求、责任单位等列"
    );
    assert!(
        of_text("通讯录\n姓名\t电话\n示例甲\t0000\n").starts_with("第2行起的表格不是任务分解表：表头为“姓名、电话")
    );
}

#[test]
fn no_header() {
    assert_eq!(
        of_rows(&[&["一、示例章"], &["1.示例任务。", "示例要求。", "区财政局", "各单位"]]),
        "表格第1行之前没有表头，请在表格第一行写明工作任务、工作要求、牵头单位、责任单位等列名"
    );
    let body = SEED_TEXT.split_once("责任单位").map(|(_, rest)| rest).unwrap();
    let body: String = body
        .replace("工作任务", "甲")
        .replace("工作要求", "乙")
        .replace("牵头单位", "丙");
    assert!(of_text(&body).contains("之前没有表头"), "{}", of_text(&body));
}

#[test]
fn columns_missing_or_twice() {
    assert_eq!(
        of_rows(&[&["工作任务", "牵头单位"], &["1.示例任务。", "区财政局"]]),
        "表格第1行的表头缺少“工作要求”列，请补充后重新上传"
    );
    assert_eq!(
        of_rows(&[&["序号", "工作要求", "备注"], &["1", "示例", ""]]),
        "表格第1行的表头缺少“工作任务”、“责任单位”列，请补充后重新上传"
    );
    assert_eq!(
        of_rows(&[
            &["工作任务", "工作要求", "责任单位", "责任部门"],
            &["1.示例", "示例", "各单位", "各单位"]
        ]),
        "表格第1行的表头有两个“责任单位”列，请删去或者改名"
    );
}

#[test]
fn no_tasks() {
    let wanted = "表格第1行的表头之下没有任务，请检查表格内容是否完整";
    assert_eq!(of_rows(&[HEADER]), wanted);
    assert_eq!(of_rows(&[HEADER, &["一、示例章"], HEADER]), wanted);
    assert!(of_text("\t工作任务\n\t工作要求\n\t责任单位\n").contains("第1行的表头之下没有任务"));
}

#[test]
fn numbers_missing_wrong_or_twice() {
    assert_eq!(
        of_rows(&[HEADER, &["示例任务没有编号", "示例要求。", "区财政局", "各单位"]]),
        "表格第2行“工作任务”列的任务没有编号：“示例任务没有编号”，请补上编号"
    );
    assert_eq!(
        of_rows(&[
            &["序号", "工作任务", "工作要求", "责任单位"],
            &["甲", "示例任务。", "示例要求。", "各单位"],
        ]),
        "表格第2行“序号”列的编号“甲”不是有效的任务编号，应为1至9999"
    );
    assert!(of_rows(&[HEADER, &["0.示例任务。", "", "", ""]]).contains("“0”不是有效的任务编号"));
    assert!(of_rows(&[HEADER, &["99999999999.示例任务。", "", "", ""]]).contains("不是有效的任务编号"));
    assert_eq!(
        of_rows(&[
            HEADER,
            &["1.示例任务甲。", "示例要求。", "区财政局", "各单位"],
            &["1.示例任务乙。", "示例要求。", "区财政局", "各单位"],
        ]),
        "表格第3行“工作任务”列的任务编号1与表格第2行重复，请改正其中一个"
    );
    assert_eq!(
        of_rows(&[
            &["序号", "工作任务", "工作要求", "责任单位"],
            &["1", "", "示例要求。", "各单位"],
        ]),
        "表格第2行“工作任务”列为空：任务1没有内容，请补充"
    );
}

#[test]
fn nul_bytes() {
    let text = SEED_TEXT.replace("及时做好宣传", "及时\0做好宣传");
    assert_eq!(
        of_text(&text),
        "第33行含有空字符（NUL），文件可能已损坏，请从原文件重新导出"
    );
    assert!(of_rows(&[HEADER, &["1.示例\0任务。", "", "", ""]]).starts_with("表格第2行含有空字符"));
}
