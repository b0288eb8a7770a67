//! What stands in a saved result, without a browser.

use super::*;
use crate::card::tests::manifest;
use crate::language::tests::all;
use crate::maps::MAP_NAMES;
use crate::verdict::Answer;
use crate::verdict::tests::ANSWER;
use serde_json::{Value, json};
use shared::explain::{Familiarity, Hemisphere, Lobe, Region};
use shared::volume::{Affine, Volume, write_nifti};
use std::convert::Infallible;

const DOCUMENT: &str = include_str!("../../../static/result.html");
const HOSTILE: &str = "<script>alert('1')</script>\" onload=\"x«data»&.nii";

/// 4×3×2 voxels of 2 mm, voxel (0,0,0) at (-4, -10, 6).
fn maps(has_truth: bool) -> Maps {
    let grid = Affine::from_spacing_origin([2.0; 3], [-4.0, -10.0, 6.0]);
    let volume = |value: f32| Volume::new([4, 3, 2], vec![value; 24], grid);
    let maps = Maps::new(MAP_NAMES, [0.5, 0.4, -0.1, 1.0].map(volume)).unwrap();
    if has_truth { maps.with_truth("truth", &write_nifti(&volume(-0.05), "")).unwrap() } else { maps }
}

fn row(label: u16) -> (Row, Option<[f64; 3]>) {
    let name = format!("R{label}");
    let region = Region { label, readable: name.clone(), name, lobe: Lobe::Frontal, hemisphere: Hemisphere::Left };
    let text = |text: &str| text.to_owned();
    let row = Row {
        name: format!("Region {label}"),
        region,
        amount: text("−0.80 ml"),
        percent: text("−8.0%"),
        group: text("–"),
        volume: text("2 ml"),
        amount_ml: -0.8,
        is_small: label > 12,
    };
    (row, Some([-2.0, -8.0, 6.0]))
}

fn saved<'a>(language: Language, answer: Answer, name: &'a str, maps: &'a Maps, manifest: &'a Manifest) -> Saved<'a> {
    let content = Content {
        direction: answer.direction,
        target_years: answer.target_years,
        is_shuffled: false,
        limit: (0.15, true),
        kept: None,
        class: GroupName::Young,
        by_cells: false,
    };
    Saved {
        language,
        name,
        verdict: answer.told(language, name),
        probabilities_old: [answer.probability_old_before, answer.probability_old_after],
        caution: Some("Take care.".to_owned()),
        sentences: vec!["What changed.".to_owned()],
        regions_hint: "Hint".to_owned(),
        regions: (1..=14).map(row).collect(),
        maps,
        content,
        view: View { radiological: true, ..View::default() },
        at_mni_mm: [-2.0, -8.0, 6.0],
        model: ["phantom", "1a2b3c"],
        manifest,
        agelens: "9.8.7",
    }
}

fn file(saved: &Saved) -> String {
    let hex = |bytes: &[u8]| Ok::<_, Infallible>(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
    saved.file(DOCUMENT, hex).unwrap()
}

/// What the script gets.
fn data(file: &str) -> Value {
    let (_, rest) = file.split_once("id=\"data\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn every_place_of_the_document_has_a_value_and_every_value_a_place() {
    let (maps, manifest) = (maps(true), manifest());
    let values = saved(Language::ENGLISH, ANSWER, "a", &maps, &manifest).values(String::new());
    let mut places: Vec<&str> = DOCUMENT.split('«').skip(1).map(|rest| rest.split('»').next().unwrap()).collect();
    let mut names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
    places.sort_unstable();
    names.sort_unstable();
    assert_eq!(places, names);
}

#[test]
fn a_name_of_a_file_stays_a_name() {
    let (maps, manifest) = (maps(false), manifest());
    let answers = [ANSWER, Answer { is_mean: true, ..ANSWER }];
    let strange = Answer { familiarity: Some(Familiarity { distance: 3.0, limit: 2.0 }), ..ANSWER };
    for answer in answers.into_iter().chain([strange]) {
        let harmless = file(&saved(Language::ENGLISH, answer, "name", &maps, &manifest));
        let hostile = file(&saved(Language::ENGLISH, answer, HOSTILE, &maps, &manifest));
        let count = |text: &str, sign: char| text.matches(sign).count();
        for sign in ['<', '>', '"'] {
            assert_eq!(count(&hostile, sign), count(&harmless, sign), "{sign}");
        }
        assert!(hostile.contains("&lt;script&gt;alert") && hostile.contains("x«data»&amp;.nii"));
    }
}

#[test]
fn all_that_the_page_tells_is_in_it_in_every_language() {
    let (maps, mut manifest) = (maps(true), manifest());
    manifest.phantom = true;
    manifest.data.groups = "40:60".parse().unwrap();
    for language in all() {
        let text = file(&saved(language, ANSWER, "a.nii", &maps, &manifest));
        let verdict = ANSWER.told(language, "a.nii");
        let keys = [CARD_DIAGNOSIS, PHANTOM_TITLE, VIEW_RADIOLOGICAL, PANEL_CAM, PANEL_TRUTH, SCALE_GREY];
        let words = keys.map(|key| language.text(key).to_owned());
        let named = groups(language, &manifest);
        assert!(named.contains("40") && named.contains("60"), "{named}");
        let own = ["Take care.", "What changed.", "Region 14", "1a2b3c", "AgeLens 9.8.7"].map(str::to_owned);
        let odds = verdict.odds.clone().unwrap();
        for wanted in words.iter().chain(&own).chain(&odds).chain([&named]).chain([&verdict.title, &verdict.detail]) {
            assert!(text.contains(&escaped(wanted)), "{language:?}: {wanted}");
        }
        assert!(text.contains(&format!("<html lang=\"{}\">", language.listed().tag)), "{language:?}");
        assert!(!text.contains(['«', '»']), "{language:?}");
    }
}

#[test]
fn a_mean_has_no_odds_and_no_truth_is_no_panel() {
    let (maps, mut manifest) = (maps(false), manifest());
    manifest.phantom = false;
    let mut mean = saved(Language::ENGLISH, Answer { is_mean: true, ..ANSWER }, "Mean of 80", &maps, &manifest);
    mean.view.radiological = false;
    mean.regions.clear();
    let text = file(&mean);
    assert!(!text.contains("P(old)") && !text.contains("class=\"odds\"") && !text.contains("<table"), "{text}");
    assert!(
        !text.contains("data-map=\"truth\"") && text.contains("left side on the left") && !text.contains("phantom\"")
    );
    assert!(data(&text)["maps"].get("truth").is_none());
    assert!(
        file(&saved(Language::ENGLISH, ANSWER, "a", &maps, &manifest))
            .contains("data-class=\"young\" data-share=\"20\"")
    );
}

#[test]
fn maps_are_bytes_and_no_change_stays_none() {
    assert_eq!(
        bytes(Scale::Difference, &[-0.3, -0.15, 0.0, 0.075, 0.15, 9.0, f32::NAN], 0.15)[..6],
        [1, 1, 128, 192, 255, 255]
    );
    assert_eq!(bytes(Scale::Grey, &[-1.0, 0.0, 0.5, 1.0, 2.0], 0.15), [0, 0, 128, 255, 255]);
    let (maps, manifest) = (maps(true), manifest());
    let found = data(&file(&saved(Language::ENGLISH, ANSWER, "a", &maps, &manifest)));
    assert_eq!(found["maps"].as_object().unwrap().len(), 5);
    assert_eq!((&found["shape"], &found["first_mm"]), (&json!([4, 3, 2]), &json!([-4.0, -10.0, 6.0])));
    // -0.1 of 0.15 is 85 of 127 below the middle.
    assert_eq!(found["maps"]["difference"], "2b".repeat(24));
    assert_eq!((&found["radiological"], &found["step_mm"]), (&json!(true), &json!([2.0, 2.0, 2.0])));
}
