//! `report.html` of a cohort: who is in it, how well the groups match, how well each image was prepared, who is missing.
//!
//! One file without scripts or network, as the report of an evaluation. It shows single people, which that one never
//! does: it is for those who hold the images, and says so.

mod histogram;
mod montage;
mod quality;
mod tables;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;

use crate::cohort::about::About;
use crate::cohort::left_out::Excluded;
use crate::cohort::table::NewRow;
use crate::figures::{Figure, FigureKind, PAGE_STYLE};
use crate::prepare::Record;

/// Name of the report in a cohort.
pub(super) const REPORT_FILE: &str = "report.html";

const PAGE: &str = include_str!("page.html");

/// What the report is made from.
pub(super) struct Content<'a> {
    pub(super) about: &'a About<'a>,
    pub(super) rows: &'a [NewRow],
    pub(super) records: &'a BTreeMap<String, Record>,
    pub(super) excluded: &'a [Excluded],
    pub(super) notes: &'a [String],
}

/// A figure as the template sees it.
#[derive(Serialize)]
struct PageFigure {
    title: String,
    caption: String,
    alt: String,
    brain: bool,
    /// Not escaped: made by this program, its labels are escaped where it is made.
    svg: Value,
}

impl From<Figure> for PageFigure {
    fn from(figure: Figure) -> Self {
        PageFigure {
            title: figure.title,
            caption: figure.caption,
            alt: figure.alt,
            brain: figure.kind == FigureKind::Brain,
            svg: Value::from_safe_string(figure.svg),
        }
    }
}

/// Those left out for one reason.
#[derive(Serialize)]
struct LeftOut<'a> {
    reason: &'a str,
    people: Vec<String>,
}

/// Writes the report beside the cohort's tables.
///
/// # Errors
/// A figure cannot be drawn or the file cannot be written.
pub(super) fn write(cohort: &Path, content: &Content) -> anyhow::Result<()> {
    let mut figures: Vec<PageFigure> = vec![histogram::ages(content.rows, content.about.groups)?.into()];
    figures.extend(montage::draw(cohort, content.rows)?.map(PageFigure::from));
    crate::files::write(&cohort.join(REPORT_FILE), page(content, &figures)?.as_bytes())
}

fn page(content: &Content, figures: &[PageFigure]) -> anyhow::Result<String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::SemiStrict);
    environment.add_template("style.css", PAGE_STYLE).context("the report's style is broken")?;
    environment.add_template("page.html", PAGE).context("the report's template is broken")?;
    let template = environment.get_template("page.html").context("the report's template is broken")?;
    let fields = &content.about.fields;
    let parts = tables::parts(content.rows);
    template
        .render(context! {
            name => content.about.name,
            how_made => content.about.how_made,
            license => fields["License"].as_str(),
            acknowledgement => fields["HowToAcknowledge"].as_str(),
            preparation => fields["AgeLens"]["preparation_version"].as_str(),
            phantom => fields["AgeLens"]["phantom"] == true,
            headline => tables::headline(content.rows, content.about.groups),
            notes => content.notes,
            groups => tables::groups(&parts),
            cross_tables => tables::cross_tables(&parts),
            balance => tables::balance(content.rows),
            figures,
            quality => quality::table(content.rows, content.records),
            left_out => left_out(content.excluded),
            left_out_count => content.excluded.len(),
        })
        .context("the report page cannot be made")
}

/// Left-out participants by reason, in the order the reasons first occur: a hundred who share one take one line.
fn left_out(excluded: &[Excluded]) -> Vec<LeftOut<'_>> {
    let mut groups: Vec<LeftOut> = Vec::new();
    for one in excluded {
        let person = match &one.file {
            Some(file) => format!("{} ({})", one.id, file.display()),
            None => one.id.clone(),
        };
        match groups.iter_mut().find(|group| group.reason == one.reason) {
            Some(group) => group.people.push(person),
            None => groups.push(LeftOut { reason: &one.reason, people: vec![person] }),
        }
    }
    groups
}

#[cfg(test)]
mod tests;
