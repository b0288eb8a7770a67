//! The participant level: each T1 image prepared and, with a bundle, explained.

use crate::bids::explanation::Explanation;
use crate::bids::scans::{self, Participant, Scan};
use crate::bids::{LeftOut, Order, check_folders, describe, explanation, layout, sidecars, transform};
use crate::explain::Explainer;
use crate::failure::unusable;
use crate::files;
use crate::prepare::{AFFINE, Ended, Record, for_each, load_template, write_images};
use crate::progress::{Progress, stop_requested};
use anyhow::{Context, Result, bail};
use shared::prepare::PREPARATION_VERSION;
use shared::prepare::t1::{Prepared, Template};
use std::path::Path;

/// What the participant level did.
pub struct Made {
    /// Images whose maps are there now, and how many of them had been there before.
    pub prepared: usize,
    pub already_there: usize,
    /// Images that the bundle explained; `None` where none was given.
    pub explained: Option<usize>,
    pub left_out: Vec<LeftOut>,
    /// What is doubtful, a sentence each.
    pub notes: Vec<String>,
}

/// Prepares each T1 image that was asked for and explains it where a bundle is given. Progress goes to stderr.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: the folders or the bundle cannot be used, or none of the images. Other errors: stopped by Ctrl-C, a
/// file cannot be written, or the device failed; the same command goes on.
pub fn participant(order: &Order) -> Result<Made> {
    check_folders(&order.dataset, &order.out)?;
    let participants = scans::find(&order.dataset, &order.labels)?;
    // What would be missed last is looked for first: hours may lie between.
    let explainer = order.bundle.as_deref().map(|bundle| open(bundle, order)).transpose()?;
    describe::write(&order.dataset, &order.out)?;
    let template = load_template()?;
    let (taken, left_out) = sort_out(participants);
    let ended = for_each("T1 images", &taken, |scan| prepare(order, scan, &template))?;
    let mut made = Made { prepared: 0, already_there: 0, explained: None, left_out, notes: Vec::new() };
    let mut prepared: Vec<(&Scan, Record)> = Vec::new();
    for (scan, ended) in taken.iter().zip(ended) {
        match ended {
            Ended::There { fresh, record } => {
                made.prepared += 1;
                made.already_there += usize::from(!fresh);
                made.notes.extend(record.warnings.iter().map(|warning| format!("{}: {warning}", scan.path)));
                prepared.push((scan, record));
            }
            Ended::Refused { reason, .. } => made.left_out.push(LeftOut::of(&scan.path, &reason)),
        }
    }
    if let Some(explainer) = &explainer {
        explain(order, explainer, &prepared, &mut made)?;
    }
    let done = made.explained.unwrap_or(made.prepared);
    if done == 0 {
        let reasons: Vec<String> = made.left_out.iter().map(|one| format!("{}: {}", one.image, one.reason)).collect();
        return Err(unusable(format!(
            "{}: none of the images that were asked for can be used:\n  {}",
            order.dataset.display(),
            reasons.join("\n  ")
        )));
    }
    Ok(made)
}

fn open(bundle: &Path, order: &Order) -> Result<Explainer> {
    let explainer = Explainer::open(bundle, order.device)?;
    let manifest = &explainer.bundle.manifest;
    if !manifest.takes_preparation(PREPARATION_VERSION) {
        return Err(unusable(format!(
            "{}: trained on maps of preparation {}, but this program makes {PREPARATION_VERSION}; give a bundle of that version",
            bundle.display(),
            manifest.preparation_version
        )));
    }
    Ok(explainer)
}

/// Images to prepare, and what is left out without being looked at.
fn sort_out(participants: Vec<Participant>) -> (Vec<Scan>, Vec<LeftOut>) {
    let (mut taken, mut left_out) = (Vec::new(), Vec::new());
    for Participant { id, scans } in participants {
        if scans.is_empty() {
            left_out.push(LeftOut::of(&id, NO_IMAGE));
        }
        for scan in scans {
            match &scan.not_taken {
                Some(reason) => left_out.push(LeftOut::of(&scan.path, reason)),
                None => taken.push(scan),
            }
        }
    }
    (taken, left_out)
}

/// Why a person is left out who has no image.
pub const NO_IMAGE: &str = "no T1 image (*_T1w.nii.gz in anat/); add one, or leave the person out";

fn prepare(order: &Order, scan: &Scan, template: &Template) -> Result<Ended> {
    let out = order.out.as_path();
    let image = order.dataset.join(&scan.path);
    if image.is_symlink() && !image.exists() {
        let reason = format!("{}: a link to a file that is not there; fetch it first (datalad get)", scan.path);
        return Ok(Ended::Refused { reason, record: None });
    }
    let write = |record: &Record, prepared: &Prepared| write(out, scan, record, prepared);
    let ended = layout::place(out, scan).prepare(&image, &scan.path, template, write)?;
    if matches!(ended, Ended::Refused { .. }) {
        // It was of another image, or of an earlier version.
        explanation::clear(out, scan)?;
    }
    Ok(ended)
}

fn write(out: &Path, scan: &Scan, record: &Record, prepared: &Prepared) -> Result<()> {
    let text = transform::itk_text(&prepared.mni_from_world).context("the affine cannot be inverted")?;
    let file = record.files.get(AFFINE).context("the affine has no name")?;
    files::write(&out.join(file), text.as_bytes())?;
    sidecars::write(out, scan, record)?;
    write_images(out, &record.files, prepared, false)
}

fn explain(order: &Order, explainer: &Explainer, prepared: &[(&Scan, Record)], made: &mut Made) -> Result<()> {
    let progress = Progress::new("explanations", prepared.len() as u64, 0);
    let mut explained = 0;
    let others = prepared
        .iter()
        .filter_map(|(scan, _)| Explanation::read(&order.out, scan))
        .filter(|there| there.bundle_sha256 != explainer.bundle_sha256);
    let others = others.count();
    if others > 0 {
        made.notes.push(format!(
            "{others} explanations of another bundle are replaced; use a folder for each bundle where both are to stay"
        ));
    }
    for (scan, record) in prepared {
        if stop_requested() {
            bail!("stopped: {explained} images are explained; give the same command again to continue");
        }
        let found = explanation::explain(&order.out, scan, record, explainer)?;
        match found.refused {
            Some(reason) => made.left_out.push(LeftOut::of(&scan.path, &reason)),
            None => explained += 1,
        }
        if let Some(caution) = found.answer.and_then(|answer| answer.caution)
            && !made.notes.contains(&caution)
        {
            made.notes.push(caution);
        }
        progress.advance();
    }
    made.explained = Some(explained);
    Ok(())
}
