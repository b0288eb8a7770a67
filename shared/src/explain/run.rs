//! One explanation from image to maps: classify → translate → classify again → class-activation map.

use super::activation::{CoarseMap, relative_map_on_grid};
use super::error::{DeviceFault, ExplainError};
use super::{Age, Ageing, Direction, Explanation, Familiar, GreyValues, Target};
use crate::model::{Classifier, Generator, GridContext, tensor_from_volume};
use crate::volume::{Grid, Volume};
use burn::tensor::{Device, Tensor};

/// The step that begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Classify,
    Translate,
    Reclassify,
    Activation,
}

/// The networks of a bundle with the grid they work on.
#[derive(Clone, Debug)]
pub struct Models {
    pub grid: Grid,
    pub classifier: Classifier,
    pub young_to_old: Generator,
    pub old_to_young: Generator,
    pub context: GridContext,
    /// Who the classifier learned from, to tell what it has not seen; bundles of earlier versions lack it.
    pub familiar: Option<Familiar>,
    /// How old people look, and by how much they are changed; bundles of earlier versions lack it.
    pub ageing: Option<Ageing>,
    /// How grey values of whole maps change from the young to the old; `None` where translations keep what the networks draw.
    pub grey_values: Option<GreyValues>,
    /// Voxels that may change: inside the mask, x fastest.
    pub inside: Vec<bool>,
    /// Densities of the maps learned from are multiples of this, as files keep them, and translations are rounded to the same; `None`
    /// where they are not, and in bundles of earlier versions.
    pub value_step: Option<f32>,
    pub device: Device,
}

impl Models {
    /// The generator that leads this way.
    pub fn generator(&self, direction: Direction) -> &Generator {
        match direction {
            Direction::YoungToOld => &self.young_to_old,
            Direction::OldToYoung => &self.old_to_young,
        }
    }

    /// What follows the networks: matching of the histogram, then rounding.
    pub fn finish(&self, original: &Volume, translated: &mut Volume, direction: Direction, amount: f64) {
        self.match_histogram(original, translated, direction, amount);
        self.round_change(original, translated);
    }

    /// Gives a translation by `amount` grey values as they occur in real maps, where the models know them.
    pub fn match_histogram(&self, original: &Volume, translated: &mut Volume, direction: Direction, amount: f64) {
        if let Some(grey_values) = &self.grey_values {
            grey_values.specify(&original.data, translated, &self.inside, direction, amount);
        }
    }

    /// Rounds the change of an image to whole steps of the maps' values, where they have such; what did not change stays.
    pub fn round_change(&self, original: &Volume, translated: &mut Volume) {
        let Some(step) = self.value_step else { return };
        for (after, before) in translated.data.iter_mut().zip(&original.data) {
            *after = (before + ((*after - before) / step).round() * step).clamp(0.0, 1.0);
        }
    }

    /// The networks alone, without what follows them: devices that differ by 1e-6 must not differ by a step.
    pub fn unfinished(&self) -> Models {
        Models { grey_values: None, value_step: None, ..self.clone() }
    }

    /// How old a map looks; `None` where the models do not say.
    pub fn age(&self, gm: &Volume) -> Option<Age> {
        self.ageing.as_ref().map(|ageing| ageing.look(gm))
    }

    /// By how many times the change from the young to the old an image is changed that is led to the other group; 1 where
    /// the models do not know how old it looks.
    pub fn amount(&self, gm: &Volume, direction: Direction) -> f64 {
        let change = |ageing: &Ageing| ageing.change(ageing.look(gm).years, Target::Group(direction)).1;
        self.ageing.as_ref().map_or(1.0, change)
    }

    /// The image `[1, 1, z, y, x]` changed this way, by this many times the change from the young to the old.
    pub fn translated(&self, image: Tensor<5>, direction: Direction, amount: f64) -> Tensor<5> {
        let amount = self.ageing.as_ref().map(|_| Tensor::full([1, 1, 1, 1, 1], amount as f32, &self.device));
        self.generator(direction).forward_by(image, &self.context, amount)
    }

    /// Explains one grey-matter map that lies on the models' grid (see `prepare::fit_to_grid`).
    ///
    /// Without a `target`, the group away from the class that the classifier sees. `on_stage` hears each step begin.
    ///
    /// # Errors
    /// [`ExplainError`]: the map lies on another grid, an age is asked for that the models do not know, or the device failed.
    pub async fn explain(
        &self,
        gm: &Volume,
        target: Option<Target>,
        on_stage: &mut dyn FnMut(Stage),
    ) -> Result<Explanation, ExplainError> {
        if gm.shape != self.grid.shape {
            return Err(ExplainError::Shape { found: gm.shape, expected: self.grid.shape });
        }
        on_stage(Stage::Classify);
        let image = tensor_from_volume(gm, &self.device);
        let before = self.classifier.forward(image.clone(), &self.context);
        let logit_before = scalar(before.logit_old).await?;
        let probability_old_before = sigmoid(logit_before);
        let target = target.unwrap_or_else(|| Target::Group(Direction::for_probability_old(probability_old_before)));
        let age = self.age(gm);
        let (direction, amount) = match (&self.ageing, age, target) {
            (Some(ageing), Some(age), target) => ageing.change(age.years, target),
            (_, _, Target::Group(direction)) => (direction, 1.0),
            (_, _, Target::Years(_)) => return Err(ExplainError::NoDial),
        };

        on_stage(Stage::Translate);
        let mut translated_tensor = self.translated(image, direction, amount);
        let mut translated = self.grid.volume(values(translated_tensor.clone()).await?);
        if self.grey_values.is_some() || self.value_step.is_some() {
            self.finish(gm, &mut translated, direction, amount);
            translated_tensor = tensor_from_volume(&translated, &self.device);
        }

        on_stage(Stage::Reclassify);
        let after = self.classifier.forward(translated_tensor, &self.context);
        let probability_old_after = sigmoid(scalar(after.logit_old).await?);

        on_stage(Stage::Activation);
        let map_old = self.classifier.activation_map_old(before.features);
        let sign = if logit_before >= 0.0 { 1.0 } else { -1.0 };
        let [_, _, depth, height, width] = map_old.dims();
        let coarse = CoarseMap {
            shape: [width, height, depth],
            values: values(map_old * sign).await?,
            stride: self.classifier.stride_voxels(),
            first: self.classifier.first_voxel(),
        };
        let cam = relative_map_on_grid(&coarse, &self.grid);

        let familiarity = self.familiar.as_ref().map(|familiar| familiar.look(gm));
        let change = translated.data.iter().zip(&gm.data).map(|(after, before)| after - before).collect();
        Ok(Explanation {
            direction,
            probability_old_before,
            probability_old_after,
            // Nothing is told of what is unlike all that was learned from.
            age: age.filter(|_| !familiarity.is_some_and(|familiarity| familiarity.is_strange())),
            amount,
            familiarity,
            original: Volume { world_from_voxel: self.grid.mni_from_voxel, ..gm.clone() },
            difference: translated.with_data(change),
            translated,
            cam,
        })
    }
}

/// Probability of log-odds.
pub fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// Values of a tensor, waiting for its device without blocking; all are finite.
pub(super) async fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ExplainError> {
    // Further lines are causes of causes, and places in the library.
    let device_error = |error: String| ExplainError::Device {
        reason: DeviceFault::Other { detail: error.lines().next().unwrap_or_default().to_owned() },
    };
    let data = tensor.into_data_async().await.map_err(|error| device_error(format!("{error:?}")))?;
    let values = data.convert::<f32>().try_to_vec::<f32>().map_err(|error| device_error(format!("{error:?}")))?;
    if values.iter().all(|value| value.is_finite()) { Ok(values) } else { Err(ExplainError::NotFinite) }
}

async fn scalar(tensor: Tensor<2>) -> Result<f32, ExplainError> {
    let values = values(tensor).await?;
    values.first().copied().ok_or(ExplainError::Device { reason: DeviceFault::NoAnswer })
}
