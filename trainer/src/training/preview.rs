//! A preview of the generators' translations during the training: three young and three old training subjects, one
//! slice each.
//!
//! It shows single people: it stays in the run's folder and must not be published.

use crate::cohort::{Group, Split};
use crate::device;
use crate::figures::canvas::{Anchor, Canvas, FAINT_INK, INK, Lettering};
use crate::figures::colour::{SMALLEST_LIMIT, Scale, grey};
use crate::training::ageing::amount_tensor;
use crate::training::cyclegan::Translators;
use crate::training::feature::Feature;
use crate::training::setting::Setting;
use crate::training::validation::evenly;
use anyhow::Result;
use shared::model::{Generator, SpatialKind};

const SUBJECTS: usize = 3;
const COLUMNS: [&str; 4] = ["original", "translated", "change", "returned"];
/// Width that a slice is drawn in, at least one pixel a voxel.
const CELL_PX: usize = 160;
const GAP_PX: u32 = 8;
const HEAD_PX: u32 = 44;
const FOOT_PX: u32 = 52;
const BAR_PX: u32 = 200;
/// Ends of the colour bar, in standard deviations of the difference of the group means: the same all the time, so that
/// pictures can be compared.
const LIMIT_SDS: f32 = 4.0;

/// What is drawn.
pub struct Preview<'a> {
    setting: &'a Setting<'a>,
    kind: SpatialKind,
    subjects: Vec<usize>,
    scale: Scale,
    limit: f32,
}

/// One subject's slice, x fastest.
struct Row {
    label: String,
    original: Vec<f32>,
    translated: Vec<f32>,
    returned: Vec<f32>,
}

impl<'a> Preview<'a> {
    pub fn new(setting: &'a Setting<'a>, kind: SpatialKind) -> Self {
        let some = |group| evenly(&setting.data.indices(Split::Train, Some(group)), SUBJECTS);
        let change = setting.data.group_change(Feature::Value);
        let brain: Vec<f32> = change.iter().copied().filter(|change| change.abs() > 1e-3).collect();
        let square = brain.iter().map(|change| change * change).sum::<f32>() / brain.len().max(1) as f32;
        let limit = (LIMIT_SDS * square.sqrt()).max(SMALLEST_LIMIT);
        Preview {
            setting,
            kind,
            subjects: [some(Group::Young), some(Group::Old)].concat(),
            scale: Scale::of_change(limit),
            limit,
        }
    }

    /// The picture as PNG.
    pub fn draw(&self, step: u64, translators: &Translators) -> Result<Vec<u8>> {
        let [nx, ny, _] = self.setting.data.grid.shape;
        let zoom = (CELL_PX / nx).max(1);
        let (cell_width, cell_height) = ((nx * zoom) as u32, (ny * zoom) as u32);
        let width = GAP_PX + COLUMNS.len() as u32 * (cell_width + GAP_PX);
        let line = cell_height + GAP_PX;
        let height = HEAD_PX + self.subjects.len() as u32 * line + FOOT_PX;
        let mut canvas = Canvas::new(width, height);
        canvas.label(GAP_PX, 16, format!("step {step}, training subjects"), Lettering::Heading, Anchor::Start, INK);
        let left = |column: usize| GAP_PX + column as u32 * (cell_width + GAP_PX);
        for (column, name) in COLUMNS.iter().enumerate() {
            canvas.label(left(column) + cell_width / 2, 36, *name, Lettering::Normal, Anchor::Middle, INK);
        }
        for (number, &index) in self.subjects.iter().enumerate() {
            let row = self.row(index, translators)?;
            let top = HEAD_PX + number as u32 * line;
            for column in 0..COLUMNS.len() {
                for y in 0..cell_height {
                    for x in 0..cell_width {
                        // Front is up, the subject's left is on the left.
                        let voxel = x as usize / zoom + nx * (ny - 1 - y as usize / zoom);
                        canvas.dot(left(column) + x, top + y, self.colour(&row, column, voxel));
                    }
                }
            }
            canvas.label(GAP_PX + 4, top + 12, row.label, Lettering::Small, Anchor::Start, FAINT_INK);
        }
        self.foot(&mut canvas, height - FOOT_PX);
        canvas.to_png()
    }

    fn colour(&self, row: &Row, column: usize, voxel: usize) -> [u8; 3] {
        let change = row.translated[voxel] - row.original[voxel];
        match column {
            0 => grey(row.original[voxel]),
            1 => grey(row.translated[voxel]),
            2 => self.scale.over(change, grey(row.original[voxel])),
            _ => grey(row.returned[voxel]),
        }
    }

    /// The colour bar of the change.
    fn foot(&self, canvas: &mut Canvas, top: u32) {
        for x in 0..BAR_PX {
            let value = (2.0 * (x as f32 + 0.5) / BAR_PX as f32 - 1.0) * self.limit;
            for y in 0..10 {
                canvas.dot(GAP_PX + x, top + 8 + y, self.scale.over(value, grey(0.4)));
            }
        }
        let text = format!("change -{0:.2} (blue) to +{0:.2} (red), grey-matter density; left is left", self.limit);
        canvas.label(GAP_PX, top + 36, text, Lettering::Small, Anchor::Start, FAINT_INK);
    }

    fn row(&self, index: usize, translators: &Translators) -> Result<Row> {
        let Setting { data, context, device, ageing, .. } = self.setting;
        let subject = &data.images[index].subject;
        let [nx, ny, nz] = data.grid.shape;
        let slices: Vec<usize> = if self.kind == SpatialKind::Plane { vec![nz / 2] } else { (0..nz).collect() };
        let middle = slices.iter().position(|&slice| slice == nz / 2).unwrap_or(0);
        let context = context.slices(&slices);
        let (there, back, target): (&Generator, &Generator, Group) = match subject.group {
            Group::Young => (&translators.young_to_old, &translators.old_to_young, Group::Old),
            _ => (&translators.old_to_young, &translators.young_to_old, Group::Young),
        };
        let amount = ageing.map(|ageing| amount_tensor(ageing.amount_of(data, index, target), device));
        let original = data.batch(&[index], Some(&slices), None, device);
        let translated = there.forward_by(original.clone(), &context, amount.clone());
        let returned = back.forward_by(translated.clone(), &context, amount);
        let slice = |values: Vec<f32>| values[middle * nx * ny..(middle + 1) * nx * ny].to_vec();
        let age = subject.age_years.map_or(String::new(), |years| format!(", {years:.0} y"));
        Ok(Row {
            label: format!("{} {}{age}", subject.group, subject.id),
            original: slice(device::values(original)?),
            translated: slice(device::values(translated)?),
            returned: slice(device::values(returned)?),
        })
    }
}
