//! The body: paragraphs, tables and what wraps them.

use content::{Block, MAX_DEPTH};

use super::lists::{Entry, assemble};
use super::{Reader, chosen};
use crate::xml::Element;
use crate::{NoticeKind, Refusal};

impl Reader<'_> {
    /// The blocks inside this element. `depth` counts the lists and tables around it.
    pub(super) fn blocks(&mut self, container: &Element, depth: usize) -> Result<Vec<Block>, Refusal> {
        let mut entries = Vec::new();
        self.gather(container, depth, &mut entries)?;
        Ok(assemble(entries, MAX_DEPTH - 1 - depth.min(MAX_DEPTH - 1)))
    }

    fn gather(&mut self, container: &Element, depth: usize, entries: &mut Vec<Entry>) -> Result<(), Refusal> {
        for element in container.elements() {
            match &*element.name {
                "w:p" => self.paragraph(element, depth, entries)?,
                "w:tbl" => self.table(element, depth, entries)?,
                "w:sdt" => {
                    if let Some(content) = element.child("w:sdtContent") {
                        self.gather(content, depth, entries)?;
                    }
                }
                "mc:AlternateContent" => {
                    if let Some(branch) = chosen(element) {
                        self.gather(branch, depth, entries)?;
                    }
                }
                "w:customXml" | "w:smartTag" => self.gather(element, depth, entries)?,
                "m:oMath" | "m:oMathPara" => entries.push(Entry::Block(self.formula(element))),
                "w:altChunk" => self.notice(
                    NoticeKind::ObjectLeftOut,
                    "嵌入的其他文档没有读取，请把其内容复制到正文中。",
                ),
                _ => {}
            }
        }
        Ok(())
    }

    fn formula(&mut self, element: &Element) -> Block {
        self.paragraph += 1;
        self.notice(NoticeKind::FormulaFlattened, "公式只保留了其中的文字，请核对。");
        Block::paragraph(crate::text::clean(&element.words()).trim())
    }
}
