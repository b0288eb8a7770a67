//! Charts as SVG: training curves and the probabilities before and after translation.

use crate::figures::Figure;
use crate::figures::frame::{
    Area, Axis, BLUE, DrawingResult, FONT, FONT_PX, Frame, VERMILION, WIDTH, chart_figure, svg_of, tenths,
};
use anyhow::{Context, Result, ensure};
use plotters::prelude::*;
use shared::explain::Direction;

const PANEL_HEIGHT: u32 = 190;
const PANELS_IN_A_ROW: usize = 3;

/// Points drawn per curve; more would only make the file large.
const DRAWN_POINTS: usize = 400;
/// Curves drawn; a file of metrics with more columns than this is cut off.
const DRAWN_CURVES: usize = 24;
/// Share of the whole over which the bold line of a training curve averages.
const SMOOTHED_SHARE: f64 = 0.03;

/// One quantity over training.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// `loss_cycle`.
    pub name: String,
    /// Step and value, by ascending step.
    pub points: Vec<(f64, f64)>,
}

/// Curves from CSV text with a header: the column `step` (or else the first one) is the abscissa, every other column of
/// numbers a curve. Empty and non-numeric cells are gaps.
pub fn curves_from_csv(text: &str) -> Result<Vec<Curve>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().context("the metrics have no header line")?.clone();
    let abscissa = header.iter().position(|name| name == "step").unwrap_or(0);
    let mut curves: Vec<Curve> =
        header.iter().map(|name| Curve { name: name.to_owned(), points: Vec::new() }).collect();
    for record in reader.records() {
        let record = record.context("the metrics are not readable as CSV")?;
        let number = |column: usize| {
            record.get(column).and_then(|cell| cell.trim().parse::<f64>().ok()).filter(|value| value.is_finite())
        };
        let Some(step) = number(abscissa) else { continue };
        for (column, curve) in curves.iter_mut().enumerate() {
            curve.points.extend(number(column).map(|value| (step, value)));
        }
    }
    let mut column = 0;
    curves.retain(|curve| {
        column += 1;
        column - 1 != abscissa && curve.name != "epoch" && curve.points.len() > 1
    });
    curves.truncate(DRAWN_CURVES);
    Ok(curves)
}

/// One small chart per curve: single steps faint, their running mean bold.
pub fn training_curves(curves: &[Curve]) -> Result<Figure> {
    ensure!(
        !curves.is_empty(),
        "there are no training curves to draw: the metrics hold no column of numbers with two rows"
    );
    let rows = curves.len().div_ceil(PANELS_IN_A_ROW);
    let svg = svg_of((WIDTH, PANEL_HEIGHT * rows as u32), |root| {
        let panels = root.split_evenly((rows, PANELS_IN_A_ROW));
        panels.iter().zip(curves).try_for_each(|(panel, curve)| draw_curve(panel, curve))
    })?;
    let names: Vec<&str> = curves.iter().map(|curve| curve.name.as_str()).collect();
    let caption = "Each chart has its own scale. Faint: single steps as recorded; bold: running mean. The losses of a CycleGAN do not \
                   fall towards zero: generator and critic (discriminator) balance each other, so look for stability, not for low values.";
    let alt = format!("Line charts over training steps: {}.", names.join(", "));
    Ok(chart_figure("training_curves", "Training curves", caption.to_owned(), alt, svg))
}

fn draw_curve(panel: &Area, curve: &Curve) -> DrawingResult {
    let (Some(first), Some(last)) = (curve.points.first(), curve.points.last()) else { return Ok(()) };
    let every = curve.points.len().div_ceil(DRAWN_POINTS).max(1);
    let mean = running_mean(&curve.points);
    let lowest = curve.points.iter().map(|point| point.1).fold(f64::INFINITY, f64::min);
    let highest = curve.points.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
    let room = ((highest - lowest) * 0.06).max(highest.abs() * 1e-3).max(1e-9);
    let mut chart = Frame {
        caption: Some(&curve.name),
        margins: [8, 16],
        room: [48, 24],
        font_px: 14,
        x: Axis {
            range: first.0..last.0.max(first.0 + 1.0),
            title: None,
            marks: 4,
            lines: false,
            mark: &|&step: &f64| match step {
                10_000.0.. => format!("{:.0}k", step / 1000.0),
                _ => format!("{step:.0}"),
            },
        },
        y: Axis {
            range: lowest - room..highest + room,
            title: None,
            marks: 4,
            lines: true,
            mark: &|&value: &f64| tick(value, highest - lowest),
        },
    }
    .draw(panel)?;
    chart.draw_series(LineSeries::new(curve.points.iter().step_by(every).copied(), BLUE.mix(0.3)))?;
    chart.draw_series(LineSeries::new(mean.iter().step_by(every).copied(), BLUE.stroke_width(2)))?;
    Ok(())
}

/// A tick with the digits that tell it from its neighbours on an axis of this length.
fn tick(value: f64, axis_length: f64) -> String {
    // Rounding leaves 1e-20 where zero is meant.
    if value.abs() < axis_length * 1e-6 {
        return "0".to_owned();
    }
    if axis_length < 0.002 {
        return format!("{value:.1e}");
    }
    let decimals = (0.7 - axis_length.log10()).ceil().clamp(0.0, 4.0) as usize;
    format!("{value:.decimals$}")
}

fn running_mean(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let reach = (points.len() as f64 * SMOOTHED_SHARE / 2.0).ceil() as usize;
    let mut sums = vec![0.0];
    for point in points {
        sums.push(sums[sums.len() - 1] + point.1);
    }
    let mean = |index: usize| {
        let (from, to) = (index.saturating_sub(reach), (index + reach + 1).min(points.len()));
        (sums[to] - sums[from]) / (to - from) as f64
    };
    points.iter().enumerate().map(|(index, point)| (point.0, mean(index))).collect()
}

/// Probabilities of the class old of one direction's subjects, the same order before and after translation.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbabilityShift {
    pub direction: Direction,
    pub before: Vec<f64>,
    pub after: Vec<f64>,
}

/// A point per subject: how likely the classifier finds "old", before and after translation.
pub fn probabilities(shifts: &[ProbabilityShift]) -> Result<Figure> {
    ensure!(!shifts.is_empty(), "there are no probabilities to draw");
    let mut strips: Vec<(String, &[f64], RGBColor)> = Vec::new();
    for shift in shifts {
        let (group, arrow, colour, translated) = match shift.direction {
            Direction::YoungToOld => ("young", "young → old", BLUE, VERMILION),
            Direction::OldToYoung => ("old", "old → young", VERMILION, BLUE),
        };
        strips.push((format!("{group}, original"), &shift.before, colour));
        strips.push((arrow.to_owned(), &shift.after, translated));
    }
    let svg = svg_of((WIDTH, 70 + 62 * strips.len() as u32), |root| draw_strips(root, &strips))?;
    let summaries: Vec<String> = strips
        .iter()
        .map(|(name, values, _)| {
            format!("{} of {} ({name})", values.iter().filter(|&&value| value >= 0.5).count(), values.len())
        })
        .collect();
    let caption = format!(
        "One point per subject; right of the dashed line the classifier says old. Blue should look young, orange should look old. \
         Points are spread vertically only to be seen. Judged old: {}.",
        summaries.join("; ")
    );
    let alt = format!("Strips of points between 0 and 1. Judged old: {}.", summaries.join("; "));
    Ok(chart_figure("probabilities", "What the classifier says before and after", caption, alt, svg))
}

fn draw_strips(root: &Area, strips: &[(String, &[f64], RGBColor)]) -> DrawingResult {
    let count = strips.len() as f64;
    let mut chart = Frame {
        caption: None,
        margins: [136, 24],
        room: [0, 48],
        font_px: FONT_PX,
        x: Axis {
            range: -0.015..1.015,
            title: Some("probability of the class old"),
            marks: 11,
            lines: false,
            mark: &tenths,
        },
        // Each strip has its name at the left instead.
        y: Axis { range: -0.5..count - 0.5, title: None, marks: 0, lines: false, mark: &tenths },
    }
    .draw(root)?;
    let line = [(0.5, -0.5), (0.5, count - 0.5)];
    chart.draw_series(DashedLineSeries::new(line, 4, 4, BLACK.mix(0.5).into()))?;
    for (index, (name, values, colour)) in strips.iter().enumerate() {
        let height = count - 1.0 - index as f64;
        let (_, y) = chart.plotting_area().map_coordinate(&(0.0, height));
        let style = TextStyle::from((FONT, FONT_PX)).pos(plotters::style::text_anchor::Pos::new(
            plotters::style::text_anchor::HPos::Right,
            plotters::style::text_anchor::VPos::Center,
        ));
        root.draw(&Text::new(name.clone(), (134, y), style))?;
        // Steps of the golden ratio spread neighbours apart, and the same data always look the same.
        let spread = |nth: usize| ((nth as f64 * 0.618_033_988_75).fract() - 0.5) * 0.55;
        let points = values.iter().enumerate().filter(|(_, value)| value.is_finite());
        chart.draw_series(
            points.map(|(nth, &value)| Circle::new((value, height + spread(nth)), 4, colour.mix(0.7).filled())),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_curves_with_gaps() {
        let csv = "epoch,step,loss_cycle,note\n0,1,0.5,x\n0,2,,y\n0,3,0.25,z\n0,4,NaN,z\n";
        let curves = curves_from_csv(csv).unwrap();
        assert_eq!(curves, [Curve { name: "loss_cycle".to_owned(), points: vec![(1.0, 0.5), (3.0, 0.25)] }]);
        assert!(curves_from_csv("").unwrap().is_empty());
    }

    #[test]
    fn draws_curves_and_escapes_their_names() {
        let points = (0..2000).map(|step| (f64::from(step), (f64::from(step) * 0.01).cos())).collect();
        let flat = Curve { name: "flat".to_owned(), points: vec![(0.0, 0.0), (1.0, 0.0)] };
        let figure = training_curves(&[Curve { name: "a<b".to_owned(), points }, flat]).unwrap();
        assert!(figure.svg.starts_with("<svg") && figure.svg.contains("a&lt;b") && figure.svg.len() < 100_000);
        assert!(training_curves(&[]).is_err());
    }

    #[test]
    fn ticks_have_the_digits_they_need() {
        assert_eq!(
            [tick(0.25, 0.1), tick(0.02, 0.07), tick(2.0, 3.0), tick(1e-20, 2e-4)],
            ["0.25", "0.02", "2.0", "0"]
        );
        assert_eq!(tick(0.0001, 2e-4), "1.0e-4");
    }

    #[test]
    fn running_mean_keeps_a_constant() {
        let points: Vec<(f64, f64)> = (0..100).map(|step| (f64::from(step), 2.0)).collect();
        assert!(running_mean(&points).iter().all(|point| (point.1 - 2.0).abs() < 1e-12));
    }

    #[test]
    fn counts_what_it_draws() {
        let shift = ProbabilityShift {
            direction: Direction::YoungToOld,
            before: vec![0.1, 0.6, f64::NAN],
            after: vec![0.9, 0.8, 0.2],
        };
        let figure = probabilities(&[shift]).unwrap();
        assert!(figure.caption.contains("Judged old: 1 of 3 (young, original); 2 of 3 (young → old)."));
    }
}
