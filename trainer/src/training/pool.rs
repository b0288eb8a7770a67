//! Earlier translations, shown to the discriminators again so that they do not forget (Shrivastava et al. 2017).

use crate::device;
use anyhow::Result;
use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

/// One remembered batch: a translated image with the slices it shows.
#[derive(Clone)]
pub struct Remembered {
    pub image: Tensor<5>,
    pub slices: Vec<usize>,
}

/// Up to `capacity` translations; a full pool swaps half of the newcomers against a random old one.
pub struct ImagePool {
    capacity: usize,
    items: Vec<Remembered>,
}

impl ImagePool {
    pub fn new(capacity: usize) -> Self {
        ImagePool { capacity, items: Vec::new() }
    }

    /// What the discriminator gets instead of `newest`.
    pub fn exchange(&mut self, newest: Remembered, random: &mut ChaCha8Rng) -> Remembered {
        if self.items.len() < self.capacity {
            self.items.push(newest.clone());
            return newest;
        }
        if self.items.is_empty() || random.random_bool(0.5) {
            return newest;
        }
        let place = random.random_range(0..self.items.len());
        std::mem::replace(&mut self.items[place], newest)
    }

    /// All items as safetensors: `image.N` with its values, `slices.N` with its slices.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut tensors = Vec::new();
        for (number, item) in self.items.iter().enumerate() {
            let image: Vec<u8> =
                device::values(item.image.clone())?.iter().flat_map(|value| value.to_le_bytes()).collect();
            let slices: Vec<u8> = item.slices.iter().flat_map(|&slice| (slice as u64).to_le_bytes()).collect();
            tensors.push((format!("image.{number}"), Dtype::F32, item.image.dims().to_vec(), image));
            tensors.push((format!("slices.{number}"), Dtype::U64, vec![item.slices.len()], slices));
        }
        let mut views = Vec::new();
        for (name, dtype, shape, bytes) in &tensors {
            views.push((name.as_str(), TensorView::new(*dtype, shape.clone(), bytes)?));
        }
        Ok(safetensors::serialize(views, None)?)
    }

    /// The pool that [`ImagePool::to_bytes`] saved, on `device`.
    pub fn from_bytes(capacity: usize, bytes: &[u8], device: &Device) -> Result<Self> {
        let file = SafeTensors::deserialize(bytes)?;
        let mut items = Vec::new();
        for number in 0..file.len() / 2 {
            let image = file.tensor(&format!("image.{number}"))?;
            let values: Vec<f32> =
                image.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            let data = TensorData::new(values, image.shape().to_vec());
            let slices = file.tensor(&format!("slices.{number}"))?;
            let slices = slices
                .data()
                .chunks_exact(8)
                .map(|b| u64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]) as usize);
            items.push(Remembered { image: Tensor::from_data(data, device), slices: slices.collect() });
        }
        Ok(ImagePool { capacity, items })
    }
}
