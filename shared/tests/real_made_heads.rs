//! The preparation on heads made from twenty people's label maps. Needs the data beside the project (`AGELENS_DATA`, default
//! `../shared/data`); run by `make test-real`, or by name:
//!
//! ```text
//! AGELENS_MADE_HEADS=300 cargo test --release -p shared --features parallel,heads --test real_made_heads -- --nocapture
//! ```

mod made;
mod standard;

use made::{Bars, prepare_made_heads};
use shared::heads::HeadLabels;
use shared::volume::read_nifti;
use std::path::{Path, PathBuf};

/// Sound heads where the environment does not say how many: three of each of every third person. To know where a person's heads
/// belong takes longer than to prepare them; all twenty take part where a number is given.
const SOUND_HEADS: u64 = 21;
const EVERY_PERSON: usize = 3;

fn heads() -> Vec<HeadLabels> {
    let root = std::env::var_os("AGELENS_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    let folder = root.join("head-labels");
    let read = |number: u32| {
        let name = format!("head-{number:02}");
        let path = folder.join(format!("{name}_dseg.nii.gz"));
        let bytes =
            std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; set AGELENS_DATA", path.display()));
        HeadLabels::from_volume(&name, &read_nifti(&name, &bytes, None).unwrap().into_volume().unwrap()).unwrap()
    };
    let step = if std::env::var_os("AGELENS_MADE_HEADS").is_some() { 1 } else { EVERY_PERSON };
    (1..=20).step_by(step).map(read).collect()
}

#[test]
fn heads_made_from_people_end_where_they_belong_or_are_refused() {
    prepare_made_heads(&heads(), SOUND_HEADS, Bars { right: 0.8, wrong: 0.05, faults_refused: 0.8 });
}
