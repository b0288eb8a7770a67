//! A T1 image that is prepared once, and remembered.
//!
//! An image is finished when its record names this preparation version and the image's SHA-256 and every file it
//! lists is there; a refused one is remembered the same way. So an interrupted run goes on where it stopped, many
//! jobs can share one folder, and a run after all of them only reads. The record is written before the maps, and grey
//! matter last: a grey-matter map without a record is another program's.

use crate::failure::UnusableInput;
use crate::files;
use crate::prepare::{Input, Record, prepare_image};
use shared::prepare::t1::{Options, Prepared, Silent, Template};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Where the results of one image go.
pub struct Place<'a> {
    /// The folder that everything else is below.
    pub folder: &'a Path,
    /// The record, and the picture of the quality control.
    pub record: String,
    pub picture: String,
    /// Every other file by role, as the record keeps them.
    pub files: BTreeMap<String, String>,
}

/// How an image ended.
pub enum Ended {
    /// Its maps are there; `fresh` where they were made now.
    There { fresh: bool, record: Record },
    /// There are none; a record where it will be remembered.
    Refused { reason: String, record: Option<Record> },
}

impl Place<'_> {
    fn record_path(&self) -> PathBuf {
        self.folder.join(&self.record)
    }

    /// Removes all that was written of the image, grey matter first; what is not there is no error.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn clear(&self) -> anyhow::Result<()> {
        let (gm, others): (Vec<_>, Vec<_>) = self.files.iter().partition(|(role, _)| role.as_str() == "gm");
        for (_, file) in gm.into_iter().chain(others) {
            files::remove(&self.folder.join(file))?;
        }
        files::remove(&self.record_path())?;
        files::remove(&self.folder.join(&self.picture))
    }

    /// Prepares the image in a file, which messages call `name`, unless that is done; `write` then writes the maps and whatever else
    /// is among [`Place::files`]. `Err` only where writing fails: that stops everything.
    pub fn prepare(
        &self,
        image: &Path,
        name: &str,
        template: &Template,
        write: impl FnOnce(&Record, &Prepared) -> anyhow::Result<()>,
    ) -> anyhow::Result<Ended> {
        let refused = |reason: String, record: Option<Record>| Ok(Ended::Refused { reason, record });
        let mut input = match Input::read_as(image, name) {
            Ok(input) => input,
            Err(error) => return refused(format!("{error:#}"), None),
        };
        let blank = input.record(Options::default());
        if let Some(done) = Record::read(&self.record_path())
            && done.is_current(&input.sha256, blank.options, self.folder)
        {
            return match done.failure() {
                Some(reason) => refused(reason, Some(done)),
                None => Ok(Ended::There { fresh: false, record: done }),
            };
        }
        self.clear()?;
        // One image that the program cannot cope with must not end a night's work on all the others.
        let attempt =
            catch_unwind(AssertUnwindSafe(|| prepare_image(&mut input, template, Options::default(), &mut Silent)));
        let Ok(attempt) = attempt else {
            return refused(
                "the preparation broke down on it, which is a fault of AgeLens; please report it".into(),
                None,
            );
        };
        let mut outcome = match attempt {
            Ok(outcome) => outcome,
            Err(error) if error.is::<UnusableInput>() => {
                let record = Record { refused: Some(error.to_string()), ..blank };
                files::write_json(&self.record_path(), &record)?;
                return refused(error.to_string(), Some(record));
            }
            Err(error) => return Err(error),
        };
        files::write(&self.folder.join(&self.picture), &outcome.picture_png)?;
        if outcome.prepared.quality.passed {
            outcome.record.files = self.files.clone();
        }
        files::write_json(&self.record_path(), &outcome.record)?;
        match outcome.record.failure() {
            Some(reason) => refused(reason, Some(outcome.record)),
            None => {
                write(&outcome.record, &outcome.prepared)?;
                Ok(Ended::There { fresh: true, record: outcome.record })
            }
        }
    }
}
