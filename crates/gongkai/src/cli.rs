//! The command line, in Chinese. Exit codes: 0 done, 1 not done (the reason stands on standard error), 2 not understood.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum};

const TEMPLATE: &str = "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

/// 政务公开平台：把任务分解表变成分工、看板和公开网站。
#[derive(Debug, Parser)]
#[command(
    name = "gongkai",
    version,
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true,
    subcommand_help_heading = "命令",
    subcommand_value_name = "命令",
    help_template = TEMPLATE,
    after_help = "退出码：0 完成；1 没有完成，原因写在标准错误；2 命令写得不对。\n各命令的说明：gongkai 命令 --help"
)]
pub struct Options {
    /// 显示说明
    #[arg(long, short, global = true, action = clap::ArgAction::Help, help_heading = "选项")]
    help: Option<bool>,
    /// 显示版本
    #[arg(long, short = 'V', action = clap::ArgAction::Version, help_heading = "选项")]
    version: Option<bool>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum Command {
    /// 启动示例区：公开网站、工作台和几个岗位的一次性登录链接
    #[command(
        help_template = TEMPLATE,
        override_usage = "gongkai demo [选项]\n      gongkai demo generate [选项]",
        subcommand_help_heading = "命令",
        args_conflicts_with_subcommands = true
    )]
    Demo(DemoArgs),
    /// 按配置文件启动服务
    #[command(help_template = TEMPLATE, override_usage = "gongkai serve [选项]")]
    Serve(ConfigArgs),
    /// 把数据库升级到本程序的结构
    #[command(help_template = TEMPLATE, override_usage = "gongkai migrate [选项]")]
    Migrate(ConfigArgs),
    /// 密钥
    #[command(help_template = TEMPLATE, override_usage = "gongkai keys <命令>", subcommand_help_heading = "命令")]
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// 邮件
    #[command(help_template = TEMPLATE, override_usage = "gongkai mail <命令>", subcommand_help_heading = "命令")]
    Mail {
        #[command(subcommand)]
        command: MailCommand,
    },
    /// 账号
    #[command(help_template = TEMPLATE, override_usage = "gongkai user <命令>", subcommand_help_heading = "命令")]
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// 单位名册
    #[command(help_template = TEMPLATE, override_usage = "gongkai unit <命令>", subcommand_help_heading = "命令")]
    Unit {
        #[command(subcommand)]
        command: UnitCommand,
    },
    /// 用表格批量导入（XLSX 或 CSV），逐行报告；中断后再运行一次即可继续
    #[command(help_template = TEMPLATE, override_usage = "gongkai intake <文件> --kind <种类> [选项]")]
    Intake(IntakeArgs),
    /// 任务分解表
    #[command(help_template = TEMPLATE, override_usage = "gongkai breakdown <命令>", subcommand_help_heading = "命令")]
    Breakdown {
        #[command(subcommand)]
        command: BreakdownCommand,
    },
    /// 公开文件
    #[command(help_template = TEMPLATE, override_usage = "gongkai documents <命令>", subcommand_help_heading = "命令")]
    Documents {
        #[command(subcommand)]
        command: DocumentsCommand,
    },
    /// 检索公开文件
    #[command(help_template = TEMPLATE, override_usage = "gongkai search <词>... [选项]")]
    Search(SearchArgs),
    /// 备份：服务照常运行，数据库和文件存到一个文件夹
    #[command(help_template = TEMPLATE, override_usage = "gongkai backup <位置> [选项]")]
    Backup(BackupArgs),
    /// 恢复：把一份备份恢复到空的数据目录或空库
    #[command(help_template = TEMPLATE, override_usage = "gongkai restore <备份> [选项]")]
    Restore(RestoreArgs),
    /// 体检：说出这套安装有什么问题、怎么办
    #[command(help_template = TEMPLATE, override_usage = "gongkai doctor [选项]")]
    Doctor(DoctorArgs),
    /// 列出全部网址和所需权限
    #[command(help_template = TEMPLATE, override_usage = "gongkai routes")]
    Routes,
}

/// Where the installation is described.
#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    /// 配置文件（默认 gongkai.toml）
    #[arg(
        long,
        value_name = "文件",
        default_value = "gongkai.toml",
        hide_default_value = true,
        help_heading = "选项"
    )]
    pub config: PathBuf,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// 供人阅读
    Text,
    /// 供程序读取
    Json,
}

#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum DemoCommand {
    /// 按种子生成大量示例文件，供压力测试；中断后再次运行会接着生成
    #[command(help_template = TEMPLATE, override_usage = "gongkai demo generate [选项]")]
    Generate(GenerateArgs),
}

#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// 一共要有多少件（默认 10000）
    #[arg(
        long,
        value_name = "件数",
        default_value_t = 10_000,
        hide_default_value = true,
        help_heading = "选项"
    )]
    pub documents: usize,
    /// 种子：同一个种子每次生成同样的文件（默认 1）
    #[arg(
        long,
        value_name = "种子",
        default_value_t = 1,
        hide_default_value = true,
        help_heading = "选项"
    )]
    pub seed: u64,
    /// 写入哪个数据目录（默认 data/demo）
    #[arg(
        long,
        value_name = "目录",
        default_value = "data/demo",
        hide_default_value = true,
        conflicts_with = "out",
        help_heading = "选项"
    )]
    pub data: PathBuf,
    /// 不写入数据目录，写成一个文件：每行一个 JSON 对象，可用 gongkai documents import 导入
    #[arg(long, value_name = "文件", help_heading = "选项")]
    pub out: Option<PathBuf>,
    /// 输出格式：text 供人阅读，json 供程序读取（默认 text）
    #[arg(
        long,
        value_name = "格式",
        default_value = "text",
        hide_possible_values = true,
        hide_default_value = true,
        help_heading = "选项"
    )]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct DemoArgs {
    #[command(subcommand)]
    pub command: Option<DemoCommand>,
    /// 数据目录；第一次启动时写入示例数据（默认 data/demo）
    #[arg(
        long,
        value_name = "目录",
        hide_default_value = true,
        default_value = "data/demo",
        help_heading = "选项"
    )]
    pub data: PathBuf,
    /// 公开网站的监听地址；工作台用下一个端口（默认 127.0.0.1:8080）
    #[arg(
        long,
        value_name = "地址",
        default_value = "127.0.0.1:8080",
        hide_default_value = true,
        help_heading = "选项"
    )]
    pub listen: SocketAddr,
    /// 输出格式：text 供人阅读，json 供程序读取（默认 text）
    #[arg(
        long,
        value_name = "格式",
        default_value = "text",
        hide_possible_values = true,
        hide_default_value = true,
        help_heading = "选项"
    )]
    pub format: Format,
}

#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum KeysCommand {
    /// 列出密钥：用途、是否在用、密封着多少项内容；不显示密钥本身
    #[command(help_template = TEMPLATE, override_usage = "gongkai keys list [选项]")]
    List(KeysListArgs),
    /// 更换密钥，并用新密钥重新密封已有内容；可在服务运行时进行，中断后再运行一次即可
    #[command(help_template = TEMPLATE, override_usage = "gongkai keys rotate [选项]")]
    Rotate(KeysRotateArgs),
    /// 销毁一把不再使用的密钥；用它密封的内容在数据库和所有备份里都永远打不开
    #[command(help_template = TEMPLATE, override_usage = "gongkai keys destroy <密钥编号> [选项]")]
    Destroy(KeysDestroyArgs),
}

#[derive(Debug, Args)]
pub struct KeysListArgs {
    /// 输出格式：text 供人阅读，json 供程序读取（默认 text）
    #[arg(
        long,
        value_name = "格式",
        default_value = "text",
        hide_possible_values = true,
        hide_default_value = true,
        help_heading = "选项"
    )]
    pub format: Format,
    #[command(flatten)]
    pub config: ConfigArgs,
}

#[derive(Debug, Args)]
pub struct KeysRotateArgs {
    /// 只更换一种用途的密钥：data、log、session、second_factor、index；不写则全部更换
    #[arg(long, value_name = "用途", help_heading = "选项")]
    pub purpose: Option<String>,
    #[command(flatten)]
    pub config: ConfigArgs,
}

#[derive(Debug, Args)]
pub struct KeysDestroyArgs {
    /// 密钥编号，见 gongkai keys list
    #[arg(value_name = "密钥编号", help_heading = "参数")]
    pub key: String,
    /// 确认连同还由它密封的内容一起销毁
    #[arg(long, help_heading = "选项")]
    pub lose_content: bool,
    #[command(flatten)]
    pub config: ConfigArgs,
}

#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum MailCommand {
    /// 处理邮件服务器交来的退信：目录里每个文件一封，或从标准输入读一封
    #[command(help_template = TEMPLATE, override_usage = "gongkai mail bounces <目录|-> [选项]")]
    Bounces(MailBouncesArgs),
}

#[derive(Debug, Args)]
pub struct MailBouncesArgs {
    /// 目录，处理过的文件改名为 .done 结尾；写 - 则从标准输入读一封
    #[arg(value_name = "目录|-", help_heading = "参数")]
    pub from: PathBuf,
    #[command(flatten)]
    pub config: ConfigArgs,
}

#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum UserCommand {
    /// 新增账号并打印一次性登录链接；不设默认口令
    #[command(help_template = TEMPLATE, override_usage = "gongkai user add <登录名> --name <岗位> --role <角色> [选项]")]
    Add(UserAddArgs),
    /// 为已有账号打印一次性登录链接；安全管理员自己登录不了时用
    #[command(help_template = TEMPLATE, override_usage = "gongkai user link <登录名> [选项]")]
    Link(UserLinkArgs),
}

#[derive(Debug, Args)]
pub struct UserLinkArgs {
    /// 登录名
    #[arg(value_name = "登录名", help_heading = "参数")]
    pub login: String,
    /// 同时重置第二因素，写明怎样核实了本人；手机和恢复码都丢失时用
    #[arg(long, value_name = "核实方式", help_heading = "选项")]
    pub reset_second_factor: Option<String>,
    #[command(flatten)]
    pub config: ConfigArgs,
}

#[derive(Debug, Args)]
pub struct UserAddArgs {
    /// 登录名：由小写字母、数字和 - _ . 组成
    #[arg(value_name = "登录名", help_heading = "参数")]
    pub login: String,
    /// 岗位名称，例如 区财政局·信息公开经办
    #[arg(long, value_name = "岗位", help_heading = "选项")]
    pub name: String,
    /// 角色：drafter、approver、coordinator、contract_editor、assessor、system_administrator、security_administrator、audit_administrator
    #[arg(long, value_name = "角色", help_heading = "选项")]
    pub role: String,
    /// 单位简称；区级岗位不写
    #[arg(long, value_name = "单位", help_heading = "选项")]
    pub unit: Option<String>,
    #[command(flatten)]
    pub config: ConfigArgs,
}

#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum UnitCommand {
    /// 从 JSON 文件登记单位
    #[command(help_template = TEMPLATE, override_usage = "gongkai unit import <文件> [选项]")]
    Import(FileArgs),
}

#[derive(Debug, Args)]
pub struct FileArgs {
    /// 文件
    #[arg(value_name = "文件", help_heading = "参数")]
    pub file: PathBuf,
    #[command(flatten)]
    pub config: ConfigArgs,
}

#[derive(Debug, Args)]
pub struct IntakeArgs {
    /// 表格：Excel 工作簿（.xlsx）或 CSV（UTF-8 或 GB18030）
    #[arg(value_name = "文件", help_heading = "参数")]
    pub file: PathBuf,
    /// 种类：units 单位、accounts 账号
    #[arg(long, value_name = "种类", help_heading = "选项")]
    pub kind: String,
    /// 输出格式：text 供人阅读，json 供程序读取（默认 text）
    #[arg(
        long,
        value_name = "格式",
        default_value = "text",
        hide_possible_values = true,
        hide_default_value = true,
        help_heading = "选项"
    )]
    pub format: Format,
    #[command(flatten)]
    pub config: ConfigArgs,
}

#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum BreakdownCommand {
    /// 读出分解表，不写入任何数据
    #[command(help_template = TEMPLATE, override_usage = "gongkai breakdown read <文件> [选项]")]
    Read(BreakdownReadArgs),
    /// 导入分解表，供区政府办在工作台核对后采用
    #[command(help_template = TEMPLATE, override_usage = "gongkai breakdown import <文件> [选项]")]
    Import(FileArgs),
}

#[derive(Debug, Args)]
pub struct BreakdownReadArgs {
    /// Word 文件（.docx）、Excel 工作簿（.xlsx）、CSV 或已公布的文本（.txt）
    #[arg(value_name = "文件", help_heading = "参数")]
    pub file: PathBuf,
    /// 输出格式：text 供人阅读，json 供程序读取（默认 text）
    #[arg(
        long,
        value_name = "格式",
        default_value = "text",
        hide_possible_values = true,
        hide_default_value = true,
        help_heading = "选项"
    )]
    pub format: Format,
}

#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum DocumentsCommand {
    /// 从原网站或办公系统导入已公开的文件（每行一个 JSON 对象）
    #[command(help_template = TEMPLATE, override_usage = "gongkai documents import <文件> [选项]")]
    Import(DocumentsImportArgs),
}

#[derive(Debug, Args)]
pub struct DocumentsImportArgs {
    /// 文件：每行一个 JSON 对象，含 url、title、published、html 等
    #[arg(value_name = "文件", help_heading = "参数")]
    pub file: PathBuf,
    /// 以哪个单位的名义公开；不写则为区政府办
    #[arg(
        long,
        value_name = "单位简称",
        default_value = "区政府办",
        hide_default_value = true,
        help_heading = "选项"
    )]
    pub unit: String,
    /// 文件类别：normative、policy、plan、notice、information（默认 policy）
    #[arg(
        long,
        value_name = "类别",
        default_value = "policy",
        hide_default_value = true,
        help_heading = "选项"
    )]
    pub kind: String,
    /// 输出格式：text 供人阅读，json 供程序读取（默认 text）
    #[arg(
        long,
        value_name = "格式",
        default_value = "text",
        hide_possible_values = true,
        hide_default_value = true,
        help_heading = "选项"
    )]
    pub format: Format,
    #[command(flatten)]
    pub config: ConfigArgs,
}

#[derive(Debug, Args)]
pub struct SearchArgs {
    /// 要找的词、文号或一句话
    #[arg(value_name = "词", required = true, num_args = 1.., help_heading = "参数")]
    pub words: Vec<String>,
    /// 最多列出几条（默认 10）
    #[arg(
        long,
        value_name = "条数",
        default_value_t = 10,
        hide_default_value = true,
        help_heading = "选项"
    )]
    pub most: usize,
    /// 输出格式：text 供人阅读，json 供程序读取（默认 text）
    #[arg(
        long,
        value_name = "格式",
        default_value = "text",
        hide_possible_values = true,
        hide_default_value = true,
        help_heading = "选项"
    )]
    pub format: Format,
    #[command(flatten)]
    pub config: ConfigArgs,
}

#[derive(Debug, Args)]
pub struct BackupArgs {
    /// 存放备份的文件夹；同一个文件夹里的备份共用文件，第二次只复制新增的
    #[arg(value_name = "位置", help_heading = "参数")]
    pub place: PathBuf,
    /// 只保留最新的几份，做完以后删掉更早的；不写就都保留
    #[arg(long, value_name = "份数", value_parser = clap::value_parser!(u16).range(1..), help_heading = "选项")]
    pub keep: Option<u16>,
    /// 以前备份过的文件也重新读一遍，坏了的补好
    #[arg(long, help_heading = "选项")]
    pub verify: bool,
    /// 输出格式：text 供人阅读，json 供程序读取（默认 text）
    #[arg(
        long,
        value_name = "格式",
        default_value = "text",
        hide_possible_values = true,
        hide_default_value = true,
        help_heading = "选项"
    )]
    pub format: Format,
    #[command(flatten)]
    pub config: ConfigArgs,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// 一份备份的文件夹，或存放备份的文件夹（用其中最新的一份）
    #[arg(value_name = "备份", help_heading = "参数")]
    pub backup: PathBuf,
    /// 备份需要的密钥已经销毁时也恢复；它们密封的内容不能再打开
    #[arg(long, help_heading = "选项")]
    pub without_keys: bool,
    /// 只检查备份是否完好，不恢复
    #[arg(long, help_heading = "选项")]
    pub check: bool,
    #[command(flatten)]
    pub config: ConfigArgs,
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// 逐个读完全部文件，不只抽查；数据库也查得更细
    #[arg(long, help_heading = "选项")]
    pub all: bool,
    /// 删掉没有记录引用、放了一天以上的文件
    #[arg(long, help_heading = "选项")]
    pub sweep: bool,
    /// 输出格式：text 供人阅读，json 供程序读取（默认 text）
    #[arg(
        long,
        value_name = "格式",
        default_value = "text",
        hide_possible_values = true,
        hide_default_value = true,
        help_heading = "选项"
    )]
    pub format: Format,
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// Prints help, or in Chinese what is wrong with the command, and gives the exit code.
pub fn explain(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            print!("{error}");
            ExitCode::SUCCESS
        }
        kind => {
            let named = error
                .context()
                .next()
                .map(|(_, value)| value.to_string())
                .unwrap_or_default();
            let what = match kind {
                ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
                    "没有写命令".to_string()
                }
                ErrorKind::InvalidSubcommand => format!("没有“{named}”这个命令"),
                ErrorKind::UnknownArgument => format!("没有“{named}”这个选项"),
                ErrorKind::InvalidValue | ErrorKind::ValueValidation => format!("“{named}”的值不对"),
                ErrorKind::MissingRequiredArgument => format!("还缺：{named}"),
                _ => "命令写得不对".to_string(),
            };
            eprintln!("{what}。请看：gongkai --help");
            ExitCode::from(2)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound_and_in_chinese() {
        Options::command().debug_assert();
        let help = Options::command().render_long_help().to_string();
        assert!(help.contains("用法") && help.contains("启动示例区"), "{help}");
        let mut pages = vec![help];
        let mut built = Options::command();
        // As parsing does: what is global reaches the commands only when the whole is built.
        built.build();
        for command in built.get_subcommands_mut() {
            pages.push(command.render_long_help().to_string());
            pages.extend(
                command
                    .get_subcommands_mut()
                    .map(|inner| inner.render_long_help().to_string()),
            );
        }
        for english in [
            "Usage",
            "OPTIONS",
            "Options",
            "Commands",
            "Print help",
            "default",
            "possible values",
        ] {
            for page in &pages {
                assert!(!page.contains(english), "{english} in:\n{page}");
            }
        }
    }
}
