//! Lays the brain of a label map over the standard brain by its tissues alone: no skull, no scalp, nothing to mistake.

use super::labels::{HeadLabels, OUTER_FLUID, is_brain, is_fluid, is_grey};
use crate::correlation::pearson;
use crate::prepare::t1::Template;
use crate::prepare::t1::field::smooth;
use crate::volume::{Affine, Grid, Volume, resample};

/// What grey matter and fluid are worth where white matter is 1: any order that no two share would do.
const GREY: f32 = 0.7;
const FLUID: f32 = 0.25;
/// Both brains are blurred by this much (sigma): one person's folds are not another's.
const BLUR_MM: f64 = 4.0;
/// Only every so many voxels of the standard brain count, along each axis.
const STRIDE: usize = 2;
/// Steps of the search in mm, or what moves the brain's border by about as much.
const STEPS: [f64; 5] = [8.0, 4.0, 2.0, 1.0, 0.4];
/// Rounds over all twelve numbers at each step.
const MOST_ROUNDS: usize = 12;
/// Half of a brain's length, mm: turns and sizes act at this distance.
const ARM_MM: f64 = 80.0;

/// From the label map's millimetres to the standard brain's, by twelve numbers.
pub fn mni_from_label(head: &HeadLabels, template: &Template) -> Affine {
    let standard = standard_brain(template);
    let own = label_brain(head);
    let points = points(&standard);
    let (label_middle, mni_middle) = (middle(&own), middle(&standard));
    // Shift, turn, logarithm of the size, shear; all in mm at the brain's border.
    let mut numbers = [0.0; 12];
    let label_from_mni = |numbers: &[f64; 12]| {
        let [sx, sy, sz] = [numbers[6], numbers[7], numbers[8]].map(|size| (size / ARM_MM).exp());
        let [a, b, c] = [numbers[9], numbers[10], numbers[11]].map(|shear| shear / ARM_MM);
        let turn = super::recipe::turned([numbers[3], numbers[4], numbers[5]].map(|mm| (mm / ARM_MM).to_degrees()));
        let shape = Affine([[sx, a, b, 0.0], [0.0, sy, c, 0.0], [0.0, 0.0, sz, 0.0]]);
        let shift = std::array::from_fn(|axis| label_middle[axis] + numbers[axis]);
        let from_middle = Affine::from_spacing_origin([1.0; 3], mni_middle.map(|value| -value));
        Affine::from_spacing_origin([1.0; 3], shift).compose(&turn).compose(&shape).compose(&from_middle)
    };
    let score = |numbers: &[f64; 12]| agreement(&points, &own, &label_from_mni(numbers));
    let mut best = score(&numbers);
    for step in STEPS {
        for _ in 0..MOST_ROUNDS {
            let before = best;
            for number in 0..12 {
                for way in [step, -step] {
                    let mut tried = numbers;
                    tried[number] += way;
                    let value = score(&tried);
                    if value > best {
                        (numbers, best) = (tried, value);
                        break;
                    }
                }
            }
            if best - before < 1e-6 {
                break;
            }
        }
    }
    // Sizes are exponentials and turns are small, so there is an inverse.
    label_from_mni(&numbers).inverse().unwrap_or(Affine::IDENTITY)
}

/// The standard brain's tissues, blurred; outside it 0.
fn standard_brain(template: &Template) -> Volume {
    let tissues = template.gm.data.iter().zip(&template.wm.data).zip(&template.csf.data);
    let data: Vec<f32> = tissues.map(|((gm, wm), csf)| GREY * gm + wm + FLUID * csf).collect();
    let spacing_mm = template.gm.world_from_voxel.spacing_mm()[0];
    let data = smooth(&data, template.gm.shape, [BLUR_MM / spacing_mm; 3]);
    template.gm.with_data(data)
}

/// The label map's tissues, blurred; outside the brain, and in the fluid around it, 0.
fn label_brain(head: &HeadLabels) -> Volume {
    let intensity = |label: u16| match label {
        OUTER_FLUID => 0.0,
        label if is_grey(label) => GREY,
        label if is_fluid(label) => FLUID,
        label if is_brain(label) => 1.0,
        _ => 0.0,
    };
    let data: Vec<f32> = head.labels.iter().map(|label| intensity(*label)).collect();
    let data = smooth(&data, head.shape, [BLUR_MM / head.spacing_mm(); 3]);
    Volume::new(head.shape, data, head.world_from_voxel)
}

/// Mean place of what is bright, mm.
fn middle(volume: &Volume) -> [f64; 3] {
    let [nx, ny, _] = volume.shape;
    let (mut sum, mut weight) = ([0.0; 3], 0.0);
    for (index, value) in volume.data.iter().enumerate().filter(|(_, value)| **value > 0.1) {
        let voxel = [index % nx, index / nx % ny, index / (nx * ny)];
        (0..3).for_each(|axis| sum[axis] += voxel[axis] as f64 * f64::from(*value));
        weight += f64::from(*value);
    }
    volume.world_from_voxel.apply(sum.map(|sum| sum / f64::max(weight, 1e-6)))
}

/// The standard brain and the rim about it, coarsely.
fn points(standard: &Volume) -> Volume {
    let shape = standard.shape.map(|side| side / STRIDE);
    let coarse = Affine::from_spacing_origin([STRIDE as f64; 3], [0.0; 3]);
    resample(standard, &Grid { shape, mni_from_voxel: standard.world_from_voxel.compose(&coarse) })
}

/// Correlation of the two brains over the standard brain's grid.
fn agreement(standard: &Volume, own: &Volume, label_from_mni: &Affine) -> f64 {
    // Instead of moving the label map: the standard grid, as it lies in the label map.
    let grid = Grid { shape: standard.shape, mni_from_voxel: label_from_mni.compose(&standard.world_from_voxel) };
    let found = resample(own, &grid).data;
    let pairs = standard.data.iter().zip(&found).map(|(a, b)| (f64::from(*a), f64::from(*b)));
    pearson(pairs).unwrap_or(0.0)
}
