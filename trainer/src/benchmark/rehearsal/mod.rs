//! `trainer benchmark rehearsal`: raw heads under IXI's own file names, whose atrophy follows the ages of its spreadsheet, to
//! rehearse `trainer thesis` with a known answer.
//!
//! The heads are made ([`shared::heads`]): nobody's brain. What was put into each region is written beside them, and a
//! report can be held against it.

mod people;
mod truth;

use crate::cohort::ixi;
use crate::failure::unusable;
use crate::files;
use crate::output_folder;
use crate::prepare::{load_template, read_labels_or_template};
use crate::progress::{self, Progress};
use anyhow::{Result, ensure};
use people::Person;
use rayon::prelude::*;
use shared::heads::{HeadLabels, KnownPlace, MadeHead, StandardBrain};
use shared::volume::{Affine, Space, write_nifti_gz_in};
use std::path::{Path, PathBuf};
use truth::Truth;

/// Folder of the images.
const IMAGES: &str = "t1";

/// Options of `trainer benchmark rehearsal`.
#[derive(Debug, clap::Args)]
pub struct RehearsalArguments {
    /// The spreadsheet with ages and sex: IXI.xls as published, or one with the same layout.
    #[arg(long, value_name = "IXI.xls", required_unless_present = "report")]
    demographics: Option<PathBuf>,
    /// Folder of whole-head label maps (.nii.gz, FreeSurfer's numbers in the brain, 500 and above outside it). If not
    /// given, all heads are made from the label map of the shipped template.
    #[arg(long, value_name = "DIR")]
    labels: Option<PathBuf>,
    /// Make heads for only every N-th person in the spreadsheet.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    every: u32,
    /// Folder for images and spreadsheet; existing heads are not made again.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Make no heads; compare the regions in this report with the true atrophy of the heads in --out.
    #[arg(long, value_name = "REPORT")]
    report: Option<PathBuf>,
}

/// Makes the heads, or compares a report with them.
pub fn run(arguments: &RehearsalArguments) -> Result<()> {
    if let Some(report) = &arguments.report {
        println!("{}", truth::compare(&arguments.out, report)?.in_words());
        return Ok(());
    }
    let Some(demographics) = &arguments.demographics else {
        return Err(unusable("--demographics is missing; name the spreadsheet"));
    };
    progress::stop_on_ctrl_c()?;
    let template = load_template()?;
    let heads = read_labels_or_template(arguments.labels.as_deref(), &template)?;
    let listed = ixi::people(demographics)?;
    let people: Vec<Person> = listed
        .iter()
        .step_by(arguments.every as usize)
        .map(|person| Person::of(person.number, person.age_years))
        .collect();
    ensure!(
        !people.is_empty(),
        unusable(format!("{}: it lists nobody with a known age; give IXI.xls as published", demographics.display()))
    );
    begin(arguments, people.len())?;
    let brain = StandardBrain::of(&template);
    let bar = Progress::new("known places", heads.len() as u64, 0);
    let places: Vec<Affine> = heads
        .par_iter()
        .map(|head| {
            let known = KnownPlace::of(head, &brain, &template)?;
            bar.advance();
            Ok(known.mni_from_label)
        })
        .collect::<Result<_>>()?;
    drop(bar);
    let made = make(&arguments.out, &people, &heads)?;
    if made < people.len() {
        return Err(unusable(format!("stopped after {made} of {} heads; the same command continues", people.len())));
    }
    Truth::of(&people, &heads, &places)?.write(&arguments.out)?;
    files::write(&arguments.out.join("IXI.xls"), &files::read(demographics)?)?;
    println!("{}: {made} synthetic heads, as they might come from IXI; nobody's brain", arguments.out.display());
    println!("trainer thesis --ixi {} --out DIR", arguments.out.display());
    Ok(())
}

/// Says whose the folder is, or refuses it.
fn begin(arguments: &RehearsalArguments, heads: usize) -> Result<()> {
    output_folder::MADE_HEADS.may_fill(&arguments.out)?;
    let path = arguments.out.join(output_folder::MADE_HEADS.marker);
    let about = serde_json::json!({
        "made_by": "trainer benchmark rehearsal", "synthetic": true, "every": arguments.every, "heads": heads,
        "labels": arguments.labels,
    });
    if !path.exists() {
        return files::write_json(&path, &about);
    }
    let begun: serde_json::Value = serde_json::from_slice(&files::read(&path)?)
        .map_err(|error| unusable(format!("{}: {error}; choose another --out", path.display())))?;
    ensure!(
        begun == about,
        unusable(format!(
            "{}: holds {} heads made with --every {} and --labels {}; give the same spreadsheet and options, or another --out",
            arguments.out.display(),
            begun["heads"],
            begun["every"],
            begun["labels"]
        ))
    );
    Ok(())
}

/// Makes the heads that are not there, and returns how many are.
fn make(out: &Path, people: &[Person], heads: &[HeadLabels]) -> Result<usize> {
    let bar = Progress::new("heads", people.len() as u64, 0);
    let done: Vec<bool> = people
        .par_iter()
        .map(|person| {
            let path = out.join(IMAGES).join(person.file_name());
            if progress::stop_requested() {
                return Ok(false);
            }
            if !path.exists() {
                let head = &heads[person.head(heads.len())];
                let made = MadeHead::new(head, &person.recipe, &Affine::IDENTITY);
                files::write(&path, &write_nifti_gz_in(&made.image, "made head: synthetic", Space::Scanner)?)?;
            }
            bar.advance();
            Ok(true)
        })
        .collect::<Result<_>>()?;
    Ok(done.into_iter().filter(|done| *done).count())
}
