//! Training people drawn with replacement (bootstrap, Breiman 1996), so that a second classifier learns from other
//! people's weights than the first. Each draw depends on the seed alone.

use crate::random::random;
use rand::RngExt;

/// Stream of random numbers (see [`random`]).
const DRAW: u64 = 23;

/// As many of each group as `subjects` (indices, each once) holds, drawn from them with replacement; repeats of one
/// subject stand side by side, as [`crate::statistics::ridge::each_once`] expects. About a third are not drawn.
pub fn drawn_again(subjects: &[usize], is_old: impl Fn(usize) -> bool, seed: u64) -> Vec<usize> {
    let mut draw = random(seed, DRAW, 0);
    let mut drawn = Vec::with_capacity(subjects.len());
    for old in [false, true] {
        let members: Vec<usize> = subjects.iter().copied().filter(|&index| is_old(index) == old).collect();
        drawn.extend((0..members.len()).map(|_| members[draw.random_range(0..members.len())]));
    }
    drawn.sort_unstable();
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_keep_their_sizes_and_repeats_stand_together() {
        // 60 young, 40 old; every fifth index is of nobody here.
        let subjects: Vec<usize> = (0..125).filter(|index| index % 5 != 0).collect();
        let is_old = |index: usize| index >= 75;
        let drawn = drawn_again(&subjects, is_old, 1);
        assert_eq!(drawn.iter().filter(|&&index| is_old(index)).count(), 40);
        assert_eq!((drawn.len(), drawn.is_sorted()), (100, true));
        assert!(drawn.iter().all(|index| subjects.contains(index)));
        let different = drawn.chunk_by(|a, b| a == b).count();
        // 1 − 1/e of 100, ± 3 standard deviations.
        assert!((53..=73).contains(&different), "{different}");
        assert_eq!(drawn, drawn_again(&subjects, is_old, 1));
        assert_ne!(drawn, drawn_again(&subjects, is_old, 2));
    }
}
