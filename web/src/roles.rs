//! What a bundle of a site is good for, and which sample stands for what: chosen by what they are, never by their names or their
//! order, so that a site with other bundles opens as sensibly.

use crate::address::BundleEntry;
use shared::bundle::{MEAN_SAMPLE, Manifest, Sample};
use shared::explain::Direction;

/// Whether a sample, given by its id, is a mean over many subjects. Such are never given a verdict.
pub fn is_mean(sample: &str) -> bool {
    sample.starts_with(MEAN_SAMPLE)
}

/// The bundle to show first: a whole brain that ages as the dial is turned, and about which the classifier changes its mind; else
/// what comes nearest to it. Where the list says nothing of its bundles, as older ones do, that is the first.
pub fn first_view(bundles: &[BundleEntry]) -> Option<&BundleEntry> {
    let wishes: [fn(&BundleEntry) -> bool; 5] = [
        |entry| entry.whole_brain && entry.turns && entry.dial,
        |entry| entry.whole_brain && entry.turns,
        |entry| entry.whole_brain && entry.dial,
        |entry| entry.whole_brain,
        |_| true,
    ];
    wishes.iter().find_map(|wish| bundles.iter().find(|entry| wish(entry)))
}

/// What a lesson needs of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It learned from people.
    People,
    /// Its samples have a truth, of a whole brain where there is one.
    Truth,
    /// Its samples have a truth, of a whole brain.
    WholeTruth,
}

impl Role {
    /// The first bundle of the site that has the role.
    pub fn of(self, bundles: &[BundleEntry]) -> Option<&BundleEntry> {
        let first = |is_it: fn(&BundleEntry) -> bool| bundles.iter().find(|entry| is_it(entry));
        let whole = || first(|entry| entry.has_truth && entry.whole_brain);
        match self {
            Role::People => first(|entry| entry.people),
            Role::Truth => whole().or_else(|| first(|entry| entry.has_truth)),
            Role::WholeTruth => whole(),
        }
    }
}

/// Which sample of a bundle is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The one that shows most: a single subject about whom the verdict turns, from young to old where there is such.
    Telling,
    /// The one of this id.
    Named(String),
    /// The first mean that was led this way.
    Mean(Direction),
    /// The first with a truth that was led this way.
    WithTruth(Direction),
}

impl Pick {
    /// Its place in the manifest. Only a name can be missing: anything else is the first, where nothing suits.
    pub fn place(&self, manifest: &Manifest) -> Option<usize> {
        let samples = &manifest.samples;
        let first = |is_it: &dyn Fn(&Sample) -> bool| samples.iter().position(is_it);
        let found = match self {
            Pick::Named(id) => return first(&|sample| sample.id == *id),
            Pick::Telling => first(&|sample| sample.turns() && sample.direction == Direction::YoungToOld)
                .or_else(|| first(&Sample::turns)),
            Pick::Mean(direction) => first(&|sample| sample.is_mean() && sample.direction == *direction),
            Pick::WithTruth(direction) => first(&|sample| sample.truth.is_some() && sample.direction == *direction),
        };
        found.or((!samples.is_empty()).then_some(0))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::path::Path;

    fn entry(id: &str, change: impl FnOnce(&mut BundleEntry)) -> BundleEntry {
        let mut entry = BundleEntry { id: id.to_owned(), ..BundleEntry::default() };
        change(&mut entry);
        entry
    }

    pub(crate) fn shipped() -> Vec<BundleEntry> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/models/index.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    pub(crate) fn manifest(id: &str) -> Manifest {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../static/models/{id}/manifest.json"));
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    #[test]
    fn the_first_view_is_a_whole_brain_that_ages() {
        let slab = entry("slab", |entry| (entry.turns, entry.dial) = (true, true));
        let whole = entry("whole", |entry| (entry.whole_brain, entry.turns) = (true, true));
        let dial = entry("dial", |entry| (entry.whole_brain, entry.turns, entry.dial) = (true, true, true));
        let id = |bundles: &[BundleEntry]| first_view(bundles).map(|entry| entry.id.clone());
        assert_eq!(id(&[slab.clone(), whole.clone(), dial]).as_deref(), Some("dial"));
        assert_eq!(id(&[slab.clone(), whole]).as_deref(), Some("whole"));
        assert_eq!(id(&[slab]).as_deref(), Some("slab"));
        assert_eq!(id(&[]), None);
        // A list of an older version says nothing.
        let old: Vec<BundleEntry> =
            serde_json::from_str(r#"[{ "id": "a" }, { "id": "b", "own_scans": true }]"#).unwrap();
        assert_eq!(id(&old).as_deref(), Some("a"));
    }

    #[test]
    fn what_is_shipped_opens_with_a_phantom_whose_verdict_turns() {
        let bundles = shipped();
        let first = first_view(&bundles).unwrap();
        let manifest = manifest(&first.id);
        let sample = &manifest.samples[Pick::Telling.place(&manifest).unwrap()];
        assert!(first.whole_brain && manifest.dial_years.is_some() && !is_mean(&sample.id));
        assert!(sample.probability_old_before < 0.5 && sample.probability_old_after > 0.5, "{}", sample.id);
    }

    /// The list is written by `trainer export`; by hand it may go wrong.
    #[test]
    fn the_list_says_what_the_manifests_say() {
        for entry in shipped() {
            let manifest = manifest(&entry.id);
            let has_truth = manifest.samples.iter().any(|sample| sample.truth.is_some());
            let found = (manifest.dial_years.is_some(), has_truth, !manifest.phantom, manifest.data.prepared_here);
            assert_eq!((entry.dial, entry.has_truth, entry.people, entry.own_scans), found, "{}", entry.id);
        }
    }

    #[test]
    fn samples_are_picked_by_what_they_are() {
        let manifest = manifest("phantom");
        let id = |pick: Pick| pick.place(&manifest).map(|place| manifest.samples[place].id.as_str());
        assert_eq!(id(Pick::Named("mean-old".into())), Some("mean-old"));
        assert_eq!(id(Pick::Named("nobody".into())), None);
        assert_eq!(id(Pick::Mean(Direction::OldToYoung)), Some("mean-old"));
        assert_eq!(id(Pick::WithTruth(Direction::OldToYoung)), Some("phantom-old"));
    }

    #[test]
    fn roles_prefer_whole_brains_where_truth_is_shown() {
        let small = entry("small", |entry| entry.has_truth = true);
        let whole = entry("whole", |entry| (entry.has_truth, entry.whole_brain) = (true, true));
        let id = |role: Role, bundles: &[BundleEntry]| role.of(bundles).map(|entry| entry.id.clone());
        assert_eq!(id(Role::Truth, &[small.clone(), whole]).as_deref(), Some("whole"));
        assert_eq!(id(Role::Truth, std::slice::from_ref(&small)).as_deref(), Some("small"));
        assert_eq!(id(Role::WholeTruth, std::slice::from_ref(&small)), None);
        assert_eq!(id(Role::People, &[small]), None);
    }
}
