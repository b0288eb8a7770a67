//! The figures of an evaluation, in the order of the report.

use crate::cohort::{Cohort, Group};
use crate::evaluation::report::ReportData;
use crate::evaluation::source::Source;
use crate::figures::{self, Attention, Figure, FigureStyle, GroupMaps};
use crate::measures::measured::Measured;
use anyhow::Result;
use shared::explain::Direction;

/// Draws all figures that the measured subjects allow.
///
/// # Errors
/// A figure cannot be drawn: only for maps on an unknown grid.
pub fn draw(source: &Source, cohort: &Cohort, measured: &Measured, report: &ReportData) -> Result<Vec<Figure>> {
    let directions: Vec<GroupMaps> = measured
        .maps
        .iter()
        .map(|means| GroupMaps { subjects: means.subjects, ..GroupMaps::of_person(&means.maps) })
        .collect();
    let grid = &source.loaded.models.grid;
    let mask = grid.volume(measured.mask.iter().map(|&inside| if inside { 1.0 } else { 0.0 }).collect());
    let stamp = cohort.description.phantom.then_some("PHANTOM: synthetic, no real person");
    let style = FigureStyle { mask: Some(&mask), stamp };
    let count = |group: Group| measured.subjects.iter().filter(|subject| subject.group == group).count();
    let attention = Attention::of(source.pooling);
    let mut drawn = vec![
        figures::mean_difference(&directions, style)?,
        figures::difference_and_attention(&directions, attention, style)?,
    ];
    if let Some(difference) = measured.group_difference() {
        let (young, old) = (count(Group::Young), count(Group::Old));
        drawn.push(figures::group_difference(&difference, young, old, &directions, style)?);
    }
    for direction in &directions {
        drawn.push(figures::example(*direction, style)?);
    }
    let shifts: Vec<figures::ProbabilityShift> = [Direction::YoungToOld, Direction::OldToYoung]
        .into_iter()
        .map(|direction| {
            let subjects = measured.subjects.iter().filter(|subject| subject.direction == direction);
            let pairs = subjects.map(|s| (f64::from(s.probability_old_before), f64::from(s.probability_old_after)));
            let (before, after) = pairs.unzip();
            figures::ProbabilityShift { direction, before, after }
        })
        .collect();
    drawn.push(figures::probabilities(&shifts)?);
    if let Some(calibration) = &report.calibration {
        drawn.push(figures::reliability(calibration, &measured.answers())?);
    }
    if let Some(csv) = &source.curves {
        let curves = figures::curves_from_csv(csv)?;
        if !curves.is_empty() {
            drawn.push(figures::training_curves(&curves)?);
        }
    }
    Ok(drawn)
}
