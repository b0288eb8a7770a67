//! Sanity checks (Adebayo et al. 2018, arXiv:1810.03292): a map that stays what it was when the network forgets, when labels
//! mean nothing, or when there is nothing to see, explains nothing.

use crate::benchmark::explanations::arms::Arm;
use crate::benchmark::explanations::quantities::Measure;
use crate::maps::Method;

/// One check: what is looked up in the results.
pub struct Check {
    /// What is asked, for people.
    pub question: &'static str,
    pub arm: Arm,
    pub method: Method,
    pub measure: Measure,
}

/// All checks, in the order of the table.
pub fn checks() -> Vec<Check> {
    let of = |question, arm, method, measure| Check { question, arm, method, measure };
    let of_change = |question, arm, measure| of(question, arm, Method::Difference, measure);
    let mut checks: Vec<Check> = Method::ALL
        .into_iter()
        .filter(|method| method.is_checked_by_shuffling())
        .map(|method| of("The map changes when the weights are shuffled", Arm::Main, method, Measure::ShuffledNcc))
        .collect();
    checks.extend([
        of_change("Another seed gives the same map", Arm::Main, Measure::NccWithMain),
        of_change("With permuted labels the map is another", Arm::Permuted, Measure::NccWithMain),
        of_change("With permuted labels the map is smaller", Arm::Permuted, Measure::SizeOfMain),
        of_change("Without an effect the map vanishes", Arm::NoEffect, Measure::SizeOfMain),
        of_change("Half the effect: size of the map", Arm::Half, Measure::SizeOfMain),
        of_change("Half the effect: size of the true change", Arm::Half, Measure::TruthSizeOfMain),
        of_change("Twice the effect: size of the map", Arm::Double, Measure::SizeOfMain),
        of_change("Twice the effect: size of the true change", Arm::Double, Measure::TruthSizeOfMain),
    ]);
    for arm in [Arm::Confounded, Arm::Mitigated] {
        for method in [Method::Difference, Method::GroupMean] {
            checks.push(of("The map follows age, not the scanner", arm, method, Measure::SiteShare));
        }
    }
    checks.push(of_change("The way back reads no hidden pattern", Arm::Main, Measure::SteganographyIndex));
    checks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_is_asked_once() {
        let checks = checks();
        let keys: Vec<_> = checks.iter().map(|check| (check.arm, check.method, check.measure)).collect();
        for (place, key) in keys.iter().enumerate() {
            assert!(!keys[..place].contains(key), "{key:?}");
        }
    }
}
