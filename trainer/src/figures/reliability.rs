//! Calibration as a chart: what the classifier says against what is true, and how often it says it.

use crate::figures::Figure;
use crate::figures::frame::{
    Area, Axis, BLUE, DrawingResult, FONT_PX, Frame, VERMILION, WIDTH, chart_figure, svg_of, tenths, whole,
};
use crate::statistics::calibration::Calibration;
use anyhow::Result;
use plotters::prelude::*;

const HEIGHT: u32 = 430;
/// Where the right chart begins, px.
const DIVIDE: i32 = 500;
/// Bars of the right chart, each a tenth of probability.
const BARS: usize = 10;

/// A reliability diagram with Wilson's intervals, and beside it the probabilities of young and old people.
///
/// # Errors
/// The chart cannot be drawn.
pub fn reliability(calibration: &Calibration, answers: &[(f64, bool)]) -> Result<Figure> {
    let svg = svg_of((WIDTH, HEIGHT), |root| {
        let (left, right) = root.split_horizontally(DIVIDE);
        diagram(&left, calibration)?;
        histogram(&right, answers)
    })?;
    let number = |value: Option<f64>| value.map_or_else(|| "not defined".to_owned(), |value| format!("{value:.3}"));
    let scores = format!(
        "Brier score {}, expected calibration error {}, {} subjects in {} bins of equal count.",
        number(calibration.brier),
        number(calibration.expected_calibration_error),
        calibration.subjects,
        calibration.bins.len()
    );
    let note = calibration.note.as_ref().map(|note| format!(" {note}")).unwrap_or_default();
    let caption = format!(
        "Left: subjects binned by probability, and the share of them that is old, with Wilson’s 95% interval; the dashed line is perfect \
         calibration. Right: how many young (blue, left bar of each pair) and old (orange, right bar) \
         received which probability. {scores}{note}"
    );
    let alt = format!("Reliability diagram and histogram of probabilities. {scores}");
    Ok(chart_figure("reliability", "Are the classifier’s probabilities calibrated?", caption, alt, svg))
}

/// Both charts: the axis of probabilities, and the other one as it is given.
fn probability_frame<'a>(title: &'a str, y: Axis<'a>, lines: bool) -> Frame<'a> {
    let x = Axis { range: -0.02..1.02, title: Some(title), marks: 6, lines, mark: &tenths };
    Frame { caption: None, margins: [8, 24], room: [58, 48], font_px: FONT_PX, x, y }
}

fn diagram(area: &Area, calibration: &Calibration) -> DrawingResult {
    let y = Axis { range: -0.02..1.02, title: Some("share that is old"), marks: 6, lines: true, mark: &tenths };
    let mut chart = probability_frame("mean probability of the class old", y, true).draw(area)?;
    let line = [(0.0, 0.0), (1.0, 1.0)];
    chart.draw_series(DashedLineSeries::new(line, 4, 4, BLACK.mix(0.5).into()))?;
    let bars = calibration.bins.iter().filter_map(|bin| bin.interval.map(|interval| (bin.mean_probability, interval)));
    chart.draw_series(
        bars.map(|(x, [low, high])| PathElement::new(vec![(x, low), (x, high)], BLUE.mix(0.6).stroke_width(2))),
    )?;
    let points: Vec<(f64, f64)> = calibration.bins.iter().map(|bin| (bin.mean_probability, bin.share_old)).collect();
    chart.draw_series(LineSeries::new(points.iter().copied(), BLUE.mix(0.4)))?;
    chart.draw_series(points.iter().map(|&point| Circle::new(point, 5, BLUE.filled())))?;
    Ok(())
}

fn histogram(area: &Area, answers: &[(f64, bool)]) -> DrawingResult {
    let counts = count(answers);
    let highest = counts.iter().flatten().copied().max().unwrap_or(0).max(1) as f64;
    let y = Axis { range: 0.0..highest * 1.06, title: Some("subjects"), marks: 5, lines: true, mark: &whole };
    let mut chart = probability_frame("probability of the class old", y, false).draw(area)?;
    let width = 1.0 / BARS as f64;
    for (bar, [young, old]) in counts.into_iter().enumerate() {
        let low = bar as f64 * width;
        let piece = |from: f64, height: usize, style: ShapeStyle| {
            Rectangle::new([(low + from * width, 0.0), (low + (from + 0.4) * width, height as f64)], style)
        };
        chart.draw_series([piece(0.08, young, BLUE.filled()), piece(0.52, old, VERMILION.filled())])?;
    }
    Ok(())
}

/// Young and old people in each tenth of probability.
fn count(answers: &[(f64, bool)]) -> [[usize; 2]; BARS] {
    let mut counts = [[0; 2]; BARS];
    for &(probability, old) in answers.iter().filter(|answer| answer.0.is_finite()) {
        let bar = ((probability * BARS as f64) as usize).min(BARS - 1);
        counts[bar][usize::from(old)] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_bins_and_counts_both_groups() {
        let answers = [(0.05, false), (0.07, true), (0.95, true), (1.0, true), (f64::NAN, false)];
        let counts = count(&answers);
        assert_eq!((counts[0], counts[9], counts[5]), ([1, 1], [0, 2], [0, 0]));
        let figure = reliability(&Calibration::new(&answers[..4], 20, 1), &answers).unwrap();
        assert!(figure.svg.contains("share that is old") && figure.caption.contains("4 subjects in 1 bins"));
        assert!(figure.caption.contains("Only 4 subjects"));
        assert!(reliability(&Calibration::new(&[], 20, 1), &[]).is_ok());
    }
}
