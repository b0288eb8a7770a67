//! What all charts have in common: the SVG around them, their axes, and the marks beside those.
//!
//! Axes and text are drawn in plain black, which the page's style sheet turns into the colour of its theme;
//! data colours are Okabe and Ito's, safe for the colour-blind; on a dark page the style sheet lightens them.

use crate::figures::{Figure, FigureKind};
use anyhow::Result;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use std::ops::Range;

pub const BLUE: RGBColor = RGBColor(0, 114, 178);
pub const VERMILION: RGBColor = RGBColor(213, 94, 0);
pub const FONT: &str = "system-ui, sans-serif";
/// Width of every chart, px.
pub const WIDTH: u32 = 1000;
/// Size of the marks of a chart that has the page's whole width, px.
pub const FONT_PX: u32 = 15;
const CAPTION_PX: u32 = 17;
/// Above and below a chart, px.
const MARGIN: u32 = 8;

/// Room to draw in.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// A frame, ready for data.
pub type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
pub type DrawingResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// One axis of a chart.
pub struct Axis<'a> {
    pub range: Range<f64>,
    /// What it counts, written beside it.
    pub title: Option<&'a str>,
    /// How many marks it has at most; with none it is not drawn.
    pub marks: usize,
    /// Whether faint lines lead from the marks through the chart.
    pub lines: bool,
    /// How the mark of a value is written.
    pub mark: &'a dyn Fn(&f64) -> String,
}

/// Axes of a chart and the room around them.
pub struct Frame<'a> {
    /// Written above the chart.
    pub caption: Option<&'a str>,
    /// Left and right of everything, px.
    pub margins: [u32; 2],
    /// For the marks and titles beside the axis on the left and under the lower one, px.
    pub room: [u32; 2],
    pub font_px: u32,
    pub x: Axis<'a>,
    pub y: Axis<'a>,
}

impl Frame<'_> {
    /// Draws the frame into `area`; what is drawn on the chart lies over it.
    pub fn draw<'a>(&self, area: &Area<'a>) -> DrawingResult<Chart<'a>> {
        let ([left, right], [beside, below]) = (self.margins, self.room);
        let mut builder = ChartBuilder::on(area);
        builder.margin(MARGIN).margin_left(left).margin_right(right).x_label_area_size(below).y_label_area_size(beside);
        if let Some(caption) = self.caption {
            builder.caption(caption, (FONT, CAPTION_PX));
        }
        let mut chart = builder.build_cartesian_2d(self.x.range.clone(), self.y.range.clone())?;
        {
            let mut mesh = chart.configure_mesh();
            mesh.light_line_style(TRANSPARENT)
                .bold_line_style(BLACK.mix(0.12))
                .axis_style(BLACK.mix(0.4))
                .label_style((FONT, self.font_px))
                .x_label_formatter(self.x.mark)
                .y_label_formatter(self.y.mark);
            if self.x.marks > 0 {
                mesh.x_labels(self.x.marks);
            } else {
                mesh.disable_x_axis();
            }
            if self.y.marks > 0 {
                mesh.y_labels(self.y.marks);
            } else {
                mesh.disable_y_axis();
            }
            if !self.x.lines {
                mesh.disable_x_mesh();
            }
            if !self.y.lines {
                mesh.disable_y_mesh();
            }
            if let Some(title) = self.x.title {
                mesh.x_desc(title);
            }
            if let Some(title) = self.y.title {
                mesh.y_desc(title);
            }
            mesh.draw()?;
        }
        Ok(chart)
    }
}

/// A mark with one decimal, for probabilities.
pub fn tenths(value: &f64) -> String {
    format!("{value:.1}")
}

/// A mark for counts: where they are few, an axis has marks between whole numbers, which stay without one.
pub fn whole(value: &f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { String::new() }
}

/// An SVG of this width and height in px that holds what `draw` draws.
///
/// # Errors
/// Something cannot be drawn.
pub fn svg_of(size: (u32, u32), draw: impl FnOnce(&Area) -> DrawingResult) -> Result<String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        draw(&root).map_err(drawing_failed)?;
        root.present().map_err(drawing_failed)?;
    }
    // The page decides on the size; the drawing keeps its proportions.
    Ok(svg.replacen("<svg ", "<svg role=\"img\" ", 1))
}

fn drawing_failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("a chart cannot be drawn: {error}")
}

/// A chart over a group, with all that is said about it.
pub fn chart_figure(id: &str, title: &str, caption: String, alt: String, svg: String) -> Figure {
    Figure {
        id: id.to_owned(),
        title: title.to_owned(),
        caption,
        alt,
        kind: FigureKind::Chart,
        svg,
        png: None,
        shows_person: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_writes_its_marks_and_titles() {
        let axis = |title, marks| Axis { range: 0.0..4.0, title, marks, lines: true, mark: &whole };
        let drawn = |y_marks: usize| {
            svg_of((400, 300), |root| {
                Frame {
                    caption: Some("a < b"),
                    margins: [8, 24],
                    room: [58, 48],
                    font_px: FONT_PX,
                    x: axis(Some("subjects"), 5),
                    y: axis(None, y_marks),
                }
                .draw(root)?;
                Ok(())
            })
            .unwrap()
        };
        let both = drawn(5);
        assert!(both.starts_with("<svg role=\"img\" ") && both.contains("a &lt; b") && both.contains("subjects"));
        assert!(drawn(0).matches("<text").count() < both.matches("<text").count());
        assert_eq!([whole(&2.0), whole(&2.5), tenths(&0.25)], ["2", "", "0.2"]);
    }
}
