//! The lines of an NRRD header, `field: value`, and what values hold: numbers, vectors, words.

use crate::volume::{NrrdFault, VolumeError};

/// How much of a value a message shows.
const SHOWN_CHARACTERS: usize = 80;

/// The fields of a header with their values, in order. Comments and the `key:=value` pairs of other programs are left out.
pub(super) struct Lines<'a> {
    /// Of the file, for messages.
    pub name: &'a str,
    /// Names of fields in small letters without spaces, since `data file` may be written `datafile`.
    fields: Vec<(String, &'a str)>,
}

impl<'a> Lines<'a> {
    /// The lines after the first of a header.
    pub(super) fn of(name: &'a str, header: &'a str) -> Self {
        let field_of = |line: &'a str| {
            let (field, value) = line.split_once(':').filter(|(_, value)| !value.starts_with('='))?;
            (!line.starts_with('#')).then(|| (plain(field), value.trim()))
        };
        Lines { name, fields: header.lines().skip(1).filter_map(field_of).collect() }
    }

    /// The value of a field.
    pub(super) fn get(&self, field: &'static str) -> Result<Option<&'a str>, VolumeError> {
        let name = plain(field);
        let mut values = self.fields.iter().filter(|(found, _)| *found == name).map(|(_, value)| *value);
        let value = values.next();
        match values.next() {
            None => Ok(value),
            Some(_) => Err(self.fault(NrrdFault::Twice { field })),
        }
    }

    /// The value of a field that every header has.
    pub(super) fn needed(&self, field: &'static str) -> Result<&'a str, VolumeError> {
        self.get(field)?.ok_or_else(|| self.fault(NrrdFault::Missing { field }))
    }

    /// Whole numbers with spaces between them.
    pub(super) fn integers(&self, field: &'static str) -> Result<Option<Vec<i64>>, VolumeError> {
        self.parsed(field, |value| value.split_ascii_whitespace().map(|number| number.parse().ok()).collect())
    }

    /// Words, one an axis.
    pub(super) fn words(&self, field: &'static str, axes: usize) -> Result<Option<Vec<&'a str>>, VolumeError> {
        self.parsed(field, |value| of_axes(value.split_ascii_whitespace().collect(), axes))
    }

    /// Numbers, one an axis.
    pub(super) fn numbers(&self, field: &'static str, axes: usize) -> Result<Option<Vec<f64>>, VolumeError> {
        self.parsed(field, |value| {
            let numbers: Option<Vec<f64>> = value.split_ascii_whitespace().map(|number| number.parse().ok()).collect();
            of_axes(numbers?, axes)
        })
    }

    /// Vectors `(1,0,0)`, one an axis; `none` where an axis has no direction in space.
    pub(super) fn vectors(
        &self,
        field: &'static str,
        axes: usize,
    ) -> Result<Option<Vec<Option<Vec<f64>>>>, VolumeError> {
        self.parsed(field, |value| vectors(value).and_then(|vectors| of_axes(vectors, axes)))
    }

    fn parsed<T>(&self, field: &'static str, parse: impl Fn(&'a str) -> Option<T>) -> Result<Option<T>, VolumeError> {
        self.get(field)?.map(|value| parse(value).ok_or_else(|| self.bad(field, value))).transpose()
    }

    /// That a field's value cannot be.
    pub(super) fn bad(&self, field: &'static str, value: &str) -> VolumeError {
        VolumeError::BadHeader { name: self.name.to_owned(), field, value: shown(value) }
    }

    fn fault(&self, reason: NrrdFault) -> VolumeError {
        VolumeError::Nrrd { name: self.name.to_owned(), reason }
    }
}

/// A value as messages show it: printable and short.
pub(super) fn shown(value: &str) -> String {
    value.chars().filter(|letter| !letter.is_control()).take(SHOWN_CHARACTERS).collect()
}

fn plain(field: &str) -> String {
    field.chars().filter(|letter| !letter.is_whitespace()).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The values where there are as many as axes.
fn of_axes<T>(values: Vec<T>, axes: usize) -> Option<Vec<T>> {
    (values.len() == axes).then_some(values)
}

fn vectors(value: &str) -> Option<Vec<Option<Vec<f64>>>> {
    let mut vectors = Vec::new();
    let mut rest = value.trim_start();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('(') {
            let (numbers, after) = after.split_once(')')?;
            let numbers: Option<Vec<f64>> = numbers.split(',').map(|number| number.trim().parse().ok()).collect();
            vectors.push(Some(numbers?));
            rest = after.trim_start();
        } else {
            let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            if !word.eq_ignore_ascii_case("none") {
                return None;
            }
            vectors.push(None);
            rest = after.trim_start();
        }
    }
    Some(vectors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_from_comments_and_pairs() {
        let text =
            "NRRD0005\r\n# sizes: 9\r\nSizes: 2 3 4\r\nkey:=sizes: 7\nspace directions: none (1, 0,0)(0,2.5,-1e-3)\n\n";
        let lines = Lines::of("a.nrrd", text);
        assert_eq!(lines.integers("sizes"), Ok(Some(vec![2, 3, 4])));
        let vectors = lines.vectors("space directions", 3).unwrap().unwrap();
        assert_eq!(vectors, [None, Some(vec![1.0, 0.0, 0.0]), Some(vec![0.0, 2.5, -0.001])]);
        assert!(lines.vectors("space directions", 2).is_err());
        assert_eq!(lines.get("data file"), Ok(None));
        let twice = "NRRD0005\nbyteskip: 0\nbyte skip: 1\n";
        assert!(Lines::of("a.nrrd", twice).get("byte skip").is_err());
    }
}
