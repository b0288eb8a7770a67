//! Pearson's correlation: of maps, brains and images alike.

/// Correlation of pairs, −1 to 1; `None` for fewer than two, or where one side is constant or not finite.
///
/// Two passes: the one-pass formula loses all digits where the mean is large against the spread.
pub(crate) fn pearson(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    let (count, sum_a, sum_b) =
        pairs.clone().fold((0usize, 0.0, 0.0), |(n, a, b), pair| (n + 1, a + pair.0, b + pair.1));
    if count < 2 {
        return None;
    }
    let (mean_a, mean_b) = (sum_a / count as f64, sum_b / count as f64);
    let (mut covariance, mut variance_a, mut variance_b) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        let (a, b) = (a - mean_a, b - mean_b);
        covariance += a * b;
        variance_a += a * a;
        variance_b += b * b;
    }
    // A constant map leaves only rounding error here, which must not pass for a spread.
    let negligible = |variance: f64, mean: f64| variance <= (mean * mean + f64::MIN_POSITIVE) * count as f64 * 1e-24;
    if negligible(variance_a, mean_a) || negligible(variance_b, mean_b) {
        return None;
    }
    let coefficient = covariance / (variance_a.sqrt() * variance_b.sqrt());
    coefficient.is_finite().then(|| coefficient.clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_defined_is_none() {
        let of = |pairs: &[(f64, f64)]| pearson(pairs.iter().copied());
        assert_eq!(of(&[(1.0, 2.0)]), None);
        assert_eq!(of(&[(1.0, 2.0), (1.0, 3.0)]), None);
        assert_eq!(of(&[(1.0, 2.0), (f64::NAN, 3.0)]), None);
        assert!(of(&[(1e9, 0.0), (1e9 + 1.0, 2.0), (1e9 + 2.0, 4.0)]).is_some_and(|found| (found - 1.0).abs() < 1e-12));
    }
}
