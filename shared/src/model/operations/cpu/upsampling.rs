//! Doubling an image by repetition and convolving it with a kernel of 3, without the doubled image.
//!
//! Of the three places of the kernel two always fall on the same voxel of the small image. So along each axis the pair is the
//! transpose of a convolution with a kernel of 4 and a stride of 2 whose weights are sums of the three:
//! `[w2, w1 + w2, w0 + w1, w0]`. That is 2.25 times less work in two dimensions, 3.4 times in three.

use super::super::geometry::Geometry;

/// What each of the four places takes of the three weights along one axis.
const TAKES: [&[usize]; 4] = [&[2], &[1, 2], &[0, 1], &[0]];

/// Sizes of an upsampling convolution; `input` is the small image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upsampling {
    /// The convolution whose transpose this is: from the doubled image to the small one.
    transpose: Geometry,
}

impl Upsampling {
    /// `doubled` says which axes (z, y, x) grow; the kernel is 3 along them, 1 along the others.
    pub fn new(images: usize, channels: [usize; 2], input: [usize; 3], doubled: [bool; 3]) -> Self {
        let choose = |yes: usize, no: usize| std::array::from_fn(|axis| if doubled[axis] { yes } else { no });
        let growth: [usize; 3] = choose(2, 1);
        Upsampling {
            transpose: Geometry {
                images,
                channels_in: channels[1],
                channels_out: channels[0],
                input: std::array::from_fn(|axis| input[axis] * growth[axis]),
                kernel: choose(4, 1),
                stride: growth,
                padding: choose(1, 0),
            },
        }
    }

    /// Voxels of the doubled image along z, y, x.
    pub fn output(&self) -> [usize; 3] {
        self.transpose.input
    }

    /// `[n, in, d, h, w]` → `[n, out, 2d, 2h, 2w]`; weights `[out, in, (3,) 3, 3]`.
    pub fn forward(&self, input: &[f32], weights: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        self.transpose.backward_input(input, &self.spread(weights), bias)
    }

    /// Gradient of the small image.
    pub fn backward_input(&self, gradients: &[f32], weights: &[f32]) -> Vec<f32> {
        self.transpose.forward(gradients, &self.spread(weights), None)
    }

    /// Gradient of the weights.
    pub fn backward_weights(&self, input: &[f32], gradients: &[f32]) -> Vec<f32> {
        let spread = self.transpose.backward_weights(gradients, input);
        let Geometry { channels_in: out, channels_out: channels, .. } = self.transpose;
        let (small, large) = (self.places(3), self.places(4));
        let mut weights = vec![0.0f32; out * channels * small];
        self.pairs(|from, to| {
            for channel_out in 0..out {
                for channel in 0..channels {
                    weights[(channel_out * channels + channel) * small + from] +=
                        spread[(channel * out + channel_out) * large + to];
                }
            }
        });
        weights
    }

    /// Weights of the transpose, `[in, out, 4, 4]`, from `[out, in, 3, 3]`.
    fn spread(&self, weights: &[f32]) -> Vec<f32> {
        let Geometry { channels_in: out, channels_out: channels, .. } = self.transpose;
        let (small, large) = (self.places(3), self.places(4));
        let mut spread = vec![0.0f32; out * channels * large];
        self.pairs(|from, to| {
            for channel_out in 0..out {
                for channel in 0..channels {
                    spread[(channel * out + channel_out) * large + to] +=
                        weights[(channel_out * channels + channel) * small + from];
                }
            }
        });
        spread
    }

    /// Places of a kernel that is `width` wide along the axes that grow.
    fn places(&self, width: usize) -> usize {
        self.transpose.kernel.iter().map(|&kernel| if kernel == 4 { width } else { 1 }).product()
    }

    /// Every pair of a place in the kernel of 3 and one in the kernel of 4 that belong together.
    fn pairs(&self, mut act: impl FnMut(usize, usize)) {
        let grows = self.transpose.kernel.map(|kernel| kernel == 4);
        let along = |axis: usize| -> Vec<(usize, usize)> {
            if !grows[axis] {
                return vec![(0, 0)];
            }
            TAKES.iter().enumerate().flat_map(|(to, takes)| takes.iter().map(move |&from| (from, to))).collect()
        };
        let width = |axis: usize, grown: usize| if grows[axis] { grown } else { 1 };
        for &(from_z, to_z) in &along(0) {
            for &(from_y, to_y) in &along(1) {
                for &(from_x, to_x) in &along(2) {
                    let index =
                        |z: usize, y: usize, x: usize, grown: usize| (z * width(1, grown) + y) * width(2, grown) + x;
                    act(index(from_z, from_y, from_x, 3), index(to_z, to_y, to_x, 4));
                }
            }
        }
    }
}
