//! What the deeds of the breakdown are called in the audit record.

use kit::audit::DeedWords;

/// Every action of the breakdown with its sentence.
pub(crate) const DEEDS: &[DeedWords] = &[
    ("breakdown.import", "导入分解表"),
    ("breakdown.answer", "核对分解表的疑点"),
    ("breakdown.adopt", "采用分解表"),
    ("breakdown.set_aside", "搁置分解表[，原因：{reason}]"),
    ("breakdown.bring_back", "恢复搁置的分解表"),
    ("breakdown.settle", "确定牵头与配合单位"),
    ("breakdown.assign", "分派任务"),
    ("breakdown.propose", "建议由单位承担[，理由：{reason}]"),
    ("breakdown.claim", "认领任务[，理由：{reason}]"),
    ("breakdown.confirm", "确认认领"),
    ("breakdown.decline", "不同意认领"),
    ("breakdown.object", "对分工提出异议"),
    ("breakdown.decide", "裁定异议"),
    ("breakdown.adjust", "调整分工"),
    ("breakdown.withdraw", "撤回分工"),
    ("breakdown.bind", "绑定指标"),
    ("breakdown.unbind", "解除绑定的指标"),
    ("breakdown.submit", "报送佐证"),
    ("breakdown.accept", "认可佐证"),
    ("breakdown.refuse", "退回佐证"),
    ("breakdown.sign_nil", "签署“无此事项”"),
    ("breakdown.check_nil", "核查“无此事项”"),
];
