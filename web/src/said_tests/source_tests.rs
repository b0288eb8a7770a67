//! Reading the string literals of Rust sources, well enough for the sources of this repository.

use std::path::Path;

/// A string literal, and the source before it.
pub(super) struct Literal<'a> {
    pub(super) before: &'a str,
    pub(super) text: String,
}

/// The string literals of a source but for its comments and tests.
pub(super) fn literals(source: &str) -> Vec<Literal<'_>> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    assert!(!source.contains("r#\""), "a raw string, which these tests cannot read");
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(length) = source[at..].find(['"', '\'', '/']) {
        at += length;
        let rest = &source[at..];
        at += match rest.as_bytes() {
            [b'"', ..] => {
                let end = end_of_string(rest);
                found.push(Literal { before: source[..at].trim_end(), text: unescaped(&rest[1..end]) });
                end + 1
            }
            [b'/', b'/', ..] => rest.find('\n').unwrap_or(rest.len()),
            [b'\'', ..] => length_of_character(rest),
            _ => 1,
        };
    }
    found
}

/// Where the quotation mark stands that ends the literal at the start of `rest`.
fn end_of_string(rest: &str) -> usize {
    let mut escaped = false;
    let is_end = |&(_, byte): &(usize, u8)| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    };
    rest.bytes().enumerate().skip(1).find(is_end).expect("an end of the string").0
}

/// Of a character such as `'"'`; of a lifetime only its mark.
fn length_of_character(rest: &str) -> usize {
    let mut letters = rest.char_indices().skip(1);
    match (letters.next(), letters.next()) {
        (Some((_, '\\')), Some((escaped, _))) => {
            let after = escaped + 1;
            after + rest[after..].find('\'').expect("an end of the character") + 1
        }
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 1,
    }
}

fn unescaped(literal: &str) -> String {
    let mut text = String::new();
    let mut rest = literal;
    while let Some((before, after)) = rest.split_once('\\') {
        text += before;
        rest = match after.split_at(1) {
            ("\n", next) => next.trim_start(),
            ("n", next) => {
                text.push('\n');
                next
            }
            ("u", next) => {
                let (digits, next) = next[1..].split_once('}').expect("a code point");
                text.extend(u32::from_str_radix(digits, 16).ok().and_then(char::from_u32));
                next
            }
            (letter, next) => {
                text += letter;
                next
            }
        };
    }
    text + rest
}

/// Sources below a folder, without those that are tests as a whole.
pub(super) fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
            found.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

#[test]
fn literals_are_found_as_they_are_written() {
    let source = "// no \"comment\"\nfn a<'a>(b: &'a str) { ('\"', '\\'', \"one \\\"two\\\"\", \"three \\\n    four \\u{202f}\") }\n\
                  #[cfg(test)]\nmod tests { \"five\" }";
    let found: Vec<String> = literals(source).into_iter().map(|literal| literal.text).collect();
    assert_eq!(found, ["one \"two\"", "three four \u{202f}"]);
    assert!(literals(source)[0].before.ends_with("'\\'',"));
}
