//! A lesson beside the maps: look, predict, reveal.

use crate::app::App;
use crate::dom::{append, by_id, document, listen_to, set_hidden};
use crate::link;
use wasm_bindgen::prelude::*;
use web::language::*;
use web::lessons::{Lesson, Lessons, view_of};
use web::share::Link;
use web_sys::{Element, HtmlElement, MouseEvent};

/// A lesson that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLesson {
    pub id: String,
    /// The option that the visitor predicted.
    pub predicted: Option<usize>,
}

pub fn install(app: &App) -> Result<(), JsValue> {
    let handle = app.clone();
    listen_to("lessons-open", "click", move |_: MouseEvent| match handle.with(|state| state.lesson.is_some()) {
        true => close(&handle),
        false => go_to(&handle, 0),
    })?;
    let handle = app.clone();
    // One listener for all its buttons, which come and go.
    listen_to("lesson", "click", move |event: MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let button = target.and_then(|target| target.closest("button").ok().flatten());
        let Some(button) = button else { return };
        let number = |name: &str| button.get_attribute(name).and_then(|value| value.parse::<usize>().ok());
        if let Some(option) = number("data-option") {
            predict(&handle, option);
        } else if let Some(lesson) = number("data-lesson") {
            go_to(&handle, lesson);
        } else {
            match button.get_attribute("data-do").as_deref() {
                Some("close") => close(&handle),
                Some("again") => open_view(&handle),
                Some("share") => link::copy(&handle),
                _ => {}
            }
        }
    })
}

/// Opens the lesson of this id; None or an unknown one closes whatever is open. The view stays as it is.
pub fn open(app: &App, id: Option<&str>) {
    let known = id.filter(|id| Lessons::of(app.language()).position(id).is_some());
    app.with(|state| {
        let is_same = state.lesson.as_ref().map(|lesson| lesson.id.as_str()) == known;
        if !is_same {
            state.lesson = known.map(|id| OpenLesson { id: id.to_owned(), predicted: None });
        }
    });
    show(app);
}

fn go_to(app: &App, position: usize) {
    let Some(lesson) = Lessons::of(app.language()).lessons.into_iter().nth(position) else { return };
    open(app, Some(&lesson.id));
    open_view(app);
    if let Ok(section) = by_id::<HtmlElement>("lesson") {
        section.scroll_into_view();
        if let Ok(Some(heading)) = section.query_selector("h2") {
            // The heading is read out; without it nothing is lost.
            let _ = heading.unchecked_into::<HtmlElement>().focus();
        }
    }
}

/// Opens the view that the lesson speaks of.
fn open_view(app: &App) {
    let Some(id) = app.with(|state| state.lesson.as_ref().map(|lesson| lesson.id.clone())) else { return };
    let Some(view) = view_of(&id) else { return };
    let link = Link { lesson: Some(id), ..view };
    crate::engine::cancel(app);
    link::begin(app, link);
}

fn close(app: &App) {
    app.with(|state| state.lesson = None);
    show(app);
    link::keep(app);
    if let Ok(button) = by_id::<HtmlElement>("lessons-open") {
        // Where the keyboard came from.
        let _ = button.focus();
    }
}

fn predict(app: &App, option: usize) {
    app.with(|state| {
        if let Some(lesson) = &mut state.lesson {
            lesson.predicted = Some(option);
        }
    });
    show(app);
    if let Ok(Some(reply)) = by_id::<HtmlElement>("lesson").and_then(|section| section.query_selector(".reveal")) {
        // As above.
        let _ = reply.unchecked_into::<HtmlElement>().focus();
    }
}

/// Writes the lesson anew.
pub fn show(app: &App) {
    let (language, open) = app.with(|state| (state.language, state.lesson.clone()));
    set_hidden("lesson", open.is_none());
    let lessons = Lessons::of(language);
    let place = open.as_ref().and_then(|open| lessons.position(&open.id));
    // A part of the page that is missing would have stopped the start.
    let _ = try_show(language, &lessons, place, open.and_then(|open| open.predicted));
}

fn try_show(
    language: Language,
    lessons: &Lessons,
    place: Option<usize>,
    predicted: Option<usize>,
) -> Result<(), JsValue> {
    let section: HtmlElement = by_id("lesson")?;
    section.set_text_content(None);
    let opener: HtmlElement = by_id("lessons-open")?;
    opener.set_attribute("aria-expanded", if place.is_some() { "true" } else { "false" })?;
    if let Some(stage) = section.parent_element() {
        stage.class_list().toggle_with_force("with-lesson", place.is_some())?;
    }
    let Some((place, lesson)) = place.and_then(|place| Some((place, lessons.lessons.get(place)?))) else {
        return Ok(());
    };
    write_head(language, &section, lessons, place, lesson)?;
    write_question(language, &section, lesson, predicted)?;
    write_end(language, &section, lessons, place)
}

fn write_head(
    language: Language,
    section: &Element,
    lessons: &Lessons,
    place: usize,
    lesson: &Lesson,
) -> Result<(), JsValue> {
    let (number, count) = ((place + 1).to_string(), lessons.lessons.len().to_string());
    let head = append(section, "div", "")?;
    head.set_class_name("lesson-head");
    let eyebrow = language.fill(LESSONS_EYEBROW, &[("number", &number), ("count", &count)]);
    append(&head, "p", &eyebrow)?.set_class_name("eyebrow");
    let close = button(&head, language.text(LESSONS_CLOSE), "close-lesson")?;
    close.set_attribute("data-do", "close")?;
    let title = append(section, "h2", &lesson.title)?;
    title.set_id("lesson-title");
    title.set_attribute("tabindex", "-1")?;
    append(section, "p", &lesson.lead)?.set_class_name("lead");
    append(section, "h3", language.text(LESSONS_LOOK))?;
    append(section, "p", &lesson.look).map(drop)
}

fn write_question(
    language: Language,
    section: &Element,
    lesson: &Lesson,
    predicted: Option<usize>,
) -> Result<(), JsValue> {
    append(section, "h3", &format!("{} {}", language.text(LESSONS_PREDICT), lesson.question))?;
    let list = append(section, "div", "")?;
    list.set_class_name("options");
    for (index, option) in lesson.options.iter().enumerate() {
        let choice = button(&list, option, "option")?;
        choice.set_attribute("data-option", &index.to_string())?;
        choice.set_attribute("aria-pressed", if predicted == Some(index) { "true" } else { "false" })?;
        if predicted.is_some() && index == lesson.answer {
            choice.class_list().add_1("right")?;
        }
    }
    let Some(predicted) = predicted else { return Ok(()) };
    let reveal = append(section, "div", "")?;
    reveal.set_class_name("reveal");
    reveal.set_attribute("tabindex", "-1")?;
    let verdict = if predicted == lesson.answer { LESSONS_RIGHT } else { LESSONS_WRONG };
    let reply = lesson.wrong.get(predicted).map_or("", String::as_str);
    append(&reveal, "p", &language.join(&[language.text(verdict), reply]))?.set_class_name("reply");
    append(&reveal, "p", &lesson.reveal)?;
    append(&reveal, "h3", language.text(LESSONS_TRY))?;
    append(&reveal, "p", &lesson.next).map(drop)
}

fn write_end(language: Language, section: &Element, lessons: &Lessons, place: usize) -> Result<(), JsValue> {
    let end = append(section, "div", "")?;
    end.set_class_name("lesson-end");
    if let Some(previous) = place.checked_sub(1) {
        button(&end, language.text(LESSONS_PREVIOUS), "tool")?.set_attribute("data-lesson", &previous.to_string())?;
    }
    if place + 1 < lessons.lessons.len() {
        button(&end, language.text(LESSONS_NEXT), "tool next")?
            .set_attribute("data-lesson", &(place + 1).to_string())?;
    }
    button(&end, language.text(LESSONS_AGAIN), "link")?.set_attribute("data-do", "again")?;
    button(&end, language.text(LESSONS_SHARE), "link")?.set_attribute("data-do", "share")?;
    let words = append(section, "details", "")?;
    words.set_class_name("glossary");
    append(&words, "summary", language.text(LESSONS_GLOSSARY))?;
    let list = append(&words, "dl", "")?;
    for term in &lessons.glossary {
        append(&list, "dt", &term.term)?;
        append(&list, "dd", &term.text)?;
    }
    Ok(())
}

fn button(parent: &Element, text: &str, class: &str) -> Result<Element, JsValue> {
    let button = document()?.create_element("button")?;
    button.set_attribute("type", "button")?;
    button.set_class_name(class);
    button.set_text_content(Some(text));
    parent.append_child(&button)?;
    Ok(button)
}
