//! The kit's own templates.

use super::template::{Kind, Template, Variable};

/// The code that confirms an address.
pub static ADDRESS_CODE: Template = Template {
    id: "kit.address_code",
    name: "邮箱和手机确认码",
    variables: &[Variable {
        name: "code",
        sample: "012345",
        longest: 6,
        kind: Kind::Code,
        required: true,
    }],
    mail: Some(include_str!("../../data/messages/kit.address_code.mail.txt")),
    sms: Some(include_str!("../../data/messages/kit.address_code.sms.txt")),
    is_secret: true,
};

/// The link that lets somebody in once.
pub static SIGN_IN_LINK: Template = Template {
    id: "kit.sign_in_link",
    name: "一次性登录链接",
    variables: &[
        Variable {
            name: "name",
            sample: "某局·信息公开经办（示例）",
            longest: 60,
            kind: Kind::Inner,
            required: false,
        },
        Variable {
            name: "link",
            sample: "https://desk.example.gov.cn/links/示例",
            longest: 400,
            kind: Kind::Inner,
            required: true,
        },
    ],
    mail: Some(include_str!("../../data/messages/kit.sign_in_link.mail.txt")),
    sms: None,
    is_secret: true,
};

const TITLE: Variable = Variable {
    name: "title",
    sample: "请报送二季度落实情况（示例）",
    longest: 100,
    kind: Kind::Inner,
    required: false,
};

const LIST: Variable = Variable {
    name: "list",
    sample: "报送二季度落实情况（示例）\n更新机构职能页面（示例）",
    longest: 8000,
    kind: Kind::Lines,
    required: false,
};

const LINK: Variable = Variable {
    name: "link",
    sample: "https://desk.example.gov.cn/notices",
    longest: 400,
    kind: Kind::Inner,
    required: false,
};

const COUNT: Variable = Variable {
    name: "count",
    sample: "5",
    longest: 3,
    kind: Kind::Open,
    required: false,
};

/// A notice that stands on the desk.
pub static NOTICE: Template = Template {
    id: "kit.notice",
    name: "站内通知",
    variables: &[TITLE, LIST, LINK],
    mail: Some(include_str!("../../data/messages/kit.notice.mail.txt")),
    sms: Some(include_str!("../../data/messages/kit.notice.sms.txt")),
    is_secret: false,
};

/// What somebody has to do, once a day.
pub static DIGEST: Template = Template {
    id: "kit.digest",
    name: "今日待办",
    variables: &[TITLE, LIST, LINK, COUNT],
    mail: Some(include_str!("../../data/messages/kit.digest.mail.txt")),
    sms: Some(include_str!("../../data/messages/kit.digest.sms.txt")),
    is_secret: false,
};

/// Every template of the kit.
pub static TEMPLATES: [&Template; 4] = [&ADDRESS_CODE, &SIGN_IN_LINK, &NOTICE, &DIGEST];
