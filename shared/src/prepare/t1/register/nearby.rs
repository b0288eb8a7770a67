//! A second search around a placement that fits badly.
//!
//! At 8 mm the outline of a small, shrunken brain is lost beside its scalp, and the standard brain's outline may lie on the scalp
//! instead: a tenth too large, one to two centimetres too high or too far in front. At 4 mm the right placement fits better than
//! that one, but no search by small steps leads there.

use super::placement::{Placement, world_from_mni};
use super::powell::Best;

/// Changes of a placement, in its own units: size, forwards, upwards, nod.
const SIZES: [f64; 4] = [-18.0, -9.0, 0.0, 9.0];
const SHIFTS_MM: [f64; 5] = [-20.0, -10.0, 0.0, 10.0, 20.0];
const NODS: [f64; 3] = [-18.0, 0.0, 18.0];

/// Places that tell two placements apart: the ends of the standard brain, MNI152 mm.
const BRAIN_ENDS_MNI_MM: [[f64; 3]; 6] = [
    [-60.0, -18.0, 8.0],
    [60.0, -18.0, 8.0],
    [0.0, -90.0, 8.0],
    [0.0, 60.0, 8.0],
    [0.0, -18.0, -50.0],
    [0.0, -18.0, 70.0],
];

/// Placements around each of those given.
pub(super) fn around(placements: &[Best<12>]) -> Vec<Placement> {
    let mut all = Vec::new();
    for best in placements {
        for (size, nod) in SIZES.iter().flat_map(|size| NODS.map(|nod| (size, nod))) {
            for (forwards, upwards) in SHIFTS_MM.iter().flat_map(|forwards| SHIFTS_MM.map(|up| (forwards, up))) {
                let mut at = best.at;
                (at[1], at[2], at[3]) = (at[1] + forwards, at[2] + upwards, at[3] + nod);
                (6..9).for_each(|index| at[index] += size);
                all.push(at);
            }
        }
    }
    all
}

/// Keeps the best `count`, each at least this far from those better than it (mean over the brain's ends).
pub(super) fn keep_distinct(bests: &mut Vec<Best<12>>, count: usize, apart_mm: f64) {
    bests.sort_by(|a, b| b.value.total_cmp(&a.value));
    let mut kept: Vec<(Best<12>, [[f64; 3]; 6])> = Vec::new();
    for best in bests.iter() {
        let place = world_from_mni(&best.at);
        let ends = BRAIN_ENDS_MNI_MM.map(|end| place.apply(end));
        if kept.iter().all(|(_, other)| mean_distance(&ends, other) >= apart_mm) {
            kept.push((*best, ends));
        }
        if kept.len() == count {
            break;
        }
    }
    *bests = kept.into_iter().map(|(best, _)| best).collect();
}

fn mean_distance(a: &[[f64; 3]; 6], b: &[[f64; 3]; 6]) -> f64 {
    let distance = |(a, b): (&[f64; 3], &[f64; 3])| (0..3).map(|axis| (a[axis] - b[axis]).powi(2)).sum::<f64>().sqrt();
    a.iter().zip(b).map(distance).sum::<f64>() / a.len() as f64
}

#[cfg(test)]
mod tests {
    use super::super::placement::at;
    use super::*;

    #[test]
    fn of_two_that_are_nearly_the_same_the_better_stays() {
        let best = |x: f64, value: f64| Best { at: at([x, 0.0, 0.0]), value };
        let mut bests = vec![best(0.0, 0.3), best(1.0, 0.5), best(20.0, 0.1), best(40.0, 0.2)];
        keep_distinct(&mut bests, 2, 6.0);
        assert_eq!(bests.iter().map(|best| best.value).collect::<Vec<_>>(), [0.5, 0.2]);
    }

    #[test]
    fn the_placement_itself_is_among_those_around_it() {
        let start = Best { at: at([1.0, 2.0, 3.0]), value: 0.0 };
        let all = around(&[start]);
        assert_eq!(all.len(), SIZES.len() * NODS.len() * SHIFTS_MM.len().pow(2));
        assert!(all.contains(&start.at));
    }
}
