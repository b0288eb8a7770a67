//! A classifier opened up: what it computes on the way to its answer.
//!
//! After the last convolution everything is linear, so the answer is a sum over cells and channels of mean × weight, and the bias.

use super::classifier::{Classifier, POOLED_SCALE, Pooling};
use super::context::GridContext;
use burn::tensor::Tensor;

/// What one pass of one image goes through. All have five axes: one kind of tensor keeps the browser's program small.
pub struct ClassifierParts {
    /// `[f, in, kz, ky, kx]`: what the first layer's filters multiply their inputs with; in plane mode `kz` is 1.
    pub kernels: Tensor<5>,
    /// `[1, f, d, h, w]`: their responses, after ReLU.
    pub first_maps: Tensor<5>,
    /// `[1, c, d', h', w']`: what the linear layer weighs, cell by cell; without cells, each position is one.
    pub weighed: Tensor<5>,
    /// `[1, c, d', h', w']`, or the same for all cells `[1, c, 1, 1, 1]`.
    pub weights: Tensor<5>,
    /// `[1, 1]`: log-odds of "old".
    pub logit_old: Tensor<2>,
}

impl Classifier {
    /// Takes the answer for one image `[1, 1, d, h, w]` apart; `None` for a network without layers.
    pub fn parts(&self, image: Tensor<5>, context: &GridContext) -> Option<ClassifierParts> {
        let first = self.layers.first()?;
        let first_maps = self.through(std::slice::from_ref(first), image.clone(), context);
        let output = self.forward(image, context);
        let [_, c, ..] = output.features.dims();
        let weights = self.linear.weight.val();
        let (weighed, weights) = match self.config.pooling {
            Pooling::Grid => (output.features, weights.reshape([1, c, 1, 1, 1])),
            Pooling::Cells { counts: [columns, rows, depth], .. } => {
                let shape = [1, c, depth, rows, columns];
                (self.pooled(output.features).reshape(shape), weights.reshape(shape))
            }
        };
        Some(ClassifierParts { kernels: first.weights(), first_maps, weighed, weights, logit_old: output.logit_old })
    }

    /// By how much a mean response counts in [`ClassifierParts::weighed`], and what one of `cells` adds to the log-odds beyond
    /// weighed × weight.
    pub fn scales(&self, cells: usize) -> [f64; 2] {
        match self.config.pooling {
            Pooling::Grid => [1.0, POOLED_SCALE / cells as f64],
            Pooling::Cells { .. } => [POOLED_SCALE, 1.0],
        }
    }

    /// Whether further layers lie between the first filters and the cells.
    pub fn is_deep(&self) -> bool {
        self.layers.len() > 1
    }
}
