//! `cohort bids`: makes a cohort of a folder that already holds grey-matter maps in MNI space and a table of ages.
//!
//! The source needs `participants.tsv` (`participant_id`, `age` in years; `sex`, `site`, `split` are taken over) and one
//! map per participant, named as `source` lists. What always holds: every map in the cohort was read and looked like GM in
//! MNI space; the source is never changed; one broken file leaves out one participant, never the rest, and
//! `excluded.tsv` says why; a participant whose map is already in the cohort is not looked at again (remove their
//! folder to redo them). Groups come from age alone: a `group` column of a source often means something else.

mod source;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use flate2::{Compression, GzBuilder};
use rayon::prelude::*;
use serde_json::{Value, json};
use shared::prepare::fit_to_grid;
use shared::volume::{Affine, Grid, Volume, read_nifti, write_nifti_gz};

use self::source::{Candidate, Source};
use super::{Group, PARTICIPANTS_FILE, Split, description, files, table};
use crate::failure::unusable;
use crate::progress::Progress;

/// Table of participants left out, beside `participants.tsv`.
pub const EXCLUDED_FILE: &str = "excluded.tsv";

/// How deep maps may lie, and how many files a source may have before it is taken for a wrong folder.
const MAX_DEPTH: usize = 8;
const MAX_FILES: usize = 500_000;

/// Grid on which plausibility is judged: the brain's box in MNI mm, coarse, since only means and places count.
const CHECK_SPACING_MM: f64 = 4.0;
const CHECK_LOW_MM: [f64; 3] = [-76.0, -112.0, -72.0];
const CHECK_HIGH_MM: [f64; 3] = [76.0, 76.0, 84.0];

/// A participant that is not in the cohort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// `sub-…`, or the row where the id itself is unusable.
    pub id: String,
    /// Path below the source folder, where a file was the reason.
    pub file: Option<PathBuf>,
    /// Reason and remedy.
    pub reason: String,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// Participants in the cohort now, by group: young, old, gap.
    pub included: [usize; 3],
    /// Of these, how many had been there before.
    pub already_there: usize,
    /// Left out, in order of the table; the same as `excluded.tsv`.
    pub excluded: Vec<Excluded>,
}

/// Imports the maps of `input` into the cohort `out`; progress goes to stderr.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: no usable table, no GM map at all (raw T1 images only), or no participant
/// that can be used. Other errors: a file cannot be written.
pub fn import(input: &Path, out: &Path) -> anyhow::Result<ImportSummary> {
    let table = read_table(input)?;
    let same = |a: &Path, b: &Path| matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b);
    if same(input, out) {
        return Err(unusable(format!("{}: source and cohort are one folder; name another --out", out.display())));
    }
    let source_description =
        description::read_value(input).map_err(|reason| unusable(format!("{}: {reason}", input.display())))?;
    let source = Source::of(&files::walk(input, out, MAX_DEPTH, MAX_FILES)?);
    if !source.has_maps() {
        return Err(no_maps(input, source.t1_count));
    }

    let mut summary = ImportSummary::default();
    let entries = usable_rows(&table, &mut summary.excluded);
    let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    let maps = source.assign(&ids);
    let progress = Progress::new("participants", entries.len() as u64, 0);
    let outcomes: Vec<Outcome> = entries
        .par_iter()
        .map(|entry| {
            let outcome = take_over(input, out, entry, maps.get(entry.id.as_str()));
            progress.advance();
            outcome
        })
        .collect::<anyhow::Result<_>>()?;

    let mut rows = Vec::new();
    for (entry, outcome) in entries.into_iter().zip(outcomes) {
        match outcome {
            Outcome::LeftOut { file, reason } => summary.excluded.push(Excluded { id: entry.id, file, reason }),
            Outcome::Copied | Outcome::AlreadyThere => {
                summary.included[entry.group as usize] += 1;
                summary.already_there += usize::from(matches!(outcome, Outcome::AlreadyThere));
                rows.push(entry);
            }
        }
    }
    write_excluded(out, &summary.excluded)?;
    if rows.is_empty() {
        let first = summary
            .excluded
            .first()
            .map_or_else(String::new, |excluded| format!("; the first reason: {}: {}", excluded.id, excluded.reason));
        return Err(unusable(format!(
            "{}: none of {} participants can be used{first}. All reasons: {}",
            input.display(),
            summary.excluded.len(),
            out.join(EXCLUDED_FILE).display()
        )));
    }
    describe(input, out, source_description.as_ref())?;
    table::write(&out.join(PARTICIPANTS_FILE), &rows)?;
    Ok(summary)
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

fn no_maps(input: &Path, t1_count: usize) -> anyhow::Error {
    let found = match t1_count {
        0 => "neither GM maps nor T1 images found".to_owned(),
        count => format!("{count} raw T1 images, but no GM maps"),
    };
    unusable(format!(
        "{}: {found}. Needed: grey-matter maps in MNI space, named *_label-GM_probseg.nii.gz, *_GM.nii.gz, wp1*.nii or \
         mwp1*.nii; `trainer prepare` makes one from a T1 image, SPM, CAT12 and fMRIPrep write them too",
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

/// What became of a participant.
enum Outcome {
    Copied,
    AlreadyThere,
    LeftOut { file: Option<PathBuf>, reason: String },
}

/// Checks and copies one map. `Err` only where writing fails: that stops everything.
fn take_over(
    input: &Path,
    out: &Path,
    entry: &table::NewRow,
    map: Option<&Result<Candidate, String>>,
) -> anyhow::Result<Outcome> {
    if files::find_gm(out, &entry.id).is_ok() {
        return Ok(Outcome::AlreadyThere);
    }
    let map = match map {
        Some(Ok(map)) => map,
        Some(Err(reason)) => return Ok(Outcome::LeftOut { file: None, reason: reason.clone() }),
        None => return Ok(Outcome::LeftOut { file: None, reason: "no GM map found".to_owned() }),
    };
    match checked_bytes(&input.join(&map.path), map) {
        Err(reason) => Ok(Outcome::LeftOut { file: Some(map.path.clone()), reason: format!("{reason:#}") }),
        Ok(bytes) => {
            let name = format!("{}{}{}.nii.gz", entry.id, map.entities(), files::GM_SUFFIX);
            crate::files::write(&out.join(&entry.id).join("anat").join(name), &bytes)?;
            Ok(Outcome::Copied)
        }
    }
}

/// The gzipped bytes of a map that was read and looks like GM in MNI space.
fn checked_bytes(path: &Path, map: &Candidate) -> anyhow::Result<Vec<u8>> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let bytes = files::read_limited(path, files::MAX_IMAGE_BYTES)?;
    let mut volume = read_nifti(&name, &bytes, None)?.into_volume()?;
    if map.is_modulated() {
        // Modulation multiplies probability by the local change of volume; models take 0..1.
        volume.data.iter_mut().filter(|value| value.is_finite()).for_each(|value| *value = value.clamp(0.0, 1.0));
    }
    fit_to_grid(&name, &volume, &check_grid(&volume))?;
    if map.is_modulated() {
        return write_nifti_gz(&volume, "GM, modulated, cut to 0..1").context("cannot be packed");
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut encoder = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::default());
    encoder.write_all(&bytes).and_then(|()| encoder.finish()).context("cannot be packed")
}

/// The coarse grid a map is judged on: the brain's box, cut to the heights the map covers, since slabs are welcome.
fn check_grid(volume: &Volume) -> Grid {
    let last = volume.shape.map(|count| count.saturating_sub(1) as f64);
    let corners = (0..8).map(|corner: usize| {
        let index = std::array::from_fn(|axis| if corner >> axis & 1 == 1 { last[axis] } else { 0.0 });
        volume.world_from_voxel.apply(index)[2]
    });
    let (low_z, high_z) = corners.fold((f64::MAX, f64::MIN), |(low, high), z| (low.min(z), high.max(z)));
    let (mut low_mm, mut high_mm) = (CHECK_LOW_MM, CHECK_HIGH_MM);
    // An image that misses the brain altogether keeps the whole box, and fails there with a clear reason.
    if low_z < high_mm[2] && high_z > low_mm[2] {
        low_mm[2] = low_mm[2].max(low_z);
        high_mm[2] = high_mm[2].min(high_z);
    }
    let shape = std::array::from_fn(|axis| ((high_mm[axis] - low_mm[axis]) / CHECK_SPACING_MM + 1e-9) as usize + 1);
    Grid { shape, mni_from_voxel: Affine::from_spacing_origin([CHECK_SPACING_MM; 3], low_mm) }
}

fn write_excluded(out: &Path, excluded: &[Excluded]) -> anyhow::Result<()> {
    let lines = excluded.iter().map(|excluded| {
        let file = excluded.file.as_ref().map_or_else(|| "n/a".to_owned(), |file| file.display().to_string());
        vec![excluded.id.clone(), file, excluded.reason.clone()]
    });
    files::write_tsv(&out.join(EXCLUDED_FILE), &["participant_id", "file", "reason"], lines)
}

/// Passes on what the source asks for: licence, acknowledgement, references, and that it is a phantom if it is one.
fn describe(input: &Path, out: &Path, source: Option<&Value>) -> anyhow::Result<()> {
    let folder = input.canonicalize().ok();
    let folder = folder.as_deref().unwrap_or(input).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = source.and_then(|source| source["Name"].as_str()).unwrap_or(&folder);
    let mut extra = serde_json::Map::new();
    for key in ["License", "Authors", "Acknowledgements", "HowToAcknowledge", "ReferencesAndLinks", "DatasetDOI"] {
        if let Some(value) = source.and_then(|source| source.get(key)) {
            extra.insert(key.to_owned(), value.clone());
        }
    }
    if source.is_some_and(|source| source["AgeLens"]["phantom"] == true) {
        extra.insert("AgeLens".to_owned(), json!({ "phantom": true }));
    }
    let how_made = "GM maps taken over as they are (modulated ones cut to 0..1), each checked against MNI space; \
        groups by age: young < 45, old >= 50, gap between";
    description::write(out, name, how_made, &Value::Object(extra))
}

#[cfg(test)]
mod tests;
