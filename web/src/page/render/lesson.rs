//! A lesson beside the maps: look, predict, reveal.

use crate::node::Node;
use crate::state::State;
use crate::wanted::Wanted;
use web::language::*;
use web::lessons::{Lesson, Lessons, Task};
use web::wording;

pub fn render(state: &State, wanted: &mut Wanted) {
    let lessons = state.lessons();
    let place = state.lesson.as_ref().and_then(|open| lessons.iter().position(|lesson| lesson.id == open.id));
    wanted.hidden("#lesson", place.is_none());
    // A site without the bundles that they need has none.
    wanted.hidden("#lessons-open", lessons.is_empty());
    wanted.switch("#lessons-open", "aria-expanded", place.is_some());
    wanted.class(".stage", "with-lesson", place.is_some());
    let open = place.and_then(|place| Some((place, lessons.get(place)?)));
    let predicted = state.lesson.as_ref().and_then(|open| open.predicted);
    let nodes = open.map_or_else(Vec::new, |(place, lesson)| {
        let mut nodes = head(state.language, lessons.len(), place, lesson);
        nodes.extend(question(state.language, lesson, predicted));
        nodes.extend(tasks(state.language, lesson));
        nodes.extend(end(state, &lessons, place));
        nodes
    });
    wanted.children("#lesson", nodes);
}

fn head(language: Language, count: usize, place: usize, lesson: &Lesson) -> Vec<Node> {
    let (number, count) = ((place + 1).to_string(), count.to_string());
    let eyebrow = language.fill(LESSONS_EYEBROW, &[("number", &number), ("count", &count)]);
    let close = Node::button("close-lesson", language.text(LESSONS_CLOSE)).with("data-do", "close");
    let head = Node::new("div").with("class", "lesson-head").child(Node::text("p", eyebrow).with("class", "eyebrow"));
    vec![
        head.child(close),
        Node::text("h2", &lesson.title).with("id", "lesson-title").with("tabindex", "-1"),
        Node::text("p", &lesson.lead).with("class", "lead"),
        Node::text("h3", language.text(LESSONS_LOOK)),
        Node::text("p", &lesson.look),
    ]
}

fn question(language: Language, lesson: &Lesson, predicted: Option<usize>) -> Vec<Node> {
    let option = |(index, option): (usize, &String)| {
        let is_right = predicted.is_some() && index == lesson.answer;
        Node::button(if is_right { "option right" } else { "option" }, option)
            .with("data-option", index.to_string())
            .with("aria-pressed", if predicted == Some(index) { "true" } else { "false" })
    };
    let options = Node::new("div").with("class", "options").children(lesson.options.iter().enumerate().map(option));
    let question = language.join(&[language.text(LESSONS_PREDICT), &lesson.question]);
    let mut nodes = vec![Node::text("h3", question), options];
    nodes.extend(predicted.map(|predicted| reveal(language, lesson, predicted)));
    nodes
}

fn reveal(language: Language, lesson: &Lesson, predicted: usize) -> Node {
    let verdict = if predicted == lesson.answer { LESSONS_RIGHT } else { LESSONS_WRONG };
    let reply = lesson.wrong.get(predicted).map_or("", String::as_str);
    let reply = language.join(&[language.text(verdict), reply]);
    Node::new("div")
        .with("class", "reveal")
        .with("tabindex", "-1")
        .child(Node::text("p", reply).with("class", "reply"))
        .child(Node::text("p", &lesson.reveal))
        .child(Node::text("h3", language.text(LESSONS_TRY)))
        .child(Node::text("p", &lesson.next))
}

/// What is to be tried out, each with its answer to be opened.
fn tasks(language: Language, lesson: &Lesson) -> Vec<Node> {
    let task = |task: &Task| {
        let answer = Node::new("details").child(Node::text("summary", language.text(LESSONS_ANSWER)));
        Node::new("li").child(Node::text("p", &task.task)).child(answer.child(Node::text("p", &task.answer)))
    };
    let list = Node::new("ol").with("class", "tasks").children(lesson.tasks.iter().map(task));
    // Where the lesson does not stand beside the sliders, they are far below.
    let sliders = Node::button("tool to-practice", language.text(LESSONS_SLIDERS)).with("data-do", "sliders");
    let is_there = !lesson.tasks.is_empty();
    let nodes = || {
        [Node::text("h3", language.text(LESSONS_TASKS)).with("id", "tasks-title").with("tabindex", "-1"), list, sliders]
    };
    is_there.then(nodes).into_iter().flatten().collect()
}

fn end(state: &State, lessons: &[&Lesson], place: usize) -> Vec<Node> {
    let language = state.language;
    let leading = |class, text, to: usize| Node::button(class, language.text(text)).with("data-lesson", to.to_string());
    let previous = place.checked_sub(1).map(|previous| leading("tool", LESSONS_PREVIOUS, previous));
    let next = (place + 1 < lessons.len()).then(|| leading("tool next", LESSONS_NEXT, place + 1));
    let end = Node::new("div")
        .with("class", "lesson-end")
        .children(previous)
        .children(next)
        .child(Node::button("link", language.text(LESSONS_AGAIN)).with("data-do", "again"))
        .child(Node::button("link", language.text(LESSONS_SHARE)).with("data-do", "share"))
        .child(Node::button("link", language.text(SHARE_QR)).with("data-do", "qr"));
    let glossary = &Lessons::of(language).glossary;
    let groups = state.bundle.as_ref().map(|bundle| bundle.manifest.data.groups).unwrap_or_default();
    let terms = glossary
        .iter()
        .flat_map(|term| [Node::text("dt", &term.term), Node::text("dd", wording::with_limits(&term.text, groups))]);
    let words = Node::new("details")
        .with("class", "glossary")
        .child(Node::text("summary", language.text(LESSONS_GLOSSARY)))
        .child(Node::new("dl").children(terms));
    let teachers = Node::new("p").with("class", "for-teachers").child(
        Node::text("a", language.text(LESSONS_TEACHERS))
            .with("href", language.text(LESSONS_TEACHERS_PAGE))
            .with("target", "_blank")
            .with("rel", "noopener"),
    );
    vec![end, list(state, lessons, place), words, teachers]
}

/// All lessons, which is open, and which were answered.
fn list(state: &State, lessons: &[&Lesson], place: usize) -> Node {
    let language = state.language;
    let is_answered = |lesson: &Lesson| state.answered.contains(&lesson.id);
    let answered = lessons.iter().filter(|lesson| is_answered(lesson)).count();
    let counts = [("done", &*answered.to_string()), ("count", &*lessons.len().to_string())];
    let items = lessons.iter().enumerate().map(|(index, lesson)| {
        let mark = is_answered(lesson).then(|| Node::text("small", format!("✓ {}", language.text(LESSONS_DONE))));
        let button = Node::button("link", &lesson.title).with("data-lesson", index.to_string()).with_if(
            index == place,
            "aria-current",
            "true",
        );
        Node::new("li").child(button).children(mark)
    });
    Node::new("details")
        .with("class", "lesson-list")
        .with("data-testid", "lesson-list")
        .child(Node::text("summary", language.fill(LESSONS_ALL, &counts)))
        .child(Node::new("ol").children(items))
}
