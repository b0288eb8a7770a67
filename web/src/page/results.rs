//! Writing a result into the page: verdict, probabilities, the maps in words, the model card.

use crate::app::Shown;
use crate::dom::{append, by_id, select, set_hidden, set_text};
use shared::bundle::Manifest;
use wasm_bindgen::JsValue;
use web::{card, wording};
use web_sys::HtmlElement;

/// The verdict before and after, and the maps in words.
pub fn show_verdict(shown: &Shown) {
    let (before, after) = (shown.probability_old_before, shown.probability_old_after);
    set_text("verdict-title", &wording::verdict(before, after));
    set_text("verdict-detail", &format!("{}. {}", shown.name, wording::verdict_detail(before, after, shown.direction)));
    set_text("translated-title", &format!("Translated {}", wording::direction(shown.direction)));
    set_text("change-words", &wording::change_sentence(&shown.maps.summary()));
    set_text("provenance", &shown.provenance);
    set_text("caution", shown.caution.as_deref().unwrap_or_default());
    set_hidden("caution", shown.caution.is_none());
    // A part of the page that is missing would have stopped the start.
    let _ = show_odds("odds-before", before).and_then(|()| show_odds("odds-after", after));
    set_hidden("verdict", false);
    let (limit, clipped) = shown.maps.difference_limit();
    let tenths = limit * 10.0;
    let decimals = if (tenths - tenths.round()).abs() > 1e-3 { 2 } else { 1 };
    let end = |sign: &str, value: f32| {
        let mark = if clipped { sign } else { "" };
        format!("{mark}{}", wording::signed(f64::from(value), decimals))
    };
    set_text("limit-low", &end("≤ ", -limit));
    set_text("limit-high", &end("≥ ", limit));
    set_text("cam-unit", &format!("relative, this image, class “{}”", wording::class(before)));
}

fn show_odds(id: &str, probability_old: f32) -> Result<(), JsValue> {
    let row: HtmlElement = by_id(id)?;
    row.set_attribute("data-class", wording::class(probability_old))?;
    let bar: HtmlElement = select(&format!("#{id} .odds-bar i"))?;
    bar.style().set_property("inline-size", &format!("{:.1}%", probability_old * 100.0))?;
    let text: HtmlElement = select(&format!("#{id} .odds-text"))?;
    text.set_text_content(Some(&format!(
        "{} old · judged {}",
        wording::percent(probability_old),
        wording::class(probability_old)
    )));
    Ok(())
}

/// The model card, and the label of phantoms.
pub fn show_card(manifest: &Manifest) {
    set_hidden("phantom", !manifest.phantom);
    set_text("card-title", &manifest.title);
    set_text("card-caution", &manifest.not_for_diagnosis);
    // As above.
    let _ = fill_rows(manifest);
    set_hidden("card", false);
}

fn fill_rows(manifest: &Manifest) -> Result<(), JsValue> {
    let list: HtmlElement = by_id("card-rows")?;
    list.set_text_content(None);
    for row in card::rows(manifest) {
        let group = append(&list, "div", "")?;
        append(&group, "dt", row.name)?;
        append(&group, "dd", &row.value)?;
    }
    Ok(())
}
