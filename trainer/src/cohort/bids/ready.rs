//! Ready grey-matter maps: each is read and judged before it is copied into the cohort.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use flate2::{Compression, GzBuilder};
use shared::prepare::{PREPARATION_VERSION, check_version, fit_to_grid, is_modulated};
use shared::volume::{Affine, Format, Grid, NiftiImage, Volume, read_nifti, write_nifti_gz};

use crate::cohort::bids::names::Candidate;
use crate::cohort::files;
use crate::cohort::prepared::{self, Outcome};

/// Grid on which plausibility is judged: the brain's box in MNI mm, coarse, since only means and places count.
const CHECK_SPACING_MM: f64 = 4.0;
const CHECK_LOW_MM: [f64; 3] = [-76.0, -112.0, -72.0];
const CHECK_HIGH_MM: [f64; 3] = [76.0, 76.0, 84.0];

/// The `descrip` of a map that was cut, by which a later run knows it.
const CUT_DESCRIPTION: &str = "GM, modulated, clipped to 0 to 1";

/// What people should know of such a map.
const CUT_NOTE: &str = "values above 1, so the map is modulated: clipped to 0 to 1, which models take";

/// Checks and copies one map. `Err` only where writing fails: that stops everything.
pub(super) fn take_over(input: &Path, out: &Path, id: &str, map: &Candidate) -> anyhow::Result<Outcome> {
    // A map that was prepared from this participant's T1 image earlier makes way: ready ones win.
    let was_prepared = prepared::was_prepared(out, id);
    if !was_prepared && let Some(there) = taken_over(out, id) {
        return Ok(there);
    }
    match checked(&input.join(&map.path)) {
        Err(reason) => {
            Ok(Outcome::LeftOut { file: Some(map.path.clone()), reason: format!("{reason:#}"), record: None })
        }
        Ok((bytes, notes)) => {
            if was_prepared {
                prepared::remove(out, id)?;
            }
            let name = format!("{id}{}{}.nii.gz", map.entities(), files::GM_SUFFIX);
            crate::files::write(&out.join(id).join("anat").join(name), &bytes)?;
            Ok(Outcome::There { fresh: true, record: None, notes })
        }
    }
}

/// The outcome for a map that an earlier run took over; `None` where there is none. What is doubtful about it is told
/// again, since the report of the whole is made by the last run.
pub(super) fn taken_over(out: &Path, id: &str) -> Option<Outcome> {
    let path = files::find_gm(out, id).ok()?;
    let image =
        files::read_limited(&path, files::MAX_IMAGE_BYTES).ok().and_then(|bytes| read_nifti(id, &bytes, None).ok());
    let mut notes = image.as_ref().map(warnings_of).unwrap_or_default();
    notes.extend(image.filter(|image| image.description == CUT_DESCRIPTION).map(|_| CUT_NOTE.to_owned()));
    Some(Outcome::There { fresh: false, record: None, notes })
}

/// What is doubtful about a file, in words.
fn warnings_of(image: &NiftiImage) -> Vec<String> {
    image.warnings.iter().map(ToString::to_string).collect()
}

/// Removes the map that an earlier run took over.
///
/// # Errors
/// The file cannot be removed.
pub(super) fn remove(out: &Path, id: &str) -> anyhow::Result<()> {
    match files::find_gm(out, id) {
        Ok(path) => fs::remove_file(&path).with_context(|| format!("{}: cannot be removed", path.display())),
        Err(_) => Ok(()),
    }
}

/// The gzipped bytes of a map that was read and looks like GM in MNI space, and what is to be told of it.
fn checked(path: &Path) -> anyhow::Result<(Vec<u8>, Vec<String>)> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let bytes = files::read_limited(path, files::MAX_IMAGE_BYTES)?;
    let image = read_nifti(&name, &bytes, None)?;
    check_version(&name, &image.description, PREPARATION_VERSION)?;
    let mut warnings = warnings_of(&image);
    let (format, description) = (image.format, image.description.clone());
    let mut volume = image.into_volume()?;
    fit_to_grid(&name, &volume, &check_grid(&volume))?;
    if is_modulated(&volume) {
        // Modulation multiplies probability by the local change of volume; models take 0..1.
        volume.data.iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
        warnings.push(CUT_NOTE.to_owned());
        return Ok((write_nifti_gz(&volume, CUT_DESCRIPTION).context("cannot be packed")?, warnings));
    }
    if format != Format::Nifti {
        return Ok((write_nifti_gz(&volume, &description).context("cannot be packed")?, warnings));
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok((bytes, warnings));
    }
    let mut encoder = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::default());
    let packed = encoder.write_all(&bytes).and_then(|()| encoder.finish()).context("cannot be packed")?;
    Ok((packed, warnings))
}
/// The coarse grid a map is judged on: the brain's box, cut to the heights the map covers, since slabs are welcome.
fn check_grid(volume: &Volume) -> Grid {
    let last = volume.shape.map(|count| count.saturating_sub(1) as f64);
    let corners = (0..8).map(|corner: usize| {
        let index = std::array::from_fn(|axis| if corner >> axis & 1 == 1 { last[axis] } else { 0.0 });
        volume.world_from_voxel.apply(index)[2]
    });
    let (low_z, high_z) = corners.fold((f64::MAX, f64::MIN), |(low, high), z| (low.min(z), high.max(z)));
    let (mut low_mm, mut high_mm) = (CHECK_LOW_MM, CHECK_HIGH_MM);
    // An image that misses the brain altogether keeps the whole box, and fails there with a clear reason.
    if low_z < high_mm[2] && high_z > low_mm[2] {
        low_mm[2] = low_mm[2].max(low_z);
        high_mm[2] = high_mm[2].min(high_z);
    }
    let shape = std::array::from_fn(|axis| ((high_mm[axis] - low_mm[axis]) / CHECK_SPACING_MM + 1e-9) as usize + 1);
    Grid { shape, mni_from_voxel: Affine::from_spacing_origin([CHECK_SPACING_MM; 3], low_mm) }
}
