//! The known place of a label map in the standard brain, and how far from it a scan was put.
//!
//! No label map comes with its place in the standard brain. Its tissues are laid over the standard ones; plain heads made
//! from it (clean contrast, lying there already) are prepared, and where these end is the place that every other head of the label
//! map must end in. An old brain has drawn back from its skull, so that another affine fits it best: young and very old plain
//! heads are prepared, and a head between them belongs between their places.

use super::fit;
use super::labels::{HeadLabels, HeadsError};
use super::made::MadeHead;
use super::recipe::Recipe;
use crate::prepare::t1::{Options, Prepared, Silent, T1Error, Template, prepare_t1};
use crate::volume::{Affine, Volume};
use serde::{Deserialize, Serialize};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// How many plain heads of either age, alike but for noise and grid, say where a label map belongs.
const PLAIN_HEADS: u64 = 3;
/// A plain head that ends farther than this from where its tissues lie was lost, and says nothing.
const LOST_MM: f64 = 5.0;

/// Where a label map belongs.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct KnownPlace {
    /// From the label map's millimetres to MNI152, without atrophy.
    pub mni_from_label: Affine,
    /// The same at full atrophy.
    pub mni_from_old_label: Affine,
    /// Plain heads that these are the means of, of six. Where all of an age were lost, the place is that of the tissues for the
    /// young, and that of the young for the old.
    pub plain_heads: usize,
    /// Largest mean distance of one of them from its place, mm: how sure "known" is.
    pub spread_mm: f64,
    /// Mean distance of the young place from where the label map's tissues agree best with the standard ones, mm: a second
    /// opinion.
    pub from_tissues_mm: f64,
}

impl KnownPlace {
    /// Prepares plain heads of a label map, each laid into the standard brain by its tissues beforehand, so that little
    /// can go wrong. Those that are lost all the same are left out.
    ///
    /// # Errors
    /// [`HeadsError::NoPlace`]: an affine has no inverse.
    pub fn of(head: &HeadLabels, brain: &StandardBrain, template: &Template) -> Result<Self, HeadsError> {
        let by_tissues = fit::mni_from_label(head, template);
        let away = |found: &Affine, known: &Affine| {
            let reason = || "an affine has no inverse".to_owned();
            let away = brain.distance_mm(found, known);
            away.map(|away| away.mean).ok_or_else(|| HeadsError::NoPlace { name: head.name.clone(), reason: reason() })
        };
        let mut spread_mm: f64 = 0.0;
        let mut place_at = |atrophy: f64| -> Result<(Option<Affine>, usize), HeadsError> {
            let mut places = Vec::new();
            for variant in 0..PLAIN_HEADS {
                let made = MadeHead::new(head, &Recipe { atrophy, ..Recipe::ideal(variant) }, &by_tissues);
                let Ok(prepared) = prepare(&made.image, template) else { continue };
                let place = prepared.mni_from_world.compose(&made.made_from_label);
                if prepared.quality.passed && away(&place, &by_tissues)? <= LOST_MM {
                    places.push(place);
                }
            }
            let Some(mean) = mean(&places) else { return Ok((None, 0)) };
            for place in &places {
                spread_mm = spread_mm.max(away(place, &mean)?);
            }
            Ok((Some(mean), places.len()))
        };
        let (young, young_heads) = place_at(0.0)?;
        let (old, old_heads) = place_at(1.0)?;
        let mni_from_label = young.unwrap_or(by_tissues);
        Ok(KnownPlace {
            mni_from_label,
            mni_from_old_label: old.unwrap_or(mni_from_label),
            plain_heads: young_heads + old_heads,
            spread_mm,
            from_tissues_mm: away(&by_tissues, &mni_from_label)?,
        })
    }

    /// From the label map's millimetres to MNI152 for a head with this much atrophy, 0..1.
    pub fn mni_from_label_at(&self, atrophy: f64) -> Affine {
        let [young, old] = [&self.mni_from_label.0, &self.mni_from_old_label.0];
        let between = |row: usize, column: usize| {
            let young: f64 = young[row][column];
            young + atrophy * (old[row][column] - young)
        };
        Affine(std::array::from_fn(|row| std::array::from_fn(|column| between(row, column))))
    }
}

/// The mean of the twelve numbers; `None` of none.
fn mean(places: &[Affine]) -> Option<Affine> {
    let mean =
        |row: usize, column: usize| places.iter().map(|place| place.0[row][column]).sum::<f64>() / places.len() as f64;
    (!places.is_empty()).then(|| Affine(std::array::from_fn(|row| std::array::from_fn(|column| mean(row, column)))))
}

/// Prepares an image and keeps the result where the quality control failed.
///
/// # Errors
/// As [`prepare_t1`], but for [`T1Error::Quality`].
pub fn prepare(image: &Volume, template: &Template) -> Result<Prepared, T1Error> {
    let mut silent = Silent;
    let mut work =
        pin!(prepare_t1("made head", image, template, Options { force: true, ..Options::default() }, &mut silent));
    loop {
        // Nobody is told of progress, so the work never waits for anybody.
        if let Poll::Ready(result) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return result;
        }
    }
}

/// The places of the standard brain's voxels in MNI152 millimetres.
pub struct StandardBrain(Vec<[f64; 3]>);

/// Distances over the standard brain, mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Away {
    pub mean: f64,
    pub most: f64,
}

impl StandardBrain {
    pub fn of(template: &Template) -> Self {
        let [nx, ny, _] = template.t1.shape;
        let place = |index: usize| {
            let voxel = [index % nx, index / nx % ny, index / (nx * ny)].map(|index| index as f64);
            template.t1.world_from_voxel.apply(voxel)
        };
        // The template's T1 is cut to the brain.
        StandardBrain((0..template.t1.data.len()).filter(|index| template.t1.data[*index] > 0.01).map(place).collect())
    }

    /// How far from its known place the standard brain's voxels were taken. `None` where the known place has no
    /// inverse.
    pub fn distance_mm(&self, found: &Affine, known: &Affine) -> Option<Away> {
        let found_from_known = found.compose(&known.inverse()?);
        let (mut sum, mut most) = (0.0, 0.0_f64);
        for place in &self.0 {
            let other = found_from_known.apply(*place);
            let away = (0..3).map(|axis| (other[axis] - place[axis]).powi(2)).sum::<f64>().sqrt();
            sum += away;
            most = most.max(away);
        }
        Some(Away { mean: sum / self.0.len().max(1) as f64, most })
    }
}
