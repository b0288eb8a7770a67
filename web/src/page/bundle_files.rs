//! A file of a bundle, wherever the bundle lies.

use crate::fetch;
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
