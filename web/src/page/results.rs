//! Writing a result into the page: verdict, probabilities, the maps in words, the model card.

use crate::app::{App, Shown};
use crate::case::OpenBundle;
use crate::dom::{append, by_id, select, select_all, set_hidden, set_text};
use shared::bundle::GroupName;
use shared::explain::{Familiarity, RegionLabels};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web::language::*;
use web::maps::Maps;
use web::{card, prepared, wording};
use web_sys::HtmlElement;

/// The verdict before and after, and the maps in words.
pub fn show_verdict(app: &App) {
    let language = app.language();
    app.with(|state| {
        if let Some(shown) = &state.shown {
            // A part of the page that is missing would have stopped the start.
            let _ = write_verdict(language, shown, state.shown_labels(), is_by_cells(&shown.case.bundle));
        }
    });
}

/// Whether the activation map is coarse cells, whose weights are their own.
fn is_by_cells(bundle: &OpenBundle) -> bool {
    bundle.manifest.models.pointer("/classifier/pooling/cells").is_some()
}

fn write_verdict(
    language: Language,
    shown: &Shown,
    labels: Option<&Rc<RegionLabels>>,
    by_cells: bool,
) -> Result<(), JsValue> {
    let (before, after) = (shown.probability_old_before, shown.probability_old_after);
    let name = language.say(&shown.case.subject.name);
    let strange = shown.familiarity.filter(Familiarity::is_strange);
    let (title, detail) = match strange {
        Some(familiarity) => {
            let (title, detail) = wording::strange(language, &name, familiarity);
            (title.to_owned(), detail)
        }
        None => (
            wording::verdict(language, before, after),
            wording::verdict_detail(language, &name, before, after, shown.direction),
        ),
    };
    set_text("verdict-title", &title);
    set_text("verdict-detail", &detail);
    let way = wording::direction(language, shown.direction);
    set_text("translated-title", &language.fill(PANEL_TRANSLATED_WAY, &[("direction", way)]));
    let region = |place| {
        let part = labels?.part_at(shown.maps.index_at(place)?)?;
        Some(language.region(&part.region.name, &part.region.readable))
    };
    set_text("change-words", &wording::change_sentence(language, &shown.maps.summary(), region));
    set_text("provenance", &provenance(language, shown));
    set_text("caution", &shown.caution.as_ref().map(|caution| caution.told(language)).unwrap_or_default());
    set_hidden("caution", shown.caution.is_none());
    show_odds(language, "odds-before", before, strange.is_some())?;
    show_odds(language, "odds-after", after, strange.is_some())?;
    set_hidden("verdict", false);
    for (class, text) in [".limit-low", ".limit-high"].into_iter().zip(&limit_ends(&shown.maps)) {
        for end in select_all::<HtmlElement>(class)? {
            end.set_text_content(Some(text));
        }
    }
    let unit = if by_cells { SCALE_CAM_CELLS } else { SCALE_CAM };
    set_text("cam-unit", &language.fill(unit, &[("class", wording::group(language, GroupName::judged(before)))]));
    Ok(())
}

/// Ends of the difference's colours; with a sign where some voxels lie beyond them.
pub fn limit_ends(maps: &Maps) -> [String; 2] {
    let (limit, clipped) = maps.difference_limit();
    let tenths = limit * 10.0;
    let decimals = if (tenths - tenths.round()).abs() > 1e-3 { 2 } else { 1 };
    [("≤ ", -limit), ("≥ ", limit)].map(|(sign, value)| {
        let mark = if clipped { sign } else { "" };
        format!("{mark}{}", wording::signed(f64::from(value), decimals))
    })
}

/// The sentences about where a result comes from.
fn provenance(language: Language, shown: &Shown) -> String {
    let Some(computed) = &shown.computed else { return language.text(PROVENANCE_NATIVE).to_owned() };
    let mut sentences = vec![wording::provenance(language, computed.backend, computed.seconds)];
    sentences.extend(computed.prepared_score.map(|score| prepared::provenance(language, score)));
    sentences.extend(computed.self_test.map(|(passed, difference)| wording::self_test(language, passed, difference)));
    sentences.extend(computed.notes.iter().map(|note| note.told(language)));
    language.join(&sentences)
}

fn show_odds(language: Language, id: &str, probability_old: f32, is_strange: bool) -> Result<(), JsValue> {
    let row: HtmlElement = by_id(id)?;
    row.set_attribute("data-class", GroupName::judged(probability_old).as_str())?;
    let bar: HtmlElement = select(&format!("#{id} .odds-bar i"))?;
    bar.style().set_property("inline-size", &format!("{:.1}%", probability_old * 100.0))?;
    let text: HtmlElement = select(&format!("#{id} .odds-text"))?;
    text.set_text_content(Some(&wording::odds(language, probability_old, is_strange)));
    Ok(())
}

/// The model card, and the label of phantoms.
pub fn show_card(app: &App) {
    let language = app.language();
    let Some(bundle) = app.bundle() else { return };
    set_hidden("phantom", !bundle.manifest.phantom);
    set_text("card-title", &language.say(&bundle.manifest.title));
    set_text("card-caution", language.text(CARD_DIAGNOSIS));
    // As above.
    let _ = fill_rows(&card::rows(language, &bundle.manifest, &bundle.version));
    set_hidden("findings", false);
}

fn fill_rows(rows: &[card::Row]) -> Result<(), JsValue> {
    let list: HtmlElement = by_id("card-rows")?;
    list.set_text_content(None);
    for row in rows {
        let group = append(&list, "div", "")?;
        append(&group, "dt", row.name)?;
        append(&group, "dd", &row.value)?;
    }
    Ok(())
}
