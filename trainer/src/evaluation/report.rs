//! Writes the results of an evaluation: `report.json` for programs, `report.html` for people, the figures beside them.
//!
//! The page is one file: styles and pictures are inside, there is no script, and its own policy forbids any network. All text is
//! escaped; only the figures' SVG goes in as it is. No figure of a single real person appears unless the data say it may.

mod data;
mod words;

pub use data::{
    CardEntry, ClassifierResult, CrossValidation, CycleResult, DataSource, DifferenceResult, Fold, NOT_FOR_DIAGNOSIS,
    REPORT_VERSION, ReportData, SubjectGroup, Subjects, Translation,
};

use crate::figures::{Figure, FigureKind, PAGE_STYLE};
use crate::files;
use crate::measures::comparison::Comparison;
use crate::measures::regions::PUBLISHED_SOURCE;
use anyhow::{Context, Result, ensure};
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;
use std::path::Path;

const PAGE: &str = include_str!("report/page.html");

/// `report.json`: the data and the paths of the figures.
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
/// Adds the standard warnings to those of the data. Figures of single people are left out unless the data are phantoms. Each file appears complete or not at all; `report.json` comes last, so where it exists, the rest does.
pub fn write_report(out_dir: &Path, data: &ReportData, figures: &[Figure]) -> Result<()> {
    let mut data = data.clone();
    for warning in words::warnings(&data) {
        if !data.warnings.contains(&warning) {
            data.warnings.push(warning);
        }
    }
    let may_show = |figure: &&Figure| !figure.shows_person || data.data.phantom;
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

/// Regions that the page shows; `regions.csv` has all.
const SHOWN_REGIONS: usize = 20;

fn page(data: &ReportData, figures: &[&Figure], left_out: usize) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::SemiStrict);
    environment.add_filter("percent", |value: Value| words::percent(number_in(&value)));
    environment.add_filter("number", |value: Value| words::number(number_in(&value)));
    environment.add_filter("years", |value: Value| words::years(number_in(&value)));
    environment.add_filter("small", |value: Value| {
        number_in(&value).map_or_else(|| "not defined".to_owned(), |value| format!("{value:.4}").replace('-', "−"))
    });
    environment.add_filter("three", |value: Value| words::three(number_in(&value)));
    environment.add_filter("threes", |low: Value, high: Value| {
        format!("{} to {}", words::three(number_in(&low)), words::three(number_in(&high)))
    });
    environment.add_filter("signed", |value: Value| words::signed(number_in(&value)));
    environment.add_filter("signed_percent", |value: Value| words::signed_percent(number_in(&value), 1));
    environment.add_filter("signed_percent_fine", |value: Value| words::signed_percent(number_in(&value), 2));
    environment.add_filter("percents", |low: Value, high: Value| {
        words::percent_interval(number_in(&low).zip(number_in(&high)).map(Into::into))
    });
    environment.add_filter("numbers", |low: Value, high: Value| {
        format!("{} to {}", words::number(number_in(&low)), words::number(number_in(&high)))
    });
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
    environment.add_template("style.css", PAGE_STYLE).context("the report's style is broken")?;
    environment.add_template("page.html", PAGE).context("the report's template is broken")?;
    let template = environment.get_template("page.html").context("the report's template is broken")?;
    template
        .render(context! {
            data,
            figures,
            left_out,
            spacing_mm,
            shown_regions => SHOWN_REGIONS,
            published_source => PUBLISHED_SOURCE,
            has_judge => data.table1.iter().any(|row| row.independent_judge.is_some()),
            leads => data.comparison.as_ref().map_or_else(Vec::new, Comparison::leads_in_words),
            way_titles => data.comparison.as_ref().map_or_else(Vec::new, Comparison::titles),
            way_abouts => data.comparison.as_ref().map_or_else(Vec::new, Comparison::abouts),
            checks_passed => data.self_checks.iter().filter(|check| check.passed).count(),
            limits => data.subjects.group_limits,
            other_groups => words::other_groups(data.subjects.group_limits),
            headline => words::headline(data),
            findings => words::findings(data),
        })
        .context("the report page cannot be made")
}

fn number_in(value: &Value) -> Option<f64> {
    f64::try_from(value.clone()).ok().filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::checks::{self, self_checks};
    use crate::group::GroupLimits;
    use crate::measures::balance::SexBalance;
    use crate::measures::dial::{AgreementAt, DialNumbers};
    use crate::measures::measured::Judged;
    use crate::measures::per_direction::PerDirection;
    use crate::measures::regions::{LobeChange, RegionChange, RegionStat};
    use crate::measures::second_opinion::{Correlation, SecondOpinion};
    use crate::measures::soundness::Soundness;
    use crate::measures::table1::{THESIS_SOURCE, table1};
    use crate::measures::thesis_findings::{FINDINGS_SOURCE, Finding, Reading};
    use crate::statistics::calibration::Calibration;
    use crate::statistics::{Confusion, Estimate, MeanSd};
    use shared::explain::{Direction, Hemisphere, Lobe};
    use shared::volume::{Affine, Grid};

    /// The numbers of the thesis, with synthetic people.
    pub fn example_data() -> ReportData {
        let group = |name: &str, mean: f64| SubjectGroup {
            group: name.to_owned(),
            split: "evaluated".to_owned(),
            count: 183,
            age_years: Some(MeanSd { mean, sd: Some(6.0), count: 183 }),
            female: 100,
            male: 83,
            sex_unknown: 0,
        };
        let judged = |[judged_old, judged_young]: [usize; 2]| Judged { judged_old, judged_young };
        let counts = [[170, 13], [4, 179], [166, 17], [2, 181]].map(judged);
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
            subjects: Subjects {
                group_limits: GroupLimits::PUBLISHED,
                young: 183,
                old: 183,
                groups: vec![group("young", 30.0), group("old", 65.0)],
                sex_balance: vec![SexBalance::new("evaluated", [100, 83], [100, 83])],
            },
            self_checks: self_checks(&checks::tests::sound(), Some(&checks::tests::control(true))),
            table1: table1(counts, Some(counts)),
            table1_source: THESIS_SOURCE,
            thesis_findings: vec![Finding {
                what: "frontal lobe",
                direction: Direction::YoungToOld,
                thesis_gains: false,
                percent: Some(Estimate { value: -7.5, interval: Some([-8.0, -7.0]) }),
                reading: Reading::AsInTheThesis,
            }],
            thesis_findings_source: FINDINGS_SOURCE,
            calibration: Some(Calibration::new(&[(0.1, false), (0.9, true)], 20, 1)),
            permuted_labels: Some(checks::tests::control(true)),
            classifier: ClassifierResult::new(
                Confusion { old_judged_old: 170, old_judged_young: 13, young_judged_old: 4, young_judged_young: 179 },
                Some(0.98),
                Some([0.96, 0.99]),
            ),
            voxel_ridge: None,
            ensemble: None,
            ages: None,
            group_test: None,
            dial: None,
            cross_validation: None,
            translation: PerDirection {
                young_to_old: Translation::new(Direction::YoungToOld, 166, 17),
                old_to_young: Translation::new(Direction::OldToYoung, 2, 181),
            },
            translation_independent_judge: None,
            classifier_and_judge: None,
            comparison: None,
            difference: DifferenceResult {
                mean_map_ncc: PerDirection::from_fn(|_| Some(0.85)),
                mean_map_ncc_interval: PerDirection::from_fn(|_| Some([0.8, 0.88])),
                mean_absolute: PerDirection::from_fn(|_| Some(0.09)),
                group_mean_absolute: Some(0.11),
                group_ncc_split_half: Some(0.87),
                group_ncc_ceiling: Some(0.93),
                gains_with_age: None,
                input_output_correlation: None,
                truth_ncc: None,
                truth_size_ratio: None,
                regions: Vec::new(),
                lobes: Vec::new(),
                region_rank_agreement: None,
                published_agreement: None,
            },
            cycle: None,
            soundness: Soundness { composition: None, null_intervention: None, reversibility: PerDirection::default() },
            warnings: Vec::new(),
            model_card: vec![CardEntry { name: "Made by".to_owned(), value: "<script>alert(1)</script>".to_owned() }],
        }
    }

    fn judged_none() -> Judged {
        Judged { judged_old: 0, judged_young: 0 }
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
        assert_eq!(json["translation"]["young_to_old"]["judged_old"], 166);
        assert_eq!(json["classifier"]["confusion"]["old_judged_young"], 13);
        assert_eq!(json["difference"]["mean_map_ncc"]["old_to_young"], 0.85);
        assert_eq!(json["table1"][2]["thesis"]["judged_old"], 166);
        assert_eq!(json["self_checks"].as_array().map(Vec::len), Some(11));
        assert!(html.contains("✓ passed") && !html.contains("✗ failed"));
        assert_eq!(json["figures"][0]["files"][1], "mean_difference.png");
        assert_eq!(json["figures"].as_array().map(Vec::len), Some(1));
        assert!(folder.path().join("mean_difference.png").exists() && !folder.path().join("case.png").exists());
    }

    #[test]
    fn phantoms_are_labelled_and_may_show_cases() {
        let folder = tempfile::tempdir().unwrap();
        let mut data = example_data();
        data.data.phantom = true;
        let ncc = Estimate { value: 0.81, interval: Some([0.78, 0.84]) };
        let agreement = vec![AgreementAt { target_years: 65.0, people: 4, ncc }];
        data.dial = Some(DialNumbers { people: 9, agreement, slope: None, one_way: Some(ncc) });
        data.soundness.composition = Some(PerDirection { young_to_old: Some(ncc), old_to_young: None });
        data.soundness.null_intervention = Some(PerDirection::from_fn(|_| Some(ncc)));
        let r = |value: f64| Correlation { all: Some(Estimate { value, interval: None }), within_groups: Some(ncc) };
        data.classifier_and_judge = Some(SecondOpinion { originals: r(0.93), translations: r(0.71) });
        write_report(folder.path(), &data, &[figure("case", true)]).unwrap();
        let html = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
        assert!(html.contains("65 years") && html.contains("0.81") && !html.contains("amount of change grows"));
        assert!(html.contains("Composition:") && html.contains("Null intervention:"));
        assert!(html.contains("by r = 0.93 on originals and 0.71 on") && html.contains("by 0.81 (0.78 to 0.84) and"));
        assert!(html.contains("Phantom data") && folder.path().join("case.svg").exists());
    }

    #[test]
    fn a_failed_check_is_said_with_its_remedy() {
        let mut data = example_data();
        data.self_checks = self_checks(&checks::tests::sound(), None);
        let html = page(&data, &[], 0).unwrap();
        let failed = data.self_checks.iter().find(|check| !check.passed).unwrap();
        assert!(html.contains("✗ failed") && html.contains(&failed.remedy));
    }

    #[test]
    fn regions_and_lobes_are_shown() {
        let stat = |mean: f64| RegionStat { mean, sd: Some(0.011), percent: Some(100.0 * mean), rank: Some(1) };
        let mut data = example_data();
        data.difference.regions = vec![RegionChange {
            region: "Insula_L".to_owned(),
            readable: "Insula, left".to_owned(),
            lobe: Lobe::Insula,
            hemisphere: Hemisphere::Left,
            voxels: 40,
            volume_ml: 0.32,
            part_of_region: 0.5,
            young_to_old: Some(stat(-0.042)),
            old_to_young: None,
            group_difference: Some(-0.05),
            group_difference_percent: Some(-12.5),
            group_difference_rank: Some(2),
        }];
        data.difference.region_rank_agreement = Some(PerDirection::from_fn(|_| Some(0.7)));
        data.difference.published_agreement = Some([Some(0.5), None]);
        data.difference.lobes = vec![LobeChange {
            lobe: Lobe::Insula,
            regions: 2,
            volume_ml: 0.64,
            young_to_old: Some(stat(-0.042)),
            old_to_young: None,
            group_difference: None,
            group_difference_percent: None,
            group_difference_rank: None,
            published_thickness_percent: Some(-6.7),
            published_volume_percent_per_year: None,
        }];
        let html = page(&data, &[], 0).unwrap();
        for expected in ["Insula, left", "−0.042 ± 0.011", "−12.5%", "−6.7%", "50%"] {
            assert!(html.contains(expected), "{expected}");
        }
    }

    #[test]
    fn an_empty_evaluation_still_makes_a_page() {
        let mut data = example_data();
        data.table1 = table1([judged_none(); 4], None);
        data.calibration = Some(Calibration::new(&[], 20, 1));
        data.difference.mean_map_ncc_interval = PerDirection::from_fn(|_| None);
        data.subjects.sex_balance.clear();
        data.classifier = ClassifierResult::new(Confusion::default(), None, None);
        data.translation = PerDirection::from_fn(|direction| Translation::new(direction, 0, 0));
        data.difference.mean_map_ncc = PerDirection::from_fn(|_| None);
        data.subjects.groups.clear();
        let html = page(&data, &[], 0).unwrap();
        assert!(html.contains("not defined"));
        let wrong = html.find("NaN").map(|at| html[at.saturating_sub(200)..].chars().take(250).collect::<String>());
        assert_eq!(wrong, None);
    }

    #[test]
    fn refuses_a_figure_name_that_leaves_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write_report(folder.path(), &example_data(), &[figure("../x", false)]).is_err());
    }
}
