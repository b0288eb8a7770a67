//! `trainer benchmark preparation`: made heads whose place is known, prepared like any other scan.

use crate::benchmark::preparation_table;
use crate::failure::unusable;
use crate::files;
use crate::prepare::{load_template, read_labels_or_template};
use crate::progress::{self, Progress};
use anyhow::{Result, ensure};
use serde::Serialize;
use shared::heads::{HeadLabels, KnownPlace, MadeHead, Outcome, Recipe, StandardBrain, Summary, Verdict, outcome};
use shared::prepare::t1::Template;
use shared::volume::{Space, Volume, write_nifti_gz_in};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Options of `trainer benchmark preparation`.
#[derive(Debug, clap::Args)]
pub struct PreparationBenchmarkArguments {
    /// Folder of whole-head label maps (.nii.gz, FreeSurfer's numbers in the brain, 500 and above outside it). If not
    /// given, all heads are made from the label map of the shipped template.
    #[arg(long, value_name = "DIR")]
    labels: Option<PathBuf>,
    /// Number of sound heads to make and prepare.
    #[arg(long, value_name = "N", default_value_t = 100)]
    heads: u64,
    /// Number of heads with a planted fault, which must be refused.
    #[arg(long, value_name = "N", default_value_t = 0)]
    faults: u64,
    /// Seed of the first head; each further head has the next number.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Folder for results.json, with the recipe of every head.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Also write the synthetic heads into that folder, with the true brain, true grey matter and recipe: about 20 MB each.
    #[arg(long, requires = "out")]
    keep: bool,
    /// Print one JSON object to stdout.
    #[arg(long)]
    json: bool,
}

/// All that was measured.
#[derive(Serialize)]
struct Results {
    version: &'static str,
    seed: u64,
    known_places: BTreeMap<String, KnownPlace>,
    summary: Summary,
    outcomes: Vec<Outcome>,
}

/// Makes heads, prepares them, and prints how they ended. Ctrl-C ends it with what there is.
pub fn run(arguments: &PreparationBenchmarkArguments) -> Result<()> {
    progress::stop_on_ctrl_c()?;
    ensure!(arguments.heads + arguments.faults > 0, unusable("no head was asked for; give --heads or --faults"));
    let template = load_template()?;
    let brain = StandardBrain::of(&template);
    let heads = read_labels_or_template(arguments.labels.as_deref(), &template)?;
    let known = known_places(&heads, &brain, &template)?;
    let sound = (0..arguments.heads).map(|number| Recipe::draw(arguments.seed + number));
    let faulty = (0..arguments.faults).map(|number| Recipe::draw_fault(arguments.seed + number));
    let bar = Progress::new("heads", arguments.heads + arguments.faults, 0);
    let mut outcomes = Vec::new();
    for recipe in sound.chain(faulty) {
        if progress::stop_requested() {
            break;
        }
        // Neighbouring seeds are different people.
        let which = (recipe.seed % heads.len() as u64) as usize;
        let made = MadeHead::new(&heads[which], &recipe, &known[which].mni_from_label_at(recipe.atrophy));
        if let Some(folder) = arguments.out.as_deref().filter(|_| arguments.keep) {
            keep(folder, &made, &known[which])?;
        }
        let ended = outcome(&made, &known[which], &brain, &template)?;
        if ended.verdict == Verdict::Wrong {
            bar.say(&preparation_table::wrong(&ended));
        }
        outcomes.push(ended);
        bar.advance();
    }
    let names = heads.iter().map(|head| head.name.clone());
    let results = Results {
        version: env!("CARGO_PKG_VERSION"),
        seed: arguments.seed,
        known_places: names.zip(known).collect(),
        summary: Summary::of(&outcomes),
        outcomes,
    };
    if let Some(folder) = &arguments.out {
        files::write_json(&folder.join("results.json"), &results)?;
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&results)?);
    } else {
        print!("{}", preparation_table::table(&results.summary));
    }
    Ok(())
}

fn known_places(heads: &[HeadLabels], brain: &StandardBrain, template: &Template) -> Result<Vec<KnownPlace>> {
    let bar = Progress::new("known places", heads.len() as u64, 0);
    let mut places = Vec::new();
    for head in heads {
        ensure!(!progress::stop_requested(), "stopped before any head was made");
        let known = KnownPlace::of(head, brain, template)?;
        if known.plain_heads == 0 {
            bar.say(&format!("{}: no plain head was prepared; its tissues say where it belongs", head.name));
        }
        places.push(known);
        bar.advance();
    }
    Ok(places)
}

/// A made head as files.
fn keep(folder: &Path, made: &MadeHead, known: &KnownPlace) -> Result<()> {
    let kind = if made.recipe.fault.is_some() { "fault" } else { "made" };
    let path = |end: &str| folder.join(format!("{kind}-{:06}_{end}", made.recipe.seed));
    let write = |end: &str, volume: &Volume| -> Result<()> {
        files::write(&path(end), &write_nifti_gz_in(volume, "made head", Space::Scanner)?)
    };
    write("T1w.nii.gz", &made.image)?;
    write("brain.nii.gz", &made.brain_mask())?;
    write("grey.nii.gz", &made.grey_mask())?;
    let about = serde_json::json!({
        "head": made.name,
        "recipe": made.recipe,
        "known_mni_from_world": made.mni_from_made(&known.mni_from_label_at(made.recipe.atrophy)),
    });
    files::write_json(&path("recipe.json"), &about)
}
