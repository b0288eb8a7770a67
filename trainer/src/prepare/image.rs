//! One T1 image: read with its fingerprint, prepared, and drawn.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use shared::bundle::sha256_hex;
use shared::prepare::PREPARATION_VERSION;
use shared::prepare::t1::{self, Kind, Options, Prepared, T1Error, Template, prepare_t1, qc_picture};
use shared::volume::{NiftiImage, SINGLE_FILE_ENDINGS, read_nifti};

use crate::failure::unusable;
use crate::files;
use crate::prepare::record::{Record, RecordedOptions};

/// An image file in memory, not yet looked into.
pub struct Input {
    /// As messages name it.
    pub name: String,
    /// Without folders: what records keep, since paths tell of the machine and may tell of people.
    file_name: String,
    bytes: Vec<u8>,
    /// The `.img` of a `.hdr`.
    image: Option<Vec<u8>>,
    /// Of the file; of a pair, of header and image one after the other.
    pub sha256: String,
}

impl Input {
    /// Reads a `.nii`, `.nii.gz`, `.mgz`, `.mgh` or `.nrrd`, or a `.hdr` with the `.img` beside it.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`]: a file is missing or cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        Self::read_as(path, &path.display().to_string())
    }

    /// The same; messages call the file `name`.
    pub fn read_as(path: &Path, name: &str) -> Result<Self> {
        let bytes = files::read(path)?;
        let is_pair = path.extension().is_some_and(|extension| extension == "hdr");
        let image = if is_pair { Some(files::read(&path.with_extension("img"))?) } else { None };
        let sha256 = match &image {
            None => sha256_hex(&bytes),
            Some(image) => sha256_hex(&[&bytes[..], &image[..]].concat()),
        };
        let file_name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Ok(Input { name: name.to_owned(), file_name, bytes, image, sha256 })
    }

    /// What the names of the results begin with: the file's name without its ending and without `_T1w`, since a map
    /// of grey matter is no T1 image any more.
    pub fn stem(&self) -> &str {
        let mut endings = SINGLE_FILE_ENDINGS.into_iter().chain([".hdr"]);
        let stem = endings.find_map(|ending| self.file_name.strip_suffix(ending));
        let stem = stem.unwrap_or(&self.file_name);
        stem.strip_suffix("_T1w").filter(|rest| !rest.is_empty()).unwrap_or(stem)
    }

    /// What the file holds; its bytes are given up, since fine images are large.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`]: it is no image.
    pub fn take_image(&mut self) -> Result<NiftiImage> {
        let (bytes, second) = (std::mem::take(&mut self.bytes), self.image.take());
        read_nifti(&self.name, &bytes, second.as_deref()).map_err(|error| unusable(error.to_string()))
    }

    /// What is known of the image before it is prepared.
    pub fn record(&self, options: Options) -> Record {
        Record {
            input: self.file_name.clone(),
            input_sha256: self.sha256.clone(),
            preparation_version: PREPARATION_VERSION.to_owned(),
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            options: RecordedOptions { modulated: options.modulated, force: options.force },
            seconds: 0.0,
            warnings: Vec::new(),
            refused: None,
            quality: None,
            found: None,
            mni_from_world: None,
            files: Default::default(),
        }
    }
}

/// What the preparation made of an image, whether or not it passed the quality control.
pub struct Outcome {
    pub prepared: Prepared,
    /// The picture to look at.
    pub picture_png: Vec<u8>,
    /// Complete but for the files, which the caller writes.
    pub record: Record,
}

/// Prepares an image and draws its picture. A failed quality control is a result here, not an error: whoever calls
/// decides by `prepared.quality`, so that numbers and picture of the failure can be kept. The file's bytes are given up: fine
/// images are large.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: no image, not 3-D, no T1 image of a head, or a grey-matter map already. Other
/// errors: `progress` stopped it.
pub fn prepare_image(
    input: &mut Input,
    template: &Template,
    options: Options,
    progress: &mut impl t1::Progress,
) -> Result<Outcome> {
    let began = Instant::now();
    let image = input.take_image()?;
    let name = input.name.as_str();
    let refuse = |error: &dyn std::fmt::Display| unusable(error.to_string());
    let warnings = image.warnings.iter().map(ToString::to_string).collect();
    let volume = image.into_volume().map_err(|error| refuse(&error))?;
    // What is empty is no map either; the preparation says so.
    let is_empty = volume.data.windows(2).all(|pair| pair[0] == pair[1]);
    if !is_empty && Kind::of(&volume) == Kind::GmMap {
        return Err(unusable(format!(
            "{name}: this is a map of a tissue already, by its values and its shape, and needs no preparation: `trainer \
             explain` and `trainer cohort bids` take a grey-matter map in MNI space as it is; if it is a scan that was cut or \
             scaled, give the original"
        )));
    }
    let forced = Options { force: true, ..options };
    let prepared =
        pollster::block_on(prepare_t1(name, &volume, template, forced, progress)).map_err(|error| match error {
            T1Error::Unsuitable { .. } | T1Error::Quality { .. } => refuse(&error),
            T1Error::Template { .. } | T1Error::Cancelled => anyhow::Error::new(error),
        })?;
    let picture_png = draw(&prepared, template).with_context(|| format!("{name}: the QC picture cannot be drawn"))?;
    let mut quality = prepared.quality.clone();
    // JSON has no NaN, and a record that cannot be read back would be made anew each time; the reasons tell of it.
    quality.measures.retain(|measure| measure.value.is_finite());
    let record = Record {
        seconds: began.elapsed().as_secs_f64(),
        warnings,
        quality: Some(quality),
        found: Some(prepared.found),
        mni_from_world: Some(crate::prepare::outputs::homogeneous(&prepared.mni_from_world)),
        ..input.record(options)
    };
    Ok(Outcome { prepared, picture_png, record })
}

fn draw(prepared: &Prepared, template: &Template) -> Result<Vec<u8>> {
    let picture = qc_picture(prepared, template);
    let (width, height) = (u32::try_from(picture.width)?, u32::try_from(picture.height)?);
    ensure!(width > 0 && height > 0 && picture.rgba.len() == 4 * picture.width * picture.height, "it is empty");
    let mut png = Vec::new();
    // Fast: a picture to look at, made for each of hundreds of scans.
    PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Sub).write_image(
        &picture.rgba,
        width,
        height,
        ExtendedColorType::Rgba8,
    )?;
    Ok(png)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(file_name: &str) -> Input {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join(file_name);
        std::fs::write(&path, b"no image").expect("file");
        Input::read(&path).expect("read")
    }

    #[test]
    fn names_of_results_begin_as_the_input() {
        for (file_name, stem) in [
            ("sub-01_T1w.nii.gz", "sub-01"),
            ("IXI012-HH-1211-T1.nii", "IXI012-HH-1211-T1"),
            ("_T1w.nii", "_T1w"),
            ("scan.mgz", "scan"),
            ("sub-01_T1w.nrrd", "sub-01"),
            ("scan.png", "scan.png"),
        ] {
            assert_eq!(input(file_name).stem(), stem);
        }
    }

    #[test]
    fn a_pair_needs_its_image_and_both_count() {
        let folder = tempfile::tempdir().expect("folder");
        let header = folder.path().join("scan.hdr");
        std::fs::write(&header, b"one").expect("file");
        assert!(Input::read(&header).is_err());
        std::fs::write(folder.path().join("scan.img"), b"two").expect("file");
        let input = Input::read(&header).expect("pair");
        assert_eq!((input.sha256.as_str(), input.stem()), (sha256_hex(b"onetwo").as_str(), "scan"));
    }
}
