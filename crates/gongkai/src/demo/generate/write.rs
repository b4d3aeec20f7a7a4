//! Generated documents into a data directory, by the way that imported documents go.

use std::collections::HashMap;

use anyhow::Context;
use chrono::Duration;
use indicatif::ProgressBar;
use kit::Site;
use kit::unit::Unit;
use publishing::Publishing;
use publishing::document::Metadata;
use publishing::document::bulk::{self, Incoming, Later};
use publishing::document::text::Text;
use publishing::kinds::Kind;
use statute::disclosure::attribute::Attribute;
use tokio::sync::mpsc;

use super::Made;
use super::document::{Fate, Generated, generate, source};
use super::grammar::Grammar;
use crate::cli::GenerateArgs;
use crate::commands::operator;
use crate::config::Config;
use crate::demo::{DemoClock, beginning, offset_kept, seed};
use crate::wiring::{self, House, kit_error};

/// Documents in one transaction.
const CHUNK: usize = 100;
/// After so many chunks the index follows.
const CHUNKS_TO_SETTLE: usize = 10;

/// Makes what is missing in a data directory.
pub(super) async fn into_data(args: &GenerateArgs, bar: &ProgressBar) -> anyhow::Result<Made> {
    let house = open(args).await?;
    let progress = |done: usize| bar.set_position(done as u64);
    generate_documents(&house.site, &house.publishing, args.seed, args.documents, &progress).await
}

/// Makes what is missing of so many documents of a seed; `progress` is told how many there are.
///
/// # Errors
/// When the database fails, or its register is not the demonstration's.
pub async fn generate_documents(
    site: &Site,
    publishing: &Publishing,
    seed: u64,
    documents: usize,
    progress: &(dyn Fn(usize) + Sync),
) -> anyhow::Result<Made> {
    let units = kit::unit::register(site.db.read()).await.context("读不到单位名册")?;
    let units: HashMap<String, Unit> = units.into_iter().map(|unit| (unit.short_name.clone(), unit)).collect();
    let mut made = Made {
        seed,
        ..Made::default()
    };
    let missing = missing(site, seed, documents, progress).await?;
    made.known = documents - missing.len();
    let mut chunks = written_ahead(seed, missing, &units);
    let mut count = 0;
    while let Some(chunk) = chunks.recv().await {
        let chunk = chunk?;
        let documents = incoming(&chunk, &units)?;
        bulk::take_in(site, publishing, &operator(), "生成示例文件", &documents)
            .await
            .map_err(kit_error)?;
        chunk.iter().for_each(|document| made.count(document));
        progress(made.known + made.made);
        count += 1;
        if count % CHUNKS_TO_SETTLE == 0 {
            publishing.settle(site).await.map_err(kit_error)?;
        }
    }
    publishing.settle(site).await.map_err(kit_error)?;
    made.documents = made.known + made.made;
    Ok(made)
}

async fn open(args: &GenerateArgs) -> anyhow::Result<House> {
    let config = Config::demo(args.data.clone(), ([127, 0, 0, 1], 0).into())?;
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("数据目录 {} 建不了；请检查路径和权限", config.data.display()))?;
    let clock = DemoClock::new(offset_kept(&config).unwrap_or(0));
    if offset_kept(&config).is_none() {
        clock.set(beginning());
    }
    let house = wiring::open(&config, clock.clock(), true).await?;
    house.site.migrate().await.map_err(kit_error)?;
    seed::enter_units(&house.site).await?;
    Ok(house)
}

/// Numbers of the documents that are not there yet.
async fn missing(
    site: &Site,
    seed: u64,
    documents: usize,
    progress: &(dyn Fn(usize) + Sync),
) -> anyhow::Result<Vec<usize>> {
    let all: Vec<usize> = (0..documents).collect();
    let mut missing = Vec::new();
    for some in all.chunks(500) {
        let sources = some.iter().map(|number| source(seed, *number)).collect();
        let known = bulk::known(site, sources).await.map_err(kit_error)?;
        missing.extend(some.iter().filter(|number| !known.contains(&source(seed, **number))));
        progress(some.last().map_or(0, |last| last + 1) - missing.len());
    }
    Ok(missing)
}

/// Writes chunks of documents on another thread, a few ahead of what the database takes.
fn written_ahead(
    seed: u64,
    missing: Vec<usize>,
    units: &HashMap<String, Unit>,
) -> mpsc::Receiver<anyhow::Result<Vec<Generated>>> {
    let (sender, receiver) = mpsc::channel(4);
    let names: HashMap<String, String> = units
        .values()
        .map(|u| (u.short_name.clone(), u.full_name.clone()))
        .collect();
    tokio::task::spawn_blocking(move || {
        let grammar = match Grammar::load() {
            Ok(grammar) => grammar,
            Err(error) => return sender.blocking_send(Err(error)).is_ok(),
        };
        let full_name = |short: &str| names.get(short).cloned().unwrap_or_else(|| short.to_string());
        missing.chunks(CHUNK).all(|some| {
            let chunk = some
                .iter()
                .map(|number| generate(&grammar, seed, *number, &full_name))
                .collect();
            sender.blocking_send(Ok(chunk)).is_ok()
        })
    });
    receiver
}

fn incoming(chunk: &[Generated], units: &HashMap<String, Unit>) -> anyhow::Result<Vec<Incoming>> {
    chunk
        .iter()
        .map(|made| {
            let unit = units
                .get(made.unit)
                .with_context(|| format!("单位名册里没有“{}”；请换一个空的数据目录", made.unit))?;
            let kind = Kind::of(made.kind).with_context(|| format!("没有类别 {}", made.kind))?;
            Ok(Incoming {
                source: made.source.clone(),
                unit: unit.id,
                kind,
                metadata: metadata(made, kind, &unit.full_name),
                index_number: None,
                published: (made.fate != Fate::Draft).then(|| bulk::beginning_of(made.published) + Duration::hours(9)),
                text: text(made),
                later: later(&made.fate),
            })
        })
        .collect()
}

fn metadata(made: &Generated, kind: &Kind, issuer: &str) -> Metadata {
    Metadata {
        title: made.title.clone(),
        issuer: issuer.into(),
        doc_number: made.doc_number.clone(),
        written_on: Some(made.written),
        theme: made.theme.into(),
        category: kind.category.into(),
        attribute: Some(Attribute::Proactive),
        effective_from: made.effective_from,
        valid_until: made.valid_until,
        repealed_from: made.repealed_from,
        summary: made.summary.clone(),
        origin: issuer.into(),
        ..Metadata::default()
    }
}

fn text(made: &Generated) -> Text {
    Text {
        document: made.document.clone(),
        pictures: Vec::new(),
        notices: Vec::new(),
        handling_marks: Vec::new(),
        title: made.title.clone(),
        source_blob: None,
        source_name: None,
    }
}

fn later(fate: &Fate) -> Option<Later> {
    match fate.clone() {
        Fate::Draft | Fate::Public => None,
        Fate::Corrected(document, on, note) => Some(Later::Corrected {
            document,
            at: bulk::beginning_of(on) + Duration::hours(10),
            note,
        }),
        Fate::Marked(on, reason) => Some(Later::Marked { on, reason }),
        Fate::TakenDown(on, reason) => Some(Later::TakenDown { on, reason }),
    }
}
