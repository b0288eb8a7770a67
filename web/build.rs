//! Turns `languages/*.json` into tables of texts and a list of languages; what is wrong with a language fails the build. That
//! the texts of errors are those of the sentences that there are is compared by the compiler, in `src/told/complete.rs`.
//!
//! Only English is compiled in: `finish.mjs` makes a file of each other language, which the page fetches. That
//! `static/index.html` asks for no text that is not there is a test, since most changes of it need no build.

// Tests of the crate take the same file.
#[path = "src/language_files.rs"]
mod language_files;

use language_files::{Files, Texts, codes, english, places, regions, translation};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Texts by which a language describes itself.
const TAG: &str = "language.tag";
const NAME: &str = "language.name";

fn main() {
    // An error's own words, not those of `Debug`.
    if let Err(error) = build() {
        panic!("web/languages: {error}");
    }
}

fn build() -> Result<(), String> {
    // As cargo says now: a build folder may outlive the clone in which this program was compiled.
    let own = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(|error| error.to_string())?);
    let (folder, atlas) = (own.join("languages"), own.join("../static/atlas/aal.tsv"));
    println!("cargo::rerun-if-changed=languages");
    println!("cargo::rerun-if-changed=../static/atlas/aal.tsv");
    let read = |name: &str| fs::read_to_string(folder.join(name)).map_err(|error| format!("{name}: {error}"));
    let entries =
        fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(|error| error.to_string())?;
    let names: Vec<String> = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let table = fs::read_to_string(&atlas).map_err(|error| format!("{}: {error}", atlas.display()))?;
    let (english, lessons) = english(read)?;
    let mut languages = vec![];
    for code in codes(&names)?.into_iter().filter(|code| *code != english.code) {
        languages.push(translation(&code, read, (&english, &lessons), &regions(&table))?);
    }
    let complete: String = languages.iter().map(complete).collect();
    languages.insert(0, english);
    for (name, code) in [("texts.rs", texts(&languages)), ("errors_complete.rs", complete)] {
        let path = Path::new(&env::var("OUT_DIR").unwrap_or_default()).join(name);
        fs::write(&path, code).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// For `src/language.rs`: a constant for each key, the English texts, and the list of languages.
fn texts(languages: &[Files]) -> String {
    let english = &languages[0];
    let mut code = String::new();
    for (index, key) in english.texts.keys().enumerate() {
        let name = key.replace('.', "_").to_uppercase();
        code += &format!("/// `{key}`\npub const {name}: Key = Key({index});\n");
    }
    code += &table("NAMES", english.texts.keys());
    code += &table("EN", english.texts.values());
    code += &table("SAID_NAMES", english.said.keys());
    code += &table("SAID_EN", english.said.values());
    let listed = |Files { code, texts, .. }: &Files| {
        format!("    Listed {{ code: {code:?}, tag: {:?}, name: {:?} }},\n", texts[TAG], texts[NAME])
    };
    let lines: String = languages.iter().map(listed).collect();
    code + &format!("static LISTED: [Listed; {}] = [\n{lines}];\n", languages.len())
}

fn table<'a>(name: &str, texts: impl ExactSizeIterator<Item = &'a String>) -> String {
    let count = texts.len();
    let lines: Vec<String> = texts.map(|text| format!("    {text:?},\n")).collect();
    format!("static {name}: [&str; {count}] = [\n{}];\n", lines.concat())
}

/// For `src/told/complete.rs`: codes and places of a language's errors, to be compared with what can be said.
fn complete(Files { errors, .. }: &Files) -> String {
    let codes: Vec<&String> = errors.keys().collect();
    let places: Vec<String> =
        Texts::values(errors).map(|text| format!("&{:?}", places(text).into_iter().collect::<Vec<_>>())).collect();
    format!("const _: () = assert_complete(&{codes:?}, &[{}]);\n", places.join(", "))
}
