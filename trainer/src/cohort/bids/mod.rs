//! `cohort bids`: makes a cohort of a folder with a table of ages and, for each participant, a grey-matter map in MNI
//! space or a raw T1 image.
//!
//! The source needs `participants.tsv` (`participant_id`, `age` in years or the unit of `participants.json`; `sex`, `site`,
//! `split` are taken over) and images named as `names` lists. A participant's ready map wins ([`Use`] may say otherwise);
//! where there is none that can be used, the T1 image is prepared. What always holds: every map in the cohort was read and looked like GM in MNI space, or was made here and passed the
//! quality control; the source is never changed; one broken file leaves out one participant, never the rest, and
//! `excluded.tsv` says why; a participant whose map is already in the cohort is not looked at again (remove their
//! folder to redo them; a changed T1 image is noticed). Groups come from age alone: a `group` column of a source often
//! means something else.

mod names;
mod notes;
mod owner;
mod ready;
mod source;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use shared::prepare::PREPARATION_VERSION;
use shared::prepare::t1::Template;

pub(super) use self::names::{T1Order, special_part};
use self::source::{Images, Source};
use crate::cohort::about::About;
use crate::cohort::assemble::{self, CohortSummary};
use crate::cohort::left_out::Excluded;
use crate::cohort::prepared::{self, Outcome};
use crate::cohort::shard::Shard;
use crate::cohort::{Group, GroupLimits, PARTICIPANTS_FILE, Split, description, files, table};
use crate::failure::unusable;
use crate::prepare::load_template;

/// Which of two images beside each other is taken, where a participant has both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Use {
    /// The T1 image, even if there is a map.
    T1,
    /// The ready grey-matter map if it is in MNI space.
    #[default]
    Gm,
}

/// What to import.
#[derive(Clone, Copy, Debug)]
pub struct BidsConfig<'a> {
    /// Folder with participants.tsv and images.
    pub input: &'a Path,
    /// Folder of the new cohort.
    pub out: &'a Path,
    /// Only this part of the participants, without the tables of the whole.
    pub shard: Option<Shard>,
    pub prefer: Use,
    /// Ages of the young and the old.
    pub groups: GroupLimits,
}

/// A participant with what the source holds of them.
struct Participant {
    row: table::NewRow,
    images: Images,
}

impl Participant {
    /// Whether there is a ready map that can be chosen.
    fn has_map(&self) -> bool {
        matches!(self.images.map, Ok(Some(_)))
    }
}

/// Imports a source into a cohort; with a `shard`, only that part of the participants and without the tables of the
/// whole. Progress goes to stderr.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: no usable table, neither a GM map nor a T1 image, or no participant that can be
/// used. Other errors: stopped by Ctrl-C, or a file cannot be written.
pub fn import(config: &BidsConfig) -> anyhow::Result<CohortSummary> {
    let BidsConfig { input, out, shard, prefer, groups } = *config;
    let table = read_table(input)?;
    files::check_apart(input, out)?;
    let source_description =
        description::read_value(input).map_err(|reason| unusable(format!("{}: {reason}", input.display())))?;
    let source = Source::of(&files::walk(input, out)?);
    if source.is_empty() {
        return Err(no_images(input));
    }

    let mut excluded = Vec::new();
    let rows = usable_rows(&table, groups, &mut excluded);
    // Of all rows: whoever has no age must not leave their images to somebody whose id begins theirs.
    let ids: Vec<&str> = table.rows.iter().filter_map(|row| row.id.as_deref().ok()).collect();
    let how_made = how_made(groups);
    assemble::may_fill(out, &how_made, groups, &ids.iter().copied().collect())?;
    let mut images = source.assign(&ids);
    let with_images = |row: table::NewRow| Participant { images: images.remove(&row.id).unwrap_or_default(), row };
    let mut participants: Vec<Participant> = rows.into_iter().map(with_images).collect();
    let mut notes = notes::of_table(&table, &participants.iter().map(|one| &one.row).collect::<Vec<_>>());
    if let Some(shard) = shard {
        participants = shard.keep(participants, |participant| &participant.row.id);
        excluded.clear();
    }
    notes.extend(notes::of_choices(&participants, prefer));
    // Unpacked only where it is needed: data sets of ready maps are common.
    let any_t1 = participants.iter().any(|participant| !participant.images.t1.is_empty());
    let template = if any_t1 { Some(load_template()?) } else { None };
    let outcomes = prepared::for_each("participants", &participants, |participant| {
        take_in(config, participant, template.as_ref())
    })?;

    let rows = participants.into_iter().map(|participant| participant.row).collect();
    let gathered = assemble::gather(rows, outcomes, excluded, notes);
    if shard.is_none() {
        let (name, fields) = describe(config, source_description.as_ref(), !gathered.records.is_empty());
        let about = About { source: input, name: &name, how_made: &how_made, groups, fields: &fields };
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
        "{}: neither GM maps nor T1 images found; give grey-matter maps in MNI space, named \
         *_space-MNI*_label-GM_probseg.nii.gz, *_GM.nii.gz, wc1*.nii, mwc1*.nii, wp1*.nii or mwp1*.nii, or raw T1 images, named *_T1w.nii.gz \
         (.mgz, .mgh and .nrrd are read as well)",
        input.display()
    ))
}

/// The rows with an id and an age; the others go to `excluded`.
fn usable_rows(table: &table::Table, groups: GroupLimits, excluded: &mut Vec<Excluded>) -> Vec<table::NewRow> {
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
                group: Group::of_age(age_years, groups),
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

/// Brings one participant into the cohort. `Err` only where writing fails: that stops everything.
fn take_in(
    &BidsConfig { input, out, prefer, .. }: &BidsConfig,
    participant: &Participant,
    template: Option<&Template>,
) -> anyhow::Result<Outcome> {
    let id = &participant.row.id;
    let Images { map, elsewhere, t1, .. } = &participant.images;
    let left_out = |reason: &str| Ok(Outcome::LeftOut { file: None, reason: reason.to_owned(), record: None });
    let prepare = |t1: &Path, template: &Template| prepared::prepare(out, id, input, t1, template);
    let t1 = t1.first().zip(template);
    if let (Use::T1, Some((t1, template))) = (prefer, t1) {
        if !prepared::was_prepared(out, id) {
            // A map that an earlier run took over makes way, unless the source has it no more.
            match ready::taken_over(out, id) {
                Some(there) if !participant.has_map() => return Ok(there),
                _ => ready::remove(out, id)?,
            }
        }
        return prepare(t1, template);
    }
    if let Ok(Some(map)) = map {
        return match (ready::take_over(input, out, id, map)?, t1) {
            (Outcome::LeftOut { reason, .. }, Some((t1, template))) => {
                let why = format!("the GM map was not usable, so the T1 image was prepared: {reason}");
                Ok(with_note(prepare(t1, template)?, why))
            }
            (outcome, _) => Ok(outcome),
        };
    }
    // A ready map that was taken over earlier, and has gone from the source since.
    if !prepared::was_prepared(out, id)
        && let Some(there) = ready::taken_over(out, id)
    {
        return Ok(there);
    }
    match (map, t1) {
        (Err(reason), _) => left_out(reason),
        (Ok(_), Some((t1, template))) => prepare(t1, template),
        (Ok(_), None) => match elsewhere.first() {
            Some(path) => Ok(Outcome::LeftOut { file: Some(path.clone()), reason: ELSEWHERE.to_owned(), record: None }),
            None => left_out("neither a GM map nor a T1 image found; add one or take the participant out of the table"),
        },
    }
}

/// Why a map is not taken that may be in any space.
const ELSEWHERE: &str = "its name does not say that the GM map is in MNI space (space-MNI…), so it is assumed to be in native space; \
    add the T1 image or a map in MNI space";

fn with_note(outcome: Outcome, note: String) -> Outcome {
    match outcome {
        Outcome::There { fresh, record, mut notes } => {
            notes.push(note);
            Outcome::There { fresh, record, notes }
        }
        Outcome::LeftOut { file, reason, record } => {
            Outcome::LeftOut { file, reason: format!("{reason}; {note}"), record }
        }
    }
}

fn how_made(groups: GroupLimits) -> String {
    let GroupLimits { young_below_years, old_from_years } = groups;
    format!(
        "Ready GM maps taken over as they are (modulated ones clipped to 0 to 1), each checked against MNI space; \
         where there was none, the T1 image registered to MNI152 and segmented; groups by age: young < {young_below_years}, \
         old >= {old_from_years}, gap between"
    )
}

/// The cohort's name and fields: what the source asks to pass on, such as licence, acknowledgement and references, and
/// that it is a phantom if it is one.
fn describe(config: &BidsConfig, source: Option<&Value>, any_prepared: bool) -> (String, Value) {
    let BidsConfig { input, groups, .. } = *config;
    let folder = input.canonicalize().ok();
    let folder = folder.as_deref().unwrap_or(input).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = source.and_then(|source| source["Name"].as_str()).map_or(folder, str::to_owned);
    let mut fields = description::passed_on(source);
    let mut ours = serde_json::Map::new();
    if source.is_some_and(|source| source["AgeLens"]["phantom"] == true) {
        ours.insert("phantom".to_owned(), json!(true));
    }
    if any_prepared {
        ours.insert("preparation_version".to_owned(), json!(PREPARATION_VERSION));
    }
    if !groups.are_published() {
        ours.insert("groups".to_owned(), json!(groups));
    }
    if !ours.is_empty() {
        fields.insert("AgeLens".to_owned(), Value::Object(ours));
    }
    (name, Value::Object(fields))
}

#[cfg(test)]
mod tests;
