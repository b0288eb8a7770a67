//! Stacks rows of slices, three-plane views and colour bars into one figure.
//!
//! A sheet has one crop, so that everything on it lines up; each picture carries its side letters and its coordinate.

use crate::figures::canvas::{Anchor, Canvas, FAINT_INK, INK, Lettering, WARNING_INK};
use crate::figures::colour::{Rgb, Scale, blend, grey};
use crate::figures::slices::{Plane, Sampler, signed_mm};
use anyhow::Result;
use shared::volume::Volume;

/// Width of every sheet, px.
pub const WIDTH: u32 = 1120;
const MARGIN: u32 = 24;
const GAP: u32 = 10;
/// Room for a line of small text under a picture.
const CAPTION_HEIGHT: u32 = 22;
/// Room for a side letter beside a picture of a three-plane view.
const LETTER_WIDTH: u32 = 16;
/// Lower pictures, the strips of a slab, have no room for letters at their upper and lower edge.
const LEAST_LETTERED_HEIGHT: u32 = 80;
/// Scale of three-plane views; smaller where they would not fit.
const PLANES_PX_PER_MM: f64 = 2.2;
const CROSSHAIR: Rgb = [120, 230, 190];
const BAR_WIDTH: u32 = 320;
const BAR_HEIGHT: u32 = 12;
/// Colour bars show their colours over the grey of this density.
const BAR_ANATOMY: f32 = 0.4;

/// Anatomy with a map over it, or alone.
#[derive(Clone, Copy)]
pub struct Picture<'a> {
    pub anatomy: &'a Volume,
    pub map: Option<(&'a Volume, Scale)>,
}

/// A figure in the making: blocks are added from top to bottom.
pub struct Sheet<'a> {
    canvas: Canvas,
    /// Top of the next block, px.
    y: u32,
    box_mm: [[f64; 2]; 3],
    /// Where maps are shown; everywhere if absent.
    mask: Option<Sampler<'a>>,
}

impl<'a> Sheet<'a> {
    /// `extent` sets the crop (a brain mask or a grey-matter map); `mask` limits the maps; `stamp` is written on top.
    pub fn new(extent: &Volume, mask: Option<&'a Volume>, stamp: Option<&str>) -> Result<Self> {
        let mut sheet = Sheet {
            canvas: Canvas::new(WIDTH, MARGIN),
            y: MARGIN / 2,
            box_mm: Sampler::new(mask.unwrap_or(extent))?.brain_box_mm(),
            mask: mask.map(Sampler::new).transpose()?,
        };
        if let Some(stamp) = stamp {
            let y = sheet.take(CAPTION_HEIGHT);
            sheet.canvas.label(WIDTH / 2, y + 15, stamp, Lettering::Heading, Anchor::Middle, WARNING_INK);
        }
        Ok(sheet)
    }

    /// A heading over the next block, with a fainter remark after it at the right edge.
    pub fn heading(&mut self, text: &str, remark: &str) {
        let y = self.take(34) + 24;
        self.canvas.label(MARGIN, y, text, Lettering::Heading, Anchor::Start, INK);
        self.canvas.label(WIDTH - MARGIN, y, remark, Lettering::Normal, Anchor::End, FAINT_INK);
    }

    /// Axial slices at these heights, `columns` to a line.
    pub fn slices(&mut self, picture: Picture, slices_mm: &[f64], columns: u32) -> Result<()> {
        let columns = columns.max(1);
        let cell = (WIDTH - 2 * MARGIN - (columns - 1) * GAP) / columns;
        let [x_mm, _, _] = self.box_mm;
        let px_per_mm = f64::from(cell) / (x_mm[1] - x_mm[0]);
        for line in slices_mm.chunks(columns as usize) {
            let (_, height) = self.panel_size(Plane::Axial, px_per_mm);
            let y = self.take(height + CAPTION_HEIGHT + 4);
            for (column, &z_mm) in (0u32..).zip(line) {
                let x = MARGIN + column * (cell + GAP);
                self.panel(picture, Plane::Axial, [0.0, 0.0, z_mm], [x, y], px_per_mm)?;
                self.canvas.label(x + 4, y + 14, "L", Lettering::Small, Anchor::Start, FAINT_INK);
                self.canvas.label(x + cell - 4, y + 14, "R", Lettering::Small, Anchor::End, FAINT_INK);
                let caption = format!("z = {} mm", signed_mm(z_mm));
                self.canvas.label(x + cell / 2, y + height + 15, caption, Lettering::Small, Anchor::Middle, FAINT_INK);
            }
        }
        Ok(())
    }

    /// Axial, coronal and sagittal cut through a point, with crosshair and coordinates.
    pub fn planes(&mut self, picture: Picture, point_mm: [f64; 3]) -> Result<()> {
        let planes = [Plane::Axial, Plane::Coronal, Plane::Sagittal];
        let widths_mm = planes.map(|plane| self.extent_mm(plane.axes().0));
        // The side views of a slab are strips: they stand one above the other.
        let stacked = 3.0 * self.extent_mm(2) < self.extent_mm(1);
        let (columns, width_mm) =
            if stacked { (2, widths_mm[0] + widths_mm[1].max(widths_mm[2])) } else { (3, widths_mm.iter().sum()) };
        let room = WIDTH - 2 * MARGIN - (columns - 1) * GAP - 2 * columns * LETTER_WIDTH;
        let px_per_mm = PLANES_PX_PER_MM.min(f64::from(room) / width_mm);
        let sizes = planes.map(|plane| self.panel_size(plane, px_per_mm));
        let tallest = sizes.iter().map(|size| size.1).max().unwrap_or(0);
        let used = (width_mm * px_per_mm) as u32 + 2 * columns * LETTER_WIDTH + (columns - 1) * GAP;
        let top = self.take(tallest + CAPTION_HEIGHT + 4);
        let mut x = WIDTH.saturating_sub(used) / 2;
        let mut corners = [[0; 2]; 3];
        for (index, (width, height)) in sizes.into_iter().enumerate() {
            let y = match index {
                1 if stacked => top + tallest / 2 - height - CAPTION_HEIGHT,
                2 if stacked => top + tallest / 2 + CAPTION_HEIGHT,
                _ => top + (tallest - height) / 2,
            };
            corners[index] = [x + LETTER_WIDTH, y];
            if !(stacked && index == 1) {
                x += width + 2 * LETTER_WIDTH + GAP;
            }
        }
        for (index, plane) in planes.into_iter().enumerate() {
            let (corner, (width, height)) = (corners[index], sizes[index]);
            self.panel(picture, plane, point_mm, corner, px_per_mm)?;
            self.crosshair(plane, point_mm, corner, px_per_mm);
            let (left, right) = plane.edge_letters();
            let middle = corner[1] + height / 2 + 4;
            self.canvas.label(corner[0] - 4, middle, left, Lettering::Small, Anchor::End, FAINT_INK);
            self.canvas.label(corner[0] + width + 4, middle, right, Lettering::Small, Anchor::Start, FAINT_INK);
            if height >= LEAST_LETTERED_HEIGHT {
                let (top, bottom) = plane.upright_letters();
                let centre = corner[0] + width / 2;
                self.canvas.label(centre, corner[1] + 11, top, Lettering::Small, Anchor::Middle, FAINT_INK);
                self.canvas.label(centre, corner[1] + height - 3, bottom, Lettering::Small, Anchor::Middle, FAINT_INK);
            }
            let cut = plane.axes().2;
            let caption = format!("{}, {} = {} mm", plane.as_str(), ["x", "y", "z"][cut], signed_mm(point_mm[cut]));
            self.canvas.label(
                corner[0] + width / 2,
                corner[1] + height + 15,
                caption,
                Lettering::Small,
                Anchor::Middle,
                FAINT_INK,
            );
        }
        Ok(())
    }

    /// Colour bars side by side, each with its label; `None` is the grey of the anatomy, 0..1.
    pub fn bars(&mut self, bars: &[(Option<Scale>, &str)]) {
        let y = self.take(64) + 12;
        let cell = (WIDTH - 2 * MARGIN) / (bars.len().max(1) as u32);
        for (index, (scale, label)) in (0u32..).zip(bars) {
            let centre = MARGIN + index * cell + cell / 2;
            self.bar(*scale, label, centre, y);
        }
    }

    /// The finished drawing.
    pub fn finish(mut self) -> Canvas {
        self.take(MARGIN / 2);
        self.canvas
    }

    /// Reserves the next `height` px and gives their top.
    fn take(&mut self, height: u32) -> u32 {
        let top = self.y;
        self.y += height;
        self.canvas.grow(self.y);
        top
    }

    fn extent_mm(&self, axis: usize) -> f64 {
        self.box_mm[axis][1] - self.box_mm[axis][0]
    }

    fn panel_size(&self, plane: Plane, px_per_mm: f64) -> (u32, u32) {
        let (right, up, _) = plane.axes();
        let pixels = |axis: usize| ((self.extent_mm(axis) * px_per_mm).round() as u32).clamp(1, 4 * WIDTH);
        (pixels(right), pixels(up))
    }

    fn panel(
        &mut self,
        picture: Picture,
        plane: Plane,
        cut_mm: [f64; 3],
        [left, top]: [u32; 2],
        px_per_mm: f64,
    ) -> Result<()> {
        let anatomy = Sampler::new(picture.anatomy)?;
        let map = picture.map.map(|(volume, scale)| Sampler::new(volume).map(|map| (map, scale))).transpose()?;
        let (right_axis, up_axis, _) = plane.axes();
        let (width, height) = self.panel_size(plane, px_per_mm);
        for row in 0..height {
            for column in 0..width {
                let mut point_mm = cut_mm;
                point_mm[right_axis] = self.box_mm[right_axis][0] + (f64::from(column) + 0.5) / px_per_mm;
                point_mm[up_axis] = self.box_mm[up_axis][1] - (f64::from(row) + 0.5) / px_per_mm;
                let under = grey(anatomy.at(point_mm).unwrap_or(0.0));
                let inside = self.mask.is_none_or(|mask| mask.at(point_mm).is_some_and(|part| part >= 0.5));
                let colour = match &map {
                    Some((map, scale)) if inside => map.at(point_mm).map_or(under, |value| scale.over(value, under)),
                    _ => under,
                };
                self.canvas.dot(left + column, top + row, colour);
            }
        }
        Ok(())
    }

    /// Thin lines that leave the point itself free.
    fn crosshair(&mut self, plane: Plane, point_mm: [f64; 3], [left, top]: [u32; 2], px_per_mm: f64) {
        let (right_axis, up_axis, _) = plane.axes();
        let (width, height) = self.panel_size(plane, px_per_mm);
        let across = ((point_mm[right_axis] - self.box_mm[right_axis][0]) * px_per_mm) as u32;
        let down = ((self.box_mm[up_axis][1] - point_mm[up_axis]) * px_per_mm) as u32;
        let far = |a: u32, b: u32| a.abs_diff(b) > 7;
        for column in (0..width).filter(|&column| far(column, across)) {
            self.tint(left + column, top + down.min(height - 1));
        }
        for row in (0..height).filter(|&row| far(row, down)) {
            self.tint(left + across.min(width - 1), top + row);
        }
    }

    fn tint(&mut self, x: u32, y: u32) {
        let under = self.canvas.colour_at(x, y);
        self.canvas.dot(x, y, blend(under, CROSSHAIR, 0.75));
    }

    fn bar(&mut self, scale: Option<Scale>, label: &str, centre: u32, y: u32) {
        let (low, high) = scale.map_or((0.0, 1.0), |scale| scale.range());
        let left = centre.saturating_sub(BAR_WIDTH / 2);
        for column in 0..BAR_WIDTH {
            let value = low + (high - low) * (column as f32 + 0.5) / BAR_WIDTH as f32;
            let colour = scale.map_or_else(|| grey(value), |scale| scale.over(value, grey(BAR_ANATOMY)));
            for row in 0..BAR_HEIGHT {
                self.canvas.dot(left + column, y + row, colour);
            }
        }
        for tick in 0..=4u32 {
            let x = left + tick * (BAR_WIDTH - 1) / 4;
            for row in 0..4 {
                self.canvas.dot(x, y + BAR_HEIGHT + row, FAINT_INK);
            }
            let value = low + (high - low) * tick as f32 / 4.0;
            let text = tick_text(value, high, low < 0.0);
            self.canvas.label(x, y + BAR_HEIGHT + 16, text, Lettering::Small, Anchor::Middle, FAINT_INK);
        }
        self.canvas.label(centre, y + BAR_HEIGHT + 34, label, Lettering::Normal, Anchor::Middle, INK);
    }
}

/// A tick with as many digits as the ends of the bar need; signed on a signed bar.
fn tick_text(value: f32, end: f32, signed: bool) -> String {
    let quarter_percent = f64::from(end) / 2.0 * 100.0;
    let decimals = if (quarter_percent - quarter_percent.round()).abs() < 1e-3 { 2 } else { 3 };
    let digits = format!("{:.decimals$}", value.abs());
    if value == 0.0 {
        "0".to_owned()
    } else if value < 0.0 {
        format!("−{digits}")
    } else if signed {
        format!("+{digits}")
    } else {
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_signed_only_where_the_bar_is() {
        assert_eq!(tick_text(-0.05, 0.1, true), "−0.05");
        assert_eq!(tick_text(0.1, 0.1, true), "+0.10");
        assert_eq!(tick_text(0.025, 0.05, true), "+0.025");
        assert_eq!(tick_text(0.5, 1.0, false), "0.50");
        assert_eq!(tick_text(0.0, 1.0, false), "0");
    }
}
