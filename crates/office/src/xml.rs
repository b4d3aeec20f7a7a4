//! XML parts as a small tree, with bounds on depth and number of elements; document type declarations are refused, so that no
//! entity other than the five of XML itself can occur.

use std::collections::HashSet;
use std::rc::Rc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};

use crate::Refusal;
use crate::limits::{MAX_ELEMENT_DEPTH, MAX_ELEMENTS};

/// An element. Names carry this crate's own prefixes (see [`prefix`]), whatever prefixes the file uses.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: Rc<str>,
    attributes: Vec<(Rc<str>, String)>,
    pub(crate) children: Vec<Node>,
}

/// What stands inside an element.
#[derive(Debug)]
pub(crate) enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// The attribute of this name, `w:val` for instance; attributes without a prefix have none here either.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| &**known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first child of this name.
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| &*element.name == name)
    }

    /// The `w:val` of the first child of this name.
    pub(crate) fn child_value(&self, name: &str) -> Option<&str> {
        self.child(name)?.attribute("w:val")
    }

    /// A child that switches something on: present without a value, or with one that is not "off".
    pub(crate) fn switch(&self, name: &str) -> Option<bool> {
        let value = self.child(name)?.attribute("w:val").unwrap_or("true");
        Some(!matches!(value, "0" | "false" | "off" | "none"))
    }

    /// All words inside.
    pub(crate) fn words(&self) -> String {
        let mut words = String::new();
        self.gather_words(&mut words);
        words
    }

    fn gather_words(&self, words: &mut String) {
        for node in &self.children {
            match node {
                Node::Text(text) => words.push_str(text),
                Node::Element(element) => element.gather_words(words),
            }
        }
    }

    /// Calls `act` on this element and everything inside it, in order.
    pub(crate) fn visit<'a>(&'a self, act: &mut dyn FnMut(&'a Element)) {
        act(self);
        for element in self.elements() {
            element.visit(act);
        }
    }
}

/// Parses a part. `part` is its name, for the message if it is refused.
pub(crate) fn parse(text: &str, part: &str) -> Result<Element, Refusal> {
    Parser::new(text, part).run()
}

struct Parser<'a> {
    reader: NsReader<&'a [u8]>,
    part: &'a str,
    names: HashSet<Rc<str>>,
    open: Vec<Element>,
    elements: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, part: &'a str) -> Parser<'a> {
        Parser {
            reader: NsReader::from_str(text),
            part,
            names: HashSet::new(),
            open: Vec::new(),
            elements: 0,
        }
    }

    fn run(mut self) -> Result<Element, Refusal> {
        let mut root = None;
        loop {
            let event = self.reader.read_event().map_err(|error| self.refusal(&error))?;
            match event {
                Event::Start(start) => {
                    let element = self.element(&start)?;
                    self.open.push(element);
                    if self.open.len() > MAX_ELEMENT_DEPTH {
                        return Err(Refusal::too_complex(self.part));
                    }
                }
                Event::Empty(start) => {
                    let element = self.element(&start)?;
                    self.close(element, &mut root)?;
                }
                Event::End(_) => {
                    let element = self.open.pop().ok_or_else(|| Refusal::damaged(self.part))?;
                    self.close(element, &mut root)?;
                }
                Event::Text(text) => self.text(&text.xml10_content()),
                Event::CData(text) => self.text(&text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref() {
                        Ok(Some(character)) => character,
                        Ok(None) => predefined(&reference).ok_or_else(|| Refusal::damaged(self.part))?,
                        Err(_) => return Err(Refusal::damaged(self.part)),
                    };
                    self.text(character.encode_utf8(&mut [0; 4]));
                }
                Event::DocType(_) => {
                    return Err(Refusal::DocumentType {
                        part: self.part.to_owned(),
                    });
                }
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        if !self.open.is_empty() {
            return Err(Refusal::damaged(self.part));
        }
        root.ok_or_else(|| Refusal::damaged(self.part))
    }

    fn close(&mut self, element: Element, root: &mut Option<Element>) -> Result<(), Refusal> {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(Node::Element(element)),
            None if root.is_none() => *root = Some(element),
            None => return Err(Refusal::damaged(self.part)),
        }
        Ok(())
    }

    fn text(&mut self, words: &str) {
        let Some(parent) = self.open.last_mut() else { return };
        if let Some(Node::Text(text)) = parent.children.last_mut() {
            text.push_str(words);
        } else {
            parent.children.push(Node::Text(words.to_owned()));
        }
    }

    fn element(&mut self, start: &BytesStart<'_>) -> Result<Element, Refusal> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(Refusal::too_complex(self.part));
        }
        let (namespace, local) = self.reader.resolver().resolve_element(start.name());
        let name = format!("{}{}", prefix(&namespace), local.as_ref());
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| Refusal::damaged(self.part))?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let (namespace, local) = self.reader.resolver().resolve_attribute(attribute.key);
            let name = format!("{}{}", prefix(&namespace), local.as_ref());
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|_| Refusal::damaged(self.part))?;
            attributes.push((name, value.into_owned()));
        }
        let attributes = attributes
            .into_iter()
            .map(|(name, value)| (self.name(name), value))
            .collect();
        Ok(Element {
            name: self.name(name),
            attributes,
            children: Vec::new(),
        })
    }

    /// Names repeat thousands of times; each is kept once.
    fn name(&mut self, name: String) -> Rc<str> {
        if let Some(known) = self.names.get(name.as_str()) {
            return known.clone();
        }
        let name: Rc<str> = name.into();
        self.names.insert(name.clone());
        name
    }

    fn refusal(&self, error: &quick_xml::Error) -> Refusal {
        match error {
            quick_xml::Error::Namespace(_) => Refusal::too_complex(self.part),
            _ => Refusal::damaged(self.part),
        }
    }
}

pub(crate) fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => return None,
    })
}

/// This crate's prefix for a namespace: the transitional and the strict form of ECMA-376 are the same here.
fn prefix(namespace: &ResolveResult<'_>) -> &'static str {
    let ResolveResult::Bound(namespace) = namespace else {
        return "";
    };
    match namespace.0 {
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        | "http://purl.oclc.org/ooxml/wordprocessingml/main" => "w:",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        | "http://purl.oclc.org/ooxml/officeDocument/relationships" => "r:",
        "http://schemas.openxmlformats.org/drawingml/2006/main" | "http://purl.oclc.org/ooxml/drawingml/main" => "a:",
        "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
        | "http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing" => "wp:",
        "http://schemas.openxmlformats.org/officeDocument/2006/math"
        | "http://purl.oclc.org/ooxml/officeDocument/math" => "m:",
        "http://schemas.microsoft.com/office/word/2010/wordprocessingShape" => "wps:",
        "http://schemas.openxmlformats.org/markup-compatibility/2006" => "mc:",
        "urn:schemas-microsoft-com:vml" => "v:",
        "urn:schemas-microsoft-com:office:office" => "o:",
        "http://schemas.openxmlformats.org/package/2006/relationships" => "rel:",
        "http://schemas.openxmlformats.org/package/2006/content-types" => "ct:",
        "http://schemas.openxmlformats.org/package/2006/metadata/core-properties" => "cp:",
        "http://purl.org/dc/elements/1.1/" => "dc:",
        "http://purl.org/dc/terms/" => "dcterms:",
        "http://www.w3.org/XML/1998/namespace" => "xml:",
        _ => "other:",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: &str = "xmlns:q=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";

    #[test]
    fn names_do_not_depend_on_the_prefixes_of_the_file() {
        let root = parse(&format!("<q:p {W} q:val='1&amp;2'><q:b/>甲&lt;&#x4E59;</q:p>"), "t").unwrap();
        assert_eq!(&*root.name, "w:p");
        assert_eq!(root.attribute("w:val"), Some("1&2"));
        assert_eq!(root.switch("w:b"), Some(true));
        assert_eq!(root.words(), "甲<乙");
    }

    #[test]
    fn a_document_type_is_refused_whatever_it_declares() {
        for text in [
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
        ] {
            assert_eq!(parse(text, "t").unwrap_err().code(), "document_type");
        }
        assert_eq!(parse("<a>&x;</a>", "t").unwrap_err().code(), "damaged");
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep = "<a>".repeat(1_000_000);
        assert_eq!(parse(&deep, "t").unwrap_err().code(), "too_complex");
        let many = format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS));
        assert_eq!(parse(&many, "t").unwrap_err().code(), "too_complex");
    }

    #[test]
    fn what_is_not_well_formed_is_damaged() {
        for text in ["", "<a>", "<a></b>", "<a/><b/>", "<a b=1/>", "</a>"] {
            assert_eq!(parse(text, "t").unwrap_err().code(), "damaged", "{text}");
        }
    }
}
