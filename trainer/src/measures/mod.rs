//! Measures on maps: agreement, changes by region, comparison with the truth and with published results. No network is
//! run here.

pub mod ages;
pub mod agreement;
pub mod balance;
pub mod comparison;
pub mod dial;
pub mod group_test;
pub mod local_fit;
pub mod measured;
pub mod one_liners;
pub mod per_direction;
pub mod perturbation;
pub mod realism;
pub mod regions;
pub mod rims;
pub mod second_opinion;
pub mod soundness;
pub mod summary;
pub mod table1;
pub mod thesis_findings;
pub mod truth;
