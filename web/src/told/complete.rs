//! Compared when the program is built: the codes of all sentences, and the texts that each language has for them.

use super::CODES;
use shared::told::{Code, Codes};
use std::cmp::Ordering;

include!(concat!(env!("OUT_DIR"), "/errors_complete.rs"));

/// Fails where a code lacks a text, where a text has other places than its sentence has values, and where nothing makes a
/// sentence for a text. `texts`: their codes, sorted; `places` of each.
const fn assert_complete<const N: usize>(texts: &[&str; N], places: &[&[&str]; N]) {
    let mut is_made = [false; N];
    let mut at = 0;
    while at < CODES.len() {
        is_made = marked(CODES[at], texts, places, is_made);
        at += 1;
    }
    at = 0;
    while at < N {
        if !is_made[at] {
            no_sentence_has_this_code(texts[at]);
        }
        at += 1;
    }
}

const fn marked<const N: usize>(
    codes: &Codes,
    texts: &[&str; N],
    places: &[&[&str]; N],
    mut is_made: [bool; N],
) -> [bool; N] {
    let mut at = 0;
    while at < codes.own.len() {
        let code = &codes.own[at];
        let text = position(texts, code);
        if !all_in(places[text], code.places) || !all_in(code.places, places[text]) {
            places_of_this_text_are_not_the_values_of_its_sentence(code.name);
        }
        is_made[text] = true;
        at += 1;
    }
    at = 0;
    while at < codes.inner.len() {
        let mut inner = 0;
        while inner < codes.inner[at].len() {
            is_made = marked(codes.inner[at][inner], texts, places, is_made);
            inner += 1;
        }
        at += 1;
    }
    is_made
}

const fn position(texts: &[&str], code: &Code) -> usize {
    let (mut low, mut high) = (0, texts.len());
    while low < high {
        let middle = low.midpoint(high);
        match compared(texts[middle], code.name) {
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
            Ordering::Equal => return middle,
        }
    }
    this_code_lacks_a_text(code.name)
}

const fn compared(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() {
        if a[at] != b[at] {
            return if a[at] < b[at] { Ordering::Less } else { Ordering::Greater };
        }
        at += 1;
    }
    if a.len() == b.len() {
        Ordering::Equal
    } else if a.len() < b.len() {
        Ordering::Less
    } else {
        Ordering::Greater
    }
}

const fn all_in(some: &[&str], all: &[&str]) -> bool {
    let mut at = 0;
    while at < some.len() {
        let mut other = 0;
        while other < all.len() && !matches!(compared(some[at], all[other]), Ordering::Equal) {
            other += 1;
        }
        if other == all.len() {
            return false;
        }
        at += 1;
    }
    true
}

// The compiler shows their names with the code.

const fn this_code_lacks_a_text(code: &str) -> ! {
    panic!("{}", code)
}

const fn no_sentence_has_this_code(code: &str) -> ! {
    panic!("{}", code)
}

const fn places_of_this_text_are_not_the_values_of_its_sentence(code: &str) -> ! {
    panic!("{}", code)
}
