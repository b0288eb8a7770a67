//! A network under training with its optimiser, and both as files of a checkpoint.

use crate::training::checkpoint::Checkpoint;
use crate::training::initial::drawn;
use anyhow::{Result, anyhow};
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::store::ModuleRecord;
use burn::tensor::{Bytes, Device, Tensor, Transaction};
use std::collections::BTreeMap;

/// Files of a checkpoint in the making, by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Where initial weights are drawn, whatever the training's device; with automatic differentiation, since the weights
/// will be trained.
pub fn processor(seed: u64) -> Device {
    let device = Device::flex().autodiff();
    device.seed(seed);
    device
}

/// A network under training with its optimiser.
pub struct Trained<M> {
    pub network: M,
    optimizer: ModuleOptimizer,
}

impl<M: Module> Trained<M> {
    /// A network whose initial weights are drawn on the CPU, so that a seed gives the same weights on every device.
    ///
    /// `network` was made on [`processor`]; `device` is the differentiating one that trains it.
    pub fn new(network: M, optimizer: ModuleOptimizer, device: &Device) -> Self {
        Trained { network: drawn(network).fork(device), optimizer }
    }

    /// One step of the optimiser.
    pub fn update(&mut self, rate: f64, gradients: GradientsParams) {
        self.network = self.optimizer.step(rate, self.network.clone(), gradients);
    }

    pub fn save(&self, name: &str, files: &mut Files) -> Result<()> {
        files.insert(format!("{name}.bpk"), bytes_of(self.network.valid())?);
        let state = self.optimizer.into_bytes().map_err(|error| anyhow!("{name}: {error:?}"))?;
        files.insert(format!("{name}.optimizer.bpk"), state.to_vec());
        Ok(())
    }

    pub fn load(self, name: &str, checkpoint: &Checkpoint) -> Result<Self> {
        let network = load_module(self.network, &format!("{name}.bpk"), checkpoint)?;
        let bytes = Bytes::from_bytes_vec(checkpoint.file(&format!("{name}.optimizer.bpk"))?);
        let optimizer = self.optimizer.from_bytes(bytes).map_err(|error| anyhow!("{name}: {error:?}"))?;
        Ok(Trained { network, optimizer })
    }
}

/// A network without its optimiser as a file.
pub fn bytes_of<M: Module>(module: M) -> Result<Vec<u8>> {
    let bytes = module.into_record().into_bytes().map_err(|error| anyhow!("weights: {error:?}"))?;
    Ok(bytes.to_vec())
}

/// The network that [`bytes_of`] saved, with its parameters' identifiers.
pub fn load_module<M: Module>(module: M, name: &str, checkpoint: &Checkpoint) -> Result<M> {
    let bytes = Bytes::from_bytes_vec(checkpoint.file(name)?);
    ModuleRecord::from_bytes(bytes)
        .and_then(|record| module.try_load_record(record))
        .map_err(|error| anyhow!("{name}: {error:?}; the checkpoint belongs to another configuration"))
}

/// Sums of a network's weights, tensor by tensor: finite if all weights are.
pub fn weight_sums<M: Module>(module: &M) -> Vec<Tensor<1>> {
    let mut visitor = Summing { sums: Vec::new() };
    module.visit(&mut visitor);
    visitor.sums
}

struct Summing {
    sums: Vec<Tensor<1>>,
}

impl ModuleVisitor for Summing {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.sums.push(param.val().inner().sum());
    }
}

/// Values of many tensors of one element, in one wait for the device.
pub fn read_scalars(tensors: Vec<Tensor<1>>) -> Result<Vec<f32>> {
    let transaction = tensors.into_iter().fold(Transaction::default(), |all, tensor| all.register(tensor.inner()));
    let mut values = Vec::new();
    for data in transaction.try_execute().map_err(|error| anyhow!("the device failed: {error:?}"))? {
        let value = data.convert::<f32>().try_to_vec::<f32>();
        values.extend(value.map_err(|error| anyhow!("the device failed: {error:?}"))?);
    }
    Ok(values)
}
