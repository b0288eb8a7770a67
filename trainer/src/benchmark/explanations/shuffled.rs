//! Networks with their weights out of order, for the sanity checks: those of a run, as they are on the device. The page shuffles the files
//! of a bundle (`shared::model::shuffle_weights`) in another order, and so with other draws than the tables that are published.

use crate::random::random;
use anyhow::{Result, bail};
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use shared::explain::Models;

/// Stream of random numbers (see [`random`]); no training uses it.
const STREAM: u64 = 93;

/// The same networks with the weights of each tensor out of order: all sizes stay, all that was learned is gone.
///
/// # Errors
/// The device failed.
pub fn shuffled(models: &Models, seed: u64) -> Result<Models> {
    let mut shuffler = Shuffler { random: random(seed, STREAM, 0), failure: None };
    let shuffled = Models {
        classifier: models.classifier.clone().map(&mut shuffler),
        young_to_old: models.young_to_old.clone().map(&mut shuffler),
        old_to_young: models.old_to_young.clone().map(&mut shuffler),
        ..models.clone()
    };
    match shuffler.failure {
        Some(failure) => bail!("the device failed: {failure}"),
        None => Ok(shuffled),
    }
}

struct Shuffler {
    random: ChaCha8Rng,
    failure: Option<String>,
}

impl ModuleMapper for Shuffler {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|tensor| {
            let shape = tensor.dims();
            match tensor.to_data().convert::<f32>().try_to_vec::<f32>() {
                Ok(mut values) => {
                    values.shuffle(&mut self.random);
                    Tensor::from_data(TensorData::new(values, shape), &tensor.device())
                }
                Err(error) => {
                    self.failure = Some(format!("{error:?}"));
                    tensor
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use shared::model::{ClassifierConfig, Edge, GeneratorConfig, GeneratorOutput, GridContext, Norm, SpatialKind};
    use shared::model::{named_parameters, tensor_from_volume};
    use shared::volume::{Affine, Grid, Volume};

    fn models() -> Models {
        let device = Device::flex();
        let grid = Grid { shape: [8, 8, 2], mni_from_voxel: Affine::from_spacing_origin([4.0; 3], [0.0; 3]) };
        let generator = GeneratorConfig {
            kind: SpatialKind::Plane,
            filters: 8,
            downsamplings: 1,
            blocks: 1,
            outer_kernel: 3,
            edge: Edge::Zero,
            output: GeneratorOutput::Direct,
            skips: false,
            dose: None,
            start: None,
        };
        Models {
            classifier: ClassifierConfig::plain(SpatialKind::Plane, 8, 1, Norm::None, 0.0).init(&device),
            young_to_old: generator.init(&device),
            old_to_young: generator.init(&device),
            context: GridContext::everywhere(&grid, &device),
            familiar: None,
            ageing: None,
            grey_values: None,
            inside: vec![true; 128],
            value_step: None,
            grid,
            device,
        }
    }

    #[test]
    fn weights_stay_but_for_their_order() {
        let models = models();
        let (first, again) = (shuffled(&models, 1).unwrap(), shuffled(&models, 1).unwrap());
        let other = shuffled(&models, 2).unwrap();
        let before = named_parameters(&models.young_to_old).unwrap();
        let after = named_parameters(&first.young_to_old).unwrap();
        let mut moved = 0;
        for (before, after) in before.iter().zip(&after) {
            assert_eq!((&before.name, &before.shape), (&after.name, &after.shape));
            moved += usize::from(before.values != after.values);
            let sorted = |values: &[f32]| {
                let mut values = values.to_vec();
                values.sort_by(f32::total_cmp);
                values
            };
            assert_eq!(sorted(&before.values), sorted(&after.values));
        }
        assert!(moved > before.len() / 2, "{moved} of {}", before.len());
        let values = |models: &Models| -> Vec<Vec<f32>> {
            named_parameters(&models.classifier).unwrap().into_iter().map(|parameter| parameter.values).collect()
        };
        assert_eq!(values(&first), values(&again));
        assert_ne!(values(&first), values(&other));
        assert_ne!(values(&first), values(&models));
        let image = Volume::new([8, 8, 2], vec![0.5; 128], models.grid.mni_from_voxel);
        let answer = first.classifier.forward(tensor_from_volume(&image, &first.device), &first.context).logit_old;
        assert!(answer.into_scalar::<f32>().is_finite());
    }
}
