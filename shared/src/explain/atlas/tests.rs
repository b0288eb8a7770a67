//! Tests of the atlas.

use super::*;
use crate::bundle::sha256_hex;
use crate::volume::{Volume, write_nifti};
use std::path::PathBuf;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../static/atlas");
/// Of the files of [`ATLAS_VERSION`], in the order of [`Atlas::FILES`].
const SHA256: [&str; 2] = [
    "226a8014bb954d8531aac274b0decf3904805f0fac9a866a25e8c5909a1237d4",
    "fa8130643da67fd14739a3e25bbbcb3b189c2abfc5cd60778a958f2fb3b940bf",
];
const TABLE: &str = "label\tname\treadable\tlobe\themisphere\n\
                     3\tA_L\tA, left\tfrontal\tleft\n\
                     5\tC_R\tC, right\tdeep grey matter\tright\n\
                     7\tB\tB\tcerebellum\tmidline\n";

fn shipped(name: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(FOLDER).join(name)).expect(name)
}

fn aal() -> Atlas {
    let table = String::from_utf8(shipped(Atlas::FILES[1])).expect("text");
    Atlas::from_bytes(&shipped(Atlas::FILES[0]), &table).expect("atlas")
}

/// A row of voxels of 2 mm from the origin on.
fn row(labels: &[f32]) -> Vec<u8> {
    let world_from_voxel = Affine::from_spacing_origin([2.0; 3], [0.0; 3]);
    write_nifti(&Volume::new([labels.len(), 1, 1], labels.to_vec(), world_from_voxel), "labels")
}

fn row_grid(voxels: usize, spacing_mm: f64, start_mm: f64) -> Grid {
    let mni_from_voxel = Affine::from_spacing_origin([spacing_mm, 2.0, 2.0], [start_mm, 0.0, 0.0]);
    Grid { shape: [voxels, 1, 1], mni_from_voxel }
}

#[test]
fn the_atlas_files_are_those_of_the_version() {
    let notice = String::from_utf8(shipped("NOTICE.md")).expect("text");
    for (name, expected) in Atlas::FILES.into_iter().zip(SHA256) {
        let found = sha256_hex(&shipped(name));
        assert_eq!(found, expected, "{name} has changed: raise ATLAS_VERSION when the files change");
        assert!(notice.contains(&format!("| `{name}` |")) && notice.contains(expected), "NOTICE.md lacks {name}");
    }
    assert!(notice.contains(ATLAS_VERSION), "NOTICE.md names another ATLAS_VERSION");
}

/// Centres of mass of the 1 mm original, and places outside of the brain or in its white matter.
#[test]
fn known_places_have_their_names() {
    let atlas = aal();
    assert_eq!(atlas.regions().len(), 116);
    for (place, name) in [
        ([-40.0, -6.0, 51.0], "Precentral_L"),
        ([40.4, -8.2, 52.1], "Precentral_R"),
        ([-36.1, 6.7, 3.4], "Insula_L"),
        ([38.0, 6.3, 2.1], "Insula_R"),
        ([-26.0, -20.7, -10.1], "Hippocampus_L"),
        ([28.2, -19.8, -10.3], "Hippocampus_R"),
        ([-12.5, 11.0, 9.2], "Caudate_L"),
        ([13.8, 12.1, 9.4], "Caudate_R"),
        ([-11.8, -17.6, 8.0], "Thalamus_L"),
        ([-8.0, -80.0, 6.0], "Calcarine_L"),
        ([0.0, -46.0, -32.0], "Vermis_10"),
    ] {
        assert_eq!(atlas.at(place).map(|region| region.name.as_str()), Some(name));
    }
    for place in [[0.0; 3], [-90.0, 0.0, 0.0], [500.0, 0.0, 0.0], [f64::NAN, 0.0, 0.0]] {
        assert_eq!(atlas.at(place), None);
    }
    let caudate = atlas.at([14.0, 12.0, 10.0]).expect("caudate");
    assert_eq!(caudate.readable, "Caudate nucleus, right");
    assert_eq!((caudate.lobe, caudate.hemisphere), (Lobe::DeepGreyMatter, Hemisphere::Right));
}

#[test]
fn left_regions_lie_left_and_every_region_has_voxels() {
    let atlas = aal();
    let mut sums = vec![(0.0, 0.0); atlas.regions().len()];
    for (place, &label) in places(atlas.shape).zip(&atlas.labels) {
        if let Some(region) = atlas.position(label) {
            sums[region].0 += atlas.mni_from_voxel.apply(place)[0];
            sums[region].1 += 1.0;
        }
    }
    for (region, (sum, count)) in atlas.regions().iter().zip(sums) {
        assert!(count > 0.0, "{}", region.name);
        let x_mm = sum / count;
        let right = match region.hemisphere {
            Hemisphere::Left => x_mm < -3.0,
            Hemisphere::Right => x_mm > 3.0,
            Hemisphere::Midline => x_mm.abs() < 3.0,
        };
        assert!(right, "{} lies at x = {x_mm} mm", region.name);
    }
}

#[test]
fn a_grid_takes_the_nearest_label_within_reach() {
    let atlas = Atlas::from_bytes(&row(&[0.0, 0.0, 7.0, 0.0, 0.0, 3.0]), TABLE).expect("atlas");
    let same = row_grid(6, 2.0, 0.0);
    assert_eq!(atlas.on_grid(&same, 0.0), [0, 0, 7, 0, 0, 3]);
    assert_eq!(atlas.on_grid(&same, 3.9), [0, 7, 7, 7, 3, 3]);
    // The fourth voxel of these lies 2 mm from 7 and 4 mm from 3.
    assert_eq!(atlas.on_grid(&same, 100.0), [7, 7, 7, 7, 3, 3]);
    assert_eq!(atlas.on_grid(&same, f64::NAN), atlas.on_grid(&same, 0.0));
    // Centres at 3.2, 4.2, 5.2 mm (voxels 1.6, 2.1, 2.6) and one outside.
    assert_eq!(atlas.on_grid(&row_grid(3, 1.0, 3.2), 0.0), [7, 7, 0]);
    assert_eq!(atlas.on_grid(&row_grid(1, 1.0, -5.0), 8.0), [0]);
    let deep = Atlas::from_bytes(&row(&[0.0, 5.0, 0.0, 0.0, 7.0]), TABLE).expect("atlas");
    assert_eq!(deep.on_grid(&row_grid(5, 2.0, 0.0), 4.0), [0, 5, 0, 7, 7], "nuclei do not grow");
    let split = Atlas::from_bytes(&row(&[7.0, 0.0, 3.0]), TABLE).expect("atlas");
    assert_eq!(split.on_grid(&row_grid(3, 2.0, 0.0), 2.0), [7, 7, 3], "a tie goes to the left");
}

#[test]
fn parts_inside_a_slab_and_a_mask() {
    let atlas = Atlas::from_bytes(&row(&[7.0, 7.0, 7.0, 7.0, 3.0, 3.0]), TABLE).expect("atlas");
    let slab = row_grid(3, 2.0, 4.0);
    assert_eq!(atlas.parts_inside(&slab, &[true; 3]), [0.5, 0.0, 0.5]);
    assert_eq!(atlas.parts_inside(&slab, &[false, true, true]), [0.5, 0.0, 0.25]);
    assert_eq!(atlas.parts_inside(&slab, &[]), [0.0; 3]);
}

#[test]
fn damaged_atlases_are_refused_with_the_reason() {
    let fails = |nifti: &[u8], table: &str, reason: &str| {
        let error = Atlas::from_bytes(nifti, table).expect_err(reason).to_string();
        assert!(error.contains(reason), "{error}");
    };
    let good = row(&[0.0, 3.0]);
    fails(&good[..300], TABLE, Atlas::FILES[0]);
    fails(&row(&[0.0, 4.0]), TABLE, "value 4");
    fails(&row(&[0.0, 2.5]), TABLE, "value 2.5");
    fails(&row(&[0.0, -3.0]), TABLE, "value -3");
    fails(&good, &TABLE.replace("label", "number"), "columns");
    fails(&good, &TABLE.replace("cerebellum", "elsewhere"), "elsewhere");
    fails(&good, &TABLE.replace("7\tB", "0\tB"), "not describe a region");
    fails(&good, &TABLE.replace("7\tB", "3\tB"), "twice");
}
