//! One way of writing sex: `F`, `M`, or `n/a`.
//!
//! Tables write `female`, `Male`, `f`, or codes. 1 and 2 stand for male and female, as in the tables of IXI, ABIDE and
//! many others, unless `participants.json` gives the codes another meaning. Where 0 occurs, too, 1 means one thing here
//! and another there: then nothing is guessed.

use serde_json::Value;

/// How a table writes sex.
#[derive(Debug, Default)]
pub(super) struct SexCodes {
    /// Meanings of codes in lower case, where the sidecar gives them.
    levels: Vec<(String, &'static str)>,
    /// Whether 1 and 2 may be read as male and female.
    are_numbers_known: bool,
}

impl SexCodes {
    /// From the sidecar (`{"sex": {"Levels": {"1": "male"}}}`) and all cells of the column.
    pub(super) fn of<'a>(sidecar: Option<&Value>, mut cells: impl Iterator<Item = &'a str>) -> Self {
        let column = sidecar.and_then(Value::as_object).into_iter().flatten();
        let column = column.filter(|(name, _)| ["sex", "gender"].iter().any(|known| name.eq_ignore_ascii_case(known)));
        let levels = column
            .filter_map(|(_, about)| about["Levels"].as_object())
            .flatten()
            .filter_map(|(code, meaning)| {
                // BIDS allows a text, or an object with a description.
                let text = meaning.as_str().or_else(|| meaning["Description"].as_str())?;
                let first_word = text.split(|c: char| !c.is_alphabetic()).find(|word| !word.is_empty())?;
                Some((code.to_ascii_lowercase(), word(first_word)?))
            })
            .collect();
        SexCodes { levels, are_numbers_known: !cells.any(|cell| cell == "0") }
    }

    /// `F` or `M`; `None` where the cell says neither.
    pub(super) fn read(&self, cell: &str) -> Option<String> {
        let code = cell.to_ascii_lowercase();
        let level = self.levels.iter().find(|(level, _)| *level == code).map(|(_, sex)| *sex);
        let number = || match code.as_str() {
            "1" | "1.0" if self.are_numbers_known => Some("M"),
            "2" | "2.0" if self.are_numbers_known => Some("F"),
            _ => None,
        };
        level.or_else(|| word(&code)).or_else(number).map(str::to_owned)
    }
}

fn word(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "f" | "female" | "woman" | "women" | "w" | "girl" => Some("F"),
        "m" | "male" | "man" | "men" | "boy" => Some("M"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_and_codes_become_one_letter() {
        let codes = SexCodes::of(None, ["male", "f", "2"].into_iter());
        for (cell, expected) in [
            ("male", Some("M")),
            ("Male", Some("M")),
            ("FEMALE", Some("F")),
            ("f", Some("F")),
            ("M", Some("M")),
            ("2", Some("F")),
            ("1", Some("M")),
            ("other", None),
            ("3", None),
        ] {
            assert_eq!(codes.read(cell).as_deref(), expected, "{cell}");
        }
    }

    #[test]
    fn codes_that_may_mean_either_are_not_guessed() {
        let codes = SexCodes::of(None, ["0", "1"].into_iter());
        assert_eq!((codes.read("1"), codes.read("0")), (None, None));
        let sidecar = json!({"Sex": {"Levels": {"0": "female", "1": {"Description": "Male participant"}}}});
        let codes = SexCodes::of(Some(&sidecar), ["0", "1"].into_iter());
        assert_eq!((codes.read("1").as_deref(), codes.read("0").as_deref()), (Some("M"), Some("F")));
        let swapped = json!({"gender": {"Levels": {"1": "F", "2": "M"}}});
        assert_eq!(SexCodes::of(Some(&swapped), ["1"].into_iter()).read("1").as_deref(), Some("F"));
    }
}
