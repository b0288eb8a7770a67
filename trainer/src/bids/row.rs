//! All that the participant level left of one image: the rows of the group's tables.

use crate::bids::explanation::Explanation;
use crate::bids::layout;
use crate::bids::participant::NO_IMAGE;
use crate::bids::scans::Scan;
use crate::cohort::dataset::Listed;
use crate::prepare::Record;
use shared::prepare::{PREPARATION_VERSION, is_same_preparation};
use std::path::Path;

/// What is to be done where something is missing.
const AGAIN: &str = "run `trainer bids` with `participant`";

/// All that is known of one image, or of a person without one.
pub struct Row {
    pub participant: String,
    pub listed: Listed,
    pub scan: Option<Scan>,
    /// The record of its preparation, of a refused image too.
    pub prepared: Option<Record>,
    pub has_maps: bool,
    pub explained: Option<Explanation>,
    /// Why there are no maps, or no answer.
    pub refused: Option<String>,
}

impl Row {
    /// Of a person without any image.
    pub fn without_image(participant: &str, listed: Listed) -> Row {
        Row {
            participant: participant.to_owned(),
            listed,
            scan: None,
            prepared: None,
            has_maps: false,
            explained: None,
            refused: Some(NO_IMAGE.to_owned()),
        }
    }

    /// Of an image; with `bundle` (the SHA-256 of its manifest) only that one's answer counts.
    pub fn of(out: &Path, scan: &Scan, listed: Listed, bundle: Option<&str>) -> Row {
        let mut row = Row {
            participant: scan.participant.clone(),
            listed,
            scan: Some(scan.clone()),
            prepared: None,
            has_maps: false,
            explained: None,
            refused: scan.not_taken.clone(),
        };
        if row.refused.is_some() {
            return row;
        }
        let Some(record) = Record::read(&out.join(layout::place(out, scan).record)) else {
            row.refused = Some(format!("not prepared; {AGAIN}, which says why where it cannot"));
            return row;
        };
        let is_current = is_same_preparation(&record.preparation_version, PREPARATION_VERSION);
        let is_whole = record.files.values().all(|file| out.join(file).is_file());
        row.refused = match record.failure() {
            _ if !is_current => Some(format!("prepared by another version ({}); {AGAIN}", record.preparation_version)),
            Some(reason) => Some(reason),
            None if !is_whole => Some(format!("files are missing; {AGAIN}")),
            None => None,
        };
        row.has_maps = row.refused.is_none();
        if row.has_maps {
            let is_wanted =
                |it: &Explanation| it.is_of(&record, out) && bundle.is_none_or(|sha256| it.bundle_sha256 == sha256);
            row.explained = Explanation::read(out, scan).filter(is_wanted);
            row.refused = match &row.explained {
                Some(explained) => explained.refused.clone(),
                None if bundle.is_some() => Some(format!("not explained by this bundle; {AGAIN}")),
                None => None,
            };
        }
        row.prepared = Some(record);
        row
    }
}
