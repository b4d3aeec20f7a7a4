//! `gongkai demo generate`: as many believable documents as one wants, the same for the same seed, each marked 示例.
//!
//! They go into a data directory by the way that imported documents go, or into a file of lines for other programs.
//! What is there already is recognised, so that a run can be stopped anywhere and begun again.

mod body;
mod document;
mod form;
mod grammar;
mod lines;
mod random;
mod tables;
mod write;

pub use write::generate_documents;

use std::collections::{BTreeMap, HashMap};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use self::document::{Generated, generate};
use self::grammar::Grammar;
use crate::cli::{Format, GenerateArgs};

/// What was made.
#[derive(Debug, Default, Serialize)]
pub struct Made {
    /// The seed.
    pub seed: u64,
    /// Documents there are now of this seed, up to the number wished for.
    pub documents: usize,
    /// Of those, made in this run.
    pub made: usize,
    /// Of those, there before.
    pub known: usize,
    /// Characters of text made in this run.
    pub characters: usize,
    /// How many of each kind were made in this run.
    pub kinds: BTreeMap<&'static str, usize>,
}

impl Made {
    fn count(&mut self, document: &Generated) {
        self.made += 1;
        self.characters += document.document.text().chars().count();
        *self.kinds.entry(document.kind).or_default() += 1;
    }
}

/// Makes documents until there are as many as wished for.
///
/// # Errors
/// When the data directory or the file cannot be used.
pub async fn run(args: GenerateArgs) -> anyhow::Result<()> {
    let bar = ProgressBar::new(args.documents as u64);
    bar.set_style(ProgressStyle::with_template("{wide_bar} {pos}/{len} 件，剩余 {eta}")?);
    let made = match &args.out {
        Some(_) => into_file(&args, &bar),
        None => write::into_data(&args, &bar).await,
    };
    bar.finish_and_clear();
    announce(&made?, &args)
}

fn announce(made: &Made, args: &GenerateArgs) -> anyhow::Result<()> {
    if args.format == Format::Json {
        println!("{}", serde_json::to_string(made)?);
        return Ok(());
    }
    println!("种子 {}：新生成 {} 件，已有 {} 件。", made.seed, made.made, made.known);
    if let Some(mean) = made.characters.checked_div(made.made) {
        println!("平均每件 {mean} 字。");
    }
    match &args.out {
        Some(file) => println!("文件：{}", file.display()),
        None => println!("启动：gongkai demo --data {}", args.data.display()),
    }
    Ok(())
}

fn into_file(args: &GenerateArgs, bar: &ProgressBar) -> anyhow::Result<Made> {
    let path = args.out.as_deref().context("没有写文件名")?;
    let grammar = Grammar::load()?;
    let names = full_names()?;
    let full_name = |short: &str| names.get(short).cloned().unwrap_or_else(|| short.to_string());
    let (mut lines, known) = lines::Lines::open(path, args.seed)?;
    let mut made = Made {
        seed: args.seed,
        known: known.min(args.documents),
        ..Made::default()
    };
    for number in known..args.documents {
        let document = generate(&grammar, args.seed, number, &full_name);
        lines.write(&document, number, &full_name(document.unit))?;
        made.count(&document);
        bar.set_position(number as u64 + 1);
    }
    lines.finish()?;
    made.documents = made.known + made.made;
    Ok(made)
}

/// Full names of the demonstration's units by their short ones.
fn full_names() -> anyhow::Result<HashMap<String, String>> {
    let units = super::seed::units()?;
    Ok(units
        .into_iter()
        .map(|unit| (unit.short_name, unit.full_name))
        .collect())
}
