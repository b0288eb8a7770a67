//! The page's languages: texts by key, sentences of other parts of the program by their codes, and sentences in bundles by
//! their forms.
//!
//! Texts stand in `web/languages/*.json`; the build fails where a language lacks one.

use crate::forms::{filled, translated};
use crate::told::Sentence;
use crate::told::texts;
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

    /// An English sentence of a bundle's manifest in this language; as it is where its form is not known.
    pub fn say(self, english: &str) -> Cow<'_, str> {
        match self {
            Language::English => Cow::Borrowed(english),
            Language::Japanese => match translated(english, &SAID_EN, &SAID_JA) {
                Some(text) => Cow::Owned(text),
                None => Cow::Borrowed(english),
            },
        }
    }

    /// Whether [`Language::say`] knows the form of a sentence.
    pub fn knows(self, english: &str) -> bool {
        self == Language::English || translated(english, &SAID_EN, &SAID_JA).is_some()
    }

    /// A sentence of another part of the program in this language.
    pub fn tell(self, sentence: &Sentence) -> String {
        let told = sentence.told();
        match self {
            Language::English => told.english.clone(),
            Language::Japanese => texts::JA.tell(told),
        }
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
    Text(Key, Vec<(&'static str, Part)>),
    /// A sentence of another part of the program.
    Said(Sentence),
}

/// What stands in a place of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A name, a number, or a title from a bundle.
    Text(String),
    Message(Box<Message>),
}

impl Message {
    pub fn of(key: Key, values: &[(&'static str, &str)]) -> Self {
        Message::Text(key, values.iter().map(|(name, value)| (*name, Part::Text((*value).to_owned()))).collect())
    }

    /// A text that says the reason in its place `{reason}`.
    pub fn because(key: Key, reason: impl Into<Message>) -> Self {
        Message::Text(key, vec![("reason", Part::Message(Box::new(reason.into())))])
    }

    /// In a language; titles from bundles are said in it too.
    pub fn told(&self, language: Language) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => language.say(text).into_owned(),
            Part::Message(message) => message.told(language),
        };
        match self {
            Message::Text(key, values) => {
                let values: Vec<(&str, String)> = values.iter().map(|(name, value)| (*name, part(value))).collect();
                // Inside a sentence, another ends without its full stop.
                let values: Vec<(&str, &str)> =
                    values.iter().map(|(name, value)| (*name, value.trim_end_matches('.'))).collect();
                language.fill(*key, &values)
            }
            Message::Said(sentence) => language.tell(sentence),
        }
    }
}

impl From<Key> for Message {
    fn from(key: Key) -> Self {
        Message::Text(key, Vec::new())
    }
}

impl From<Sentence> for Message {
    fn from(sentence: Sentence) -> Self {
        Message::Said(sentence)
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
