//! Sizes of a convolution, the same on every kind of device.

/// Axes are z, y, x; a slice has depth 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Geometry {
    pub images: usize,
    pub channels_in: usize,
    pub channels_out: usize,
    pub input: [usize; 3],
    pub kernel: [usize; 3],
    pub stride: [usize; 3],
    /// Zeros on either side of the input.
    pub padding: [usize; 3],
}

impl Geometry {
    /// Of an image `[n, c, d, h, w]` and weights `[out, in, (kd,) kh, kw]`. Stride and padding hold along the axes that the
    /// weights have: a slice's kernel leaves z alone.
    pub fn new(image: [usize; 5], weights: &[usize], stride: usize, padding: usize) -> Self {
        let [images, channels_in, depth, height, width] = image;
        let along = |value: usize, other: usize| if weights.len() == 5 { [value; 3] } else { [other, value, value] };
        let kernel = match *weights {
            [_, _, depth, height, width] => [depth, height, width],
            _ => [1, weights[2], weights[3]],
        };
        Geometry {
            images,
            channels_in,
            channels_out: weights[0],
            input: [depth, height, width],
            kernel,
            stride: along(stride, 1),
            padding: along(padding, 0),
        }
    }

    /// Voxels of the output along z, y, x.
    pub fn output(&self) -> [usize; 3] {
        std::array::from_fn(|axis| {
            (self.input[axis] + 2 * self.padding[axis] - self.kernel[axis]) / self.stride[axis] + 1
        })
    }

    /// Places of the kernel.
    pub fn taps(&self) -> usize {
        self.kernel.iter().product()
    }
}
