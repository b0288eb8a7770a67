//! What the panels are called, when they are there, and that the viewer has the same.

use super::*;

const CONTENT: Content = Content {
    direction: Direction::YoungToOld,
    target_years: None,
    is_shuffled: false,
    limit: (0.15, true),
    kept: None,
    class: GroupName::Young,
    by_cells: false,
};

/// The strings in the list of this name.
fn list(source: &'static str, name: &str) -> Vec<&'static str> {
    let start = format!("const {name} = [");
    let (_, rest) = source.split_once(&start).unwrap_or_else(|| panic!("no {name}"));
    let (list, _) = rest.split_once(']').unwrap();
    list.split('\'').skip(1).step_by(2).collect()
}

#[test]
fn the_viewer_has_the_same_panels() {
    let viewer = include_str!("../../viewer/src/maps.js");
    assert_eq!(list(viewer, "NAMES"), PANELS.map(|panel| panel.id));
    assert_eq!(list(viewer, "SCALES"), PANELS.map(|panel| panel.scale.word()));
}

#[test]
fn what_changed_is_there_first_and_the_rest_on_demand() {
    let seen = |sight: Sight| PANELS.iter().filter(|panel| sight.has(panel)).map(|panel| panel.id).collect::<Vec<_>>();
    let first = Sight { mode: Mode::Side, has_truth: true, all_maps: false, has_kept: false, lesson: None };
    assert_eq!(seen(first), ["original", "translated", "difference"]);
    assert_eq!(seen(Sight { all_maps: true, ..first }).len(), 5);
    assert_eq!(seen(Sight { all_maps: true, has_truth: false, ..first }).len(), 4);
    let lesson = Sight { lesson: Some(&["difference", "truth"]), ..first };
    assert_eq!(seen(lesson), ["difference", "truth"]);
    assert_eq!(seen(Sight { has_truth: false, ..lesson }), ["difference"]);
    // Another image is compared where there is room for it, and nothing else to look at.
    let pairs = ["original", "difference", "kept", "kept-difference"];
    assert_eq!(seen(Sight { has_kept: true, ..first }), pairs);
    assert_eq!(seen(Sight { has_kept: true, all_maps: true, ..first }).len(), 7);
    assert_eq!(seen(Sight { has_kept: true, ..lesson }), ["difference", "truth"]);
    assert_eq!(seen(Sight { has_kept: true, mode: Mode::Volume, ..first }).len(), 3);
    // Two images in one place need both.
    assert_eq!(seen(Sight { mode: Mode::Compare, ..lesson }), ["original", "translated", "difference"]);
}

#[test]
fn headings_say_the_way_and_what_was_shuffled() {
    let titles = |content: Option<&Content>| PANELS.map(|panel| panel.title(Language::ENGLISH, content));
    let plain = ["Original", "Translated", "Difference", "Grad-CAM", "Ground truth"];
    assert_eq!(titles(None)[..5], plain);
    assert_eq!(titles(Some(&CONTENT))[1], "Translated young → old");
    assert_eq!(titles(Some(&Content { target_years: Some(70), ..CONTENT }))[1], "Translated to 70 years");
    let shuffled = titles(Some(&Content { is_shuffled: true, ..CONTENT }));
    assert_eq!(
        shuffled.each_ref().map(|title| title.contains("shuffled")),
        [false, false, true, true, false, false, false]
    );
    let kept = Kept { name: "a.nii".into(), direction: Direction::OldToYoung, target_years: Some(30) };
    let beside = CONTENT.beside(kept.clone(), false);
    let found = titles(Some(&beside));
    assert_eq!([&found[2], &found[4]], ["Difference (young → old)", "Ground truth"]);
    assert_eq!(found[5..], ["a.nii · kept", "a.nii · difference, kept (30 years)"]);
    let to_group = Content { target_years: Some(70), ..CONTENT }.beside(Kept { target_years: None, ..kept }, false);
    let found = titles(Some(&to_group));
    assert_eq!([&found[2], &found[6]], ["Difference (70 years)", "a.nii · difference, kept (old → young)"]);
    assert!(beside.limit.1, "those of the image itself lie beyond the colours still");
}

#[test]
fn colour_bars_have_ends_and_units() {
    let ends = |scale: Scale, content: Option<&Content>| scale.ends(Language::ENGLISH, 0.4, content);
    assert_eq!(ends(Scale::Grey, None), ["0", "0.40", "grey-matter density"]);
    assert_eq!(ends(Scale::Difference, Some(&CONTENT)), ["≤ −0.15", "≥ +0.15", "blue: less grey matter, red: more"]);
    assert_eq!(ends(Scale::Difference, Some(&Content { limit: (0.2, false), ..CONTENT }))[..2], ["−0.2", "+0.2"]);
    assert!(ends(Scale::Activation, Some(&CONTENT))[2].contains("young"));
    assert!(ends(Scale::Activation, Some(&Content { by_cells: true, ..CONTENT }))[2].contains("cell"));
}

#[test]
fn only_changes_have_signs() {
    let read = PANELS.map(|panel| panel.scale.readable(0.25));
    assert_eq!(read, ["0.250", "0.250", "+0.250", "0.250", "+0.250", "0.250", "+0.250"]);
}
