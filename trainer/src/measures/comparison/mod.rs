//! The network compared with all baselines, on the same people and with the same code. In the code a "way" is the
//! network or a baseline.

mod words;

use crate::measures::agreement::{Agreement, Covariances};
use crate::measures::measured::{Measured, PersonMaps};
use crate::measures::one_liners::{GroupStatistics, OneLiner};
use crate::measures::per_direction::{PerDirection, age_sign};
use crate::measures::realism::{Lens, Look, RealLooks, Realism, Shown, place_of, target};
use crate::statistics::{Estimate, RESAMPLES, SEED, mean_sd};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use shared::explain::{Direction, mean_absolute_in_mask, ncc_in_mask};
use shared::model::SpatialKind;
use std::borrow::Cow;

/// Measures of one method of translation (the network or a baseline) on people outside its training data. `None` if
/// undefined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WayNumbers {
    /// `None`: the network.
    pub way: Option<OneLiner>,
    /// Correlation of the mean map with the plain difference of the evaluated groups.
    pub mean_map_ncc: PerDirection<Option<Estimate>>,
    /// The same against the group difference computed from all other people, see [`Agreement::WithOthers`]: making all
    /// people alike is not rewarded. Missing in older files.
    #[serde(default)]
    pub mean_map_ncc_with_others: PerDirection<Option<Estimate>>,
    /// Share of translations that the independent judge assigns to the other group.
    pub judge_flips: PerDirection<Option<Estimate>>,
    /// Change in own group: mean |change| of people who already belong to the target group, relative to the others; 0
    /// leaves them unchanged.
    pub leaves_alone: PerDirection<Option<Estimate>>,
    /// Can newly fitted classifiers distinguish translations from real maps? With an age dial, of translations to the
    /// ages of people in the target group.
    pub realism: PerDirection<Realism>,
    /// Correlation over people of the amount, mean |change|, with the age.
    pub amount_with_age: PerDirection<Option<Estimate>>,
    /// Phantoms: mean correlation of a subject's map with its true change.
    pub truth_ncc: PerDirection<Option<Estimate>>,
    /// Phantoms: the same for the individual part, (map − mean map) with (true change − mean true change).
    pub individual_ncc: PerDirection<Option<Estimate>>,
}

/// The lead of the network over the best baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lead {
    /// The baseline with the highest value in this direction.
    pub over: OneLiner,
    /// The network's value minus the baseline's, both on the same resamples of people: in agreement with the truth for
    /// phantoms, in the mean map against others for people.
    pub difference: Estimate,
}

/// The network and all baselines on the same people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The network first.
    pub ways: Vec<WayNumbers>,
    /// Real maps of evaluated people against real maps of people in the training data.
    pub real_against_real: PerDirection<Realism>,
    pub lead: PerDirection<Option<Lead>>,
}

/// Further inputs of the comparison.
pub struct Compared<'a> {
    pub measured: &'a Measured,
    /// Voxels of the grid along x, y, z.
    pub shape: [usize; 3],
    /// Whether the generators see slices or volumes: the local fit sees what they see.
    pub kind: SpatialKind,
    /// Maps of the young and of the old in the training data; if there are none, only the network is measured.
    pub learned: [Vec<&'a [f32]>; 2],
    /// True old − young change of each subject, in their order; `None` for people.
    pub truths: Vec<Option<Vec<f32>>>,
}

impl Compared<'_> {
    /// `judges_old` is the independent judge's verdict on a map; `None` if there is no judge. `observes` trains a network
    /// to distinguish the first maps from the second: its area under the ROC curve. The result is `None` if maps of
    /// single people were not kept.
    ///
    /// # Errors
    /// The judge or the observer failed.
    pub fn numbers(
        &self,
        judges_old: impl Fn(&[f32]) -> Result<Option<bool>>,
        observes: impl Fn(&[Shown], &[Shown]) -> Result<Option<Estimate>>,
    ) -> Result<Option<Comparison>> {
        let measured = self.measured;
        if measured.people.is_empty() || measured.people.len() != measured.subjects.len() {
            return Ok(None);
        }
        let lens = Lens::new(self.shape, &measured.mask);
        let mut real = RealLooks::default();
        for (group, maps) in real.learned.iter_mut().zip(&self.learned) {
            *group = lens.looks(maps);
        }
        let originals: Vec<&[f32]> = measured.people.iter().map(|person| person.original.as_slice()).collect();
        for (look, subject) in lens.looks(&originals).into_iter().zip(&measured.subjects) {
            real.evaluated[place_of(subject.group)].push(look);
        }
        let scene = Scene { compared: self, lens, real };
        let subjects = &measured.subjects;
        let changes: Vec<Vec<f32>> = measured.people.iter().map(|person| person.difference.clone()).collect();
        let network = Way {
            covariances: scene.covariances(&changes),
            changes,
            own_group: subjects.iter().map(|subject| subject.identity_error).collect(),
            flipped: subjects.iter().map(|subject| Some(subject.judge_after? >= 0.5)).collect(),
        };
        let mut ways = vec![(None, network)];
        if self.learned.iter().all(|maps| !maps.is_empty()) {
            let statistics =
                GroupStatistics::new(&self.learned[0], &self.learned[1], &measured.mask, self.shape, self.kind)?;
            for way in OneLiner::ALL {
                ways.push((Some(way), scene.one_liner(&statistics, way, &judges_old)?));
            }
        }
        let mut comparison = Comparison {
            lead: PerDirection::from_fn(|direction| scene.lead(&ways, direction)),
            real_against_real: scene.real.null(),
            ways: ways.iter().map(|(name, way)| scene.numbers(*name, way)).collect(),
        };
        for direction in [Direction::YoungToOld, Direction::OldToYoung] {
            let [evaluated, learned] = scene.real_people(direction);
            comparison.real_against_real.get_mut(direction).cnn = observes(&evaluated, &learned)?;
            let members = scene.members(direction);
            let seen: Vec<Cow<[f32]>> = members.iter().map(|&place| scene.seen(None, &ways[0].1, place)).collect();
            let translated: Vec<Shown> =
                members.iter().zip(&seen).map(|(&person, map)| Shown { person, map }).collect();
            let real = [evaluated, learned].concat();
            comparison.ways[0].realism.get_mut(direction).cnn = observes(&translated, &real)?;
        }
        Ok(Some(comparison))
    }
}

/// One method's translations of each subject, in their order.
struct Way {
    /// Translated into the other group, minus the original.
    changes: Vec<Vec<f32>>,
    /// Mean |change| of a subject translated into its own group.
    own_group: Vec<f64>,
    /// Whether the judge classifies the translation as old.
    flipped: Vec<Option<bool>>,
    covariances: Covariances,
}

struct Scene<'a> {
    compared: &'a Compared<'a>,
    lens: Lens<'a>,
    real: RealLooks,
}

impl Scene<'_> {
    fn one_liner(
        &self,
        statistics: &GroupStatistics,
        way: OneLiner,
        judges_old: impl Fn(&[f32]) -> Result<Option<bool>>,
    ) -> Result<Way> {
        let measured = self.compared.measured;
        let (mut changes, mut own_group, mut flipped) = (Vec::new(), Vec::new(), Vec::new());
        for (subject, person) in measured.subjects.iter().zip(&measured.people) {
            let change = statistics.change(way, &person.original, subject.direction)?;
            let own = statistics.change(way, &person.original, subject.direction.opposite())?;
            own_group.push(mean_absolute_in_mask(&own, &measured.mask).unwrap_or(0.0));
            flipped.push(judges_old(&translated(&person.original, &change))?);
            changes.push(change);
        }
        Ok(Way { covariances: self.covariances(&changes), changes, own_group, flipped })
    }

    /// Indices of the subjects who are translated in a direction.
    fn members(&self, direction: Direction) -> Vec<usize> {
        let subjects = &self.compared.measured.subjects;
        (0..subjects.len()).filter(|&place| subjects[place].direction == direction).collect()
    }

    fn numbers(&self, name: Option<OneLiner>, way: &Way) -> WayNumbers {
        let measured = self.compared.measured;
        let mask = &measured.mask;
        let per = |of: &dyn Fn(Direction) -> Option<Estimate>| PerDirection::from_fn(of);
        let size = |place: usize| mean_absolute_in_mask(&way.changes[place], mask).unwrap_or(0.0);
        WayNumbers {
            way: name,
            mean_map_ncc: per(&|direction| mean_map_ncc(way, Agreement::Plain, direction)),
            mean_map_ncc_with_others: per(&|direction| mean_map_ncc(way, Agreement::WithOthers, direction)),
            judge_flips: per(&|direction| {
                let members = self.members(direction);
                let answers: Vec<bool> = members.iter().map(|&place| way.flipped[place]).collect::<Option<_>>()?;
                let wanted = direction == Direction::YoungToOld;
                Estimate::share_of(answers.iter().filter(|&&old| old == wanted).count(), answers.len())
            }),
            leaves_alone: per(&|direction| {
                let there = self.members(direction).into_iter().map(|place| (false, size(place)));
                let own = self.members(direction.opposite()).into_iter().map(|place| (true, way.own_group[place]));
                Estimate::of(&there.chain(own).collect::<Vec<_>>(), |people| {
                    let mean = |own: bool| {
                        let sizes = people.iter().filter(|(is_own, _)| *is_own == own).map(|(_, size)| *size);
                        mean_sd(&sizes.collect::<Vec<_>>()).map(|summary| summary.mean)
                    };
                    mean(false).filter(|&there| there > 0.0).and_then(|there| Some(mean(true)? / there))
                })
            }),
            realism: PerDirection::from_fn(|direction| {
                let look = |place: usize| self.lens.look(&self.seen(name, way, place));
                let looks: Vec<Look> = self.members(direction).into_iter().map(look).collect();
                Realism::between(&looks, &self.real.of_target(direction))
            }),
            amount_with_age: per(&|direction| {
                let members = self.members(direction).into_iter();
                let people: Vec<(f32, f32)> = members
                    .map(|place| Some((size(place) as f32, measured.subjects[place].age_years? as f32)))
                    .collect::<Option<_>>()?;
                Estimate::of(&people, |people| {
                    let (amounts, ages): (Vec<f32>, Vec<f32>) = people.iter().copied().unzip();
                    ncc_in_mask(&amounts, &ages, &vec![true; ages.len()])
                })
            }),
            truth_ncc: per(&|direction| Estimate::mean_of(&self.agreements(way, direction)?)),
            individual_ncc: per(&|direction| Estimate::mean_of(&self.individual(way, direction)?)),
        }
    }

    /// A translation as the observers see it: the network's, with an age dial, to the age of an equal.
    fn seen(&self, name: Option<OneLiner>, way: &Way, place: usize) -> Cow<'_, [f32]> {
        let person = &self.compared.measured.people[place];
        match (&person.as_equal, name) {
            (Some(as_equal), None) => as_equal.into(),
            _ => translated(&person.original, &way.changes[place]).into(),
        }
    }

    /// Real maps of the target group: of evaluated people, and of people in the training data, who are others.
    fn real_people(&self, direction: Direction) -> [Vec<Shown<'_>>; 2] {
        let Compared { measured, learned, .. } = self.compared;
        let group = target(direction);
        let evaluated = measured.subjects.iter().zip(&measured.people).enumerate();
        let evaluated = evaluated.filter(|(_, (subject, _))| place_of(subject.group) == group);
        let first = measured.people.len();
        [
            evaluated.map(|(person, (_, maps))| Shown { person, map: &maps.original }).collect(),
            learned[group].iter().enumerate().map(|(place, map)| Shown { person: first + place, map }).collect(),
        ]
    }

    /// True changes of those translated in a direction, with its sign; `None` if one has none.
    fn truths(&self, direction: Direction) -> Option<Vec<Vec<f32>>> {
        let sign = age_sign(direction);
        let of = |place: usize| {
            let truth = self.compared.truths.get(place)?.as_ref()?;
            Some(truth.iter().map(|value| value * sign).collect())
        };
        self.members(direction).into_iter().map(of).collect()
    }

    /// Correlation of each subject's map with its truth.
    fn agreements(&self, way: &Way, direction: Direction) -> Option<Vec<f64>> {
        let truths = self.truths(direction)?;
        let mask = &self.compared.measured.mask;
        let pairs = self.members(direction).into_iter().zip(&truths);
        Some(pairs.map(|(at, truth)| ncc_in_mask(&way.changes[at], truth, mask).unwrap_or(0.0)).collect())
    }

    /// The same for the individual part.
    fn individual(&self, way: &Way, direction: Direction) -> Option<Vec<f64>> {
        let truths = self.truths(direction)?;
        let maps: Vec<&[f32]> = self.members(direction).into_iter().map(|at| way.changes[at].as_slice()).collect();
        let truths: Vec<&[f32]> = truths.iter().map(Vec::as_slice).collect();
        let (mean, mean_truth) = (mean_map(&maps)?, mean_map(&truths)?);
        let less = |map: &[f32], mean: &[f32]| map.iter().zip(mean).map(|(a, b)| a - b).collect::<Vec<f32>>();
        let of = |(map, truth): (&&[f32], &&[f32])| {
            ncc_in_mask(&less(map, &mean), &less(truth, &mean_truth), &self.compared.measured.mask).unwrap_or(0.0)
        };
        Some(maps.iter().zip(&truths).map(of).collect())
    }

    fn lead(&self, ways: &[(Option<OneLiner>, Way)], direction: Direction) -> Option<Lead> {
        let ((_, network), others) = ways.split_first()?;
        let value = |way: &Way| match self.agreements(way, direction) {
            Some(values) => mean_sd(&values).map(|summary| summary.mean),
            None => way.covariances.agreement(Agreement::WithOthers, direction),
        };
        let rated = others.iter().filter_map(|(name, way)| Some(((*name)?, way, value(way)?)));
        let (over, best, most) = rated.max_by(|a, b| a.2.total_cmp(&b.2))?;
        let difference = match (self.agreements(network, direction), self.agreements(best, direction)) {
            (Some(own), Some(others)) => {
                Estimate::mean_of(&own.iter().zip(&others).map(|(own, other)| own - other).collect::<Vec<_>>())?
            }
            _ => Estimate {
                value: value(network)? - most,
                interval: network.covariances.lead_interval(
                    &best.covariances,
                    Agreement::WithOthers,
                    direction,
                    RESAMPLES,
                    SEED,
                ),
            },
        };
        Some(Lead { over, difference })
    }

    fn covariances(&self, changes: &[Vec<f32>]) -> Covariances {
        let measured = self.compared.measured;
        let maps = measured.people.iter().zip(changes);
        let people: Vec<PersonMaps> = maps
            .map(|(person, change)| PersonMaps {
                original: person.original.clone(),
                difference: change.clone(),
                as_equal: None,
            })
            .collect();
        let [young, old] = [Direction::YoungToOld, Direction::OldToYoung].map(|direction| self.members(direction));
        Covariances::of_people(&people, &measured.mask, young, old)
    }
}

fn mean_map_ncc(way: &Way, of: Agreement, direction: Direction) -> Option<Estimate> {
    let interval = way.covariances.map_ncc_interval(of, direction, RESAMPLES, SEED);
    Some(Estimate { value: way.covariances.agreement(of, direction)?, interval })
}

fn translated(original: &[f32], change: &[f32]) -> Vec<f32> {
    original.iter().zip(change).map(|(value, change)| value + change).collect()
}

fn mean_map(maps: &[&[f32]]) -> Option<Vec<f32>> {
    let mut sum = vec![0.0f32; maps.first()?.len()];
    for map in maps {
        sum.iter_mut().zip(*map).for_each(|(sum, value)| *sum += value);
    }
    let count = maps.len() as f32;
    sum.iter_mut().for_each(|value| *value /= count);
    Some(sum)
}
