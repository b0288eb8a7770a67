//! The figure of the benchmark: how well each way to explain agrees with the truth, with intervals.

use crate::benchmark::explanations::arms::Arm;
use crate::benchmark::explanations::quantities::Measure;
use crate::benchmark::explanations::results::Results;
use crate::figures::frame::{Area, Axis, BLUE, DrawingResult, FONT, FONT_PX, Frame, VERMILION, WIDTH, svg_of};
use crate::maps::Method;
use anyhow::Result;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use shared::explain::Direction;

/// Room for one way to explain, and for what stands above and below all, px.
const LINE: u32 = 56;
const HEAD_AND_FOOT: u32 = 140;
/// Left of the chart: the names, px.
const NAMES: u32 = 180;
/// Half the size of a mark, px.
const MARK: i32 = 5;
/// Distance between two series of one way to explain, in lines.
const APART: f64 = 0.26;
/// Between two entries of the legend, px.
const LEGEND_STEP: i32 = 160;

/// Each has a colour and a shape of its own: colours alone do not tell series apart for everybody.
#[derive(Clone, Copy)]
enum Shape {
    Circle,
    Triangle,
    Square,
}

/// What is drawn for each way to explain.
const SERIES: [(Option<Direction>, &str, RGBColor, Shape); 3] = [
    (None, "both directions", BLACK, Shape::Circle),
    (Some(Direction::YoungToOld), "young → old", BLUE, Shape::Triangle),
    (Some(Direction::OldToYoung), "old → young", VERMILION, Shape::Square),
];

/// The figure as SVG, on white. Of the main arm; without it, an empty chart that says so.
///
/// # Errors
/// It cannot be drawn.
pub fn figure(results: &Results) -> Result<String> {
    svg_of((WIDTH, HEAD_AND_FOOT + LINE * Method::ALL.len() as u32), |root| draw(root, results))
}

fn draw(root: &Area, results: &Results) -> DrawingResult {
    root.fill(&WHITE)?;
    let main = results.record(Arm::Main).filter(|record| record.was_run);
    let caption = match main {
        Some(main) => {
            format!("Agreement with the true change of {} phantoms, mean and 95% interval", main.subjects)
        }
        None => "Agreement with the true change: the main arm was not run".to_owned(),
    };
    // One line more than there are ways to explain: for the legend.
    let lines = Method::ALL.len() as f64;
    let mut chart = Frame {
        caption: Some(&caption),
        margins: [NAMES, 24],
        room: [0, 48],
        font_px: FONT_PX,
        x: Axis {
            range: lowest(results)..1.02,
            title: Some("signed correlation of map and true change, no unit: 1 is right, 0 chance, −1 the reverse"),
            marks: 13,
            lines: true,
            mark: &tenths,
        },
        y: Axis { range: -0.5..lines + 0.5, title: None, marks: 0, lines: false, mark: &tenths },
    }
    .draw(root)?;
    chart.draw_series([PathElement::new([(0.0, -0.5), (0.0, lines - 0.5)], BLACK.mix(0.5))])?;
    let bar = Measure::Ncc.fixed_bar().and_then(|bar| bar.least);
    if let Some(bar) = bar {
        let line = [(bar, -0.5), (bar, lines - 0.5)];
        chart.draw_series(DashedLineSeries::new(line, 4, 4, BLACK.mix(0.5).into()))?;
    }
    let area = chart.plotting_area();
    let (left, top) = area.map_coordinate(&(lowest(results), lines));
    for (place, (_, name, colour, shape)) in SERIES.into_iter().enumerate() {
        let x = left + 20 + LEGEND_STEP * place as i32;
        mark(root, (x, top), colour, shape)?;
        text(root, name.to_owned(), (x + 12, top), HPos::Left)?;
    }
    if let Some(bar) = bar {
        let (x, _) = area.map_coordinate(&(bar, lines));
        text(root, format!("bar {bar:.2}"), (x, top), HPos::Center)?;
    }
    for (line, method) in Method::ALL.into_iter().enumerate() {
        let middle = lines - 1.0 - line as f64;
        let (_, y) = area.map_coordinate(&(0.0, middle));
        text(root, method.title().to_owned(), (NAMES as i32 - 8, y), HPos::Right)?;
        for (place, (direction, _, colour, shape)) in SERIES.into_iter().enumerate() {
            let Some(row) = results.row(Arm::Main, method, direction, Measure::Ncc) else { continue };
            let height = middle + APART * (1.0 - place as f64);
            if let Some([low, high]) = row.interval {
                let ends = [low, high].map(|end| area.map_coordinate(&(end, height)));
                root.draw(&PathElement::new(ends, colour.stroke_width(2)))?;
            }
            mark(root, area.map_coordinate(&(row.value, height)), colour, shape)?;
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

/// A mark with one decimal and a true minus sign.
fn tenths(value: &f64) -> String {
    let digits = format!("{:.1}", value.abs());
    if *value < 0.0 && digits != "0.0" { format!("−{digits}") } else { digits }
}

/// Text beside a place in px, centred on it from top to bottom.
fn text(root: &Area, words: String, place: (i32, i32), side: HPos) -> DrawingResult {
    let style = TextStyle::from((FONT, FONT_PX)).pos(Pos::new(side, VPos::Center));
    root.draw(&Text::new(words, place, style))?;
    Ok(())
}

/// A filled shape around a place in px.
fn mark(root: &Area, (x, y): (i32, i32), colour: RGBColor, shape: Shape) -> DrawingResult {
    let style = colour.filled();
    match shape {
        Shape::Circle => root.draw(&Circle::new((x, y), MARK, style))?,
        Shape::Triangle => root.draw(&TriangleMarker::new((x, y), MARK + 2, style))?,
        Shape::Square => root.draw(&Rectangle::new([(x - MARK, y - MARK), (x + MARK, y + MARK)], style))?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark::explanations::results::tests::example;

    #[test]
    fn every_way_to_explain_has_its_line_and_shapes_differ() {
        let results = example();
        let svg = figure(&results).unwrap();
        assert!(svg.contains("phantoms, mean and 95% interval") && svg.contains("bar 0.80"));
        for method in Method::ALL {
            assert!(svg.contains(method.title()), "{}", method.title());
        }
        // Circles are drawn for both directions together: the legend's, and those of the ways that were measured.
        let measured = results
            .rows
            .iter()
            .filter(|row| (row.arm, row.seed, row.direction, row.measure) == (Arm::Main, None, None, Measure::Ncc));
        assert_eq!(svg.matches("<circle").count(), 1 + measured.count());
        assert!(svg.contains("<polygon") && svg.contains("<rect"));
    }

    #[test]
    fn without_the_main_arm_it_says_so() {
        let mut results = example();
        results.rows.clear();
        results.arms.clear();
        assert!(figure(&results).unwrap().contains("was not run"));
    }

    #[test]
    fn the_axis_reaches_below_everything() {
        let mut results = example();
        assert!((lowest(&results) + 0.1).abs() < 1e-9);
        results.rows[0].value = -0.43;
        assert!((lowest(&results) + 0.6).abs() < 1e-9);
        assert_eq!([tenths(&-0.5), tenths(&-1e-9), tenths(&0.84)], ["−0.5", "0.0", "0.8"]);
    }
}
