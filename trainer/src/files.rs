//! Reading and writing whole files: errors name the file, outputs appear complete or not at all.

use crate::failure::unusable;
use anyhow::{Context, Result};
use serde::Serialize;
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::Path;

/// All bytes of an input file; a missing or unreadable one is unusable input.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    if path.is_dir() {
        return Err(unusable(format!("{}: is a folder; name the file", path.display())));
    }
    std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => unusable(format!("{}: no such file; check the path", path.display())),
        _ => unusable(format!("{}: cannot be read ({error}); check its permissions", path.display())),
    })
}

/// Writes to a temporary file beside `path` and renames it, so that a crash leaves the old file or the new one.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let attempt = || -> Result<()> {
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new().prefix(".partial-").tempfile_in(folder)?;
        file.write_all(bytes)?;
        // Temporary files are private; results are as readable as any other file.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
        }
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    attempt().with_context(|| format!("{}: cannot be written; check the folder and the free space", path.display()))
}

/// Writes a value as indented JSON with a final newline.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    write(path, text.as_bytes())
}

/// Makes the folder where it is not there, and locks it by a file of this name for other programs, as long as the result is held; `None`
/// where another holds it.
///
/// # Errors
/// The folder cannot be made, or the file not be written.
pub fn lock(folder: &Path, name: &str) -> Result<Option<File>> {
    std::fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made; check --out", folder.display()))?;
    let path = folder.join(name);
    let file = File::create(&path).with_context(|| format!("{}: cannot be written", path.display()))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(None),
        // File systems without locks keep nobody out; those of clusters mostly have them.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(file)),
    }
}

/// Removes a file; one that is not there is no error.
pub fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{}: cannot be removed; check its permissions", path.display()))
        }
        _ => Ok(()),
    }
}
