//! Grey-matter maps through a bundle: read, judged, translated, written.
//!
//! `trainer explain` and `trainer bids` share it, so that an image gets the same answer wherever it was asked about. What an image is
//! refused for is [`crate::failure::UnusableInput`]; every other error is of the device or of the disk, and stops whatever asked.

mod answer;
mod folder;
mod outputs;

pub use answer::Answer;
pub use folder::{TABLE, explain_folder};
pub use outputs::write;

use crate::bundle_folder::open_bundle;
use crate::device::{self, DeviceChoice};
use crate::failure::unusable;
use crate::prepare::Input;
use anyhow::{Context, Result};
use shared::bundle::{Bundle, GroupName};
use shared::explain::{ExplainError, Explanation, Target};
use shared::prepare::{fit_to_grid, is_modulated};
use shared::volume::Warning;
use std::path::Path;

/// A bundle on a device, ready to be asked.
pub struct Explainer {
    pub bundle: Bundle,
    /// Of the manifest, which pins every other file.
    pub bundle_sha256: String,
    device: String,
}

/// One image with all that was found.
pub struct Explained {
    pub answer: Answer,
    pub found: Explanation,
}

impl Explainer {
    /// Opens a bundle on a device.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`]: no such device, or no sound bundle. Other errors: the device computes wrongly.
    pub fn open(bundle: &Path, device: DeviceChoice) -> Result<Self> {
        let (device, name) = device::choose(device)?;
        let (bundle, bundle_sha256) = open_bundle(bundle, &device)?;
        Ok(Explainer { bundle, bundle_sha256, device: name })
    }

    /// Whether an age may be asked for; `folder` is the bundle's, for the message.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`]: the bundle has no age dial.
    pub fn expect_dial(&self, folder: &Path) -> Result<()> {
        match self.bundle.models.ageing {
            Some(_) => Ok(()),
            None => Err(unusable(format!("{}: {}", folder.display(), ExplainError::NoDial))),
        }
    }

    /// The age that a map is led to where this one is asked for: within the ages learned from.
    pub fn within_dial(&self, years: f64) -> f64 {
        self.bundle.models.ageing.as_ref().map_or(years, |ageing| ageing.within(years))
    }

    /// Whether this program and this bundle would make what names these.
    pub fn is_maker(&self, bundle_sha256: &str, program_version: &str) -> bool {
        bundle_sha256 == self.bundle_sha256 && program_version == env!("CARGO_PKG_VERSION")
    }

    /// Explains the map in a file; without a `target`, towards the group that the classifier does not see.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`]: no image, none in MNI space, or one of another preparation. Other errors: the device failed.
    pub fn explain(&self, input: &Path, target: Option<Target>) -> Result<Explained> {
        self.explain_input(Input::read(input)?, target)
    }

    /// The same for a file that was read.
    fn explain_input(&self, mut input: Input, target: Option<Target>) -> Result<Explained> {
        let image = input.take_image()?;
        let Input { name, sha256: input_sha256, .. } = input;
        let manifest = &self.bundle.manifest;
        manifest.check_preparation(&name, &image.description).map_err(|error| unusable(error.to_string()))?;
        let caution = manifest.caution_for(&image.description, false).map(|caution| caution.to_string());
        let mut warnings = image.warnings.clone();
        let volume = image.into_volume().map_err(|error| unusable(error.to_string()))?;
        if is_modulated(&volume) {
            warnings.push(Warning::Modulated);
        }
        let gm = fit_to_grid(&name, &volume, &manifest.grid).map_err(|error| unusable(error.to_string()))?;
        let found =
            pollster::block_on(self.bundle.models.explain(&gm, target, &mut |_| {})).with_context(|| name.clone())?;
        let answer = Answer {
            input: name,
            input_sha256,
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            bundle: manifest.name.clone(),
            bundle_sha256: self.bundle_sha256.clone(),
            groups: manifest.data.groups,
            direction: found.direction,
            probability_old_before: found.probability_old_before,
            probability_old_after: found.probability_old_after,
            judged: GroupName::told(found.probability_old_before, found.familiarity),
            familiarity: found.familiarity,
            age: found.age,
            target_age_years: match target {
                Some(Target::Years(years)) => Some(self.within_dial(years)),
                _ => None,
            },
            amount: found.amount,
            device: self.device.clone(),
            caution,
            warnings: warnings.iter().map(ToString::to_string).collect(),
            not_for_diagnosis: manifest.not_for_diagnosis.clone(),
        };
        Ok(Explained { answer, found })
    }
}
