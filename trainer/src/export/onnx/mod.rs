//! A bundle's networks as ONNX models, for programs other than this one: the classifier, both generators and, where the bundle
//! tells ages, the age. Each is whole by itself: what AgeLens does around the layers is in the graph.
//!
//! `onnx.json` lists the files, and is written last.

mod age;
mod card;
mod classifier;
mod generator;
mod graph;
mod layers;
mod messages;
mod values;

use crate::bundle_folder::read_bundle;
use crate::failure::unusable;
use crate::progress::stop_requested;
use crate::{files, output_folder};
use anyhow::{Context, Result, ensure};
use burn::tensor::{Device, Tensor};
use layers::Space;
use messages::{GraphProto, ModelProto, OperatorSetIdProto};
use prost::Message;
use serde::{Deserialize, Serialize};
use shared::bundle::{Bundle, FileEntry, sha256_hex};
use shared::explain::Direction;
use shared::model::{ModelConfig, named_parameters};
use std::collections::BTreeMap;
use std::path::Path;

/// Operators and file format of ONNX 1.12 (2022): old enough for every runtime of the last years, and no later operator is needed.
/// Pinned: from 18 on, means take their axes as an input.
const OPSET: i64 = 17;
const IR_VERSION: i64 = 8;

/// The list of the files of a folder.
const LIST: &str = "onnx.json";

/// Version of the list's own layout.
const ONNX_VERSION: u32 = 1;

/// What lies in a folder, and of which bundle it is.
#[derive(Serialize, Deserialize)]
struct List {
    onnx_version: u32,
    bundle: String,
    manifest_sha256: String,
    /// By part: `classifier`, `young_to_old`, `old_to_young`, `age`.
    models: BTreeMap<String, FileEntry>,
}

/// Writes the ONNX models of a bundle into a folder, which may be the bundle's own.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: no sound bundle, or the folder holds something else. Other errors: a file cannot be written, or it
/// was stopped by Ctrl-C; then models that were there before are as they were.
pub fn write(bundle: &Path, out: &Path) -> Result<()> {
    output_folder::BUNDLE.expect(bundle)?;
    let is_own = bundle.canonicalize().ok() == out.canonicalize().ok();
    if !is_own && output_folder::BUNDLE.is_whole(out) {
        return Err(unusable(format!(
            "{}: holds another bundle than {}; nothing was written; choose an empty folder, or that of the bundle itself",
            out.display(),
            bundle.display()
        )));
    }
    if !is_own {
        output_folder::ONNX.may_fill(out)?;
    }
    let again = match is_own {
        true => format!("trainer export --onnx --bundle {}", bundle.display()),
        false => format!("trainer export --onnx --bundle {} --out {}", bundle.display(), out.display()),
    };
    let go_on = || {
        ensure!(
            !stop_requested(),
            "{}: stopped before the ONNX models were written; the bundle is whole; `{again}` continues",
            out.display()
        );
        Ok(())
    };
    let (bundle, manifest_sha256) = read_bundle(bundle, &Device::flex())?;
    let graphs = graphs(&bundle, &go_on)?;
    let card = card::card(&bundle.manifest, &manifest_sha256, bundle.models.ageing.as_ref());
    // From here on it takes no time, and is done whole.
    remove_older(out)?;
    let mut models = BTreeMap::new();
    for (part, graph) in graphs {
        let model = ModelProto {
            ir_version: IR_VERSION,
            producer_name: "AgeLens".into(),
            producer_version: env!("CARGO_PKG_VERSION").into(),
            doc_string: format!("{} ({part}). {}", bundle.manifest.title, bundle.manifest.not_for_diagnosis),
            graph,
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
            metadata_props: card.clone(),
        };
        let (path, bytes) = (format!("{part}.onnx"), model.encode_to_vec());
        files::write(&out.join(&path), &bytes)?;
        let entry = FileEntry { path, bytes: bytes.len() as u64, sha256: sha256_hex(&bytes) };
        models.insert(part.to_owned(), entry);
    }
    let written: Vec<&str> = models.values().map(|entry| entry.path.as_str()).collect();
    println!("{}: {}", out.display(), written.join(", "));
    let list = List { onnx_version: ONNX_VERSION, bundle: bundle.manifest.name, manifest_sha256, models };
    files::write_json(&out.join(LIST), &list)
}

/// Whether there are ONNX models in a folder.
pub fn is_beside(folder: &Path) -> bool {
    folder.join(LIST).exists()
}

/// Earlier models in the folder go, their list first; anything else is left alone.
pub fn remove_older(folder: &Path) -> Result<()> {
    let path = folder.join(LIST);
    if !path.exists() {
        return Ok(());
    }
    let list: List = serde_json::from_slice(&files::read(&path)?).map_err(|error| {
        unusable(format!("{}: is not a list of ONNX models ({error}); choose another folder", path.display()))
    })?;
    files::remove(&path)?;
    for entry in list.models.values() {
        // A list names files of its own folder only.
        if Path::new(&entry.path).components().count() == 1 && entry.is_inner_path() {
            files::remove(&folder.join(&entry.path))?;
        }
    }
    Ok(())
}

/// Each part of the bundle as a graph. `go_on` is asked before each, and after the last.
fn graphs(bundle: &Bundle, go_on: &dyn Fn() -> Result<()>) -> Result<Vec<(&'static str, GraphProto)>> {
    go_on()?;
    let models = &bundle.models;
    let config: ModelConfig =
        serde_json::from_value(bundle.manifest.models.clone()).context("the models' configuration in manifest.json")?;
    let [nx, ny, nz] = models.grid.shape;
    let heights = values(models.context.height.clone())?.into_iter().step_by(nx * ny).collect();
    let space = Space { sides: [nz, ny, nx], heights, mask: values(models.context.mask.clone())? };
    let ageing = models.ageing.as_ref();
    let weights = named_parameters(&models.classifier)?;
    let mut graphs = vec![("classifier", classifier::classifier(&config.classifier, weights, &space)?)];
    for direction in [Direction::YoungToOld, Direction::OldToYoung] {
        go_on()?;
        let weights = named_parameters(models.generator(direction))?;
        let graph = generator::generator(&config.generator, weights, &space, ageing, direction)?;
        graphs.push((direction.as_str(), graph));
    }
    if let Some(ageing) = ageing {
        graphs.push(("age", age::age(ageing, &space)?));
    }
    go_on()?;
    Ok(graphs)
}

/// Values of a tensor that lies on the CPU.
fn values(tensor: Tensor<5>) -> Result<Vec<f32>> {
    tensor.into_data().try_to_vec::<f32>().map_err(|error| anyhow::anyhow!("the grid's context: {error:?}"))
}
