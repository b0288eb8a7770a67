//! What the quality control measures: names, and what each value means.

use super::quality::Measure;
use crate::told::{Code, Coded, Codes, Told};
use std::fmt;

/// Name in files and meaning of each aspect; the name is part of its codes, too.
macro_rules! aspects {
    ($($aspect:ident = $name:literal, $meaning:literal;)*) => {
        /// One side of a preparation that is measured. Its `Display` is its name in words.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Aspect {
            $($aspect,)*
        }

        impl Aspect {
            /// All, in the order of tables.
            pub const ALL: &[Aspect] = &[$(Aspect::$aspect),*];

            /// As [`Measure::name`] has it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Aspect::$aspect => $name,)*
                }
            }
        }

        impl Coded for Aspect {
            const CODES: Codes = Codes {
                own: &[$(Code { name: concat!("measure.", $name), places: &[] }),*],
                inner: &[],
            };

            fn told(&self) -> Told {
                let code = match self {
                    $(Aspect::$aspect => concat!("measure.", $name),)*
                };
                Told { code: code.to_owned(), english: self.to_string(), values: Vec::new() }
            }
        }

        impl fmt::Display for Meaning {
            fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str(match self.0 {
                    $(Aspect::$aspect => $meaning,)*
                })
            }
        }

        impl Coded for Meaning {
            const CODES: Codes = Codes {
                own: &[$(Code { name: concat!("quality.", $name), places: &[] }),*],
                inner: &[],
            };

            fn told(&self) -> Told {
                let code = match self.0 {
                    $(Aspect::$aspect => concat!("quality.", $name),)*
                };
                Told { code: code.to_owned(), english: self.to_string(), values: Vec::new() }
            }
        }
    };
}

/// What the value of an aspect is, and why its limits are where they are, with the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning(pub Aspect);

aspects! {
    BrainSimilarity = "brain_similarity",
        "Correlation of the corrected image with the template's T1 inside the brain. Well-aligned young brains \
         reach 0.6 to 0.8, old ones with wide ventricles 0.4 to 0.6.";
    RegistrationSimilarity = "registration_similarity",
        "Mean correlation, in blocks of 2 cm, with the standard brain. Well-aligned young heads reach 0.6 to 0.8, \
         old ones 0.44 to 0.6. If the outline runs along the scalp, or the brain is stretched by a tenth, it is \
         less than 0.4.";
    BackToFront = "back_to_front",
        "How much better the head would match if it were turned back to front. Above 0, the header has front and \
         back swapped.";
    MaskOverlap = "mask_overlap",
        "Dice overlap of the brain mask with the template's. Well-aligned brains reach 0.95 to 0.99.";
    Coverage = "coverage",
        "Share of the standard brain that lies inside the field of view. Many scans end within the cerebellum \
         (0.97).";
    CerebrumCoverage = "cerebrum_coverage",
        "Share of the standard cerebrum that lies inside the field of view: a cropped brain could be mistaken for \
         a shrunken one.";
    BlankShare = "blank_share",
        "Share of voxels without a measurement (all of one value) in the brain and within 4 mm of it. Removing \
         the face leaves none there; above 0.015, part of the brain is cut off. In a skull-stripped image, only \
         the inner part of the brain counts: a tight mask leaves up to 0.04 there, a missing part more than 0.1.";
    BrainVolumeLitres = "brain_volume_litres",
        "Volume of the brain mask in the person's own space. Adults have 1.0 to 1.9 litres; the limits leave room \
         for scanners whose scale is off by a tenth.";
    GreyMatterShare = "grey_matter_share",
        "Share of grey matter in grey and white matter together. In adults it is 0.5 to 0.65.";
    FluidShare = "fluid_share",
        "Share of cerebrospinal fluid in the brain mask. In adults it is 0.1 to 0.3, in old people with wide \
         sulci up to 0.4.";
    WhiteOverGrey = "white_over_grey",
        "How much brighter white matter is than grey matter, in standard deviations of one tissue. In T1-weighted \
         scans it is 2 to 5, in T2-weighted or inverted images negative.";
    GreyOverFluid = "grey_over_fluid",
        "How much brighter grey matter is than cerebrospinal fluid, in standard deviations of one tissue. In \
         T1-weighted scans it is 3 to 7.";
    FineDetail = "fine_detail",
        "Standard deviation of the structure inside the brain that is finer than about a centimetre, as a share of white \
         matter's intensity. Scans with voxels of 1 to 2 mm have 0.07 to 0.15, those of 5 mm at least 0.045; a brain \
         blurred by a Gaussian of 6 mm or more (standard deviation) has less than 0.034.";
    SmallestScale = "smallest_scale",
        "Smallest scaling factor of the affine (person relative to template). For heads it is 0.8 to 1.2.";
    LargestScale = "largest_scale",
        "Largest scaling factor of the affine (person relative to template). For heads it is 0.8 to 1.2.";
    Shear = "shear",
        "Largest cosine between two axes of the affine. For heads it is close to 0.";
}

impl Aspect {
    /// The aspect of a measure; `None` of a file from another version.
    pub fn of(measure: &Measure) -> Option<Self> {
        Aspect::ALL.iter().copied().find(|aspect| aspect.name() == measure.name)
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(&Measure::name_in_words(self.name()))
    }
}
