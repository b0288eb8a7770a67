//! Ages as tables write them: in the unit that `participants.json` names, and never something else that looks like one.

use std::path::Path;

use serde_json::Value;

use crate::cohort::files;
use crate::failure::unusable;

/// What describes the columns of a `participants.tsv`, beside it.
const SIDECAR_FILE: &str = "participants.json";

/// Larger files are refused before they are read.
const MAX_SIDECAR_BYTES: u64 = 4 << 20;

/// Above this an age is taken for a slip (months, a year of birth).
const MAX_AGE_YEARS: f64 = 130.0;

/// From here on `90+` is an age: data sets hide higher ones behind it, as BIDS (89) and the privacy rules of some
/// countries (90) ask. A lower limit further down, such as `18+` or `60+`, tells a group and no age.
const LEAST_CAPPED_YEARS: f64 = 89.0;

/// The unit that ages of a table are in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AgeUnit {
    name: &'static str,
    in_year: f64,
}

impl AgeUnit {
    pub(super) const YEARS: AgeUnit = AgeUnit { name: "years", in_year: 1.0 };

    /// By its name, as BIDS and people write it.
    fn of(name: &str) -> Option<AgeUnit> {
        let bare = name.trim().trim_end_matches('.').to_ascii_lowercase();
        let (name, in_year) = match bare.strip_suffix('s').unwrap_or(&bare) {
            "year" | "yr" | "y" | "a" => return Some(AgeUnit::YEARS),
            "month" | "mo" | "mon" | "mth" => ("months", 12.0),
            "week" | "wk" | "w" => ("weeks", 365.25 / 7.0),
            "day" | "d" => ("days", 365.25),
            _ => return None,
        };
        Some(AgeUnit { name, in_year })
    }

    /// The unit that a table's sidecar names for the column `age`; years where it names none.
    ///
    /// # Errors
    /// Unusable input: the unit is not known.
    pub(super) fn named_in(sidecar: Option<&Value>, table: &Path) -> anyhow::Result<AgeUnit> {
        let Some(sidecar) = sidecar else { return Ok(AgeUnit::YEARS) };
        let of_key = |object: &Value, key: &str| -> Option<Value> {
            let entries = object.as_object()?;
            entries.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value.clone())
        };
        let units = of_key(sidecar, "age").and_then(|age| of_key(&age, "units"));
        match units.as_ref().and_then(Value::as_str).map(str::trim) {
            None | Some("") => Ok(AgeUnit::YEARS),
            Some(name) => AgeUnit::of(name).ok_or_else(|| {
                unusable(format!(
                    "{}: `{name}` as the unit of age is not known; write years, months, weeks or days",
                    table.with_file_name(SIDECAR_FILE).display()
                ))
            }),
        }
    }

    /// What a reader of the table should know about the unit; nothing where it is years.
    pub(super) fn remark(&self) -> Option<String> {
        (*self != AgeUnit::YEARS)
            .then(|| format!("ages are in {} in the source, as its {SIDECAR_FILE} says; years here", self.name))
    }

    /// An age in this unit as years; a hundredth of a year is four days, and more digits would only look exact.
    fn in_years(&self, age: f64) -> f64 {
        if self.in_year == 1.0 { age } else { (100.0 * age / self.in_year).round() / 100.0 }
    }

    /// Reads a cell as years.
    ///
    /// # Errors
    /// Why it is no age, and what to write.
    pub(super) fn read_years(&self, text: &str) -> Result<f64, String> {
        let (number, is_limit) = match text.strip_suffix('+') {
            Some(number) => (number.trim_end(), true),
            None => (text, false),
        };
        let age_years = number.parse::<f64>().ok().filter(|age| age.is_finite()).map(|age| self.in_years(age));
        match age_years {
            Some(0.0) => Err(format!("age `{text}` is not an age: 0 often means unknown; fill it in or write n/a")),
            Some(age_years) if is_limit && age_years > 0.0 && age_years < LEAST_CAPPED_YEARS => {
                Err(format!("age `{text}` is a lower limit, not an age; fill in the age or write n/a"))
            }
            Some(age_years) if (0.0..=MAX_AGE_YEARS).contains(&age_years) => Ok(age_years),
            _ => Err(format!(
                "age `{text}` is not a number of {} from 0 to {:.0}; correct it, name the unit in {SIDECAR_FILE} (\"age\": \
                 {{\"Units\": \"months\"}}), or write n/a",
                self.name,
                MAX_AGE_YEARS * self.in_year
            )),
        }
    }
}

/// The sidecar beside a table, `None` where there is none.
pub(super) fn sidecar(table: &Path) -> anyhow::Result<Option<Value>> {
    let path = table.with_file_name(SIDECAR_FILE);
    if !path.exists() {
        return Ok(None);
    }
    let bytes = files::read_limited(&path, MAX_SIDECAR_BYTES)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    serde_json::from_slice(bytes)
        .map(Some)
        .map_err(|error| unusable(format!("{}: not JSON ({error}); correct or remove it", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_age_has_its_reason() {
        let years = |text: &str| AgeUnit::YEARS.read_years(text);
        for (text, expected) in [("34", 34.0), ("34.5", 34.5), ("89+", 89.0), ("90+", 90.0), ("7", 7.0), ("1e1", 10.0)]
        {
            assert_eq!(years(text), Ok(expected), "{text}");
        }
        for (text, word) in [
            ("18+", "lower limit"),
            ("60+", "lower limit"),
            ("0", "unknown"),
            ("0.0", "unknown"),
            ("-3", "not a number"),
            ("408", "Units"),
            ("1961", "Units"),
            ("old", "not a number"),
            ("NaN", "not a number"),
            ("20-30", "not a number"),
            ("+", "not a number"),
            ("300+", "not a number"),
        ] {
            let error = years(text).expect_err(text);
            assert!(error.contains(word) && error.contains(text), "{text}: {error}");
        }
    }

    fn unit_beside(table: &Path) -> anyhow::Result<AgeUnit> {
        AgeUnit::named_in(sidecar(table)?.as_ref(), table)
    }

    #[test]
    fn the_unit_is_read_from_the_sidecar() {
        let folder = tempfile::tempdir().expect("folder");
        let table = folder.path().join("participants.tsv");
        assert_eq!(unit_beside(&table).expect("none"), AgeUnit::YEARS);
        for (json, cell, expected) in [
            (r#"{"age": {"Units": "months"}}"#, "408", 34.0),
            (r#"{"Age": {"units": "Month"}}"#, "408", 34.0),
            (r#"{"age": {"Description": "age in years", "Units": "year"}}"#, "34", 34.0),
            (r#"{"age": {"Units": "days"}}"#, "3652.5", 10.0),
            (r#"{"age": {"Description": "age"}}"#, "34", 34.0),
            (r#"{"sex": {}}"#, "34", 34.0),
        ] {
            std::fs::write(folder.path().join(SIDECAR_FILE), json).expect("sidecar");
            let unit = unit_beside(&table).expect(json);
            assert_eq!(unit.read_years(cell), Ok(expected), "{json}");
        }
        for json in [r#"{"age": {"Units": "fortnights"}}"#, "{"] {
            std::fs::write(folder.path().join(SIDECAR_FILE), json).expect("sidecar");
            let error = unit_beside(&table).expect_err(json).to_string();
            assert!(error.contains(SIDECAR_FILE), "{error}");
        }
    }
}
