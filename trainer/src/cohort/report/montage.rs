//! One slice of grey matter of many subjects side by side: what is turned, shifted or empty stands out.

use std::path::Path;

use anyhow::Result;
use rayon::prelude::*;
use shared::volume::{Affine, Grid, Volume, read_nifti, resample};

use crate::cohort::table::NewRow;
use crate::cohort::{Group, files};
use crate::figures::canvas::{Anchor, Canvas, FAINT_INK, INK, Lettering};
use crate::figures::colour::grey;
use crate::figures::{Figure, FigureKind};

/// Most subjects shown; more would make the page heavy without showing more.
const MOST_SHOWN: usize = 120;

/// The slice, mm: through the basal ganglia and the lateral ventricles, and within every usual slab.
const HEIGHT_MM: f64 = 10.0;

/// A thumbnail: the brain's box with one pixel for 2 mm.
const PX_MM: f64 = 2.0;
const LEFT_MM: f64 = -80.0;
const BACK_MM: f64 = -114.0;
const SIZE: [usize; 2] = [81, 99];

const COLUMNS: usize = 12;
const GAP: u32 = 8;
const LABEL_HEIGHT: u32 = 18;
const HEADING_HEIGHT: u32 = 34;

/// A subject's slice, pixels from the top left.
struct Thumbnail<'a> {
    row: &'a NewRow,
    density: Vec<f32>,
}

/// Slices of a group.
struct Shelf<'a> {
    heading: String,
    thumbnails: Vec<Thumbnail<'a>>,
}

/// The montage; `None` where no map could be read.
pub fn draw(cohort: &Path, rows: &[NewRow]) -> Result<Option<Figure>> {
    let mut shelves = Vec::new();
    let present = |group: Group| rows.iter().any(|row| row.group == group);
    let groups: Vec<Group> = [Group::Young, Group::Gap, Group::Old].into_iter().filter(|&g| present(g)).collect();
    for &group in &groups {
        let (members, chosen) = choose(rows, group, MOST_SHOWN / groups.len());
        let thumbnails: Vec<Thumbnail> = chosen
            .into_par_iter()
            .filter_map(|row| Some(Thumbnail { row, density: slice(cohort, &row.id)? }))
            .collect();
        let heading = format!("{group}: {} of {members}, youngest first", thumbnails.len());
        shelves.push(Shelf { heading, thumbnails });
    }
    let shown: usize = shelves.iter().map(|shelf| shelf.thumbnails.len()).sum();
    if shown == 0 {
        return Ok(None);
    }
    let canvas = paint(&shelves);
    let title = "Grey matter";
    let alt = format!("One axial slice of the grey matter of {shown} subjects.");
    Ok(Some(Figure {
        id: "montage".to_owned(),
        title: title.to_owned(),
        caption: format!(
            "The axial slice z = +{HEIGHT_MM:.0} mm of {shown} of {} subjects (the middle slice of maps that do not reach \
             it), the subject's left on the left. All must look alike: the same place, size and way up.",
            rows.len()
        ),
        svg: canvas.to_svg(title, &alt)?,
        alt,
        kind: FigureKind::Brain,
        png: None,
        shows_person: true,
    }))
}

/// How many the group has, and at most `most` of them, evenly through their ages.
fn choose(rows: &[NewRow], group: Group, most: usize) -> (usize, Vec<&NewRow>) {
    let mut members: Vec<&NewRow> = rows.iter().filter(|row| row.group == group).collect();
    members.sort_by(|a, b| a.age_years.total_cmp(&b.age_years).then_with(|| a.id.cmp(&b.id)));
    let count = most.min(members.len());
    (members.len(), (0..count).map(|place| members[place * members.len() / count]).collect())
}

/// A subject's slice, the front of the head at the top.
fn slice(cohort: &Path, id: &str) -> Option<Vec<f32>> {
    let path = files::find_gm(cohort, id).ok()?;
    let bytes = files::read_limited(&path, files::MAX_IMAGE_BYTES).ok()?;
    let volume = read_nifti(id, &bytes, None).ok()?.into_volume().ok()?;
    let mut density = at_height(&volume, HEIGHT_MM);
    if density.iter().all(|&value| value == 0.0) {
        let middle = volume.shape.map(|side| (side - 1) as f64 / 2.0);
        density = at_height(&volume, volume.world_from_voxel.apply(middle)[2]);
    }
    let [width, _] = SIZE;
    Some(density.chunks(width).rev().flatten().copied().collect())
}

fn at_height(volume: &Volume, z_mm: f64) -> Vec<f32> {
    let mni_from_voxel = Affine::from_spacing_origin([PX_MM; 3], [LEFT_MM, BACK_MM, z_mm]);
    resample(volume, &Grid { shape: [SIZE[0], SIZE[1], 1], mni_from_voxel }).data
}

fn paint(shelves: &[Shelf]) -> Canvas {
    let [width, height] = SIZE.map(|side| side as u32);
    let mut canvas = Canvas::new(GAP + COLUMNS as u32 * (width + GAP), GAP);
    let mut top = GAP;
    for shelf in shelves {
        canvas.grow(top + HEADING_HEIGHT);
        canvas.label(GAP, top + 22, &shelf.heading, Lettering::Heading, Anchor::Start, INK);
        top += HEADING_HEIGHT;
        for line in shelf.thumbnails.chunks(COLUMNS) {
            canvas.grow(top + height + LABEL_HEIGHT + GAP);
            for (column, thumbnail) in (0u32..).zip(line) {
                let left = GAP + column * (width + GAP);
                for (index, &density) in (0u32..).zip(&thumbnail.density) {
                    canvas.dot(left + index % width, top + index / width, grey(density));
                }
                let id = thumbnail.row.id.trim_start_matches("sub-");
                // The bitmap letters of a long name would run into the next picture.
                let id: String = id.chars().take(9).collect();
                let label = format!("{id} {:.0}", thumbnail.row.age_years);
                canvas.label(left + width / 2, top + height + 13, label, Lettering::Small, Anchor::Middle, FAINT_INK);
            }
            top += height + LABEL_HEIGHT + GAP;
        }
    }
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::report::tests::person;

    #[test]
    fn choice_is_even_through_the_ages() {
        let rows: Vec<NewRow> = (0..10).map(|i| person(&format!("s{i}"), 40.0 - f64::from(i), None)).collect();
        let (members, chosen) = choose(&rows, Group::Young, 5);
        let ages: Vec<f64> = chosen.iter().map(|row| row.age_years).collect();
        assert_eq!((members, ages), (10, vec![31.0, 33.0, 35.0, 37.0, 39.0]));
        assert_eq!(choose(&rows, Group::Young, 99).1.len(), 10);
        assert!(choose(&rows, Group::Old, 5).1.is_empty());
    }

    #[test]
    fn a_slice_has_the_front_at_the_top() {
        let affine = Affine::from_spacing_origin([2.0; 3], [-80.0, -114.0, 0.0]);
        let mut volume = Volume::new([81, 99, 12], vec![0.0; 81 * 99 * 12], affine);
        // The front left corner of the slice z = 10 mm.
        volume.data[81 * (98 + 99 * 5)] = 1.0;
        let cohort = tempfile::tempdir().expect("folder");
        let anat = cohort.path().join("sub-a/anat");
        std::fs::create_dir_all(&anat).expect("folder");
        let bytes = shared::volume::write_nifti(&volume, "");
        std::fs::write(anat.join("sub-a_label-GM_probseg.nii"), bytes).expect("map");
        let density = slice(cohort.path(), "sub-a").expect("slice");
        assert_eq!(density.len(), 81 * 99);
        assert!(density[0] > 0.99 && density[1..].iter().all(|&value| value < 0.01));
        let figure = draw(cohort.path(), &[person("sub-a", 30.0, None)]).expect("drawn").expect("figure");
        assert!(figure.shows_person && figure.svg.contains("young: 1 of 1"));
    }
}
