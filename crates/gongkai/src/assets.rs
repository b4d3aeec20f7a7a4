//! Style sheets and scripts, built by npm into web/dist and carried inside the binary.

use std::collections::HashMap;

use anyhow::Context;
use kit::site::Assets;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Dist;

/// The assets by their plain names, as the build's manifest gives them.
///
/// # Errors
/// When the program was built without web/dist.
pub fn load() -> anyhow::Result<Assets> {
    let manifest = Dist::get("manifest.json").context("程序里没有样式文件：构建前须先在 web/ 下运行 npm run build")?;
    let names: HashMap<String, String> = serde_json::from_slice(&manifest.data).context("样式清单无法读取")?;
    let mut files = Vec::new();
    for (plain, served) in names {
        let file = Dist::get(&served).with_context(|| format!("程序里缺少样式文件 {served}"))?;
        let bytes: &'static [u8] = match file.data {
            std::borrow::Cow::Borrowed(bytes) => bytes,
            std::borrow::Cow::Owned(bytes) => Vec::leak(bytes),
        };
        files.push((plain, served, bytes));
    }
    Ok(Assets::new(files))
}
