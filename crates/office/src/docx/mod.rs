//! Word documents (`.docx`, ECMA-376 / ISO 29500) as [`content::Document`].

mod blocks;
mod graphics;
mod lists;
mod notes;
mod numbering;
pub(crate) mod package_parts;
mod paragraphs;
pub(crate) mod properties;
mod runs;
mod styles;
mod tables;

use content::{Document, NoteId, SHAPE};

use crate::package::Package;
use crate::xml::Element;
use crate::{Notice, NoticeKind, Picture, Reading, Refusal, revisions};
use notes::NoteSource;
use numbering::Numbering;
use package_parts::Relations;
use styles::Styles;

/// Reads a Word document.
pub(crate) fn read(bytes: &[u8]) -> Result<Reading, Refusal> {
    let mut package = Package::open(bytes)?;
    package_parts::refuse_programs(&mut package)?;
    let main = package_parts::main_part(&mut package)?;
    let root = package.xml(&main)?.ok_or_else(|| Refusal::damaged("缺少正文部件"))?;
    let body = root.child("w:body").ok_or_else(|| Refusal::damaged("正文部件"))?;
    revisions::refuse(body, "正文")?;
    let relations = Relations::of(&mut package, &main)?;
    let margins = package_parts::margins(&mut package, &relations)?;
    package_parts::refuse_comments(&mut package, &relations)?;
    let properties = properties::read(&mut package)?;
    let mut reader = Reader::new(package, relations)?;
    let blocks = reader.blocks(body, 0)?;
    let notes = reader.notes()?;
    let document = Document {
        shape: SHAPE,
        blocks,
        notes,
    };
    Ok(Reading {
        pictures: reader.pictures,
        properties,
        notices: reader.notices,
        margins,
        ..Reading::of(document)
    })
}

/// What is needed while the body is walked, and what is gathered on the way.
struct Reader<'a> {
    package: Package<'a>,
    relations: Relations,
    styles: Styles,
    numbering: Numbering,
    footnotes: NoteSource,
    endnotes: NoteSource,
    /// Footnotes and endnotes in the order of their references.
    referred: Vec<(NoteId, notes::NoteKind, String)>,
    pictures: Vec<Picture>,
    notices: Vec<Notice>,
    /// Number of the paragraph being read, for places.
    paragraph: usize,
    /// Number of the table being read, for places.
    table: usize,
}

impl<'a> Reader<'a> {
    fn new(mut package: Package<'a>, relations: Relations) -> Result<Reader<'a>, Refusal> {
        let styles = Styles::of(relations.part_of_type(&mut package, "styles")?);
        let numbering = Numbering::of(relations.part_of_type(&mut package, "numbering")?);
        let footnotes = NoteSource::of(&mut package, &relations, "footnotes")?;
        let endnotes = NoteSource::of(&mut package, &relations, "endnotes")?;
        Ok(Reader {
            package,
            relations,
            styles,
            numbering,
            footnotes,
            endnotes,
            referred: Vec::new(),
            pictures: Vec::new(),
            notices: Vec::new(),
            paragraph: 0,
            table: 0,
        })
    }

    /// Notes that something was left out or assumed at the paragraph being read; the same notice is given once for a place.
    fn notice(&mut self, kind: NoticeKind, message: &str) {
        let place = format!("第 {} 段", self.paragraph.max(1));
        self.notice_at(kind, place, message);
    }

    fn notice_at(&mut self, kind: NoticeKind, place: String, message: &str) {
        let notice = Notice {
            kind,
            place,
            message: message.to_owned(),
        };
        if self.notices.last() != Some(&notice) {
            self.notices.push(notice);
        }
    }
}

/// The branch of alternative content to read, once: the first choice that holds something known here, else the fallback.
fn chosen(alternative: &Element) -> Option<&Element> {
    let choices = alternative.elements().filter(|element| &*element.name == "mc:Choice");
    let known = choices.into_iter().find(|choice| holds_something(choice));
    known
        .or_else(|| alternative.child("mc:Fallback"))
        .or_else(|| alternative.child("mc:Choice"))
}

fn holds_something(element: &Element) -> bool {
    let mut found = false;
    element.visit(&mut |element| {
        found |= matches!(
            &*element.name,
            "w:txbxContent" | "a:blip" | "w:t" | "w:p" | "v:imagedata"
        );
    });
    found
}
