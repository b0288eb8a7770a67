//! Random numbers from a seed, for recipes and for voxels.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

/// A stream of random numbers; the same seed gives the same ones everywhere.
pub(super) struct Random(Xoshiro256PlusPlus);

impl Random {
    /// `part` keeps the streams of different parts of one head apart.
    pub(super) fn new(seed: u64, part: u64) -> Self {
        Random(Xoshiro256PlusPlus::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (part << 32)))
    }

    /// Uniform from `low` to `high`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// The same with four decimals: a setting that JSON keeps exactly.
    pub(super) fn setting(&mut self, low: f64, high: f64) -> f64 {
        rounded(self.between(low, high))
    }

    /// True in this share of cases.
    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.between(0.0, 1.0) < share
    }

    /// One of some values; the first where there is but one. The list must not be empty.
    pub(super) fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        let index = self.between(0.0, values.len() as f64) as usize;
        values[index.min(values.len() - 1)]
    }

    /// Standard normal.
    pub(super) fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }
}

/// Four decimals.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
