//! Shares over many made heads: how many are right, refused, wrong, and by what kind of head.

use super::cut::Cut;
use super::outcome::{Outcome, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;

/// Numbers of one kind of head.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    pub kind: String,
    pub heads: usize,
    /// Shares of the heads, 0..1.
    pub right: f64,
    pub refused: f64,
    pub wrong: f64,
    /// Mean distance of the heads that passed, mm.
    pub away_mm: Option<f64>,
    /// Mean overlaps of the heads that passed.
    pub brain_dice: Option<f64>,
    pub grey_dice: Option<f64>,
    /// Mean of all heads.
    pub seconds: f64,
}

impl Row {
    /// Of the heads that `belongs` holds for; `None` where there are none.
    fn of(kind: &str, outcomes: &[&Outcome], belongs: impl Fn(&Outcome) -> bool) -> Option<Self> {
        let heads: Vec<&Outcome> = outcomes.iter().copied().filter(|outcome| belongs(outcome)).collect();
        let count = heads.len();
        if count == 0 {
            return None;
        }
        let share =
            |verdict: Verdict| heads.iter().filter(|outcome| outcome.verdict == verdict).count() as f64 / count as f64;
        let passed = || heads.iter().filter(|outcome| outcome.verdict != Verdict::Refused);
        Some(Row {
            kind: kind.to_owned(),
            heads: count,
            right: share(Verdict::Right),
            refused: share(Verdict::Refused),
            wrong: share(Verdict::Wrong),
            away_mm: mean(passed().filter_map(|outcome| outcome.away_mean_mm)),
            brain_dice: mean(passed().filter_map(|outcome| outcome.brain_dice)),
            grey_dice: mean(passed().filter_map(|outcome| outcome.grey_dice)),
            seconds: mean(heads.iter().map(|outcome| outcome.seconds)).unwrap_or(0.0),
        })
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// What many heads came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// All sound heads first, then by what varies; a head is in many rows.
    pub sound: Vec<Row>,
    /// All faulty ones first, then by fault.
    pub faulty: Vec<Row>,
    /// How many sound and how many faulty heads each measure refused, or each reason before it.
    pub refused_by: BTreeMap<String, [usize; 2]>,
    /// Sound heads that lay within 2 mm and were refused all the same.
    pub refused_needlessly: usize,
}

impl Summary {
    pub fn of(outcomes: &[Outcome]) -> Self {
        let (sound, faulty): (Vec<&Outcome>, Vec<&Outcome>) =
            outcomes.iter().partition(|outcome| outcome.recipe.fault.is_none());
        let mut refused_by: BTreeMap<String, [usize; 2]> = BTreeMap::new();
        for outcome in outcomes {
            let which = usize::from(outcome.recipe.fault.is_some());
            for reason in &outcome.refused_by {
                refused_by.entry(reason.clone()).or_default()[which] += 1;
            }
        }
        let near = |outcome: &&&Outcome| outcome.away_mean_mm.is_some_and(|mm| mm <= super::outcome::RIGHT_PLACE_MM);
        let refused = sound.iter().filter(|outcome| outcome.verdict == Verdict::Refused);
        Summary {
            refused_needlessly: refused.filter(near).count(),
            sound: sound_rows(&sound),
            faulty: fault_rows(&faulty),
            refused_by,
        }
    }
}

fn sound_rows(sound: &[&Outcome]) -> Vec<Row> {
    type Belongs = fn(&Outcome) -> bool;
    let kinds: [(&str, Belongs); 20] = [
        ("all sound heads", |_| true),
        ("atrophy none", |o| o.recipe.atrophy == 0.0),
        ("atrophy below 1/3", |o| o.recipe.atrophy > 0.0 && o.recipe.atrophy < 1.0 / 3.0),
        ("atrophy 1/3 to 2/3", |o| (1.0 / 3.0..2.0 / 3.0).contains(&o.recipe.atrophy)),
        ("atrophy above 2/3", |o| o.recipe.atrophy >= 2.0 / 3.0),
        ("whole head, not cut", |o| o.recipe.cut == Cut::None && !o.recipe.field_of_view.cuts()),
        ("defaced by a plane", |o| matches!(o.recipe.cut, Cut::Shear { .. })),
        ("defaced by a box", |o| matches!(o.recipe.cut, Cut::Box { .. })),
        ("skull stripped", |o| matches!(o.recipe.cut, Cut::Stripped { .. })),
        ("field of view cut", |o| o.recipe.field_of_view.cuts()),
        ("in MNI already", |o| o.recipe.pose.in_mni),
        ("turned by 15 degrees or more", |o| o.recipe.pose.turns_degrees.iter().any(|turn| turn.abs() >= 15.0)),
        ("size below 0.93", |o| size(o) < 0.93),
        ("size above 1.07", |o| size(o) > 1.07),
        ("bias below 0.3", |o| o.recipe.bias < 0.3),
        ("bias 0.3 and above", |o| o.recipe.bias >= 0.3),
        ("noise 0.04 and above", |o| o.recipe.noise >= 0.04),
        ("voxels below 1.5 mm", |o| longest(o) < 1.5),
        ("slices 1.5 to 3 mm", |o| (1.5..3.0).contains(&longest(o))),
        ("slices 3 mm and above", |o| longest(o) >= 3.0),
    ];
    kinds.into_iter().filter_map(|(kind, belongs)| Row::of(kind, sound, belongs)).collect()
}

fn longest(outcome: &Outcome) -> f64 {
    outcome.recipe.spacing_mm.into_iter().fold(0.0, f64::max)
}

/// Mean factor of length; that of heads in MNI space is no factor of the person's.
fn size(outcome: &Outcome) -> f64 {
    if outcome.recipe.pose.in_mni { 1.0 } else { outcome.recipe.pose.size.iter().sum::<f64>() / 3.0 }
}

fn fault_rows(faulty: &[&Outcome]) -> Vec<Row> {
    let kind = |outcome: &Outcome| outcome.recipe.fault.as_ref().map_or("", |fault| fault.kind());
    let mut kinds: Vec<&str> = faulty.iter().map(|outcome| kind(outcome)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let all = Row::of("all faulty scans", faulty, |_| true);
    let each = kinds.iter().filter_map(|name| Row::of(name, faulty, |outcome| kind(outcome) == *name));
    all.into_iter().chain(each).collect()
}
