//! A file of a bundle, wherever the bundle lies.

use crate::case::OpenBundle;
use crate::fetch;
use shared::bundle::{FileEntry, Manifest};
use web::origin::{MANIFEST, MOST_MANIFEST_BYTES, Origin};
use web::told::Sentence;

/// The bytes of a file; from a disk, at most `limit`. Not yet checked.
pub async fn read(origin: &Origin, path: &str, limit: u64) -> Result<Vec<u8>, Sentence> {
    Ok(match origin {
        Origin::Site(url) => fetch::bytes(path, &format!("{url}{path}")).await?,
        Origin::Disk(folder) => folder.read(path, limit, |_| ()).await?,
    })
}

pub async fn read_manifest(origin: &Origin) -> Result<Vec<u8>, Sentence> {
    read(origin, MANIFEST, MOST_MANIFEST_BYTES).await
}

/// A file of a bundle, as its manifest says it is.
pub async fn load(bundle: &OpenBundle, entry: &FileEntry) -> Result<Vec<u8>, Sentence> {
    let bytes = read(&bundle.origin, &entry.path, entry.bytes).await?;
    entry.check(&bytes)?;
    Ok(bytes)
}

/// The file for a role, where it stays inside the bundle.
pub fn entry_of<'a>(manifest: &'a Manifest, role: &str) -> Option<&'a FileEntry> {
    manifest.files.get(role).filter(|entry| entry.is_inner_path())
}
