//! From a raw T1-weighted image of a head to grey-matter, white-matter and fluid maps in MNI152 space.

mod aspect;
mod blank;
mod cleaning;
mod control;
mod detail;
mod error;
mod failure;
pub(crate) mod field;
mod grid;
mod picture;
mod quality;
mod recognise;
mod register;
mod sampling;
mod step;
mod suitable;
mod surround;
mod template;
mod tissue;
mod working;

use crate::volume::{Affine, Volume};
pub use aspect::{Aspect, Meaning};
pub use error::{T1Error, TemplateFault, Unsuitable};
pub use failure::{Failure, What, failures};
pub use picture::{Picture, qc_picture};
pub use quality::{Measure, Quality};
pub use recognise::{Content, Found, Kind};
use step::report;
pub use step::{Progress, Silent, Step};
pub use template::{TEMPLATE_VERSION, Template};

/// How a T1 image is prepared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Multiply probabilities by the affine's change of volume, so that sums are amounts of the person's own tissue.
    pub modulated: bool,
    /// Return results that failed the quality control as well (the reasons stay in [`Prepared::quality`]).
    pub force: bool,
}

/// What the preparation makes of a T1 image. All volumes lie on the MNI152 2 mm grid that the template's tissue maps have.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Probability of grey matter, 0..1; where [`Options::modulated`], times the affine's change of volume.
    pub gm: Volume,
    /// The same for white matter.
    pub wm: Volume,
    /// The same for the fluid inside the brain mask.
    pub csf: Volume,
    /// Brain mask, 0..1.
    pub mask: Volume,
    /// The T1 image around the brain, over its gain, white matter at 0.75; 0 where the image ends.
    pub t1: Volume,
    /// From the file's millimetres to MNI152 millimetres.
    pub mni_from_world: Affine,
    /// What the image was found to be.
    pub found: Found,
    pub quality: Quality,
}

/// Prepares a T1-weighted image: place, tissues and gain are found on voxels of 2 mm, whatever the image's own are, so
/// that scans of different resolution are treated alike. `name` is for messages only.
///
/// The same image gives the same maps, natively and in the browser, on any number of threads.
///
/// # Errors
/// [`T1Error::Unsuitable`]: no T1 image of a head, by reason; [`T1Error::Quality`]: it ended in an implausible place
/// or tissue, and [`Options::force`] is off; [`T1Error::Cancelled`]: `progress` said so.
pub async fn prepare_t1(
    name: &str,
    volume: &Volume,
    template: &Template,
    options: Options,
    progress: &mut impl Progress,
) -> Result<Prepared, T1Error> {
    suitable::check(name, volume)?;
    report(progress, Step::Resample, 0.0).await?;
    let lost = || T1Error::Unsuitable { name: name.to_owned(), reason: Unsuitable::NoBrain };
    let (blank, content) = recognise::look(volume);
    // Around a stripped brain nothing is known to be nothing; around a head it is just the end of the image.
    let margin = if content == Content::StrippedBrain { BRAIN_MARGIN } else { 0 };
    let tidy = blank::Tidy::of(volume, blank, margin);
    // Where a stripped brain was cut off must not look like its edge.
    let without_cut = match content {
        Content::StrippedBrain => Some(working::resample_to_working(surround::with_surround(tidy), progress).await?),
        Content::Head | Content::Slab => None,
    };
    let image = working::resample_to_working(tidy, progress).await?;
    let to_register = without_cut.as_ref().unwrap_or(&image);

    let priors = &template.ready().priors;
    let placed = match content {
        Content::Slab => None,
        Content::Head | Content::StrippedBrain => {
            let head = register::register_head(to_register, &image, template, progress).await?;
            let (brain_image, expected) =
                look_at_brain(to_register, priors, template, &head.world_from_mni).ok_or_else(lost)?;
            let corrected = tissue::correct_roughly(&brain_image, &expected);
            Some(register::register_brain(&corrected, template, &head, progress).await?)
        }
    };
    let world_from_mni = placed.as_ref().map_or(Affine::IDENTITY, |placed| placed.world_from_mni);
    let mni_from_world = world_from_mni.inverse().ok_or_else(lost)?;

    let (brain_image, expected) = match content {
        Content::Slab => look_at_brain(&image, priors, template, &world_from_mni).ok_or_else(lost)?,
        Content::Head | Content::StrippedBrain => {
            let (brain_image, in_view) = grid::on_template(&image, template, &world_from_mni).ok_or_else(lost)?;
            let mut expected = priors.on(&brain_image, &mni_from_world).ok_or_else(lost)?;
            tissue::expect_nothing_outside(&mut expected, &in_view);
            (brain_image, expected)
        }
    };
    let mut tissues = tissue::segment(&brain_image, &expected, progress).await?;

    report(progress, Step::Sample, 0.0).await?;
    cleaning::keep_largest_piece(&mut tissues.probability, brain_image.shape);
    let sampled = sampling::Sampling::of(&brain_image, template, &world_from_mni).ok_or_else(lost)?;
    let with_mask = cleaning::with_mask(&tissues.probability, brain_image.shape);
    let [mut gm, mut wm, mut csf, mask] = sampled.maps(&with_mask, &priors.is_possible());
    let t1 = sampled.intensities(tissues.corrected, tissues.means[tissue::WM]);
    report(progress, Step::Sample, 0.5).await?;

    let in_view;
    let brain = match content {
        Content::Slab => {
            in_view = sampled.in_view(template.brain());
            &in_view[..]
        }
        Content::Head | Content::StrippedBrain => template.brain(),
    };
    let quality = control::measure(&control::Findings {
        template,
        brain,
        world_from_mni: &world_from_mni,
        placed: placed.as_ref(),
        tissues: [&gm, &wm, &csf],
        mask: &mask,
        t1: &t1,
        seen: sampled.seen(volume, blank, content, &mask, template),
        stripped: content == Content::StrippedBrain,
        means: tissues.means,
        spread: tissues.spread,
    });
    if !quality.passed && !options.force {
        if content == Content::Slab {
            return Err(T1Error::Unsuitable { name: name.to_owned(), reason: suitable::misplaced_slab(volume) });
        }
        return Err(T1Error::Quality { name: name.to_owned(), quality: Box::new(quality) });
    }
    if options.modulated {
        let own_volume = world_from_mni.determinant().abs() as f32;
        for map in [&mut gm, &mut wm, &mut csf] {
            map.data.iter_mut().for_each(|value| *value *= own_volume);
        }
    }
    report(progress, Step::Sample, 1.0).await?;
    let found = Found { content, in_mni_space: recognise::is_near_mni(&world_from_mni) };
    Ok(Prepared { gm, wm, csf, mask, t1, mni_from_world, found, quality })
}

/// Voxels of nothing that are left around a stripped brain.
const BRAIN_MARGIN: usize = 8;

/// The part of the image around the brain, and what tissue to expect there.
fn look_at_brain(
    image: &Volume,
    priors: &tissue::Priors,
    template: &Template,
    world_from_mni: &Affine,
) -> Option<(Volume, Vec<[f32; tissue::CLASSES]>)> {
    let brain_image = grid::around_brain(image, template, world_from_mni)?;
    let expected = priors.on(&brain_image, &world_from_mni.inverse()?)?;
    Some((brain_image, expected))
}
