//! The figure of the benchmark: how well each way to explain agrees with the truth, with intervals.

use super::arms::Arm;
use super::quantities::Measure;
use super::results::{Results, Row};
use crate::evaluation::figures::frame::{
    Area, Axis, BLUE, Chart, DrawingResult, FONT, FONT_PX, Frame, VERMILION, WIDTH, svg_of, tenths,
};
use crate::maps::Method;
use anyhow::Result;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use shared::explain::Direction;

/// Room for one way to explain, and for what stands above and below all, px.
const LINE: u32 = 56;
const HEAD: u32 = 58;
const FOOT: u32 = 64;
/// Left of the chart: the names, px.
const NAMES: u32 = 180;
/// Radius of a mark, px.
const MARK: i32 = 6;

/// What is drawn for each way to explain: both directions together, then each, with a colour and a shape of its own.
const SERIES: [(Option<Direction>, &str, RGBColor, Shape); 3] = [
    (None, "both directions", BLACK, Shape::Circle),
    (Some(Direction::YoungToOld), "young → old", BLUE, Shape::Triangle),
    (Some(Direction::OldToYoung), "old → young", VERMILION, Shape::Square),
];

#[derive(Clone, Copy)]
enum Shape {
    Circle,
    Triangle,
    Square,
}

/// The figure as SVG, on white. Of the main arm; without it, an empty chart that says so.
///
/// # Errors
/// It cannot be drawn.
pub fn figure(results: &Results) -> Result<String> {
    let height = HEAD + FOOT + LINE * Method::ALL.len() as u32;
    svg_of((WIDTH, height), |root| draw(root, results))
}

fn draw(root: &Area, results: &Results) -> DrawingResult {
    root.fill(&WHITE)?;
    let subjects = results.record(Arm::Main).filter(|record| record.was_run).map(|record| record.subjects);
    let caption = match subjects {
        Some(subjects) => {
            format!("Agreement with the true change on a phantom ({subjects} test subjects, 95 % intervals)")
        }
        None => "Agreement with the true change on a phantom: the main arm was not run".to_owned(),
    };
    root.draw(&Text::new(caption, (NAMES as i32, 10), (FONT, FONT_PX + 2)))?;
    legend(root)?;
    let (_, below) = root.split_vertically(HEAD);
    let lines = Method::ALL.len() as f64;
    let lowest = lowest(results);
    let mut chart = Frame {
        caption: None,
        margins: [NAMES, 24],
        room: [0, 48],
        font_px: FONT_PX,
        x: Axis {
            range: lowest..1.02,
            title: Some("signed correlation of map and true change (no unit; 1 right, 0 chance, −1 the reverse)"),
            marks: 13,
            lines: true,
            mark: &tenths,
        },
        y: Axis { range: -0.5..lines - 0.5, title: None, marks: 0, lines: false, mark: &tenths },
    }
    .draw(&below)?;
    upright(&mut chart, 0.0, lines, 0)?;
    if let Some(bar) = Measure::Ncc.fixed_bar().and_then(|bar| bar.least) {
        upright(&mut chart, bar, lines, 5)?;
        let (x, y) = chart.plotting_area().map_coordinate(&(bar, lines - 0.5));
        below.draw(&Text::new("bar", (x + 4, y + 2), (FONT, FONT_PX - 2)))?;
    }
    for (line, method) in Method::ALL.into_iter().enumerate() {
        let middle = lines - 1.0 - line as f64;
        let (_, y) = chart.plotting_area().map_coordinate(&(0.0, middle));
        let style = TextStyle::from((FONT, FONT_PX)).pos(Pos::new(HPos::Right, VPos::Center));
        below.draw(&Text::new(method.title(), (NAMES as i32 - 10, y), style))?;
        for (place, (direction, _, colour, shape)) in SERIES.into_iter().enumerate() {
            if let Some(row) = results.row(Arm::Main, method, direction, Measure::Ncc) {
                mark(&mut chart, row, middle + 0.26 * (1.0 - place as f64), colour, shape)?;
            }
        }
    }
    Ok(())
}

/// Where the axis begins: a tenth below all that is drawn, and below 0.
fn lowest(results: &Results) -> f64 {
    let drawn = results.rows.iter().filter(|row| row.arm == Arm::Main && row.measure == Measure::Ncc);
    let ends = drawn.map(|row| row.interval.map_or(row.value, |[low, _]| low.min(row.value)));
    (ends.fold(0.0f64, f64::min) * 10.0).floor() / 10.0 - 0.1
}

/// A line from top to bottom, dashed where `gap_px` is not 0.
fn upright(chart: &mut Chart, x: f64, lines: f64, gap_px: i32) -> DrawingResult {
    let ends = [(x, -0.5), (x, lines - 0.5)];
    let style = BLACK.mix(0.5);
    if gap_px == 0 {
        chart.draw_series([PathElement::new(ends, style)])?;
    } else {
        chart.draw_series(DashedLineSeries::new(ends, gap_px, gap_px, style.into()))?;
    }
    Ok(())
}

/// A number and its interval.
fn mark(chart: &mut Chart, row: &Row, y: f64, colour: RGBColor, shape: Shape) -> DrawingResult {
    if let Some([low, high]) = row.interval {
        chart.draw_series([PathElement::new([(low, y), (high, y)], colour.stroke_width(2))])?;
    }
    let place = (row.value, y);
    let style = colour.filled();
    match shape {
        Shape::Circle => chart.draw_series([Circle::new(place, MARK, style)]).map(|_| ())?,
        Shape::Triangle => chart.draw_series([TriangleMarker::new(place, MARK + 2, style)]).map(|_| ())?,
        Shape::Square => chart.draw_series([square(place, style)]).map(|_| ())?,
    }
    Ok(())
}

/// A filled square of a mark's size around a place.
fn square<C>(place: C, style: ShapeStyle) -> EmptyElementWithSquare<C> {
    EmptyElement::at(place) + Rectangle::new([(-MARK + 1, -MARK + 1), (MARK - 1, MARK - 1)], style)
}
