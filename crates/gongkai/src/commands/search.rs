//! `gongkai search`.

use search::{Hit, Query, Segment};
use serde_json::json;

use crate::cli::{Format, SearchArgs};
use crate::serve::open_for_command;
use crate::wiring::kit_error;

/// Searches what is public.
///
/// # Errors
/// When the index cannot be opened.
pub async fn run(args: SearchArgs) -> anyhow::Result<()> {
    let (_, house) = open_for_command(&args.config).await?;
    house.publishing.reader.catch_up(&house.site).await.map_err(kit_error)?;
    let index = house.publishing.reader.index().map_err(kit_error)?;
    let query = Query {
        words: args.words.join(" "),
        size: args.most,
        ..Query::default()
    };
    let results = index.query(&query)?;
    match args.format {
        Format::Json => {
            let hits: Vec<_> = results.hits.iter().map(hit_json).collect();
            println!("{}", json!({ "total": results.total, "hits": hits }));
        }
        Format::Text if results.total == 0 => println!("没有找到。"),
        Format::Text => {
            println!("找到 {} 件。", results.total);
            for hit in &results.hits {
                println!(
                    "{}  {}（{}，{}）",
                    hit.path,
                    plain(&hit.title),
                    hit.unit,
                    hit.released_on
                );
            }
        }
    }
    Ok(())
}

fn plain(segments: &[Segment]) -> String {
    segments.iter().map(|s| s.text.as_str()).collect()
}

fn hit_json(hit: &Hit) -> serde_json::Value {
    json!({
        "id": hit.id,
        "path": hit.path,
        "title": plain(&hit.title),
        "snippet": plain(&hit.snippet),
        "unit": hit.unit,
        "kind": hit.kind,
        "number": hit.number,
        "validity": hit.validity.code(),
        "released_on": hit.released_on,
        "score": hit.score,
    })
}
