//! A piece of the document as a value: what a list, a table or a lesson should hold. Two that are equal look the same.

use crate::dom::document;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement};

/// The namespace of drawings.
const SVG: &str = "http://www.w3.org/2000/svg";

/// An element with what is in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    kind: &'static str,
    text: String,
    attributes: Vec<(&'static str, String)>,
    /// Set one by one: the page's security policy forbids styles in attributes.
    styles: Vec<(&'static str, String)>,
    children: Vec<Node>,
}

impl Node {
    /// An element of this kind with nothing in it.
    pub fn new(kind: &'static str) -> Self {
        Node { kind, ..Node::default() }
    }

    /// An element with a text, which stands before its children.
    pub fn text(kind: &'static str, text: impl Into<String>) -> Self {
        Node { kind, text: text.into(), ..Node::default() }
    }

    /// A button that submits nothing.
    pub fn button(class: &'static str, text: impl Into<String>) -> Self {
        Node::text("button", text).with("type", "button").with("class", class)
    }

    /// A heading cell of a row.
    pub fn row_heading(text: impl Into<String>) -> Self {
        Node::text("th", text).with("scope", "row")
    }

    pub fn with(mut self, attribute: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((attribute, value.into()));
        self
    }

    /// The attribute only where `wanted`.
    pub fn with_if(self, wanted: bool, attribute: &'static str, value: impl Into<String>) -> Self {
        if wanted { self.with(attribute, value) } else { self }
    }

    pub fn styled(mut self, property: &'static str, value: impl Into<String>) -> Self {
        self.styles.push((property, value.into()));
        self
    }

    pub fn child(mut self, child: Node) -> Self {
        self.children.push(child);
        self
    }

    pub fn children(mut self, children: impl IntoIterator<Item = Node>) -> Self {
        self.children.extend(children);
        self
    }

    /// The element itself.
    pub fn build(&self) -> Result<Element, JsValue> {
        let element = match self.kind {
            "svg" | "path" => document()?.create_element_ns(Some(SVG), self.kind)?,
            kind => document()?.create_element(kind)?,
        };
        if !self.text.is_empty() {
            element.set_text_content(Some(&self.text));
        }
        for (name, value) in &self.attributes {
            element.set_attribute(name, value)?;
        }
        if let Some(element) = element.dyn_ref::<HtmlElement>() {
            for (property, value) in &self.styles {
                element.style().set_property(property, value)?;
            }
        }
        for child in &self.children {
            let child = child.build()?;
            element.append_child(&child)?;
        }
        Ok(element)
    }
}

/// Puts these into a place, and nothing else.
pub fn fill(place: &Element, nodes: &[Node]) -> Result<(), JsValue> {
    let built: Vec<Element> = nodes.iter().map(Node::build).collect::<Result<_, _>>()?;
    place.set_text_content(None);
    for element in built {
        place.append_child(&element)?;
    }
    Ok(())
}
