//! A graph in the making: nodes, constants, inputs and outputs, by ONNX's rules.

use super::messages::{
    AttributeProto, Dimension, GraphProto, NodeProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto, attribute_type, data_type,
};
use anyhow::{Result, anyhow, ensure};
use shared::model::NamedParameter;
use std::collections::BTreeMap;

/// What a node gives, an input or a constant: its name.
#[derive(Clone, Debug)]
pub struct Value(String);

impl Value {
    /// In place of an input that an operator does not need.
    pub fn none() -> Self {
        Value(String::new())
    }
}

/// Length of one axis of an input or output.
#[derive(Clone, Copy)]
pub enum Side {
    /// As many images as are given.
    Batch,
    Of(usize),
}

/// Adds what a network does, step by step. Whatever is used in a node was made before it, as ONNX demands.
pub struct Graph {
    /// Weights that no layer has asked for yet, by name.
    weights: BTreeMap<String, NamedParameter>,
    graph: GraphProto,
}

impl Graph {
    /// With the weights of a network, each of which must be used once.
    pub fn new(weights: Vec<NamedParameter>) -> Self {
        let weights = weights.into_iter().map(|weight| (weight.name.clone(), weight)).collect();
        Graph { weights, graph: GraphProto::default() }
    }

    /// The result of an operator.
    pub fn node(&mut self, operator: &str, inputs: &[&Value], attributes: Vec<AttributeProto>) -> Value {
        let name = format!("{}_{}", operator.to_lowercase(), self.graph.node.len());
        self.push(operator, inputs, attributes, name)
    }

    fn push(&mut self, operator: &str, inputs: &[&Value], attribute: Vec<AttributeProto>, name: String) -> Value {
        self.graph.node.push(NodeProto {
            input: inputs.iter().map(|value| value.0.clone()).collect(),
            output: vec![name.clone()],
            name: name.clone(),
            op_type: operator.into(),
            attribute,
        });
        Value(name)
    }

    /// An operator of two inputs without settings: `Add`, `Mul`, `Sub` and their like.
    pub fn of_two(&mut self, operator: &str, a: &Value, b: &Value) -> Value {
        self.node(operator, &[a, b], Vec::new())
    }

    /// An operator of one input without settings: `Relu`, `Tanh` and their like.
    pub fn of_one(&mut self, operator: &str, a: &Value) -> Value {
        self.node(operator, &[a], Vec::new())
    }

    /// With this shape; −1 is what is left over, 0 what it was.
    pub fn reshaped(&mut self, x: &Value, shape: &[i64]) -> Value {
        let shape = self.integers(shape);
        self.of_two("Reshape", x, &shape)
    }

    pub fn clipped(&mut self, x: &Value, least: f32, most: f32) -> Value {
        let (least, most) = (self.number(least), self.number(most));
        self.node("Clip", &[x, &least, &most], Vec::new())
    }

    /// A tensor of single precision, row-major.
    pub fn constant(&mut self, values: &[f32], shape: &[usize]) -> Value {
        let name = self.constant_name();
        self.floats(name, values, shape)
    }

    /// One number.
    pub fn number(&mut self, value: f32) -> Value {
        self.constant(&[value], &[])
    }

    /// Shapes, axes and the like.
    pub fn integers(&mut self, values: &[i64]) -> Value {
        let name = self.constant_name();
        let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensor(name, data_type::INT64, raw_data, vec![values.len() as i64])
    }

    /// The weights of this name, and their shape.
    ///
    /// # Errors
    /// The network has none of that name, or they were used before.
    pub fn weights(&mut self, name: &str) -> Result<(Value, Vec<usize>)> {
        let found = self.weights.remove(name).ok_or_else(|| anyhow!("the network has no weights `{name}` left"))?;
        Ok((self.floats(found.name, &found.values, &found.shape), found.shape))
    }

    /// Whether there are weights of this name that were not used yet.
    pub fn has_weights(&self, name: &str) -> bool {
        self.weights.contains_key(name)
    }

    fn constant_name(&self) -> String {
        format!("constant_{}", self.graph.initializer.len())
    }

    fn floats(&mut self, name: String, values: &[f32], shape: &[usize]) -> Value {
        let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.tensor(name, data_type::FLOAT, raw_data, shape.iter().map(|&side| side as i64).collect())
    }

    fn tensor(&mut self, name: String, data_type: i32, raw_data: Vec<u8>, dims: Vec<i64>) -> Value {
        self.graph.initializer.push(TensorProto { dims, data_type, name: name.clone(), raw_data });
        Value(name)
    }

    pub fn input(&mut self, name: &str, sides: &[Side], about: &str) -> Value {
        self.graph.input.push(information(name, sides, about));
        Value(name.into())
    }

    pub fn output(&mut self, name: &str, value: &Value, sides: &[Side], about: &str) {
        self.push("Identity", &[value], Vec::new(), name.into());
        self.graph.output.push(information(name, sides, about));
    }

    /// The graph, where all weights were used.
    ///
    /// # Errors
    /// Some were not: the graph would compute something else than the network.
    pub fn finish(self, name: &str) -> Result<GraphProto> {
        let left: Vec<String> = self.weights.into_keys().collect();
        ensure!(left.is_empty(), "no layer of {name} uses the weights {}", left.join(", "));
        Ok(GraphProto { name: name.into(), ..self.graph })
    }
}

fn information(name: &str, sides: &[Side], about: &str) -> ValueInfoProto {
    let dimension = |side: &Side| match side {
        Side::Batch => Dimension { dim_param: Some("batch".into()), ..Dimension::default() },
        Side::Of(length) => Dimension { dim_value: Some(*length as i64), ..Dimension::default() },
    };
    let dim = sides.iter().map(dimension).collect();
    let tensor_type = TensorTypeProto { elem_type: data_type::FLOAT, shape: TensorShapeProto { dim } };
    ValueInfoProto { name: name.into(), kind: TypeProto { tensor_type }, doc_string: about.into() }
}

/// A setting that is a whole number.
pub fn integer(name: &str, value: i64) -> AttributeProto {
    AttributeProto { i: Some(value), ..attribute(name, attribute_type::INT) }
}

/// A setting that is a list of whole numbers.
pub fn integers(name: &str, values: Vec<i64>) -> AttributeProto {
    AttributeProto { ints: values, ..attribute(name, attribute_type::INTS) }
}

/// A setting that is a number.
pub fn real(name: &str, value: f32) -> AttributeProto {
    AttributeProto { f: Some(value), ..attribute(name, attribute_type::FLOAT) }
}

/// A setting that is a word.
pub fn word(name: &str, value: &str) -> AttributeProto {
    AttributeProto { s: Some(value.into()), ..attribute(name, attribute_type::STRING) }
}

fn attribute(name: &str, kind: i32) -> AttributeProto {
    AttributeProto { name: name.into(), kind, ..AttributeProto::default() }
}
