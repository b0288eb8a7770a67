//! Heads of people and scanners that no setting was made on at first: old ones with labels, young ones in MNI space.

use crate::data::{self, Person};
use crate::overlaps;
use shared::prepare::t1::Template;
use std::collections::BTreeSet;

/// What became of one head.
pub struct Outcome {
    pub id: String,
    pub passed: bool,
    /// Brain mask, grey matter; where there are labels.
    pub dice: Option<[f64; 2]>,
}

/// Prepares each head, tells about it in a line, and returns what became of all.
pub fn prepare_all(people: &[Person], template: &Template) -> Vec<Outcome> {
    println!("head     passed mask   grey   scales            shear score seconds  reasons");
    people.iter().map(|person| prepare_one(person, template)).collect()
}

fn prepare_one(person: &Person, template: &Template) -> Outcome {
    let started = std::time::Instant::now();
    let prepared = match data::prepare_whatever(&person.t1, template) {
        Ok(prepared) => prepared,
        Err(error) => {
            println!("{:8} error: {error}", person.id);
            return Outcome { id: person.id.clone(), passed: false, dice: None };
        }
    };
    let seconds = started.elapsed().as_secs_f64();
    let dice = person.labels.as_ref().map(|_| overlaps(person, &prepared));
    let [mask, grey] = dice.unwrap_or([f64::NAN; 2]);
    let scales = prepared.mni_from_world.inverse().unwrap().spacing_mm();
    let quality = &prepared.quality;
    println!(
        "{:8} {:6} {mask:.4} {grey:.4} {:.3} {:.3} {:.3} {:.2} {seconds:.2}  {}",
        person.id,
        quality.passed,
        scales[0],
        scales[1],
        scales[2],
        quality.score,
        quality.reasons.join("; ")
    );
    if let Some(folder) = std::env::var_os("AGELENS_SHOW") {
        data::write_for_viewing(std::path::Path::new(&folder), person, &prepared, template);
    }
    if std::env::var_os("AGELENS_MEASURES").is_some() {
        for measure in &quality.measures {
            print!(" {}={:.3}", measure.name, measure.value);
        }
        println!();
    }
    Outcome { id: person.id.clone(), passed: quality.passed, dice }
}

/// Means over the heads that have labels: brain mask, grey matter.
pub fn mean_dice<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> [f64; 2] {
    let all: Vec<[f64; 2]> = outcomes.filter_map(|outcome| outcome.dice).collect();
    [0, 1].map(|index| all.iter().map(|dice| dice[index]).sum::<f64>() / all.len().max(1) as f64)
}

/// Only the heads that `AGELENS_HEADS` names by a part of their id (a list with commas), all without it.
pub fn chosen(people: Vec<Person>) -> Vec<Person> {
    let Ok(list) = std::env::var("AGELENS_HEADS") else { return people };
    let parts: BTreeSet<&str> = list.split(',').collect();
    people.into_iter().filter(|person| parts.iter().any(|part| person.id.contains(part))).collect()
}
