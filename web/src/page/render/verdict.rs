//! The verdict, its odds, the maps in words, and where the result comes from.

use crate::state::{Shown, State};
use crate::wanted::Wanted;
use shared::bundle::GroupName;
use web::language::*;
use web::{prepared, wording};

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
    let labels = shown.labels(state.atlas.as_deref());
    let region = |place| {
        let part = labels?.part_at(shown.maps.index_at(place)?)?;
        Some(language.region(&part.region.name, &part.region.readable))
    };
    let change = match shown.answer.is_there {
        true => language.text(CHANGE_NOTHING).to_owned(),
        false => wording::change_sentence(language, &shown.summary, region),
    };
    wanted.text("#change-words", change);
    let habit = wording::habit(language, &shown.case.bundle.manifest);
    wanted.hidden("#habit", habit.is_none());
    wanted.text("#habit", habit.unwrap_or_default());
    wanted.text("#provenance", provenance(language, shown));
    agreement(language, shown, wanted);
}

/// What would answer the question of a lesson is not to be read beside it.
pub fn answers(state: &State, wanted: &mut Wanted) {
    let agreement = state.shown.as_ref().and_then(|shown| shown.agreement);
    let is_beside = state.sight().all_maps || state.lesson.is_some();
    wanted.hidden("#agreement", agreement.is_none() || state.is_asking() || state.is_shuffled() || !is_beside);
    wanted.hidden("#change-words", state.is_asking());
}

/// The sentences about where a result comes from.
fn provenance(language: Language, shown: &Shown) -> String {
    let Some(computed) = &shown.computed else { return language.text(PROVENANCE_NATIVE).to_owned() };
    let mut sentences = Vec::new();
    // What the visitor's image was taken for, before what was made of it.
    match computed.prepared {
        Some((found, _)) => sentences.push(prepared::found(language, found)),
        None if shown.case.subject.is_own() => sentences.push(language.text(PROVENANCE_MAP).to_owned()),
        None => {}
    }
    sentences.push(wording::provenance(language, computed.backend, computed.seconds));
    sentences.extend(computed.prepared.map(|(_, score)| prepared::provenance(language, score)));
    sentences.extend(computed.self_test.map(|(passed, difference)| wording::self_test(language, passed, difference)));
    sentences.extend(computed.notes.iter().map(|note| note.told(language)));
    language.join(&sentences)
}

/// How the difference goes with the truth, where it is known.
fn agreement(language: Language, shown: &Shown, wanted: &mut Wanted) {
    if let Some(found) = shown.agreement {
        let [correlation, size] = [found.correlation, found.size_ratio].map(|value| wording::number(value, 2));
        let values = [("correlation", &*correlation), ("size", &*size)];
        wanted.text("#agreement", language.fill(AGREEMENT, &values));
    }
}
