//! The figures of a report: mean maps of groups as slices, and charts.
//!
//! A figure of a single person is marked as such (`shows_person`), and the report leaves it out unless the data
//! are phantoms. All brain figures come as SVG and as PNG; captions state unit, grid and number of subjects.

mod attention;
pub mod canvas;
mod charts;
pub mod colour;
pub mod frame;
mod mean;
mod reliability;
mod sheet;
mod slices;

pub use attention::{Attention, difference_and_attention};
pub use charts::{ProbabilityShift, curves_from_csv, probabilities, training_curves};
pub use mean::mean_difference;
pub use reliability::reliability;

use crate::figures::colour::{SMALLEST_LIMIT, Scale};
use crate::statistics::quantile_of_sorted;
use anyhow::{Result, ensure};
use shared::explain::{Direction, Explanation};
use shared::volume::Volume;
use sheet::{Picture, Sheet};
use slices::{Sampler, signed_mm};

/// The look of all reports; a part of their pages' templates.
pub const PAGE_STYLE: &str = include_str!("style.css");

/// Slices in a line of a figure that compares rows.
const COMPARED_SLICES: usize = 5;

/// Share of voxels whose change fits into the colour bar; the rest is drawn in its end colours.
const SHOWN_QUANTILE: f64 = 0.98;

const CHANGE_LABEL: &str = "change in grey-matter density (0 to 1), translated − original";
const DENSITY_LABEL: &str = "grey-matter density (0 to 1)";

/// How a figure is shown: brain pictures have their own dark surface, charts follow the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FigureKind {
    Brain,
    Chart,
}

/// A picture with all that is said about it.
#[derive(Clone, Debug)]
pub struct Figure {
    /// File name without ending, and anchor on the page: `mean_difference`.
    pub id: String,
    pub title: String,
    pub caption: String,
    /// What the picture shows, in words, for those who cannot see it.
    pub alt: String,
    pub kind: FigureKind,
    pub svg: String,
    /// The same as pixels; brain figures have it.
    pub png: Option<Vec<u8>>,
    /// True where it shows one person rather than a mean over a group.
    pub shows_person: bool,
}

/// Maps of one direction of translation, on one grid: means over a group, or those of one person.
#[derive(Clone, Copy, Debug)]
pub struct GroupMaps<'a> {
    pub direction: Direction,
    /// 1 means that the maps are a single person's.
    pub subjects: usize,
    /// Grey-matter density, 0..1.
    pub original: &'a Volume,
    pub translated: &'a Volume,
    /// `translated − original`.
    pub difference: &'a Volume,
    /// Relative, 0..1.
    pub cam: &'a Volume,
    /// Mean probability of the class old before and after translation.
    pub probability_old: Option<[f32; 2]>,
}

impl<'a> GroupMaps<'a> {
    /// Maps of one person: what is drawn from them counts as showing that person.
    pub fn of_person(explanation: &'a Explanation) -> Self {
        GroupMaps {
            direction: explanation.direction,
            subjects: 1,
            original: &explanation.original,
            translated: &explanation.translated,
            difference: &explanation.difference,
            cam: &explanation.cam,
            probability_old: Some([explanation.probability_old_before, explanation.probability_old_after]),
        }
    }
}

/// What all figures of a report have in common.
#[derive(Clone, Copy, Debug, Default)]
pub struct FigureStyle<'a> {
    /// Brain mask (0..1): sets the crop, and maps are shown within it only.
    pub mask: Option<&'a Volume>,
    /// Written on top of every brain figure: `PHANTOM: synthetic, no real person`.
    pub stamp: Option<&'a str>,
}

/// Original, translated and difference of one direction. For `subjects` = 1 the figure counts as showing a person.
pub fn example(maps: GroupMaps, style: FigureStyle) -> Result<Figure> {
    let scale = change_scale([maps.difference]);
    let slices_mm = Sampler::new(maps.original)?.axial_slices_mm(COMPARED_SLICES);
    let mut sheet = Sheet::new(maps.original, style.mask, style.stamp)?;
    let columns = COMPARED_SLICES as u32;
    sheet.heading("Original", &mean_of(&maps));
    sheet.slices(Picture { anatomy: maps.original, map: None }, &slices_mm, columns)?;
    sheet.heading("Translated", name(maps.direction));
    sheet.slices(Picture { anatomy: maps.translated, map: None }, &slices_mm, columns)?;
    sheet.heading("Difference", "translated − original");
    sheet.slices(Picture { anatomy: maps.original, map: Some((maps.difference, scale)) }, &slices_mm, columns)?;
    sheet.bars(&[(None, DENSITY_LABEL), (Some(scale), CHANGE_LABEL)]);
    let judged = maps.probability_old.map_or_else(String::new, |[before, after]| {
        format!(
            "The classifier gives the class old a probability of {before:.2} before and {after:.2} after translation. "
        )
    });
    let caption = format!("{} {judged}{}", people(&[maps]), grid_and_unit(maps.difference, scale));
    let id = format!("example_{}", maps.direction.as_str());
    let title = format!("{}: before and after", name(maps.direction));
    brain_figure(&id, &title, caption, sheet, show_person(&[maps]))
}

/// The plain difference of held-out people, old − young, over the mean difference maps, on one scale.
pub fn group_difference(
    old_minus_young: &Volume,
    young: usize,
    old: usize,
    directions: &[GroupMaps],
    style: FigureStyle,
) -> Result<Figure> {
    let first = first_of(directions)?;
    let scale = change_scale(directions.iter().map(|direction| direction.difference).chain([old_minus_young]));
    let slices_mm = Sampler::new(first.original)?.axial_slices_mm(COMPARED_SLICES);
    let columns = COMPARED_SLICES as u32;
    let mut sheet = Sheet::new(first.original, style.mask, style.stamp)?;
    sheet.heading("No model: mean of old − mean of young", &format!("{old} old, {young} young subjects"));
    sheet.slices(Picture { anatomy: first.original, map: Some((old_minus_young, scale)) }, &slices_mm, columns)?;
    for direction in directions {
        sheet.heading(&format!("Model: {}", name(direction.direction)), &mean_of(direction));
        sheet.slices(
            Picture { anatomy: direction.original, map: Some((direction.difference, scale)) },
            &slices_mm,
            columns,
        )?;
    }
    sheet.bars(&[(Some(scale), "difference in grey-matter density (0 to 1)")]);
    // With one subject in a group the "group" difference is that subject against the others.
    let shows_person = show_person(directions) || young.min(old) < 2;
    let caption = format!(
        "A check against the data: the first row is just the mean map of the old subjects minus that of the young ones. Young → old \
         should look like it, old → young like its opposite. {}",
        grid_and_unit(old_minus_young, scale)
    );
    brain_figure("group_difference", "Model against plain group difference", caption, sheet, shows_person)
}

fn brain_figure(id: &str, title: &str, caption: String, sheet: Sheet, shows_person: bool) -> Result<Figure> {
    let canvas = sheet.finish();
    let alt = format!("{title}. Axial slices, the subject's left on the left. {caption}");
    let svg = canvas.to_svg(title, &alt)?;
    let png = Some(canvas.to_png()?);
    Ok(Figure {
        id: id.to_owned(),
        title: title.to_owned(),
        caption,
        alt,
        kind: FigureKind::Brain,
        svg,
        png,
        shows_person,
    })
}

fn first_of<'a, 'b>(directions: &'b [GroupMaps<'a>]) -> Result<&'b GroupMaps<'a>> {
    ensure!(!directions.is_empty(), "a figure of difference maps needs maps of at least one direction");
    Ok(&directions[0])
}

/// A "mean" over one subject is a picture of that subject.
fn show_person(directions: &[GroupMaps]) -> bool {
    directions.iter().any(|direction| direction.subjects < 2)
}

fn name(direction: Direction) -> &'static str {
    match direction {
        Direction::YoungToOld => "Young → old",
        Direction::OldToYoung => "Old → young",
    }
}

fn mean_of(direction: &GroupMaps) -> String {
    let group = if direction.direction == Direction::YoungToOld { "young" } else { "old" };
    if direction.subjects == 1 {
        format!("one {group} case")
    } else {
        format!("mean of {} {group} subjects", direction.subjects)
    }
}

fn people(directions: &[GroupMaps]) -> String {
    let groups: Vec<String> =
        directions.iter().map(|direction| format!("{}: {}.", name(direction.direction), mean_of(direction))).collect();
    groups.join(" ")
}

/// One scale for several maps: its end covers nearly all voxels that change, rounded up to a number people can read.
fn change_scale<'a>(maps: impl IntoIterator<Item = &'a Volume>) -> Scale {
    let mut sizes: Vec<f64> = maps
        .into_iter()
        .flat_map(|map| &map.data)
        .map(|value| f64::from(value.abs()))
        .filter(|size| *size > 1e-6 && size.is_finite())
        .collect();
    sizes.sort_by(f64::total_cmp);
    let covered = quantile_of_sorted(&sizes, SHOWN_QUANTILE).unwrap_or(0.0) as f32;
    let steps = [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0];
    let limit = steps.into_iter().find(|&step| step >= covered.max(SMALLEST_LIMIT)).unwrap_or(1.0);
    Scale::of_change(limit)
}

fn grid_and_unit(map: &Volume, scale: Scale) -> String {
    let [width, depth, height] = map.shape;
    let spacing_mm = [0, 1, 2].map(|axis| map.world_from_voxel.0[axis][axis].to_string()).join(" × ");
    let Scale::Change { threshold, .. } = scale else { return String::new() };
    let threshold = format!("{threshold:.4}");
    format!(
        "Unit: grey-matter density, 0 to 1 in each voxel; changes below {} are not coloured, and at most the strongest 2% share the colours of the \
         ends. Grid: {width} × {depth} × {height} voxels of {spacing_mm} mm in MNI152 space. The subject's left is on the left.",
        threshold.trim_end_matches('0')
    )
}

impl slices::Extreme {
    fn in_words(&self) -> String {
        let [x, y, z] = self.mni_mm.map(signed_mm);
        let sign = if self.value < 0.0 { "−" } else { "+" };
        format!("{sign}{:.3} at MNI ({x}, {y}, {z}) mm", self.value.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::volume::Affine;

    fn blob(value: f32) -> Volume {
        let shape = [9, 11, 4];
        let world_from_voxel = Affine::from_spacing_origin([2.0; 3], [-8.0, -10.0, 4.0]);
        let data = (0..9 * 11 * 4)
            .map(|index| if index % 9 > 1 && index % 9 < 7 { value * (index % 7) as f32 / 6.0 } else { 0.0 })
            .collect();
        Volume::new(shape, data, world_from_voxel)
    }

    fn explanation(direction: Direction, change: f32) -> Explanation {
        Explanation {
            direction,
            probability_old_before: 0.1,
            probability_old_after: 0.9,
            familiarity: None,
            age: None,
            amount: 1.0,
            original: blob(0.8),
            translated: blob(0.8 + change),
            difference: blob(change),
            cam: blob(1.0),
        }
    }

    #[test]
    fn every_brain_figure_draws() {
        let (aged, rejuvenated) = (explanation(Direction::YoungToOld, -0.1), explanation(Direction::OldToYoung, 0.2));
        let group = |maps, subjects| GroupMaps { subjects, ..GroupMaps::of_person(maps) };
        let directions = [group(&aged, 12), group(&rejuvenated, 9)];
        let style = FigureStyle { mask: None, stamp: Some("PHANTOM") };
        let figures = [
            mean_difference(&directions, style).unwrap(),
            difference_and_attention(&directions, Attention::GradCam, style).unwrap(),
            example(directions[0], style).unwrap(),
            group_difference(&blob(-0.1), 12, 9, &directions, style).unwrap(),
        ];
        for figure in &figures {
            assert!(figure.svg.contains("PHANTOM") && figure.svg.contains("z = +4 mm"), "{}", figure.id);
            assert!(figure.png.is_some() && !figure.shows_person);
        }
        let caption = &figures[0].caption;
        assert!(caption.contains("largest loss −0.0") && caption.contains("largest gain none"), "{caption}");
        assert!(figures[0].svg.contains("Old → young: largest gain") && figures[0].svg.contains("x = "));
        assert!(example(GroupMaps::of_person(&aged), style).unwrap().shows_person);
        let one = [group(&aged, 12), group(&rejuvenated, 1)];
        assert!(mean_difference(&one, style).unwrap().shows_person);
        assert!(group_difference(&blob(-0.1), 1, 9, &directions, style).unwrap().shows_person);
        assert!(mean_difference(&[], style).is_err());
    }

    #[test]
    fn scale_is_readable_and_calm() {
        assert_eq!(change_scale([&blob(0.0)]), Scale::Change { limit: 0.02, threshold: 0.002 });
        assert_eq!(change_scale([&blob(-0.12), &blob(0.05)]), Scale::Change { limit: 0.15, threshold: 0.15 * 0.1 });
        assert_eq!(change_scale([&blob(f32::NAN)]), Scale::Change { limit: 0.02, threshold: 0.002 });
    }
}
