//! What is told below the maps, in tabs: regions, the cohort's table, checks, the model card.

use crate::node::Node;
use crate::state::State;
use crate::wanted::Wanted;
use shared::bundle::Manifest;
use web::cohort::{Cell, table};
use web::language::*;
use web::regions::{FIRST_ROWS, Row};
use web::share::{Choice, Tab};
use web::{beside, checks, wording};
use web::{card, cohort};

pub fn tabs(state: &State, wanted: &mut Wanted) {
    for (tab, word) in Tab::ALL {
        let is_open = *tab == state.view.tab;
        wanted.switch(format!("#tab-{word}"), "aria-selected", is_open);
        wanted.attribute_if(format!("#tab-{word}"), "tabindex", (!is_open).then_some("-1"));
        wanted.hidden(format!("#panel-{word}"), !is_open);
    }
}

pub fn regions(state: &State, wanted: &mut Wanted) {
    let language = state.language;
    let Some(shown) = &state.shown else { return };
    let (told, rows) = shown.region_rows(language, state.atlas.as_deref());
    wanted.text("#regions-hint", told);
    let all = state.has_all_regions;
    let largest = rows.iter().filter(|row| !row.is_small).fold(0.0, |most: f64, row| most.max(row.amount_ml.abs()));
    let seen = rows.iter().take(if all { usize::MAX } else { FIRST_ROWS });
    wanted.children("#regions-rows", seen.map(|row| region(language, row, largest)));
    let count = rows.len().to_string();
    let more = match all {
        true => language.text(REGIONS_FEWER).to_owned(),
        false => language.fill(REGIONS_ALL, &[("count", &count)]),
    };
    wanted.text("#regions-more", more);
    wanted.hidden("#regions-more", rows.len() <= FIRST_ROWS);
}

fn region(language: Language, row: &Row, largest: f64) -> Node {
    let button = Node::button("link", &row.name).with("title", language.fill(REGIONS_GO, &[("region", &row.name)]));
    let bar = (largest > 0.0).then(|| {
        Node::new("i")
            .with("class", if row.amount_ml < 0.0 { "amount loss" } else { "amount gain" })
            .with("aria-hidden", "true")
            .styled("inline-size", format!("{:.1}%", 100.0 * (row.amount_ml.abs() / largest).min(1.0)))
    });
    Node::new("tr")
        .with("data-region", row.region.label.to_string())
        .with_if(row.is_small, "class", "small")
        .child(Node::row_heading("").child(button))
        .child(Node::new("td").child(Node::text("span", &row.amount)).children(bar))
        .child(Node::text("td", &row.percent))
        .child(Node::text("td", &row.group))
        .child(Node::text("td", &row.volume))
}

pub fn cohort_table(state: &State, wanted: &mut Wanted) {
    let language = state.language;
    let Some(manifest) = state.bundle.as_ref().map(|bundle| &bundle.manifest) else { return };
    let Some([old, young, aged, rejuvenated]) = table(language, manifest) else {
        return wanted.children("#panel-cohort", [Node::text("p", language.text(COHORT_NONE))]);
    };
    let subjects = manifest.performance.test_subjects.to_string();
    let mut about = vec![language.fill(COHORT_ABOUT, &[("subjects", &subjects)])];
    if !manifest.phantom {
        about.push(language.text(COHORT_ABOUT_PEOPLE).to_owned());
    }
    about.extend(wording::other_groups(language, manifest));
    let mut element = Node::new("table").with("class", "figures table-one");
    for (title, rows) in [(COHORT_BEFORE, [old, young]), (COHORT_AFTER, [aged, rejuvenated])] {
        let columns = [title, COHORT_JUDGED_OLD, COHORT_JUDGED_YOUNG, COHORT_CORRECT, COHORT_THESIS];
        let heads = columns.map(|text| Node::text("th", language.text(text)).with("scope", "col"));
        element = element.child(Node::new("thead").child(Node::new("tr").children(heads)));
        element = element.child(Node::new("tbody").children(rows.iter().map(group)));
    }
    let scroll = scrolled(language.text(TAB_COHORT), element);
    let parts = [Node::text("p", language.join(&about)), scroll];
    wanted.children("#panel-cohort", parts.into_iter().chain(beside_table(language, manifest)));
}

/// The network beside ways without one, where the bundle has the numbers.
fn beside_table(language: Language, manifest: &Manifest) -> Vec<Node> {
    let rows = beside::rows(language, manifest);
    if rows.is_empty() {
        return Vec::new();
    }
    let columns = beside::columns(manifest);
    let heads = std::iter::once(BESIDE_WAY).chain(columns);
    let heads = heads.map(|text| Node::text("th", language.text(text)).with("scope", "col"));
    let rows = rows.iter().map(|row| {
        Node::new("tr")
            .with_if(row.is_network, "class", "network")
            .child(Node::row_heading(row.name))
            .children(row.cells.iter().map(|cell| Node::text("td", cell)))
    });
    let table = Node::new("table")
        .with("class", "figures")
        .with("data-testid", "beside")
        .child(Node::new("thead").child(Node::new("tr").children(heads)))
        .child(Node::new("tbody").children(rows));
    vec![
        Node::text("h3", language.text(BESIDE_TITLE)),
        Node::text("p", language.text(BESIDE_ABOUT)),
        scrolled(language.text(BESIDE_TITLE), table),
    ]
}

/// A table that may be wider than its place, and can be scrolled with the keyboard then.
fn scrolled(name: &str, table: Node) -> Node {
    let place = Node::new("div").with("class", "scroll").with("tabindex", "0");
    place.with("role", "group").with("aria-label", name).child(table)
}

fn group(row: &cohort::Row) -> Node {
    Node::new("tr")
        .child(Node::row_heading(&row.name))
        .children(row.cells.iter().map(number))
        .child(Node::text("td", &row.share))
        .child(Node::text("td", &row.thesis))
}

fn number(cell: &Cell) -> Node {
    let count = cell.count.to_string();
    let place = match &cell.case {
        None => Node::text("td", count),
        Some((id, words)) => {
            let button = Node::button("link", count).with("data-case", id);
            Node::new("td").child(button.with("aria-label", words).with("title", words))
        }
    };
    place.with_if(cell.is_wanted, "class", "wanted")
}

pub fn checks_table(state: &State, wanted: &mut Wanted) {
    let found = state.checked.as_ref().map(|checked| checked.found);
    wanted.disabled("#checks-maps", found.is_none());
    wanted.checked("#checks-maps", state.is_shuffled());
    wanted.hidden("#checks-table", found.is_none());
    let rows = found.iter().flat_map(|found| checks::rows(state.language, found)).map(|row| {
        Node::new("tr")
            .with_if(!row.passed, "class", "outside")
            .child(Node::row_heading(row.question))
            .child(Node::text("td", row.found))
            .child(Node::text("td", row.meaning))
    });
    wanted.children("#checks-rows", rows);
}

/// The model card, and the label of phantoms.
pub fn model_card(state: &State, wanted: &mut Wanted) {
    let language = state.language;
    let Some(bundle) = &state.bundle else { return };
    wanted.hidden("#phantom", !bundle.manifest.phantom);
    wanted.text("#card-title", language.say(&bundle.manifest.title));
    wanted.text("#card-caution", language.text(CARD_DIAGNOSIS));
    let rows = card::rows(language, &bundle.manifest, &bundle.version);
    let (details, facts): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.is_detail);
    let list = |rows: Vec<card::Row>| {
        let row =
            |row: card::Row| Node::new("div").child(Node::text("dt", row.name)).child(Node::text("dd", row.value));
        Node::new("dl").children(rows.into_iter().map(row))
    };
    let details = Node::new("details").child(Node::text("summary", language.text(CARD_DETAILS))).child(list(details));
    wanted.children("#card-rows", [list(facts), details]);
    wanted.hidden("#findings", false);
}
