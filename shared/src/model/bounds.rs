//! What settings a network can be built from. Settings come from files of others: whatever is not sound is refused before
//! anything is built.

use super::{
    ClassifierConfig, Edge, GeneratorConfig, GeneratorOutput, ModelConfig, NORM_GROUPS, Norm, Pooling, SpatialKind,
    StartKind,
};
use crate::network_fault::{ModelsFault, NetworkFault};

/// More than any network here needs, and little enough to be held.
const MOST_FILTERS: usize = 512;
const MOST_CHANNELS: usize = 4096;
const MOST_LAYERS: usize = 8;
const MOST_BLOCKS: usize = 64;
const MOST_KERNEL: usize = 15;
const MOST_WEIGHTS: usize = 1 << 26;

impl ModelConfig {
    /// Why no such networks can be made for a grid of `shape` voxels along x, y, z, if so.
    ///
    /// # Errors
    /// The setting, and what it may be.
    pub fn check(&self, shape: [usize; 3]) -> Result<(), ModelsFault> {
        for (network, classifier) in [("classifier", &self.classifier), ("judge", &self.judge)] {
            classifier.check(shape).map_err(|reason| ModelsFault { network, reason })?;
        }
        self.generator.check(shape).map_err(|reason| ModelsFault { network: "generator", reason })
    }
}

impl ClassifierConfig {
    /// Why no such network can be made for a grid of `shape` voxels along x, y, z, if so.
    ///
    /// # Errors
    /// The setting, and what it may be.
    pub fn check(&self, shape: [usize; 3]) -> Result<(), NetworkFault> {
        check_widths(self.filters, self.layers, "layers")?;
        check_kernel(self.kernel, "kernel")?;
        if self.layers == 0 {
            return Err(NetworkFault::Range { name: "layers", least: 1, most: MOST_LAYERS });
        }
        if self.norm == Norm::Group && !self.filters.is_multiple_of(NORM_GROUPS) {
            return Err(NetworkFault::Groups { groups: NORM_GROUPS });
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(NetworkFault::Dropout);
        }
        self.check_first_filters()?;
        let deepest = self.filters << (self.layers - 1);
        check_weights(deepest, deepest, self.kernel.max(3), self.kind, self.layers)?;
        match self.pooling {
            Pooling::Grid => Ok(()),
            Pooling::Cells { voxels, counts } => self.check_cells(voxels, counts, shape),
        }
    }

    fn check_cells(&self, voxels: usize, counts: [usize; 3], [nx, ny, nz]: [usize; 3]) -> Result<(), NetworkFault> {
        let stride = 1 << self.layers;
        if self.kind == SpatialKind::Volume || voxels == 0 {
            return Err(NetworkFault::Cells);
        }
        let fitting = [nx / voxels, ny / voxels, nz];
        if !voxels.is_multiple_of(stride) || counts != fitting {
            return Err(NetworkFault::CellCounts { voxels, stride, counts: fitting });
        }
        if !nx.is_multiple_of(voxels) || !ny.is_multiple_of(voxels) {
            return Err(NetworkFault::CellsOfGrid { voxels });
        }
        Ok(())
    }
}

impl GeneratorConfig {
    /// Why no such network can be made for a grid of `shape` voxels along x, y, z, if so.
    ///
    /// # Errors
    /// The setting, and what it may be.
    pub fn check(&self, shape: [usize; 3]) -> Result<(), NetworkFault> {
        check_widths(self.filters, self.downsamplings + 1, "downsamplings")?;
        check_kernel(self.outer_kernel, "outer_kernel")?;
        if self.blocks > MOST_BLOCKS {
            return Err(NetworkFault::Range { name: "blocks", least: 0, most: MOST_BLOCKS });
        }
        let deepest = self.filters << self.downsamplings;
        check_weights(deepest, deepest, 3, self.kind, 2 * self.blocks + 2 * self.downsamplings + 1)?;
        let sides = if self.kind == SpatialKind::Volume { &shape[..] } else { &shape[..2] };
        let divisor = 1usize << self.downsamplings;
        if sides.iter().any(|side| !side.is_multiple_of(divisor) || *side == 0) {
            return Err(NetworkFault::Halved { times: self.downsamplings, divisor });
        }
        // A mirrored border is narrower than what it mirrors.
        let least = (self.outer_kernel / 2 + 1).max(2 * divisor);
        if self.edge == Edge::Reflect && sides.iter().any(|side| *side < least) {
            return Err(NetworkFault::Reflect { least });
        }
        let fits = match self.start.map(|start| start.by) {
            Some(StartKind::Share) => self.output == GeneratorOutput::Bounded,
            Some(StartKind::Deformation) => self.output == GeneratorOutput::Deformed,
            Some(StartKind::Line) | None => true,
        };
        if !fits {
            return Err(NetworkFault::StartOfOutput);
        }
        if self.start.is_some() && self.output == GeneratorOutput::Direct {
            return Err(NetworkFault::StartOfDirect);
        }
        if self.start.is_some_and(|start| start.places != shape) {
            return Err(NetworkFault::StartOfGrid { shape });
        }
        let Some(dose) = &self.dose else { return Ok(()) };
        if self.output == GeneratorOutput::Direct {
            return Err(NetworkFault::DoseOfDirect);
        }
        dose.check(self.kind, shape)
    }
}

/// `filters` doubled from level to level.
fn check_widths(filters: usize, levels: usize, name: &'static str) -> Result<(), NetworkFault> {
    if !(1..=MOST_FILTERS).contains(&filters) {
        return Err(NetworkFault::Range { name: "filters", least: 1, most: MOST_FILTERS });
    }
    if levels > MOST_LAYERS || filters << levels.saturating_sub(1) > MOST_CHANNELS {
        return Err(NetworkFault::Widths { name, layers: MOST_LAYERS, channels: MOST_CHANNELS });
    }
    Ok(())
}

fn check_kernel(kernel: usize, name: &'static str) -> Result<(), NetworkFault> {
    match kernel % 2 == 1 && (3..=MOST_KERNEL).contains(&kernel) {
        true => Ok(()),
        false => Err(NetworkFault::Kernel { name, most: MOST_KERNEL }),
    }
}

/// An upper bound: all layers as wide as the widest.
fn check_weights(
    inputs: usize,
    outputs: usize,
    kernel: usize,
    kind: SpatialKind,
    layers: usize,
) -> Result<(), NetworkFault> {
    let axes = if kind == SpatialKind::Volume { 3 } else { 2 };
    let weights = inputs.saturating_mul(outputs).saturating_mul(kernel.pow(axes)).saturating_mul(layers);
    match weights <= MOST_WEIGHTS {
        true => Ok(()),
        false => Err(NetworkFault::Weights { weights, most: MOST_WEIGHTS }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const SHAPE: [usize; 3] = [80, 96, 10];

    /// Settings of the shape that people's slices have, one of them changed.
    fn changed(part: &str, key: &str, value: Value) -> Result<(), String> {
        let classifier = json!({
            "kind": "plane", "filters": 8, "layers": 1, "kernel": 5, "refine": false, "first_filters": "lines",
            "norm": "none", "pooling": { "cells": { "voxels": 8, "counts": [10, 12, 10] } }, "dropout": 0.0
        });
        let generator = json!({
            "kind": "plane", "filters": 16, "downsamplings": 2, "blocks": 3, "outer_kernel": 5, "edge": "zero",
            "output": "bounded", "skips": true
        });
        let mut whole = json!({ "classifier": classifier, "judge": classifier, "generator": generator });
        whole[part][key] = value;
        let config: ModelConfig = serde_json::from_value(whole).map_err(|error| error.to_string())?;
        config.check(SHAPE).map_err(|fault| fault.to_string())
    }

    #[test]
    fn sound_settings_pass_and_each_hostile_one_is_refused_by_its_name() {
        assert_eq!(changed("classifier", "dropout", json!(0.0)), Ok(()));
        let cells = |voxels: u64, counts: [u64; 3]| json!({ "cells": { "voxels": voxels, "counts": counts } });
        for (part, key, value, word) in [
            ("classifier", "pooling", cells(1, [80, 96, 10]), "multiple of 2"),
            ("classifier", "pooling", cells(8, [60_000, 60_000, 1]), "counts"),
            ("classifier", "pooling", cells(0, [0, 0, 0]), "one voxel"),
            ("judge", "dropout", json!(1.0), "dropout"),
            ("judge", "layers", json!(0), "layers"),
            ("judge", "layers", json!(60), "layers"),
            ("judge", "kernel", json!(1), "kernel"),
            ("judge", "filters", json!(0), "filters"),
            ("generator", "blocks", json!(4_000_000_000u64), "blocks"),
            ("generator", "downsamplings", json!(5), "divisible"),
            ("generator", "downsamplings", json!(63), "downsamplings"),
            ("generator", "filters", json!(u64::MAX), "filters"),
            ("generator", "outer_kernel", json!(4), "outer_kernel"),
            ("generator", "start", json!({ "places": [80, 96, 10], "by": "deformation" }), "deformed"),
            ("generator", "dose", json!({ "voxels": 2, "counts": [1, 1, 1] }), "dose"),
        ] {
            let found = changed(part, key, value);
            let reason = found.expect_err(word);
            assert!(reason.starts_with(part) && reason.contains(word), "{reason}");
        }
    }

    #[test]
    fn groups_of_channels_need_channels_that_divide() {
        let classifier = ClassifierConfig::plain(SpatialKind::Plane, 4, 1, Norm::Group, 0.0);
        assert_eq!(classifier.check(SHAPE), Err(NetworkFault::Groups { groups: NORM_GROUPS }));
        assert_eq!(ClassifierConfig::plain(SpatialKind::Plane, 8, 1, Norm::Group, 0.0).check(SHAPE), Ok(()));
    }
}
