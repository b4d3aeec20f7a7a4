//! Files: missing, changed, and named by nobody.

use kit::Site;
use kit::blob::BlobId;
use kit::upkeep::{self, Inventory};

use super::{Depth, Finding};

const CHECK: &str = "文件";
/// Files read when not all are.
const SAMPLE: usize = 200;

pub(super) async fn examine(site: &Site, depth: Depth) -> Vec<Finding> {
    match look(site, depth).await {
        Ok(findings) => findings,
        Err(error) => vec![Finding::failed(CHECK, &error)],
    }
}

async fn look(site: &Site, depth: Depth) -> kit::Result<Vec<Finding>> {
    let inventory = upkeep::inventory(site).await?;
    let most = if depth.all { usize::MAX } else { SAMPLE };
    let changed = upkeep::changed(site, &inventory.named, most).await?;
    let mut findings = Vec::new();
    if !inventory.missing.is_empty() {
        findings.push(bad("找不到", &inventory.missing));
    }
    if !changed.is_empty() {
        findings.push(bad("内容已经改变", &changed));
    }
    if findings.is_empty() {
        let (all, read) = (inventory.named.len(), inventory.named.len().min(most));
        findings.push(Finding::good(
            CHECK,
            format!("记录引用的 {all} 个都在，读了其中 {read} 个，内容没有变"),
        ));
    }
    findings.push(orphans(site, &inventory, depth).await?);
    Ok(findings)
}

fn bad(how: &str, ids: &[BlobId]) -> Finding {
    let first = ids.iter().take(3).map(BlobId::as_str).collect::<Vec<_>>().join("、");
    Finding::wrong(
        CHECK,
        format!("记录引用的文件有 {} 个{how}，例如 {first}", ids.len()),
        "请从备份位置的 blobs 文件夹里按同样的名称取回（对象存储同理），并检查磁盘",
    )
}

async fn orphans(site: &Site, inventory: &Inventory, depth: Depth) -> kit::Result<Finding> {
    const CHECK: &str = "无主文件";
    let bytes: u64 = inventory.orphans.iter().map(|blob| blob.size).sum();
    let said = |count: u64, bytes: u64| format!("{count} 个，共 {:.1} MiB", bytes as f64 / 1_048_576.0);
    let count = inventory.orphans.len() as u64;
    if count == 0 {
        return Ok(Finding::good(CHECK, "没有"));
    }
    if depth.sweep {
        let swept = upkeep::sweep(site).await?;
        return Ok(Finding::good(
            CHECK,
            format!("已删掉 {}", said(swept.count, swept.bytes)),
        ));
    }
    Ok(Finding::note(
        CHECK,
        format!("没有记录引用、放了一天以上的有 {}", said(count, bytes)),
        "是上传中断留下的，不影响使用；运行 gongkai doctor --sweep 可以删掉",
    ))
}
