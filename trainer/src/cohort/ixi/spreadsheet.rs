//! Reading IXI.xls: one sheet, "Table", with a row for each visit.
//!
//! The rules: rows of one IXI_ID that agree in age (to 0.01 years) and sex are one person, and the first counts; where
//! they contradict each other nobody can tell which is right, and the person is left out. A cell left empty contradicts
//! nothing. Whoever has no age is left out; a SEX_ID other than 1 (m) and 2 (f) is not known.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::Path;

use calamine::{Data, DataType, Range, Reader, open_workbook_auto_from_rs};

use crate::cohort::ixi::names::subject_id;
use crate::cohort::left_out::Excluded;
use crate::cohort::{Group, GroupLimits, files};
use crate::failure::unusable;

const SHEET: &str = "Table";

/// The real one has 160 kB.
const MAX_SPREADSHEET_BYTES: u64 = 32 << 20;

/// Ages closer than this are the same: they are computed from dates.
const SAME_AGE_YEARS: f64 = 0.01;

/// Someone with a known age.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// IXI_ID: 12 is IXI012 in file names.
    pub number: u32,
    pub age_years: f64,
    /// `F` or `M`.
    pub sex: Option<&'static str>,
}

/// What the spreadsheet says.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// In order of their numbers.
    pub(super) people: Vec<Person>,
    pub(super) left_out: Vec<Excluded>,
    /// Every IXI_ID, of those left out too.
    pub(super) numbers: BTreeSet<u32>,
    /// Rows below the header.
    pub(super) row_count: usize,
}

impl Listed {
    /// How many there are of whom.
    pub(super) fn in_words(&self, groups: GroupLimits) -> String {
        let of =
            |group: Group| self.people.iter().filter(|person| Group::of_age(person.age_years, groups) == group).count();
        let between = groups.between().map_or_else(String::new, |ages| format!(", {} from {ages}", of(Group::Gap)));
        format!(
            "{} rows, {} people, {} of known age: {} below {}{between}, {} from {} years up",
            self.row_count,
            self.numbers.len(),
            self.people.len(),
            of(Group::Young),
            groups.young_below_years,
            of(Group::Old),
            groups.old_from_years
        )
    }
}

/// One row, as far as it is needed.
struct Visit {
    /// Age in years; `Err` with the cell's text where it is none.
    age_years: Result<Option<f64>, String>,
    sex: Option<&'static str>,
}

/// Reads the spreadsheet: `.xls` as published, or saved again as `.xlsx` or `.ods`.
///
/// # Errors
/// Unusable input: missing, no spreadsheet, or without the sheet or the columns.
pub(super) fn read(path: &Path) -> anyhow::Result<Listed> {
    let name = path.display();
    let bytes = files::read_limited(path, MAX_SPREADSHEET_BYTES)?;
    let not_readable = |reason: &str| {
        unusable(format!(
            "{name}: not a spreadsheet that can be read ({reason}); give IXI.xls as brain-development.org has it"
        ))
    };
    let range = open(bytes).map_err(|reason| not_readable(&reason))?;
    let header: Vec<String> = range.rows().next().unwrap_or_default().iter().map(text).collect();
    // The header of SEX_ID explains its codes: "SEX_ID (1=m, 2=f)".
    let column = |wanted: &str| {
        let found = header.iter().position(|cell| cell.split_whitespace().next() == Some(wanted));
        found.ok_or_else(|| {
            unusable(format!(
                "{name}: sheet `{SHEET}` has no column {wanted} (found: {}); give IXI.xls as published",
                header.join(", ")
            ))
        })
    };
    let (number, sex, age) = (column("IXI_ID")?, column("SEX_ID")?, column("AGE")?);
    let first_line = range.start().map_or(0, |(row, _)| row as usize) + 2;
    let mut listed = Listed::default();
    let mut visits: BTreeMap<u32, Vec<Visit>> = BTreeMap::new();
    for (index, row) in range.rows().skip(1).enumerate() {
        let cell = |column: usize| row.get(column).unwrap_or(&Data::Empty);
        if row.iter().all(|cell| text(cell).is_empty()) {
            continue;
        }
        listed.row_count += 1;
        match whole_number(cell(number)) {
            Some(number) => {
                visits.entry(number).or_default().push(Visit { age_years: age_of(cell(age)), sex: sex_of(cell(sex)) });
            }
            None => listed.left_out.push(Excluded {
                id: format!("line {}", first_line + index),
                file: None,
                reason: format!("IXI_ID `{}` is not a whole number", text(cell(number))),
            }),
        }
    }
    for (number, visits) in visits {
        listed.numbers.insert(number);
        match merge(number, &visits) {
            Ok(person) => listed.people.push(person),
            Err(reason) => listed.left_out.push(Excluded { id: subject_id(number), file: None, reason }),
        }
    }
    Ok(listed)
}

/// The sheet's cells. The reader's own panics on damaged files end here: a spreadsheet comes from outside.
fn open(bytes: Vec<u8>) -> Result<Range<Data>, String> {
    let attempt = std::panic::catch_unwind(move || {
        let mut workbook = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| error.to_string())?;
        let sheets = workbook.sheet_names();
        if !sheets.iter().any(|sheet| sheet == SHEET) {
            return Err(format!("it has no sheet `{SHEET}`, but {}", sheets.join(", ")));
        }
        workbook.worksheet_range(SHEET).map_err(|error| error.to_string())
    });
    attempt.unwrap_or_else(|_| Err("it is damaged".to_owned()))
}

/// The one person of these rows, or why there is none.
fn merge(number: u32, visits: &[Visit]) -> Result<Person, String> {
    let mut person = Person { number, age_years: f64::NAN, sex: None };
    for visit in visits {
        if let Some(age_years) = visit.age_years.clone()? {
            if (person.age_years - age_years).abs() > SAME_AGE_YEARS {
                return Err(format!(
                    "listed {} times with different ages ({:.2} and {age_years:.2} years): it is unclear which is right",
                    visits.len(),
                    person.age_years
                ));
            }
            if person.age_years.is_nan() {
                person.age_years = age_years;
            }
        }
        match (person.sex, visit.sex) {
            (Some(first), Some(other)) if first != other => {
                return Err(format!("listed {} times with different sex: it is unclear which is right", visits.len()));
            }
            (first, other) => person.sex = first.or(other),
        }
    }
    if person.age_years.is_nan() { Err("no age in the spreadsheet".to_owned()) } else { Ok(person) }
}

fn age_of(cell: &Data) -> Result<Option<f64>, String> {
    let text = text(cell);
    if text.is_empty() {
        return Ok(None);
    }
    let age = cell.as_f64().or_else(|| text.parse().ok()).filter(|age| (0.0..=130.0).contains(age));
    age.map(Some).ok_or_else(|| format!("age `{text}` is not a number of years from 0 to 130"))
}

fn sex_of(cell: &Data) -> Option<&'static str> {
    match whole_number(cell) {
        Some(1) => Some("M"),
        Some(2) => Some("F"),
        _ => None,
    }
}

fn whole_number(cell: &Data) -> Option<u32> {
    let value = cell.as_f64().or_else(|| text(cell).parse().ok())?;
    (value.fract() == 0.0 && (0.0..1e6).contains(&value)).then_some(value as u32)
}

fn text(cell: &Data) -> String {
    cell.to_string().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(age_years: Option<f64>, sex: Option<&'static str>) -> Visit {
        Visit { age_years: Ok(age_years), sex }
    }

    #[test]
    fn equal_rows_are_one_person_and_contradictions_nobody() {
        let same = [visit(Some(78.204), Some("F")), visit(Some(78.2), Some("F"))];
        assert_eq!(merge(237, &same), Ok(Person { number: 237, age_years: 78.204, sex: Some("F") }));
        let filled = [visit(None, None), visit(Some(30.0), Some("M"))];
        assert_eq!(merge(1, &filled), Ok(Person { number: 1, age_years: 30.0, sex: Some("M") }));
        let ages = merge(219, &[visit(Some(53.08), Some("F")), visit(Some(58.07), Some("F"))]);
        assert!(ages.is_err_and(|reason| reason.contains("53.08 and 58.07")));
        let sexes = merge(328, &[visit(Some(61.8), Some("F")), visit(Some(61.8), Some("M"))]);
        assert!(sexes.is_err_and(|reason| reason.contains("different sex")));
        assert!(
            merge(513, &[visit(None, Some("F")), visit(None, Some("F"))])
                .is_err_and(|reason| reason.contains("no age"))
        );
    }

    #[test]
    fn cells_are_read_by_meaning() {
        assert_eq!(age_of(&Data::Float(35.8)), Ok(Some(35.8)));
        assert_eq!(age_of(&Data::String(" 35.8 ".into())), Ok(Some(35.8)));
        assert_eq!((age_of(&Data::Empty), age_of(&Data::String(String::new()))), (Ok(None), Ok(None)));
        assert!(age_of(&Data::String("old".into())).is_err() && age_of(&Data::Float(1968.0)).is_err());
        assert_eq!((whole_number(&Data::Float(12.0)), whole_number(&Data::Float(12.5))), (Some(12), None));
        assert_eq!([1.0, 2.0, 0.0, 9.0].map(|code| sex_of(&Data::Float(code))), [Some("M"), Some("F"), None, None]);
    }
}
