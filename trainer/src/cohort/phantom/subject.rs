//! One subject of either kind: making the map and its truth, and writing them.

use std::path::Path;

use anyhow::Context;
use rand_chacha::ChaCha8Rng;
use shared::prepare::PHANTOM_DESCRIPTION;
use shared::volume::{Volume, write_nifti_gz};

use crate::cohort::phantom::anatomy::Anatomies;
use crate::cohort::phantom::brain::Brains;
use crate::cohort::phantom::config::{PhantomConfig, PhantomKind};
use crate::cohort::phantom::group::AgeGroup;
use crate::cohort::phantom::made::{Drawn, Made};
use crate::cohort::phantom::places::{age_truth_path, site_truth_path, truth_path};
use crate::cohort::phantom::{about, squares};
use crate::cohort::{Split, files, table};
use crate::random::random_of;

/// Makes subjects of one kind.
enum Maker {
    Brain(Box<Brains>),
    Squares { effect: f64 },
}

impl Maker {
    fn new(config: &PhantomConfig, anatomies: &Anatomies, anatomy: usize) -> anyhow::Result<Self> {
        Ok(match config.kind {
            PhantomKind::Brain => Maker::Brain(Box::new(Brains::new(*config, anatomies.template(anatomy)?))),
            PhantomKind::Squares => Maker::Squares { effect: config.effect },
        })
    }

    fn make(&self, group: AgeGroup, age_years: f64, is_test: bool, rng: &mut ChaCha8Rng) -> Made {
        match self {
            Maker::Brain(brains) => brains.make(group, age_years, is_test, rng),
            Maker::Squares { effect } => squares::make(*effect, group, age_years, is_test, rng),
        }
    }
}

/// One finished subject.
pub(super) struct Written {
    pub(super) row: table::NewRow,
    pub(super) drawn: Drawn,
    pub(super) has_truth: bool,
}

/// What is the same for all subjects of one anatomy.
pub(super) struct Writer<'a> {
    config: &'a PhantomConfig,
    out: &'a Path,
    maker: Maker,
}

impl<'a> Writer<'a> {
    /// Gets ready for subjects of the kind that the settings ask for, and of one anatomy.
    pub(super) fn new(
        config: &'a PhantomConfig,
        anatomies: &Anatomies,
        anatomy: usize,
        out: &'a Path,
    ) -> anyhow::Result<Self> {
        Ok(Writer { config, out, maker: Maker::new(config, anatomies, anatomy)? })
    }

    /// Makes and writes subject `number` (the young come first).
    pub(super) fn write(&self, number: usize, is_test: bool) -> anyhow::Result<Written> {
        let count = self.config.subjects_per_group;
        let group = if number < count { AgeGroup::Young } else { AgeGroup::Old };
        // Even and odd keep a person's number free of the count.
        let stream = 1 + 2 * (number % count) as u64 + u64::from(group == AgeGroup::Old);
        let mut rng = random_of(self.config.seed, stream);
        let age_years = group.draw_age_years(self.config.groups, &mut rng);
        let made = self.maker.make(group, age_years, is_test, &mut rng);
        let id = format!("sub-PH{:04}", number + 1);

        let name = format!("{id}_space-MNI152NLin2009aSym_res-{}{}.nii.gz", self.res_label(), files::GM_SUFFIX);
        save(&made.map, &self.out.join(&id).join("anat").join(name), &format!("{PHANTOM_DESCRIPTION} GM, synthetic"))?;
        if let Some(truth) = &made.truth {
            save(truth, &truth_path(self.out, &id), "AgeLens phantom truth, old - young")?;
        }
        if let Some(truth) = &made.site_truth {
            save(truth, &site_truth_path(self.out, &id), "AgeLens phantom truth, site B - site A")?;
        }
        for (age_years, change) in &made.at_ages {
            let path = age_truth_path(self.out, &id, *age_years);
            save(change, &path, &format!("AgeLens phantom truth, {age_years} y - own age"))?;
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
