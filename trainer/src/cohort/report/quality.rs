//! The table of the quality control: worst first, since those are to be looked at.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::prepare::t1::Measure;

use crate::cohort::prepared::picture_file;
use crate::cohort::table::NewRow;
use crate::prepare::Record;

/// Everything measured of the images that were prepared here.
#[derive(Serialize)]
pub struct QualityTable {
    columns: Vec<Column>,
    rows: Vec<QualityRow>,
    failed: usize,
}

/// A measure; all images have the same ones.
#[derive(Serialize)]
struct Column {
    title: String,
    meaning: String,
}

#[derive(Serialize)]
struct QualityRow {
    id: String,
    group: String,
    passed: bool,
    score: String,
    cells: Vec<Cell>,
    seconds: String,
    /// Relative to the report.
    picture: String,
    reasons: String,
}

#[derive(Clone, Default, Serialize)]
struct Cell {
    value: String,
    passed: bool,
}

/// The table, `None` where nothing was prepared here.
pub fn table(rows: &[NewRow], records: &BTreeMap<String, Record>) -> Option<QualityTable> {
    let mut judged: Vec<_> =
        records.iter().filter_map(|(id, record)| Some((id, record, record.quality.as_ref()?))).collect();
    let (_, _, first) = judged.first()?;
    let columns: Vec<Column> = first
        .measures
        .iter()
        .map(|measure| Column { title: measure.name.replace('_', " "), meaning: measure.meaning.clone() })
        .collect();
    let names: Vec<String> = first.measures.iter().map(|measure| measure.name.clone()).collect();
    judged.sort_by(|a, b| (a.2.passed, a.2.score).partial_cmp(&(b.2.passed, b.2.score)).unwrap_or(a.0.cmp(b.0)));
    let groups: BTreeMap<&str, String> = rows.iter().map(|row| (row.id.as_str(), row.group.to_string())).collect();
    let rows = judged
        .iter()
        .map(|(id, record, quality)| QualityRow {
            id: (*id).clone(),
            group: groups.get(id.as_str()).cloned().unwrap_or_else(|| "left out".to_owned()),
            passed: quality.passed,
            score: format!("{:.2}", quality.score),
            cells: names
                .iter()
                .map(|name| cell(quality.measures.iter().find(|measure| measure.name == *name)))
                .collect(),
            seconds: format!("{:.0}", record.seconds),
            picture: picture_file(id),
            reasons: quality.reasons.join("; "),
        })
        .collect();
    let failed = judged.iter().filter(|(_, _, quality)| !quality.passed).count();
    Some(QualityTable { columns, rows, failed })
}

fn cell(measure: Option<&Measure>) -> Cell {
    let Some(measure) = measure else { return Cell::default() };
    let size = measure.value.abs();
    let decimals = if size >= 100.0 {
        0
    } else if size >= 10.0 {
        1
    } else {
        3
    };
    Cell { value: format!("{:.decimals$}", measure.value).replace('-', "−"), passed: measure.passed() }
}
