//! Weights as safetensors, the format every framework reads: names are the paths of the modules' fields.

use crate::weights_error::WeightsError;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::{Tensor, TensorData};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::BTreeMap;

/// A parameter's path, identifier, shape and values.
pub struct NamedParameter {
    pub name: String,
    pub id: ParamId,
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// All parameters of a network in the order of their fields. Reads from the device, so native programs only.
pub fn named_parameters<M: Module>(module: &M) -> Result<Vec<NamedParameter>, WeightsError> {
    let mut collector = Collector::default();
    module.visit(&mut collector);
    match collector.error {
        Some(error) => Err(error),
        None => Ok(collector.parameters),
    }
}

/// The network's weights rounded to half precision: what a bundle ships.
pub fn write_weights_f16<M: Module>(module: &M) -> Result<Vec<u8>, WeightsError> {
    let format = |error: safetensors::SafeTensorError| WeightsError::Format {
        name: "new weights".into(),
        reason: error.to_string(),
    };
    let encoded: Vec<(String, Vec<usize>, Vec<u8>)> = named_parameters(module)?
        .into_iter()
        .map(|parameter| {
            let bytes = parameter.values.iter().flat_map(|&value| half::f16::from_f32(value).to_le_bytes()).collect();
            (parameter.name, parameter.shape, bytes)
        })
        .collect();
    let mut views = BTreeMap::new();
    for (name, shape, bytes) in &encoded {
        views.insert(name.as_str(), TensorView::new(Dtype::F16, shape.clone(), bytes).map_err(format)?);
    }
    safetensors::serialize(views, None).map_err(format)
}

/// The module with all its weights taken from `bytes` (F16 or F32); every tensor must be there, none left over.
///
/// `name` is the file's, for messages. Parameter identifiers stay as they are.
pub fn read_weights<M: Module>(module: M, name: &str, bytes: &[u8]) -> Result<M, WeightsError> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| WeightsError::Format { name: name.into(), reason: error.to_string() })?;
    let mut tensors = BTreeMap::new();
    for (tensor, view) in file.tensors() {
        tensors.insert(tensor.clone(), (view.shape().to_vec(), decode(name, &tensor, &view)?));
    }
    let mut loader = Loader { file: name.into(), tensors, path: Vec::new(), error: None };
    let module = module.map(&mut loader);
    if let Some(error) = loader.error {
        return Err(error);
    }
    match loader.tensors.keys().next() {
        Some(first) => {
            Err(WeightsError::Unused { name: name.into(), count: loader.tensors.len(), first: first.clone() })
        }
        None => Ok(module),
    }
}

fn decode(name: &str, tensor: &str, view: &TensorView) -> Result<Vec<f32>, WeightsError> {
    match view.dtype() {
        Dtype::F16 => {
            Ok(view.data().chunks_exact(2).map(|pair| half::f16::from_le_bytes([pair[0], pair[1]]).to_f32()).collect())
        }
        Dtype::F32 => Ok(view
            .data()
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
            .collect()),
        other => Err(WeightsError::Type { name: name.into(), tensor: tensor.into(), found: format!("{other:?}") }),
    }
}

#[derive(Default)]
struct Collector {
    path: Vec<String>,
    parameters: Vec<NamedParameter>,
    error: Option<WeightsError>,
}

impl ModuleVisitor for Collector {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let name = self.path.join(".");
        let tensor = param.val();
        let shape = tensor.dims().to_vec();
        match tensor.into_data().convert::<f32>().try_to_vec::<f32>() {
            Ok(values) => self.parameters.push(NamedParameter { name, id: param.id, shape, values }),
            Err(error) => self.error = Some(WeightsError::Device { tensor: name, reason: format!("{error:?}") }),
        }
    }
}

struct Loader {
    file: String,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    path: Vec<String>,
    error: Option<WeightsError>,
}

impl ModuleMapper for Loader {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.join(".");
        let expected = param.lazy_shape().to_vec();
        match self.tensors.remove(&name) {
            None => {
                self.error.get_or_insert(WeightsError::Missing { name: self.file.clone(), tensor: name });
                param
            }
            Some((found, _)) if found != expected => {
                self.error.get_or_insert(WeightsError::Shape {
                    name: self.file.clone(),
                    tensor: name,
                    found,
                    expected,
                });
                param
            }
            Some((shape, values)) => param.map(|old| {
                let new = Tensor::from_data(TensorData::new(values, shape), &old.device().inner());
                if old.is_require_grad() { new.require_grad() } else { new }
            }),
        }
    }
}
