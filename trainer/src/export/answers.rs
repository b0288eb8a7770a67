//! What the native program answers: for the reference input, by which devices are tested, and for the samples.

use crate::export::files::{Files, read_volume};
use crate::export::stops::stop;
use crate::group::Group;
use crate::training::run_folder::{RunFolder, SampleRecord};
use anyhow::Result;
use shared::bundle::{ReferenceOutput, Sample};
use shared::explain::{Direction, Models, Target};
use shared::volume::Volume;

/// The native answers for an image that belongs to no person: the first sample.
pub fn reference(bundle: &mut Files, models: &Models, input: &Volume) -> Result<Vec<ReferenceOutput>> {
    bundle.add_volume("reference_input", input)?;
    let mut outputs = Vec::new();
    for direction in [Direction::YoungToOld, Direction::OldToYoung] {
        let found = pollster::block_on(models.explain(input, Some(Target::Group(direction)), &mut |_| {}))?;
        let role = |part: &str| format!("reference/{}/{part}", direction.as_str());
        bundle.add_volume(&role("translated"), &found.translated)?;
        bundle.add_volume(&role("difference"), &found.difference)?;
        bundle.add_volume(&role("cam"), &found.cam)?;
        outputs.push(ReferenceOutput::of(&found, role));
    }
    Ok(outputs)
}

/// One sample with its results, so that a page can show them at once.
pub fn precompute(bundle: &mut Files, models: &Models, run: &RunFolder, sample: &SampleRecord) -> Result<Sample> {
    let direction = match sample.group {
        Group::Young => Direction::YoungToOld,
        _ => Direction::OldToYoung,
    };
    let original = read_volume(&run.sample(&sample.id))?;
    let found = pollster::block_on(models.explain(&original, Some(Target::Group(direction)), &mut |_| {}))?;
    let role = |part: &str| format!("sample/{}/{part}", sample.id);
    for (part, volume) in found.maps() {
        bundle.add_volume(&role(part), volume)?;
    }
    let truth = run.sample_truth(&sample.id);
    if truth.exists() {
        bundle.add_volume(&role("truth"), &read_volume(&truth)?)?;
    }
    let truth = truth.exists().then(|| role("truth"));
    let truth_at = |years| Some(run.sample_truth_at(&sample.id, years));
    let stops = stop(bundle, models, &sample.id, &original, truth_at)?;
    Ok(Sample { truth, stops, ..Sample::of(&sample.id, &sample.title, &found, role) })
}
