//! What a phantom's folder says about itself: the settings it was made with, by which it is known again.

use std::path::Path;

use serde_json::{Value, json};

use crate::cohort::description;
use crate::cohort::phantom::config::{PhantomConfig, PhantomKind};
use crate::cohort::phantom::squares;
use crate::failure::unusable;

/// Version of the recipe; raised whenever the same settings would give other maps.
const RECIPE: u32 = 2;

/// Voxel size of the maps in mm.
pub(super) fn spacing_mm(config: &PhantomConfig) -> f64 {
    match config.kind {
        PhantomKind::Brain => config.spacing_mm,
        PhantomKind::Squares => squares::SPACING_MM,
    }
}

/// Writes the description into an empty folder, or one that holds a phantom of the same settings, whole or not.
///
/// # Errors
/// Unusable input: the folder holds anything else. Other errors: it cannot be written.
pub(super) fn claim(out: &Path, config: &PhantomConfig) -> anyhow::Result<()> {
    let settings = json!({
        "phantom": true,
        "recipe": RECIPE,
        "kind": config.kind,
        "subjects_per_group": config.subjects_per_group,
        "seed": config.seed,
        "spacing_mm": spacing_mm(config),
        "effect": config.effect,
        "site_correlation": config.site_correlation,
        "permute_labels": config.permute_labels,
    });
    check_folder(out, &settings)?;
    let mut how_made = match config.kind {
        PhantomKind::Brain => {
            "ICBM152 GM/WM, random smooth deformation, ribbon thickness, gain, bias field and Rician noise per \
            subject; age as thinning of the ribbon and widening of the ventricles, in two patterns; truth/ holds old \
            minus young of the same subject"
        }
        PhantomKind::Squares => {
            "Blurred noise; old subjects have two squares, the second in one of two corners; truth/ holds what the \
            squares of old subjects add"
        }
    }
    .to_owned();
    if config.permute_labels {
        how_made.push_str("; group and age of the training subjects are dealt out at random and mean nothing");
    }
    description::write(out, name(config.kind), &how_made, &terms(config.kind, &settings))
}

fn name(kind: PhantomKind) -> &'static str {
    match kind {
        PhantomKind::Brain => "AgeLens phantom cohort (synthetic)",
        PhantomKind::Squares => "AgeLens squares cohort (synthetic)",
    }
}

/// Terms to pass on, and the settings.
fn terms(kind: PhantomKind, settings: &Value) -> Value {
    match kind {
        PhantomKind::Brain => json!({
            "License": "Synthetic. Made from the ICBM152 template: its permission notice (static/template/NOTICE.md) \
                goes along",
            "HowToAcknowledge": "Synthetic phantom, not real people. Made from the ICBM152 2009a symmetric template, \
                Copyright (C) 1993-2004 Louis Collins, McConnell Brain Imaging Centre, Montreal Neurological \
                Institute, McGill University.",
            "ReferencesAndLinks": ["https://doi.org/10.1016/j.neuroimage.2010.07.033"],
            "AgeLens": settings,
        }),
        PhantomKind::Squares => json!({
            "License": "Synthetic: made by a program from random numbers alone",
            "HowToAcknowledge": "Synthetic squares on noise, no brains. After Baumgartner et al. 2018.",
            "ReferencesAndLinks": ["https://arxiv.org/abs/1711.08998"],
            "AgeLens": settings,
        }),
    }
}

/// Refuses a folder that holds anything but a phantom of the same settings.
fn check_folder(out: &Path, settings: &Value) -> anyhow::Result<()> {
    let is_empty = match std::fs::read_dir(out) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(unusable(format!("{}: not a usable folder ({error})", out.display()))),
    };
    let found = description::read_value(out).ok().flatten();
    if is_empty || found.is_some_and(|value| &value["AgeLens"] == settings) {
        return Ok(());
    }
    Err(unusable(format!(
        "{}: not empty, and not a phantom cohort of the same settings; name a new folder or empty this one",
        out.display()
    )))
}
