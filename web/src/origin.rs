//! Where the files of a bundle come from: a folder of the site, or one on the visitor's disk. Page and worker ask both for a file by its
//! path within the bundle; what the site sends is fetched by each in its own way.

use crate::pieces::read_blob;
use shared::coded;
use std::collections::BTreeMap;
use std::rc::Rc;
use web_sys::File;

/// What makes a folder a bundle.
pub const MANIFEST: &str = "manifest.json";
/// Largest manifest that is read from a disk: many times what any of ours has.
pub const MOST_MANIFEST_BYTES: u64 = 16 * 1024 * 1024;

/// Where the files of a bundle come from.
#[derive(Clone)]
pub enum Origin {
    /// Absolute address of a folder of the site, ending in `/`.
    Site(String),
    Disk(Rc<Folder>),
}

impl Origin {
    /// Whether they are the same for sure. What lies in a folder on a disk may be another the next time it is chosen.
    pub fn is_same(&self, other: &Origin) -> bool {
        match (self, other) {
            (Origin::Site(one), Origin::Site(other)) => one == other,
            (Origin::Disk(one), Origin::Disk(other)) => Rc::ptr_eq(one, other),
            _ => false,
        }
    }

    pub fn is_disk(&self) -> bool {
        matches!(self, Origin::Disk(_))
    }
}

/// A folder on the visitor's disk: its files by their paths, each read only when it is asked for.
pub struct Folder(pub BTreeMap<String, File>);

impl Folder {
    /// A file of at most `limit` bytes; `on_bytes` hears how many there are so far.
    pub async fn read(&self, path: &str, limit: u64, on_bytes: impl FnMut(u64)) -> Result<Vec<u8>, FolderError> {
        let path = || path.to_owned();
        let file = self.0.get(&path()).ok_or_else(|| FolderError::Missing { path: path() })?;
        if file.size() > limit as f64 {
            return Err(FolderError::TooLarge { path: path() });
        }
        read_blob(file, on_bytes).await.map_err(|_| FolderError::Unreadable { path: path() })
    }
}

/// Name and files of a folder that was chosen, from the paths by which a browser lists them: the folder's name, then the path within.
///
/// # Errors
/// [`FolderError`] where it is no bundle's folder.
pub fn bundle_folder<F>(
    listed: impl IntoIterator<Item = (String, F)>,
) -> Result<(String, BTreeMap<String, F>), FolderError> {
    let mut name = None;
    let mut files = BTreeMap::new();
    for (path, file) in listed {
        if let Some((folder, inner)) = path.split_once('/') {
            name.get_or_insert_with(|| folder.to_owned());
            files.insert(inner.to_owned(), file);
        }
    }
    let name = name.ok_or(FolderError::Empty)?;
    match files.contains_key(MANIFEST) {
        true => Ok((name, files)),
        false => Err(FolderError::NoManifest { name }),
    }
}

/// Why a folder on the visitor's disk, or a file in it, cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FolderError {
    #[error("The folder is empty. Choose a bundle’s folder, as `trainer export` writes it.")]
    Empty,
    #[error(
        "{name}: there is no manifest.json in this folder, so it is not a bundle. Choose the folder that `trainer export` wrote, not one \
         above it or within it."
    )]
    NoManifest { name: String },
    #[error("{path}: is not in the folder that was opened. Copy the whole bundle, and open it again.")]
    Missing { path: String },
    #[error("{path}: is larger than it should be. Export the bundle again, and open it again.")]
    TooLarge { path: String },
    #[error(
        "{path}: could not be read. It may have been moved or changed in the meantime; open the bundle’s folder again."
    )]
    Unreadable { path: String },
}

coded!(enum FolderError {
    Empty {} => "folder.empty",
    NoManifest { name } => "folder.no_manifest",
    Missing { path } => "folder.missing",
    TooLarge { path } => "folder.too_large",
    Unreadable { path } => "folder.unreadable",
});

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(paths: &[&str]) -> Result<(String, Vec<String>), FolderError> {
        let found = bundle_folder(paths.iter().map(|path| ((*path).to_owned(), ())));
        found.map(|(name, files)| (name, files.into_keys().collect()))
    }

    #[test]
    fn a_bundle_is_a_folder_with_a_manifest() {
        let (name, paths) = listed(&["mine/mask.nii.gz", "mine/manifest.json", "mine/onnx/classifier.onnx"]).unwrap();
        assert_eq!(name, "mine");
        assert_eq!(paths, ["manifest.json", "mask.nii.gz", "onnx/classifier.onnx"]);
    }

    #[test]
    fn the_folder_above_and_an_empty_one_are_none() {
        let none = |name: &str| Err(FolderError::NoManifest { name: name.into() });
        assert_eq!(listed(&["models/mine/manifest.json", "models/index.json"]), none("models"));
        assert_eq!(listed(&["mine/Manifest.json"]), none("mine"));
        assert_eq!(listed(&[]), Err(FolderError::Empty));
        // No folder was chosen, but a file.
        assert_eq!(listed(&["manifest.json"]), Err(FolderError::Empty));
    }

    #[test]
    fn origins_are_the_same_only_where_that_is_sure() {
        let site = |url: &str| Origin::Site(url.to_owned());
        let folder = Rc::new(Folder(BTreeMap::new()));
        let disk = Origin::Disk(folder.clone());
        assert!(site("a/").is_same(&site("a/")) && disk.is_same(&Origin::Disk(folder)));
        assert!(!site("a/").is_same(&site("b/")) && !site("a/").is_same(&disk));
        assert!(!disk.is_same(&Origin::Disk(Rc::new(Folder(BTreeMap::new())))));
    }
}
