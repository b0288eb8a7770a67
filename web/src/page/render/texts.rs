//! The texts that elements of the document ask for by name, in the page's language.

use crate::dom::{document, select_all};
use wasm_bindgen::prelude::*;
use web::language::{Key, Language};
use web_sys::Element;

/// Attributes that name a text, and the attribute it goes to; none: it is what the element says.
const PLACES: [(&str, Option<&str>); 3] =
    [("data-text", None), ("data-label", Some("aria-label")), ("data-tip", Some("title"))];

/// Puts the document into a language.
pub fn fill(language: Language) -> Result<(), JsValue> {
    if let Some(root) = document()?.document_element() {
        root.set_attribute("lang", language.listed().tag)?;
    }
    for (attribute, place) in PLACES {
        for element in select_all::<Element>(&format!("[{attribute}]"))? {
            let Some(key) = element.get_attribute(attribute).and_then(|name| Key::named(&name)) else { continue };
            match place {
                None => element.set_text_content(Some(language.text(key))),
                Some(name) => element.set_attribute(name, language.text(key))?,
            }
        }
    }
    Ok(())
}
