//! What a result speaks of: whose image, by which model, which way.
//!
//! A case is made with the question and goes with it to the answer, so that no result can stand under the name of what
//! was opened meanwhile.

use shared::bundle::Manifest;
use shared::explain::{Atlas, Direction, RegionLabels};
use std::cell::OnceCell;
use std::rc::Rc;
use web::aim::Aim;
use web::origin::Origin;
use web::roles::is_mean;
use web_sys::File;

/// A bundle that is open.
pub struct OpenBundle {
    /// Name of its folder on the site, or the one that the list of models has for it.
    pub id: String,
    pub origin: Origin,
    /// First letters of the SHA-256 of its manifest.
    pub version: String,
    /// The manifest as it came: what the engine works by, too.
    pub manifest_json: Vec<u8>,
    pub manifest: Manifest,
    /// Where the translation may change something, x fastest; None where the file could not be read.
    pub mask: Option<Vec<bool>>,
    /// The atlas's regions on its grid, made when the atlas is there.
    labels: OnceCell<Rc<RegionLabels>>,
}

impl OpenBundle {
    pub fn new(id: &str, origin: Origin, version: String, (manifest_json, manifest): (Vec<u8>, Manifest)) -> Self {
        OpenBundle { id: id.to_owned(), origin, version, manifest_json, manifest, mask: None, labels: OnceCell::new() }
    }

    /// The atlas's regions on the bundle's grid; none as long as atlas or mask are missing.
    pub fn labels(&self, atlas: Option<&Atlas>) -> Option<&Rc<RegionLabels>> {
        let (atlas, mask) = (atlas?, self.mask.as_ref()?);
        Some(self.labels.get_or_init(|| Rc::new(RegionLabels::new(atlas, &self.manifest.grid, mask))))
    }
}

/// A file that the engine will read.
#[derive(Clone)]
pub enum Source {
    Bytes(Rc<Vec<u8>>),
    /// On the visitor's disk: the page itself never reads it.
    File(File),
}

impl Source {
    pub fn of(bytes: Vec<u8>) -> Self {
        Source::Bytes(Rc::new(bytes))
    }
}

/// An image that can be explained.
#[derive(Clone)]
pub struct Subject {
    /// Of its own among all that were opened: files of two people may have one name.
    pub key: u32,
    pub name: String,
    pub file: Source,
    /// The `.img` of a `.hdr`.
    pub image: Option<Source>,
    /// The direction of a sample's precomputed result.
    pub direction: Option<Direction>,
    /// Id of the sample that it is; None for the visitor's own image.
    pub sample: Option<String>,
}

impl Subject {
    pub fn is_own(&self) -> bool {
        self.sample.is_none()
    }

    /// Whether it is a mean over many brains.
    pub fn is_mean(&self) -> bool {
        self.sample.as_deref().is_some_and(is_mean)
    }
}

/// One question.
pub struct Case {
    pub id: u32,
    pub bundle: Rc<OpenBundle>,
    pub subject: Subject,
    /// What was asked for; None: away from the class that the classifier sees.
    pub aim: Option<Aim>,
}

impl Case {
    /// Whether it speaks of this image and this bundle.
    pub fn is_of(&self, subject: Option<&Subject>, bundle: Option<&Rc<OpenBundle>>) -> bool {
        subject.is_some_and(|subject| subject.key == self.subject.key)
            && bundle.is_some_and(|bundle| Rc::ptr_eq(bundle, &self.bundle))
    }
}
