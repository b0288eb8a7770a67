//! Turns `languages/*.json` into tables of texts; a text that a language lacks fails the build. That the texts of errors are
//! those of the sentences that there are is compared by the compiler, in `src/told/complete.rs`.
//!
//! Also compared: the places for values in each text (`{name}`), the regions of the atlas, and the structure of the
//! lessons. That `static/index.html` asks for no text that is not there is a test, since most changes of it need no build.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{env, fs};

/// Languages beside English, which decides what there is.
const TRANSLATIONS: [&str; 1] = ["ja"];

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| {
        println!("cargo::rerun-if-changed={path}");
        fs::read_to_string(folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let english = texts("languages/en.json", &read("languages/en.json"));
    let said = texts("languages/said.en.json", &read("languages/said.en.json"));
    let mut tables = vec![table("EN", english.values()), table("SAID_EN", said.values())];
    let lessons = parsed("languages/lessons.en.json", &read("languages/lessons.en.json"));
    let (mut errors, mut complete) = (String::new(), String::new());
    for language in TRANSLATIONS {
        let path = format!("languages/{language}.json");
        let translated = texts(&path, &read(&path));
        compare(&path, &english, &translated);
        tables.push(table(&language.to_uppercase(), translated.values()));
        let path = format!("languages/said.{language}.json");
        let translated = texts(&path, &read(&path));
        compare(&path, &said, &translated);
        tables.push(table(&format!("SAID_{}", language.to_uppercase()), translated.values()));
        let path = format!("languages/errors.{language}.json");
        let (by_code, checked) = of_errors(language, &texts(&path, &read(&path)));
        errors += &by_code;
        complete += &checked;
        let path = format!("languages/lessons.{language}.json");
        compare_lessons(&path, &lessons, &parsed(&path, &read(&path)));
        let path = format!("languages/regions.{language}.json");
        check_regions(&path, &texts(&path, &read(&path)), &read("../static/atlas/aal.tsv"));
    }

    let mut code = String::new();
    for (index, key) in english.keys().enumerate() {
        let name = key.replace('.', "_").to_uppercase();
        code += &format!("/// `{key}`\npub const {name}: Key = Key({index});\n");
    }
    code += &table("NAMES", english.keys());
    code += &tables.concat();
    for (name, code) in [("texts.rs", code), ("errors.rs", errors), ("errors_complete.rs", complete)] {
        let path = Path::new(&env::var("OUT_DIR").unwrap_or_default()).join(name);
        fs::write(&path, code).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

fn parsed(path: &str, text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The texts of a language by their keys, in the order of the keys.
fn texts(path: &str, text: &str) -> BTreeMap<String, String> {
    let texts: BTreeMap<String, String> = serde_json::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"));
    let empty: Vec<&String> = texts.iter().filter(|(_, text)| text.trim().is_empty()).map(|(key, _)| key).collect();
    assert!(empty.is_empty(), "{path}: empty texts: {empty:?}");
    texts
}

fn table<'a>(name: &str, texts: impl ExactSizeIterator<Item = &'a String>) -> String {
    let count = texts.len();
    let lines: Vec<String> = texts.map(|text| format!("    {text:?},\n")).collect();
    format!("static {name}: [&str; {count}] = [\n{}];\n", lines.concat())
}

/// Texts by the codes of sentences (for `told/texts.rs`), and their codes and places (for `told/complete.rs`, where they are
/// compared with what can be said).
fn of_errors(language: &str, texts: &BTreeMap<String, String>) -> (String, String) {
    let name = language.to_uppercase();
    let codes: Vec<&String> = texts.keys().collect();
    let values: Vec<&String> = texts.values().collect();
    let places: Vec<Vec<&str>> = texts.values().map(|text| places(text).into_iter().collect()).collect();
    let places: Vec<String> = places.iter().map(|places| format!("&{places:?}")).collect();
    let by_code = format!("pub static {name}: Texts = Texts {{ codes: &{codes:?}, texts: &{values:?} }};\n");
    let checked = format!("const _: () = assert_complete(&{codes:?}, &[{}]);\n", places.join(", "));
    (by_code, checked)
}

fn compare(path: &str, english: &BTreeMap<String, String>, translated: &BTreeMap<String, String>) {
    let lacks: Vec<&String> = english.keys().filter(|key| !translated.contains_key(*key)).collect();
    assert!(lacks.is_empty(), "{path}: lacks {lacks:?}");
    let unknown: Vec<&String> = translated.keys().filter(|key| !english.contains_key(*key)).collect();
    assert!(unknown.is_empty(), "{path}: English has no {unknown:?}");
    for (key, text) in english {
        let (wanted, found) = (places(text), places(&translated[key]));
        assert!(wanted == found, "{path}: `{key}` has places for {found:?}, English for {wanted:?}");
    }
}

/// Names in braces.
fn places(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

/// Every region of the atlas's table has a name.
fn check_regions(path: &str, names: &BTreeMap<String, String>, table: &str) {
    for line in table.lines().skip(1) {
        let region = line.split('\t').nth(1).unwrap_or_default();
        assert!(names.contains_key(region), "{path}: lacks {region}");
    }
}

fn compare_lessons(path: &str, english: &Value, translated: &Value) {
    assert!(shape(english) == shape(translated), "{path}: differs from the English lessons in structure");
}

/// A value without its texts: identifiers and numbers stay.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), if name == "id" { field.clone() } else { shape(field) }))
            .collect(),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::String(_) => Value::Null,
        other => other.clone(),
    }
}
