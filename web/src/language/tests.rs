//! Every language, read from the files of the repository as the page reads it from the site.

use super::*;
use crate::language_files::{Files, codes, english, places, regions, translation};
use std::collections::BTreeSet;
use std::path::Path;

/// A file of `web/languages`.
fn file(name: &str) -> Result<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("languages").join(name);
    std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))
}

/// The language of this code.
pub(crate) fn language(code: &str) -> Language {
    let listed = Listed::from_tag(code).expect(code);
    if listed == Language::ENGLISH.listed() {
        return Language::ENGLISH;
    }
    // As web/finish.mjs puts them together.
    let parts =
        [("texts", ""), ("said", "said."), ("errors", "errors."), ("regions", "regions."), ("lessons", "lessons.")];
    let part = |(part, kind): (&str, &str)| format!("{part:?}: {}", file(&format!("{kind}{code}.json")).unwrap());
    Language::read(listed, format!("{{{}}}", parts.map(part).join(", ")).as_bytes()).unwrap()
}

/// All languages, English first.
pub(crate) fn all() -> Vec<Language> {
    Listed::all().iter().map(|listed| language(listed.code)).collect()
}

/// All but English.
pub(crate) fn translations() -> Vec<Language> {
    all().split_off(1)
}

/// Whether a language is written in signs other than ours, so that words that were left in English can be told by them.
pub(crate) fn has_own_signs(language: Language) -> bool {
    !language.listed().name.chars().any(|letter| letter.is_ascii_alphabetic())
}

/// Whether a text has a sign that is not one of ours.
pub(crate) fn has_foreign_sign(text: &str) -> bool {
    text.chars().any(|letter| letter.is_alphabetic() && letter > '\u{24f}')
}

#[test]
fn every_key_is_found_by_its_name() {
    for (index, name) in NAMES.iter().enumerate() {
        assert_eq!(Key::named(name), Some(Key(index as u16)));
    }
    assert_eq!(Key::named("no.such.text"), None);
}

#[test]
fn the_document_asks_for_texts_that_are_there() {
    let page = include_str!("../../../static/index.html");
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

/// Words in capitals in the sources below a folder, tests left out: the constants of texts are among them.
fn constants(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            constants(&path, found);
        } else if !path.to_string_lossy().ends_with("tests.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let is_sign = |sign: char| sign.is_ascii_uppercase() || sign.is_ascii_digit() || sign == '_';
            found.extend(text.split(|sign| !is_sign(sign)).map(str::to_owned));
        }
    }
}

#[test]
fn every_text_is_used() {
    /// Used by `build.rs` and `finish.mjs`.
    const OF_THE_BUILD: [&str; 4] = ["language.name", "language.tag", "noscript", "old_browser"];
    let page = include_str!("../../../static/index.html");
    let mut found = BTreeSet::new();
    constants(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let is_used = |key: &str| {
        let in_code = found.contains(&key.replace('.', "_").to_uppercase());
        in_code || page.contains(&format!("=\"{key}\"")) || OF_THE_BUILD.contains(&key)
    };
    assert!(!is_used("no.such.text"));
    let unused: Vec<&str> = NAMES.into_iter().filter(|key| !is_used(key)).collect();
    assert!(unused.is_empty(), "web/languages: used nowhere, so remove them: {unused:?}");
}

#[test]
fn values_stand_in_their_places() {
    let values = [("asked", "ab"), ("found", "cd")];
    for language in all() {
        let text = language.fill(NOTICE_OTHER_MODEL, &values);
        assert!(text.contains("ab") && text.contains("cd") && !text.contains('{'), "{text}");
    }
}

#[test]
fn languages_have_tags_and_names_of_their_own() {
    let code = |tag: &str| Listed::from_tag(tag).map(|listed| listed.code);
    assert_eq!((code("ja-JP"), code("EN"), code("zh-Hans-CN"), code("xx")), (Some("ja"), Some("en"), Some("zh"), None));
    assert_eq!(Listed::all()[0], Language::default().listed());
    let names: BTreeSet<&str> = Listed::all().iter().map(|listed| listed.name).collect();
    assert_eq!(names.len(), Listed::all().len());
    for Listed { code, tag, .. } in Listed::all() {
        assert_eq!(tag.split('-').next(), Some(*code));
    }
}

/// A text that is the same in two languages is one that was forgotten; names and signs are not told in words.
#[test]
fn nothing_was_left_in_english() {
    for language in translations().into_iter().filter(|language| has_own_signs(*language)) {
        for (index, (name, english)) in NAMES.iter().zip(EN).enumerate() {
            let text = language.text(Key(index as u16));
            let words = places(english).iter().fold(english.to_owned(), |rest, place| rest.replace(place, ""));
            let is_said = words.split(|sign: char| !sign.is_ascii_lowercase()).any(|word| word.len() > 3);
            let stays = ["language.tag", "lessons.teachers.page"].contains(name);
            assert!(stays || !is_said || has_foreign_sign(text), "{language:?}: {name}: {text}");
        }
    }
}

#[test]
fn english_is_said_as_it_is() {
    assert_eq!(Language::ENGLISH.say("x: odd"), "x: odd");
    for language in translations() {
        assert_eq!(language.say("a sentence that nobody foresaw"), "a sentence that nobody foresaw");
    }
}

#[test]
fn sentences_stand_beside_each_other_as_the_language_wants() {
    assert_eq!(Language::ENGLISH.join(&["One.", "", "Two."]), "One. Two.");
    assert_eq!(language("ja").join(&["一。", "二。", "三。"]), "一。二。三。");
    assert_eq!(Language::ENGLISH.join(&[""; 2]), "");
}

#[test]
fn a_file_that_is_none_is_refused() {
    let listed = Listed::all()[1];
    assert!(Language::read(listed, b"<html>").is_err());
    assert!(Language::read(listed, b"{\"texts\": {}}").is_err());
}

/// What the build says of files that are as in the repository but for one change.
fn build(change: impl Fn(&str, String) -> String) -> Result<Files, String> {
    let (english, lessons) = english(file)?;
    let table = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/atlas/aal.tsv")).unwrap();
    let read = |name: &str| file(name).map(|text| change(name, text));
    translation("ja", read, (&english, &lessons), &regions(&table))
}

#[test]
fn the_build_stops_where_a_language_is_not_complete() {
    let whole = build(|_, text| text).unwrap();
    assert!(whole.code == "ja" && whole.errors.len() > 200);
    let said = |of: &'static str, from: &'static str, to: &'static str| {
        let change = move |name: &str, text: String| match name == of {
            true => {
                assert!(text.contains(from), "{from}");
                text.replacen(from, to, 1)
            }
            false => text,
        };
        build(change).unwrap_err()
    };
    assert_eq!(said("ja.json", "\"skip\"", "\"skipp\""), "ja.json: lacks [\"skip\"]");
    assert_eq!(said("ja.json", "{", "{ \"odd\": \"x\","), "ja.json: English has no [\"odd\"]");
    let places = said("ja.json", "{asked}件\"", "{askd}件\"");
    assert_eq!(places, "ja.json: `badge.asked` has places for {\"askd\"}, English for {\"asked\"}");
    assert_eq!(said("said.ja.json", "\"老年\"", "\" \""), "said.ja.json: `word.old` is empty");
    assert_eq!(said("regions.ja.json", "Vermis_10", "Vermis_11"), "regions.ja.json: lacks [\"Vermis_10\"]");
    assert_eq!(said("regions.ja.json", "{", "{ \"Odd\": \"x\","), "regions.ja.json: the atlas has no [\"Odd\"]");
    let lessons = said("lessons.ja.json", "\"answer\": 0", "\"answer\": 1");
    assert_eq!(lessons, "lessons.ja.json: differs from the English lessons in structure");
    assert!(said("errors.ja.json", "{", "[").starts_with("errors.ja.json: "));
}

#[test]
fn a_language_is_made_by_its_files() {
    let of = |names: &[&str]| codes(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    assert_eq!(
        of(&["fr.json", "de.json", "en.json", "said.fr.json"]),
        Ok(["en", "de", "fr"].map(str::to_owned).into())
    );
    let stray = "errors.it.json: belongs to no language. It should be CODE.json or KIND.CODE.json";
    assert_eq!(of(&["en.json", "errors.it.json"]), Err(stray.to_owned()));
    assert!(of(&["en.json", "notes.txt"]).unwrap_err().starts_with("notes.txt: belongs to no language"));
    assert!(of(&["en.json", "Fr.json"]).unwrap_err().starts_with("Fr.json: is named by no code"));
}

#[test]
fn the_last_of_several_sentences_ends_like_the_others() {
    for (text, wanted) in [
        ("a.nii: the file is empty. Copy it again", "a.nii: the file is empty. Copy it again."),
        ("ファイルが空です。もう一度コピーしてください", "ファイルが空です。もう一度コピーしてください。"),
        ("files are missing", "files are missing"),
        ("It stopped. Reload the page.", "It stopped. Reload the page."),
    ] {
        assert_eq!(with_full_stop(text.to_owned()), wanted);
    }
}
