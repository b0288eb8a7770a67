//! From facts to a configuration: a measured recipe in which each value that depends on the cohort or the machine is set anew,
//! with its reason.

use crate::failure::unusable;
use crate::plan::document::Document;
use crate::plan::facts::{Facts, TEST_FRACTION};
use crate::plan::grid::{PlannedGrid, divisor};
use anyhow::Result;

/// Recipes that were measured on people or phantoms; docs/training.md has the numbers.
const SLAB_FROM_T1: &str = include_str!("../../../configs/oasis1-t1-slab.toml");
const SLAB_FROM_MAPS: &str = include_str!("../../../configs/oasis1-slab.toml");
pub const WHOLE_BRAIN: &str = include_str!("../../../configs/phantom.toml");

/// Lower than this the maps are a slab, whose slices are translated one by one.
const SLAB_BELOW_MM: f64 = 60.0;
/// Finest voxels: the preparation works at this size, so finer ones add nothing.
const FINEST_MM: f64 = 2.0;
/// Voxels of a whole brain on the CPU.
const CPU_MM: f64 = 4.0;
/// Each person is seen at least about this often.
const LEAST_PASSES: u64 = 8;
/// Shortest training that is planned, steps.
const LEAST_STEPS: u64 = 300;
/// Folds of the cross-validations if there are enough people.
const MOST_FOLDS: usize = 5;
/// Fewest people per group in a fold.
const LEAST_IN_A_FOLD: usize = 4;

/// What the user asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes {
    /// Edge of a voxel.
    pub spacing_mm: Option<f64>,
    pub seed: Option<u64>,
}

/// A configuration that is being planned.
pub struct Recipe {
    pub document: Document,
    pub grid: PlannedGrid,
    /// Steps of the CycleGAN.
    pub steps: u64,
}

/// Plans a configuration.
///
/// # Errors
/// A recipe compiled into the program lacks a setting: a fault of the program.
pub fn recipe(facts: &Facts, wishes: Wishes) -> Result<Recipe> {
    let is_slab = facts.field.extent_mm(2) < SLAB_BELOW_MM;
    let base = match (is_slab, facts.prepared_here) {
        (true, true) => SLAB_FROM_T1,
        (true, false) => SLAB_FROM_MAPS,
        (false, _) => WHOLE_BRAIN,
    };
    let mut document = Document::parse(base)?;
    if let Some(seed) = wishes.seed {
        document.set("seed", &seed.to_string(), "as given")?;
    }
    set_people(&mut document, facts)?;
    let grid = set_grid(&mut document, facts, wishes, is_slab)?;
    set_classifiers(&mut document, facts, &grid, is_slab)?;
    let steps = set_translators(&mut document, facts, &grid, is_slab)?;
    Ok(Recipe { document, grid, steps })
}

fn set_people(document: &mut Document, facts: &Facts) -> Result<()> {
    let reason = match facts.has_split {
        true => "unused: participants.tsv defines the split".to_owned(),
        false => {
            let [young, old] = facts.people.map(|people| (people as f64 * TEST_FRACTION).round());
            format!("{young:.0} of {} young and {old:.0} of {} old are held out", facts.people[0], facts.people[1])
        }
    };
    document.set("test_fraction", &TEST_FRACTION.to_string(), &reason)?;
    let folds = (facts.fewest_to_train / LEAST_IN_A_FOLD).clamp(2, MOST_FOLDS);
    let of_a_group = facts.fewest_to_train.div_ceil(folds);
    document.set(
        "classifier.folds",
        &folds.to_string(),
        &format!("cross-validation: about {of_a_group} of each group in a fold"),
    )?;
    document.set(
        "classifier.permuted_folds",
        &folds.to_string(),
        "permuted-label control, the same folds: must be at chance; export requires it",
    )
}

fn set_grid(document: &mut Document, facts: &Facts, wishes: Wishes, is_slab: bool) -> Result<PlannedGrid> {
    let maps_mm = facts.field.spacing_mm;
    let (spacing_mm, reason) = match (wishes.spacing_mm, is_slab || facts.on_card) {
        (Some(asked), _) if asked < maps_mm => {
            (asked, format!("as given; the maps have {maps_mm} mm, so there is no finer detail"))
        }
        (Some(asked), _) => (asked, "as given".to_owned()),
        (None, false) if maps_mm > CPU_MM => (maps_mm, "as in the maps".to_owned()),
        (None, true) => (
            maps_mm.max(FINEST_MM),
            format!("the maps have {maps_mm} mm; below {FINEST_MM} mm there is no finer detail"),
        ),
        (None, false) => (
            maps_mm.max(CPU_MM),
            "a whole brain at 2 mm needs a graphics card: on the CPU a step takes eight times as long".to_owned(),
        ),
    };
    // The smaller side that holds a cell of the classifiers: 8 voxels.
    let (units, margin) = if is_slab { ([8, 8, 1], [1, 1, 0]) } else { ([8, 8, 4], [1; 3]) };
    let grid = PlannedGrid::around(&facts.field, spacing_mm, units, margin);
    let [x, y, z] = [0, 1, 2].map(|axis| facts.field.extent_mm(axis));
    let sides = if is_slab {
        "both in-plane sides are multiples of 8"
    } else {
        "width and length are multiples of 8, the height of 4"
    };
    document.set(
        "grid.shape",
        &format!("{:?}", grid.shape),
        &format!("grey matter fills {x:.0} x {y:.0} x {z:.0} mm; {sides}"),
    )?;
    document.say_of("grid", "as small as the brain allows")?;
    document.set("grid.spacing_mm", &decimal(spacing_mm), &reason)?;
    let origin = grid.origin_mm.map(decimal).join(", ");
    document.set("grid.origin_mm", &format!("[{origin}]"), "around the brain, aligned with the voxels of the maps")?;
    Ok(grid)
}

fn set_classifiers(document: &mut Document, facts: &Facts, grid: &PlannedGrid, is_slab: bool) -> Result<()> {
    let [nx, ny, nz] = grid.shape;
    let cells = |voxels: usize| {
        format!("{{ cells = {{ voxels = {voxels}, counts = [{}, {}, {nz}] }} }}", nx / voxels, ny / voxels)
    };
    let names: &[&str] =
        if is_slab { &["classifier", "judge"] } else { &["classifier", "judge", "guides.0", "guides.1", "guides.2"] };
    for name in names {
        // One of the guides looks at finer cells than the others.
        let voxels = if *name == "guides.1" { 4 } else { 8 };
        let edge_mm = voxels as f64 * grid.spacing_mm;
        let reason = format!("cells of {edge_mm:.0} mm: where the cortex thins matters");
        document.set(&format!("{name}.network.pooling"), &cells(voxels), &reason)?;
    }
    if !is_slab {
        document.set("augmentation.shift_voxels", "1", "registration is about this good")?;
        document.set(
            "classifier.slices",
            "5",
            "slices per step, drawn anew each time: faster than all, and the classifier cannot rely on one slice",
        )?;
        document.set("classifier.network.first_filters", "\"lines\"", "the ribbon is a line one or two voxels wide")?;
        document.set("classifier.epochs", "12", "more epochs do not help: the last layer is fitted in closed form")?;
        document.set("classifier.label_smoothing", "0.0", "")?;
    }
    if !is_slab && facts.is_like_people() {
        document.set("augmentation.gain", "0.03", "scanner and segmentation change the grey level a little")?;
        document.set("augmentation.gamma", "0.0", "other values cost accuracy on slabs of people")?;
        document.set("augmentation.blur_voxels", "0.0", "other values cost accuracy on slabs of people")?;
        document.set(
            "classifier.epochs",
            "8",
            "more epochs did not help on slabs of people: the last layer is fitted in closed form",
        )?;
        for name in ["judge", "guides.0", "guides.1", "guides.2"] {
            document.set(&format!("{name}.epochs"), "8", "as for the classifier")?;
        }
    }
    if !is_slab && facts.prepared_here && facts.is_like_people() {
        let scanners = "[{ blur_voxels = 0.5 }, { blur_voxels = 0.5, gamma = 1.6 }, { blur_voxels = 0.5, gamma = 0.65 }, { gain = 0.88 }, { gain = 1.1 }]";
        document.set(
            "classifier.scanners",
            scanners,
            "simulated scanners: the same maps as other scanners would show them (docs/training.md)",
        )?;
    }
    Ok(())
}

fn set_translators(document: &mut Document, facts: &Facts, grid: &PlannedGrid, is_slab: bool) -> Result<u64> {
    let [nx, ny, nz] = grid.shape;
    if facts.unknown_ages == 0 {
        let cell = |side: usize, most_mm: f64| divisor(side, (most_mm / grid.spacing_mm).round().max(1.0) as usize);
        let cells = [cell(nx, 8.0), cell(ny, 8.0), cell(nz, if is_slab { 10.0 } else { 8.0 })];
        let [x, y, z] = cells.map(|voxels| voxels as f64 * grid.spacing_mm);
        document.set("ageing.cell_voxels", &format!("{cells:?}"), &format!("{x:.0} x {y:.0} x {z:.0} mm"))?;
    } else {
        document.remove("ageing")?;
        if facts.unknown_ages == facts.people.iter().sum::<usize>() {
            document.set("classifier.lambda_age", "0.0", "no age is known")?;
        }
    }
    let batch = if is_slab { 2 } else { 1 };
    let (usual, what) = match (is_slab, facts.is_like_people()) {
        (true, _) => (1200, "slabs of 149 people"),
        (false, true) => (1000, "292 phantoms with the bounded output"),
        (false, false) => (600, "292 phantoms"),
    };
    let for_all = LEAST_PASSES * facts.fewest_to_train as u64 / batch;
    let steps = u64::max(usual, for_all);
    let reason = match steps > usual {
        true => {
            format!(
                "each of {} subjects per group is seen about {LEAST_PASSES} times; {usual} for {what}",
                facts.fewest_to_train
            )
        }
        false => format!("as for {what}"),
    };
    document.set("cyclegan.steps", &steps.to_string(), &reason)?;
    document.set(
        "cyclegan.batch",
        &batch.to_string(),
        if is_slab { "people of each group per step" } else { "one volume of each group per step" },
    )?;
    document.set(
        "cyclegan.precision",
        "\"f32\"",
        "networks this small are hardly faster in 16 bits: 27.7 and 26.2 ms per step at 4 mm on an H100",
    )?;
    let start = |by: &str| format!("{{ places = [{nx}, {ny}, {nz}], by = \"{by}\" }}");
    if !facts.is_like_people() {
        if is_slab {
            document.remove("cyclegan.generator.start")?;
        } else {
            let reason = "starts from the best baseline without a network, the local fit";
            document.set("cyclegan.generator.start", &start("deformation"), reason)?;
        }
    } else {
        if !is_slab {
            let reason =
                "a share of what can be gained or lost: moved tissue has not been measured on whole brains of people";
            document.set("cyclegan.generator.output", "\"bounded\"", reason)?;
        }
        let reason = "starts from the best baseline without a network, the bounded mean";
        document.set("cyclegan.generator.start", &start("share"), reason)?;
        if !is_slab {
            document.set(
                "cyclegan.lambda_observer",
                "0.02",
                "feature matching: translations should have the grey values and the spectrum of real maps; as on slabs of people",
            )?;
            document.set(
                "cyclegan.augmentation",
                "{ flip = false, shift_voxels = 1, gain = 0.02, gamma = 0.0, blur_voxels = 0.0 }",
                "brains are not symmetric: mirroring would blur differences between left and right",
            )?;
        }
    }
    Ok(steps)
}

/// Fewer steps where a time is given; `None` where these fit into it.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: too little time for any training. Others as [`recipe`].
pub fn within(recipe: &mut Recipe, step_s: f64, hours: f64) -> Result<Option<u64>> {
    let fit = (hours * 3600.0 / step_s.max(1e-9)) as u64;
    if fit >= recipe.steps {
        return Ok(None);
    }
    if fit < LEAST_STEPS {
        let least = LEAST_STEPS as f64 * step_s / 3600.0;
        return Err(unusable(format!(
            "--hours {hours}: {fit} steps of {step_s:.2} s fit into it, and fewer than {LEAST_STEPS} teach nothing; give {least:.2} or more"
        )));
    }
    let steps = fit;
    let reason = format!("what fits into {hours} hours at {step_s:.2} s per step; {} were planned", recipe.steps);
    recipe.document.set("cyclegan.steps", &steps.to_string(), &reason)?;
    recipe.steps = steps;
    Ok(Some(steps))
}

/// As TOML writes a number of millimetres.
fn decimal(mm: f64) -> String {
    let rounded = (mm * 1000.0).round() / 1000.0;
    if rounded.fract() == 0.0 { format!("{rounded:.1}") } else { rounded.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::facts::Field;
    use crate::training::config::TrainingConfig;
    use shared::model::{GeneratorOutput, StartKind};

    fn facts(height_mm: f64, spacing_mm: f64) -> Facts {
        Facts {
            cohort_name: "example".into(),
            phantom: false,
            prepared_here: true,
            people: [100, 86],
            fewest_to_train: 69,
            has_split: false,
            unknown_ages: 0,
            field: Field {
                low_mm: [-70.0, -104.0, 4.0 - height_mm / 3.0],
                high_mm: [70.0, 72.0, 4.0 - height_mm / 3.0 + height_mm - spacing_mm],
                spacing_mm,
                lattice_mm: [-90.0, -126.0, 4.0 - height_mm / 3.0],
            },
            on_card: false,
            device_name: "CPU".into(),
        }
    }

    fn planned(facts: &Facts, wishes: Wishes) -> TrainingConfig {
        let text = recipe(facts, wishes).unwrap().document.text();
        let config: TrainingConfig = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        config.check().unwrap_or_else(|reason| panic!("{reason}\n{text}"));
        config
    }

    #[test]
    fn the_shipped_slab_is_planned_as_it_was_trained() {
        let shipped: TrainingConfig = toml::from_str(SLAB_FROM_T1).unwrap();
        let config = planned(&facts(20.0, 2.0), Wishes::default());
        assert_eq!(config.grid.shape, shipped.grid.shape);
        assert_eq!(config.cyclegan, shipped.cyclegan);
        assert_eq!(config.classifier, shipped.classifier);
        let maps = planned(&Facts { prepared_here: false, ..facts(20.0, 2.0) }, Wishes::default());
        assert_eq!(
            maps.classifier.scanners,
            toml::from_str::<TrainingConfig>(SLAB_FROM_MAPS).unwrap().classifier.scanners
        );
    }

    #[test]
    fn a_whole_brain_gets_what_the_machine_can_do() {
        let facts = facts(150.0, 2.0);
        let on_cpu = planned(&facts, Wishes::default());
        let on_card = planned(&Facts { on_card: true, ..facts.clone() }, Wishes::default());
        assert_eq!((on_cpu.grid.spacing_mm, on_card.grid.spacing_mm), (4.0, 2.0));
        assert!(on_card.grid.shape[2] * 2 >= 150 && on_cpu.grid.shape[2] * 4 >= 150);
        assert_eq!(on_cpu.cyclegan.generator.output, GeneratorOutput::Bounded);
        assert!(on_cpu.cyclegan.generator.start.is_some() && !on_cpu.classifier.scanners.is_empty());
        assert_eq!(planned(&facts, Wishes { spacing_mm: Some(3.0), seed: Some(9) }).seed, 9);
    }

    #[test]
    fn phantoms_and_people_without_ages_have_a_plan_too() {
        let phantoms = Facts { phantom: true, prepared_here: false, has_split: true, ..facts(150.0, 4.0) };
        let generator = planned(&phantoms, Wishes::default()).cyclegan.generator;
        assert_eq!(generator.output, GeneratorOutput::Deformed);
        assert_eq!(generator.start.map(|start| start.by), Some(StartKind::Deformation));
        assert!(planned(&Facts { unknown_ages: 1, ..facts(20.0, 2.0) }, Wishes::default()).ageing.is_none());
        let few = planned(&Facts { people: [7, 6], fewest_to_train: 5, ..facts(20.0, 2.0) }, Wishes::default());
        assert_eq!((few.classifier.folds, few.classifier.permuted_folds), (2, 2));
    }

    #[test]
    fn many_people_are_seen_as_often_and_a_limit_of_time_holds() {
        let many = Facts { fewest_to_train: 900, ..facts(20.0, 2.0) };
        let mut recipe = recipe(&many, Wishes::default()).unwrap();
        assert_eq!(recipe.steps, 3600);
        assert_eq!(within(&mut recipe, 1.0, 2.0).unwrap(), None);
        assert_eq!(within(&mut recipe, 1.0, 0.5).unwrap(), Some(1800));
        assert!(recipe.document.text().contains("steps = 1800  # what fits into 0.5 hours"));
        assert!(within(&mut recipe, 100.0, 0.5).unwrap_err().to_string().contains("fewer than 300"));
    }
}
