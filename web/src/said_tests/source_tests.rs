//! Reading the string literals of Rust sources, well enough for the sources of this repository.

/// The string literals of a source but for its comments and tests.
pub(super) fn literals(source: &str) -> Vec<String> {
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
                found.push(unescaped(&rest[1..end]));
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

#[test]
fn literals_are_found_as_they_are_written() {
    let source = "// no \"comment\"\nfn a<'a>(b: &'a str) { ('\"', '\\'', \"one \\\"two\\\"\", \"three \\\n    four \\u{202f}\") }\n\
                  #[cfg(test)]\nmod tests { \"five\" }";
    assert_eq!(literals(source), ["one \"two\"", "three four \u{202f}"]);
}
