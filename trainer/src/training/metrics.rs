//! Metrics of a training as CSV: one line each time, readable while it runs, continued after a resume.

use anyhow::{Context, Result};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// An open CSV file with the columns `step` and the given names.
pub struct MetricsFile {
    path: PathBuf,
    file: File,
}

impl MetricsFile {
    /// Opens the file for steps after `first`: a new one for 0, else lines beyond `first` are dropped.
    pub fn open(path: &Path, names: &[&str], first: u64) -> Result<Self> {
        let attempt = || -> Result<File> {
            let mut kept = format!("step,{}\n", names.join(","));
            if first > 0 && path.exists() {
                for line in std::fs::read_to_string(path)?.lines().skip(1) {
                    let step: Option<u64> = line.split(',').next().and_then(|step| step.parse().ok());
                    if step.is_some_and(|step| step <= first) {
                        kept.push_str(line);
                        kept.push('\n');
                    }
                }
            }
            crate::files::write(path, kept.as_bytes())?;
            Ok(OpenOptions::new().append(true).open(path)?)
        };
        let file = attempt().with_context(|| format!("{}: cannot be opened", path.display()))?;
        Ok(MetricsFile { path: path.into(), file })
    }

    pub fn append(&mut self, step: u64, values: &[f32]) -> Result<()> {
        let values: Vec<String> = values.iter().map(|value| format!("{value:.6}")).collect();
        writeln!(self.file, "{step},{}", values.join(","))
            .with_context(|| format!("{}: cannot be written; check the free space", self.path.display()))
    }
}
