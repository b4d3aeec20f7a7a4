//! Templates of the installation in the place of the program's own.

use kit::Error;
use kit::message::{ADDRESS_CODE, Channel, Messages, Settings, Values};
use kit::site::Profile;
use tempfile::TempDir;

use super::{NOTE, NUDGE, process, refusal, templates};
use crate::bench::Bench;

on_both_databases!(templates_of_the_installation_are_checked_at_start);

fn open(profile: &Profile, file: &str, text: &[u8]) -> Result<Messages, Error> {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join(file), text).unwrap();
    let settings = Settings {
        templates: Some(folder.path().into()),
        ..Settings::default()
    };
    Messages::open(settings, templates(), profile)
}

async fn templates_of_the_installation_are_checked_at_start(bench: Bench) {
    let site = process(&bench, Settings::default()).await;
    let long = "长".repeat(68) + "{count}";
    let bad = [
        (
            "test.note.mail.txt",
            "主题：给{who}\n\n{whom}",
            "“{whom}”不认识；可用的有 {site}",
        ),
        ("test.note.mail.txt", "主题：消息\n\n您有消息", "缺“{who}”"),
        ("test.note.mail.txt", "{who}\n\n您有消息", "第一行应以“主题：”开头"),
        ("test.note.mail.txt", "主题：给{who}\n\n", "是空的"),
        ("test.note.mail.txt", "主题：给{who\n\n正文", "花括号没有配对"),
        ("test.note.mail.txt", "主题：给{who}\n\n正文 }", "花括号没有配对"),
        ("test.nudge.sms.txt", long.as_str(), "太长：填好后最长 71 个字"),
        ("test.nudge.sms.txt", "登录 {desk}", "缺“{count}”"),
        ("test.note.sms.txt", "{who}", "不是本系统的模板"),
        ("other.txt", "x", "不是本系统的模板"),
    ];
    for (file, text, words) in bad {
        let told = refusal(open(&site.profile, file, text.as_bytes()));
        assert!(told.contains(words) && told.contains(file), "{text}: {told}");
    }
    assert!(refusal(open(&site.profile, "test.note.mail.txt", b"\xd6\xf7")).contains("UTF-8"));

    let own = "\u{feff}主题：{site}提醒{who}\r\n\r\n{who}，请看。{list}";
    let messages = open(&site.profile, "test.note.mail.txt", own.as_bytes()).unwrap();
    let values = Values::new().with("who", "甲{list}").with("list", "一\n二");
    let made = messages.templates.render(&NOTE, Channel::Mail, &values).unwrap();
    assert_eq!(made.subject, "示例区人民政府提醒甲{list}");
    assert_eq!(made.text, "甲{list}，请看。一\n二", "a value is never a gap itself");
    let samples = messages.templates.samples().unwrap();
    let own: Vec<_> = samples
        .iter()
        .filter(|(_, _, own, _)| *own)
        .map(|(t, ..)| t.id)
        .collect();
    assert_eq!(own, ["test.note"]);

    let missing = site.messages.templates.render(&NUDGE, Channel::Sms, &Values::new());
    assert!(matches!(missing, Err(Error::Internal(_))), "{missing:?}");
    let no_way = site.messages.templates.render(&NUDGE, Channel::Mail, &Values::new());
    assert!(matches!(no_way, Err(Error::Internal(_))), "{no_way:?}");
    let code = site
        .messages
        .templates
        .render(&ADDRESS_CODE, Channel::Sms, &Values::new().with("code", "012345"))
        .unwrap();
    assert!(code.text.contains("012345"));

    let folder = TempDir::new().unwrap();
    let settings = Settings {
        templates: Some(folder.path().join("nowhere")),
        ..Settings::default()
    };
    let told = refusal(Messages::open(settings, templates(), &site.profile));
    assert!(told.contains("messages.templates"), "{told}");
}

mod personal {
    use kit::message::{Kind, Messages, Settings, Template, Variable};

    static LEAK: Template = Template {
        id: "test.leak",
        name: "示例",
        variables: &[Variable {
            name: "who",
            sample: "示例甲",
            longest: 10,
            kind: Kind::Inner,
            required: false,
        }],
        mail: None,
        sms: Some("{who}，您有待办。"),
        is_secret: false,
    };

    #[tokio::test]
    async fn a_text_message_holds_no_personal_data() {
        let told = super::refusal(Messages::open(
            Settings::default(),
            vec![&LEAK],
            &crate::bench::profile(),
        ));
        assert!(told.contains("短信不得带个人信息"), "{told}");
    }
}
