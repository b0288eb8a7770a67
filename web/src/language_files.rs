//! The files of `web/languages`: which languages there are, and whether each says all that English says.
//!
//! A language is its files: `fr.json` makes one of code `fr`, and `errors.fr.json`, `lessons.fr.json`, `regions.fr.json` and
//! `said.fr.json` belong to it. English has neither `errors` nor `regions`: those stand in the program and in the atlas. Used
//! by `build.rs`, which stops the build where something is wrong; what is wrong is said with the name of the file.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Texts by their keys.
pub type Texts = BTreeMap<String, String>;

/// The language that decides what there is.
pub const ENGLISH: &str = "en";

const KINDS: [&str; 4] = ["errors", "lessons", "regions", "said"];

/// What a language says, read and compared.
#[derive(Debug)]
pub struct Files {
    pub code: String,
    pub texts: Texts,
    pub said: Texts,
    /// Texts of sentences by their codes; none of English.
    pub errors: Texts,
}

/// The codes of the languages that files of these names make, English first.
pub fn codes(names: &[String]) -> Result<Vec<String>, String> {
    let of = |name: &String| name.strip_suffix(".json").map(str::to_owned);
    let mut codes: Vec<String> = names.iter().filter_map(of).filter(|code| !code.contains('.')).collect();
    codes.sort_by_key(|code| (code != ENGLISH, code.clone()));
    let is_code = |code: &str| code.bytes().all(|byte| byte.is_ascii_lowercase());
    if let Some(code) = codes.iter().find(|code| !is_code(code) || code.is_empty()) {
        return Err(format!("{code}.json: is named by no code of a language, such as fr. Rename it"));
    }
    for name in names.iter().filter(|name| of(name).is_none_or(|name| name.contains('.'))) {
        let parts: Vec<&str> = name.split('.').collect();
        let is_one =
            matches!(parts[..], [kind, code, "json"] if KINDS.contains(&kind) && codes.iter().any(|own| own == code));
        if !is_one {
            return Err(format!("{name}: belongs to no language. It should be CODE.json or KIND.CODE.json"));
        }
    }
    Ok(codes)
}

/// English: what `read` gives for the names of its files.
pub fn english(read: impl Fn(&str) -> Result<String, String>) -> Result<(Files, Value), String> {
    let texts = of_file("en.json", &read("en.json")?)?;
    let said = of_file("said.en.json", &read("said.en.json")?)?;
    let lessons = parsed("lessons.en.json", &read("lessons.en.json")?)?;
    Ok((Files { code: ENGLISH.to_owned(), texts, said, errors: Texts::new() }, lessons))
}

/// Another language, compared with English, its lessons, and the names of the atlas's regions. Its errors are compared by the
/// compiler (`told/complete.rs`), which alone knows all codes.
pub fn translation(
    code: &str,
    read: impl Fn(&str) -> Result<String, String>,
    (english, lessons): (&Files, &Value),
    regions: &BTreeSet<String>,
) -> Result<Files, String> {
    let name = format!("{code}.json");
    let texts = of_file(&name, &read(&name)?)?;
    compare(&name, &english.texts, &texts)?;
    let name = format!("said.{code}.json");
    let said = of_file(&name, &read(&name)?)?;
    compare(&name, &english.said, &said)?;
    let name = format!("errors.{code}.json");
    let errors = of_file(&name, &read(&name)?)?;
    let name = format!("lessons.{code}.json");
    if shape(lessons) != shape(&parsed(&name, &read(&name)?)?) {
        return Err(format!("{name}: differs from the English lessons in structure"));
    }
    let name = format!("regions.{code}.json");
    let named: BTreeSet<String> = of_file(&name, &read(&name)?)?.into_keys().collect();
    same_keys(&name, "the atlas", regions, &named)?;
    Ok(Files { code: code.to_owned(), texts, said, errors })
}

/// The names of the regions in the atlas's table.
pub fn regions(table: &str) -> BTreeSet<String> {
    table.lines().skip(1).filter_map(|line| line.split('\t').nth(1)).map(str::to_owned).collect()
}

/// Names in braces.
pub fn places(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

fn parsed(name: &str, text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))
}

/// Texts of a file; none is empty.
fn of_file(name: &str, text: &str) -> Result<Texts, String> {
    let texts: Texts = serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))?;
    match texts.iter().find(|(_, text)| text.trim().is_empty()) {
        Some((key, _)) => Err(format!("{name}: `{key}` is empty")),
        None => Ok(texts),
    }
}

fn compare(name: &str, english: &Texts, translated: &Texts) -> Result<(), String> {
    let keys = |texts: &Texts| texts.keys().cloned().collect::<BTreeSet<_>>();
    same_keys(name, "English", &keys(english), &keys(translated))?;
    for (key, text) in english {
        let (wanted, found) = (places(text), places(&translated[key]));
        if wanted != found {
            return Err(format!("{name}: `{key}` has places for {found:?}, English for {wanted:?}"));
        }
    }
    Ok(())
}

fn same_keys(name: &str, original: &str, wanted: &BTreeSet<String>, found: &BTreeSet<String>) -> Result<(), String> {
    let lacks: Vec<&String> = wanted.difference(found).collect();
    let unknown: Vec<&String> = found.difference(wanted).collect();
    match (lacks.is_empty(), unknown.is_empty()) {
        (true, true) => Ok(()),
        (false, _) => Err(format!("{name}: lacks {lacks:?}")),
        (true, false) => Err(format!("{name}: {original} has no {unknown:?}")),
    }
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
