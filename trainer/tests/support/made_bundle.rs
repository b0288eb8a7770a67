//! A bundle with networks of any settings, whose weights were drawn, not learned: its answers are the native program's all the same.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::{Value, json};
use shared::bundle::{ReferenceOutput, Sample, sha256_hex};
use shared::explain::{Ageing, Direction, Models, Target, inside_of};
use shared::model::{Generator, GridContext, ModelConfig, StartKind, read_weights, write_weights_f16};
use shared::volume::{Affine, Grid, Volume, write_nifti_gz};
use std::path::Path;

/// Voxels along x, y, z.
pub const SHAPE: [usize; 3] = [16, 24, 8];

/// Numbers from −1 to 1 in no order, always the same (Steele et al. 2014, the finaliser of SplitMix64).
fn drawn(index: usize) -> f32 {
    let mut bits = (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (((bits ^ (bits >> 31)) >> 40) as f32 / (1u64 << 23) as f32) - 1.0
}

/// Fills every tensor, so that what a layer gives is about as large as what it takes.
struct Fill(usize);

impl ModuleMapper for Fill {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let shape = param.val().dims();
        let inputs = shape.iter().skip(1).product::<usize>().max(shape[0]) as f32;
        let size = if D == 1 { 0.1 } else { (3.0 / inputs).sqrt() };
        let start = self.0;
        let count = shape.iter().product::<usize>();
        self.0 += count;
        let values: Vec<f32> = (start..start + count).map(|at| size * drawn(at)).collect();
        param.map(|old| Tensor::from_data(TensorData::new(values, shape), &old.device()))
    }
}

/// A generator whose parts beside the layers do something, none of them as much as it may.
fn generator(config: &ModelConfig, seed: usize, device: &Device) -> Generator {
    let config = &config.generator;
    let mut network = config.init(device).map(&mut Fill(seed));
    if let Some(dose) = &config.dose {
        let cells: usize = dose.counts.iter().product();
        let weights = |from: usize| (from..from + cells).map(|at| drawn(at) / cells as f32).collect();
        let made = dose.init(config.kind, device).with_linear(weights(seed), 0.2);
        network = network.with_dose(made);
    }
    if let Some(start) = config.start {
        let voxels: usize = start.places.iter().product();
        let size = if start.by == StartKind::Line { 0.2 } else { 0.5 };
        let parameters = start.by.parameters(config.kind);
        network = network.with_start((0..voxels * parameters).map(|at| size * drawn(seed + at)).collect());
    }
    network
}

/// Writes such a bundle.
pub fn make(folder: &Path, config: &ModelConfig, ageing: Option<Ageing>) {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).unwrap();
    let device = Device::flex();
    let grid = Grid { shape: SHAPE, mni_from_voxel: Affine::from_spacing_origin([8.0; 3], [-60.0, -90.0, -30.0]) };
    let volume =
        |of: &dyn Fn(usize) -> f32| Volume::new(SHAPE, (0..grid.voxel_count()).map(of).collect(), grid.mni_from_voxel);
    let mask = volume(&|at| if at % 5 == 0 { 0.0 } else { 1.0 });
    let mut files = serde_json::Map::new();
    let mut add = |role: &str, extension: &str, bytes: &[u8]| {
        let path = format!("{}.{extension}", role.replace('/', "-"));
        std::fs::write(folder.join(&path), bytes).unwrap();
        files.insert(role.into(), json!({ "path": path, "bytes": bytes.len(), "sha256": sha256_hex(bytes) }));
    };
    // As they come back from the file, in half precision.
    let classifier = write_weights_f16(&config.classifier.init(&device).map(&mut Fill(1))).unwrap();
    let judge = write_weights_f16(&config.judge.init(&device).map(&mut Fill(2))).unwrap();
    let [older, younger] = [3, 40_000].map(|seed| write_weights_f16(&generator(config, seed, &device)).unwrap());
    for (role, bytes) in
        [("classifier", &classifier), ("judge", &judge), ("young_to_old", &older), ("old_to_young", &younger)]
    {
        add(role, "safetensors", bytes);
    }
    add("mask", "nii.gz", &write_nifti_gz(&mask, "mask").unwrap());
    if let Some(ageing) = &ageing {
        add("ageing", "json", &serde_json::to_vec(ageing).unwrap());
    }
    let models = Models {
        grid: grid.clone(),
        classifier: read_weights(config.classifier.init(&device), "classifier", &classifier).unwrap(),
        young_to_old: read_weights(config.generator.init(&device), "young_to_old", &older).unwrap(),
        old_to_young: read_weights(config.generator.init(&device), "old_to_young", &younger).unwrap(),
        context: GridContext::new(&grid, &mask, &device),
        familiar: None,
        ageing,
        grey_values: None,
        inside: inside_of(&mask),
        value_step: None,
        device,
    };
    let input = volume(&|at| 0.5 + 0.5 * drawn(at));
    add("reference_input", "nii.gz", &write_nifti_gz(&input, "input").unwrap());
    let (mut reference, mut samples) = (Vec::new(), Vec::new());
    for direction in [Direction::YoungToOld, Direction::OldToYoung] {
        let found = pollster::block_on(models.explain(&input, Some(Target::Group(direction)), &mut |_| {})).unwrap();
        let largest = found.difference.data.iter().map(|change| change.abs()).fold(0.0, f32::max);
        assert!(largest > 0.05, "{}: {direction:?} changes by {largest} only", folder.display());
        let answer = |part: &str| format!("reference/{}/{part}", direction.as_str());
        let role = |part: &str| format!("sample/{}/{part}", direction.as_str());
        for (part, map) in found.maps() {
            let bytes = write_nifti_gz(map, part).unwrap();
            // What only samples name, a program that opens the bundle does not read.
            add(&role(part), "nii.gz", &bytes);
            add(&answer(part), "nii.gz", &bytes);
        }
        reference.push(ReferenceOutput::of(&found, answer));
        samples.push(Sample::of(&format!("made-{}", direction.as_str()), "Made", &found, role));
    }
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/models/phantom-small/manifest.json");
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(shipped).unwrap()).unwrap();
    manifest["name"] = json!(folder.file_name().unwrap().to_str().unwrap());
    manifest["grid"] = json!(grid);
    manifest["models"] = json!(config);
    manifest["files"] = Value::Object(files);
    manifest["reference"] = json!(reference);
    manifest["samples"] = json!(samples);
    manifest["held_back"] = Value::Null;
    manifest["dial_years"] = json!(models.ageing.as_ref().and_then(Ageing::range_years));
    std::fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
}
