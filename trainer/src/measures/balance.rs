//! Whether young and old differ in sex as well as in age: a difference that is correlated with age by chance can appear
//! in the translation as if it were age.

use crate::statistics::share;
use serde::Serialize;

/// Below this probability the sexes of two groups are called different.
pub const SIGNIFICANT: f64 = 0.05;

/// Sex of the young and the old in one part of the people (training, evaluated).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SexBalance {
    /// `train` or `evaluated`.
    pub part: String,
    /// Share of women among those whose sex is known.
    pub women_young: Option<f64>,
    pub women_old: Option<f64>,
    /// Fisher's exact test, two-sided; absent if the sex of a group is not known at all.
    pub p_value: Option<f64>,
}

impl SexBalance {
    /// From the numbers of women and men among the young and the old.
    pub fn new(part: &str, young: [usize; 2], old: [usize; 2]) -> Self {
        let women = |[female, male]: [usize; 2]| share(female, female + male);
        SexBalance {
            part: part.to_owned(),
            women_young: women(young),
            women_old: women(old),
            p_value: fisher_exact([young, old]),
        }
    }

    /// Whether the groups differ significantly (5 %).
    pub fn is_unequal(&self) -> bool {
        self.p_value.is_some_and(|p| p < SIGNIFICANT)
    }
}

/// Two-sided p-value of Fisher's exact test of a 2 × 2 table: the summed probability of all tables of the same margins that
/// are no likelier than this one. `None` where a row is empty.
pub fn fisher_exact([[a, b], [c, d]]: [[usize; 2]; 2]) -> Option<f64> {
    /// Tables of equal probability must not differ by rounding.
    const TOLERANCE: f64 = 1e-7;
    let (first, second, total) = (a + b, c + d, a + b + c + d);
    if first == 0 || second == 0 {
        return None;
    }
    let column = a + c;
    let mut log_factorials = vec![0.0f64; total + 1];
    for n in 1..=total {
        log_factorials[n] = log_factorials[n - 1] + (n as f64).ln();
    }
    let log_choose = |n: usize, k: usize| log_factorials[n] - log_factorials[k] - log_factorials[n - k];
    let probability =
        |a: usize| (log_choose(first, a) + log_choose(second, column - a) - log_choose(total, column)).exp();
    let observed = probability(a);
    let (low, high) = (column.saturating_sub(second), first.min(column));
    let sum: f64 = (low..=high).map(probability).filter(|&p| p <= observed * (1.0 + TOLERANCE)).sum();
    Some(sum.min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: Option<f64>, expected: f64) -> bool {
        actual.is_some_and(|actual| (actual - expected).abs() < 1e-9)
    }

    #[test]
    fn fisher_of_known_tables() {
        // Fisher's tea: 34 of 70 arrangements are no likelier than three right of four.
        assert!(close(fisher_exact([[3, 1], [1, 3]]), 34.0 / 70.0));
        // All four right: 2 of 70.
        assert!(close(fisher_exact([[4, 0], [0, 4]]), 2.0 / 70.0));
        // 400 of the 11,440 arrangements are no likelier.
        assert!(fisher_exact([[8, 2], [1, 5]]).is_some_and(|p| (p - 0.034_965).abs() < 1e-6));
        assert_eq!(fisher_exact([[5, 5], [0, 0]]), None);
        assert!(close(fisher_exact([[5, 0], [7, 0]]), 1.0));
    }

    #[test]
    fn only_a_real_difference_is_called_one() {
        assert!(SexBalance::new("train", [90, 10], [50, 50]).is_unequal());
        let even = SexBalance::new("train", [59, 41], [52, 34]);
        assert!(!even.is_unequal() && close(even.women_young, 0.59));
        assert!(!SexBalance::new("train", [0, 0], [5, 5]).is_unequal());
    }
}
