//! Monitoring of a running training: numbers of held-out subjects, pictures, early warnings.

use crate::files;
use crate::progress::Progress;
use crate::training::checkpoint::Checkpoint;
use crate::training::config::CycleGanTraining;
use crate::training::cyclegan::state::Translators;
use crate::training::metrics::MetricsFile;
use crate::training::preview::Preview;
use crate::training::setting::Setting;
use crate::training::validation::{MEASURES, Validation};
use crate::training::warnings::{Warning, Warnings, no_number, of_validation};
use anyhow::{Error, Result, anyhow};
use shared::model::Classifier;
use std::path::{Path, PathBuf};

/// Writes `validation.csv`, `preview*.png` and `warnings.json` into the CycleGAN's folder.
pub struct Watch<'a> {
    config: &'a CycleGanTraining,
    folder: PathBuf,
    warnings: Warnings,
    /// Absent where `preview_every` is 0.
    view: Option<View<'a>>,
}

struct View<'a> {
    validation: Validation<'a>,
    preview: Preview<'a>,
    numbers: MetricsFile,
}

impl<'a> Watch<'a> {
    /// `first` is the step after which the training continues: what was written for later steps is written again.
    pub fn open(
        config: &'a CycleGanTraining,
        setting: &'a Setting<'a>,
        guides: &[&'a Classifier],
        folder: &Path,
        first: u64,
    ) -> Result<Self> {
        let columns: Vec<String> = ["young_to_old", "old_to_young"]
            .iter()
            .flat_map(|direction| MEASURES.map(|measure| format!("{measure}_{direction}")))
            .collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let view = match (config.preview_every, guides.first()) {
            (0, _) | (_, None) => None,
            (_, Some(classifier)) => Some(View {
                validation: Validation::new(setting, classifier)?,
                preview: Preview::new(setting, config.generator.kind),
                numbers: MetricsFile::open(&folder.join("validation.csv"), &columns, first)?,
            }),
        };
        let warnings = Warnings::open(&folder.join("warnings.json"), first)?;
        Ok(Watch { config, folder: folder.into(), warnings, view })
    }

    /// Checks the critics' losses (of old, of young) of a line of metrics.
    pub fn critics(&mut self, step: u64, losses: [f32; 2], progress: &Progress) -> Result<()> {
        let found = self.warnings.of_critics(step, losses, self.config);
        self.tell(found, progress)
    }

    /// If due after `step`, measures the averaged generators on held-out subjects and draws a preview.
    pub fn look(&mut self, step: u64, translators: &Translators, progress: &Progress) -> Result<()> {
        let Some(view) = &mut self.view else { return Ok(()) };
        if !step.is_multiple_of(self.config.preview_every) && step != self.config.steps {
            return Ok(());
        }
        let numbers = view.validation.measure(translators)?;
        view.numbers.append(step, &numbers.map(|direction| direction.values()).concat())?;
        view.numbers.sync()?;
        let picture = view.preview.draw(step, translators)?;
        files::write(&self.folder.join(format!("preview-{step:08}.png")), &picture)?;
        files::write(&self.folder.join("preview.png"), &picture)?;
        let found = of_validation(step, numbers, view.validation.typical_change(), self.config);
        self.tell(found, progress)
    }

    /// The error that ends a training whose losses or weights are not finite.
    pub fn no_number(&mut self, step: u64) -> Error {
        let warning = no_number(step, Checkpoint::newest_path(&self.folder).as_deref(), self.config);
        let error = anyhow!("CycleGAN: {}", warning.message);
        match self.warnings.add(vec![warning]) {
            Ok(_) => error,
            Err(unwritten) => error.context(unwritten),
        }
    }

    fn tell(&mut self, found: Vec<Warning>, progress: &Progress) -> Result<()> {
        for warning in self.warnings.add(found)? {
            progress.say(&format!("warning: CycleGAN, step {}: {}", warning.step, warning.message));
        }
        Ok(())
    }
}
