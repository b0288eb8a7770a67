//! A bundle from bytes: every file checked by its SHA-256, then the networks built and filled.

use super::error::{BundleError, PeopleFault};
use super::{Manifest, ManifestError, ManifestFault, Sample, parse_manifest};
use crate::explain::{Ageing, Familiar, GreyValues, Models, Target, inside_of};
use crate::model::{Classifier, GridContext, ModelConfig, read_weights, shuffle_weights};
use crate::volume::{Volume, read_nifti};
use burn::tensor::Device;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// So far a file's voxels may lie from the grid's, mm: single precision in headers.
const MOST_DISPLACEMENT_MM: f64 = 0.05;

/// Models with their card, ready to explain.
#[derive(Clone, Debug)]
pub struct Bundle {
    pub manifest: Manifest,
    pub models: Models,
    /// A second classifier that the translators never saw.
    pub judge: Classifier,
    /// The input that every device must answer as the native program did.
    pub reference_input: Volume,
    reference: Vec<(Volume, Volume, Volume)>,
}

/// How far a device's answers for the reference input lie from the native ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelfTest {
    /// Over all voxels of translated image, difference map and activation map, both directions.
    pub max_abs_difference: f32,
    pub max_probability_difference: f32,
    pub same_class: bool,
}

impl SelfTest {
    /// Largest difference of a voxel or probability between devices.
    pub const TOLERANCE: f32 = 1e-3;

    pub fn passed(&self) -> bool {
        self.same_class
            && self.max_abs_difference <= Self::TOLERANCE
            && self.max_probability_difference <= Self::TOLERANCE
    }
}

impl Bundle {
    /// Paths that [`Bundle::from_files`] needs, relative to the bundle's folder: all but the samples'.
    pub fn required_paths(manifest: &Manifest) -> Vec<String> {
        let samples: Vec<&String> = manifest.samples.iter().flat_map(Sample::roles).collect();
        manifest.files.iter().filter(|(role, _)| !samples.contains(role)).map(|(_, entry)| entry.path.clone()).collect()
    }

    /// Checks every given file against the manifest and builds the models on `device`.
    ///
    /// `files` maps paths (as in the manifest) to bytes.
    pub fn from_files(
        manifest_json: &[u8],
        files: &BTreeMap<String, Vec<u8>>,
        device: &Device,
    ) -> Result<Self, BundleError> {
        let manifest = parse_manifest(manifest_json)?;
        let config = model_config(&manifest)?;
        config.check(manifest.grid.shape).map_err(|fault| ManifestError::from(ManifestFault::from(fault)))?;
        let bytes = |role: &str| checked(&manifest, role, files);
        let volume = |role: &str| {
            let (path, bytes) = bytes(role)?;
            let volume = read_nifti(path, bytes, None)?.into_volume()?;
            if volume.shape != manifest.grid.shape {
                return Err(BundleError::Shape {
                    path: path.into(),
                    found: volume.shape,
                    expected: manifest.grid.shape,
                });
            }
            let away_mm = volume.world_from_voxel.max_displacement_mm(&manifest.grid.mni_from_voxel, volume.shape);
            if away_mm > MOST_DISPLACEMENT_MM {
                return Err(BundleError::Place { path: path.into(), away_mm });
            }
            Ok(volume)
        };
        let (path, weights) = bytes("classifier")?;
        let classifier = read_weights(config.classifier.init(device), path, weights)?;
        let (path, weights) = bytes("judge")?;
        let judge = read_weights(config.judge.init(device), path, weights)?;
        let (path, weights) = bytes("young_to_old")?;
        let young_to_old = read_weights(config.generator.init(device), path, weights)?;
        let (path, weights) = bytes("old_to_young")?;
        let old_to_young = read_weights(config.generator.init(device), path, weights)?;
        let mask = volume("mask")?;
        let context = GridContext::new(&manifest.grid, &mask, device);
        let shape = manifest.grid.shape;
        let if_there = |role: &str| manifest.files.contains_key(role).then(|| bytes(role)).transpose();
        let familiar = about_people(if_there("familiar")?, |familiar: &Familiar| familiar.is_sound(shape))
            .map_err(|(path, reason)| BundleError::Familiar { path, reason })?;
        let ageing = about_people(if_there("ageing")?, |ageing: &Ageing| ageing.is_sound(shape))
            .map_err(|(path, reason)| BundleError::Ageing { path, reason })?;
        let grey_values = about_people(if_there("grey_values")?, GreyValues::is_sound)
            .map_err(|(path, reason)| BundleError::GreyValues { path, reason })?;
        let mut reference = Vec::new();
        for expected in &manifest.reference {
            reference.push((volume(&expected.translated)?, volume(&expected.difference)?, volume(&expected.cam)?));
        }
        let reference_input = volume("reference_input")?;
        let models = Models {
            grid: manifest.grid.clone(),
            classifier,
            young_to_old,
            old_to_young,
            context,
            familiar,
            ageing,
            grey_values,
            inside: inside_of(&mask),
            value_step: manifest.data.value_step,
            device: device.clone(),
        };
        Ok(Bundle { manifest, models, judge, reference_input, reference })
    }

    /// The bundle's networks with shuffled weights, on the same device: they have forgotten what was learned.
    ///
    /// `files` are those that the bundle was built from; each is checked again. Nothing is read back from the device.
    pub fn shuffled_models(&self, files: &BTreeMap<String, Vec<u8>>, seed: u64) -> Result<Models, BundleError> {
        let config = model_config(&self.manifest)?;
        let device = &self.models.device;
        let shuffled = |role: &str, stream: u64| -> Result<(String, Vec<u8>), BundleError> {
            let (path, weights) = checked(&self.manifest, role, files)?;
            Ok((path.into(), shuffle_weights(path, weights, seed.wrapping_add(stream))?))
        };
        let (path, weights) = shuffled("classifier", 0)?;
        let classifier = read_weights(config.classifier.init(device), &path, &weights)?;
        let (path, weights) = shuffled("young_to_old", 1)?;
        let young_to_old = read_weights(config.generator.init(device), &path, &weights)?;
        let (path, weights) = shuffled("old_to_young", 2)?;
        let old_to_young = read_weights(config.generator.init(device), &path, &weights)?;
        Ok(Models { classifier, young_to_old, old_to_young, ..self.models.clone() })
    }

    /// Runs the reference input through every model and compares with the native answers.
    pub async fn self_test(&self) -> Result<SelfTest, BundleError> {
        let models = self.models.unfinished();
        let mut result = SelfTest { max_abs_difference: 0.0, max_probability_difference: 0.0, same_class: true };
        for (expected, (translated, difference, cam)) in self.manifest.reference.iter().zip(&self.reference) {
            let found =
                models.explain(&self.reference_input, Some(Target::Group(expected.direction)), &mut |_| {}).await?;
            for (expected, found) in
                [(translated, &found.translated), (difference, &found.difference), (cam, &found.cam)]
            {
                result.max_abs_difference = result.max_abs_difference.max(max_abs_difference(expected, found));
            }
            for (expected, found) in [
                (expected.probability_old_before, found.probability_old_before),
                (expected.probability_old_after, found.probability_old_after),
            ] {
                result.max_probability_difference = result.max_probability_difference.max((expected - found).abs());
                result.same_class &= (expected < 0.5) == (found < 0.5);
            }
        }
        Ok(result)
    }
}

fn model_config(manifest: &Manifest) -> Result<ModelConfig, BundleError> {
    Ok(serde_json::from_value(manifest.models.clone()).map_err(|error| ManifestError::unreadable(&error))?)
}

fn checked<'a>(
    manifest: &'a Manifest,
    role: &str,
    files: &'a BTreeMap<String, Vec<u8>>,
) -> Result<(&'a str, &'a [u8]), BundleError> {
    let entry = manifest.files.get(role).ok_or_else(|| BundleError::MissingRole { role: role.into() })?;
    let path = &entry.path;
    let bytes = files.get(path).ok_or_else(|| BundleError::MissingFile { path: path.clone() })?;
    entry.check(bytes)?;
    Ok((path, bytes))
}

/// What a file says of the people that were learned from, where it is sound.
fn about_people<T: DeserializeOwned>(
    file: Option<(&str, &[u8])>,
    is_sound: impl Fn(&T) -> bool,
) -> Result<Option<T>, (String, PeopleFault)> {
    let Some((path, bytes)) = file else { return Ok(None) };
    match serde_json::from_slice(bytes) {
        Ok(found) if is_sound(&found) => Ok(Some(found)),
        Ok(_) => Err((path.into(), PeopleFault::Parts)),
        Err(error) => Err((path.into(), PeopleFault::Unreadable { detail: error.to_string() })),
    }
}

fn max_abs_difference(a: &Volume, b: &Volume) -> f32 {
    a.data.iter().zip(&b.data).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::at_once::done;
    use std::path::{Path, PathBuf};

    fn shipped(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/models").join(name)
    }

    fn manifest_json(name: &str) -> Vec<u8> {
        std::fs::read(shipped(name).join("manifest.json")).unwrap()
    }

    #[test]
    fn shipped_manifests_are_read_with_what_was_held_back_and_without() {
        let listed: Vec<serde_json::Value> =
            serde_json::from_slice(&std::fs::read(shipped("index.json")).unwrap()).unwrap();
        assert!(!listed.is_empty());
        for bundle in listed {
            let name = bundle["id"].as_str().unwrap();
            let mut older: serde_json::Value = serde_json::from_slice(&manifest_json(name)).unwrap();
            let now = parse_manifest(&manifest_json(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
            older.as_object_mut().unwrap().remove("held_back");
            let older = parse_manifest(older.to_string().as_bytes()).unwrap();
            assert_eq!(older, Manifest { held_back: None, ..now }, "{name}");
            assert!(serde_json::to_value(&older).unwrap().get("held_back").is_none());
        }
    }

    #[test]
    fn models_that_learned_from_other_software_take_every_preparation_of_ours() {
        let manifest = parse_manifest(&manifest_json("phantom-small")).unwrap();
        let [ours, older, of_another_grid] = ["gm-map-2+t1-9+head", "gm-map-2+t1-8+head", "gm-map-0+t1-9+head"];
        let learned = |prepared_here: bool| Manifest {
            preparation_version: ours.into(),
            data: crate::bundle::DataCard { prepared_here, ..manifest.data.clone() },
            ..manifest.clone()
        };
        for (prepared_here, version, taken) in [
            (false, ours, true),
            (false, older, true),
            (false, of_another_grid, false),
            (true, ours, true),
            (true, older, false),
        ] {
            let found = learned(prepared_here).check_preparation("map.nii", &format!("AgeLens {version}"));
            assert_eq!(found.is_ok(), taken, "{prepared_here} {version}");
        }
        assert!(learned(true).check_preparation("map.nii", "made by hand").is_ok());
    }

    #[test]
    fn shuffled_networks_of_a_shipped_bundle_answer_otherwise() {
        let folder = shipped("phantom-small");
        let manifest = parse_manifest(&manifest_json("phantom-small")).unwrap();
        let files: BTreeMap<String, Vec<u8>> = Bundle::required_paths(&manifest)
            .into_iter()
            .map(|path| (path.clone(), std::fs::read(folder.join(&path)).unwrap()))
            .collect();
        let bundle = Bundle::from_files(&manifest_json("phantom-small"), &files, &Device::flex()).unwrap();
        let shuffled = bundle.shuffled_models(&files, 1).unwrap();
        let found = done(bundle.models.sanity(&bundle.reference_input, None, &shuffled, &mut |_| {})).unwrap();
        let size = |map: &Volume| map.data.iter().map(|value| value.abs()).fold(0.0, f32::max);
        assert!(found.cycle_error > 0.0 && found.identity_error > 0.0 && size(&found.shuffled_difference) > 0.0);
        let after_shuffling = found.shuffled_difference_correlation.unwrap();
        assert!(after_shuffling < 0.9, "the difference map needs nothing of what was learned: {after_shuffling}");

        let damaged = BTreeMap::from_iter(files.into_iter().map(|(path, bytes)| (path, bytes[1..].to_vec())));
        assert!(matches!(bundle.shuffled_models(&damaged, 1), Err(BundleError::Damaged { .. })));
    }
}
