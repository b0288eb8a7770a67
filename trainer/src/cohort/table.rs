//! Reading and writing `participants.tsv`.
//!
//! The reader is lenient where a table is unambiguous (`n/a` and empty cells, a byte-order mark, ids without `sub-`,
//! `Age` for `age`, ages in months, ages such as `89+`, `male` for `M`) and keeps what it cannot read as a reason per cell, so that the caller decides whether one
//! bad row stops everything or leaves out one subject.

use std::path::{Path, PathBuf};

use crate::failure::unusable;

use crate::cohort::age::{AgeUnit, sidecar};
use crate::cohort::sex::SexCodes;
use crate::cohort::{Group, Split, files};

/// Larger tables are refused before they are read; a row has some 50 bytes.
const MAX_TABLE_BYTES: u64 = 64 << 20;

/// Names that programs give to the total intracranial volume.
const INTRACRANIAL_COLUMNS: [&str; 6] = ["tiv_ml", "tiv", "etiv", "icv", "icv_ml", "EstimatedTotalIntraCranialVol"];

/// A table of subjects.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) path: PathBuf,
    columns: Vec<String>,
    /// The unit of the source; rows have years.
    pub(super) age_unit: AgeUnit,
    pub(super) rows: Vec<Row>,
}

impl Table {
    /// Whether the header names this column, in whatever case.
    pub(super) fn has_column(&self, name: &str) -> bool {
        column_of(&self.columns, name).is_some()
    }
}

/// One row, cells trimmed and lower-cased where only a few words are allowed; `None` for `n/a`.
#[derive(Debug)]
pub(super) struct Row {
    /// Line in the file, the header being line 1.
    pub(super) line: u64,
    /// `sub-…`, or why there is none.
    pub(super) id: Result<String, String>,
    /// Age in years, or why it cannot be read.
    pub(super) age_years: Result<Option<f64>, String>,
    /// `F` or `M`.
    pub(super) sex: Option<String>,
    pub(super) group: Option<String>,
    pub(super) site: Option<String>,
    pub(super) split: Option<String>,
    /// Total intracranial volume, in whatever unit.
    pub(super) intracranial: Option<String>,
    /// `IXI012-HH-1211`: number, hospital and scan of someone of the IXI data set.
    pub(super) ixi_id: Option<String>,
}

/// Reads a table; every problem of a single cell is left in its row.
///
/// # Errors
/// Unusable input: the file is missing or unreadable, or has no column `participant_id`; or the `participants.json` beside
/// it cannot be read or names an unknown unit of age.
pub(super) fn read(path: &Path) -> anyhow::Result<Table> {
    let name = path.display();
    let bytes = files::read_limited(path, MAX_TABLE_BYTES)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| unusable(format!("{name}: not UTF-8 text; save it as tab-separated UTF-8")))?;
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .flexible(true)
        .quoting(false)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let unreadable = |error: csv::Error| unusable(format!("{name}: {error}; it must be a tab-separated table"));
    let columns: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
    let column = |wanted: &str| column_of(&columns, wanted);
    let Some(id_column) = column("participant_id") else {
        return Err(unusable(format!(
            "{name}: no column `participant_id` (found: {}); the table must be tab-separated with a header",
            columns.join(", ")
        )));
    };
    let (age, sex, group) = (column("age"), column("sex").or_else(|| column("gender")), column("group"));
    let (site, split, ixi_id) = (column("site"), column("split"), column("ixi_id"));
    let intracranial = INTRACRANIAL_COLUMNS.iter().find_map(|name| column(name));
    let sidecar = sidecar(path)?;
    let age_unit = AgeUnit::named_in(sidecar.as_ref(), path)?;
    let records = reader.records().collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    let sexes = records.iter().filter_map(|record| record.get(sex?));
    let sex_codes = SexCodes::of(sidecar.as_ref(), sexes);
    let mut rows = Vec::with_capacity(records.len());
    for record in &records {
        let cell = |column: Option<usize>| {
            let text = record.get(column?)?;
            (!text.is_empty() && !text.eq_ignore_ascii_case("n/a")).then(|| text.to_owned())
        };
        rows.push(Row {
            line: record.position().map_or(0, csv::Position::line),
            id: read_id(record.get(id_column).unwrap_or_default()),
            age_years: cell(age).map(|text| age_unit.read_years(&text)).transpose(),
            sex: cell(sex).and_then(|text| sex_codes.read(&text)),
            group: cell(group).map(|text| text.to_ascii_lowercase()),
            site: cell(site),
            split: cell(split).map(|text| text.to_ascii_lowercase()),
            intracranial: cell(intracranial),
            ixi_id: cell(ixi_id),
        });
    }
    Ok(Table { path: path.to_path_buf(), columns, age_unit, rows })
}

/// Place of a column: of the one that is written so, else of the first that is in another case.
fn column_of(columns: &[String], wanted: &str) -> Option<usize> {
    let exact = columns.iter().position(|column| column == wanted);
    exact.or_else(|| columns.iter().position(|column| column.eq_ignore_ascii_case(wanted)))
}

/// The id with its `sub-`; only letters, digits, `-` and `_`, since it becomes part of a path.
fn read_id(text: &str) -> Result<String, String> {
    let label = text.strip_prefix("sub-").unwrap_or(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if label.is_empty() || !label.chars().all(plain) {
        return Err(format!("participant_id `{text}` is not usable; write sub- and letters, digits, - or _"));
    }
    Ok(format!("sub-{label}"))
}

/// A row to write.
#[derive(Clone, Debug)]
pub(super) struct NewRow {
    pub(super) id: String,
    pub(super) age_years: f64,
    pub(super) sex: Option<String>,
    pub(super) group: Group,
    pub(super) site: Option<String>,
    pub(super) split: Option<Split>,
}

/// Writes `participants.tsv`; `site` and `split` appear only where some row has one.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write(path: &Path, rows: &[NewRow]) -> anyhow::Result<()> {
    let has_site = rows.iter().any(|row| row.site.is_some());
    let has_split = rows.iter().any(|row| row.split.is_some());
    let mut header = vec!["participant_id", "age", "sex", "group"];
    header.extend(has_site.then_some("site"));
    header.extend(has_split.then_some("split"));
    let lines = rows.iter().map(|row| {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "n/a".to_owned());
        let mut line = vec![row.id.clone(), row.age_years.to_string(), text(&row.sex), row.group.to_string()];
        line.extend(has_site.then(|| text(&row.site)));
        line.extend(has_split.then(|| text(&row.split.map(|split| split.to_string()))));
        line
    });
    files::write_tsv(path, &header, lines)
}
