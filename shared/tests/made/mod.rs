//! Makes heads, prepares them and holds the shares against bars. `AGELENS_MADE_HEADS` says how many sound ones.

use crate::standard::template;
use shared::heads::{HeadLabels, KnownPlace, MadeHead, Outcome, Recipe, StandardBrain, Summary, outcome};

/// Every so many sound heads there is one with a fault.
const SOUND_PER_FAULT: u64 = 4;

/// Shares that the preparation must keep, 0..1. The goal is 0.99 right, none wrong, and 0.95 of faults refused: raise these as
/// the preparation gets better.
pub struct Bars {
    pub right: f64,
    pub wrong: f64,
    pub faults_refused: f64,
}

/// Prints every head and every row, then checks the bars.
pub fn prepare_made_heads(heads: &[HeadLabels], sound_heads: u64, bars: Bars) {
    let count: u64 = std::env::var("AGELENS_MADE_HEADS").map_or(sound_heads, |text| text.parse().expect("a number"));
    let template = template();
    let brain = StandardBrain::of(&template);
    let known: Vec<KnownPlace> = heads.iter().map(|head| KnownPlace::of(head, &brain, &template).unwrap()).collect();
    for (head, known) in heads.iter().zip(&known) {
        println!("{}: known by {} plain heads within {:.2} mm", head.name, known.plain_heads, known.spread_mm);
    }
    let faults = (0..count.div_ceil(SOUND_PER_FAULT)).map(Recipe::draw_fault);
    let mut outcomes = Vec::new();
    for recipe in (0..count).map(Recipe::draw).chain(faults) {
        let which = recipe.seed as usize % heads.len();
        let made = MadeHead::new(&heads[which], &recipe, &known[which].mni_from_label_at(recipe.atrophy));
        let ended = outcome(&made, &known[which], &brain, &template).unwrap();
        println!("{}", line(&ended));
        outcomes.push(ended);
    }
    let summary = Summary::of(&outcomes);
    for row in summary.sound.iter().chain(&summary.faulty) {
        println!("{row:?}");
    }
    println!("refused by (sound, faulty): {:?}", summary.refused_by);
    let (sound, faulty) = (&summary.sound[0], &summary.faulty[0]);
    assert!(sound.right >= bars.right, "only {:.2} of sound heads end where they belong", sound.right);
    assert!(sound.wrong <= bars.wrong, "{:.2} of sound heads passed in a wrong place", sound.wrong);
    assert!(faulty.refused >= bars.faults_refused, "only {:.2} of faulty scans are refused", faulty.refused);
}

fn line(ended: &Outcome) -> String {
    let recipe = &ended.recipe;
    let away = ended.away_mean_mm.map_or("nowhere".to_owned(), |mm| format!("{mm:.2} mm"));
    format!(
        "{} {} {:?} {away}: atrophy {:.2}, {:?}, {:?}, {:?} {}",
        ended.head,
        recipe.seed,
        ended.verdict,
        recipe.atrophy,
        recipe.cut,
        recipe.field_of_view,
        recipe.fault,
        ended.refused_by.join(" ")
    )
}
