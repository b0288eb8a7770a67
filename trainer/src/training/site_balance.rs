//! Reweights training subjects as if each site had as many young as old: the effect of a scanner is then independent of
//! the group (after the reweighing of Kamiran and Calders 2012, doi 10.1007/s10115-011-0463-8).
//!
//! The rule: where a site has n subjects of one group and m ≥ n of the other, each of the m counts once and the n
//! together count m times: each ⌊m / n⌋ times, and m mod n of them, spread evenly over their ages, once more. These
//! are the fewest whole repeats that leave nobody out and give both groups exactly the same share of each site.

use crate::cohort::{Group, PARTICIPANTS_FILE};
use crate::failure::unusable;
use crate::training::image::Image;
use anyhow::Result;
use std::collections::BTreeMap;
use std::iter::repeat_n;
use std::path::Path;

/// Young and old subjects of each site, as indices.
type Sites<'a> = BTreeMap<&'a str, [Vec<usize>; 2]>;

/// `subjects` (indices into `images`, each once), each as often as it counts; repeats of one subject stand side by
/// side. `is_old` says the group.
///
/// Subjects of a site with one group only get no weight, nor do those without a site: [`check`] refuses both
/// beforehand, but a fold may lack the few of a small site.
pub fn balanced(images: &[Image], subjects: &[usize], is_old: impl Fn(usize) -> bool) -> Vec<usize> {
    let age_years = |index: usize| images[index].subject.age_years.unwrap_or_default();
    let mut counts = vec![0; images.len()];
    for groups in sites(images, subjects, is_old).into_values() {
        let most = groups[0].len().max(groups[1].len());
        if groups.iter().any(Vec::is_empty) {
            continue;
        }
        for mut members in groups {
            members.sort_by(|&a, &b| age_years(a).total_cmp(&age_years(b)));
            let (each, more) = (most / members.len(), most % members.len());
            members.iter().for_each(|&index| counts[index] = each);
            for place in 0..more {
                counts[members[(2 * place + 1) * members.len() / (2 * more)]] += 1;
            }
        }
    }
    subjects.iter().flat_map(|&index| repeat_n(index, counts[index])).collect()
}

/// Refuses a cohort (the folder, to be named) whose sites cannot be balanced; `training` are the indices of the
/// training subjects.
///
/// # Errors
/// [`crate::failure::UnusableInput`] if a subject has no site, or a site has training subjects of one group only.
pub fn check(images: &[Image], training: &[usize], cohort: &Path) -> Result<()> {
    let cohort = cohort.display();
    let without: Vec<&str> =
        images.iter().filter(|image| image.subject.site.is_none()).map(|image| image.subject.id.as_str()).collect();
    if let Some(first) = without.first() {
        return Err(unusable(format!(
            "{cohort}: {} of {} young and old subjects have no site to balance, {first} first; fill in the column `site` \
             of {PARTICIPANTS_FILE}, or set balance_sites = false",
            without.len(),
            images.len()
        )));
    }
    for (site, [young, old]) in sites(images, training, |index| images[index].subject.group == Group::Old) {
        if young.is_empty() || old.is_empty() {
            return Err(unusable(format!(
                "{cohort}: site `{site}` has {} young and {} old subjects to train on and cannot be balanced; leave \
                 the site out, add subjects of the other group, or set balance_sites = false",
                young.len(),
                old.len()
            )));
        }
    }
    Ok(())
}

fn sites<'a>(images: &'a [Image], subjects: &[usize], is_old: impl Fn(usize) -> bool) -> Sites<'a> {
    let mut sites = Sites::new();
    for &index in subjects {
        if let Some(site) = &images[index].subject.site {
            sites.entry(site.as_str()).or_default()[usize::from(is_old(index))].push(index);
        }
    }
    sites
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::cohort::{GroupLimits, Split, Subject, k_folds};
    use crate::training::data::Dataset;
    use crate::training::feature::Feature;
    use crate::training::targets::Targets;
    use shared::volume::{Affine, Grid};

    /// What age and scanner B do to a map.
    pub const AGE_EFFECT: f32 = -0.25;
    pub const SITE_EFFECT: f32 = 0.125;

    /// Training subjects, each with the same value in all of 4 × 4 × 1 voxels. Scanner A has 12 young and 4 old, B 4
    /// young and 12 old: without balance half of the scanner's effect looks like age.
    pub fn confounded() -> Dataset {
        let strata = [("A", false, 12), ("B", false, 4), ("A", true, 4), ("B", true, 12)];
        let mut images = Vec::new();
        for (site, is_old, count) in strata {
            for number in 0..count {
                let subject = Subject {
                    id: format!("sub-{:02}", images.len()),
                    age_years: Some(if is_old { 60.0 } else { 20.0 } + f64::from(number)),
                    sex: None,
                    group: if is_old { Group::Old } else { Group::Young },
                    site: Some(site.into()),
                    split: Some(Split::Train),
                    gm_path: Default::default(),
                };
                let value = 0.5 + if is_old { AGE_EFFECT } else { 0.0 } + if site == "B" { SITE_EFFECT } else { 0.0 };
                images.push(Image { subject, values: vec![value; 16] });
            }
        }
        let grid = Grid { shape: [4, 4, 1], mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [0.0; 3]) };
        Dataset { grid, images, groups: GroupLimits::PUBLISHED, between: Vec::new(), balance_sites: false }
    }

    /// How often subjects of `site` and group stand in a list.
    fn count(data: &Dataset, subjects: &[usize], site: &str, group: Group) -> usize {
        let belongs = |subject: &Subject| subject.site.as_deref() == Some(site) && subject.group == group;
        subjects.iter().filter(|&&index| belongs(&data.images[index].subject)).count()
    }

    fn is_old(data: &Dataset) -> impl Fn(usize) -> bool {
        move |index| data.images[index].subject.group == Group::Old
    }

    #[test]
    fn both_groups_count_the_same_at_each_site_and_nobody_is_left_out() {
        let data = confounded();
        // Site A is left with 11 young and 4 old, so that the numbers do not divide.
        let subjects: Vec<usize> = (1..32).collect();
        let found = balanced(&data.images, &subjects, is_old(&data));
        for (site, each) in [("A", 11), ("B", 12)] {
            assert_eq!(count(&data, &found, site, Group::Young), each);
            assert_eq!(count(&data, &found, site, Group::Old), each);
        }
        let repeats: Vec<usize> = found.chunk_by(|a, b| a == b).map(<[usize]>::len).collect();
        // Young of A, young of B, old of A (11 = 4 · 2 + 3), old of B; repeats stand side by side.
        assert_eq!(repeats, [vec![1; 11], vec![3; 4], vec![3, 2, 3, 3], vec![1; 12]].concat());
    }

    #[test]
    fn those_that_count_once_more_are_spread_over_the_ages() {
        let mut data = confounded();
        data.images.truncate(24);
        // One site of 16 young and 8 old, of which 6 young are left out: 10 young, 8 old, two of whom count twice.
        data.images.iter_mut().for_each(|image| image.subject.site = Some("A".into()));
        let subjects: Vec<usize> = (6..24).collect();
        let found = balanced(&data.images, &subjects, is_old(&data));
        let twice: Vec<f64> = found
            .chunk_by(|a, b| a == b)
            .filter(|repeats| repeats.len() == 2)
            .filter_map(|repeats| data.images[repeats[0]].subject.age_years)
            .collect();
        // Ages 60, 60, 61, 61, 62, 62, 63, 63: the third and the seventh.
        assert_eq!(twice, [61.0, 63.0]);
        assert_eq!(found.len(), 20);
    }

    #[test]
    fn the_scanners_effect_leaves_the_change_of_the_groups() {
        let mut data = confounded();
        assert_eq!(data.group_change(Feature::Value), [AGE_EFFECT + SITE_EFFECT / 2.0; 16]);
        data.balance_sites = true;
        let change = data.group_change(Feature::Value);
        assert!(change.iter().all(|value| (value - AGE_EFFECT).abs() < 1e-6), "{change:?}");
    }

    #[test]
    fn unbalanced_lists_stay_as_they_are() {
        let data = confounded();
        let subjects = [7, 3, 20, 1];
        assert_eq!(data.counted(&subjects, is_old(&data)), subjects);
        for group in [Group::Young, Group::Old] {
            assert_eq!(data.training(group), data.indices(Split::Train, Some(group)));
        }
    }

    #[test]
    fn folds_are_by_subject() {
        let mut data = confounded();
        data.balance_sites = true;
        for targets in [Targets::of(&data), Targets::permuted(&data, 1)] {
            for fold in k_folds(&targets.subjects(), 4, 1).unwrap() {
                let learned = data.counted(&fold.train, |index| targets.is_old(index));
                assert!(!learned.is_empty() && learned.iter().all(|index| !fold.validation.contains(index)));
                for site in ["A", "B"] {
                    let mut counts = [0, 0];
                    for &index in &learned {
                        let here = data.images[index].subject.site.as_deref() == Some(site);
                        counts[usize::from(targets.is_old(index))] += usize::from(here);
                    }
                    assert_eq!(counts[0], counts[1], "site {site}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_balanced_is_refused_and_named() {
        let cohort = Path::new("data/example");
        let refused = |data: Dataset| {
            let error = data.with_balanced_sites(cohort).err().unwrap();
            assert_eq!(crate::failure::exit_code(&error), 2);
            error.to_string()
        };
        assert!(confounded().with_balanced_sites(cohort).unwrap().balance_sites);
        let mut data = confounded();
        data.images[5].subject.site = None;
        let told = refused(data);
        assert!(told.contains("data/example: 1 of 32") && told.contains("sub-05"), "{told}");
        let mut data = confounded();
        // All old of scanner A are held out.
        data.images[16..20].iter_mut().for_each(|image| image.subject.split = Some(Split::Test));
        let told = refused(data);
        assert!(told.contains("data/example: site `A` has 12 young and 0 old"), "{told}");
    }
}
