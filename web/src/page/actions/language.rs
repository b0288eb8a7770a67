//! The page's language: at the start as `viewer/src/language.js` chose it, later as the visitor or a link does. Its texts are
//! fetched where they are not here yet; until they are here, and where they cannot be had, the page stays as it is.

use crate::app::App;
use crate::dom::{document, listen_to, site_folder, window};
use crate::fetch;
use crate::state::State;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::language::{ERROR_LANGUAGE, Language, Listed, Message, Part};
use web::told::Sentence;
use web::told::site::{SiteError, SiteFault};
use web_sys::{Event, HtmlSelectElement, Storage};

/// Where the browser keeps the choice; `language.js` reads it.
const STORED: &str = "agelens-language";

pub fn install(app: &App) -> Result<(), JsValue> {
    let app = app.clone();
    listen_to("language", "change", move |event: Event| {
        let list = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
        let Some(listed) = list.and_then(|list| Listed::from_tag(&list.value())) else { return };
        if let Some(storage) = storage() {
            // Forgotten where the browser keeps nothing.
            let _ = storage.set_item(STORED, listed.code);
        }
        let app = app.clone();
        spawn_local(async move { speak(&app, listed).await });
    })
}

/// The first language, before anything is said; returns why it is English instead. Its texts are mostly here by now:
/// `language.js` has asked for them.
pub async fn speak_first(app: &App) -> Option<Message> {
    let root = document().ok().and_then(|document| document.document_element());
    let tag = root.and_then(|root| root.get_attribute("lang"));
    let listed = tag.and_then(|tag| Listed::from_tag(&tag)).unwrap_or(Language::ENGLISH.listed());
    let language = fetched(listed).await;
    app.update(|state| take(state, listed, language)).err()
}

/// Brings the page into a language. Where another is wished for meanwhile, that one stays.
pub async fn speak(app: &App, listed: Listed) {
    let known = app.update(|state| {
        state.language_coming = Some(listed);
        state.languages.iter().copied().find(|language| language.listed() == listed)
    });
    let language = match known {
        Some(language) => Ok(language),
        None => fetched(listed).await,
    };
    app.update(|state| {
        if state.language_coming == Some(listed) {
            state.language_coming = None;
            if let Err(message) = take(state, listed, language) {
                state.notice(message);
            }
        }
    });
}

fn take(state: &mut State, listed: Listed, language: Result<Language, SiteError>) -> Result<(), Message> {
    let language = language.map_err(|reason| {
        let reason = Part::Message(Box::new(Sentence::from(reason).into()));
        let name = Part::Text(listed.name.to_owned());
        Message::Text(ERROR_LANGUAGE, vec![("language", name), ("reason", reason)])
    })?;
    if !state.languages.contains(&language) {
        state.languages.push(language);
    }
    state.language = language;
    Ok(())
}

/// A language with its texts: English is here, others are fetched from where `web/finish.mjs` has put them.
async fn fetched(listed: Listed) -> Result<Language, SiteError> {
    if listed == Language::ENGLISH.listed() {
        return Ok(Language::ENGLISH);
    }
    let selector = format!("meta[name=agelens-language][content={}]", listed.code);
    let meta = document().ok().and_then(|document| document.query_selector(&selector).ok().flatten());
    let name = meta.and_then(|meta| meta.get_attribute("data-texts"));
    let name = name.unwrap_or_else(|| format!("languages/{}.json", listed.code));
    let bytes = fetch::bytes(&name, &format!("{}{name}", site_folder())).await?;
    Language::read(listed, &bytes).map_err(|_| SiteError::Reload { name, reason: SiteFault::Unreadable })
}

fn storage() -> Option<Storage> {
    window().ok()?.local_storage().ok().flatten()
}
