//! `cohort bids`: makes a cohort of a folder with a table of ages and, for each participant, a grey-matter map in MNI
//! space or a raw T1 image.
//!
//! The source needs `participants.tsv` (`participant_id`, `age` in years; `sex`, `site`, `split` are taken over) and
//! images named as `source` lists. A participant's ready map wins; where there is none, the T1 image is prepared. What
//! always holds: every map in the cohort was read and looked like GM in MNI space, or was made here and passed the
//! quality control; the source is never changed; one broken file leaves out one participant, never the rest, and
//! `excluded.tsv` says why; a participant whose map is already in the cohort is not looked at again (remove their
//! folder to redo them; a changed T1 image is noticed). Groups come from age alone: a `group` column of a source often
//! means something else.

mod ready;
mod source;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use shared::prepare::PREPARATION_VERSION;
use shared::prepare::t1::Template;

use self::source::{Images, Source};
use super::assemble::{self, About, CohortSummary};
use super::left_out::Excluded;
use super::prepared::{self, Outcome};
use super::shard::Shard;
use super::{Group, PARTICIPANTS_FILE, Split, description, files, table};
use crate::failure::unusable;
use crate::prepare::load_template;

/// How deep images may lie, and how many files a source may have before it is taken for a wrong folder.
const MAX_DEPTH: usize = 8;
const MAX_FILES: usize = 500_000;

/// A participant with what the source holds of them.
struct Participant {
    row: table::NewRow,
    images: Images,
}

/// Imports `input` into the cohort `out`; with a `shard`, only that part of the participants and without the tables of
/// the whole. Progress goes to stderr.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: no usable table, neither a GM map nor a T1 image, or no participant that can be
/// used. Other errors: stopped by Ctrl-C, or a file cannot be written.
pub fn import(input: &Path, out: &Path, shard: Option<Shard>) -> anyhow::Result<CohortSummary> {
    let table = read_table(input)?;
    files::check_apart(input, out)?;
    let source_description =
        description::read_value(input).map_err(|reason| unusable(format!("{}: {reason}", input.display())))?;
    let source = Source::of(&files::walk(input, out, MAX_DEPTH, MAX_FILES)?);
    if source.is_empty() {
        return Err(no_images(input));
    }

    let mut excluded = Vec::new();
    let rows = usable_rows(&table, &mut excluded);
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut images = source.assign(&ids);
    let with_images = |row: table::NewRow| Participant { images: images.remove(&row.id).unwrap_or_default(), row };
    let mut participants: Vec<Participant> = rows.into_iter().map(with_images).collect();
    if let Some(shard) = shard {
        participants = shard.keep(participants, |participant| &participant.row.id);
        excluded.clear();
    }
    let notes = participants.iter().filter_map(choice_in_words).collect();
    // Unpacked only where it is needed: data sets of ready maps are common.
    let any_t1 = participants.iter().any(|participant| !participant.images.t1.is_empty());
    let template = if any_t1 { Some(load_template()?) } else { None };
    let outcomes = prepared::for_each("participants", &participants, |participant| {
        take_in(input, out, participant, template.as_ref())
    })?;

    let rows = participants.into_iter().map(|participant| participant.row).collect();
    let mut gathered = assemble::gather(rows, outcomes, excluded);
    gathered.summary.notes = notes;
    if shard.is_none() {
        let (name, fields) = describe(input, source_description.as_ref(), !gathered.records.is_empty());
        let about = About { source: input, name: &name, how_made: HOW_MADE, fields: &fields };
        assemble::write(out, &about, &gathered)?;
    }
    Ok(gathered.summary)
}

fn read_table(input: &Path) -> anyhow::Result<table::Table> {
    let path = input.join(PARTICIPANTS_FILE);
    if !path.exists() {
        return Err(unusable(format!(
            "{}: no such file; write a tab-separated table with the columns participant_id and age (years)",
            path.display()
        )));
    }
    let table = table::read(&path)?;
    if !table.has_column("age") {
        return Err(unusable(format!("{}: no column `age`; add it, in years", path.display())));
    }
    Ok(table)
}

fn no_images(input: &Path) -> anyhow::Error {
    unusable(format!(
        "{}: neither GM maps nor T1 images found. Needed: grey-matter maps in MNI space, named *_label-GM_probseg.nii.gz, \
         *_GM.nii.gz, wp1*.nii or mwp1*.nii, or raw T1 images, named *_T1w.nii.gz",
        input.display()
    ))
}

/// The rows with an id and an age; the others go to `excluded`.
fn usable_rows(table: &table::Table, excluded: &mut Vec<Excluded>) -> Vec<table::NewRow> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for id in table.rows.iter().filter_map(|row| row.id.as_deref().ok()) {
        *times.entry(id).or_default() += 1;
    }
    let mut entries = Vec::new();
    for row in &table.rows {
        let usable = row.id.as_ref().map_err(|reason| (format!("line {}", row.line), reason.clone())).and_then(|id| {
            let listed = times.get(id.as_str()).copied().unwrap_or_default();
            if listed > 1 {
                return Err((id.clone(), format!("listed {listed} times; keep the row of one session")));
            }
            let age_years = row.age_years.clone().map_err(|reason| (id.clone(), reason))?;
            let age_years = age_years.ok_or_else(|| (id.clone(), "no age; fill it in, in years".to_owned()))?;
            Ok((id, age_years))
        });
        match usable {
            Err((id, reason)) => excluded.push(Excluded { id, file: None, reason }),
            Ok((id, age_years)) => entries.push(table::NewRow {
                id: id.clone(),
                age_years,
                sex: row.sex.clone(),
                group: Group::of_age(age_years),
                site: row.site.clone(),
                split: match row.split.as_deref() {
                    Some("train") => Some(Split::Train),
                    Some("test") => Some(Split::Test),
                    _ => None,
                },
            }),
        }
    }
    entries
}

/// Which of several T1 images is taken, where one of them is.
fn choice_in_words(participant: &Participant) -> Option<String> {
    let Images { map, t1 } = &participant.images;
    if t1.len() < 2 || !matches!(map, Ok(None)) {
        return None;
    }
    Some(format!("{}: {} T1 images; the first, {}, is taken", participant.row.id, t1.len(), t1[0].display()))
}

/// Brings one participant into the cohort. `Err` only where writing fails: that stops everything.
fn take_in(
    input: &Path,
    out: &Path,
    participant: &Participant,
    template: Option<&Template>,
) -> anyhow::Result<Outcome> {
    let id = &participant.row.id;
    let left_out = |reason: &str| Ok(Outcome::LeftOut { file: None, reason: reason.to_owned(), record: None });
    let there_of_old = || !prepared::was_prepared(out, id) && files::find_gm(out, id).is_ok();
    match (&participant.images.map, participant.images.t1.first(), template) {
        (Ok(Some(map)), _, _) => ready::take_over(input, out, id, map),
        // A ready map that was taken over earlier, and has gone from the source since.
        (_, _, _) if there_of_old() => Ok(Outcome::There { fresh: false, record: None }),
        (Err(reason), _, _) => left_out(reason),
        (Ok(None), Some(t1), Some(template)) => prepared::prepare(out, id, input, t1, template),
        _ => left_out("neither a GM map nor a T1 image found; add one or take the participant out of the table"),
    }
}

const HOW_MADE: &str = "Ready GM maps taken over as they are (modulated ones cut to 0..1), each checked against MNI space; \
    where there was none, the T1 image registered to MNI152 and segmented; groups by age: young < 45, old >= 50, gap between";

/// The cohort's name and fields: what the source asks to pass on, such as licence, acknowledgement and references, and
/// that it is a phantom if it is one.
fn describe(input: &Path, source: Option<&Value>, any_prepared: bool) -> (String, Value) {
    let folder = input.canonicalize().ok();
    let folder = folder.as_deref().unwrap_or(input).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = source.and_then(|source| source["Name"].as_str()).map_or(folder, str::to_owned);
    let mut fields = serde_json::Map::new();
    for key in ["License", "Authors", "Acknowledgements", "HowToAcknowledge", "ReferencesAndLinks", "DatasetDOI"] {
        if let Some(value) = source.and_then(|source| source.get(key)) {
            fields.insert(key.to_owned(), value.clone());
        }
    }
    let mut ours = serde_json::Map::new();
    if source.is_some_and(|source| source["AgeLens"]["phantom"] == true) {
        ours.insert("phantom".to_owned(), json!(true));
    }
    if any_prepared {
        ours.insert("preparation_version".to_owned(), json!(PREPARATION_VERSION));
    }
    if !ours.is_empty() {
        fields.insert("AgeLens".to_owned(), Value::Object(ours));
    }
    (name, Value::Object(fields))
}

#[cfg(test)]
mod tests;
