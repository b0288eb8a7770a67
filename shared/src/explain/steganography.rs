//! Hidden messages: how much the way back suffers from a little noise on the translation.
//!
//! A CycleGAN can hide the original in a pattern too faint to see and read it back (Chu, Zhmoginov and Sandler 2017,
//! "CycleGAN, a master of steganography"). Such a pattern does not survive noise: the cycle error then jumps by much
//! more than the noise itself is worth.

/// Standard deviation of the noise, grey-matter density.
pub const NOISE_SIGMA: f64 = 0.02;
/// Mean |noise| of a normal distribution: σ √(2/π).
pub const NOISE_MEAN_SIZE: f64 = NOISE_SIGMA * 0.797_884_560_802_865_4;
/// How many times the noise's own size, or the clean error where that is larger, the error may grow by.
const ALLOWED_GROWTH: f64 = 2.0;

/// Steganography index: growth of the cycle error under noise, over the clean error. 0: noise changes nothing; `None`
/// where the clean error is not above zero.
pub fn steganography_index(clean: f64, after_noise: f64) -> Option<f64> {
    let index = (after_noise - clean) / clean;
    (clean > 0.0 && index.is_finite()).then_some(index)
}

/// Largest index that is taken for honest, given the clean cycle error.
///
/// A generator without secrets passes the noise on, at about its own size: the error then grows by up to the mean |noise|,
/// 0.016, however small it was. Twice that is allowed, or twice the clean error where that is larger.
pub fn steganography_limit(clean: f64) -> f64 {
    if clean > 0.0 { ALLOWED_GROWTH * (NOISE_MEAN_SIZE / clean).max(1.0) } else { ALLOWED_GROWTH }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_of_known_errors() {
        assert!(steganography_index(0.01, 0.03).is_some_and(|index| (index - 2.0).abs() < 1e-12));
        assert_eq!(steganography_index(0.0, 0.03), None);
        assert_eq!(steganography_limit(0.1), 2.0);
        // 0.004 may grow by twice the noise: 2 · 0.01596 / 0.004.
        assert!((steganography_limit(0.004) - 7.979).abs() < 1e-3);
    }
}
