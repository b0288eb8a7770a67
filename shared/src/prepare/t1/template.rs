//! The standard brain that images are brought to: tissues of whole heads to find the place, tissue maps of the brain to
//! find the tissues.

use super::error::{T1Error, TemplateFault};
use super::field::{sample_on, smooth};
use super::register::targets::Targets;
use super::tissue::priors::Priors;
use crate::volume::{Affine, Volume, read_nifti};
use std::sync::OnceLock;

/// Names the set of template files; changes whenever one of them does (a test compares their hashes).
pub const TEMPLATE_VERSION: &str = "icbm2009a-heads20-1";

/// Tissues of whole heads: gm, wm, csf (that around the brain, too), bone, soft tissue, air.
pub(super) const HEAD_CLASSES: usize = 6;

/// Structure wider than this (Gaussian sigma, voxels of 2 mm) is no detail of a brain (see `detail`): a blurred one has it, too.
pub(super) const COARSE_VOXELS: f64 = 2.0;

/// Volumes of `static/template/`, all in MNI152 space; those of the brain at 2 mm.
pub struct Template {
    /// How often each of the six tissues of a head is found in 20 heads, 0..1, at 4 mm; all 0 farther than 28 mm from the
    /// brain. Target of the registration.
    pub heads: [Volume; HEAD_CLASSES],
    /// ICBM152 2009a symmetric T1, brain only, 0..1.
    pub t1: Volume,
    /// Probability of grey matter, 0..1.
    pub gm: Volume,
    /// Probability of white matter, 0..1.
    pub wm: Volume,
    /// Fluid inside the brain mask: mask − GM − WM.
    pub csf: Volume,
    /// What is made of the volumes above, once for all images.
    ready: OnceLock<Ready>,
}

/// What the preparation makes of a template before it looks at the first image.
pub(super) struct Ready {
    pub(super) targets: Targets,
    pub(super) priors: Priors,
    /// 1 inside the ICBM152 brain, 0 outside, on the grid of the tissue maps.
    pub(super) brain: Vec<f32>,
    /// The same, smoothed by [`COARSE_VOXELS`].
    pub(super) outline: Vec<f32>,
}

impl Template {
    /// File names below `static/template/`, in the order that [`Template::from_files`] takes their contents.
    pub const FILES: [&str; 5] = [
        "heads20_4mm_tissues.nii.gz",
        "icbm152_2mm_t1.nii.gz",
        "icbm152_2mm_gm.nii.gz",
        "icbm152_2mm_wm.nii.gz",
        "icbm152_2mm_csf.nii.gz",
    ];

    /// Reads the files of [`Template::FILES`].
    ///
    /// # Errors
    /// [`T1Error::Template`] where one cannot be read or the tissue maps differ in shape.
    pub fn from_files(files: [&[u8]; 5]) -> Result<Self, T1Error> {
        let mut volumes = Vec::with_capacity(5);
        for (name, bytes) in Self::FILES.into_iter().zip(files) {
            let volume = read_nifti(name, bytes, None).and_then(|image| image.into_volume());
            volumes.push(volume.map_err(|error| T1Error::Template { reason: error.into() })?);
        }
        let [heads, t1, gm, wm, csf] =
            <[Volume; 5]>::try_from(volumes).map_err(|_| T1Error::Template { reason: TemplateFault::Files })?;
        let same = |other: &Volume| other.shape == gm.shape && other.world_from_voxel == gm.world_from_voxel;
        if !(same(&t1) && same(&wm) && same(&csf)) {
            return Err(T1Error::Template { reason: TemplateFault::Grids });
        }
        let heads = one_by_one(&heads).ok_or(T1Error::Template { reason: TemplateFault::Heads })?;
        Ok(Template::of(heads, [t1, gm, wm, csf]))
    }

    /// From its volumes: tissues of heads; T1, gm, wm and csf of the brain.
    pub(super) fn of(heads: [Volume; HEAD_CLASSES], [t1, gm, wm, csf]: [Volume; 4]) -> Self {
        Template { heads, t1, gm, wm, csf, ready: OnceLock::new() }
    }

    /// What is made of the template, at the first call.
    pub(super) fn ready(&self) -> &Ready {
        self.ready.get_or_init(|| {
            // The template's T1 is cut to the brain; what averaging smeared over its border is not brain.
            let brain: Vec<f32> = self.t1.data.iter().map(|value| f32::from(*value > 0.01)).collect();
            let heads = self.heads_on_grid();
            let priors = Priors::of([&self.gm, &self.wm, &self.csf], &heads, &brain);
            let outline = smooth(&brain, self.t1.shape, [COARSE_VOXELS; 3]);
            Ready { targets: Targets::of(&self.t1, &heads), priors, brain, outline }
        })
    }

    /// [`Template::heads`] on the grid of the tissue maps; 0 where they end.
    pub(super) fn heads_on_grid(&self) -> [Volume; HEAD_CLASSES] {
        self.heads.each_ref().map(|head| {
            let from_mni = head.world_from_voxel.inverse().unwrap_or(Affine::IDENTITY);
            let data = sample_on(head, self.gm.shape, &from_mni.compose(&self.gm.world_from_voxel), 0.0);
            self.gm.with_data(data)
        })
    }

    /// 1 inside the ICBM152 brain, 0 outside, on the grid of the tissue maps.
    pub(super) fn brain(&self) -> &[f32] {
        &self.ready().brain
    }
}

/// Volumes that lie one above the other along z in a file, each with the place of the first.
fn one_by_one(stack: &Volume) -> Option<[Volume; HEAD_CLASSES]> {
    let [nx, ny, nz] = stack.shape;
    if nz % HEAD_CLASSES != 0 {
        return None;
    }
    let shape = [nx, ny, nz / HEAD_CLASSES];
    let size: usize = shape.iter().product();
    Some(std::array::from_fn(|class| {
        let data = stack.data[class * size..(class + 1) * size].to_vec();
        Volume::new(shape, data, stack.world_from_voxel)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::sha256_hex;
    use std::path::PathBuf;

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../static/template");
    /// Of the files of [`TEMPLATE_VERSION`], in the order of [`Template::FILES`].
    const SHA256: [&str; 5] = [
        "a1caa1a5236c1cb96eca8215d646f1a38485dbf461919fa57c71662264fff477",
        "f5a62fbaf586106d3b00f417a06fca19c5683bea4dad648de1b4eaf249c8a759",
        "8d8846a7315f12d95b505caedb0cbb23cf0d1ae76cee77e89f7a09bc6aa33e1b",
        "4cafa2dce2f924de8a9708c310d3596859cd3e862e6605768e112561de9cd71d",
        "a2d9e34777cdb0a6b2b7f9687b98685d4f8f495aecff9fdac003dd0bd6fe11d1",
    ];

    fn shipped() -> [Vec<u8>; 5] {
        Template::FILES.map(|name| std::fs::read(PathBuf::from(FOLDER).join(name)).expect(name))
    }

    fn read(files: &[Vec<u8>; 5]) -> Result<Template, T1Error> {
        Template::from_files(std::array::from_fn(|index| files[index].as_slice()))
    }

    #[test]
    fn the_template_files_are_those_of_the_version() {
        let notice = std::fs::read_to_string(PathBuf::from(FOLDER).join("NOTICE.md")).expect("NOTICE.md");
        for ((name, bytes), expected) in Template::FILES.into_iter().zip(shipped()).zip(SHA256) {
            let found = sha256_hex(&bytes);
            assert_eq!(found, expected, "{name} has changed: raise TEMPLATE_VERSION when the files change");
            assert!(notice.contains(&format!("| `{name}` |")) && notice.contains(expected), "NOTICE.md lacks {name}");
        }
        assert!(notice.contains(TEMPLATE_VERSION), "NOTICE.md names another TEMPLATE_VERSION");
    }

    #[test]
    fn the_template_files_are_read_with_their_places_and_range() {
        let template = read(&shipped()).expect("template");
        let Template { heads, t1, gm, wm, csf, .. } = &template;
        for head in heads {
            assert_eq!(head.shape, [50, 60, 57]);
            assert_eq!(head.world_from_voxel.apply([0.0; 3]), [-98.0, -134.0, -110.0]);
            assert_eq!(head.world_from_voxel.apply([1.0; 3]), [-94.0, -130.0, -106.0]);
        }
        assert_eq!(gm.shape, [99, 117, 95]);
        assert_eq!(gm.world_from_voxel.apply([0.0; 3]), [-98.0, -134.0, -72.0]);
        assert_eq!(gm.world_from_voxel.apply([1.0; 3]), [-96.0, -132.0, -70.0]);
        for volume in heads.iter().chain([t1, gm, wm, csf]) {
            assert!(volume.data.iter().all(|value| (0.0..=1.0).contains(value)));
            assert!(volume.data.iter().any(|value| *value > 0.5));
        }
        // Rounded to 1/255 each.
        let tissue = gm.data.iter().zip(&wm.data).zip(&csf.data).map(|((gm, wm), csf)| gm + wm + csf);
        assert!(tissue.fold(0.0, f32::max) <= 1.0 + 1.5 / 255.0);
    }

    #[test]
    fn a_template_with_a_damaged_file_or_mixed_grids_is_refused() {
        let mut files = shipped();
        files[3] = files[0].clone();
        assert!(matches!(read(&files), Err(T1Error::Template { reason: TemplateFault::Grids })));
        files[3].truncate(1000);
        assert!(
            matches!(read(&files), Err(T1Error::Template { reason }) if reason.to_string().contains(Template::FILES[3]))
        );
    }
}
