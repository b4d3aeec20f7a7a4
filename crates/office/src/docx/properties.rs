//! What the file says about itself (ECMA-376 part 2, clause 8).

use crate::package::Package;
use crate::xml::Element;
use crate::{Properties, Refusal, text};

/// Longest value that is taken over, in characters.
const LONGEST: usize = 500;

/// Reads the core properties; a file without them has none.
pub(crate) fn read(package: &mut Package<'_>) -> Result<Properties, Refusal> {
    let part = if package.has("docProps/core.xml") {
        "docProps/core.xml"
    } else {
        "package/services/metadata/core-properties/core.xml"
    };
    let Some(root) = package.xml(part)? else {
        return Ok(Properties::default());
    };
    Ok(Properties {
        title: value(&root, "dc:title"),
        creator: value(&root, "dc:creator"),
        last_modified_by: value(&root, "cp:lastModifiedBy"),
        subject: value(&root, "dc:subject"),
        keywords: value(&root, "cp:keywords"),
        description: value(&root, "dc:description"),
        created: value(&root, "dcterms:created"),
        modified: value(&root, "dcterms:modified"),
    })
}

fn value(root: &Element, name: &str) -> Option<String> {
    let words: String = text::clean(&root.child(name)?.words())
        .trim()
        .chars()
        .take(LONGEST)
        .collect();
    (!words.is_empty()).then_some(words)
}
