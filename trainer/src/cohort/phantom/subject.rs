//! One subject of either kind: making the map and its truth, and writing them.

use std::path::Path;

use anyhow::Context;
use rand_chacha::ChaCha8Rng;
use shared::prepare::PHANTOM_DESCRIPTION;
use shared::volume::{Volume, write_nifti_gz};

use super::brain::Brains;
use super::group::AgeGroup;
use super::{PhantomConfig, PhantomKind, about, random, site_truth_path, squares, truth_path};
use crate::cohort::{Split, files, table};

/// Stored values are multiples of this, as in 8-bit maps: finer would be noise, and packs badly.
const STORED_STEP: f32 = 1.0 / 255.0;

/// What either kind makes of one subject.
pub(super) struct Made {
    /// As it is stored.
    pub(super) map: Volume,
    /// Old minus young, as stored maps differ.
    pub(super) truth: Option<Volume>,
    /// Site B minus site A.
    pub(super) site_truth: Option<Volume>,
    pub(super) age_years: f64,
    pub(super) sex: &'static str,
    pub(super) site: Option<&'static str>,
    pub(super) drawn: Drawn,
}

/// What was drawn and is not in the table of subjects; `None` where it does not apply.
pub(super) struct Drawn {
    pub(super) pace: Option<f64>,
    pub(super) gain: Option<f64>,
    pub(super) subtype: Option<&'static str>,
    /// Young and old age of the truth.
    pub(super) truth_ages_years: Option<[f64; 2]>,
}

/// A value in stored precision.
pub(super) fn stored(value: f32) -> f32 {
    (value / STORED_STEP).round() * STORED_STEP
}

/// `a` minus `b`, voxel by voxel.
pub(super) fn minus(a: &Volume, b: &Volume) -> Volume {
    let data = a.data.iter().zip(&b.data).map(|(a, b)| a - b).collect();
    Volume { shape: a.shape, data, world_from_voxel: a.world_from_voxel }
}

/// Makes subjects of one kind.
enum Maker {
    Brain(Box<Brains>),
    Squares { effect: f64 },
}

impl Maker {
    fn new(config: &PhantomConfig) -> anyhow::Result<Self> {
        Ok(match config.kind {
            PhantomKind::Brain => Maker::Brain(Box::new(Brains::new(*config)?)),
            PhantomKind::Squares => Maker::Squares { effect: config.effect },
        })
    }

    fn make(&self, group: AgeGroup, is_test: bool, rng: &mut ChaCha8Rng) -> Made {
        match self {
            Maker::Brain(brains) => brains.make(group, is_test, rng),
            Maker::Squares { effect } => squares::make(*effect, group, is_test, rng),
        }
    }
}

/// One finished subject.
pub(super) struct Written {
    pub(super) row: table::NewRow,
    pub(super) drawn: Drawn,
    pub(super) has_truth: bool,
}

/// What is the same for all subjects.
pub(super) struct Writer<'a> {
    config: &'a PhantomConfig,
    out: &'a Path,
    maker: Maker,
}

impl<'a> Writer<'a> {
    /// Gets ready for subjects of the kind that the settings ask for.
    pub(super) fn new(config: &'a PhantomConfig, out: &'a Path) -> anyhow::Result<Self> {
        Ok(Writer { config, out, maker: Maker::new(config)? })
    }

    /// Makes and writes subject `number` (the young come first).
    pub(super) fn write(&self, number: usize, is_test: bool) -> anyhow::Result<Written> {
        let count = self.config.subjects_per_group;
        let group = if number < count { AgeGroup::Young } else { AgeGroup::Old };
        // Even and odd keep a person's number free of the count.
        let stream = 1 + 2 * (number % count) as u64 + u64::from(group == AgeGroup::Old);
        let made = self.maker.make(group, is_test, &mut random(self.config.seed, stream));
        let id = format!("sub-PH{:04}", number + 1);

        let name = format!("{id}_space-MNI152NLin2009aSym_res-{}{}.nii.gz", self.res_label(), files::GM_SUFFIX);
        save(&made.map, &self.out.join(&id).join("anat").join(name), &format!("{PHANTOM_DESCRIPTION} GM, synthetic"))?;
        if let Some(truth) = &made.truth {
            save(truth, &truth_path(self.out, &id), "AgeLens phantom truth, old - young")?;
        }
        if let Some(truth) = &made.site_truth {
            save(truth, &site_truth_path(self.out, &id), "AgeLens phantom truth, site B - site A")?;
        }
        let row = table::NewRow {
            id,
            age_years: made.age_years,
            sex: Some(made.sex.to_owned()),
            group: group.group(),
            site: made.site.map(str::to_owned),
            split: Some(if is_test { Split::Test } else { Split::Train }),
        };
        Ok(Written { row, drawn: made.drawn, has_truth: made.truth.is_some() })
    }

    /// Voxel size as a BIDS label: letters and digits only.
    fn res_label(&self) -> String {
        about::spacing_mm(self.config).to_string().replace('.', "p")
    }
}

fn save(volume: &Volume, path: &Path, about: &str) -> anyhow::Result<()> {
    let bytes = write_nifti_gz(volume, about).with_context(|| format!("{}: cannot be packed", path.display()))?;
    crate::files::write(path, &bytes)
}
