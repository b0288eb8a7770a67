//! A bundle's folder, read and opened on a device.

use crate::failure::unusable;
use crate::{files, output_folder};
use anyhow::Result;
use burn::tensor::Device;
use shared::bundle::{Bundle, parse_manifest, sha256_hex};
use shared::prepare::PREPARATION_VERSION;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads a bundle's folder and, on a graphics card, sees that it answers the reference input rightly; also returns the
/// SHA-256 of its manifest, which pins every other file.
pub fn open_bundle(folder: &Path, device: &Device) -> Result<(Bundle, String)> {
    let (bundle, sha256) = read_bundle(folder, device)?;
    if *device != Device::flex() {
        trust(&bundle)?;
    }
    Ok((bundle, sha256))
}

/// The same without the test of the device.
pub fn read_bundle(folder: &Path, device: &Device) -> Result<(Bundle, String)> {
    output_folder::BUNDLE.expect(folder)?;
    let manifest_json = files::read(&folder.join("manifest.json"))?;
    let refuse = |error: shared::bundle::BundleError| unusable(format!("{}: {error}", folder.display()));
    let manifest = parse_manifest(&manifest_json).map_err(|error| refuse(error.into()))?;
    let preparation = &manifest.preparation_version;
    if !manifest.takes_preparation(PREPARATION_VERSION) {
        // Not refused: its own version's maps and other software's still fit it.
        eprintln!(
            "note: {} was trained on maps of preparation `{preparation}`; it refuses maps made by this version's \
             `trainer prepare` (`{PREPARATION_VERSION}`), but accepts those of other software",
            folder.display()
        );
    }
    let mut bytes = BTreeMap::new();
    for path in Bundle::required_paths(&manifest) {
        let promised = manifest.files.values().find(|entry| entry.path == path).map_or(0, |entry| entry.bytes);
        let file = folder.join(&path);
        // Of a file that is none, or is longer than was promised, nothing is read.
        if std::fs::metadata(&file).is_ok_and(|found| !found.is_file() || found.len() != promised) {
            return Err(unusable(format!(
                "{}: is not the file of {promised} bytes that manifest.json names; copy the whole bundle again",
                file.display()
            )));
        }
        bytes.insert(path, files::read(&file)?);
    }
    let bundle = Bundle::from_files(&manifest_json, &bytes, device).map_err(refuse)?;
    Ok((bundle, sha256_hex(&manifest_json)))
}

/// A graphics card has to give the answers that the bundle brings along: some drivers compute wrongly without an error.
fn trust(bundle: &Bundle) -> Result<()> {
    let test = pollster::block_on(bundle.self_test())?;
    anyhow::ensure!(
        test.passed(),
        "this device computes wrong results: they differ from the bundle's reference by {:.1e} ({:.0e} is allowed); use --device cpu",
        test.max_abs_difference.max(test.max_probability_difference),
        shared::bundle::SelfTest::TOLERANCE
    );
    Ok(())
}
