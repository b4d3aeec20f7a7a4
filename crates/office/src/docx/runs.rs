//! Inside a paragraph: runs, breaks, links, references to notes.

use content::{Block, Inline, href_allowed};

use super::notes::NoteKind;
use super::styles::RunLook;
use super::{Reader, chosen};
use crate::xml::Element;
use crate::{NoticeKind, Refusal, text};

/// A line being put together, with what stands after it.
pub(super) struct Line {
    pub(super) depth: usize,
    inlines: Vec<Inline>,
    after: Vec<Block>,
}

impl Line {
    pub(super) fn new(depth: usize) -> Line {
        Line {
            depth,
            inlines: Vec::new(),
            after: Vec::new(),
        }
    }

    pub(super) fn push_after(&mut self, blocks: impl IntoIterator<Item = Block>) {
        self.after.extend(blocks);
    }

    fn push(&mut self, inline: Inline) {
        self.inlines.push(inline);
    }

    /// Words in the look of their run; runs of one look become one.
    fn words(&mut self, words: &str, look: RunLook) {
        let words = text::clean(words);
        if words.is_empty() {
            return;
        }
        let on = |switch: Option<bool>| switch.unwrap_or(false);
        let look = (on(look.bold), on(look.italic), on(look.underline));
        if let Some(Inline::Text {
            text,
            bold,
            italic,
            underline,
        }) = self.inlines.last_mut()
            && (*bold, *italic, *underline) == look
        {
            text.push_str(&words);
            return;
        }
        let (bold, italic, underline) = look;
        self.push(Inline::Text {
            text: words,
            bold,
            italic,
            underline,
        });
    }

    /// The line without space and breaks at its ends: indents made of spaces are layout.
    pub(super) fn finish(self) -> (Vec<Inline>, Vec<Block>) {
        (text::trimmed(self.inlines), self.after)
    }
}

impl Reader<'_> {
    /// Reads what stands directly in a paragraph or in something that wraps runs.
    pub(super) fn runs(&mut self, container: &Element, look: RunLook, line: &mut Line) -> Result<(), Refusal> {
        for element in container.elements() {
            match &*element.name {
                "w:r" => {
                    let properties = element.child("w:rPr");
                    let style = properties.and_then(|properties| properties.child_value("w:rStyle"));
                    let look = RunLook::of(properties).over(self.styles.run(style)).over(look);
                    self.run(element, look, line)?;
                }
                "w:hyperlink" => self.hyperlink(element, look, line)?,
                "w:sdt" => {
                    if let Some(content) = element.child("w:sdtContent") {
                        self.runs(content, look, line)?;
                    }
                }
                "mc:AlternateContent" => {
                    if let Some(branch) = chosen(element) {
                        self.runs(branch, look, line)?;
                    }
                }
                "w:fldSimple" | "w:smartTag" | "w:customXml" | "w:dir" | "w:bdo" | "w:rt" | "w:rubyBase" => {
                    self.runs(element, look, line)?;
                }
                "m:oMath" | "m:oMathPara" => {
                    self.notice(NoticeKind::FormulaFlattened, "公式只保留了其中的文字，请核对。");
                    line.words(&element.words(), RunLook::default());
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn run(&mut self, run: &Element, look: RunLook, line: &mut Line) -> Result<(), Refusal> {
        if look.hidden == Some(true) {
            if !run.words().trim().is_empty() {
                self.notice(
                    NoticeKind::HiddenLeftOut,
                    "有隐藏文字，没有读取；原文件中仍然存在，对外提供原文件前请先删除。",
                );
            }
            return Ok(());
        }
        for element in run.elements() {
            match &*element.name {
                "w:t" => line.words(&element.words(), look),
                "w:tab" | "w:ptab" => line.words(" ", look),
                "w:noBreakHyphen" => line.words("-", look),
                "w:br" if matches!(element.attribute("w:type"), None | Some("textWrapping")) => {
                    line.push(Inline::Break)
                }
                "w:cr" => line.push(Inline::Break),
                "w:sym" => {
                    self.notice(NoticeKind::SymbolReplaced, "有特殊字体的符号，已用“□”代替，请核对。");
                    line.words("□", look);
                }
                "w:footnoteReference" => self.note_reference(NoteKind::Footnote, element, line),
                "w:endnoteReference" => self.note_reference(NoteKind::Endnote, element, line),
                "w:ruby" => {
                    if let Some(base) = element.child("w:rubyBase") {
                        self.runs(base, look, line)?;
                    }
                }
                "w:drawing" | "w:pict" | "w:object" => self.graphic(element, line)?,
                "mc:AlternateContent" => {
                    if let Some(branch) = chosen(element) {
                        self.run(branch, look, line)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn note_reference(&mut self, kind: NoteKind, element: &Element, line: &mut Line) {
        let Some(id) = element.attribute("w:id") else { return };
        if let Some(note) = self.refer(kind, id) {
            line.push(Inline::Note { note });
        }
    }

    /// A link to a web or mail address is kept; one inside the document, or to anything else, keeps its words only.
    fn hyperlink(&mut self, element: &Element, look: RunLook, line: &mut Line) -> Result<(), Refusal> {
        let relation = element.attribute("r:id").and_then(|id| self.relations.get(id));
        let target = relation
            .filter(|relation| relation.external)
            .map(|relation| relation.target.clone());
        let Some(href) = target else {
            return self.runs(element, look, line);
        };
        if !href_allowed(&href) {
            self.notice(NoticeKind::LinkLeftOut, "有链接不是网页或邮箱地址，只保留了文字。");
            return self.runs(element, look, line);
        }
        let mut inside = Line::new(line.depth);
        self.runs(element, look, &mut inside)?;
        let (inlines, after) = inside.finish();
        let words = content::inlines_text(&inlines).replace('\n', " ");
        line.push_after(after);
        if !words.is_empty() {
            line.push(Inline::Link { href, text: words });
        }
        line.inlines.extend(
            inlines
                .into_iter()
                .filter(|inline| matches!(inline, Inline::Note { .. })),
        );
        Ok(())
    }
}
