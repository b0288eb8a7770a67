//! The people, the template, and the preparation as the tests call it.

use crate::standard::to_the_end;
use shared::prepare::t1::{Options, Prepared, Silent, T1Error, Template, prepare_t1};
use shared::volume::{Volume, read_nifti, write_nifti};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A whole-head scan with labels.
pub struct Person {
    pub id: String,
    pub t1: Volume,
    /// Not of everyone: DLMUSE labels on the scan's grid.
    pub labels: Option<Volume>,
    pub grey_labels: BTreeSet<u16>,
}

fn root() -> PathBuf {
    std::env::var_os("AGELENS_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from)
}

/// Labels of grey matter, from the table of DLMUSE labels.
fn grey_labels() -> BTreeSet<u16> {
    let path = root().join("ixi-t1-2mm/dlmuse-labels.tsv");
    let table =
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}; set AGELENS_DATA", path.display()));
    table
        .lines()
        .skip(1)
        .filter_map(|line| line.trim_end().strip_suffix("\t1"))
        .map(|line| line.split('\t').next().unwrap().parse().unwrap())
        .collect()
}

/// Five young volunteers, whole heads, with labels.
pub fn people() -> Vec<Person> {
    let folder = root().join("ixi-t1-2mm");
    let grey_labels = grey_labels();
    ["IXI012", "IXI013", "IXI014", "IXI015", "IXI051"]
        .map(|id| {
            let file = |suffix: &str| read(&folder.join(format!("sub-{id}/anat/sub-{id}_{suffix}.nii.gz")));
            let labels = Some(file("desc-dlmuse_dseg"));
            Person { id: id.to_owned(), t1: file("T1w"), labels, grey_labels: grey_labels.clone() }
        })
        .into()
}

/// Every file of `strangers/`, in order of the ids.
pub fn strangers() -> Vec<Person> {
    let grey_labels = grey_labels();
    let folder = root().join("strangers");
    let names = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut ids: Vec<String> = names
        .filter_map(|entry| {
            entry.unwrap().file_name().to_str().and_then(|name| name.strip_prefix("sub-")).map(str::to_owned)
        })
        .collect();
    ids.sort();
    ids.into_iter()
        .map(|id| {
            let anat = folder.join(format!("sub-{id}/anat"));
            let labels = anat.join(format!("sub-{id}_desc-dlmuse_dseg.nii.gz"));
            let native = anat.join(format!("sub-{id}_T1w.nii.gz"));
            let t1 = if native.exists() { native } else { anat.join(format!("sub-{id}_space-MNI_T1w.nii.gz")) };
            let labels = labels.exists().then(|| read(&labels));
            Person { id, t1: read(&t1), labels, grey_labels: grey_labels.clone() }
        })
        .collect()
}

/// Writes the control picture and maps for looking at, outside the repository.
pub fn write_for_viewing(folder: &Path, person: &Person, prepared: &Prepared, template: &Template) {
    std::fs::create_dir_all(folder).unwrap();
    let picture = shared::prepare::t1::qc_picture(prepared, template);
    let mut ppm = format!("P6 {} {} 255\n", picture.width, picture.height).into_bytes();
    picture.rgba.chunks(4).for_each(|pixel| ppm.extend_from_slice(&pixel[..3]));
    std::fs::write(folder.join(format!("{}.ppm", person.id)), ppm).unwrap();
    for (name, map) in [("gm", &prepared.gm), ("csf", &prepared.csf), ("mask", &prepared.mask), ("t1", &prepared.t1)] {
        std::fs::write(folder.join(format!("{}_{name}.nii", person.id)), write_nifti(map, name)).unwrap();
    }
    let lines = prepared.mni_from_world.0.map(|row| row.map(|value| value.to_string()).join(" ")).join("\n");
    std::fs::write(folder.join(format!("{}_mni_from_world.txt", person.id)), lines).unwrap();
}

/// As the page prepares: a failed quality control is an error.
pub fn prepare(image: &Volume, template: &Template) -> Result<Prepared, T1Error> {
    run(image, template, Options::default())
}

/// With the result even where the quality control failed.
pub fn prepare_whatever(image: &Volume, template: &Template) -> Result<Prepared, T1Error> {
    run(image, template, Options { force: true, ..Options::default() })
}

fn run(image: &Volume, template: &Template, options: Options) -> Result<Prepared, T1Error> {
    to_the_end(prepare_t1("image", image, template, options, &mut Silent))
}

fn read(path: &Path) -> Volume {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    read_nifti(&path.display().to_string(), &bytes, None).unwrap().into_volume().unwrap()
}
