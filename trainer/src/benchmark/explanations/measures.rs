//! What is measured on one run: the maps of each test subject against the truth, one subject at a time.
//!
//! d is a map of a subject, δ the subject's true change; both are positive where grey matter grows on the way to the other
//! group. Everything is inside the models' mask, δ and the difference map are in grey-matter density.

use crate::benchmark::explanations::faithfulness::{Exchange, by_size, judge};
use crate::benchmark::explanations::places::{Places, Sizes, site_share};
use crate::benchmark::explanations::records::{Basis, MapMeasures, RunMeasures, SubjectMeasures};
use crate::benchmark::explanations::runs::Run;
use crate::benchmark::explanations::shuffled::shuffled;
use crate::cohort::phantom::{site_truth_path, truth_path};
use crate::cohort::{Cohort, Group, Split};
use crate::evaluation::compare::{compare, learned_from};
use crate::evaluation::measure::measure as measure_translations;
use crate::maps::{Explainer, Method};
use crate::measures::measured::{Measured, SubjectResult};
use crate::measures::per_direction::age_sign;
use crate::measures::truth;
use crate::progress::{Progress, stop_requested};
use crate::training::data::Dataset;
use crate::training::feature::Feature;
use crate::training::run_folder::LoadedModels;
use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use shared::explain::{Direction, Models, mean_absolute_in_mask, ncc_in_mask};
use shared::prepare::PREPARATION_VERSION;
use shared::volume::Volume;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Subjects of each group, at most, whose maps are examined by hundreds of passes through the networks.
const EXAMINED_PER_GROUP: usize = 20;

/// Measures a finished run.
///
/// # Errors
/// A file cannot be read, the device failed, or a stop was asked for.
pub fn measure(run: &Run, basis: Basis, device: &Device) -> Result<RunMeasures> {
    let folder = run.run_folder();
    let (loaded, config) = (folder.load(device)?, folder.read_config()?);
    let mut cohort = Cohort::open(&run.cohort())?;
    cohort.assign_split(config.test_fraction, config.seed)?;
    let mut data = Dataset::load(&cohort, &loaded.models.grid, PREPARATION_VERSION)?;
    if config.balance_sites {
        data = data.with_balanced_sites(&run.cohort())?;
    }
    // A young subject without squares could get either corner: nothing is true of it.
    let subjects = data.indices(Split::Test, if run.arm.shows_brains() { None } else { Some(Group::Old) });
    let measured = measure_translations(&loaded, &data, &subjects)?;
    let truth_of = |id: &str| Some(truth_path(&run.cohort(), id));
    let comparison =
        if run.arm.shows_brains() { compare(&loaded, &measured, &learned_from(&data), truth_of)? } else { None };
    let Measured { subjects: results, mask, .. } = measured;
    let main = compared_models(run, &basis, device)?;
    let change = data.group_change(Feature::Value);
    let scene = Scene {
        cohort: run.cohort(),
        explainer: Explainer { models: &loaded.models, group_change: &change, seed: run.seed },
        shuffled: if run.arm.is_examined() { Some(shuffled(&loaded.models, run.seed)?) } else { None },
        loaded: &loaded,
        main,
        means: [Group::Young, Group::Old].map(|group| data.mean(&data.training(group)).data),
        places: run.arm.shows_brains().then(|| Places::new(&loaded.models.grid)),
        mask,
    };
    let directions: Vec<Direction> = results.iter().map(|subject| subject.direction).collect();
    let has_saliency = at_most(basis.saliency_per_group, &directions);
    let examined = at_most(Some(basis.saliency_per_group.unwrap_or(usize::MAX).min(EXAMINED_PER_GROUP)), &directions);
    let progress = Progress::new(&format!("maps of {}", run.label()), subjects.len() as u64, 0);
    let mut measures = Vec::with_capacity(subjects.len());
    for (place, (&index, result)) in subjects.iter().zip(&results).enumerate() {
        if stop_requested() {
            bail!("{}: stopped while it was measured; the same command measures it again", run.label());
        }
        let image = data.volume(data.images[index].values.clone());
        let (has_saliency, examined) = (has_saliency[place], examined[place] && run.arm.is_examined());
        measures.push(scene.subject(&image, result, has_saliency, examined)?);
        progress.advance();
    }
    let regions = scene.places.map_or_else(Vec::new, |places| places.names);
    Ok(RunMeasures { arm: run.arm, seed: run.seed, basis, regions, subjects: measures, comparison })
}

/// Marks at most `most` subjects of each direction, evenly through the list.
fn at_most(most: Option<usize>, directions: &[Direction]) -> Vec<bool> {
    let mut marked = vec![most.is_none(); directions.len()];
    for direction in [Direction::YoungToOld, Direction::OldToYoung] {
        let members: Vec<usize> = (0..directions.len()).filter(|&place| directions[place] == direction).collect();
        let count = most.unwrap_or(usize::MAX).min(members.len());
        (0..count).for_each(|place| marked[members[place * members.len() / count]] = true);
    }
    marked
}

/// The networks of the main arm's runs that this one is compared with.
fn compared_models(run: &Run, basis: &Basis, device: &Device) -> Result<Vec<(u64, Models)>> {
    let load =
        |&seed: &u64| -> Result<(u64, Models)> { Ok((seed, run.of_main(seed).run_folder().load(device)?.models)) };
    basis.compared_with.iter().map(load).collect()
}

/// Everything but the subject.
struct Scene<'a> {
    cohort: PathBuf,
    loaded: &'a LoadedModels,
    explainer: Explainer<'a>,
    /// The same networks with their weights out of order.
    shuffled: Option<Models>,
    main: Vec<(u64, Models)>,
    /// Means of the young and of the old training subjects.
    means: [Vec<f32>; 2],
    places: Option<Places>,
    mask: Vec<bool>,
}

impl Scene<'_> {
    fn subject(
        &self,
        image: &Volume,
        result: &SubjectResult,
        has_saliency: bool,
        examined: bool,
    ) -> Result<SubjectMeasures> {
        let (id, direction) = (&result.id, result.direction);
        let truth = self.truth(truth_path(&self.cohort, id), direction)?;
        let site = self.truth(site_truth_path(&self.cohort, id), direction)?;
        let of_method = |method: Method| -> Result<(Method, Vec<f32>)> {
            Ok((method, self.explainer.map(method, image, direction, id)?))
        };
        let wanted = Method::ALL.into_iter().filter(|method| has_saliency || !method.is_saliency());
        let maps: BTreeMap<Method, Vec<f32>> = wanted.map(of_method).collect::<Result<_>>()?;
        let difference = maps.get(&Method::Difference).context("there is no difference map to measure")?;
        let mut ncc_with_main = BTreeMap::new();
        for (seed, models) in &self.main {
            let other = Explainer { models, ..self.explainer }.map(Method::Difference, image, direction, id)?;
            ncc_with_main.extend(ncc_in_mask(difference, &other, &self.mask).map(|ncc| (*seed, ncc)));
        }
        let mut measured = BTreeMap::new();
        for (&method, map) in &maps {
            let mut found = self.map(map, truth.as_deref(), site.as_deref());
            if examined {
                self.examine(&mut found, method, map, image, result)?;
            }
            measured.insert(method, found);
        }
        Ok(SubjectMeasures {
            id: id.clone(),
            direction,
            truth: truth.as_deref().map(|truth| Sizes::of(truth, &self.mask, self.places.as_ref())),
            change: Sizes::of(difference, &self.mask, self.places.as_ref()),
            maps: measured,
            flipped: result.judge_after.map(|old| (old >= 0.5) == (direction == Direction::YoungToOld)),
            cycle_error: result.cycle_error,
            cycle_error_noise: result.cycle_error_noise,
            ncc_with_main,
        })
    }

    /// A map of the truth, turned to the way of the translation.
    fn truth(&self, path: PathBuf, direction: Direction) -> Result<Option<Vec<f32>>> {
        let sign = age_sign(direction);
        let found = truth::on_grid(&path, &self.loaded.models.grid)?;
        Ok(found.map(|map| map.into_iter().map(|value| sign * value).collect()))
    }

    fn map(&self, map: &[f32], truth: Option<&[f32]>, site: Option<&[f32]>) -> MapMeasures {
        let ncc = |a: &[f32], b: &[f32]| ncc_in_mask(a, b, &self.mask);
        MapMeasures {
            ncc: truth.and_then(|truth| ncc(map, truth)),
            ncc_absolute: truth.and_then(|truth| ncc(&absolute(map), &absolute(truth))),
            mean_absolute: mean_absolute_in_mask(map, &self.mask).unwrap_or(0.0),
            site_share: truth.zip(site).and_then(|(truth, site)| site_share(map, truth, site, &self.mask)),
            by_classifier: None,
            by_judge: None,
            shuffled_ncc: None,
        }
    }

    /// What takes many passes: deletion and insertion, and the map of shuffled weights where it asks a network, or, for
    /// comparison, is known to ask none (edges).
    fn examine(
        &self,
        found: &mut MapMeasures,
        method: Method,
        map: &[f32],
        image: &Volume,
        result: &SubjectResult,
    ) -> Result<()> {
        let (models, direction) = (&self.loaded.models, result.direction);
        let [young, old] = &self.means;
        let other = if direction == Direction::YoungToOld { old } else { young };
        let order = by_size(map, &self.mask);
        let exchange = Exchange { own: &image.data, other, order: &order, direction };
        found.by_classifier = Some(exchange.judged(judge(&models.classifier, models))?);
        if let Some(second) = &self.loaded.judge {
            found.by_judge = Some(exchange.judged(judge(second, models))?);
        }
        if let Some(shuffled) = self.shuffled.as_ref().filter(|_| method.is_checked_by_shuffling()) {
            let explainer = Explainer { models: shuffled, ..self.explainer };
            let after = explainer.map(method, image, direction, &result.id)?;
            found.shuffled_ncc = ncc_in_mask(&absolute(map), &absolute(&after), &self.mask);
        }
        Ok(())
    }
}

fn absolute(map: &[f32]) -> Vec<f32> {
    map.iter().map(|value| value.abs()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark::explanations::arms::Arm;
    use crate::benchmark::explanations::faithfulness::Faithfulness;

    #[test]
    fn subjects_are_chosen_evenly_from_both_groups() {
        let directions: Vec<Direction> =
            (0..12).map(|n| if n < 8 { Direction::YoungToOld } else { Direction::OldToYoung }).collect();
        let places = |most| -> Vec<usize> {
            let marked = at_most(most, &directions);
            (0..12).filter(|&place| marked[place]).collect()
        };
        assert_eq!(places(Some(2)), [0, 4, 8, 10]);
        assert_eq!(places(Some(5)), [0, 1, 3, 4, 6, 8, 9, 10, 11]);
        assert_eq!(places(None).len(), 12);
        assert!(places(Some(0)).is_empty());
    }

    #[test]
    fn measures_come_back_from_their_file() {
        let sizes = Sizes { mean_absolute: 0.1, unchanging: Some(0.01), decoy: None, regions_ml: vec![-1.5] };
        let map = MapMeasures {
            ncc: Some(0.3),
            ncc_absolute: None,
            mean_absolute: 0.1,
            site_share: None,
            by_classifier: Some(Faithfulness { deletion: 0.2, insertion: 0.7 }),
            by_judge: None,
            shuffled_ncc: Some(-0.1),
        };
        let subject = SubjectMeasures {
            id: "sub-1".into(),
            direction: Direction::OldToYoung,
            truth: None,
            change: sizes,
            maps: BTreeMap::from([(Method::Difference, map)]),
            flipped: Some(true),
            cycle_error: 0.01,
            cycle_error_noise: 0.02,
            ncc_with_main: BTreeMap::from([(1, 0.9)]),
        };
        let basis = Basis::new(Some(8), vec![1]);
        assert!(basis.is_current());
        let run = RunMeasures {
            arm: Arm::Main,
            seed: 2,
            basis,
            regions: vec!["deep".into()],
            subjects: vec![subject],
            comparison: None,
        };
        let text = serde_json::to_string(&run).unwrap();
        assert_eq!(serde_json::from_str::<RunMeasures>(&text).unwrap(), run);
    }
}
