//! What the repository holds for the preparation's tests, and its work carried out.
#![allow(dead_code, reason = "not every test that shares this module uses all of it")]

use shared::prepare::t1::Template;
use shared::volume::{Volume, read_nifti};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/template")
}

pub fn template() -> Template {
    let files = Template::FILES.map(|name| std::fs::read(folder().join(name)).unwrap());
    Template::from_files(files.each_ref().map(Vec::as_slice)).unwrap()
}

/// Colin27: one volunteer's whole head, which the preparation does not use.
pub fn colin27() -> Volume {
    let bytes = std::fs::read(folder().join("colin27_2mm_head.nii.gz")).unwrap();
    read_nifti("colin27", &bytes, None).unwrap().into_volume().unwrap()
}

/// The work gives way to nobody here.
pub fn to_the_end<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        if let Poll::Ready(found) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return found;
        }
    }
}
