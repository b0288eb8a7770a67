//! What the preparation made of one made head, held against what is known of it.

use super::labels::is_grey;
use super::made::MadeHead;
use super::place::{KnownPlace, StandardBrain, prepare};
use super::recipe::Recipe;
use crate::prepare::t1::{Prepared, Template};
use crate::volume::{Space, Volume, VolumeError, read_nifti, write_nifti_in};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Mean distance from the known place, mm, up to which a head is where it belongs.
pub const RIGHT_PLACE_MM: f64 = 2.0;

/// How the preparation of one made head ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Passed, within [`RIGHT_PLACE_MM`] of the known place.
    Right,
    /// Refused, by the quality control or before.
    Refused,
    /// Passed, but elsewhere, or with a planted fault: the worst end.
    Wrong,
}

/// One head's end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// Name of the label map.
    pub head: String,
    pub recipe: Recipe,
    pub verdict: Verdict,
    /// Mean and largest distance from the known place over the standard brain, mm; `None` where no place was found.
    pub away_mean_mm: Option<f64>,
    pub away_most_mm: Option<f64>,
    /// Measures that the quality control failed it by, or the reason why it was refused before.
    pub refused_by: Vec<String>,
    /// Overlap (Dice) with the known brain and grey matter, within what was scanned; `None` where there are no maps.
    pub brain_dice: Option<f64>,
    pub grey_dice: Option<f64>,
    /// Of the quality control, 0..1.
    pub score: Option<f64>,
    /// Of the preparation alone.
    pub seconds: f64,
}

/// Prepares a made head as if it came from a file, and compares.
///
/// # Errors
/// The image does not survive being written and read: a fault of this program.
pub fn outcome(
    made: &MadeHead,
    known: &KnownPlace,
    brain: &StandardBrain,
    template: &Template,
) -> Result<Outcome, VolumeError> {
    let image = through_file(&made.image)?;
    let began = Instant::now();
    let result = prepare(&image, template);
    let seconds = began.elapsed().as_secs_f64();
    let mut outcome = Outcome {
        head: made.name.clone(),
        recipe: made.recipe.clone(),
        verdict: Verdict::Refused,
        away_mean_mm: None,
        away_most_mm: None,
        refused_by: Vec::new(),
        brain_dice: None,
        grey_dice: None,
        score: None,
        seconds,
    };
    let prepared = match result {
        Ok(prepared) => prepared,
        Err(error) => {
            outcome.refused_by.push(error.to_string());
            return Ok(outcome);
        }
    };
    let away =
        brain.distance_mm(&prepared.mni_from_world, &made.mni_from_made(&known.mni_from_label_at(made.recipe.atrophy)));
    outcome.away_mean_mm = away.map(|away| away.mean);
    outcome.away_most_mm = away.map(|away| away.most);
    let failed = prepared.quality.measures.iter().filter(|measure| !measure.passed());
    outcome.refused_by = failed.map(|measure| measure.name.clone()).collect();
    outcome.verdict = match (prepared.quality.passed, away) {
        (false, _) => Verdict::Refused,
        (true, Some(away)) if made.recipe.fault.is_none() && away.mean <= RIGHT_PLACE_MM => Verdict::Right,
        (true, _) => Verdict::Wrong,
    };
    let [brain_dice, grey_dice] = overlaps(made, &image, &prepared);
    outcome.brain_dice = brain_dice;
    outcome.grey_dice = grey_dice;
    outcome.score = Some(prepared.quality.score);
    Ok(outcome)
}

/// The image as a reader of its file gets it: axes in RAS+ order, the affine rounded.
fn through_file(image: &Volume) -> Result<Volume, VolumeError> {
    read_nifti("made.nii", &write_nifti_in(image, "made head", Space::Scanner), None)?.into_volume()
}

/// Dice overlap of brain mask and grey matter with the labels, which the preparation's own affine takes to the
/// standard grid. Only what was scanned counts.
fn overlaps(made: &MadeHead, image: &Volume, prepared: &Prepared) -> [Option<f64>; 2] {
    let Some(made_from_mni) = prepared.mni_from_world.inverse() else { return [None; 2] };
    let Some(voxel_from_made) = image.world_from_voxel.inverse() else { return [None; 2] };
    let made_from_map = made_from_mni.compose(&prepared.gm.world_from_voxel);
    let label_from_map = made.label_voxel_from_made().compose(&made_from_map);
    let voxel_from_map = voxel_from_made.compose(&made_from_map);
    let [nx, ny, _] = prepared.gm.shape;
    let mut counts = [[0u64; 2]; 2];
    for index in 0..prepared.gm.data.len() {
        let map = [index % nx, index / nx % ny, index / (nx * ny)].map(|index| index as f64);
        let voxel = voxel_from_map.apply(map);
        if !(0..3).all(|axis| voxel[axis] >= -0.5 && voxel[axis] <= image.shape[axis] as f64 - 0.5) {
            continue;
        }
        let known = made.labels.index_at(label_from_map.apply(map));
        let known = known.map_or([false; 2], |index| [made.brain[index], is_grey(made.labels.labels[index])]);
        let found = [prepared.mask.data[index] >= 0.5, prepared.gm.data[index] >= 0.5];
        for kind in 0..2 {
            counts[kind][0] += u64::from(known[kind] && found[kind]);
            counts[kind][1] += u64::from(known[kind]) + u64::from(found[kind]);
        }
    }
    counts.map(|[both, each]| (each > 0).then(|| 2.0 * both as f64 / each as f64))
}
