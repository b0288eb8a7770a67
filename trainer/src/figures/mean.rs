//! Figure 2 of the thesis: the mean difference over a group, in three planes.

use crate::figures::sheet::{Picture, Sheet};
use crate::figures::slices::{Extreme, Sampler};
use crate::figures::{
    CHANGE_LABEL, COMPARED_SLICES, Figure, FigureStyle, GroupMaps, brain_figure, change_scale, first_of, grid_and_unit,
    mean_of, name, show_person,
};
use crate::statistics::gaussian::gaussian;
use anyhow::Result;
use shared::volume::Volume;

/// Full width at half maximum of the smoothing that finds where change is largest: one voxel alone shall not decide.
const FWHM_MM: f64 = 8.0;
/// Standard deviations in a full width at half maximum: 2 √(2 ln 2).
const SD_IN_FWHM: f64 = 2.354_820_045_030_949;

/// Mean difference over the group: three planes through the largest loss and the largest gain, then axial slices; both
/// directions on one scale. Its PNG is `mean_difference.png`.
pub fn mean_difference(directions: &[GroupMaps], style: FigureStyle) -> Result<Figure> {
    let first = first_of(directions)?;
    let scale = change_scale(directions.iter().map(|direction| direction.difference));
    let mut sheet = Sheet::new(first.original, style.mask, style.stamp)?;
    let mut findings = Vec::new();
    for direction in directions {
        let picture = Picture { anatomy: direction.original, map: Some((direction.difference, scale)) };
        let smoothed = smoothed(direction.difference, style.mask);
        let [low, high] = Sampler::new(&smoothed)?.extremes().unwrap_or_default();
        let loss = Some(low).filter(|low| low.value < 0.0);
        let gain = Some(high).filter(|high| high.value > 0.0);
        for (what, found) in [("largest loss", loss), ("largest gain", gain)] {
            let Some(found) = found else { continue };
            sheet.heading(
                &format!("{}: {what}", name(direction.direction)),
                &format!("{}; smoothed {}", mean_of(direction), found.in_words()),
            );
            sheet.planes(picture, found.mni_mm)?;
        }
        sheet.heading(&format!("{}: axial slices", name(direction.direction)), &mean_of(direction));
        sheet.slices(
            picture,
            &Sampler::new(direction.original)?.axial_slices_mm(2 * COMPARED_SLICES),
            COMPARED_SLICES as u32,
        )?;
        let words = |found: Option<Extreme>| found.map_or_else(|| "none".to_owned(), |found| found.in_words());
        findings.push(format!(
            "{} ({}): largest loss {}, largest gain {}.",
            name(direction.direction),
            mean_of(direction),
            words(loss),
            words(gain)
        ));
    }
    sheet.bars(&[(Some(scale), CHANGE_LABEL)]);
    let caption = format!(
        "What the model changes, on average: blue is less grey matter after translation, red is more. The crosshairs mark \
         the largest loss and gain of the map smoothed by {FWHM_MM:.0} mm (full width at half maximum); the map itself is \
         shown unsmoothed. L left, R right, A front, P back. {} {}",
        findings.join(" "),
        grid_and_unit(first.difference, scale)
    );
    brain_figure("mean_difference", "Mean difference map in three planes", caption, sheet, show_person(directions))
}

/// The map inside the mask, smoothed; what is no number counts as no change.
fn smoothed(map: &Volume, mask: Option<&Volume>) -> Volume {
    let mask = mask.filter(|mask| mask.shape == map.shape);
    let inside = |voxel: usize| mask.is_none_or(|mask| mask.data.get(voxel).is_some_and(|&part| part >= 0.5));
    let finite = map.data.iter().enumerate();
    let data: Vec<f32> =
        finite.map(|(voxel, &value)| if value.is_finite() && inside(voxel) { value } else { 0.0 }).collect();
    let sigma_voxels = map.world_from_voxel.spacing_mm().map(|spacing_mm| FWHM_MM / SD_IN_FWHM / spacing_mm);
    map.with_data(gaussian(&data, map.shape, sigma_voxels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::volume::Affine;

    #[test]
    fn a_region_outweighs_a_single_voxel() {
        let shape = [21, 21, 9];
        let mut data = vec![0.0f32; 21 * 21 * 9];
        let at = |x: usize, y: usize, z: usize| x + 21 * (y + 21 * z);
        data[at(3, 3, 4)] = -0.9;
        for z in 3..6 {
            for y in 12..17 {
                for x in 12..17 {
                    data[at(x, y, z)] = -0.2;
                }
            }
        }
        data[at(18, 3, 4)] = f32::NAN;
        data[at(3, 18, 4)] = -50.0;
        let world_from_voxel = Affine::from_spacing_origin([2.0; 3], [0.0; 3]);
        let mut mask = Volume::new(shape, vec![1.0; data.len()], world_from_voxel);
        mask.data[at(3, 18, 4)] = 0.0;
        let map = Volume::new(shape, data, world_from_voxel);
        let smoothed = smoothed(&map, Some(&mask));
        let [low, _] = Sampler::new(&smoothed).unwrap().extremes().unwrap();
        assert_eq!(low.mni_mm, [28.0, 28.0, 8.0]);
        assert!(low.value > -0.2 && low.value < -0.05);
    }
}
