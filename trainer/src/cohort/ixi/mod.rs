//! `cohort ixi`: from the IXI data set's T1 images and its spreadsheet to a cohort of equal groups.
//!
//! IXI (brain-development.org, CC BY-SA 3.0) has some 580 healthy people. Of those with a known age and a T1 image, as
//! many young as old (below 45 and from 50 up, as published) are drawn, balanced by sex and site (`draw`), and only those are prepared.
//! What always holds: the draw depends on the two sources and the seed alone, so that every job of `--shard` draws the
//! same people; nobody is drawn in place of one whose image fails; everyone who is not in the cohort is listed with
//! the reason.

mod draw;
mod images;
mod names;
mod spreadsheet;

pub use self::spreadsheet::Person;

use std::path::PathBuf;

use serde_json::json;
use shared::prepare::PREPARATION_VERSION;

use self::draw::Candidate;
use self::images::Image;
use crate::cohort::about::About;
use crate::cohort::assemble::{self, CohortSummary};
use crate::cohort::ixi::names::subject_id;
use crate::cohort::left_out::Excluded;
use crate::cohort::shard::Shard;
use crate::cohort::{Group, GroupLimits, files, prepared, table};
use crate::failure::unusable;
use crate::output_folder::MADE_HEADS;
use crate::prepare::load_template;

/// What to make.
#[derive(Clone, Debug)]
pub struct IxiConfig {
    /// Folder of the T1 images, at any depth.
    pub t1: PathBuf,
    /// IXI.xls.
    pub demographics: PathBuf,
    /// Folder of the new cohort.
    pub out: PathBuf,
    /// Only this part of the subjects, without the tables of the whole.
    pub shard: Option<Shard>,
    pub seed: u64,
    /// Subjects to train on, young and as many old.
    pub train_per_group: usize,
    /// Subjects set aside, young and as many old.
    pub test_per_group: usize,
    /// Ages of the young and the old.
    pub groups: GroupLimits,
}

/// For the description of the cohort.
fn how_made(groups: GroupLimits) -> String {
    let GroupLimits { young_below_years, old_from_years } = groups;
    format!(
        "T1 images registered to MNI152 and segmented into grey matter, white matter and CSF; young (below {young_below_years} \
         years) and old (from {old_from_years} up) drawn by seed, balanced by sex and site"
    )
}

/// Whether the images of a folder were made to rehearse, or those of one in it or around it: they are nobody's, whatever their
/// names say.
fn holds_made_heads(t1: &std::path::Path) -> bool {
    let is_marked = |folder: &std::path::Path| MADE_HEADS.is_whole(folder);
    let inner = std::fs::read_dir(t1).into_iter().flatten().flatten();
    let around = t1.canonicalize().ok().and_then(|folder| folder.parent().map(std::path::Path::to_owned));
    is_marked(t1)
        || around.is_some_and(|folder| is_marked(&folder))
        || inner.map(|entry| entry.path()).any(|path| is_marked(&path))
}

/// Everybody of known age in a spreadsheet of IXI's layout, in order of their numbers.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: the spreadsheet cannot be read.
pub fn people(demographics: &std::path::Path) -> anyhow::Result<Vec<Person>> {
    Ok(spreadsheet::read(demographics)?.people)
}

/// Someone with an image, who can be drawn.
struct Imaged {
    row: table::NewRow,
    image: Image,
}

/// Makes the cohort, or the part of it that `shard` names; progress goes to stderr.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: the spreadsheet or the images cannot be used, or nobody is left. Other errors:
/// stopped by Ctrl-C, or a file cannot be written.
pub fn make(config: &IxiConfig) -> anyhow::Result<CohortSummary> {
    if config.train_per_group == 0 {
        return Err(unusable("--train-per-group 0: nobody to train on; give at least 1"));
    }
    files::check_apart(&config.t1, &config.out)?;
    let listed = spreadsheet::read(&config.demographics)?;
    let ids: Vec<String> = listed.numbers.iter().map(|number| subject_id(*number)).collect();
    let groups = config.groups;
    assemble::may_fill(&config.out, &how_made(groups), groups, &ids.iter().map(String::as_str).collect())?;
    eprintln!("{}: {}", config.demographics.display(), listed.in_words(groups));
    let mut found = images::find(&config.t1, &config.out)?;
    let mut notes = std::mem::take(&mut found.notes);
    let mut excluded: Vec<Excluded> = listed.left_out;
    let mut people = Vec::new();
    for person in listed.people {
        let id = subject_id(person.number);
        let mut leave_out =
            |reason: &str| excluded.push(Excluded { id: id.clone(), file: None, reason: reason.into() });
        let group = Group::of_age(person.age_years, groups);
        let Some(image) = found.images.remove(&person.number) else {
            leave_out("no T1 image in the folder");
            continue;
        };
        if group == Group::Gap {
            leave_out(&format!("{} years old: between the groups", groups.between().unwrap_or_default()));
            continue;
        }
        let row = table::NewRow {
            id,
            // A hundredth of a year is four days; the spreadsheet's further digits would only tell a birthday.
            age_years: (person.age_years * 100.0).round() / 100.0,
            sex: person.sex.map(str::to_owned),
            group,
            site: image.site.clone(),
            split: None,
        };
        people.push(Imaged { row, image });
    }
    excluded.extend(found.images.into_iter().filter(|(number, _)| !listed.numbers.contains(number)).map(
        |(number, image)| Excluded {
            id: subject_id(number),
            file: Some(image.file),
            reason: "not in the spreadsheet".to_owned(),
        },
    ));
    if people.is_empty() {
        return Err(unusable(format!(
            "{}: of {} T1 images none is of someone below {} or from {} years up with a known age in {}; check that both \
             are of the same data set",
            config.t1.display(),
            found.count,
            groups.young_below_years,
            groups.old_from_years,
            config.demographics.display()
        )));
    }
    let drawn = draw_people(config, people, &mut excluded, &mut notes);
    prepare_all(config, drawn, excluded, notes)
}

/// Those drawn, with their split; the others are noted as left out.
fn draw_people(
    config: &IxiConfig,
    people: Vec<Imaged>,
    excluded: &mut Vec<Excluded>,
    notes: &mut Vec<String>,
) -> Vec<Imaged> {
    let candidates: Vec<Candidate> = people
        .iter()
        .map(|Imaged { row, .. }| Candidate {
            id: row.id.clone(),
            group: row.group,
            sex: row.sex.clone(),
            site: row.site.clone(),
        })
        .collect();
    let drawn = draw::draw(&candidates, config.train_per_group, config.test_per_group, config.seed);
    notes.extend(drawn.notes);
    let mut chosen = Vec::new();
    for (mut person, split) in people.into_iter().zip(drawn.splits) {
        if split.is_some() {
            person.row.split = split;
            chosen.push(person);
        } else {
            let reason = "not drawn: the group has more people than are wanted".to_owned();
            excluded.push(Excluded { id: person.row.id, file: None, reason });
        }
    }
    chosen
}

fn prepare_all(
    config: &IxiConfig,
    mut people: Vec<Imaged>,
    excluded: Vec<Excluded>,
    notes: Vec<String>,
) -> anyhow::Result<CohortSummary> {
    if let Some(shard) = config.shard {
        people = shard.keep(people, |person| &person.row.id);
    }
    let template = load_template()?;
    let outcomes = prepared::for_each("T1 images", &people, |person| {
        prepared::prepare(&config.out, &person.row.id, &config.t1, &person.image.file, &template)
    })?;
    let rows = people.into_iter().map(|person| person.row).collect();
    // A part leaves out only its own: the others stand in the tables of the whole.
    let excluded = if config.shard.is_some() { Vec::new() } else { excluded };
    let gathered = assemble::gather(rows, outcomes, excluded, notes);
    if config.shard.is_none() {
        let is_made = holds_made_heads(&config.t1);
        let mut fields = match is_made {
            true => json!({ "License": "Synthetic", "HowToAcknowledge": "Synthetic heads: nobody's brain." }),
            false => json!({
                "License": "CC BY-SA 3.0",
                "HowToAcknowledge": "IXI dataset, brain-development.org",
                "ReferencesAndLinks": ["https://brain-development.org/ixi-dataset/"],
            }),
        };
        fields["AgeLens"] = json!({
            "phantom": is_made,
            "preparation_version": PREPARATION_VERSION,
            "seed": config.seed,
            "train_per_group": config.train_per_group,
            "test_per_group": config.test_per_group,
        });
        if !config.groups.are_published() {
            fields["AgeLens"]["groups"] = json!(config.groups);
        }
        let name = if is_made { "Synthetic heads under IXI's names" } else { "IXI" };
        let about = About {
            source: &config.t1,
            name,
            how_made: &how_made(config.groups),
            groups: config.groups,
            fields: &fields,
        };
        assemble::write(&config.out, &about, &gathered)?;
    }
    Ok(gathered.summary)
}

#[cfg(test)]
mod tests;
