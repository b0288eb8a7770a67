//! The group level: what is known of each image, in tables, and how far it agrees with known ages.
//!
//! Only what the participant level left is read; no image is prepared or explained here.

use crate::bids::agreement::Agreement;
use crate::bids::row::Row;
use crate::bids::scans;
use crate::bids::{LeftOut, Order, check_folders, describe, layout, tables};
use crate::cohort::dataset::people;
use crate::failure::unusable;
use crate::files;
use anyhow::Result;
use shared::bundle::sha256_hex;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the group level found.
pub struct Grouped {
    pub participants: usize,
    pub images: usize,
    /// Images whose maps are there, and of them those that a bundle explained.
    pub prepared: usize,
    pub explained: usize,
    pub agreement: Option<Agreement>,
    pub left_out: Vec<LeftOut>,
    pub notes: Vec<String>,
}

/// Writes `images.tsv`, `participants.tsv` and, where ages and answers are known, `agreement.json`.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: the folders or tables cannot be used, answers of several bundles are there and none was named, or
/// nothing is known of any image; the tables are written all the same. Other errors: a file cannot be written.
pub fn group(order: &Order) -> Result<Grouped> {
    check_folders(&order.dataset, &order.out)?;
    if !order.labels.is_empty() {
        return Err(unusable(
            "--participant-label: the group level makes tables of everybody, and would lose the others; leave it out"
                .to_owned(),
        ));
    }
    let participants = scans::find(&order.dataset, &order.labels)?;
    let (listed, notes) = people(&order.dataset)?;
    let bundle = order.bundle.as_deref().map(sha256_of_bundle).transpose()?;
    let mut images = Vec::new();
    for person in &participants {
        let about = listed.get(&person.id).cloned().unwrap_or_default();
        if person.scans.is_empty() {
            images.push(Row::without_image(&person.id, about.clone()));
        }
        for scan in &person.scans {
            images.push(Row::of(&order.out, scan, about.clone(), bundle.as_deref()));
        }
    }
    one_bundle(&images)?;
    describe::write(&order.dataset, &order.out)?;
    let of_people = one_of_each(&images);
    tables::write(&order.out, &images, &of_people)?;
    let agreement = Agreement::of(&of_people);
    let path = order.out.join(layout::AGREEMENT);
    match &agreement {
        Some(agreement) => files::write_json(&path, agreement)?,
        None => files::remove(&path)?,
    }
    let grouped = Grouped {
        participants: of_people.len(),
        images: images.iter().filter(|row| row.scan.is_some()).count(),
        prepared: images.iter().filter(|row| row.has_maps).count(),
        explained: images.iter().filter(|row| row.explained.as_ref().is_some_and(|it| it.answer.is_some())).count(),
        agreement,
        left_out: images.iter().filter_map(left_out).collect(),
        notes,
    };
    match grouped.prepared {
        0 => Err(unusable(format!(
            "{}: no image of {} is prepared there; run `trainer bids` with `participant` first; {} says why",
            order.out.display(),
            order.dataset.display(),
            order.out.join(layout::IMAGES_TABLE).display()
        ))),
        _ => Ok(grouped),
    }
}

fn sha256_of_bundle(folder: &Path) -> Result<String> {
    Ok(sha256_hex(&files::read(&folder.join("manifest.json"))?))
}

/// Answers of several bundles in one table would be compared.
fn one_bundle(images: &[Row]) -> Result<()> {
    let bundles: BTreeMap<&str, &str> = images
        .iter()
        .filter_map(|row| row.explained.as_ref())
        .map(|explained| (explained.bundle_sha256.as_str(), explained.bundle.as_str()))
        .collect();
    if bundles.len() > 1 {
        let names: BTreeSet<&str> = bundles.into_values().collect();
        return Err(unusable(format!(
            "the images were explained by several bundles or versions of one ({}); name one with --bundle, or run `participant` \
             again with one",
            names.into_iter().collect::<Vec<_>>().join(", ")
        )));
    }
    Ok(())
}

/// One row for each person: the first image that there is an answer of, or else maps, or else the first.
fn one_of_each(images: &[Row]) -> Vec<&Row> {
    let mut best: BTreeMap<&str, &Row> = BTreeMap::new();
    let rank = |row: &Row| {
        let is_answered = row.explained.as_ref().is_some_and(|explained| explained.answer.is_some());
        (is_answered, row.has_maps)
    };
    for row in images {
        let there = best.entry(&row.participant).or_insert(row);
        if rank(row) > rank(there) {
            *there = row;
        }
    }
    best.into_values().collect()
}

fn left_out(row: &Row) -> Option<LeftOut> {
    let image = row.scan.as_ref().map_or(&row.participant, |scan| &scan.path);
    Some(LeftOut::of(image, row.refused.as_deref()?))
}
