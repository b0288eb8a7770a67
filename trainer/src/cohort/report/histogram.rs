//! Ages of a cohort as bars of five years: the groups' limits fall between bars, so each bar is of one group.

use anyhow::Result;
use plotters::prelude::*;

use crate::cohort::table::NewRow;
use crate::cohort::{Group, Split};
use crate::evaluation::figures::charts::{BLUE, FONT, VERMILION, WIDTH, drawing_failed, for_page};
use crate::evaluation::figures::{Figure, FigureKind};

const BAR_YEARS: f64 = 5.0;
const HEIGHT: u32 = 300;
const GREY: RGBColor = RGBColor(130, 130, 130);

/// People of a bar: those to train on (or all, without a split), and those set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Bar {
    train: usize,
    test: usize,
}

/// The chart of ages.
pub fn ages(rows: &[NewRow]) -> Result<Figure> {
    let (first, bars) = count(rows);
    let mut svg = String::new();
    draw(&mut svg, first, &bars).map_err(drawing_failed)?;
    let has_split = rows.iter().any(|row| row.split.is_some());
    let parts = if has_split { " The paler part of a bar is set aside for testing." } else { "" };
    Ok(Figure {
        id: "ages".to_owned(),
        title: "Ages".to_owned(),
        caption: format!(
            "People in each five years of age. Blue: young, below 45; orange: old, from 50 up; grey: between them.{parts}"
        ),
        alt: format!("Bar chart of ages, {} people.", rows.len()),
        kind: FigureKind::Chart,
        svg: for_page(&svg),
        png: None,
        shows_person: false,
    })
}

/// The first bar's age, and all bars up to the oldest.
fn count(rows: &[NewRow]) -> (f64, Vec<Bar>) {
    let bar_of = |age_years: f64| (age_years / BAR_YEARS).floor() as i64;
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
    (low as f64 * BAR_YEARS, bars)
}

fn draw(svg: &mut String, first: f64, bars: &[Bar]) -> Result<(), Box<dyn std::error::Error>> {
    let root = SVGBackend::with_string(svg, (WIDTH, HEIGHT)).into_drawing_area();
    let highest = bars.iter().map(|bar| bar.train + bar.test).max().unwrap_or(0).max(1) as f64;
    let last = first + BAR_YEARS * bars.len() as f64;
    let mut chart = ChartBuilder::on(&root)
        .margin(8)
        .margin_right(24)
        .x_label_area_size(44)
        .y_label_area_size(52)
        .build_cartesian_2d(first - 1.0..last + 1.0, 0.0..highest * 1.06)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(bars.len() + 1)
        .y_labels(5)
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.12))
        .axis_style(BLACK.mix(0.4))
        .label_style((FONT, 15))
        .x_desc("age, years")
        .y_desc("people")
        .x_label_formatter(&|age| format!("{age:.0}"))
        // Few people: the axis has marks between whole numbers, which stay without one.
        .y_label_formatter(&|people| if people.fract() == 0.0 { format!("{people:.0}") } else { String::new() })
        .draw()?;
    for (index, bar) in bars.iter().enumerate() {
        let low = first + BAR_YEARS * index as f64;
        let colour = match Group::of_age(low) {
            Group::Young => BLUE,
            Group::Old => VERMILION,
            Group::Gap => GREY,
        };
        let (train, all) = (bar.train as f64, (bar.train + bar.test) as f64);
        let piece = |from: f64, to: f64, style: ShapeStyle| {
            Rectangle::new([(low + 0.2, from), (low + BAR_YEARS - 0.2, to)], style)
        };
        chart.draw_series([piece(0.0, train, colour.filled()), piece(train, all, colour.mix(0.45).filled())])?;
    }
    root.present()?;
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
        let (first, bars) = count(&rows);
        assert_eq!((first, bars.len()), (20.0, 7));
        assert_eq!((bars[0], bars[6]), (Bar { train: 1, test: 1 }, Bar { train: 1, test: 0 }));
        let figure = ages(&rows).expect("chart");
        assert!(figure.svg.contains("people") && figure.caption.contains("paler"));
    }
}
