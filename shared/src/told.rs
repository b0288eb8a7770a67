//! A sentence as a value: which one it is, by its code, and what stands in its places. So it crosses from one program to another
//! and is told in any language.
//!
//! English stands in one place, the `Display` of whatever is told; other languages find their text by the code.
//! [`coded!`](crate::coded) gives each variant of an enum its code: one that is forgotten, or a field of it, does not compile, and
//! neither does a free sentence where other languages would need a code. `CODES` lists what can be told, for tables of texts to be
//! compared with.

use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// A sentence with its parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Never changes while the sentence means the same, whatever its words.
    pub code: String,
    /// The whole sentence.
    pub english: String,
    /// By the names of their places.
    pub values: Vec<(String, Value)>,
}

/// What stands in a place of a sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// The same in every language.
    Text(String),
    Told(Told),
    List(Vec<Told>),
}

/// A code, and the places that its texts have.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    pub name: &'static str,
    pub places: &'static [&'static str],
}

/// All codes that a type can be told by: its own, and those of what stands in its places.
#[derive(Clone, Copy, Debug)]
pub struct Codes {
    pub own: &'static [Code],
    pub inner: &'static [&'static [&'static Codes]],
}

/// What can be told in any language; its `Display` is the English.
pub trait Coded: Display {
    const CODES: Codes;

    fn told(&self) -> Told;
}

/// What stands in a sentence as it is: numbers, names, words of other programs.
pub trait Plain: Display {}

macro_rules! plain {
    ($($type:ty),*) => { $(impl Plain for $type {})* };
}

plain!(String, &'static str, u16, u32, u64, usize, i32, i64, f32, f64);

/// A plain value.
pub fn plain(value: &impl Plain) -> Value {
    text(value)
}

/// A value as it is written. Not inlined, as the next ones: there are hundreds of calls, and visitors download them all.
#[inline(never)]
pub fn text(value: &dyn Display) -> Value {
    Value::Text(value.to_string())
}

impl Told {
    #[inline(never)]
    pub fn new(code: &str, english: &dyn Display) -> Self {
        Told { code: code.to_owned(), english: english.to_string(), values: Vec::new() }
    }

    /// Adds the value of a place.
    #[inline(never)]
    pub fn put(&mut self, place: &str, value: Value) {
        self.values.push((place.to_owned(), value));
    }
}

/// Gives codes: `coded!(enum E { Variant { name, percent: "{:.0}", reason: Reason, } => "some.code", ; Other(Inner), })`, or
/// `coded!(struct S { name } => "some.code")`.
///
/// A field stands alone where it is plain, with a format or an expression in brackets where its number is written as in the
/// English, or with its type where it is a sentence itself. After the semicolon come variants that pass on what another type says.
#[macro_export]
macro_rules! coded {
    (enum $type:ident {
        $($variant:ident { $($field:ident $(: $kind:tt)?),* $(,)? } => $code:literal,)*
        $(; $($through:ident($inner:ident),)*)?
    }) => {
        impl $crate::told::Coded for $type {
            const CODES: $crate::told::Codes = $crate::told::Codes {
                own: &[$($crate::told::Code { name: $code, places: &[$(stringify!($field)),*] }),*],
                inner: &[
                    $($($($crate::coded!(@inner $kind),)?)*)*
                    $($(&[&<$inner as $crate::told::Coded>::CODES]),*)?
                ],
            };

            fn told(&self) -> $crate::told::Told {
                match self {
                    $(Self::$variant { $($field),* } => $crate::coded!(@told self, $code, $($field $(: $kind)?),*),)*
                    $($(Self::$through(inner) => $crate::told::Coded::told(inner),)*)?
                }
            }
        }
    };
    (struct $type:ident { $($field:ident $(: $kind:tt)?),* $(,)? } => $code:literal) => {
        impl $crate::told::Coded for $type {
            const CODES: $crate::told::Codes = $crate::told::Codes {
                own: &[$crate::told::Code { name: $code, places: &[$(stringify!($field)),*] }],
                inner: &[$($($crate::coded!(@inner $kind),)?)*],
            };

            fn told(&self) -> $crate::told::Told {
                let Self { $($field),* } = self;
                $crate::coded!(@told self, $code, $($field $(: $kind)?),*)
            }
        }
    };
    (@told $self:ident, $code:literal, $($field:ident $(: $kind:tt)?),*) => {
        {
            #[allow(unused_mut)]
            let mut told = $crate::told::Told::new($code, $self);
            $(told.put(stringify!($field), $crate::coded!(@value $field $($kind)?));)*
            told
        }
    };
    (@inner $format:literal) => { &[] };
    (@inner ($text:expr)) => { &[] };
    (@inner $inner:ident) => { &[&<$inner as $crate::told::Coded>::CODES] };
    (@value $field:ident) => { $crate::told::plain($field) };
    (@value $field:ident $format:literal) => { $crate::told::text(&format_args!($format, $field)) };
    (@value $field:ident ($text:expr)) => { $crate::told::Value::Text($text) };
    (@value $field:ident $inner:ident) => { $crate::told::Value::Told(<$inner as $crate::told::Coded>::told($field)) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Reason {
        #[error("it is small")]
        Small,
    }

    coded!(enum Reason { Small {} => "reason.small", });

    #[derive(Debug, thiserror::Error)]
    enum Fault {
        #[error("{name}: {percent:.0}% are bad ({reason})")]
        Bad { name: String, percent: f64, reason: Reason },
        #[error(transparent)]
        Passed(#[from] Reason),
    }

    coded!(enum Fault { Bad { name, percent: "{:.0}", reason: Reason } => "fault.bad", ; Passed(Reason), });

    #[test]
    fn a_sentence_crosses_with_its_parts() {
        let told = Fault::Bad { name: "a.nii".into(), percent: 12.4, reason: Reason::Small }.told();
        assert_eq!(told.english, "a.nii: 12% are bad (it is small)");
        assert_eq!(told.code, "fault.bad");
        let values: Vec<&Value> = told.values.iter().map(|(_, value)| value).collect();
        let [Value::Text(name), Value::Text(percent), Value::Told(reason)] = values[..] else { panic!("{values:?}") };
        assert_eq!([name.as_str(), percent, &reason.code], ["a.nii", "12", "reason.small"]);
        let text = serde_json::to_string(&told).unwrap();
        assert_eq!(serde_json::from_str::<Told>(&text).unwrap(), told);
        assert_eq!(Fault::from(Reason::Small).told(), Reason::Small.told());
    }

    #[test]
    fn codes_are_listed_with_those_of_the_parts() {
        let Codes { own, inner } = Fault::CODES;
        assert_eq!((own.len(), own[0].name, own[0].places), (1, "fault.bad", &["name", "percent", "reason"][..]));
        let inner: Vec<&str> =
            inner.iter().copied().flatten().flat_map(|codes| codes.own).map(|code| code.name).collect();
        assert_eq!(inner, ["reason.small"; 2]);
    }
}
