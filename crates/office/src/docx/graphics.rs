//! Drawings: pictures, text boxes, and what is neither.

use content::{Block, MAX_DEPTH};

use super::runs::Line;
use super::{Reader, chosen};
use crate::limits::{MAX_PICTURE, MAX_PICTURES};
use crate::xml::Element;
use crate::{NoticeKind, Refusal, picture, text};

impl Reader<'_> {
    /// Reads a drawing; pictures and the paragraphs of text boxes come after the line in which it is anchored.
    pub(super) fn graphic(&mut self, element: &Element, line: &mut Line) -> Result<(), Refusal> {
        let alt = alternative_words(element);
        self.shapes(element, &alt, line)
    }

    fn shapes(&mut self, element: &Element, alt: &str, line: &mut Line) -> Result<(), Refusal> {
        match &*element.name {
            "mc:AlternateContent" => {
                if let Some(branch) = chosen(element) {
                    self.shapes(branch, alt, line)?;
                }
                return Ok(());
            }
            "w:txbxContent" => {
                let blocks = self.blocks(element, line.depth.min(MAX_DEPTH - 1))?;
                line.push_after(blocks);
                return Ok(());
            }
            "a:blip" => self.picture(element.attribute("r:embed"), element.attribute("r:link"), alt, line)?,
            "v:imagedata" => self.picture(element.attribute("r:id"), element.attribute("r:href"), alt, line)?,
            "o:OLEObject" => self.notice(
                NoticeKind::ObjectLeftOut,
                "嵌入的对象没有读取，请把其内容转换为文字、表格或图片。",
            ),
            "a:graphicData" if is_other_object(element) => {
                self.notice(
                    NoticeKind::ObjectLeftOut,
                    "图表或 SmartArt 没有读取，请转换为图片或表格。",
                );
            }
            _ => {}
        }
        for child in element.elements() {
            self.shapes(child, alt, line)?;
        }
        Ok(())
    }

    fn picture(
        &mut self,
        embedded: Option<&str>,
        linked: Option<&str>,
        alt: &str,
        line: &mut Line,
    ) -> Result<(), Refusal> {
        let relation = embedded.or(linked).and_then(|id| self.relations.get(id));
        let Some(relation) = relation else {
            self.notice(NoticeKind::PictureLeftOut, "有图片在文件中找不到，没有读取。");
            return Ok(());
        };
        if relation.external {
            self.notice(
                NoticeKind::PictureLeftOut,
                "有图片链接到文件之外，没有读取，请把图片插入文件中。",
            );
            return Ok(());
        }
        let part = relation.target.clone();
        let Some(bytes) = self.package.part(&part, MAX_PICTURE)? else {
            self.notice(NoticeKind::PictureLeftOut, "有图片在文件中找不到，没有读取。");
            return Ok(());
        };
        let Some(found) = picture::recognise(bytes) else {
            self.notice(
                NoticeKind::PictureLeftOut,
                "有图片的格式网页不能显示（只支持 PNG、JPEG、GIF、WebP），没有读取。",
            );
            return Ok(());
        };
        line.push_after([Block::figure(found.id.clone(), alt)]);
        if !self.pictures.iter().any(|known| known.id == found.id) {
            self.pictures.push(found);
        }
        if self.pictures.len() > MAX_PICTURES {
            return Err(Refusal::TooManyPictures);
        }
        Ok(())
    }
}

/// The words that the author wrote for those who cannot see the picture; file names that Word fills in are none.
fn alternative_words(element: &Element) -> String {
    let mut words = String::new();
    element.visit(&mut |element| {
        let found = match &*element.name {
            "wp:docPr" => element
                .attribute("descr")
                .filter(|words| !words.is_empty())
                .or_else(|| element.attribute("title")),
            "v:shape" => element.attribute("alt"),
            _ => None,
        };
        if let (Some(found), true) = (found, words.is_empty()) {
            words = text::clean(found).trim().to_owned();
        }
    });
    words
}

fn is_other_object(element: &Element) -> bool {
    element
        .attribute("uri")
        .is_some_and(|uri| uri.ends_with("/chart") || uri.ends_with("/diagram") || uri.ends_with("/chartex"))
}
