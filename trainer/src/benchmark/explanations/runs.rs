//! One training of an arm: its cohort, configuration and folder. What is there already is not done again.

use crate::benchmark::explanations::arms::{Arm, Size};
use crate::benchmark::explanations::records::RunMeasures;
use crate::cohort::{PARTICIPANTS_FILE, phantom};
use crate::device::DeviceChoice;
use crate::evaluation::trained::train_and_measure;
use crate::failure::unusable;
use crate::prepare::read_labels;
use crate::queue::{Job, Step};
use crate::training::Order;
use crate::training::config::TrainingConfig;
use crate::training::run_folder::RunFolder;
use crate::{files, progress};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// File that says of what size the cohorts of a benchmark's folder are.
const SIZE_FILE: &str = "benchmark.json";

/// What is the same for all runs of a benchmark.
pub struct Plan {
    /// Folder of the benchmark.
    pub out: PathBuf,
    pub size: Size,
    /// Configuration of the trainings on brains, and on squares.
    pub config: PathBuf,
    pub squares_config: PathBuf,
    /// Folder of the label maps of the arm that needs them.
    pub labels: Option<PathBuf>,
    pub device: DeviceChoice,
}

impl Plan {
    /// Takes the folder for cohorts of this size.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`]: it holds a benchmark of another size.
    pub fn claim(&self) -> Result<()> {
        let path = self.out.join(SIZE_FILE);
        if path.exists() {
            let begun: Size = serde_json::from_slice(&files::read(&path)?)
                .map_err(|error| unusable(format!("{}: {error}; choose another --out", path.display())))?;
            if begun != self.size {
                return Err(unusable(format!(
                    "{}: holds a benchmark of {} subjects per group at {} mm, not of {} at {} mm; give the same --subjects and \
                     --spacing-mm, or choose another --out",
                    self.out.display(),
                    begun.subjects_per_group,
                    begun.spacing_mm,
                    self.size.subjects_per_group,
                    self.size.spacing_mm
                )));
            }
        }
        files::write_json(&path, &self.size)
    }

    pub fn run(&self, arm: Arm, seed: u64) -> Run<'_> {
        Run { plan: self, arm, seed }
    }
}

/// One training of an arm.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    plan: &'a Plan,
    pub arm: Arm,
    /// Of everything random in the training; the cohort has a seed of its own.
    pub seed: u64,
}

impl Run<'_> {
    /// The run of the main arm with this seed.
    pub fn of_main(&self, seed: u64) -> Self {
        Run { arm: Arm::Main, seed, ..*self }
    }

    /// For people.
    pub fn label(&self) -> String {
        format!("{}, seed {}", self.arm.name(), self.seed)
    }

    pub fn cohort(&self) -> PathBuf {
        self.plan.out.join(self.arm.cohort_arm().name()).join("cohort")
    }

    fn folder(&self) -> PathBuf {
        self.plan.out.join(self.arm.name()).join(format!("seed-{}", self.seed))
    }

    pub fn run_folder(&self) -> RunFolder {
        RunFolder::new(&self.folder().join("run"))
    }

    fn measures_path(&self) -> PathBuf {
        self.folder().join("measures.json")
    }

    /// Whether the training is finished: the measures on its test subjects are what it writes last.
    pub fn is_trained(&self) -> bool {
        self.run_folder().test().exists()
    }

    /// The arm's configuration with this seed.
    fn config(&self) -> Result<TrainingConfig> {
        let path = if self.arm.shows_brains() { &self.plan.config } else { &self.plan.squares_config };
        let config = TrainingConfig::read(path)?;
        Ok(TrainingConfig {
            seed: self.seed,
            balance_sites: config.balance_sites || self.arm.balances_sites(),
            ..config
        })
    }

    /// Makes the cohort unless it is there; its table of subjects is what is written last.
    pub fn make_cohort(&self) -> Result<()> {
        let folder = self.cohort();
        if !folder.join(PARTICIPANTS_FILE).exists() {
            eprintln!("{}: making {}", self.arm.name(), folder.display());
            let heads = match (&self.plan.labels, self.arm.needs_label_maps()) {
                (_, false) => Vec::new(),
                (Some(labels), true) => read_labels(labels)?,
                (None, true) => {
                    return Err(unusable(format!(
                        "the arm {} needs label maps of whole heads; give their folder with --labels",
                        self.arm.name()
                    )));
                }
            };
            phantom::generate(&self.arm.phantom(self.plan.size), &heads, &folder)?;
        }
        if progress::stop_requested() {
            bail!("{}: stopped before the training; the same command continues", self.label());
        }
        Ok(())
    }

    /// Trains, from a checkpoint where there is one, unless the training is finished. The cohort must be there.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`]: the run there has another configuration. The training failed or was stopped.
    pub fn train(&self) -> Result<()> {
        let Some(order) = self.order()? else { return Ok(()) };
        eprintln!("{}: training in {}", self.label(), order.out.display());
        train_and_measure(&order)
            .with_context(|| format!("{}: the training is not finished; the same command continues", self.label()))
    }

    /// The training as a job of a queue; `None` where it is finished.
    ///
    /// # Errors
    /// As [`Run::train`]'s, before the training.
    pub fn job(&self) -> Result<Option<Job>> {
        let Some(order) = self.order()? else { return Ok(None) };
        let path = |path: &Path| path.display().to_string();
        let words =
            ["train", "--cohort", &path(&order.cohort), "--config", &path(&order.config), "--out", &path(&order.out)];
        let step = Step {
            words: words.map(str::to_owned).into(),
            takes_device: true,
            begun: Some(self.run_folder().record()),
        };
        let name = format!("{}-seed-{}", self.arm.name(), self.seed);
        Ok(Some(Job { name, label: self.label(), steps: vec![step] }))
    }

    /// Writes the configuration of a training that is not finished.
    fn order(&self) -> Result<Option<Order>> {
        let (run, config) = (self.run_folder(), self.config()?);
        if self.is_trained() {
            if run.read_config()? != config {
                return Err(unusable(format!(
                    "{}: was trained with another configuration; give the same --config, or choose another --out",
                    run.path.display()
                )));
            }
            return Ok(None);
        }
        // Whatever was measured was measured on another training.
        files::remove(&self.measures_path())?;
        let path = self.folder().join("config.toml");
        files::write(&path, toml::to_string_pretty(&config)?.as_bytes())?;
        Ok(Some(Order {
            cohort: self.cohort(),
            config: path,
            overrides: Vec::new(),
            resume: run.exists(),
            out: run.path,
            device: self.plan.device,
        }))
    }

    /// What was measured before; `None` where nothing was, or nothing that this program can read.
    pub fn read_measures(&self) -> Option<RunMeasures> {
        let path = self.measures_path();
        let bytes = std::fs::read(&path).ok()?;
        match serde_json::from_slice::<RunMeasures>(&bytes) {
            Ok(measures) => Some(measures),
            Err(error) => {
                eprintln!("warning: {}: {error}; not used", path.display());
                None
            }
        }
    }

    pub fn write_measures(&self, measures: &RunMeasures) -> Result<()> {
        files::write_json(&self.measures_path(), measures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::exit_code;

    fn plan(out: &Path, subjects_per_group: usize) -> Plan {
        Plan {
            out: out.into(),
            size: Size { spacing_mm: 8.0, subjects_per_group },
            config: concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tiny.toml").into(),
            squares_config: "nowhere.toml".into(),
            labels: None,
            device: DeviceChoice::Cpu,
        }
    }

    #[test]
    fn a_folder_keeps_its_size() {
        let folder = tempfile::tempdir().unwrap();
        plan(folder.path(), 8).claim().unwrap();
        plan(folder.path(), 8).claim().unwrap();
        let error = plan(folder.path(), 9).claim().unwrap_err();
        assert!(exit_code(&error) == 2 && error.to_string().contains("8 subjects per group at 8 mm"), "{error}");
    }

    #[test]
    fn the_anatomy_of_people_needs_label_maps() {
        let folder = tempfile::tempdir().unwrap();
        let error = plan(folder.path(), 8).run(Arm::People, 1).make_cohort().unwrap_err();
        assert!(exit_code(&error) == 2 && error.to_string().contains("--labels"), "{error}");
    }

    #[test]
    fn runs_differ_in_seed_and_balance_and_share_what_is_the_same() {
        let plan = plan(Path::new("out"), 8);
        let (first, mitigated) = (plan.run(Arm::Confounded, 1), plan.run(Arm::Mitigated, 7));
        assert_eq!(first.cohort(), mitigated.cohort());
        assert_eq!(mitigated.run_folder().path, Path::new("out/mitigated/seed-7/run"));
        let (plain, balanced) = (first.config().unwrap(), mitigated.config().unwrap());
        assert_eq!((plain.seed, plain.balance_sites), (1, false));
        assert_eq!(balanced, TrainingConfig { seed: 7, balance_sites: true, ..plain });
        assert!(plan.run(Arm::Squares, 1).config().is_err());
    }

    #[test]
    fn a_finished_run_is_not_trained_again_and_only_with_its_own_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let plan = plan(folder.path(), 8);
        let run = plan.run(Arm::Main, 1);
        let config = run.config().unwrap();
        let write_config = |config: &TrainingConfig| {
            let text = toml::to_string_pretty(config).unwrap();
            files::write(&run.run_folder().path.join("config.toml"), text.as_bytes()).unwrap();
        };
        write_config(&config);
        files::write(&run.run_folder().test(), b"{}").unwrap();
        run.train().unwrap();
        write_config(&TrainingConfig { seed: 2, ..config });
        assert_eq!(exit_code(&run.train().unwrap_err()), 2);
    }
}
