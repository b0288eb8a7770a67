//! The preparation on made heads whose place is known, by the template's own head; no further data are needed.
//!
//! ```text
//! cargo test --release -p shared --features parallel,heads --test made_heads -- --nocapture
//! AGELENS_MADE_HEADS=300 cargo test --release -p shared --features parallel,heads --test made_heads -- --nocapture
//! ```
//! Heads of twenty people: `trainer benchmark preparation --labels DIR`.

use shared::heads::{
    HeadLabels, KnownPlace, MadeHead, Outcome, Recipe, StandardBrain, Summary, outcome, template_head,
};
use shared::prepare::t1::Template;
use shared::volume::{Affine, Volume, read_nifti};
use std::path::Path;

/// Heads of each kind where the environment does not say how many.
const SOUND_HEADS: u64 = 32;
/// Every so many sound heads there is one with a fault.
const SOUND_PER_FAULT: u64 = 4;

/// What the preparation must reach on them. The goal is 0.99 right and none wrong, and 0.95 of faults refused.
const LEAST_RIGHT: f64 = 0.4;
const MOST_WRONG: f64 = 0.05;
const LEAST_FAULTS_REFUSED: f64 = 0.6;

fn template() -> Template {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/template");
    let files = Template::FILES.map(|name| std::fs::read(folder.join(name)).unwrap());
    Template::from_files(files.each_ref().map(Vec::as_slice)).unwrap()
}

fn colin27() -> Volume {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/template/colin27_2mm_head.nii.gz");
    read_nifti("colin27", &std::fs::read(path).unwrap(), None).unwrap().into_volume().unwrap()
}

#[test]
fn made_heads_end_where_they_belong_or_are_refused() {
    let count: u64 = std::env::var("AGELENS_MADE_HEADS").map_or(SOUND_HEADS, |text| text.parse().expect("a number"));
    let template = template();
    let brain = StandardBrain::of(&template);
    let head = template_head(&template, &colin27()).unwrap();
    let known = KnownPlace::of(&head, &brain, &template).unwrap();
    println!("known place: {known:?}");
    assert!(known.plain_heads > 0, "no plain head was prepared");
    let mut outcomes = Vec::new();
    let faults = count.div_ceil(SOUND_PER_FAULT);
    for recipe in (0..count).map(Recipe::draw).chain((0..faults).map(Recipe::draw_fault)) {
        let made = MadeHead::new(&head, &recipe, &known.mni_from_label);
        let ended = outcome(&made, &known, &brain, &template).unwrap();
        println!("{}", line(&ended));
        outcomes.push(ended);
    }
    let summary = Summary::of(&outcomes);
    for row in summary.sound.iter().chain(&summary.faulty) {
        println!("{row:?}");
    }
    println!("refused by (sound, faulty): {:?}", summary.refused_by);
    let (sound, faulty) = (&summary.sound[0], &summary.faulty[0]);
    assert!(sound.right >= LEAST_RIGHT, "only {:.2} of sound heads end where they belong", sound.right);
    assert!(sound.wrong <= MOST_WRONG, "{:.2} of sound heads passed in a wrong place", sound.wrong);
    assert!(faulty.refused >= LEAST_FAULTS_REFUSED, "only {:.2} of faulty scans are refused", faulty.refused);
}

fn line(ended: &Outcome) -> String {
    let recipe = &ended.recipe;
    let away = ended.away_mean_mm.map_or("nowhere".to_owned(), |mm| format!("{mm:.2} mm"));
    format!(
        "{} {:?} {away}: atrophy {:.2}, {:?}, {:?}, {:?} {}",
        recipe.seed,
        ended.verdict,
        recipe.atrophy,
        recipe.cut,
        recipe.field_of_view,
        recipe.fault,
        ended.refused_by.join(" ")
    )
}

#[test]
fn the_same_recipe_makes_the_same_head() {
    let head = template_head(&template(), &colin27()).unwrap();
    for recipe in [Recipe::draw(11), Recipe::draw_fault(12)] {
        let recipe = Recipe { spacing_mm: [3.0; 3], ..recipe };
        let [one, other] = [0; 2].map(|_| MadeHead::new(&head, &recipe, &Affine::IDENTITY));
        assert_eq!(one.image, other.image);
        let text = serde_json::to_string(&recipe).unwrap();
        assert_eq!(serde_json::from_str::<Recipe>(&text).unwrap(), recipe);
    }
    assert_eq!(Recipe::draw(11), Recipe::draw(11));
    assert_ne!(Recipe::draw(11), Recipe::draw(12));
}

/// Voxels of a head with labels of some kind.
fn count(head: &HeadLabels, kind: impl Fn(u16) -> bool) -> f64 {
    head.labels.iter().filter(|label| kind(**label)).count() as f64
}

#[test]
fn an_old_head_has_wider_ventricles_less_grey_matter_and_the_same_skull() {
    let head = template_head(&template(), &colin27()).unwrap();
    let aged = |atrophy: f64| {
        let recipe = Recipe { atrophy, spacing_mm: [4.0; 3], ..Recipe::ideal(0) };
        MadeHead::new(&head, &recipe, &Affine::IDENTITY).labels
    };
    let (young, middle, old) = (aged(0.0), aged(0.5), aged(1.0));
    assert_eq!(young, head);
    let ventricles = |head: &HeadLabels| count(head, |label| matches!(label, 4 | 14 | 43));
    let grey = |head: &HeadLabels| count(head, shared::heads::is_grey);
    let inside = |head: &HeadLabels| count(head, shared::heads::is_brain);
    println!("ventricles {} {} {}", ventricles(&young), ventricles(&middle), ventricles(&old));
    println!("grey {} {} {}", grey(&young), grey(&middle), grey(&old));
    assert!(ventricles(&middle) > 1.2 * ventricles(&young) && ventricles(&old) > 2.0 * ventricles(&young));
    assert!(grey(&middle) < 0.95 * grey(&young) && grey(&old) < 0.88 * grey(&young) && grey(&old) > 0.5 * grey(&young));
    assert_eq!(inside(&young), inside(&old));
    for (before, after) in young.labels.iter().zip(&old.labels).filter(|(before, _)| !shared::heads::is_brain(**before))
    {
        assert_eq!(before, after);
    }
}

#[test]
fn known_masks_lie_where_the_scan_shows_them() {
    let head = template_head(&template(), &colin27()).unwrap();
    for seed in 0..4 {
        let recipe = Recipe { spacing_mm: [2.0; 3], bias: 0.0, noise: 0.0, atrophy: 0.0, ..Recipe::draw(seed) };
        let made = MadeHead::new(&head, &recipe, &Affine::IDENTITY);
        let mean = |mask: &[f32]| {
            let inside = made.image.data.iter().zip(mask).filter(|(_, mask)| **mask > 0.5);
            let (sum, count) = inside.fold((0.0, 0), |(sum, count), (value, _)| (sum + value, count + 1));
            assert!(count > 10_000, "seed {seed}: {count} voxels");
            sum / count as f32
        };
        let (brain, grey) = (made.brain_mask(), made.grey_mask());
        let rest: Vec<f32> = brain.data.iter().zip(&grey.data).map(|(brain, grey)| brain - grey).collect();
        let outside: Vec<f32> = brain.data.iter().map(|brain| 1.0 - brain).collect();
        // White matter and fluid together are brighter than grey matter; air is dark.
        println!("seed {seed}: grey {}, other brain {}, outside {}", mean(&grey.data), mean(&rest), mean(&outside));
        assert!(mean(&grey.data) < mean(&rest) && mean(&outside) < mean(&grey.data), "seed {seed}");
    }
}

#[test]
fn faults_are_seen_in_the_scan() {
    let head = template_head(&template(), &colin27()).unwrap();
    let mut kinds = std::collections::BTreeSet::new();
    for seed in 0..100 {
        let recipe = Recipe::draw_fault(seed);
        let fault = recipe.fault.clone().expect("a fault");
        if !kinds.insert(fault.kind()) {
            continue;
        }
        let recipe = Recipe { spacing_mm: [3.0; 3], ..recipe };
        let faulty = MadeHead::new(&head, &recipe, &Affine::IDENTITY);
        let sound = MadeHead::new(&head, &Recipe { fault: None, ..recipe }, &Affine::IDENTITY);
        assert_eq!(faulty.image.shape, sound.image.shape);
        let same = faulty.image.data.iter().zip(&sound.image.data).filter(|(a, b)| a == b).count();
        assert!(same < faulty.image.data.len() * 95 / 100, "{}: {same} voxels are the same", fault.kind());
    }
    assert_eq!(kinds.len(), 7, "{kinds:?}");
}
