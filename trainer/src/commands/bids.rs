//! `trainer bids`: the call of a BIDS App.

use crate::bids::{self, LeftOut, Order};
use crate::device::DeviceArguments;
use crate::progress;
use anyhow::Result;
use std::path::PathBuf;

/// Options of `trainer bids`.
#[derive(Debug, clap::Args)]
pub struct BidsArguments {
    /// BIDS data set with T1 images: sub-*/[ses-*/]anat/*_T1w.nii[.gz]. It is not changed.
    #[arg(value_name = "BIDS_DIR")]
    bids_dir: PathBuf,
    /// Folder for the derivatives; images already finished in it are skipped.
    #[arg(value_name = "OUTPUT_DIR")]
    output_dir: PathBuf,
    /// participant: prepare each T1 image and, with --bundle, explain it; several people can be run in parallel.
    /// group: tables of all images and people, and agreement with the ages in participants.tsv.
    #[arg(value_enum, value_name = "LEVEL")]
    level: Level,
    /// Process only these people (with or without the prefix sub-); at participant level.
    #[arg(long, value_name = "LABEL", num_args = 1.., alias = "participant_label")]
    participant_label: Vec<String>,
    /// Bundle that explains each image: a folder with manifest.json. At group level, only explanations by this bundle are used.
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// Accepted for compatibility with BIDS Apps; has no effect, since the data set is not validated.
    #[arg(long, alias = "skip_bids_validation")]
    skip_bids_validation: bool,
    #[command(flatten)]
    device: DeviceArguments,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Level {
    Participant,
    Group,
}

/// Does one level of the analysis.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: folders, bundle or tables cannot be used, or none of the images. Other errors: stopped by Ctrl-C,
/// a file cannot be written, or the device failed.
pub fn run(arguments: BidsArguments) -> Result<()> {
    progress::stop_on_ctrl_c()?;
    if arguments.skip_bids_validation {
        eprintln!("note: --skip-bids-validation changes nothing: trainer does not validate data sets");
    }
    let order = Order {
        dataset: arguments.bids_dir,
        out: arguments.output_dir,
        labels: arguments.participant_label,
        bundle: arguments.bundle,
        device: arguments.device.device,
    };
    match arguments.level {
        Level::Participant => participant(&order),
        Level::Group => group(&order),
    }
}

fn participant(order: &Order) -> Result<()> {
    let made = bids::participant(order)?;
    made.notes.iter().for_each(|note| eprintln!("note: {note}"));
    tell(&made.left_out);
    let explained = made.explained.map_or_else(String::new, |explained| format!(", {explained} explained"));
    println!(
        "{}: {} images prepared ({} of them before){explained}, {} left out",
        order.out.display(),
        made.prepared,
        made.already_there,
        made.left_out.len()
    );
    Ok(())
}

fn group(order: &Order) -> Result<()> {
    let found = bids::group(order)?;
    found.notes.iter().for_each(|note| eprintln!("note: {note}"));
    tell(&found.left_out);
    println!(
        "{}: {} people, {} images, {} prepared, {} explained; participants.tsv, images.tsv",
        order.out.display(),
        found.participants,
        found.images,
        found.prepared,
        found.explained
    );
    match &found.agreement {
        Some(agreement) => agreement.in_words().iter().for_each(|line| println!("{line}")),
        None => println!("no agreement.json: nobody has both a known age and a result"),
    }
    Ok(())
}

fn tell(left_out: &[LeftOut]) {
    left_out.iter().for_each(|one| println!("left out {}: {}", one.image, one.reason));
}
