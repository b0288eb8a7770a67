//! Ages of a cohort as bars of five years, or of one: the groups' limits fall between bars, so each bar is of one group.

use anyhow::Result;
use plotters::prelude::*;

use crate::cohort::table::NewRow;
use crate::cohort::{Group, GroupLimits, Split};
use crate::figures::Figure;
use crate::figures::frame::{
    Area, Axis, BLUE, DrawingResult, FONT_PX, Frame, VERMILION, WIDTH, chart_figure, svg_of, whole,
};

/// Years of a bar, and of one where the limits are no multiples of these.
const BAR_YEARS: u8 = 5;
/// Most ages that are written below the bars.
const MOST_MARKS: usize = 30;
const HEIGHT: u32 = 300;
const GREY: RGBColor = RGBColor(130, 130, 130);

/// People of a bar: those to train on (or all, without a split), and those set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Bar {
    train: usize,
    test: usize,
}

/// The chart of ages.
pub fn ages(rows: &[NewRow], limits: GroupLimits) -> Result<Figure> {
    let GroupLimits { young_below_years: young, old_from_years: old } = limits;
    let fit = [young, old].iter().all(|limit| limit.is_multiple_of(BAR_YEARS));
    let (each, width) = if fit { ("five years", f64::from(BAR_YEARS)) } else { ("year", 1.0) };
    let (first, bars) = count(rows, width);
    let chart = Chart { first, width, bars: &bars, limits };
    let svg = svg_of((WIDTH, HEIGHT), |root| draw(root, &chart))?;
    let has_split = rows.iter().any(|row| row.split.is_some());
    let parts = if has_split { " The paler part of a bar is held out for testing." } else { "" };
    let caption = format!(
        "People in each {each} of age. Blue: young, below {young}; orange: old, from {old} up; grey: between them.{parts}"
    );
    let alt = format!("Bar chart of ages, {} people.", rows.len());
    Ok(chart_figure("ages", "Ages", caption, alt, svg))
}

/// The first bar's age, and all bars up to the oldest.
fn count(rows: &[NewRow], width: f64) -> (f64, Vec<Bar>) {
    let bar_of = |age_years: f64| (age_years / width).floor() as i64;
    let low = rows.iter().map(|row| bar_of(row.age_years)).min().unwrap_or(0);
    let high = rows.iter().map(|row| bar_of(row.age_years)).max().unwrap_or(0);
    let mut bars = vec![Bar::default(); (high - low + 1) as usize];
    for row in rows {
        let bar = &mut bars[(bar_of(row.age_years) - low) as usize];
        match row.split {
            Some(Split::Test) => bar.test += 1,
            _ => bar.train += 1,
        }
    }
    (low as f64 * width, bars)
}

/// The bars, from the age `first` on, each `width` years wide.
struct Chart<'a> {
    first: f64,
    width: f64,
    bars: &'a [Bar],
    limits: GroupLimits,
}

fn draw(root: &Area, &Chart { first, width, bars, limits }: &Chart) -> DrawingResult {
    let highest = bars.iter().map(|bar| bar.train + bar.test).max().unwrap_or(0).max(1) as f64;
    let last = first + width * bars.len() as f64;
    let mut chart = Frame {
        caption: None,
        margins: [8, 24],
        room: [52, 44],
        font_px: FONT_PX,
        x: Axis {
            range: first - 1.0..last + 1.0,
            title: Some("age, years"),
            marks: (bars.len() + 1).min(MOST_MARKS),
            lines: false,
            mark: &|age: &f64| format!("{age:.0}"),
        },
        y: Axis { range: 0.0..highest * 1.06, title: Some("people"), marks: 5, lines: true, mark: &whole },
    }
    .draw(root)?;
    for (index, bar) in bars.iter().enumerate() {
        let low = first + width * index as f64;
        let colour = match Group::of_age(low, limits) {
            Group::Young => BLUE,
            Group::Old => VERMILION,
            Group::Gap => GREY,
        };
        let (train, all) = (bar.train as f64, (bar.train + bar.test) as f64);
        let piece =
            |from: f64, to: f64, style: ShapeStyle| Rectangle::new([(low + 0.2, from), (low + width - 0.2, to)], style);
        chart.draw_series([piece(0.0, train, colour.filled()), piece(train, all, colour.mix(0.45).filled())])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::report::tests::person;

    #[test]
    fn bars_begin_at_the_youngest_and_split() {
        let rows =
            [person("a", 23.0, Some(Split::Train)), person("b", 24.9, Some(Split::Test)), person("c", 50.0, None)];
        let (first, bars) = count(&rows, 5.0);
        assert_eq!((first, bars.len()), (20.0, 7));
        assert_eq!((bars[0], bars[6]), (Bar { train: 1, test: 1 }, Bar { train: 1, test: 0 }));
        let figure = ages(&rows, GroupLimits::PUBLISHED).expect("chart");
        assert!(figure.svg.contains("people") && figure.caption.contains("paler"));
        assert!(
            figure.caption.starts_with("People in each five years of age. Blue: young, below 45; orange: old, from 50")
        );
        let other = ages(&rows, "24:50".parse().expect("limits")).expect("chart");
        assert!(other.caption.starts_with("People in each year of age. Blue: young, below 24;"), "{}", other.caption);
    }
}
