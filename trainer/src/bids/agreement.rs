//! How far the answers agree with known ages: one image a person, and nobody whom the model learned from.

use crate::bids::row::Row;
use crate::group::{Group, GroupLimits};
use crate::measures::ages::AgesTold;
use crate::statistics::{Confusion, Estimate, roc_auc};
use serde::Serialize;

/// Of people whose age is known and whose image was explained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agreement {
    pub bundle: String,
    pub bundle_sha256: String,
    /// Ages of the young and the old, by the bundle; absent for the published ones.
    #[serde(skip_serializing_if = "GroupLimits::are_published")]
    pub groups: GroupLimits,
    /// People counted: young, old, and between, who count for the ages only.
    pub young: usize,
    pub old: usize,
    pub between: usize,
    /// People left out because the model learned from their map.
    pub learned_from: usize,
    /// Young and old people who got no verdict; the numbers of verdicts are without them.
    pub no_verdict: usize,
    pub verdicts: Confusion,
    /// Share of verdicts that are right.
    pub accuracy: Option<Estimate>,
    pub balanced_accuracy: Option<f64>,
    /// Probability that an old person's image gets more than a young one's, over all young and old people counted.
    pub auc: Option<f64>,
    pub ages: Option<AgesTold>,
}

impl Agreement {
    /// Of one row a person; `None` where no age and answer are known of one and the same person.
    pub fn of(people: &[&Row]) -> Option<Self> {
        let answered = people.iter().filter_map(|row| {
            let explained = row.explained.as_ref()?;
            Some((row.listed.age_years?, explained, explained.answer.as_ref()?))
        });
        let (known, new): (Vec<_>, Vec<_>) = answered.partition(|(_, explained, _)| explained.learned_from);
        let (_, first, _) = new.first().or(known.first())?;
        let groups = first.groups;
        let group_of = |age: f64| Group::of_age(age, groups);
        let count = |group: Group| new.iter().filter(|(age, ..)| group_of(*age) == group).count();
        let of_groups: Vec<_> = new.iter().filter(|(age, ..)| group_of(*age) != Group::Gap).collect();
        let told: Vec<_> = of_groups.iter().filter(|(_, _, answer)| answer.judged.is_some()).collect();
        let probability = |answer: &crate::explain::Answer| f64::from(answer.probability_old_before);
        let is_old = |age: f64| group_of(age) == Group::Old;
        let verdicts = Confusion::from_probabilities(
            &told.iter().map(|(_, _, answer)| probability(answer)).collect::<Vec<_>>(),
            &told.iter().map(|(age, ..)| is_old(*age)).collect::<Vec<_>>(),
        );
        let ages: Vec<(f64, f64, f64)> = new
            .iter()
            .filter_map(|(age, _, answer)| answer.age.map(|told| (*age, told.years, told.interval_years)))
            .collect();
        Some(Agreement {
            bundle: first.bundle.clone(),
            bundle_sha256: first.bundle_sha256.clone(),
            groups,
            young: count(Group::Young),
            old: count(Group::Old),
            between: count(Group::Gap),
            learned_from: known.len(),
            no_verdict: of_groups.len() - told.len(),
            accuracy: Estimate::share_of(verdicts.right(), verdicts.total()),
            balanced_accuracy: verdicts.balanced_accuracy(),
            verdicts,
            auc: roc_auc(
                &of_groups.iter().map(|(_, _, answer)| probability(answer)).collect::<Vec<_>>(),
                &of_groups.iter().map(|(age, ..)| is_old(*age)).collect::<Vec<_>>(),
            ),
            ages: AgesTold::of_people(&ages),
        })
    }

    /// For the terminal, a line each.
    pub fn in_words(&self) -> Vec<String> {
        let between =
            self.groups.between().map_or_else(String::new, |ages| format!(", {} of {ages} years", self.between));
        let mut lines = vec![format!(
            "{} young, {} old{between} with an age and a result from {}; {} more are training subjects and do not count",
            self.young, self.old, self.bundle, self.learned_from
        )];
        if let Some(accuracy) = &self.accuracy {
            let auc = self.auc.map_or_else(String::new, |auc| format!("; area under the ROC curve {auc:.3}"));
            lines.push(format!(
                "{} of {} verdicts are right: {:.3}{}; {} without a verdict{auc}",
                self.verdicts.right(),
                self.verdicts.total(),
                accuracy.value,
                accuracy.in_brackets(),
                self.no_verdict
            ));
        }
        if self.accuracy.is_none() && self.no_verdict > 0 {
            lines.push(format!(
                "no verdict: all {} are too different from the people that the model was trained on, or too near a probability of one half",
                self.no_verdict
            ));
        }
        lines.extend(self.ages.as_ref().map(AgesTold::in_words));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bids::explanation::Explanation;
    use crate::cohort::dataset::Listed;
    use serde_json::json;

    /// `answered`: probability of old, whether a class is told, years told.
    fn row(
        id: &str,
        age_years: Option<f64>,
        (probability, is_told, years): (f64, bool, f64),
        learned_from: bool,
    ) -> Row {
        let judged = is_told.then_some(if probability < 0.5 { "young" } else { "old" });
        let explained: Explanation = serde_json::from_value(json!({
            "input_sha256": "", "preparation_version": "", "program_version": "", "bundle": "b", "bundle_sha256": "0",
            "learned_from": learned_from, "files": {},
            "answer": {
                "input": "", "bundle": "b", "bundle_sha256": "0", "direction": "young_to_old", "probability_old_before": probability,
                "probability_old_after": 0.5, "judged": judged, "age": {"years": years, "interval_years": 10.0}, "amount": 1.0,
                "device": "", "not_for_diagnosis": "",
            },
        }))
        .expect("an explanation");
        Row {
            participant: id.into(),
            listed: Listed { age_years, sex: None },
            scan: None,
            prepared: None,
            has_maps: false,
            explained: Some(explained),
            refused: None,
        }
    }

    #[test]
    fn only_new_people_of_known_age_count() {
        let rows = [
            row("sub-1", Some(20.0), (0.25, true, 26.0), false),
            row("sub-2", Some(30.0), (0.75, true, 36.0), false),
            row("sub-3", Some(60.0), (0.875, true, 60.0), false),
            row("sub-4", Some(70.0), (0.5, false, 40.0), false),
            row("sub-5", Some(47.0), (0.1, true, 47.0), false),
            row("sub-6", Some(80.0), (0.9, true, 80.0), true),
            row("sub-7", None, (0.9, true, 80.0), false),
        ];
        let found = Agreement::of(&rows.iter().collect::<Vec<_>>()).expect("some are known");
        assert_eq!((found.young, found.old, found.between, found.learned_from, found.no_verdict), (2, 2, 1, 1, 1));
        // Right: sub-1 and sub-3, of three.
        assert_eq!((found.verdicts.right(), found.verdicts.total(), found.balanced_accuracy), (2, 3, Some(0.75)));
        // Of the four pairs, 0.875 beats both and 0.5 one.
        assert_eq!(found.auc, Some(0.75));
        let ages = found.ages.as_ref().expect("ages are told");
        assert_eq!((ages.people, ages.mean_absolute_error_years.value), (5, 42.0 / 5.0));
        assert_eq!(found.in_words().len(), 3);
        assert!(found.in_words()[0].starts_with("2 young, 2 old, 1 of 45 to 49 years with"), "{:?}", found.in_words());
        assert_eq!(Agreement::of(&rows[6..].iter().collect::<Vec<_>>()), None);

        let mut others = rows;
        let explained = others.iter_mut().filter_map(|row| row.explained.as_mut());
        explained.for_each(|explained| explained.groups = "25:70".parse().expect("limits"));
        let found = Agreement::of(&others.iter().collect::<Vec<_>>()).expect("some are known");
        assert_eq!((found.young, found.old, found.between, found.verdicts.total()), (1, 1, 3, 1));
        assert!(found.in_words()[0].starts_with("1 young, 1 old, 3 of 25 to 69 years with"), "{:?}", found.in_words());
    }
}
