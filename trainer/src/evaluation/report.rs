//! Writes what an evaluation found: `report.json` for programs, `report.html` for people, the figures beside them.
//!
//! The page is one file: styles and pictures are inside, there is no script, and its own policy forbids any network. All text is
//! escaped; only the figures' SVG goes in as it is. No figure of a single real person appears unless the data say it may.

mod data;
mod words;

pub use data::{
    CardEntry, ClassifierResult, CrossValidation, CycleResult, DataSource, DifferenceResult, NOT_FOR_DIAGNOSIS,
    PerDirection, REPORT_VERSION, ReportData, SubjectGroup, Subjects, Translation,
};

use super::figures::{Figure, FigureKind};
use super::statistics::wilson_interval;
use crate::files;
use anyhow::{Context, Result, ensure};
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;
use std::path::Path;

const PAGE: &str = include_str!("report/page.html");

/// The look of all reports; a part of the page's template.
pub const STYLE: &str = include_str!("report/style.css");

/// `report.json`: the data and where the figures lie.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    data: &'a ReportData,
    figures: Vec<FigureEntry<'a>>,
}

#[derive(Serialize)]
struct FigureEntry<'a> {
    id: &'a str,
    title: &'a str,
    caption: &'a str,
    files: Vec<String>,
}

/// Writes `report.html`, `report.json` and each figure as `<id>.svg` (brain figures as `<id>.png` too) into `out_dir`.
///
/// Adds the standard warnings to those of the data. Figures of single people are left out unless `data.show_cases` is set or the data
/// are phantoms. Each file appears complete or not at all; `report.json` comes last, so where it exists, the rest does.
pub fn write_report(out_dir: &Path, data: &ReportData, figures: &[Figure]) -> Result<()> {
    let mut data = data.clone();
    for warning in words::warnings(&data) {
        if !data.warnings.contains(&warning) {
            data.warnings.push(warning);
        }
    }
    let may_show = |figure: &&Figure| !figure.shows_person || data.show_cases || data.data.phantom;
    let shown: Vec<&Figure> = figures.iter().filter(may_show).collect();
    let mut entries = Vec::with_capacity(shown.len());
    for figure in &shown {
        let safe = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
        ensure!(
            !figure.id.is_empty() && figure.id.chars().all(safe),
            "figure id {:?} cannot be a file name; use letters, digits, _ and -",
            figure.id
        );
        let mut names = vec![format!("{}.svg", figure.id)];
        files::write(&out_dir.join(&names[0]), figure.svg.as_bytes())?;
        if let Some(png) = &figure.png {
            names.push(format!("{}.png", figure.id));
            files::write(&out_dir.join(&names[1]), png)?;
        }
        entries.push(FigureEntry { id: &figure.id, title: &figure.title, caption: &figure.caption, files: names });
    }
    let html = page(&data, &shown, figures.len() - shown.len())?;
    files::write(&out_dir.join("report.html"), html.as_bytes())?;
    files::write_json(&out_dir.join("report.json"), &Document { data: &data, figures: entries })
}

/// A figure as the template sees it.
#[derive(Serialize)]
struct PageFigure<'a> {
    id: &'a str,
    title: &'a str,
    caption: &'a str,
    alt: &'a str,
    brain: bool,
    /// Not escaped: made by this program, its labels are escaped where it is made.
    svg: Value,
}

/// A row of the table of judgements: the thesis's Table 1.
#[derive(Serialize)]
struct JudgedRow {
    images: String,
    old: usize,
    young: usize,
    /// Share judged as they should be, in words.
    right: String,
    interval: String,
}

impl JudgedRow {
    fn new(images: &str, old: usize, young: usize, should_be_old: bool) -> Self {
        let (right, total) = (if should_be_old { old } else { young }, old + young);
        JudgedRow {
            images: images.to_owned(),
            old,
            young,
            right: words::percent(super::statistics::share(right, total)),
            interval: words::percent_interval(wilson_interval(right, total)),
        }
    }
}

fn page(data: &ReportData, figures: &[&Figure], left_out: usize) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::SemiStrict);
    environment.add_filter("percent", |value: Value| words::percent(number_in(&value)));
    environment.add_filter("number", |value: Value| words::number(number_in(&value)));
    environment.add_filter("small", |value: Value| {
        number_in(&value).map_or_else(|| "not defined".to_owned(), |value| format!("{value:.4}").replace('-', "−"))
    });
    environment.add_filter("percents", |low: Value, high: Value| {
        words::percent_interval(number_in(&low).zip(number_in(&high)).map(Into::into))
    });
    environment.add_filter("numbers", |low: Value, high: Value| {
        format!("{} to {}", words::number(number_in(&low)), words::number(number_in(&high)))
    });
    let confusion = data.classifier.confusion;
    let before = [
        JudgedRow::new("old", confusion.old_judged_old, confusion.old_judged_young, true),
        JudgedRow::new("young", confusion.young_judged_old, confusion.young_judged_young, false),
    ];
    let after = |judged: &PerDirection<Translation>| {
        [
            JudgedRow::new("young → old", judged.young_to_old.judged_old, judged.young_to_old.judged_young, true),
            JudgedRow::new("old → young", judged.old_to_young.judged_old, judged.old_to_young.judged_young, false),
        ]
    };
    let figures: Vec<PageFigure> = figures
        .iter()
        .map(|figure| PageFigure {
            id: &figure.id,
            title: &figure.title,
            caption: &figure.caption,
            alt: &figure.alt,
            brain: figure.kind == FigureKind::Brain,
            svg: Value::from_safe_string(figure.svg.clone()),
        })
        .collect();
    let spacing_mm: [f64; 3] = std::array::from_fn(|axis| data.grid.mni_from_voxel.0[axis][axis]);
    environment.add_template("style.css", STYLE).context("the report's style is broken")?;
    environment.add_template("page.html", PAGE).context("the report's template is broken")?;
    let template = environment.get_template("page.html").context("the report's template is broken")?;
    template
        .render(context! {
            data,
            figures,
            left_out,
            before,
            spacing_mm,
            headline => words::headline(data),
            findings => words::findings(data),
            after => after(&data.translation),
            after_independent => data.translation_independent_judge.as_ref().map(after),
        })
        .context("the report page cannot be made")
}

fn number_in(value: &Value) -> Option<f64> {
    f64::try_from(value.clone()).ok().filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::statistics::{Confusion, MeanSd};
    use shared::explain::Direction;
    use shared::volume::{Affine, Grid};

    /// The numbers of the thesis, with made-up people.
    pub fn example_data() -> ReportData {
        let group = |name: &str, mean: f64| SubjectGroup {
            group: name.to_owned(),
            split: Some("test".to_owned()),
            count: 183,
            age_years: Some(MeanSd { mean, sd: Some(6.0), count: 183 }),
            female: 100,
            male: 83,
            sex_unknown: 0,
        };
        ReportData {
            report_version: REPORT_VERSION,
            not_for_diagnosis: NOT_FOR_DIAGNOSIS,
            command: "trainer evaluate --run \"<b>\" & more".to_owned(),
            seed: 1,
            bundle_sha256: "00ff".to_owned(),
            data: DataSource {
                name: "Example <i>".to_owned(),
                phantom: false,
                held_out: true,
                acknowledgement: Some("Thanks".to_owned()),
                limits: Vec::new(),
            },
            grid: Grid {
                shape: [91, 109, 10],
                mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [-90.0, -126.0, 4.0]),
            },
            subjects: Subjects { young: 183, old: 183, groups: vec![group("young", 30.0), group("old", 65.0)] },
            classifier: ClassifierResult::new(
                Confusion { old_judged_old: 170, old_judged_young: 13, young_judged_old: 4, young_judged_young: 179 },
                Some(0.98),
                Some([0.96, 0.99]),
            ),
            cross_validation: None,
            translation: PerDirection {
                young_to_old: Translation::new(Direction::YoungToOld, 181, 2),
                old_to_young: Translation::new(Direction::OldToYoung, 17, 166),
            },
            translation_independent_judge: None,
            difference: DifferenceResult {
                mean_map_ncc: PerDirection::from_fn(|_| Some(0.85)),
                mean_absolute: PerDirection::from_fn(|_| Some(0.09)),
                group_mean_absolute: Some(0.11),
                group_ncc_ceiling: Some(0.93),
                input_output_correlation: None,
                truth_ncc: None,
                truth_spill: None,
                truth_size_ratio: None,
                compared: Vec::new(),
                regions: Vec::new(),
            },
            cycle: None,
            warnings: Vec::new(),
            model_card: vec![CardEntry { name: "Made by".to_owned(), value: "<script>alert(1)</script>".to_owned() }],
            show_cases: false,
        }
    }

    fn figure(id: &str, shows_person: bool) -> Figure {
        Figure {
            id: id.to_owned(),
            title: "A & B".to_owned(),
            caption: "caption <x>".to_owned(),
            alt: "alt \"y\"".to_owned(),
            kind: FigureKind::Brain,
            svg: "<svg id=\"raw\"></svg>".to_owned(),
            png: Some(vec![1]),
            shows_person,
        }
    }

    #[test]
    fn writes_all_files_and_escapes_all_text() {
        let folder = tempfile::tempdir().unwrap();
        write_report(folder.path(), &example_data(), &[figure("mean_difference", false), figure("case", true)])
            .unwrap();
        let html = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
        assert!(html.contains("<svg id=\"raw\">") && html.contains("caption &lt;x&gt;"));
        for raw in ["<script", "<b>", "Example <i>", "http://", "https://"] {
            assert!(!html.contains(raw), "{raw}");
        }
        assert!(html.contains("Not for diagnosis") && !html.contains("Phantom data"));
        let json: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.path().join("report.json")).unwrap()).unwrap();
        assert_eq!(json["translation"]["young_to_old"]["judged_old"], 181);
        assert_eq!(json["classifier"]["confusion"]["old_judged_young"], 13);
        assert_eq!(json["difference"]["mean_map_ncc"]["old_to_young"], 0.85);
        assert_eq!(json["figures"][0]["files"][1], "mean_difference.png");
        assert_eq!(json["figures"].as_array().map(Vec::len), Some(1));
        assert!(folder.path().join("mean_difference.png").exists() && !folder.path().join("case.png").exists());
    }

    #[test]
    fn phantoms_are_labelled_and_may_show_cases() {
        let folder = tempfile::tempdir().unwrap();
        let mut data = example_data();
        data.data.phantom = true;
        write_report(folder.path(), &data, &[figure("case", true)]).unwrap();
        let html = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
        assert!(html.contains("Phantom data") && folder.path().join("case.svg").exists());
    }

    #[test]
    fn an_empty_evaluation_still_makes_a_page() {
        let mut data = example_data();
        data.classifier = ClassifierResult::new(Confusion::default(), None, None);
        data.translation = PerDirection::from_fn(|direction| Translation::new(direction, 0, 0));
        data.difference.mean_map_ncc = PerDirection::from_fn(|_| None);
        data.subjects.groups.clear();
        let html = page(&data, &[], 0).unwrap();
        assert!(html.contains("not defined") && !html.contains("NaN"));
    }

    #[test]
    fn refuses_a_figure_name_that_leaves_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write_report(folder.path(), &example_data(), &[figure("../x", false)]).is_err());
    }
}
