//! Names of the results, below their folder.
//!
//! Maps are named as BIDS derivatives are. What BIDS has no name for yet (transforms, maps of a difference, pictures, records) is named as
//! others name it, and stands in [`IGNORED`].

use crate::bids::scans::Scan;
use crate::prepare::{AFFINE, Place, map_files};
use shared::volume::Grid;
use std::collections::BTreeMap;
use std::path::Path;

/// The standard space of the maps, as BIDS lists it: ICBM152 nonlinear 2009a, symmetric.
pub const TEMPLATE: &str = "MNI152NLin2009aSym";

/// Tables of all images, and agreement with known ages.
pub const IMAGES_TABLE: &str = "images.tsv";
pub const AGREEMENT: &str = "agreement.json";

/// Patterns of `.bidsignore`. With a `/` at its end the first would not hide the folder itself from the validator.
pub const IGNORED: [&str; 6] = ["figures", "*_xfm.*", "*_statmap.*", "images.tsv", "images.json", "agreement.json"];

/// End of the role of a file's sidecar.
const SIDECAR: &str = "_sidecar";

/// Where the preparation of an image goes.
pub fn place<'a>(out: &'a Path, scan: &Scan) -> Place<'a> {
    let (folder, stem) = (scan.folder(), &scan.stem);
    let mut files = map_files(&format!("{folder}/anat"), stem);
    files.insert(AFFINE.to_owned(), format!("{folder}/anat/{stem}_from-T1w_to-{TEMPLATE}_mode-image_xfm.txt"));
    let sidecars: Vec<(String, String)> =
        files.iter().map(|(role, file)| (sidecar_role(role), sidecar_of(file))).collect();
    files.extend(sidecars);
    Place {
        folder: out,
        record: format!("{folder}/figures/{stem}_desc-qc_T1w.json"),
        picture: format!("{folder}/figures/{stem}_desc-qc_T1w.png"),
        files,
    }
}

/// The record of an image's explanation.
pub fn explanation_record(scan: &Scan) -> String {
    format!("{}/figures/{}_desc-explain_T1w.json", scan.folder(), scan.stem)
}

/// The difference map of an image and its sidecar, by role.
pub fn explanation_files(scan: &Scan, grid: &Grid) -> BTreeMap<String, String> {
    let map = format!(
        "{}/anat/{}_space-{TEMPLATE}_res-{}_label-GM_stat-difference_statmap.nii.gz",
        scan.folder(),
        scan.stem,
        resolution(grid)
    );
    BTreeMap::from([(sidecar_role(DIFFERENCE), sidecar_of(&map)), (DIFFERENCE.to_owned(), map)])
}

/// Role of the difference map.
pub const DIFFERENCE: &str = "difference";

/// Role of a file's sidecar.
pub fn sidecar_role(role: &str) -> String {
    format!("{role}{SIDECAR}")
}

/// Roles and files that are no sidecars.
pub fn without_sidecars(files: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    files.iter().map(|(role, file)| (role.as_str(), file.as_str())).filter(|(role, _)| !role.ends_with(SIDECAR))
}

/// What the value of `res-` is for a grid: its spacing in mm, of letters and digits only.
fn resolution(grid: &Grid) -> String {
    let [spacing_mm, ..] = grid.mni_from_voxel.spacing_mm();
    ((spacing_mm * 100.0).round() / 100.0).to_string().replace('.', "p")
}

fn sidecar_of(file: &str) -> String {
    let bare = file.strip_suffix(".nii.gz").or(file.strip_suffix(".txt")).unwrap_or(file);
    format!("{bare}.json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::volume::Affine;

    #[test]
    fn every_file_has_a_sidecar_and_a_name_of_bids() {
        let scan = Scan {
            participant: "sub-01".into(),
            session: Some("ses-1".into()),
            path: "sub-01/ses-1/anat/sub-01_ses-1_T1w.nii.gz".into(),
            stem: "sub-01_ses-1".into(),
            not_taken: None,
        };
        let place = place(Path::new("out"), &scan);
        let start = "sub-01/ses-1/anat/sub-01_ses-1";
        let space = format!("space-{TEMPLATE}_res-2");
        assert_eq!(place.files["gm"], format!("{start}_{space}_label-GM_probseg.nii.gz"));
        assert_eq!(place.files["gm_sidecar"], format!("{start}_{space}_label-GM_probseg.json"));
        assert_eq!(place.files["affine"], format!("{start}_from-T1w_to-{TEMPLATE}_mode-image_xfm.txt"));
        assert_eq!(place.files.len(), 2 * without_sidecars(&place.files).count());
        let grid =
            |spacing: f64| Grid { shape: [2; 3], mni_from_voxel: Affine::from_spacing_origin([spacing; 3], [0.0; 3]) };
        assert!(explanation_files(&scan, &grid(4.0))[DIFFERENCE].contains("_res-4_label-GM_"));
        assert!(explanation_files(&scan, &grid(1.5))[DIFFERENCE].contains("_res-1p5_label-GM_"));
    }
}
