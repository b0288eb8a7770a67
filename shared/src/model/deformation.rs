//! Tissue that is moved, lost and gained: a change that follows the edges of the one brain.
//!
//! A voxel changes by a weighted sum of a few numbers of itself and its neighbours. Small local changes by ageing (a wall that moves, a ribbon that
//! thins, tissue that fades) are close to such a sum.

use super::spatial::SpatialKind;
use burn::tensor::Tensor;

/// Share of a voxel that its two neighbours along an axis replace where an image is smoothed before it is moved, so that noise of single voxels
/// is not moved with it.
pub const SMOOTHING: f64 = 0.2;
/// The same where the mean of a voxel and its neighbours is taken.
pub const NEIGHBOURHOOD: f64 = 2.0 / 3.0;

/// Dimensions of an image `[b, 1, z, y, x]` along which tissue is moved: x, y, and z of a volume.
pub fn moving_axes(kind: SpatialKind) -> &'static [usize] {
    match kind {
        SpatialKind::Plane => &[4, 3],
        SpatialKind::Volume => &[4, 3, 2],
    }
}

/// How many numbers of a voxel are weighted.
pub fn weights_of_a_voxel(kind: SpatialKind) -> usize {
    3 + moving_axes(kind).len()
}

/// What is weighted, of images `[b, 1, z, y, x]`: `[b, weights, z, y, x]`.
///
/// With the image x, its copy s smoothed by [`SMOOTHING`] and the mean m of each voxel with its neighbours ([`NEIGHBOURHOOD`]): x, what can
/// be lost; s·(1 − x), what can be gained beside grey matter; x·(1 − m), what can be lost where grey matter is thin; and the slopes of s
/// along the axes, whose weights are displacements in voxels (to the first order).
pub fn deformable(kind: SpatialKind, image: Tensor<5>) -> Tensor<5> {
    let axes = moving_axes(kind);
    let smooth = smoothed(&image, axes, SMOOTHING);
    let around = smoothed(&image, axes, NEIGHBOURHOOD);
    let beside = smooth.clone() * (-image.clone() + 1.0);
    let thin = image.clone() * (-around + 1.0);
    let slopes = axes.iter().map(|&axis| {
        let [before, after] = neighbours(&smooth, axis);
        (after - before) * 0.5
    });
    Tensor::cat([image, beside, thin].into_iter().chain(slopes).collect(), 1)
}

/// The image changed by the weighted sum of what is [`deformable`], cut to 0..1.
pub fn deformed(kind: SpatialKind, image: Tensor<5>, weights: Tensor<5>) -> Tensor<5> {
    let change = (weights * deformable(kind, image.clone())).sum_dim(1);
    (image + change).clamp(0.0, 1.0)
}

fn smoothed(image: &Tensor<5>, axes: &[usize], share: f64) -> Tensor<5> {
    axes.iter().fold(image.clone(), |image, &axis| {
        let [before, after] = neighbours(&image, axis);
        image * (1.0 - share) + (before + after) * (share / 2.0)
    })
}

/// Each voxel's neighbour before and after it along a dimension; nothing beyond the border.
fn neighbours(image: &Tensor<5>, dim: usize) -> [Tensor<5>; 2] {
    let count = image.dims()[dim];
    let nothing = image.clone().narrow(dim, 0, 1).zeros_like();
    if count == 1 {
        return [nothing.clone(), nothing];
    }
    let before = Tensor::cat(vec![nothing.clone(), image.clone().narrow(dim, 0, count - 1)], dim);
    let after = Tensor::cat(vec![image.clone().narrow(dim, 1, count - 1), nothing], dim);
    [before, after]
}
