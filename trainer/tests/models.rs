//! The networks in both kinds, plane and volume: shapes, the beginning at "no change", slices on their own, and learning.
//! Then what an evaluation of the shipped phantom models holds.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Distribution, Tensor};
use safetensors::tensor::{Dtype, TensorView};
use shared::model::{
    ClassifierConfig, DiscriminatorConfig, Edge, FirstFilters, Generator, GeneratorConfig, GeneratorOutput,
    GridContext, Norm, Pooling, SpatialKind, StartConfig, StartKind, named_parameters, read_weights, write_weights_f16,
};
use shared::volume::{Affine, Grid};
use std::path::Path;

const SHAPE: [usize; 3] = [16, 24, 8];

fn generator(kind: SpatialKind, output: GeneratorOutput, edge: Edge) -> GeneratorConfig {
    GeneratorConfig {
        kind,
        filters: 4,
        downsamplings: 2,
        blocks: 1,
        outer_kernel: 7,
        edge,
        output,
        skips: true,
        dose: None,
        start: None,
    }
}

fn context(device: &Device) -> GridContext {
    let grid = Grid { shape: SHAPE, mni_from_voxel: Affine::from_spacing_origin([8.0; 3], [-60.0, -90.0, -30.0]) };
    GridContext::everywhere(&grid, device)
}

fn image(device: &Device) -> Tensor<5> {
    let [nx, ny, nz] = SHAPE;
    Tensor::random([2, 1, nz, ny, nx], Distribution::Uniform(0.0, 1.0), device)
}

fn values(tensor: Tensor<5>) -> Vec<f32> {
    tensor.into_data().try_to_vec::<f32>().unwrap()
}

fn largest_difference(a: Tensor<5>, b: Tensor<5>) -> f32 {
    values(a).iter().zip(values(b)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Draws every weight anew, much larger than a training would make it.
struct Wild;

impl ModuleMapper for Wild {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|weights| weights.random_like(Distribution::Normal(0.0, 0.5)))
    }
}

const OUTPUTS: [GeneratorOutput; 4] =
    [GeneratorOutput::Direct, GeneratorOutput::Residual, GeneratorOutput::Bounded, GeneratorOutput::Deformed];

#[test]
fn every_kind_of_generator_keeps_the_shape_and_the_range() {
    let device = Device::flex();
    for kind in [SpatialKind::Plane, SpatialKind::Volume] {
        for edge in [Edge::Zero, Edge::Reflect] {
            for output in OUTPUTS {
                let (image, context) = (image(&device), context(&device));
                let network = generator(kind, output, edge).init(&device);
                let translated = network.forward(image.clone(), &context);
                assert_eq!(translated.dims(), image.dims(), "{kind:?} {output:?}");
                if output != GeneratorOutput::Direct {
                    let change = largest_difference(translated.clone(), image.clone());
                    assert_eq!(change, 0.0, "{kind:?} {output:?} does not begin at no change");
                }
                let wild = network.map(&mut Wild);
                let changed = wild.forward(image.clone(), &context);
                assert!(largest_difference(changed.clone(), image.clone()) > 0.1, "{kind:?} {output:?} does nothing");
                for value in values(translated).into_iter().chain(values(changed)) {
                    assert!((0.0..=1.0).contains(&value), "{kind:?} {output:?} gives {value}");
                }
                if output != GeneratorOutput::Direct {
                    let nowhere = GridContext { mask: context.mask.zeros_like(), ..context };
                    let outside = wild.forward(image.clone(), &nowhere);
                    assert_eq!(
                        largest_difference(outside, image),
                        0.0,
                        "{kind:?} {output:?} changes what lies outside"
                    );
                }
            }
        }
    }
}

#[test]
fn an_amount_of_zero_changes_nothing_and_more_changes_each_voxel_further_the_same_way() {
    let device = Device::flex();
    let places = SHAPE;
    let (bounded, deformed) = (GeneratorOutput::Bounded, GeneratorOutput::Deformed);
    let ways = [
        (bounded, None),
        (bounded, Some(StartKind::Line)),
        (bounded, Some(StartKind::Share)),
        (deformed, None),
        (deformed, Some(StartKind::Deformation)),
    ];
    let kinds = [SpatialKind::Plane, SpatialKind::Volume];
    for (kind, (output, by)) in kinds.into_iter().flat_map(|kind| ways.map(|way| (kind, way))) {
        let start = by.map(|by| StartConfig { places, by });
        let config = GeneratorConfig { start, ..generator(kind, output, Edge::Zero) };
        let (image, context) = (image(&device), context(&device));
        // Line and network may pull against each other; alone, each goes one way.
        let network = match by {
            Some(StartKind::Line) => {
                let voxels: usize = places.iter().product();
                let numbers = (0..2 * voxels).map(|at| 0.3 - 0.6 * ((at * 7) % 11) as f32 / 11.0).collect();
                config.init(&device).with_start(numbers)
            }
            _ => config.init(&device).map(&mut Wild),
        };
        let by_amount = |amount: f32| {
            let amounts = Tensor::full([image.dims()[0], 1, 1, 1, 1], amount, &device);
            values(network.forward_by(image.clone(), &context, Some(amounts)))
        };
        let before = values(image.clone());
        assert_eq!(by_amount(0.0), before, "{kind:?} {by:?}");
        assert_eq!(by_amount(1.0), values(network.forward(image.clone(), &context)), "{kind:?} {by:?}");
        let steps = [0.0, 0.25, 0.5, 1.0, 1.5].map(by_amount);
        let mut changed = 0;
        for voxel in 0..before.len() {
            let way = steps[4][voxel] - before[voxel];
            changed += usize::from(way.abs() > 0.01);
            let grows = steps.windows(2).all(|two| (two[1][voxel] - two[0][voxel]) * way.signum() >= -1e-6);
            assert!(grows, "{kind:?} {by:?}: {:?}", steps.each_ref().map(|step| step[voxel]));
        }
        assert!(changed > before.len() / 4, "{kind:?} {by:?}: {changed}");
    }
}

#[test]
fn plane_networks_see_each_slice_on_its_own() {
    let device = Device::flex();
    let network = generator(SpatialKind::Plane, GeneratorOutput::Direct, Edge::Zero).init(&device);
    let (image, context) = (image(&device), context(&device));
    let all = network.forward(image.clone(), &context);
    for slice in [0, 3, 7] {
        let alone = network.forward(image.clone().narrow(2, slice, 1), &context.slices(&[slice]));
        assert!(largest_difference(all.clone().narrow(2, slice, 1), alone) < 1e-5);
    }
}

#[test]
fn classifier_and_critic_work_in_both_kinds() {
    let device = Device::flex();
    for kind in [SpatialKind::Plane, SpatialKind::Volume] {
        let config = ClassifierConfig::plain(kind, 8, 2, Norm::Group, 0.1);
        let classifier = config.init(&device);
        let answer = classifier.forward(image(&device), &context(&device));
        assert_eq!(answer.logit_old.dims(), [2, 1]);
        // The map of the last convolution, averaged, is the answer but for a factor and the bias: that makes it exact.
        let map = classifier.activation_map_old(answer.features);
        let depth = if kind == SpatialKind::Plane { SHAPE[2] } else { SHAPE[2] / 4 };
        assert_eq!(map.dims(), [2, 1, depth, SHAPE[1] / 4, SHAPE[0] / 4]);
        let means: Vec<f32> = map.reshape([2, -1]).mean_dim(1).into_data().try_to_vec().unwrap();
        let logits: Vec<f32> = answer.logit_old.into_data().try_to_vec().unwrap();
        assert!(((means[0] - means[1]) * 10.0 - (logits[0] - logits[1])).abs() < 1e-3);

        let critic =
            DiscriminatorConfig { kind, filters: 4, layers: 1, norm: Norm::Instance, places: None }.init(&device);
        assert!(values(critic.forward(image(&device), &context(&device))).iter().all(|score| score.is_finite()));
    }
}

/// Each cell has weights of its own: the map still adds up to the answer, and each slice to its share of it.
#[test]
fn a_classifier_over_cells_shares_out_its_whole_answer() {
    let device = Device::flex();
    let [nx, ny, nz] = SHAPE;
    let voxels = 8;
    let config = ClassifierConfig {
        kernel: 5,
        refine: false,
        first_filters: FirstFilters::Lines,
        pooling: Pooling::Cells { voxels, counts: [nx / voxels, ny / voxels, nz] },
        ..ClassifierConfig::plain(SpatialKind::Plane, 8, 1, Norm::None, 0.0)
    };
    config.check(SHAPE).unwrap();
    let wrong = Pooling::Cells { voxels, counts: [nx / voxels, ny / voxels, 1] };
    let told = ClassifierConfig { pooling: wrong, ..config.clone() }.check(SHAPE).unwrap_err().to_string();
    assert!(told.contains("counts [2, 3, 8]"), "{told}");

    let bias = 0.7;
    let weights: Vec<f32> =
        (0..config.pooled_features()).map(|index| (index * 37 % 101) as f32 / 101.0 - 0.5).collect();
    let classifier = config.init(&device).with_linear(weights, bias);
    let (image, context) = (image(&device), context(&device));
    let answer = classifier.forward(image.clone(), &context);
    let logits: Vec<f32> = answer.logit_old.into_data().try_to_vec().unwrap();
    let close = |found: &[f32], what: &str| {
        let apart = found.iter().zip(&logits).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-3, "{what}: {found:?} instead of {logits:?}");
    };

    let map = classifier.activation_map_old(answer.features);
    assert_eq!(map.dims(), [2, 1, nz, ny / voxels, nx / voxels]);
    assert_eq!(classifier.stride_voxels(), [voxels, voxels, 1]);
    let sums: Vec<f32> = map.reshape([2, -1]).sum_dim(1).into_data().try_to_vec().unwrap();
    close(&[0usize, 1].map(|subject| sums[subject] + bias), "sum of the map");

    let of_slices = |slices: &[usize]| -> Vec<f32> {
        let chosen = Tensor::<5>::cat(slices.iter().map(|&slice| image.clone().narrow(2, slice, 1)).collect(), 2);
        let logit = classifier.logit_of_slices(chosen, &context.slices(slices), slices);
        logit.into_data().try_to_vec().unwrap()
    };
    let all: Vec<usize> = (0..nz).collect();
    close(&of_slices(&all), "all slices");
    let backwards: Vec<usize> = (0..nz).rev().collect();
    close(&of_slices(&backwards), "all slices in another order");
    let singly: Vec<Vec<f32>> = all.iter().map(|&slice| of_slices(&[slice])).collect();
    close(
        &[0usize, 1].map(|subject| singly.iter().map(|one| one[subject]).sum::<f32>() / nz as f32),
        "mean of single slices",
    );
    assert!((singly[0][0] - singly[1][0]).abs() > 1e-3, "all slices are weighed alike");
}

/// Weights as programs other than ours may write them.
fn in_single_precision(network: &Generator) -> Vec<u8> {
    let bytes = |values: Vec<f32>| values.into_iter().flat_map(f32::to_le_bytes).collect::<Vec<u8>>();
    let parameters = named_parameters(network).unwrap().into_iter();
    let tensors: Vec<_> = parameters.map(|one| (one.name, one.shape, bytes(one.values))).collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes);
        (name.as_str(), view.unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

#[test]
fn weights_survive_the_file_and_a_wrong_file_is_refused() {
    let device = Device::flex();
    let config = generator(SpatialKind::Volume, GeneratorOutput::Direct, Edge::Zero);
    let (network, image, context) = (config.init(&device), image(&device), context(&device));
    let expected = network.forward(image.clone(), &context);
    let weights = in_single_precision(&network);
    let exact = read_weights(config.init(&device), "w", &weights).unwrap();
    assert_eq!(largest_difference(exact.forward(image.clone(), &context), expected.clone()), 0.0);
    let half = read_weights(config.init(&device), "w", &write_weights_f16(&network).unwrap()).unwrap();
    assert!(largest_difference(half.forward(image, &context), expected) < 0.02);

    let wider = GeneratorConfig { filters: 8, ..config.clone() }.init(&device);
    let message = read_weights(wider, "small.safetensors", &weights).unwrap_err().to_string();
    assert!(message.contains("small.safetensors") && message.contains("shape"), "{message}");
    assert!(read_weights(config.init(&device), "text", b"not weights at all").is_err());
    assert!(network.num_params() > 0);
}

/// Copies a folder; every name that holds `PH0` gets `QX0` instead, in tables too, and everybody is set aside for testing.
fn copy_as_strangers(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap().to_string_lossy().replace("PH0", "QX0"));
        if path.is_dir() {
            copy_as_strangers(&path, &target);
        } else if path.extension().is_some_and(|extension| extension == "tsv") {
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(&target, text.replace("PH0", "QX0").replace("\ttrain", "\ttest")).unwrap();
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// The report of the shipped phantom bundle on phantoms it has never seen: every measure is there, and the page loads nothing.
#[test]
fn the_report_measures_all_that_it_promises() {
    let folder = tempfile::tempdir().unwrap();
    let (phantoms, cohort, out) =
        (folder.path().join("phantoms"), folder.path().join("cohort"), folder.path().join("report"));
    let trainer = || assert_cmd::Command::cargo_bin("trainer").unwrap();
    trainer().args(["cohort", "phantom", "--subjects", "5", "--seed", "11", "--out"]).arg(&phantoms).assert().success();
    copy_as_strangers(&phantoms, &cohort);
    let bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/models/phantom-small");
    trainer()
        .arg("evaluate")
        .arg("--bundle")
        .arg(&bundle)
        .arg("--cohort")
        .arg(&cohort)
        .arg("--out")
        .arg(&out)
        .args(["--device", "cpu"])
        .assert()
        .success();
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap();
    for pointer in [
        "/calibration/brier",
        "/calibration/expected_calibration_error",
        "/calibration/bins/0/share_old",
        "/cycle/after_8_bit_rounding/young_to_old",
        "/cycle/after_noise/young_to_old",
        "/cycle/after_blur/old_to_young",
        "/cycle/steganography_index/young_to_old",
        "/cycle/identity_error/old_to_young",
        "/difference/mean_map_ncc_interval/young_to_old/0",
        "/difference/group_ncc_split_half",
        "/difference/truth_ncc/young_to_old",
        "/difference/truth_size_ratio/old_to_young",
        "/difference/gains_with_age/voxels",
        "/subjects/sex_balance/0/p_value",
        "/table1/3/independent_judge/share",
    ] {
        let value = report.pointer(pointer);
        assert!(value.is_some_and(serde_json::Value::is_number), "report.json: {pointer} is {value:?}");
    }
    assert_eq!(report.pointer("/table1/2/thesis/judged_old"), Some(&serde_json::json!(166)));
    assert_eq!(report.pointer("/subjects/young"), Some(&serde_json::json!(5)));
    let checks = report["self_checks"].as_array().unwrap();
    assert!(checks.len() == 11 && checks.iter().all(|check| check["passed"].is_boolean()));
    let interval = &report["difference"]["mean_map_ncc_interval"]["young_to_old"];
    let ncc = report["difference"]["mean_map_ncc"]["young_to_old"].as_f64().unwrap();
    assert!(interval[0].as_f64().unwrap() < ncc && ncc < interval[1].as_f64().unwrap());
    for (file, lines) in [("table1.csv", 13), ("subjects.csv", 11), ("calibration.csv", 3)] {
        assert_eq!(std::fs::read_to_string(out.join(file)).unwrap().lines().count(), lines, "{file}");
    }
    assert!(out.join("regions.csv").exists() && out.join("mean_difference.png").exists());
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    for loaded in ["src=\"http", "href=\"http", "url(http", "@import", "<script", "<link", "src=\"//"] {
        assert!(!page.contains(loaded), "the report would load something: {loaded}");
    }
    for said in ["Table 1", "Self-checks", "Brier score", "PHANTOM"] {
        assert!(page.contains(said), "the report lacks {said}");
    }
}
