//! Nothing that a visitor may read in a bundle is forgotten in another language, and no sentence is taken for another.
//!
//! Bundles hold English sentences; these tests read those that are shipped and those that the trainer writes, so that a new one
//! fails here until `said.*.json` knows its form.

mod source_tests;

use crate::language::Language;
use crate::language::tests::{has_foreign_sign, has_own_signs, translations};
use shared::bundle::{Manifest, Sample};
use source_tests::literals;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Whether the form is known and no English words are left: those of its parts are known too.
fn is_said(language: Language, sentence: &str) -> bool {
    /// So many English words in a row are no command and no name.
    const WORDS: usize = 3;
    let said = language.say(sentence);
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let words: Vec<&str> = said.split(' ').collect();
    let is_left = has_own_signs(language) && words.windows(WORDS).any(|words| words.iter().all(is_word));
    language.knows(sentence) && !is_left
}

fn assert_said(what: &str, sentence: &str) {
    for language in translations() {
        let (code, said) = (language.code(), language.say(sentence));
        let is_said = is_said(language, sentence);
        assert!(is_said, "{what}: said.{code}.json lacks the form of “{sentence}” or of a part of it: “{said}”");
    }
}

/// A form or format with a word in each place, which is given its name.
fn filled(form: &str, word: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').expect("a closing brace");
        text += before;
        text += &word(name);
        rest = after;
    }
    text + rest
}

#[test]
fn limits_in_manifests_to_come_are_known() {
    let source = std::fs::read_to_string(repository().join("trainer/src/evaluation/limits.rs")).unwrap();
    let limits: Vec<String> = literals(&source).into_iter().filter(|text| text.ends_with('.')).collect();
    assert!(limits.len() >= 5, "{limits:?}");
    for limit in limits {
        assert_said("limits.rs", &filled(&limit, |_| "word".into()));
    }
}

#[test]
fn texts_of_the_shipped_bundles_are_known() {
    let folder = repository().join("static/models");
    let read =
        |path: &str| std::fs::read_to_string(folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let listed: Vec<serde_json::Value> = serde_json::from_str(&read("index.json")).unwrap();
    assert!(!listed.is_empty());
    for entry in listed {
        let (id, title) = (entry["id"].as_str().unwrap(), entry["title"].as_str().unwrap());
        let manifest: Manifest = serde_json::from_str(&read(&format!("{id}/manifest.json"))).unwrap();
        let limits = manifest.training["limits"].as_array().cloned().unwrap_or_default();
        let mut texts: Vec<String> = limits.iter().map(|limit| limit.as_str().unwrap().to_owned()).collect();
        assert!(!texts.is_empty(), "{id}: has no limits");
        // Names of cohorts are their owners': known for those that are shipped, and asked for here.
        let Manifest { data, samples, .. } = manifest;
        texts.extend([title.to_owned(), manifest.title, manifest.not_for_diagnosis]);
        texts.extend([data.description, data.license, data.split]);
        texts.extend(samples.into_iter().map(|Sample { title, .. }| title));
        texts.iter().for_each(|text| assert_said(id, text));
    }
}

#[test]
fn titles_of_samples_to_come_are_known() {
    let titles = |group: &str| {
        [
            format!("Phantom PH0008, {group}, held out"),
            format!("Mean of 80 {group} people"),
            format!("Mean of 80 {group} phantoms, sites balanced"),
            format!("Mean of the 7 held-out {group} people judged {group}"),
        ]
    };
    for (young, old) in std::iter::zip(titles("young"), titles("old")) {
        assert_said("samples", &young);
        assert_said("samples", &old);
        for language in translations() {
            // Each says of which group it is, and nothing else sets them apart.
            let said = |group| language.say(group).into_owned();
            assert_eq!(language.say(&young).replace(&said("young"), &said("old")), language.say(&old));
            assert_ne!(language.say(&young), language.say(&old));
        }
    }
}

#[test]
fn each_form_is_taken_for_itself() {
    let read = |code: &str| -> BTreeMap<String, String> {
        let path = repository().join(format!("web/languages/said.{code}.json"));
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    };
    let english = read("en");
    for language in translations() {
        let translated = read(language.code());
        for (key, form) in &english {
            for word in
                [|name: &str| format!("[{name}]"), |_: &str| "sub-01_T1w".to_owned(), |_: &str| "0.12".to_owned()]
            {
                let (sentence, expected) = (filled(form, word), filled(&translated[key], word));
                assert_eq!(language.say(&sentence), expected, "{key}: {sentence}");
            }
            let text = &translated[key];
            assert!(!has_own_signs(language) || has_foreign_sign(text), "{language:?}, {key}: {text}");
        }
    }
}
