//! Networks that have forgotten what they learned, from the files of those that have not.

use super::WeightsError;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use safetensors::tensor::{SafeTensors, TensorView};
use std::collections::BTreeMap;

/// A safetensors file with the values of each tensor out of order: names, shapes, types and sizes of weights stay, all
/// that was learned is gone. The same seed gives the same file on every machine.
///
/// Works on the file, so that nothing has to be read back from a device. `name` is the file's, for messages.
///
/// # Errors
/// [`WeightsError::Format`]: not a safetensors file.
pub fn shuffle_weights(name: &str, bytes: &[u8], seed: u64) -> Result<Vec<u8>, WeightsError> {
    let format =
        |error: safetensors::SafeTensorError| WeightsError::Format { name: name.into(), reason: error.to_string() };
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    // By name: the order in a file is the writer's.
    let tensors: BTreeMap<String, TensorView> =
        SafeTensors::deserialize(bytes).map_err(format)?.tensors().into_iter().collect();
    let shuffled: Vec<Vec<u8>> = tensors
        .values()
        .map(|tensor| {
            let count: usize = tensor.shape().iter().product();
            let width = tensor.data().len() / count.max(1);
            let mut values: Vec<&[u8]> = tensor.data().chunks(width.max(1)).collect();
            values.shuffle(&mut random);
            values.concat()
        })
        .collect();
    let mut views = BTreeMap::new();
    for ((name, tensor), data) in tensors.iter().zip(&shuffled) {
        views.insert(name, TensorView::new(tensor.dtype(), tensor.shape().to_vec(), data).map_err(format)?);
    }
    safetensors::serialize(views, None).map_err(format)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Edge, write_weights_f16};
    use crate::model::{GeneratorConfig, GeneratorOutput, SpatialKind, named_parameters, read_weights};
    use burn::tensor::Device;

    #[test]
    fn weights_stay_but_for_their_order() {
        let config = GeneratorConfig {
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
        let device = Device::flex();
        let file = write_weights_f16(&config.init(&device)).unwrap();
        let shuffled = shuffle_weights("g", &file, 1).unwrap();
        assert_eq!(shuffled, shuffle_weights("g", &file, 1).unwrap());
        assert_ne!(shuffled, shuffle_weights("g", &file, 2).unwrap());

        let values = |file: &[u8]| named_parameters(&read_weights(config.init(&device), "g", file).unwrap()).unwrap();
        let (before, after) = (values(&file), values(&shuffled));
        let sorted = |values: &[f32]| {
            let mut values = values.to_vec();
            values.sort_by(f32::total_cmp);
            values
        };
        let mut moved = 0;
        for (before, after) in before.iter().zip(&after) {
            assert_eq!((&before.name, &before.shape), (&after.name, &after.shape));
            assert_eq!(sorted(&before.values), sorted(&after.values), "{}", before.name);
            moved += usize::from(before.values != after.values);
        }
        // Biases are all zero before a training.
        assert!(moved * 2 >= before.len(), "{moved} of {}", before.len());
    }

    #[test]
    fn what_is_no_file_of_weights_is_named() {
        let refusal = shuffle_weights("judge.safetensors", b"not weights", 1).unwrap_err().to_string();
        assert!(refusal.starts_with("judge.safetensors: not a safetensors file"), "{refusal}");
    }
}
