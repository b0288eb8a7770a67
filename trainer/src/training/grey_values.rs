//! Fits how grey values change from the young to the old: the difference of the mean histograms of both groups' training
//! maps, see [`shared::explain::GreyValues`].

use crate::cohort::Group;
use crate::training::data::Dataset;
use anyhow::{Result, anyhow};
use shared::explain::{GreyValues, LEVELS, shares};

/// Fits to the training subjects of both groups; sites are balanced as elsewhere.
///
/// # Errors
/// A group has nobody: a fault of the program, since a training needs people of both.
pub fn fit(data: &Dataset, inside: &[bool]) -> Result<GreyValues> {
    let mean = |group: Group| {
        let people = data.training(group);
        let mut sum = vec![0.0; LEVELS];
        for &index in &people {
            let shares = shares(&data.images[index].values, inside);
            sum.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share / people.len() as f64);
        }
        sum
    };
    GreyValues::from_means(&mean(Group::Young), &mean(Group::Old))
        .filter(GreyValues::is_sound)
        .ok_or_else(|| anyhow!("grey values cannot be counted"))
}
