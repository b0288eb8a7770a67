//! How the document should be, part by part, and a writer that changes only what is not so yet: writing twice is writing once.
//!
//! Places are CSS selectors and stand for all elements that they fit. What stays as it is keeps focus and selection, and is
//! not read out again.

use crate::dom::{select_all, thrown};
use crate::node::{Node, fill};
use js_sys::Uint8ClampedArray;
use std::borrow::Cow;
use std::collections::BTreeMap;
use wasm_bindgen::prelude::*;
use web::told::thrown::Thrown;
use web_sys::{
    CanvasRenderingContext2d, Element, HtmlCanvasElement, HtmlElement, HtmlInputElement, HtmlProgressElement,
    HtmlSelectElement, ImageData,
};

type Place = Cow<'static, str>;

/// What should be where.
#[derive(Default)]
pub struct Wanted(Vec<(Place, Property)>);

enum Property {
    Text(String),
    Attribute(&'static str, Option<String>),
    Class(&'static str, bool),
    Style(&'static str, String),
    Checked(bool),
    Value(f64),
    Children(Vec<Node>),
    Chosen(Option<usize>),
    Before(&'static str),
    Picture(Picture),
}

/// Pixels of a canvas.
#[derive(Clone)]
pub struct Picture {
    /// Of its own among all pictures.
    pub key: u32,
    /// Width and height.
    pub size: [u32; 2],
    /// 8-bit RGBA.
    pub pixels: Uint8ClampedArray,
}

impl Picture {
    /// One pixel without colour.
    pub fn blank() -> Self {
        Picture { key: 0, size: [1, 1], pixels: Uint8ClampedArray::new_with_length(4) }
    }
}

impl Wanted {
    fn put(&mut self, place: impl Into<Place>, property: Property) {
        self.0.push((place.into(), property));
    }

    pub fn text(&mut self, place: impl Into<Place>, text: impl Into<String>) {
        self.put(place, Property::Text(text.into()));
    }

    pub fn hidden(&mut self, place: impl Into<Place>, is_hidden: bool) {
        self.put(place, Property::Attribute("hidden", is_hidden.then(String::new)));
    }

    pub fn disabled(&mut self, place: impl Into<Place>, is_disabled: bool) {
        self.put(place, Property::Attribute("disabled", is_disabled.then(String::new)));
    }

    pub fn attribute(&mut self, place: impl Into<Place>, name: &'static str, value: impl Into<String>) {
        self.put(place, Property::Attribute(name, Some(value.into())));
    }

    /// The attribute only where there is a value.
    pub fn attribute_if(&mut self, place: impl Into<Place>, name: &'static str, value: Option<&str>) {
        self.put(place, Property::Attribute(name, value.map(str::to_owned)));
    }

    /// An attribute that is `true` or `false`.
    pub fn switch(&mut self, place: impl Into<Place>, name: &'static str, is_on: bool) {
        self.attribute(place, name, if is_on { "true" } else { "false" });
    }

    pub fn class(&mut self, place: impl Into<Place>, name: &'static str, is_on: bool) {
        self.put(place, Property::Class(name, is_on));
    }

    pub fn style(&mut self, place: impl Into<Place>, property: &'static str, value: impl Into<String>) {
        self.put(place, Property::Style(property, value.into()));
    }

    pub fn checked(&mut self, place: impl Into<Place>, is_checked: bool) {
        self.put(place, Property::Checked(is_checked));
    }

    /// Of a slider or of a progress bar.
    pub fn value(&mut self, place: impl Into<Place>, value: f64) {
        self.put(place, Property::Value(value));
    }

    /// What a place holds; it is built anew only where that is another than before.
    pub fn children(&mut self, place: impl Into<Place>, children: impl IntoIterator<Item = Node>) {
        self.put(place, Property::Children(children.into_iter().collect()));
    }

    /// The options of a list, by value and text, and which of them is chosen.
    pub fn options(
        &mut self,
        place: impl Into<Place>,
        options: impl IntoIterator<Item = (String, String)>,
        chosen: Option<usize>,
    ) {
        let nodes = options.into_iter().map(|(value, text)| Node::text("option", text).with("value", value));
        self.list(place, nodes, chosen);
    }

    /// The same with options that are described already.
    pub fn list(&mut self, place: impl Into<Place>, options: impl IntoIterator<Item = Node>, chosen: Option<usize>) {
        let place = place.into();
        self.children(place.clone(), options);
        self.put(place, Property::Chosen(chosen));
    }

    /// The place comes before another one.
    pub fn before(&mut self, place: impl Into<Place>, next: &'static str) {
        self.put(place, Property::Before(next));
    }

    pub fn picture(&mut self, place: impl Into<Place>, picture: Picture) {
        self.put(place, Property::Picture(picture));
    }
}

/// Writes into the document, and remembers what it built.
#[derive(Default)]
pub struct Writer {
    built: BTreeMap<Place, Vec<Node>>,
    drawn: BTreeMap<Place, u32>,
}

impl Writer {
    /// Changes what is not as it should be.
    pub fn write(&mut self, wanted: Wanted) {
        for (place, property) in wanted.0 {
            // A part of the page that is missing would have stopped the start; what can be shown is shown.
            let _ = self.write_one(place, property);
        }
    }

    fn write_one(&mut self, place: Place, property: Property) -> Result<(), JsValue> {
        match property {
            Property::Children(nodes) => {
                if self.built.get(&place) != Some(&nodes) {
                    for element in select_all::<Element>(&place)? {
                        fill(&element, &nodes)?;
                    }
                    self.built.insert(place, nodes);
                }
            }
            Property::Picture(picture) => {
                if self.drawn.get(&place) != Some(&picture.key) {
                    for canvas in select_all::<HtmlCanvasElement>(&place)? {
                        draw(&canvas, &picture)?;
                    }
                    self.drawn.insert(place, picture.key);
                }
            }
            simple => {
                for element in select_all::<Element>(&place)? {
                    set(&element, &simple)?;
                }
            }
        }
        Ok(())
    }
}

fn set(element: &Element, property: &Property) -> Result<(), JsValue> {
    match property {
        Property::Text(text) => {
            if element.text_content().as_ref() != Some(text) {
                element.set_text_content(Some(text));
            }
        }
        Property::Attribute(name, value) => match value {
            _ if element.get_attribute(name) == *value => {}
            Some(value) => element.set_attribute(name, value)?,
            None => element.remove_attribute(name)?,
        },
        Property::Class(name, is_on) => {
            let classes = element.class_list();
            if classes.contains(name) != *is_on {
                classes.toggle_with_force(name, *is_on)?;
            }
        }
        Property::Style(name, value) => {
            let style = element.unchecked_ref::<HtmlElement>().style();
            if style.get_property_value(name)? != *value {
                style.set_property(name, value)?;
            }
        }
        Property::Checked(is_checked) => {
            let input: &HtmlInputElement = element.unchecked_ref();
            if input.checked() != *is_checked {
                input.set_checked(*is_checked);
            }
        }
        Property::Value(value) => {
            if let Some(bar) = element.dyn_ref::<HtmlProgressElement>() {
                if bar.value() != *value {
                    bar.set_value(*value);
                }
            } else {
                let input: &HtmlInputElement = element.unchecked_ref();
                if input.value_as_number() != *value {
                    input.set_value_as_number(*value);
                }
            }
        }
        Property::Chosen(place) => {
            let list: &HtmlSelectElement = element.unchecked_ref();
            let index = place.and_then(|place| i32::try_from(place).ok()).unwrap_or(-1);
            if list.selected_index() != index {
                list.set_selected_index(index);
            }
        }
        Property::Before(next) => {
            for next in select_all::<Element>(next)? {
                let is_there = element.next_element_sibling().is_some_and(|other| other.is_same_node(Some(&next)));
                if let (false, Some(parent)) = (is_there, next.parent_node()) {
                    parent.insert_before(element, Some(&next))?;
                }
            }
        }
        Property::Children(_) | Property::Picture(_) => {}
    }
    Ok(())
}

fn draw(canvas: &HtmlCanvasElement, picture: &Picture) -> Result<(), JsValue> {
    let [width, height] = picture.size;
    canvas.set_width(width);
    canvas.set_height(height);
    let image = ImageData::new_with_js_u8_clamped_array_and_sh(&picture.pixels, width, height)?;
    let context = canvas.get_context("2d")?.ok_or_else(|| thrown(&Thrown::NoPicture))?;
    context.unchecked_into::<CanvasRenderingContext2d>().put_image_data(&image, 0.0, 0.0)
}
