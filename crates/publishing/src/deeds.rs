//! What the deeds of publishing are called in the audit record.

use kit::audit::DeedWords;

/// Every action of publishing with its sentence.
pub(crate) const DEEDS: &[DeedWords] = &[
    ("publishing.enter", "登记文件[（{kind}）]"),
    ("publishing.revise", "修改文件[，第 {revision} 稿][，说明：{why}]"),
    ("publishing.submit", "送审"),
    ("publishing.approve", "审批通过"),
    ("publishing.return", "退回修改"),
    ("publishing.release", "发布[，网址 {path}]"),
    ("publishing.take_down", "撤下"),
    ("publishing.mark", "标注效力"),
    ("publishing.begin_edition", "起草新版本"),
    ("publishing.enter_sequence", "编入发布序列"),
    ("publishing.expect", "登记应公开事项“{topic}”[，期限 {due_on}]"),
    ("publishing.unexpect", "撤销应公开事项[，原因：{reason}]"),
    ("publishing.fulfil", "应公开事项已公开"),
    ("publishing.report_error", "收到网站找错[ {number}][，页面 {page}]"),
    ("publishing.answer_error", "答复网站找错"),
    ("publishing.close_error", "结束网站找错[，原因：{reason}]"),
    ("publishing.transfer_error", "转交网站找错"),
];
