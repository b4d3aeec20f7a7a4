//! The parts of a package and how they hang together: relations, the main part, headers and footers, programs, comments.

use std::collections::HashMap;

use crate::package::Package;
use crate::xml::Element;
use crate::{Refusal, RevisionKind, revisions, text};

/// Where the relations of a part lead.
#[derive(Default)]
pub(crate) struct Relations {
    targets: HashMap<String, Relation>,
}

/// One relation.
pub(crate) struct Relation {
    /// The last segment of its type: `image`, `hyperlink`, `styles`.
    kind: String,
    /// Part name inside the package, or the address outside.
    pub(crate) target: String,
    /// Whether it leads out of the package.
    pub(crate) external: bool,
}

impl Relations {
    /// The relations of this part; none if it has no relations part.
    pub(crate) fn of(package: &mut Package<'_>, part: &str) -> Result<Relations, Refusal> {
        let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
        let Some(root) = package.xml(&join(folder, &format!("_rels/{name}.rels")))? else {
            return Ok(Relations::default());
        };
        let mut targets = HashMap::new();
        for element in root.elements().filter(|element| &*element.name == "rel:Relationship") {
            let (Some(id), Some(target)) = (element.attribute("Id"), element.attribute("Target")) else {
                continue;
            };
            let external = element.attribute("TargetMode") == Some("External");
            let kind = element
                .attribute("Type")
                .unwrap_or_default()
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned();
            let target = if external {
                target.to_owned()
            } else {
                join(folder, target)
            };
            targets.insert(id.to_owned(), Relation { kind, target, external });
        }
        Ok(Relations { targets })
    }

    /// The relation of this id.
    pub(crate) fn get(&self, id: &str) -> Option<&Relation> {
        self.targets.get(id)
    }

    /// The names of the parts of this type inside the package, in a fixed order.
    pub(crate) fn parts(&self, kind: &str) -> Vec<String> {
        let inside = self
            .targets
            .values()
            .filter(|relation| relation.kind == kind && !relation.external);
        let mut parts: Vec<String> = inside.map(|relation| relation.target.clone()).collect();
        parts.sort();
        parts
    }

    /// The first part of this type as a tree.
    pub(super) fn part_of_type(&self, package: &mut Package<'_>, kind: &str) -> Result<Option<Element>, Refusal> {
        match self.parts(kind).first() {
            Some(part) => package.xml(part),
            None => Ok(None),
        }
    }
}

/// A part name from a folder and a relative or absolute target.
fn join(folder: &str, target: &str) -> String {
    let mut segments: Vec<&str> = if target.starts_with('/') {
        Vec::new()
    } else {
        folder.split('/').collect()
    };
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    segments.retain(|segment| !segment.is_empty());
    segments.join("/")
}

/// The name of the part that holds the body.
pub(super) fn main_part(package: &mut Package<'_>) -> Result<String, Refusal> {
    let relations = Relations::of(package, "")?;
    let main = relations.parts("officeDocument").into_iter().next();
    Ok(main.unwrap_or_else(|| "word/document.xml".to_owned()))
}

/// Refuses macros and controls, by the parts that hold them and by the declared types.
pub(super) fn refuse_programs(package: &mut Package<'_>) -> Result<(), Refusal> {
    let program =
        |name: &str| name.ends_with("vbaproject.bin") || name.ends_with("vbadata.xml") || name.contains("/activex/");
    if package.names().any(program) {
        return Err(Refusal::Macros);
    }
    let types = package
        .xml("[Content_Types].xml")?
        .ok_or_else(|| Refusal::damaged("[Content_Types].xml"))?;
    let declared = |element: &Element| {
        let kind = element.attribute("ContentType").unwrap_or_default().to_lowercase();
        kind.contains("macroenabled") || kind.contains("vbaproject")
    };
    if types.elements().any(declared) {
        return Err(Refusal::Macros);
    }
    Ok(())
}

/// Comments that are kept in the file although no place in the text points at them.
pub(super) fn refuse_comments(package: &mut Package<'_>, relations: &Relations) -> Result<(), Refusal> {
    let Some(root) = relations.part_of_type(package, "comments")? else {
        return Ok(());
    };
    let count = root.elements().filter(|element| &*element.name == "w:comment").count() as u64;
    if count == 0 {
        return Ok(());
    }
    Err(Refusal::Revisions {
        kind: RevisionKind::Comment,
        count,
        places: vec!["批注窗格".to_owned()],
    })
}

/// The words of headers, footers and watermarks, one line for each paragraph.
pub(super) fn margins(package: &mut Package<'_>, relations: &Relations) -> Result<Vec<String>, Refusal> {
    let mut lines = Vec::new();
    for (kind, place) in [("header", "页眉"), ("footer", "页脚")] {
        for part in relations.parts(kind) {
            let Some(root) = package.xml(&part)? else { continue };
            revisions::refuse(&root, place)?;
            root.visit(&mut |element| match &*element.name {
                "w:p" => lines.push(paragraph_words(element)),
                "v:textpath" => lines.extend(element.attribute("string").map(str::to_owned)),
                _ => {}
            });
        }
    }
    lines.retain(|line| !line.trim().is_empty());
    Ok(lines)
}

fn paragraph_words(paragraph: &Element) -> String {
    let mut words = String::new();
    paragraph.visit(&mut |element| match &*element.name {
        "w:t" => words.push_str(&element.words()),
        "w:tab" | "w:br" => words.push(' '),
        _ => {}
    });
    text::clean(&words).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn targets_are_relative_to_the_part_or_absolute() {
        assert_eq!(join("word", "media/image1.png"), "word/media/image1.png");
        assert_eq!(join("word", "/word/media/image1.png"), "word/media/image1.png");
        assert_eq!(join("word", "../customXml/item1.xml"), "customXml/item1.xml");
        assert_eq!(join("", "word/document.xml"), "word/document.xml");
        assert_eq!(join("", "../../etc/passwd"), "etc/passwd");
    }
}
