//! The brain is one piece: what looks like brain elsewhere (eyes, marrow, scalp) is not.

use super::tissue::{CLASSES, OTHER};

/// Gives voxels beyond the largest connected piece of brain, and more than one voxel off it, to everything else.
pub(super) fn keep_largest_piece(probability: &mut [[f32; CLASSES]], shape: [usize; 3]) {
    let is_brain: Vec<bool> = probability.iter().map(|probability| probability[OTHER] < 0.5).collect();
    let piece = largest_piece(&is_brain, shape);
    let near = grow(&piece, shape);
    for (index, probability) in probability.iter_mut().enumerate() {
        if !piece[index] && (is_brain[index] || !near[index]) {
            *probability = [0.0, 0.0, 0.0, 1.0];
        }
    }
}

/// Gm, wm, csf and, in the place of everything else, the brain mask: the probability of brain, at least 0.51 in the holes
/// that brain encloses (vessels and membranes inside).
pub(super) fn with_mask(probability: &[[f32; CLASSES]], shape: [usize; 3]) -> Vec<[f32; CLASSES]> {
    let outside: Vec<bool> = probability.iter().map(|probability| probability[OTHER] >= 0.5).collect();
    let around = largest_piece(&outside, shape);
    std::iter::zip(probability, around)
        .map(|(probability, around)| {
            let mut values = *probability;
            let brain = 1.0 - probability[OTHER];
            values[OTHER] = if around { brain } else { brain.max(0.51) };
            values
        })
        .collect()
}

/// The largest set of voxels that hang together by their faces.
fn largest_piece(inside: &[bool], shape: [usize; 3]) -> Vec<bool> {
    let mut piece_of = vec![0u32; inside.len()];
    let (mut largest, mut largest_count, mut pieces) = (0, 0, 0);
    let mut open = Vec::new();
    for start in 0..inside.len() {
        if !inside[start] || piece_of[start] != 0 {
            continue;
        }
        pieces += 1;
        piece_of[start] = pieces;
        open.push(start);
        let mut count = 0;
        while let Some(index) = open.pop() {
            count += 1;
            for next in neighbours(index, shape) {
                if inside[next] && piece_of[next] == 0 {
                    piece_of[next] = pieces;
                    open.push(next);
                }
            }
        }
        if count > largest_count {
            (largest, largest_count) = (pieces, count);
        }
    }
    piece_of.into_iter().map(|piece| piece != 0 && piece == largest).collect()
}

fn grow(inside: &[bool], shape: [usize; 3]) -> Vec<bool> {
    (0..inside.len()).map(|index| inside[index] || neighbours(index, shape).any(|next| inside[next])).collect()
}

/// Indices of the voxels that share a face with one.
fn neighbours(index: usize, [nx, ny, nz]: [usize; 3]) -> impl Iterator<Item = usize> {
    let (x, y, z) = (index % nx, index / nx % ny, index / (nx * ny));
    let candidates = [
        (x > 0, index.wrapping_sub(1)),
        (x + 1 < nx, index + 1),
        (y > 0, index.wrapping_sub(nx)),
        (y + 1 < ny, index + nx),
        (z > 0, index.wrapping_sub(nx * ny)),
        (z + 1 < nz, index + nx * ny),
    ];
    candidates.into_iter().filter(|(exists, _)| *exists).map(|(_, index)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_piece_goes_and_a_hole_is_filled() {
        let shape = [9, 5, 5];
        let tissue = [0.9, 0.0, 0.0, 0.1];
        let nothing = [0.0, 0.0, 0.0, 1.0];
        let mut probability = vec![nothing; 9 * 5 * 5];
        let at = |x: usize, y: usize, z: usize| (z * 5 + y) * 9 + x;
        for z in 1..4 {
            for y in 1..4 {
                for x in 1..4 {
                    probability[at(x, y, z)] = tissue;
                }
            }
        }
        probability[at(2, 2, 2)] = nothing;
        probability[at(7, 2, 2)] = tissue;
        probability[at(4, 2, 2)] = [0.3, 0.0, 0.0, 0.7];
        keep_largest_piece(&mut probability, shape);
        assert_eq!(probability[at(7, 2, 2)], nothing);
        assert_eq!(probability[at(4, 2, 2)], [0.3, 0.0, 0.0, 0.7]);
        let mask = |x, y, z| with_mask(&probability, shape)[at(x, y, z)][OTHER];
        assert_eq!((mask(2, 2, 2) > 0.5, mask(1, 1, 1) > 0.5, mask(0, 0, 0)), (true, true, 0.0));
    }
}
