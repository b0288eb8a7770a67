//! Why a quality did not pass: a sentence for each measure beyond its limits, with its value and the limit.

use super::aspect::Aspect;
use super::quality::Measure;
use crate::coded;

/// Why one measure failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Failure {
    #[error("{what} ({measure}: {value}; at least {low} is needed)")]
    TooLow { what: What, measure: Aspect, value: String, low: f64 },

    #[error("{what} ({measure}: {value}; at most {high} is allowed)")]
    TooHigh { what: What, measure: Aspect, value: String, high: f64 },

    #[error("{what} ({measure}: {value}, not a number)")]
    NoNumber { what: What, measure: Aspect, value: String },
}

coded!(enum Failure {
    TooLow { what: What, measure: Aspect, value, low } => "quality.reason.least",
    TooHigh { what: What, measure: Aspect, value, high } => "quality.reason.most",
    NoNumber { what: What, measure: Aspect, value } => "quality.reason.number",
});

/// What a failed measure says of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum What {
    #[error("what lies where the brain should be does not look like a brain in a T1-weighted scan")]
    Unlike,
    #[error("the head could not be aligned with the standard brain")]
    NotAligned,
    #[error("the head is back to front: check the axes in the header")]
    BackToFront,
    #[error("the extracted brain does not have the shape of a brain")]
    WrongShape,
    #[error("the image does not contain the whole brain")]
    Incomplete,
    #[error("the image cuts off a part of the cerebrum")]
    CutCerebrum,
    #[error("part of the brain, or of its surroundings, is blank: it was cut off or removed")]
    Blank,
    #[error("the brain would be smaller than any adult's: check the voxel size in the header")]
    SmallBrain,
    #[error("the brain would be larger than any adult's: check the voxel size in the header")]
    LargeBrain,
    #[error("the shares of grey and white matter are impossible in a brain")]
    GreyAndWhite,
    #[error("too much of the brain would be cerebrospinal fluid")]
    Fluid,
    #[error("white matter is not brighter than grey matter, as it is in a T1-weighted scan")]
    WhiteContrast,
    #[error("grey matter is not brighter than cerebrospinal fluid, as it is in a T1-weighted scan")]
    GreyContrast,
    #[error("the brain is too blurred: its folds cannot be seen")]
    Blurred,
    #[error("the head would have an impossible size: check the voxel size in the header")]
    Scale,
    #[error("the head would be sheared")]
    Shear,
}

coded!(enum What {
    Unlike {} => "quality.what.brain_similarity",
    NotAligned {} => "quality.what.registration_similarity",
    BackToFront {} => "quality.what.back_to_front",
    WrongShape {} => "quality.what.mask_overlap",
    Incomplete {} => "quality.what.coverage",
    CutCerebrum {} => "quality.what.cerebrum_coverage",
    Blank {} => "quality.what.blank_share",
    SmallBrain {} => "quality.what.volume_small",
    LargeBrain {} => "quality.what.volume_large",
    GreyAndWhite {} => "quality.what.grey_matter_share",
    Fluid {} => "quality.what.fluid_share",
    WhiteContrast {} => "quality.what.white_over_grey",
    GreyContrast {} => "quality.what.grey_over_fluid",
    Blurred {} => "quality.what.fine_detail",
    Scale {} => "quality.what.scale",
    Shear {} => "quality.what.shear",
});

impl What {
    fn of(aspect: Aspect, too_low: bool) -> Self {
        match aspect {
            Aspect::BrainSimilarity => What::Unlike,
            Aspect::RegistrationSimilarity => What::NotAligned,
            Aspect::BackToFront => What::BackToFront,
            Aspect::MaskOverlap => What::WrongShape,
            Aspect::Coverage => What::Incomplete,
            Aspect::CerebrumCoverage => What::CutCerebrum,
            Aspect::BlankShare => What::Blank,
            Aspect::BrainVolumeLitres if too_low => What::SmallBrain,
            Aspect::BrainVolumeLitres => What::LargeBrain,
            Aspect::GreyMatterShare => What::GreyAndWhite,
            Aspect::FluidShare => What::Fluid,
            Aspect::WhiteOverGrey => What::WhiteContrast,
            Aspect::GreyOverFluid => What::GreyContrast,
            Aspect::FineDetail => What::Blurred,
            Aspect::SmallestScale | Aspect::LargestScale => What::Scale,
            Aspect::Shear => What::Shear,
        }
    }
}

/// Why measures failed; those of another version's file are passed over.
pub fn failures(measures: &[Measure]) -> Vec<Failure> {
    let failed = measures.iter().filter(|measure| !measure.passed());
    failed.filter_map(|measure| Some(failure(Aspect::of(measure)?, measure))).collect()
}

fn failure(aspect: Aspect, measure: &Measure) -> Failure {
    let too_low = measure.low.is_some_and(|low| measure.value < low);
    let what = What::of(aspect, too_low);
    let measured = measure.value;
    match (measure.low, measure.high) {
        (Some(low), _) if measured.is_finite() && too_low => {
            Failure::TooLow { what, measure: aspect, value: told_apart(measured, low), low }
        }
        (_, Some(high)) if measured.is_finite() => {
            Failure::TooHigh { what, measure: aspect, value: told_apart(measured, high), high }
        }
        _ => Failure::NoNumber { what, measure: aspect, value: measured.to_string() },
    }
}

/// A value with two decimals, or as many more as it needs to look different from the limit.
fn told_apart(value: f64, limit: f64) -> String {
    (2..=6)
        .map(|digits| (format!("{value:.digits$}"), format!("{limit:.digits$}")))
        .find(|(value, limit)| value != limit)
        .map_or_else(|| format!("{value:e}"), |(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_a_sentence_whose_numbers_differ() {
        for (value, word) in
            [(0.39999, "0.39999; at least 0.4 "), (0.2, "0.20; at least 0.4 "), (f64::NAN, "not a number")]
        {
            let measure = Measure {
                name: "registration_similarity".into(),
                value,
                low: Some(0.4),
                high: None,
                good: 0.6,
                meaning: String::new(),
            };
            let [failure] = &failures(&[measure])[..] else { panic!("{value} passed") };
            let said = failure.to_string();
            assert!(said.starts_with("the head could not be aligned") && said.contains(word), "{said}");
        }
    }
}
