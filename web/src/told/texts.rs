//! Texts of sentences in languages other than English, by their codes.

use crate::forms::filled;
use shared::told::{Told, Value};

include!(concat!(env!("OUT_DIR"), "/errors.rs"));

/// Texts of a language, sorted by their codes.
pub struct Texts {
    codes: &'static [&'static str],
    texts: &'static [&'static str],
}

impl Texts {
    /// A sentence in this language; in English where its code is of another version.
    pub fn tell(&self, told: &Told) -> String {
        let Ok(at) = self.codes.binary_search(&told.code.as_str()) else { return told.english.clone() };
        let values: Vec<(&str, String)> =
            told.values.iter().map(|(place, value)| (place.as_str(), self.value(value))).collect();
        let values: Vec<(&str, &str)> = values.iter().map(|(place, value)| (*place, value.as_str())).collect();
        filled(self.texts[at], &values)
    }

    fn value(&self, value: &Value) -> String {
        match value {
            Value::Text(text) => text.clone(),
            Value::Told(told) => self.tell(told),
            Value::List(list) => list.iter().map(|told| self.tell(told)).collect::<Vec<_>>().join("; "),
        }
    }
}
