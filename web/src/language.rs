//! The page's languages: texts by key, and sentences of other parts of the program.
//!
//! Texts stand in `web/languages/*.json`; the build fails where a language lacks one. Sentences that the model crate
//! and the worker say, such as errors, are English wherever they come from; [`Language::say`] knows their forms.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// Japanese names of the atlas's regions.
const REGIONS_JA: &str = include_str!("../languages/regions.ja.json");

/// A text that exists in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u16);

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    English,
    Japanese,
}

impl Key {
    /// The key of this name, such as `bench.model`.
    pub fn named(name: &str) -> Option<Key> {
        let index = NAMES.binary_search(&name).ok()?;
        u16::try_from(index).ok().map(Key)
    }
}

impl Language {
    pub const ALL: [Language; 2] = [Language::English, Language::Japanese];

    /// As in `lang` attributes and links.
    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Japanese => "ja",
        }
    }

    /// The language of a tag such as `ja` or `ja-JP`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next()?.to_ascii_lowercase();
        Self::ALL.into_iter().find(|language| language.code() == primary)
    }

    pub fn text(self, key: Key) -> &'static str {
        let table: &[&'static str] = match self {
            Language::English => &EN,
            Language::Japanese => &JA,
        };
        table.get(usize::from(key.0)).copied().unwrap_or_default()
    }

    /// The text with values in their places.
    pub fn fill(self, key: Key, values: &[(&str, &str)]) -> String {
        filled(self.text(key), values)
    }

    /// Two sentences or more with the space between them that the language wants.
    pub fn join(self, sentences: &[impl AsRef<str>]) -> String {
        let space = match self {
            Language::English => " ",
            Language::Japanese => "",
        };
        let sentences: Vec<&str> = sentences.iter().map(AsRef::as_ref).filter(|text| !text.is_empty()).collect();
        sentences.join(space)
    }

    /// An English sentence of another part of the program in this language; as it is where its form is not known.
    pub fn say(self, english: &str) -> Cow<'_, str> {
        match self {
            Language::English => Cow::Borrowed(english),
            Language::Japanese => match translated(english, &SAID_JA) {
                Some(text) => Cow::Owned(text),
                None => Cow::Borrowed(english),
            },
        }
    }

    /// Whether [`Language::say`] knows the form of a sentence.
    pub fn knows(self, english: &str) -> bool {
        self == Language::English || translated(english, &SAID_JA).is_some()
    }

    /// Name of a region of the atlas; `readable` is the English one.
    pub fn region(self, name: &str, readable: &str) -> String {
        match self {
            Language::English => readable.to_owned(),
            // A file that could not be read would have stopped the build.
            Language::Japanese => {
                static NAMES: OnceLock<BTreeMap<&str, &str>> = OnceLock::new();
                let names = NAMES.get_or_init(|| serde_json::from_str(REGIONS_JA).unwrap_or_default());
                names.get(name).copied().unwrap_or(readable).to_owned()
            }
        }
    }

    /// The lessons, as [`crate::lessons`] reads them.
    pub fn lessons(self) -> &'static str {
        match self {
            Language::English => include_str!("../languages/lessons.en.json"),
            Language::Japanese => include_str!("../languages/lessons.ja.json"),
        }
    }
}

/// Something to tell in whatever language the page has when it is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// A text of the page with the values of its places.
    Text(Key, Vec<(&'static str, String)>),
    /// A sentence of another part of the program.
    English(String),
}

impl Message {
    pub fn of(key: Key, values: &[(&'static str, &str)]) -> Self {
        Message::Text(key, values.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
    }

    /// In a language; values that are sentences of other parts themselves are said in it too.
    pub fn told(&self, language: Language) -> String {
        match self {
            Message::Text(key, values) => {
                let values: Vec<(&str, Cow<str>)> =
                    values.iter().map(|(name, value)| (*name, language.say(value))).collect();
                // Inside a sentence, another ends without its full stop.
                let values: Vec<(&str, &str)> =
                    values.iter().map(|(name, value)| (*name, value.trim_end_matches('.'))).collect();
                language.fill(*key, &values)
            }
            Message::English(sentence) => language.say(sentence).into_owned(),
        }
    }
}

impl From<Key> for Message {
    fn from(key: Key) -> Self {
        Message::Text(key, Vec::new())
    }
}

impl From<String> for Message {
    fn from(sentence: String) -> Self {
        Message::English(sentence)
    }
}

fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text += before;
        let Some((name, after)) = after.split_once('}') else { break };
        text += values.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value);
        rest = after;
    }
    text + rest
}

/// The translation of a sentence by the first English form that it has; values that are sentences of a known form
/// themselves are translated too.
fn translated(english: &str, translations: &[&str]) -> Option<String> {
    SAID_EN.iter().zip(translations).find_map(|(form, translation)| {
        let values = values_of(form, english)?;
        let values: Vec<(&str, String)> =
            values.into_iter().map(|(name, value)| (name, translated_part(value, translations))).collect();
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Some(filled(translation, &values))
    })
}

/// A value of a form: a list of known sentences after `; `, or one sentence with that inside; what is not known stays.
fn translated_part(value: &str, translations: &[&str]) -> String {
    // A form of nothing but a place would match itself for ever; `values_of` refuses such.
    let parts: Vec<(&str, Option<String>)> =
        value.split("; ").map(|part| (part, translated(part, translations))).collect();
    if parts.iter().any(|(_, known)| known.is_none())
        && let Some(whole) = translated(value, translations)
    {
        return whole;
    }
    let parts: Vec<String> = parts.into_iter().map(|(part, known)| known.unwrap_or_else(|| part.to_owned())).collect();
    parts.join("; ")
}

/// The values in the places of a form, where a sentence has that form. Each value is as short as it can be but the
/// last, and none is empty.
fn values_of<'a>(form: &'a str, sentence: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let mut values = Vec::new();
    let (start, mut form) = form.split_once('{').unwrap_or((form, ""));
    let mut rest = sentence.strip_prefix(start)?;
    if form.is_empty() {
        return rest.is_empty().then_some(values);
    }
    loop {
        let (name, after) = form.split_once('}')?;
        let (fixed, next) = match after.split_once('{') {
            Some((fixed, next)) => (fixed, Some(next)),
            None => (after, None),
        };
        match next {
            Some(next) => {
                // Two places without anything between cannot be told apart.
                let length = rest.char_indices().skip(1).map(|(at, _)| at).find(|&at| rest[at..].starts_with(fixed))?;
                values.push((name, &rest[..length]));
                rest = &rest[length + fixed.len()..];
                form = next;
            }
            None => {
                let value = rest.strip_suffix(fixed)?;
                values.push((name, value));
                let is_told = values.iter().all(|(_, value)| !value.is_empty());
                // A form of one place only says nothing.
                return (is_told && value.len() < sentence.len()).then_some(values);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_by_its_name() {
        for (index, name) in NAMES.iter().enumerate() {
            assert_eq!(Key::named(name), Some(Key(index as u16)));
        }
        assert_eq!(Key::named("no.such.text"), None);
    }

    #[test]
    fn the_document_asks_for_texts_that_are_there() {
        let page = include_str!("../../static/index.html");
        let mut count = 0;
        for attribute in ["data-text=\"", "data-label=\"", "data-tip=\""] {
            for rest in page.split(attribute).skip(1) {
                let key = rest.split('"').next().unwrap();
                assert!(Key::named(key).is_some(), "static/index.html: there is no text `{key}`");
                count += 1;
            }
        }
        assert!(count > 80, "{count}");
    }

    #[test]
    fn values_stand_in_their_places() {
        let values = [("asked", "ab"), ("found", "cd")];
        for language in Language::ALL {
            let text = language.fill(NOTICE_OTHER_MODEL, &values);
            assert!(text.contains("ab") && text.contains("cd") && !text.contains('{'), "{text}");
        }
    }

    #[test]
    fn forms_give_their_values() {
        assert_eq!(values_of("{a}: is {b}.", "x.nii: is empty."), Some(vec![("a", "x.nii"), ("b", "empty")]));
        assert_eq!(values_of("{a}: is {b}.", "x.nii: was empty."), None);
        assert_eq!(values_of("plain", "plain"), Some(vec![]));
        assert_eq!(values_of("plain", "plainer"), None);
        assert_eq!(values_of("{a}", "anything"), None);
        assert_eq!(values_of("a {b}", "a "), None);
    }

    #[test]
    fn languages_have_tags() {
        assert_eq!(Language::from_tag("ja-JP"), Some(Language::Japanese));
        assert_eq!(Language::from_tag("EN"), Some(Language::English));
        assert_eq!(Language::from_tag("fr"), None);
    }

    #[test]
    fn english_is_said_as_it_is() {
        assert_eq!(Language::English.say("x: odd"), "x: odd");
        assert_eq!(Language::Japanese.say("a sentence that nobody foresaw"), "a sentence that nobody foresaw");
    }
}
