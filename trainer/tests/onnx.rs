//! `trainer export --onnx`: bundles of every kind become ONNX models that are sound graphs with the bundle's own weights.
//!
//! Whether they answer as the native program does is seen where they run: `benches/onnx/check.py` takes the shipped bundles, and those
//! that this test leaves in `onnx/` of cargo's folder for tests.

#[path = "support/made_bundle.rs"]
mod made_bundle;
#[path = "../src/export/onnx/messages.rs"]
#[allow(dead_code, reason = "the program writes what is only read here")]
mod messages;
mod support;

use burn::tensor::Device;
use made_bundle::{SHAPE, make};
use messages::{Dimension, GraphProto, ModelProto, ValueInfoProto, data_type};
use predicates::prelude::predicate;
use prost::Message;
use shared::explain::Ageing;
use shared::model::{
    ClassifierConfig, DoseConfig, Edge, GeneratorConfig, GeneratorOutput, ModelConfig, Norm, Pooling, SpatialKind,
    StartConfig, StartKind, named_parameters, read_weights,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use support::trainer;

fn ageing() -> Ageing {
    // Cells that do not fill the grid: 4 x 6 x 3 of them.
    let weights = (0..72).map(|at| ((at * 37) % 19) as f32 * 0.2 - 2.0).collect();
    Ageing {
        cell_voxels: [5, 4, 3],
        weights,
        bias_years: 55.0,
        interval_years: 10.0,
        mean_absolute_error_years: 5.0,
        ages_years: vec![20.0, 40.0, 80.0],
        progress: vec![-0.1, 0.1, 1.1],
    }
}

fn generator(kind: SpatialKind, output: GeneratorOutput, edge: Edge) -> GeneratorConfig {
    GeneratorConfig {
        kind,
        filters: 4,
        downsamplings: 2,
        blocks: 1,
        outer_kernel: 5,
        edge,
        output,
        skips: false,
        dose: None,
        start: None,
    }
}

/// Slices with all that there is: mirrored borders, skips, line, dose, dial; groups of channels over cells.
fn plane() -> ModelConfig {
    let kind = SpatialKind::Plane;
    let classifier = ClassifierConfig {
        kernel: 5,
        pooling: Pooling::Cells { voxels: 8, counts: [2, 3, 8] },
        ..ClassifierConfig::plain(kind, 8, 1, Norm::Group, 0.2)
    };
    let generator = GeneratorConfig {
        skips: true,
        dose: Some(DoseConfig { voxels: 4, counts: [4, 6, 8] }),
        start: Some(StartConfig { places: SHAPE, by: StartKind::Line }),
        ..generator(kind, GeneratorOutput::Residual, Edge::Reflect)
    };
    ModelConfig { judge: classifier.clone(), classifier, generator }
}

/// Volumes with shares, dose and dial; means over the grid.
fn volume() -> ModelConfig {
    let kind = SpatialKind::Volume;
    let classifier = ClassifierConfig::plain(kind, 4, 2, Norm::Instance, 0.0);
    let generator = GeneratorConfig {
        dose: Some(DoseConfig { voxels: 4, counts: [4, 6, 2] }),
        start: Some(StartConfig { places: SHAPE, by: StartKind::Share }),
        ..generator(kind, GeneratorOutput::Bounded, Edge::Zero)
    };
    ModelConfig { judge: classifier.clone(), classifier, generator }
}

/// Tissue that is moved, with a dial and a start.
fn deformed(kind: SpatialKind) -> ModelConfig {
    let classifier = ClassifierConfig::plain(kind, 4, 2, Norm::None, 0.0);
    let generator = GeneratorConfig {
        start: Some(StartConfig { places: SHAPE, by: StartKind::Deformation }),
        ..generator(kind, GeneratorOutput::Deformed, Edge::Zero)
    };
    ModelConfig { judge: classifier.clone(), classifier, generator }
}

/// Painted anew, and nothing beside the layers.
fn direct() -> ModelConfig {
    let classifier =
        ClassifierConfig { refine: false, ..ClassifierConfig::plain(SpatialKind::Plane, 4, 2, Norm::None, 0.0) };
    let generator = generator(SpatialKind::Volume, GeneratorOutput::Direct, Edge::Reflect);
    ModelConfig { judge: classifier.clone(), classifier, generator }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("onnx").join(name)
}

fn export(bundle: &Path, out: &Path) -> assert_cmd::Command {
    let mut command = trainer();
    command.args(["export", "--onnx", "--bundle"]).arg(bundle).arg("--out").arg(out);
    command
}

fn read(path: &Path) -> ModelProto {
    ModelProto::decode(std::fs::read(path).unwrap().as_slice()).unwrap()
}

#[test]
fn slices_with_all_that_there_is() {
    check("plane", &plane(), Some(ageing()));
}

#[test]
fn volumes_with_dose_and_dial() {
    check("volume", &volume(), Some(ageing()));
}

#[test]
fn tissue_that_is_moved() {
    check("deformed-plane", &deformed(SpatialKind::Plane), Some(ageing()));
    check("deformed-volume", &deformed(SpatialKind::Volume), Some(ageing()));
}

#[test]
fn images_that_are_painted_anew() {
    check("direct", &direct(), None);
}

/// Makes a bundle, exports it, and sees that each file is a sound graph of the right face with the weights of the bundle.
fn check(name: &str, config: &ModelConfig, ageing: Option<Ageing>) {
    let (bundle, dial) = (folder(name), ageing.is_some());
    make(&bundle, config, ageing);
    export(&bundle, &bundle).assert().success();
    let [nx, ny, nz] = SHAPE;
    let image = format!("batch 1 {nz} {ny} {nx}");
    let device = Device::flex();
    let file = |role: &str| std::fs::read(bundle.join(format!("{role}.safetensors"))).unwrap();
    for part in ["classifier", "young_to_old", "old_to_young"] {
        let model = read(&bundle.join(format!("{part}.onnx")));
        let inputs = faces(&model.graph.input);
        let outputs = faces(&model.graph.output);
        let own = match part {
            "classifier" => {
                assert_eq!(inputs, [("image".to_owned(), image.clone())]);
                let names: Vec<&str> = outputs.iter().map(|(name, _)| name.as_str()).collect();
                assert_eq!(names, ["log_odds_old", "probability_old", "activation_map_old"]);
                assert_eq!((outputs[0].1.as_str(), outputs[1].1.as_str()), ("batch", "batch"));
                named_parameters(&read_weights(config.classifier.init(&device), part, &file(part)).unwrap())
            }
            _ => {
                assert_eq!(inputs[0], ("image".to_owned(), image.clone()));
                assert_eq!(inputs.get(1), dial.then(|| ("target_age_years".to_owned(), "batch".to_owned())).as_ref());
                assert_eq!(outputs[0], ("translated".to_owned(), image.clone()));
                assert_eq!(outputs.get(1), dial.then(|| ("amount".to_owned(), "batch".to_owned())).as_ref());
                named_parameters(&read_weights(config.generator.init(&device), part, &file(part)).unwrap())
            }
        };
        sound(&model, &bundle);
        let held: BTreeMap<&str, _> = model.graph.initializer.iter().map(|one| (one.name.as_str(), one)).collect();
        let own = own.unwrap();
        assert!(own.len() >= 4, "{name} {part}: {} tensors", own.len());
        for weights in own {
            let found = held.get(weights.name.as_str()).unwrap_or_else(|| panic!("{part} lacks {}", weights.name));
            let bytes: Vec<u8> = weights.values.iter().flat_map(|value| value.to_le_bytes()).collect();
            assert_eq!(
                found.dims,
                weights.shape.iter().map(|&side| side as i64).collect::<Vec<_>>(),
                "{}",
                weights.name
            );
            assert!(found.raw_data == bytes, "{name} {part}: {} differs", weights.name);
        }
    }
    assert_eq!(bundle.join("age.onnx").exists(), dial);
    if dial {
        let model = read(&bundle.join("age.onnx"));
        sound(&model, &bundle);
        assert_eq!(faces(&model.graph.output), [("age_years".to_owned(), "batch".to_owned())]);
    }
}

/// Names and sides of inputs or outputs.
fn faces(values: &[ValueInfoProto]) -> Vec<(String, String)> {
    let side = |side: &Dimension| match (&side.dim_value, &side.dim_param) {
        (Some(length), None) => length.to_string(),
        (None, Some(name)) => name.clone(),
        _ => panic!("{side:?} is no length or name"),
    };
    let face = |value: &ValueInfoProto| {
        let tensor = &value.kind.tensor_type;
        assert!(tensor.elem_type == data_type::FLOAT && !value.doc_string.is_empty(), "{}", value.name);
        (value.name.clone(), tensor.shape.dim.iter().map(side).collect::<Vec<_>>().join(" "))
    };
    values.iter().map(face).collect()
}

/// Versions, card, and the rules that hold for every graph: what is used was made before, once, and nothing is there for nothing.
fn sound(model: &ModelProto, bundle: &Path) {
    assert_eq!((model.ir_version, model.opset_import[0].version), (8, 17));
    let card: BTreeMap<&str, &str> =
        model.metadata_props.iter().map(|entry| (entry.key.as_str(), entry.value.as_str())).collect();
    let manifest = shared::bundle::sha256_hex(&std::fs::read(bundle.join("manifest.json")).unwrap());
    assert_eq!(card["manifest_sha256"], manifest);
    assert_eq!(card["not_for_diagnosis"], "For research and teaching. Not for diagnosis.");
    assert!(card["trained_on"].contains("synthetic") && card["axis_order"].contains("z, y, x"));
    assert!(card["input_units"].contains("density") && (card["mean"], card["scale"]) == ("0", "1"));
    let GraphProto { node, initializer, input, output, .. } = &model.graph;
    let mut made: BTreeSet<&str> = input.iter().map(|value| value.name.as_str()).collect();
    for tensor in initializer {
        let width = if tensor.data_type == data_type::INT64 { 8 } else { 4 };
        let count = usize::try_from(tensor.dims.iter().product::<i64>()).unwrap();
        assert_eq!(tensor.raw_data.len(), count * width, "{}", tensor.name);
        assert!(made.insert(&tensor.name), "{} is there twice", tensor.name);
    }
    let mut used = BTreeSet::new();
    for node in node {
        for name in node.input.iter().filter(|name| !name.is_empty()) {
            assert!(made.contains(name.as_str()), "{} uses {name} before it is made", node.name);
            used.insert(name.as_str());
        }
        for name in &node.output {
            assert!(made.insert(name), "{name} is made twice");
        }
    }
    used.extend(output.iter().map(|value| value.name.as_str()));
    assert_eq!(used, made, "what is made and what is used differ");
}

#[test]
fn models_lie_in_a_folder_of_their_own_or_their_bundles_and_come_out_the_same() {
    let out = tempfile::tempdir().unwrap();
    let (bundle, other) = (out.path().join("one/own"), out.path().join("one/other"));
    make(&bundle, &direct(), None);
    make(&other, &volume(), Some(ageing()));
    export(&other, &other).assert().success();
    let models = out.path().join("models");
    export(&other, &models).assert().success();
    let older = std::fs::read(models.join("young_to_old.onnx")).unwrap();
    assert!(older == std::fs::read(other.join("young_to_old.onnx")).unwrap(), "the same bundle gives two files");

    // Those of another bundle replace them whole: it tells no age.
    export(&bundle, &models).assert().success();
    let mut names: Vec<_> =
        std::fs::read_dir(&models).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["classifier.onnx", "old_to_young.onnx", "onnx.json", "young_to_old.onnx"]);

    export(&bundle, &other).assert().code(2).stderr(predicate::str::contains("holds another bundle"));
    std::fs::write(out.path().join("thesis.docx"), "mine").unwrap();
    export(&bundle, out.path()).assert().code(2).stderr(predicate::str::contains("none of this command's files"));
    export(&out.path().join("nowhere"), &models).assert().code(2).stderr(predicate::str::contains("no such folder"));
    trainer()
        .args(["export", "--bundle", "a", "--out", "b"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("--onnx"));
}
