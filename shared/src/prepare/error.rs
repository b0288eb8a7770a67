//! Why a volume cannot be given to a model. Every message names the file, the reason and the remedy.

use crate::coded;

/// A volume that is no usable grey-matter map in MNI152 space. `name` is the name given to the check.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PrepareError {
    #[error(
        "{name}: the model's grid is empty, too large or does not touch the brain. The model bundle is damaged; \
         download it again"
    )]
    BadGrid { name: String },

    #[error(
        "{name}: the voxels do not fit the shape, or the affine cannot be inverted. Write the image again from its source"
    )]
    Damaged { name: String },

    #[error(
        "{name}: {count} voxels are NaN or infinite. Replace them (for example with 0, using fslmaths -nan) and save \
         the image again"
    )]
    NotFinite { name: String, count: usize },

    #[error(
        "{name}: every voxel is {value}, so the image is empty. Check the step that made it; a grey-matter map with values \
         from 0 to 1 is needed"
    )]
    Constant { name: String, value: f32 },

    #[error(
        "{name}: all values are whole numbers, with only {count} different ones: this looks like a label map or a \
         mask. A grey-matter map with values from 0 to 1 is needed (for example SPM's or CAT12's p1, or FAST's pve_1)"
    )]
    LabelMap { name: String, count: usize },

    #[error(
        "{name}: values go up to {max}, so this looks like a raw T1 image or a label map ({reason}); a \
         grey-matter map with values from 0 to 1 is needed. Segment the image first (trainer prepare)"
    )]
    TooHigh { name: String, max: f32, reason: NotTissueMap },

    #[error(
        "{name}: this looks like a scan with rescaled values, not like a grey-matter map ({reason}). Segment it first (trainer \
         prepare)"
    )]
    LikeScan { name: String, reason: NotTissueMap },

    #[error(
        "{name}: values go down to {min}, but a grey-matter map has none below 0. Set them to 0 if they are few (fslmaths -thr \
         0), or use the grey-matter probability or density (0 to 1), not a difference or a z-score"
    )]
    Negative { name: String, min: f32 },

    #[error(
        "{name}: the image covers {percent:.0}% of the part of the brain that the model looks at (95% is needed): it \
         is cropped, shifted or not in MNI152 space. Register it to MNI152 first (trainer prepare)"
    )]
    NotCovered { name: String, percent: f64 },

    #[error(
        "{name}: there is no grey matter at z = {z_mm:.0} mm, inside the brain: the image is cropped or not in MNI152 \
         space. Use a map of the whole brain, registered to MNI152 (trainer prepare)"
    )]
    MissingSlice { name: String, z_mm: f64 },

    #[error(
        "{name}: the mean over the brain is {mean:.3}, but for a grey-matter map it lies between {low} and {high}. This is \
         another kind of image, or its values are scaled. Use the grey-matter map with values from 0 to 1"
    )]
    ImplausibleMean { name: String, mean: f64, low: f64, high: f64 },

    #[error(
        "{name}: in the middle slices of the brain, {percent:.0}% of the voxels are above {threshold} (in a grey-matter map, \
         less than {limit_percent:.0}%): this looks like a T1 image scaled to 0 to 1 or a brain mask. Segment the image \
         first (trainer prepare)"
    )]
    WholeBrain { name: String, percent: f64, threshold: f32, limit_percent: f64 },

    #[error(
        "{name}: {percent:.1}% of the grey matter lies outside the standard brain in MNI152 space: the image is \
         shifted, rotated or not registered. Register it to MNI152 first (trainer prepare)"
    )]
    Misplaced { name: String, percent: f64 },

    #[error(
        "{name}: the grey matter is centred {offset_mm:.0} mm off the midline: the image is shifted sideways or not \
         registered. Register it to MNI152 first (trainer prepare)"
    )]
    OffMidline { name: String, offset_mm: f64 },

    #[error(
        "{name}: this is a map of {tissue}, not of grey matter: {there:.2} where every brain has {tissue}, but \
         {grey:.2} where every brain has grey matter. Use the grey-matter map (fMRIPrep's label-GM, SPM's and CAT12's \
         p1)"
    )]
    OtherTissue { name: String, tissue: OtherTissue, there: f64, grey: f64 },

    #[error(
        "{name}: the grey matter is not where it should be in MNI152 space ({grey:.2} there, {white:.2} in white \
         matter, {fluid:.2} in the ventricles): the map is in native space or shows another tissue. Register \
         it to MNI152 first (trainer prepare, with the T1 image)"
    )]
    NotAtItsPlaces { name: String, grey: f64, white: f64, fluid: f64 },

    #[error(
        "{name}: prepared by AgeLens with preparation `{found}`, but `{expected}` is needed here: the same brain would \
         have other values. Prepare its T1 image again with an AgeLens version that has `{expected}`, or use a model \
         trained on maps of `{found}`"
    )]
    OtherPreparation { name: String, found: String, expected: String },
}

coded!(enum PrepareError {
    BadGrid { name } => "gm.grid",
    Damaged { name } => "gm.damaged",
    NotFinite { name, count } => "gm.not_finite",
    Constant { name, value } => "gm.constant",
    LabelMap { name, count } => "gm.labels",
    TooHigh { name, max, reason: NotTissueMap } => "gm.too_high",
    LikeScan { name, reason: NotTissueMap } => "gm.scaled",
    Negative { name, min } => "gm.negative",
    NotCovered { name, percent: "{:.0}" } => "gm.not_covered",
    MissingSlice { name, z_mm: "{:.0}" } => "gm.missing_slice",
    ImplausibleMean { name, mean: "{:.3}", low, high } => "gm.mean",
    WholeBrain { name, percent: "{:.0}", threshold, limit_percent: "{:.0}" } => "gm.whole_brain",
    Misplaced { name, percent: "{:.1}" } => "gm.misplaced",
    OffMidline { name, offset_mm: "{:.0}" } => "gm.off_midline",
    OtherTissue { name, tissue: OtherTissue, there: "{:.2}", grey: "{:.2}" } => "gm.other_tissue",
    NotAtItsPlaces { name, grey: "{:.2}", white: "{:.2}", fluid: "{:.2}" } => "gm.other_place",
    OtherPreparation { name, found, expected } => "gm.other_preparation",
});

/// Why an image is no map of one tissue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTissueMap {
    #[error("its voxels do not fit its shape")]
    Shape,
    #[error("it has values far below 0")]
    Below,
    #[error("its values are intensities, far above 1")]
    Above,
    #[error("it shows something as large as a head")]
    Large,
    #[error("it is filled throughout, like a brain scan, without the dark white matter of a GM map")]
    Solid,
}

coded!(enum NotTissueMap {
    Shape {} => "gm.scan.shape",
    Below {} => "gm.scan.below",
    Above {} => "gm.scan.above",
    Large {} => "gm.scan.large",
    Solid {} => "gm.scan.solid",
});

/// What a map shows that should be of grey matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OtherTissue {
    #[error("white matter")]
    WhiteMatter,
    #[error("cerebrospinal fluid")]
    Fluid,
}

coded!(enum OtherTissue {
    WhiteMatter {} => "tissue.white_matter",
    Fluid {} => "tissue.fluid",
});
