//! The people, the template, and the preparation as the tests call it.

use shared::prepare::t1::{Options, Prepared, Silent, T1Error, Template, prepare_t1};
use shared::volume::{Volume, read_nifti};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// A whole-head scan with labels.
pub struct Person {
    pub id: String,
    pub t1: Volume,
    pub labels: Volume,
    pub grey_labels: BTreeSet<u16>,
}

pub fn people() -> Vec<Person> {
    let root = std::env::var_os("AGELENS_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    let folder = root.join("ixi-t1-2mm");
    let table = std::fs::read_to_string(folder.join("dlmuse-labels.tsv"))
        .unwrap_or_else(|error| panic!("{}: {error}; set AGELENS_DATA", folder.display()));
    let grey_labels: BTreeSet<u16> = table
        .lines()
        .skip(1)
        .filter_map(|line| line.trim_end().strip_suffix("\t1"))
        .map(|line| line.split('\t').next().unwrap().parse().unwrap())
        .collect();
    ["IXI012", "IXI013", "IXI014", "IXI015", "IXI051"]
        .map(|id| {
            let file = |suffix: &str| read(&folder.join(format!("sub-{id}/anat/sub-{id}_{suffix}.nii.gz")));
            let grey_labels = grey_labels.clone();
            Person { id: id.to_owned(), t1: file("T1w"), labels: file("desc-dlmuse_dseg"), grey_labels }
        })
        .into()
}

pub fn template() -> Template {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/template");
    let files = Template::FILES.map(|name| std::fs::read(folder.join(name)).unwrap());
    Template::from_files(files.each_ref().map(Vec::as_slice)).unwrap()
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
    let mut silent = Silent;
    let mut work = pin!(prepare_t1("image", image, template, options, &mut silent));
    loop {
        if let Poll::Ready(result) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return result;
        }
    }
}

fn read(path: &Path) -> Volume {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    read_nifti(&path.display().to_string(), &bytes, None).unwrap().into_volume().unwrap()
}
