//! What stands beside each file: of what it was made, in which space, by which version, and how well.

use crate::bids::layout::{self, TEMPLATE};
use crate::bids::scans::Scan;
use crate::explain::Answer;
use crate::files;
use crate::prepare::{AFFINE, GM, Record};
use anyhow::Result;
use serde_json::{Map, Value, json};
use shared::prepare::t1::{Content, TEMPLATE_VERSION};
use std::path::Path;

/// The data set's name in `DatasetLinks`, by which the sources are given.
pub const RAW: &str = "raw";

/// Writes the sidecar of every file of a preparation.
///
/// # Errors
/// A file cannot be written.
pub fn write(out: &Path, scan: &Scan, record: &Record) -> Result<()> {
    for (role, _) in layout::without_sidecars(&record.files) {
        if let Some(file) = record.files.get(&layout::sidecar_role(role)) {
            files::write_json(&out.join(file), &of_map(role, scan, record))?;
        }
    }
    Ok(())
}

fn of_map(role: &str, scan: &Scan, record: &Record) -> Value {
    let mut fields = common(scan, record);
    fields.insert("Description".into(), json!(description(role)));
    if role != AFFINE {
        fields.insert("Resolution".into(), json!(format!("2 mm, every second voxel of {TEMPLATE} at 1 mm")));
    }
    match role {
        "mask" => drop(fields.insert("Type".into(), json!("Brain"))),
        "t1" => {
            let is_stripped = record.found.is_some_and(|found| found.content == Content::StrippedBrain);
            fields.insert("SkullStripped".into(), json!(is_stripped));
        }
        GM => {
            if let (Some(quality), Some(Value::Object(ours))) = (&record.quality, fields.get_mut(OURS)) {
                ours.insert("quality".into(), json!(quality));
            }
        }
        _ => {}
    }
    Value::Object(fields)
}

/// Key of what is not of BIDS.
const OURS: &str = "AgeLens";

fn common(scan: &Scan, record: &Record) -> Map<String, Value> {
    let fields = json!({
        "Sources": [format!("bids:{RAW}:{}", scan.path)],
        OURS: {
            "preparation_version": record.preparation_version,
            "program_version": record.program_version,
            "input_sha256": record.input_sha256,
            "template": TEMPLATE,
            "template_version": TEMPLATE_VERSION,
            "registration": "affine, twelve parameters; no local warping",
            "modulated": record.options.modulated,
            "found": record.found,
            "warnings": record.warnings,
        },
    });
    fields.as_object().cloned().unwrap_or_default()
}

fn description(role: &str) -> &'static str {
    match role {
        GM => "Probability of grey matter, registered to the template by an affine",
        "wm" => "Probability of white matter, registered to the template by an affine",
        "csf" => "Probability of CSF inside the brain mask, registered to the template by an affine",
        "mask" => "Brain mask, registered to the template by an affine",
        "t1" => "T1 image without bias field, white matter at 0.75, registered to the template by an affine",
        _ => {
            "Affine from the T1 image to the template, as an ITK text file: antsApplyTransforms and ITK resample the T1 image into \
             the template's space with it as it is. As in ITK, it maps points of the template (mm to the left, to the back, up) \
             to points of the T1 image"
        }
    }
}

/// The sidecar of a difference map.
pub fn of_difference(gm: &str, spacing_mm: [f64; 3], answer: &Answer, preparation_version: &str) -> Value {
    json!({
        "Description": "Translated minus original grey-matter density: what a CycleGAN changes to lead this brain to the other group. \
            Not a statistic of a test, and not for diagnosis",
        "Sources": [format!("bids::{gm}")],
        "Resolution": format!("{} x {} x {} mm, the grid of the model", spacing_mm[0], spacing_mm[1], spacing_mm[2]),
        "Units": "grey-matter density, -1 to 1",
        OURS: { "preparation_version": preparation_version, "explanation": answer },
    })
}
