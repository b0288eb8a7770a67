//! `trainer explain`: one grey-matter map through a bundle.

use crate::bundle_folder::open_bundle;
use crate::device::DeviceArguments;
use crate::failure::unusable;
use crate::{device, files, output_folder};
use anyhow::{Context, Result};
use serde::Serialize;
use shared::bundle::GroupName;
use shared::explain::{Age, Direction, ExplainError, Familiarity, Target};
use shared::prepare::{fit_to_grid, is_modulated};
use shared::volume::{Warning, read_nifti, write_nifti_gz};
use std::path::PathBuf;

/// Options of `trainer explain`.
#[derive(Debug, clap::Args)]
pub struct ExplainArguments {
    /// Bundle: a folder with manifest.json.
    #[arg(long, value_name = "DIR")]
    bundle: PathBuf,
    /// Grey-matter map in MNI space, values 0 to 1: .nii, .nii.gz, .mgz, .mgh, .nrrd, or .hdr with its .img beside it.
    #[arg(value_name = "INPUT")]
    input: PathBuf,
    /// Folder of the results: original, translated, difference and cam as .nii.gz, explain.json.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Translate this way, whatever the classifier says of the input.
    #[arg(long, value_enum)]
    direction: Option<DirectionChoice>,
    /// Translate to this age, older or younger than the input looks; for bundles with an age dial.
    #[arg(long, value_name = "YEARS", conflicts_with = "direction", value_parser = clap::value_parser!(u8).range(1..=120))]
    target_age: Option<u8>,
    /// Print explain.json on stdout.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArguments,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum DirectionChoice {
    YoungToOld,
    OldToYoung,
}

#[derive(Serialize)]
struct Answer {
    input: String,
    bundle: String,
    bundle_sha256: String,
    direction: Direction,
    probability_old_before: f32,
    probability_old_after: f32,
    /// The class of the input; `null` where it is too unlike the people that the models learned from.
    judged: Option<GroupName>,
    /// How unlike it is; absent where the bundle does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    familiarity: Option<Familiarity>,
    /// How old the input looks; absent where the bundle does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    age: Option<Age>,
    /// The age that it was led to: the one asked for, within the ages learned from.
    #[serde(skip_serializing_if = "Option::is_none")]
    target_age_years: Option<f64>,
    /// By how many times the change from the young to the old the input was changed; 0 leaves it as it is.
    amount: f64,
    device: String,
    /// Why the verdict may be wrong; absent where nothing is known against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    caution: Option<String>,
    not_for_diagnosis: String,
}

/// Explains one image and writes its maps.
pub fn run(arguments: &ExplainArguments) -> Result<()> {
    output_folder::EXPLANATION.may_fill(&arguments.out)?;
    let (device, device_name) = device::choose(arguments.device.device)?;
    let (bundle, bundle_sha256) = open_bundle(&arguments.bundle, &device)?;
    let name = arguments.input.display().to_string();
    let bytes = files::read(&arguments.input)?;
    let pair = arguments.input.extension().is_some_and(|extension| extension == "hdr");
    let image = if pair { Some(files::read(&arguments.input.with_extension("img"))?) } else { None };
    let image = read_nifti(&name, &bytes, image.as_deref()).map_err(|error| unusable(error.to_string()))?;
    bundle.manifest.check_preparation(&name, &image.description).map_err(|error| unusable(error.to_string()))?;
    let caution = bundle.manifest.caution_for(&image.description, false).map(|caution| caution.to_string());
    if let Some(caution) = &caution {
        eprintln!("warning: {name}: {caution}");
    }
    let mut doubts = image.warnings.clone();
    let volume = image.into_volume().map_err(|error| unusable(error.to_string()))?;
    if is_modulated(&volume) {
        doubts.push(Warning::Modulated);
    }
    doubts.iter().for_each(|doubt| eprintln!("warning: {name}: {doubt}"));
    let gm = fit_to_grid(&name, &volume, &bundle.manifest.grid).map_err(|error| unusable(error.to_string()))?;
    let direction = arguments.direction.map(|choice| match choice {
        DirectionChoice::YoungToOld => Target::Group(Direction::YoungToOld),
        DirectionChoice::OldToYoung => Target::Group(Direction::OldToYoung),
    });
    let target = arguments.target_age.map(|years| Target::Years(f64::from(years))).or(direction);
    if arguments.target_age.is_some() && bundle.models.ageing.is_none() {
        let error = ExplainError::NoDial;
        return Err(unusable(format!("{}: {error}", arguments.bundle.display())));
    }
    let asked = arguments.target_age.map(f64::from);
    let target_age_years =
        asked.map(|years| bundle.models.ageing.as_ref().map_or(years, |ageing| ageing.within(years)));
    if let (Some(asked), Some(reached)) = (asked, target_age_years)
        && asked != reached
    {
        eprintln!("warning: the models learned from people of other ages: {reached:.0} years in place of {asked:.0}");
    }
    let found = pollster::block_on(bundle.models.explain(&gm, target, &mut |_| {})).with_context(|| name.clone())?;
    for (volume, part) in [
        (&found.original, "original"),
        (&found.translated, "translated"),
        (&found.difference, "difference"),
        (&found.cam, "cam"),
    ] {
        files::write(
            &arguments.out.join(format!("{part}.nii.gz")),
            &write_nifti_gz(volume, &format!("AgeLens {part}"))?,
        )?;
    }
    let answer = Answer {
        input: name,
        bundle: bundle.manifest.name.clone(),
        bundle_sha256,
        direction: found.direction,
        probability_old_before: found.probability_old_before,
        probability_old_after: found.probability_old_after,
        judged: GroupName::told(found.probability_old_before, found.familiarity),
        familiarity: found.familiarity,
        age: found.age,
        target_age_years,
        amount: found.amount,
        device: device_name,
        caution,
        not_for_diagnosis: bundle.manifest.not_for_diagnosis.clone(),
    };
    files::write_json(&arguments.out.join("explain.json"), &answer)?;
    if arguments.json {
        println!("{}", serde_json::to_string(&answer)?);
    } else {
        if let Some(strange) = found.familiarity.filter(Familiarity::is_strange) {
            println!(
                "no class can be told: the map is too unlike those that the model learned from (distance {:.2}, {:.2} at most)",
                strange.distance, strange.limit
            );
        }
        if let Some(Age { years, interval_years }) = found.age {
            println!(
                "estimated age {years:.0}; for nine in ten people the true age is within ±{interval_years:.0} years"
            );
        }
        if found.amount == 0.0 {
            println!("the image looks as old, or as young, as what it is led to: nothing is changed");
        }
        println!(
            "probability of old: {:.3} before, {:.3} after {}; maps in {}",
            answer.probability_old_before,
            answer.probability_old_after,
            answer.direction.as_str().replace('_', " "),
            arguments.out.display()
        );
    }
    Ok(())
}
