//! What the kit's own deeds are called in the audit record.

use crate::audit::DeedWords;

/// Every action of the kit with its sentence.
pub(crate) const DEEDS: &[DeedWords] = &[
    ("account.create", "新增账号“{login}”[，角色“{role}”][（{unit}）]"),
    ("account.grant", "授予角色“{role}”[（{unit}）]"),
    ("account.revoke", "收回角色"),
    ("account.enable", "恢复账号"),
    ("account.disable", "停用账号"),
    ("account.issue_link", "发放一次性登录链接"),
    ("account.set_password", "设置口令"),
    ("account.sign_in", "登录[，经{way}][，第二因素：{factor}]"),
    ("account.sign_out", "退出"),
    ("account.prove", "重新确认身份[，用{factor}]"),
    ("account.add_second_factor", "设置动态口令"),
    ("account.remove_second_factor", "取消动态口令"),
    ("account.reset_second_factor", "重置第二因素[，核实方式：{reason}]"),
    ("account.use_recovery_code", "使用一个恢复码"),
    ("account.renew_recovery_codes", "更换恢复码"),
    ("account.link_oidc", "绑定统一身份[“{subject}”][（{issuer}）][，{how}]"),
    ("account.unlink_oidc", "解除统一身份绑定"),
    ("account.end_sessions", "结束会话[{sessions} 个]"),
    ("account.leave", "办理离岗交接[，交给“{successor}”][，{items} 项]"),
    ("audit.export", "导出审计记录[{entries} 条]"),
    ("keys.rotate", "更换密钥[，用途“{purpose}”][，新密钥 {key}]"),
    (
        "keys.reseal",
        "用新密钥重新密封[，用途“{purpose}”][，{sealed} 项][，打不开 {lost} 项]",
    ),
    ("keys.destroy", "销毁密钥[ {key}][，连同内容 {values} 项]"),
    ("unit.enter", "登记单位"),
    ("unit.rename", "单位更名"),
    ("unit.merge", "单位合并"),
    ("unit.abolish", "撤销单位"),
];
