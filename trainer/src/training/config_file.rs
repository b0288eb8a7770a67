//! The TOML file of a training's configuration, read and checked.

use crate::failure::unusable;
use crate::training::config::TrainingConfig;
use crate::training::overrides::Override;
use crate::training::ranges;
use anyhow::Result;
use shared::model::{GeneratorOutput, SpatialKind};
use shared::prepare::reach_of_brain;
use std::path::Path;

/// Smallest share of the brain's width and length that a grid must cover; a slab may have a single slice.
const LEAST_REACH: f64 = 0.7;

impl TrainingConfig {
    /// Reads and checks a configuration file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = text_of(path)?;
        let config: TrainingConfig = toml::from_str(&text).map_err(|error| not_understood(path, &error))?;
        config.check().map_err(|reason| {
            let line = line_of(&text, &reason).map_or_else(String::new, |line| format!("line {line}: "));
            unusable(format!("{}: {line}{reason}", path.display()))
        })?;
        Ok(config)
    }

    /// The same with some values overridden.
    pub fn read_with(path: &Path, overrides: &[Override]) -> Result<Self> {
        if overrides.is_empty() {
            return TrainingConfig::read(path);
        }
        let mut document: toml::Table =
            toml::from_str(&text_of(path)?).map_err(|error| not_understood(path, &error))?;
        let given: Vec<&str> = overrides.iter().map(|one| one.key.as_str()).collect();
        let refuse = |reason: &dyn std::fmt::Display| {
            unusable(format!("{} with --set {}: {reason}", path.display(), given.join(", --set ")))
        };
        for one in overrides {
            one.apply(&mut document).map_err(|reason| {
                unusable(format!("--set {}: {reason}; the settings are those of {}", one.key, path.display()))
            })?;
        }
        let config: TrainingConfig = document.try_into().map_err(|error: toml::de::Error| refuse(&error))?;
        config.check().map_err(|reason| refuse(&reason))?;
        Ok(config)
    }

    /// Checks that its values are consistent.
    ///
    /// # Errors
    /// Says which is not, and what to do.
    pub fn check(&self) -> std::result::Result<(), String> {
        ranges::check(self)?;
        let [width, length, height] = reach_of_brain(&self.grid.grid());
        if width.min(length) < LEAST_REACH || height == 0.0 {
            return Err(format!(
                "grid.spacing_mm = {}: the grid reaches {:.0}% of the brain's width, {:.0}% of its length and {:.0}% of its height; \
                 correct grid.shape, spacing_mm or origin_mm",
                self.grid.spacing_mm,
                100.0 * width,
                100.0 * length,
                100.0 * height
            ));
        }
        let [nx, ny, _] = self.grid.shape;
        let generator = self.cyclegan.generator.check(self.grid.shape);
        generator.map_err(|reason| format!("cyclegan.generator: {reason}; grid.shape is {:?}", self.grid.shape))?;
        if self.ageing.is_some() && self.cyclegan.generator.output == GeneratorOutput::Direct {
            return Err(
                "ageing: with cyclegan.generator.output = \"direct\" the amount of change cannot be set; leave ageing out".into(),
            );
        }
        if self.ageing.is_some() && self.cyclegan.lambda_identity > 0.0 {
            return Err(
                "cyclegan.lambda_identity: with ageing an image of the own age stays as it is whatever the weights; set it to 0".into(),
            );
        }
        if self.cyclegan.discriminator.places.is_some_and(|places| places != self.grid.shape) {
            return Err(format!("cyclegan.discriminator.places must be the grid's shape, {:?}", self.grid.shape));
        }
        let critic = &self.cyclegan.discriminator;
        let sides = if critic.kind == SpatialKind::Volume { &self.grid.shape[..] } else { &self.grid.shape[..2] };
        // Halved by each layer, and then shortened by one twice.
        let least = 3usize << critic.layers;
        if sides.iter().any(|side| *side < least) {
            return Err(format!(
                "cyclegan.discriminator.layers = {} needs sides of {least} voxels or more, and grid.shape is {:?}; lower it",
                critic.layers, self.grid.shape
            ));
        }
        let reach = self.augmentation.shift_voxels;
        if 2 * reach >= nx.min(ny) {
            return Err(format!("augmentation.shift_voxels = {reach} moves the image off the grid; lower it"));
        }
        if self.judge.bootstrap && self.balance_sites {
            return Err(
                "judge.bootstrap with balance_sites: people drawn at random no longer balance the sites; set one of them to false".into(),
            );
        }
        if self.cyclegan.match_spectrum && !self.cyclegan.match_histogram {
            return Err("cyclegan.match_spectrum needs match_histogram = true beside it".into());
        }
        let named = [("classifier", &self.classifier), ("judge", &self.judge)];
        for (name, classifier) in named.into_iter().chain(self.guides.iter().map(|guide| ("guides", guide))) {
            classifier.network.check(self.grid.shape).map_err(|reason| format!("{name}.network: {reason}"))?;
            for scanner in &classifier.scanners {
                scanner.check().map_err(|reason| format!("{name}.scanners: {reason}"))?;
            }
            if classifier.ridge == 0.0 && !classifier.scanners.is_empty() {
                return Err(format!(
                    "{name}.scanners are for the ridge regression; give {name}.ridge a value, or leave them out"
                ));
            }
            if classifier.bootstrap && name != "judge" {
                return Err(format!("{name}.bootstrap is for the judge only; leave it out"));
            }
            if classifier.ensemble > 0 && name != "classifier" {
                return Err(format!("{name}.ensemble is for the classifier only; leave it out"));
            }
            if classifier.ensemble == 1 {
                return Err(format!("{name}.ensemble must be 0 or at least 2"));
            }
            if classifier.folds == 1 || classifier.permuted_folds == 1 {
                return Err(format!("{name}.folds and {name}.permuted_folds must be 0 or at least 2"));
            }
        }
        Ok(())
    }
}

fn text_of(path: &Path) -> Result<String> {
    String::from_utf8(crate::files::read(path)?)
        .map_err(|_| unusable(format!("{}: is not text; give a TOML file as in configs/", path.display())))
}

fn not_understood(path: &Path, error: &toml::de::Error) -> anyhow::Error {
    unusable(format!("{}: {error}\ncompare with the files in configs/", path.display()))
}

/// The line on which the field stands whose name begins a message, or the innermost table of it that is there.
fn line_of(text: &str, message: &str) -> Option<usize> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
    let field = message.split(|letter| !is_name(letter)).next()?;
    let document = toml::de::DeTable::parse(text).ok()?;
    let mut table = document.get_ref();
    let mut place = None;
    for part in field.split('.') {
        let Some((key, value)) = table.get_key_value(part) else { break };
        place = Some(key.span().start);
        let inner = match value.get_ref() {
            toml::de::DeValue::Table(inner) => Some(inner),
            toml::de::DeValue::Array(items) => items.iter().next().and_then(|item| item.get_ref().as_table()),
            _ => None,
        };
        let Some(inner) = inner else { break };
        table = inner;
    }
    Some(text[..place?].lines().count().max(1) + usize::from(text[..place?].ends_with('\n')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn a_number_that_means_nothing_is_refused_by_its_line() {
        let text = include_str!("../../tests/tiny.toml");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let (number, line) =
            text.lines().enumerate().find(|(_, line)| line.starts_with("learning_rate_generator")).unwrap();
        std::fs::write(&path, text.replace(line, "learning_rate_generator = -2e-4")).unwrap();
        let said = TrainingConfig::read(&path).unwrap_err().to_string();
        assert!(said.contains(&format!("line {}: cyclegan.learning_rate_generator is -0.0002", number + 1)), "{said}");
        assert_eq!(line_of("a = 1\nb = 2", "b is 2, and must be 3"), Some(2));
        assert_eq!(line_of("a = 1", "a is 1"), Some(1));
        assert_eq!(line_of("[grid]\nshape = [1]", "grid.spacing_mm is 0"), Some(1));
    }

    #[test]
    fn every_configuration_of_the_repository_can_be_trained_with() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
        assert!(files.len() >= 12, "{files:?}");
        for path in files {
            if let Err(error) = TrainingConfig::read(&path) {
                panic!("{error}");
            }
        }
    }

    #[test]
    fn values_of_the_command_line_go_before_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, include_str!("../../tests/tiny.toml")).unwrap();
        let with = |texts: &[&str]| {
            let overrides: Vec<Override> = texts.iter().map(|text| text.parse().unwrap()).collect();
            TrainingConfig::read_with(&path, &overrides)
        };
        assert_eq!(with(&[]).unwrap(), TrainingConfig::read(&path).unwrap());
        let changed = with(&["cyclegan.steps=7", "cyclegan.precision=bf16", "seed=3"]).unwrap();
        assert_eq!((changed.cyclegan.steps, changed.seed), (7, 3));
        for (text, words) in [
            ("cyclegan.stepz=7", "unknown field `stepz`"),
            (
                "cyclegan.learning_rate_generator=-1",
                "--set cyclegan.learning_rate_generator: cyclegan.learning_rate_generator is -1",
            ),
            ("nowhere.steps=7", "there is no nowhere"),
        ] {
            let said = with(&[text]).unwrap_err().to_string();
            assert!(said.contains(words), "{text}: {said}");
        }
    }

    #[test]
    fn a_dose_needs_a_change_and_cells_that_fill_the_grid() {
        let text = include_str!("../../../configs/benchmark-explanations.toml");
        let dosed: TrainingConfig = toml::from_str(text).unwrap();
        assert!(dosed.cyclegan.generator.dose.is_some() && dosed.check().is_ok());
        let refused = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            toml::from_str::<TrainingConfig>(&text.replace(from, to)).unwrap().check().unwrap_err()
        };
        assert!(refused("counts = [12, 14, 12]", "counts = [12, 14, 11]").contains("do not fill the grid"));
        assert!(refused("output = \"bounded\"", "output = \"direct\"").contains("direct"));
    }

    #[test]
    fn only_the_judge_learns_from_people_drawn_again() {
        let text = include_str!("../../tests/tiny.toml");
        let with = |change: fn(&mut TrainingConfig)| {
            let mut config: TrainingConfig = toml::from_str(text).unwrap();
            change(&mut config);
            config.check()
        };
        assert_eq!(with(|config| config.judge.bootstrap = true), Ok(()));
        let said = with(|config| config.classifier.bootstrap = true).unwrap_err();
        assert!(said.starts_with("classifier.bootstrap is for the judge only"), "{said}");
        let said = with(|config| (config.judge.bootstrap, config.balance_sites) = (true, true)).unwrap_err();
        assert!(said.contains("balance_sites"), "{said}");
    }

    #[test]
    fn a_critic_must_not_shrink_the_grid_to_nothing() {
        let mut config: TrainingConfig =
            toml::from_str(include_str!("../../../configs/benchmark-volume.toml")).unwrap();
        assert!(config.check().is_ok());
        config.cyclegan.discriminator.layers = 5;
        let said = config.check().unwrap_err();
        assert!(said.contains("discriminator.layers = 5 needs sides of 96 voxels"), "{said}");
    }
}
