//! The losses that trainings are made of; all are means over their elements.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

/// Binary cross-entropy of log-odds, in the form that does not overflow.
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let overflow_safe = (-logits.clone().abs()).exp().log1p();
    (relu(logits.clone()) - logits * targets + overflow_safe).mean()
}

/// Huber's loss (1964) element by element: half the square below 1, linear above.
pub fn huber(difference: Tensor<2>) -> Tensor<2> {
    let size = difference.abs();
    let below = size.clone().clamp(0.0, 1.0);
    below.clone().square() * 0.5 + (size - below)
}

/// Mean absolute difference.
pub fn distance(a: Tensor<5>, b: Tensor<5>) -> Tensor<1> {
    (a - b).abs().mean()
}

/// Least squares of a critic's scores against what they should be: 1 for real, 0 for translated (Mao et al. 2017).
pub fn least_squares(scores: Tensor<5>, wanted: f64) -> Tensor<1> {
    (scores - wanted).square().mean()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    fn tensor(values: [f32; 3]) -> Tensor<2> {
        Tensor::from_data(TensorData::new(values.to_vec(), [3, 1]), &Device::flex())
    }

    #[test]
    fn values_by_hand() {
        let found: Vec<f32> = huber(tensor([0.5, -3.0, 0.0])).into_data().try_to_vec().unwrap();
        for (found, expected) in found.iter().zip([0.125, 2.5, 0.0]) {
            assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
        }
        // ln 2 at log-odds 0, nearly 0 where it is sure and right, the distance where it is sure and wrong.
        let entropy = cross_entropy(tensor([0.0, 50.0, -50.0]), tensor([1.0, 1.0, 1.0])).into_scalar::<f32>();
        assert!((entropy - (std::f32::consts::LN_2 + 50.0) / 3.0).abs() < 1e-4, "{entropy}");
    }
}
