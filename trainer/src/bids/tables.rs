//! `images.tsv` with a row for each image, `participants.tsv` with one for each person, both with a data dictionary beside them.

use crate::bids::row::Row;
use crate::bids::{dictionary, layout};
use crate::cohort::PARTICIPANTS_FILE;
use crate::explain::Answer;
use crate::files;
use anyhow::Result;
use shared::prepare::t1::Measure;
use std::path::Path;

/// What stands where nothing is known.
const UNKNOWN: &str = "n/a";

/// Writes both tables and their dictionaries.
///
/// # Errors
/// A file cannot be written.
pub fn write(out: &Path, images: &[Row], people: &[&Row]) -> Result<()> {
    let measures = measures(images);
    // One bundle explained all of them.
    let groups = images.iter().find_map(|row| row.explained.as_ref()).map(|it| it.groups).unwrap_or_default();
    let all: Vec<&Row> = images.iter().collect();
    for (name, rows) in [(layout::IMAGES_TABLE, &all[..]), (PARTICIPANTS_FILE, people)] {
        files::write(&out.join(name), text(rows, &measures).as_bytes())?;
        let dictionary = dictionary::of(&measures, groups);
        files::write_json(&out.join(name).with_extension("json"), &dictionary)?;
    }
    Ok(())
}

/// Every measure that some image has, in the order of the quality control.
fn measures(images: &[Row]) -> Vec<Measure> {
    let mut found: Vec<Measure> = Vec::new();
    let all = images.iter().filter_map(|row| row.prepared.as_ref()?.quality.as_ref()).flat_map(|it| &it.measures);
    for measure in all {
        if !found.iter().any(|known| known.name == measure.name) {
            found.push(measure.clone());
        }
    }
    found
}

fn text(rows: &[&Row], measures: &[Measure]) -> String {
    let header = dictionary::COLUMNS.iter().map(|column| column.name.to_owned());
    let mut text = header
        .chain(measures.iter().map(|measure| dictionary::measure_column(&measure.name)))
        .collect::<Vec<_>>()
        .join("\t");
    text.push('\n');
    for row in rows {
        let of_measures = measures.iter().map(|measure| {
            let quality = row.prepared.as_ref().and_then(|record| record.quality.as_ref());
            let found = quality.and_then(|quality| quality.measures.iter().find(|found| found.name == measure.name));
            found.map(|found| number(found.value))
        });
        let cells = dictionary::COLUMNS.iter().map(|column| cell(column.name, row)).chain(of_measures);
        // Tabs and line ends cannot be quoted in BIDS tables: they become spaces.
        let cells: Vec<String> =
            cells.map(|cell| cell.unwrap_or_else(|| UNKNOWN.to_owned()).replace(['\t', '\n', '\r'], " ")).collect();
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    text
}

fn cell(column: &str, row: &Row) -> Option<String> {
    let quality = row.prepared.as_ref().and_then(|record| record.quality.as_ref());
    let explained = row.explained.as_ref();
    let answer: Option<&Answer> = explained.and_then(|explained| explained.answer.as_ref());
    match column {
        "participant_id" => Some(row.participant.clone()),
        "age" => row.listed.age_years.map(|age| age.to_string()),
        "sex" => row.listed.sex.clone(),
        "image" => row.scan.as_ref().map(|scan| scan.path.clone()),
        "session_id" => row.scan.as_ref()?.session.clone(),
        "verdict" => answer.map(|answer| answer.verdict().unwrap_or("none").to_owned()),
        "probability_old" => answer.map(|answer| number(f64::from(answer.probability_old_before))),
        "probability_old_translated" => answer.map(|answer| number(f64::from(answer.probability_old_after))),
        "age_told" => answer?.age.map(|age| number(age.years)),
        "age_told_interval" => answer?.age.map(|age| number(age.interval_years)),
        "distance" => answer?.familiarity.map(|familiarity| number(f64::from(familiarity.distance))),
        "learned_from" => answer.and(explained).map(|it| if it.learned_from { "yes" } else { "no" }.to_owned()),
        "caution" => answer?.caution.clone(),
        "bundle" => explained.map(|explained| explained.bundle.clone()),
        "quality_passed" => quality.map(|quality| if quality.passed { "yes" } else { "no" }.to_owned()),
        "quality_score" => quality.map(|quality| number(quality.score)),
        "refused" => row.refused.clone(),
        _ => None,
    }
}

/// More digits than four behind the point would say nothing.
fn number(value: f64) -> String {
    ((value * 1e4).round() / 1e4).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::dataset::Listed;

    #[test]
    fn every_column_is_filled_where_something_is_known_and_n_a_elsewhere() {
        let row = Row {
            participant: "sub-01".into(),
            listed: Listed { age_years: Some(34.5), sex: Some("F".into()) },
            scan: None,
            prepared: None,
            has_maps: false,
            explained: None,
            refused: Some("no\timage".into()),
        };
        let text = text(&[&row], &[]);
        let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let (header, cells) = (lines.next().expect("header"), lines.next().expect("row"));
        assert_eq!(header.len(), cells.len());
        let of = |name: &str| cells[header.iter().position(|column| *column == name).expect(name)];
        assert_eq!((of("participant_id"), of("age"), of("sex"), of("refused")), ("sub-01", "34.5", "F", "no image"));
        assert_eq!((of("verdict"), of("quality_score")), ("n/a", "n/a"));
    }
}
