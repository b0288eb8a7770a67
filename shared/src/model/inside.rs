//! A classifier opened up: what it computes on the way to its answer.
//!
//! After the last convolution everything is linear, so the answer is a sum over cells and channels of mean × weight, and the bias.

use super::classifier::{Classifier, POOLED_SCALE, Pooling};
use super::context::GridContext;
use burn::tensor::Tensor;

/// What one pass of one image goes through.
pub struct ClassifierParts {
    /// `[f, ky, kx]`: what the first layer's filters multiply the image with; of 3-D filters, the middle slice.
    pub kernels: Tensor<3>,
    /// `[1, f, d, h, w]`: their responses, after ReLU.
    pub first_maps: Tensor<5>,
    /// `[1, c, d', h', w']`: mean response of the last convolution in each cell; without cells, each position is one.
    pub means: Tensor<5>,
    /// Of the same shape: log-odds of "old" for each unit of the mean.
    pub weights: Tensor<5>,
    /// `[1, 1]`: log-odds of "old": Σ mean × weight + bias.
    pub logit_old: Tensor<2>,
}

impl Classifier {
    /// Takes the answer for one image `[1, 1, d, h, w]` apart; `None` for a network without layers.
    pub fn parts(&self, image: Tensor<5>, context: &GridContext) -> Option<ClassifierParts> {
        let first = self.layers.first()?;
        let first_maps = self.through(std::slice::from_ref(first), image.clone(), context);
        let features = self.forward(image, context).features;
        let logit_old = self.logit_of_features(features.clone());
        let [_, c, d, h, w] = features.dims();
        let weights = self.linear.weight.val();
        let (means, weights) = match self.config.pooling {
            Pooling::Grid => {
                let each = weights.reshape([1, c, 1, 1, 1]).expand([1, c, d, h, w]);
                (features, each * (POOLED_SCALE / (d * h * w) as f64))
            }
            Pooling::Cells { counts: [columns, rows, depth], .. } => {
                let shape = [1, c, depth, rows, columns];
                (self.pooled(features).reshape(shape) / POOLED_SCALE, weights.reshape(shape) * POOLED_SCALE)
            }
        };
        Some(ClassifierParts { kernels: first.first_kernels(), first_maps, means, weights, logit_old })
    }

    /// Whether further layers lie between the first filters and the cells.
    pub fn is_deep(&self) -> bool {
        self.layers.len() > 1
    }
}
