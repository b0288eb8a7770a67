//! `trainer bids`: a BIDS data set of T1 images to BIDS derivatives, as a BIDS App does it.
//!
//! `participant` prepares each T1 image, and explains it where a bundle is given; `group` makes tables of what is there. What always holds:
//! the data set is never changed; an image that is refused is remembered with its reason and stops no other; an image that is finished
//! is not done again unless it, the program's preparation or the bundle changed; every name is one of BIDS, or stands in `.bidsignore`.

mod agreement;
mod describe;
mod dictionary;
mod explanation;
mod group;
mod layout;
mod participant;
mod row;
mod scans;
mod sidecars;
mod tables;
mod transform;

pub use group::group;
pub use participant::participant;

use crate::device::DeviceChoice;
use crate::failure::unusable;
use crate::output_folder;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// What was asked for.
pub struct Order {
    pub dataset: PathBuf,
    pub out: PathBuf,
    /// Only these, with `sub-` or without; all where there are none.
    pub labels: Vec<String>,
    pub bundle: Option<PathBuf>,
    pub device: DeviceChoice,
}

/// An image, or a person without one, that nothing can be told of.
pub struct LeftOut {
    /// Path below the data set, or `sub-…`.
    pub image: String,
    pub reason: String,
}

impl LeftOut {
    /// With the reason as it is told elsewhere, which mostly begins with the image's name already.
    fn of(image: &str, reason: &str) -> Self {
        let bare = reason.strip_prefix(image).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(reason);
        LeftOut { image: image.to_owned(), reason: bare.to_owned() }
    }
}

/// Whether the folders can be what they are given as.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: no such data set, it and the results are one folder, or the latter holds something else.
fn check_folders(dataset: &Path, out: &Path) -> Result<()> {
    if !dataset.is_dir() {
        return Err(unusable(format!("{}: no such folder; give the BIDS data set", dataset.display())));
    }
    if let (Ok(a), Ok(b)) = (dataset.canonicalize(), out.canonicalize())
        && a == b
    {
        return Err(unusable(format!(
            "{}: data set and results are one folder; give another one, such as {}",
            out.display(),
            dataset.join("derivatives/agelens").display()
        )));
    }
    output_folder::DERIVATIVES.may_fill(out)?;
    describe::check_source(dataset, out)
}
