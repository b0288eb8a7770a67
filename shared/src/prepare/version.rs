//! Which preparation made a map: said in its `descrip`, and checked before a model sees it.
//!
//! A map prepared otherwise than those a model learned from looks usable and is not: its values differ a little
//! everywhere, and a model would explain that. Maps of other software say nothing of ours and are judged by their
//! values alone.

use super::{PREPARATION_VERSION, PrepareError};

/// What a `descrip` of ours starts with.
const PROGRAM: &str = "AgeLens ";

/// What every version starts with; tells a version from the other things that AgeLens writes (`AgeLens difference`).
const VERSION_START: &str = "gm-map-";

/// Parts of versions that make the same map of the same image.
///
/// `gm-map-2` averages where a map is brought to a coarser grid, and reaches to the ends of the outer voxels; `gm-map-1`
/// took single points there. Prepared maps are the same, and so is what a model sees of them on a grid of their own
/// voxel size, which is what models learn from.
const SAME: [[&str; 2]; 1] = [["gm-map-1", "gm-map-2"]];

/// Whether two versions give a model the same values of an image at the model's own voxel size.
pub fn is_same_preparation(one: &str, other: &str) -> bool {
    let same_part = |(a, b): (&str, &str)| a == b || SAME.iter().any(|pair| pair.contains(&a) && pair.contains(&b));
    one.split('+').count() == other.split('+').count() && one.split('+').zip(other.split('+')).all(same_part)
}

/// The `descrip` of a map prepared by this program. `remark` may add what else there is to know, or be empty.
pub fn description(remark: &str) -> String {
    format!("{PROGRAM}{PREPARATION_VERSION} {remark}").trim_end().to_owned()
}

/// How the `descrip` of every generated subject begins.
pub const PHANTOM_DESCRIPTION: &str = "AgeLens phantom";

/// The preparation version that a `descrip` states; `None` for other software's, and for other maps of ours.
pub fn version_of(description: &str) -> Option<&str> {
    let version = description.strip_prefix(PROGRAM)?.split_whitespace().next()?;
    version.starts_with(VERSION_START).then_some(version)
}

/// Refuses a map that says it was prepared by another version than `expected`, unless both are the same by
/// [`is_same_preparation`]; one that says nothing is accepted.
///
/// `description` is the map's `descrip`, `name` is for the message only.
///
/// # Errors
/// [`PrepareError::OtherPreparation`].
pub fn check_version(name: &str, description: &str, expected: &str) -> Result<(), PrepareError> {
    match version_of(description) {
        Some(found) if !is_same_preparation(found, expected) => Err(PrepareError::OtherPreparation {
            name: name.to_owned(),
            found: found.to_owned(),
            expected: expected.to_owned(),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::t1::TEMPLATE_VERSION;
    use crate::volume::{Affine, Volume, read_nifti, write_nifti};

    #[test]
    fn the_version_names_its_parts_and_fits_the_field() {
        assert!(PREPARATION_VERSION.ends_with(TEMPLATE_VERSION), "{PREPARATION_VERSION} lacks {TEMPLATE_VERSION}");
        assert!(PREPARATION_VERSION.starts_with(VERSION_START));
        assert!(!PREPARATION_VERSION.contains(char::is_whitespace));
        assert!(description("modulated").len() <= 79);
    }

    #[test]
    fn a_written_map_tells_its_version() {
        let volume = Volume::new([2, 2, 2], vec![0.5; 8], Affine::from_spacing_origin([2.0; 3], [0.0; 3]));
        for remark in ["", "modulated"] {
            let image = read_nifti("map", &write_nifti(&volume, &description(remark)), None).unwrap();
            assert_eq!(version_of(&image.description), Some(PREPARATION_VERSION));
            assert!(check_version("map", &image.description, PREPARATION_VERSION).is_ok());
        }
    }

    #[test]
    fn only_another_version_of_ours_is_refused() {
        for accepted in ["", "CAT12 p1", "AgeLens", "AgeLens difference", "AgeLens phantom GM, synthetic", "gm-map-0"] {
            assert!(check_version("map.nii", accepted, PREPARATION_VERSION).is_ok(), "{accepted}");
        }
        let error = check_version("map.nii", &description(""), "gm-map-1+t1-0").unwrap_err().to_string();
        assert!(
            error.starts_with("map.nii: ") && error.contains(PREPARATION_VERSION) && error.contains("`gm-map-1+t1-0`")
        );
        assert!(check_version("map.nii", "AgeLens gm-map-0+t1-1", PREPARATION_VERSION).is_err());
    }

    #[test]
    fn maps_before_and_after_the_averaging_are_the_same() {
        let rest = "t1-1+icbm2009a-colin27-1";
        let about = format!("AgeLens gm-map-1+{rest}");
        assert!(check_version("map.nii", &about, &format!("gm-map-2+{rest}")).is_ok());
        assert!(is_same_preparation(&format!("gm-map-2+{rest}"), &format!("gm-map-1+{rest}")));
        for other in
            ["gm-map-0+t1-1+icbm2009a-colin27-1", "gm-map-2+t1-0+icbm2009a-colin27-1", "gm-map-2+t1-1", "gm-map-2"]
        {
            assert!(check_version("map.nii", &about, other).is_err(), "{other}");
        }
    }
}
