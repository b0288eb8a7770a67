//! `trainer explain`: one grey-matter map through a bundle, or every map of a folder.

use crate::device::DeviceArguments;
use crate::explain::{Answer, Explainer, TABLE, explain_folder, write};
use crate::{output_folder, progress};
use anyhow::Result;
use shared::explain::{Direction, Target};
use std::path::PathBuf;

/// Options of `trainer explain`.
#[derive(Debug, clap::Args)]
pub struct ExplainArguments {
    /// Bundle: a folder with manifest.json.
    #[arg(long, value_name = "DIR")]
    bundle: PathBuf,
    /// Grey-matter map in MNI space, values 0 to 1: .nii, .nii.gz, .mgz, .mgh, .nrrd, or .hdr with its .img beside it; or a folder:
    /// then every image in it.
    #[arg(value_name = "INPUT")]
    input: PathBuf,
    /// Folder for the results: original, translated, difference and cam as .nii.gz, explain.json. For a folder: one such folder for
    /// each image, and explained.csv; the same command continues where it was stopped.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Translate in this direction, whatever the verdict of the classifier.
    #[arg(long, value_enum)]
    direction: Option<DirectionChoice>,
    /// Translate to this age, older or younger than the input looks; for bundles with an age dial.
    #[arg(long, value_name = "YEARS", conflicts_with = "direction", value_parser = clap::value_parser!(u8).range(1..=120))]
    target_age: Option<u8>,
    /// Print explain.json to stdout; for a folder, one line for each explained image.
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

impl ExplainArguments {
    /// What the images are led to, where that was asked for.
    fn target(&self) -> Option<Target> {
        let direction = self.direction.map(|choice| match choice {
            DirectionChoice::YoungToOld => Target::Group(Direction::YoungToOld),
            DirectionChoice::OldToYoung => Target::Group(Direction::OldToYoung),
        });
        self.target_age.map(|years| Target::Years(f64::from(years))).or(direction)
    }
}

/// Explains one image, or all of a folder, and writes the maps.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: the bundle or the image cannot be used; of a folder, none of its images. Other errors: the device
/// failed, a file cannot be written, or a folder's work was stopped by Ctrl-C.
pub fn run(arguments: &ExplainArguments) -> Result<()> {
    let is_folder = arguments.input.is_dir();
    let kind = if is_folder { &output_folder::EXPLANATIONS } else { &output_folder::EXPLANATION };
    kind.may_fill(&arguments.out)?;
    let explainer = Explainer::open(&arguments.bundle, arguments.device.device)?;
    let target = arguments.target();
    if let Some(Target::Years(asked)) = target {
        explainer.expect_dial(&arguments.bundle)?;
        let reached = explainer.within_dial(asked);
        if asked != reached {
            eprintln!(
                "warning: {asked:.0} years is outside the ages of the training data; {reached:.0} years is used instead"
            );
        }
    }
    if is_folder { all(arguments, &explainer, target) } else { one(arguments, &explainer, target) }
}

fn one(arguments: &ExplainArguments, explainer: &Explainer, target: Option<Target>) -> Result<()> {
    let explained = explainer.explain(&arguments.input, target)?;
    explained.answer.doubts().for_each(|doubt| eprintln!("warning: {}: {doubt}", arguments.input.display()));
    write(&arguments.out, &explained)?;
    if arguments.json {
        println!("{}", serde_json::to_string(&explained.answer)?);
        return Ok(());
    }
    let mut lines = explained.answer.in_words();
    if let Some(last) = lines.last_mut() {
        last.push_str(&format!("; maps in {}", arguments.out.display()));
    }
    lines.iter().for_each(|line| println!("{line}"));
    Ok(())
}

fn all(arguments: &ExplainArguments, explainer: &Explainer, target: Option<Target>) -> Result<()> {
    progress::stop_on_ctrl_c()?;
    let mut counts = [0; 2];
    let mut hear = |file: &str, ended: Result<&Answer, &str>| match ended {
        Ok(answer) => {
            counts[0] += 1;
            answer.doubts().for_each(|doubt| eprintln!("warning: {file}: {doubt}"));
            match (arguments.json, serde_json::to_string(answer)) {
                (true, Ok(line)) => println!("{line}"),
                _ => println!("{file}: {}", answer.in_words().join("; ")),
            }
        }
        Err(reason) => {
            counts[1] += 1;
            eprintln!("refused {file}: {reason}");
        }
    };
    explain_folder(explainer, &arguments.input, &arguments.out, target, &mut hear)?;
    if !arguments.json {
        println!("{} explained, {} refused; {}", counts[0], counts[1], arguments.out.join(TABLE).display());
    }
    Ok(())
}
