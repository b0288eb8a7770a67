//! A label map of our own, from the shipped templates: for tests where no other label maps are at hand.
//!
//! Colin27's intensities within the ICBM152 brain give the tissues; around it they give skull, fat, skin and eyes'
//! surroundings. Coarser than a real label map: no ventricles apart from each other, no nuclei, no vessels.

use super::distance::distances;
use super::labels::{CANCELLOUS_BONE, CORTICAL_BONE, HeadLabels, HeadsError, MUCOSA, OUTER_FLUID, SKIN, SOFT_TISSUE};
use crate::prepare::t1::Template;
use crate::prepare::t1::field::smooth;
use crate::volume::{Affine, Grid, Volume, resample};

/// Air around the template's head, in voxels of 2 mm: the template itself ends close to the skin.
const MARGIN: usize = 8;
/// Colin27 at this and above is no air.
const HEAD: f32 = 0.09;
/// Between fluid and grey, and between grey and white matter, in Colin27's intensities.
const GREY_FROM: f32 = 0.235;
const WHITE_FROM: f32 = 0.385;
/// Bone around the brain lies within this distance, mm.
const SKULL_MM: f32 = 16.0;
/// Darker than this is bone, outside the brain.
const BONE_BELOW: f32 = 0.17;
/// The standard brain is larger than most people's; this is the factor of length to an ordinary one.
const SIZE: f64 = 0.92;
/// Thickness of the skin, mm.
const SKIN_MM: f32 = 3.0;

/// The label map of a whole head whose brain the template is: `head` is Colin27, 0..1, in MNI152 space.
///
/// # Errors
/// [`HeadsError::NoLabels`]: the template shows no brain, so it is damaged.
pub fn template_head(template: &Template, head: &Volume) -> Result<HeadLabels, HeadsError> {
    let grid = wider(head);
    let head = resample(head, &grid);
    let on_grid = |data: Vec<f32>| resample(&template.gm.with_data(data), &grid).data;
    let brain: Vec<bool> = on_grid(template.t1.data.iter().map(|value| f32::from(u8::from(*value > 0.01))).collect())
        .into_iter()
        .map(|share| share > 0.5)
        .collect();
    let fluid_prior = on_grid(template.csf.data.clone());
    let white_prior = on_grid(template.wm.data.clone());
    let spacing_mm = 2.0;
    let shape = grid.shape;
    let mm = |set: &[bool]| -> Vec<f32> {
        distances(set, shape).voxels.into_iter().map(|voxels| voxels * spacing_mm).collect()
    };
    let in_head = filled(&head, &brain);
    let outside: Vec<bool> = in_head.iter().map(|inside| !inside).collect();
    let (to_air, to_brain) = (mm(&outside), mm(&brain));
    let into_brain = mm(&brain.iter().map(|inside| !inside).collect::<Vec<bool>>());
    let [nx, ny, _] = shape;
    let label = |index: usize| -> u16 {
        let place = grid.mni_from_voxel.apply([index % nx, index / nx % ny, index / (nx * ny)].map(|i| i as f64));
        let value = head.data[index];
        let sided = |left: u16, right: u16| if place[0] < 0.0 { left } else { right };
        if brain[index] {
            // Behind and below: cerebellum. In the middle below: brain stem.
            let below = place[2] < -18.0 && place[1] < -38.0;
            let stem = place[2] < -12.0 && place[0].abs() < 14.0 && place[1] > -38.0 && place[1] < -12.0;
            return match value {
                value if value >= WHITE_FROM || (white_prior[index] > 0.9 && value > GREY_FROM) => {
                    match (stem, below) {
                        (true, _) => 16,
                        (_, true) => sided(7, 46),
                        _ => sided(2, 41),
                    }
                }
                value if value >= GREY_FROM => match (stem, below) {
                    (true, _) => 16,
                    (_, true) => sided(8, 47),
                    _ => sided(3, 42),
                },
                _ if into_brain[index] > 16.0 && fluid_prior[index] > 0.4 => ventricle(place),
                _ => OUTER_FLUID,
            };
        }
        if !in_head[index] {
            return 0;
        }
        match value {
            _ if to_air[index] <= SKIN_MM => SKIN,
            value if value < BONE_BELOW && to_brain[index] <= 3.0 => OUTER_FLUID,
            value if value < BONE_BELOW && to_brain[index] <= SKULL_MM => CORTICAL_BONE,
            value if value < 0.6 * BONE_BELOW => 0,
            _ if to_brain[index] <= 6.0 => CANCELLOUS_BONE,
            value if value < 0.3 && place[1] > 40.0 => MUCOSA,
            _ => SOFT_TISSUE,
        }
    };
    let labels: Vec<u16> = (0..head.data.len()).map(label).collect();
    let smaller = Affine::from_spacing_origin([SIZE; 3], [0.0; 3]);
    let volume = Volume::new(
        shape,
        labels.iter().map(|label| f32::from(*label)).collect(),
        smaller.compose(&grid.mni_from_voxel),
    );
    HeadLabels::from_volume("template", &volume)
}

/// Which ventricle deep fluid belongs to; in the middle behind lie cisterns, which are none.
fn ventricle([x, y, z]: [f64; 3]) -> u16 {
    let side = if x < 0.0 { 4 } else { 43 };
    match (x.abs(), y, z) {
        (x, y, z) if x < 3.0 && y > -32.0 && (-12.0..3.0).contains(&z) => 14,
        (x, y, z) if z > 2.0 && (y > -30.0 || x > 12.0) => side,
        (x, y, z) if x > 18.0 && y > -80.0 && z > -16.0 => side,
        _ => OUTER_FLUID,
    }
}

/// The head's grid with air around it; downwards it goes on as it is, since the neck is cut there.
fn wider(head: &Volume) -> Grid {
    let shape = std::array::from_fn(|axis| head.shape[axis] + if axis == 2 { MARGIN } else { 2 * MARGIN });
    let back = -(MARGIN as f64);
    let wider = Affine::from_spacing_origin([1.0; 3], [back, back, 0.0]);
    Grid { shape, mni_from_voxel: head.world_from_voxel.compose(&wider) }
}

/// What is head: bright voxels, closed over the dark bone.
fn filled(head: &Volume, brain: &[bool]) -> Vec<bool> {
    let bright: Vec<f32> = head.data.iter().map(|value| f32::from(u8::from(*value > HEAD))).collect();
    let bright = smooth(&bright, head.shape, [1.0; 3]);
    let mut inside: Vec<bool> = bright.iter().zip(brain).map(|(share, brain)| *share > 0.4 || *brain).collect();
    // Closed by two centimetres, then opened by as much.
    let closed: Vec<bool> = distances(&inside, head.shape).voxels.iter().map(|voxels| *voxels <= 6.0).collect();
    let outside: Vec<bool> = closed.iter().map(|closed| !closed).collect();
    let depth = distances(&outside, head.shape).voxels;
    inside.iter_mut().zip(depth).for_each(|(inside, depth)| *inside |= depth > 6.0);
    inside
}
