//! The verdict, its odds, the maps in words, and where the result comes from.

use crate::state::State;
use crate::wanted::Wanted;
use shared::bundle::GroupName;
use web::language::*;
use web::wording;

pub fn render(state: &State, wanted: &mut Wanted) {
    let language = state.language;
    // An image of the visitor's that is open is told of, while what was shown before fades.
    let unexplained = state.unexplained();
    wanted.hidden("#verdict", state.shown.is_none());
    wanted.hidden("#outcome", state.shown.is_none() || unexplained.is_some());
    let Some(shown) = &state.shown else { return };
    let verdict = shown.answer.told(language, &language.say(&shown.case.subject.name));
    let title = match unexplained {
        Some(own) => language.fill(VERDICT_NOT_YET, &[("name", &own.name)]),
        None => verdict.title,
    };
    wanted.text("#verdict-title", title);
    wanted.text("#verdict-detail", verdict.detail);
    wanted.text("#caution", shown.caution.as_ref().map(|caution| caution.told(language)).unwrap_or_default());
    wanted.hidden("#caution", shown.caution.is_none() || unexplained.is_some());
    wanted.text("#verdict-groups", wording::groups(language, &shown.case.bundle.manifest));
    let shares = [shown.answer.probability_old_before, shown.answer.probability_old_after];
    wanted.hidden("#odds", verdict.odds.is_none());
    // Where there are none, none of another image stay behind.
    let odds = verdict.odds.unwrap_or_default();
    for ((id, share), odds) in ["odds-before", "odds-after"].into_iter().zip(shares).zip(odds) {
        wanted.attribute(format!("#{id}"), "data-class", GroupName::judged(share).as_str());
        let percent = (share * 1000.0).round() / 10.0;
        wanted.style(format!("#{id} .odds-bar i"), "inline-size", format!("{percent}%"));
        wanted.text(format!("#{id} .odds-text"), odds);
    }
    wanted.text("#change-words", shown.change(language, state.atlas.as_deref()));
    let habit = wording::habit(language, &shown.case.bundle.manifest);
    wanted.hidden("#habit", habit.is_none());
    wanted.text("#habit", habit.unwrap_or_default());
    wanted.text("#provenance", shown.provenance(language));
    if let Some(agreement) = shown.agreement_told(language) {
        wanted.text("#agreement", agreement);
    }
}

/// What would answer the question of a lesson is not to be read beside it.
pub fn answers(state: &State, wanted: &mut Wanted) {
    let agreement = state.shown.as_ref().and_then(|shown| shown.agreement);
    let is_beside = state.sight().all_maps || state.lesson.is_some();
    wanted.hidden("#agreement", agreement.is_none() || state.is_asking() || state.is_shuffled() || !is_beside);
    wanted.hidden("#change-words", state.is_asking());
}
