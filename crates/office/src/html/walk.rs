//! Walking a page.

use content::{Block, Body, Inline, ListItem, MAX_DEPTH, href_allowed};
use scraper::{ElementRef, Node};

use super::flow::Flow;
use super::style::{Style, is_hidden};
use crate::{Notice, NoticeKind, text};

/// What is gathered on the way.
#[derive(Default)]
pub(super) struct Walker {
    pub(super) notices: Vec<Notice>,
    pub(super) title: Option<String>,
}

impl Walker {
    /// The blocks of a whole page.
    pub(super) fn page(&mut self, root: ElementRef<'_>) -> Vec<Block> {
        let mut flow = Flow::default();
        self.children(root, Style::default(), 0, &mut flow);
        flow.finish()
    }

    /// Reads what stands inside an element. `depth` counts the lists and tables around it.
    pub(super) fn children(&mut self, element: ElementRef<'_>, style: Style, depth: usize, flow: &mut Flow) {
        for node in element.children() {
            match node.value() {
                Node::Text(words) => flow.words(words, style),
                Node::Element(_) => {
                    if let Some(child) = ElementRef::wrap(node) {
                        self.element(child, style, depth, flow);
                    }
                }
                _ => {}
            }
        }
    }

    fn element(&mut self, element: ElementRef<'_>, style: Style, depth: usize, flow: &mut Flow) {
        let value = element.value();
        if is_hidden(value) {
            if !element.text().collect::<String>().trim().is_empty() {
                self.notice(NoticeKind::HiddenLeftOut, flow, "有不显示的内容，没有读取。");
            }
            return;
        }
        let style = style.inside(value);
        match value.name() {
            "head" => self.head(element),
            "script" | "style" | "noscript" | "template" | "title" | "meta" | "link" => {}
            "iframe" | "object" | "embed" | "video" | "audio" | "canvas" | "svg" | "math" | "form" | "input"
            | "select" | "textarea" | "button" => self.notice(
                NoticeKind::ObjectLeftOut,
                flow,
                "有框架、表单、音视频等网页部件，没有读取。",
            ),
            "img" => self.notice(
                NoticeKind::PictureLeftOut,
                flow,
                "有网页图片没有读取，请单独上传并补充文字说明。",
            ),
            "br" => flow.line_break(),
            "hr" => flow.end_line(),
            "a" => self.link(element, style, depth, flow),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.heading(element, style, depth, flow),
            "ul" | "ol" => self.list(element, style, depth, flow),
            "table" => self.table(element, style, depth, flow),
            "p" | "div" | "section" | "article" | "main" | "header" | "footer" | "center" | "blockquote" | "pre"
            | "address" | "body" | "fieldset" | "figure" | "figcaption" | "dl" | "dt" | "dd" | "li" | "nav"
            | "aside" | "caption" | "details" | "summary" => {
                flow.end_line();
                self.children(element, style, depth, flow);
                flow.end_line();
            }
            _ => self.children(element, style, depth, flow),
        }
    }

    fn head(&mut self, head: ElementRef<'_>) {
        let title = head.child_elements().find(|element| element.value().name() == "title");
        let words = title.map(|title| text::clean(&title.text().collect::<String>()).trim().to_owned());
        self.title = words.filter(|words| !words.is_empty());
    }

    /// A link around whole blocks, or to somewhere else than the web or a mailbox, keeps its words only.
    fn link(&mut self, element: ElementRef<'_>, style: Style, depth: usize, flow: &mut Flow) {
        let href = element.value().attr("href").unwrap_or_default().trim();
        if !href_allowed(href) {
            if !href.is_empty() && !href.starts_with('#') {
                self.notice(
                    NoticeKind::LinkLeftOut,
                    flow,
                    "有链接不是完整的网页或邮箱地址，只保留了文字。",
                );
            }
            return self.children(element, style, depth, flow);
        }
        let mut inside = Flow::default();
        self.children(element, style, depth, &mut inside);
        let line = inside.take_line();
        if !inside.blocks.is_empty() {
            flow.end_line();
            flow.blocks.append(&mut inside.blocks);
        }
        let words = content::inlines_text(&line).replace('\n', " ");
        if !words.is_empty() {
            flow.link(href.to_owned(), words, style);
        }
    }

    fn heading(&mut self, element: ElementRef<'_>, style: Style, depth: usize, flow: &mut Flow) {
        let level = element.value().name().as_bytes()[1] - b'0';
        let mut inside = Flow::default();
        self.children(element, Style { bold: false, ..style }, depth, &mut inside);
        let mut line: Vec<Inline> = Vec::new();
        for block in inside.finish() {
            if !line.is_empty() {
                line.push(Inline::Break);
            }
            match block.body {
                Body::Paragraph { text, .. } | Body::Heading { text, .. } => line.extend(text),
                _ => line.extend(Inline::lines(&block.text())),
            }
        }
        if !line.is_empty() {
            flow.block(Block::new(Body::Heading { level, text: line }));
        }
    }

    fn list(&mut self, element: ElementRef<'_>, style: Style, depth: usize, flow: &mut Flow) {
        flow.end_line();
        if depth + 1 >= MAX_DEPTH {
            self.notice(NoticeKind::NestingFlattened, flow, "列表嵌套过深，里层内容已改为段落。");
            self.children(element, style, depth, flow);
            return flow.end_line();
        }
        let mut items = Vec::new();
        for child in element.child_elements() {
            let mut inside = Flow::default();
            if child.value().name() == "li" && !is_hidden(child.value()) {
                self.children(child, style.inside(child.value()), depth + 1, &mut inside);
            } else {
                self.element(child, style, depth + 1, &mut inside);
            }
            let blocks = inside.finish();
            if !blocks.is_empty() {
                items.push(ListItem { blocks });
            }
        }
        let ordered = element.value().name() == "ol";
        let start: i64 = element
            .value()
            .attr("start")
            .and_then(|start| start.trim().parse().ok())
            .unwrap_or(1);
        if ordered && start != 1 {
            return flow.blocks.extend(labelled(items, start));
        }
        if !items.is_empty() {
            flow.block(Block::new(Body::List { ordered, items }));
        }
    }

    /// Tells what was left out, near which words; the same thing is told once for a place.
    pub(super) fn notice(&mut self, kind: NoticeKind, flow: &Flow, message: &str) {
        let place = format!("第 {} 段附近", flow.blocks.len() + 1);
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

/// A list that does not begin with 1 keeps its numbers as words.
fn labelled(items: Vec<ListItem>, start: i64) -> impl Iterator<Item = Block> {
    items.into_iter().enumerate().flat_map(move |(index, mut item)| {
        let label = format!("{}. ", start.saturating_add(index as i64));
        if let Some(Block {
            body: Body::Paragraph { text, .. },
            ..
        }) = item.blocks.first_mut()
        {
            match text.first_mut() {
                Some(Inline::Text { text, .. }) => text.insert_str(0, &label),
                _ => text.insert(0, Inline::plain(&label)),
            }
        }
        item.blocks
    })
}
