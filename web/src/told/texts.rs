//! Sentences in languages other than English, by their codes.

use crate::forms::filled;
use shared::told::{Told, Value};
use std::collections::BTreeMap;

/// A sentence by the texts of a language; in English where its code is of another version. `separator` stands between the parts of a
/// list.
pub fn tell(texts: &BTreeMap<String, String>, separator: &str, told: &Told) -> String {
    let Some(text) = texts.get(&told.code) else { return told.english.clone() };
    let values: Vec<(&str, String)> =
        told.values.iter().map(|(place, found)| (place.as_str(), value(texts, separator, found))).collect();
    let values: Vec<(&str, &str)> = values.iter().map(|(place, value)| (*place, value.as_str())).collect();
    filled(text, &values)
}

fn value(texts: &BTreeMap<String, String>, separator: &str, value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Told(told) => tell(texts, separator, told),
        Value::List(list) => list.iter().map(|told| tell(texts, separator, told)).collect::<Vec<_>>().join(separator),
    }
}
