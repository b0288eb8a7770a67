//! The page's languages: texts by key, sentences of other parts of the program by their codes, and sentences in bundles by
//! their forms.
//!
//! Texts stand in `web/languages/*.json`; the build fails where a language lacks one. English is part of the program, and
//! stands in for all others; the texts of another language come as a file ([`Language::read`]).

use crate::forms::{filled, translated};
use crate::lesson_words::Lessons;
use crate::told::{Sentence, texts};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// A text that exists in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u16);

/// A language that there is, whether its texts are here or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// As in links and in the names of its files.
    pub code: &'static str,
    /// As in `lang` attributes.
    pub tag: &'static str,
    /// As it names itself.
    pub name: &'static str,
}

/// A language whose texts are here.
#[derive(Clone, Copy, Default)]
pub struct Language(Option<&'static Words>);

/// All that a language other than English says.
struct Words {
    listed: Listed,
    /// In the order of the keys, as `said` is.
    texts: Vec<String>,
    said: Vec<String>,
    errors: BTreeMap<String, String>,
    regions: BTreeMap<String, String>,
    lessons: Lessons,
}

/// A language's file, as `web/finish.mjs` makes it of those in `web/languages`.
#[derive(Deserialize)]
struct File {
    texts: BTreeMap<String, String>,
    said: BTreeMap<String, String>,
    errors: BTreeMap<String, String>,
    regions: BTreeMap<String, String>,
    lessons: Lessons,
}

impl Key {
    /// The key of this name, such as `bench.model`.
    pub fn named(name: &str) -> Option<Key> {
        let index = NAMES.binary_search(&name).ok()?;
        u16::try_from(index).ok().map(Key)
    }
}

impl Listed {
    /// All languages, English first.
    pub fn all() -> &'static [Listed] {
        &LISTED
    }

    /// The language of a tag such as `ja` or `ja-JP`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next()?.to_ascii_lowercase();
        LISTED.into_iter().find(|listed| listed.code == primary)
    }
}

impl Language {
    pub const ENGLISH: Language = Language(None);

    /// A language from its file. It stays for as long as the program runs: read each once.
    pub fn read(listed: Listed, file: &[u8]) -> Result<Self, serde_json::Error> {
        let File { mut texts, mut said, errors, regions, lessons } = serde_json::from_slice(file)?;
        // The build has compared them: none is missing.
        let in_order = |of: &mut BTreeMap<String, String>, names: &[&str], english: &[&str]| {
            let text = |(name, english): (&&str, &&str)| of.remove(*name).unwrap_or_else(|| (*english).to_owned());
            names.iter().zip(english).map(text).collect()
        };
        let texts = in_order(&mut texts, &NAMES, &EN);
        let said = in_order(&mut said, &SAID_NAMES, &SAID_EN);
        Ok(Language(Some(Box::leak(Box::new(Words { listed, texts, said, errors, regions, lessons })))))
    }

    pub fn listed(self) -> Listed {
        self.0.map_or(LISTED[0], |words| words.listed)
    }

    /// As in links.
    pub fn code(self) -> &'static str {
        self.listed().code
    }

    pub fn text(self, key: Key) -> &'static str {
        let index = usize::from(key.0);
        match self.0 {
            None => EN.get(index).copied(),
            Some(words) => words.texts.get(index).map(String::as_str),
        }
        .unwrap_or_default()
    }

    /// The text with values in their places.
    pub fn fill(self, key: Key, values: &[(&str, &str)]) -> String {
        filled(self.text(key), values)
    }

    /// Two sentences or more with the space between them that the language wants.
    pub fn join(self, sentences: &[impl AsRef<str>]) -> String {
        let mut sentences = sentences.iter().map(AsRef::as_ref).filter(|text| !text.is_empty());
        let first = sentences.next().unwrap_or_default().to_owned();
        sentences.fold(first, |so_far, next| self.fill(SENTENCES, &[("first", &so_far), ("next", next)]))
    }

    /// An English sentence of a bundle's manifest in this language; as it is where its form is not known.
    pub fn say(self, english: &str) -> Cow<'_, str> {
        let said = self.0.and_then(|words| translated(english, &SAID_EN, &words.said));
        said.map_or(Cow::Borrowed(english), Cow::Owned)
    }

    /// Whether [`Language::say`] knows the form of a sentence.
    pub fn knows(self, english: &str) -> bool {
        self.0.is_none_or(|words| translated(english, &SAID_EN, &words.said).is_some())
    }

    /// A sentence of another part of the program in this language.
    pub fn tell(self, sentence: &Sentence) -> String {
        let told = sentence.told();
        self.0.map_or_else(|| told.english.clone(), |words| texts::tell(&words.errors, self.text(SEPARATOR), told))
    }

    /// Name of a region of the atlas; `readable` is the English one.
    pub fn region(self, name: &str, readable: &str) -> String {
        let own = self.0.and_then(|words| words.regions.get(name));
        own.map_or(readable, String::as_str).to_owned()
    }

    /// The lessons of a language other than English.
    pub(crate) fn lessons(self) -> Option<&'static Lessons> {
        self.0.map(|words| &words.lessons)
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.code() == other.code()
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
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
                    values.iter().map(|(name, value)| (*name, value.trim_end_matches(['.', '。']))).collect();
                language.fill(*key, &values)
            }
            Message::Said(sentence) => with_full_stop(language.tell(sentence)),
        }
    }
}

/// Where a text has several sentences, the last ends as the others do; errors of programs end without a stop.
fn with_full_stop(mut text: String) -> String {
    let is_ended = text.ends_with(['.', '。', '!', '?', '！', '？', ':', '：']);
    match (is_ended, text.contains('。'), text.contains(". ")) {
        (false, true, _) => text.push('。'),
        (false, false, true) => text.push('.'),
        _ => (),
    }
    text
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
pub(crate) mod tests;
