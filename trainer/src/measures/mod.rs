//! Numbers of maps: how they agree, where they change, how that compares with what is known. No network is asked here.

pub mod ages;
pub mod agreement;
pub mod balance;
pub mod comparison;
pub mod dial;
pub mod group_test;
pub mod measured;
pub mod one_liners;
pub mod per_direction;
pub mod perturbation;
pub mod realism;
pub mod regions;
pub mod rims;
pub mod summary;
pub mod table1;
pub mod thesis_findings;
pub mod truth;
