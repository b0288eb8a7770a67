//! Metrics of a training as CSV: readable while the training runs, continued after a resume. The same values for
//! TensorBoard are in a folder beside it.

use crate::training::events::EventFile;
use anyhow::{Context, Result};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// An open CSV file with the columns `step` and the given names.
pub struct MetricsFile {
    path: PathBuf,
    file: File,
    events: EventFile,
}

impl MetricsFile {
    /// Opens the file for steps after `first`: a new one for 0, else lines beyond `first` and lines cut short are dropped.
    pub fn open(path: &Path, names: &[&str], first: u64) -> Result<Self> {
        let attempt = || -> Result<(File, String)> {
            let mut kept = format!("step,{}\n", names.join(","));
            if first > 0 && path.exists() {
                let bytes = std::fs::read(path)?;
                for line in String::from_utf8_lossy(&bytes).split_inclusive('\n').skip(1) {
                    let whole = line.ends_with('\n') && line.matches(',').count() == names.len();
                    let step: Option<u64> = line.split(',').next().and_then(|step| step.parse().ok());
                    if whole && step.is_some_and(|step| step <= first) {
                        kept.push_str(line);
                    }
                }
            }
            crate::files::write(path, kept.as_bytes())?;
            Ok((OpenOptions::new().append(true).open(path)?, kept))
        };
        let (file, kept) = attempt().with_context(|| format!("{}: cannot be opened", path.display()))?;
        let events = EventFile::open(path, names, kept.lines().skip(1))?;
        Ok(MetricsFile { path: path.into(), file, events })
    }

    /// One line more, in a single write: a killed training leaves whole lines.
    pub fn append(&mut self, step: u64, values: &[f32]) -> Result<()> {
        self.events.append(step, values)?;
        let values: Vec<String> = values.iter().map(|&value| shown(value)).collect();
        let line = format!("{step},{}\n", values.join(","));
        self.file.write_all(line.as_bytes()).with_context(|| self.not_written())
    }

    /// Waits until all lines are on disk; called before a checkpoint that depends on them.
    pub fn sync(&self) -> Result<()> {
        self.file.sync_data().with_context(|| self.not_written())
    }

    fn not_written(&self) -> String {
        format!("{}: cannot be written; check the free space", self.path.display())
    }
}

/// Six digits behind the point; small values, such as learning rates, in powers of ten.
fn shown(value: f32) -> String {
    if value != 0.0 && value.abs() < 1e-3 { format!("{value:.5e}") } else { format!("{value:.6}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_after_the_resumed_step_are_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let mut file = MetricsFile::open(&path, &["loss", "rate"], 0).unwrap();
        for step in 1..=4 {
            file.append(step, &[0.5, 2e-5]).unwrap();
        }
        let unbroken = std::fs::read_to_string(&path).unwrap();
        assert!(unbroken.starts_with("step,loss,rate\n1,0.500000,2.00000e-5\n"), "{unbroken}");
        // Killed while it wrote the line of step 5, whose beginning looks like a step that is done.
        std::fs::write(&path, format!("{unbroken}1,0.")).unwrap();
        let mut file = MetricsFile::open(&path, &["loss", "rate"], 2).unwrap();
        file.append(3, &[0.5, 2e-5]).unwrap();
        file.append(4, &[0.5, 2e-5]).unwrap();
        file.sync().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), unbroken);
    }
}
