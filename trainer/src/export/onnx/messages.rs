//! What an ONNX file is made of: the messages of the format that are written here, and only their fields that are.
//!
//! Names and numbers are those of `onnx.proto3` in the specification (<https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3>);
//! numbers never change there. `prost` writes and reads them; its derive, which would save the macro, would compile other versions
//! of what Burn's macros need. Nothing else of the program is needed, so that a test can read files with it.

use prost::Message;
use prost::bytes::{Buf, BufMut};
use prost::encoding::{self, DecodeContext, WireType};

/// A message by its fields: how often each is there (`one`, `some`: one or none, `many`), its type on the wire, number, name and type.
macro_rules! message {
    ($(#[$about:meta])* $name:ident { $($(#[$of:meta])* $often:ident $wire:ident $number:literal $field:ident: $kind:ty,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name { $($(#[$of])* pub $field: $kind,)* }

        impl Message for $name {
            fn encode_raw(&self, buffer: &mut impl BufMut) {
                $(message!(@write $often $wire $number self.$field, buffer);)*
            }

            fn merge_field(
                &mut self,
                number: u32,
                wire_type: WireType,
                buffer: &mut impl Buf,
                context: DecodeContext,
            ) -> Result<(), prost::DecodeError> {
                match number {
                    $($number => message!(@read $often $wire wire_type, self.$field, buffer, context),)*
                    _ => encoding::skip_field(wire_type, number, buffer, context),
                }
            }

            fn encoded_len(&self) -> usize {
                0 $(+ message!(@length $often $wire $number self.$field))*
            }

            fn clear(&mut self) {
                *self = Self::default();
            }
        }
    };
    (@write one $wire:ident $number:literal $field:expr, $buffer:ident) => {
        encoding::$wire::encode($number, &$field, $buffer)
    };
    (@write some $wire:ident $number:literal $field:expr, $buffer:ident) => {
        if let Some(value) = &$field {
            encoding::$wire::encode($number, value, $buffer);
        }
    };
    (@write many $wire:ident $number:literal $field:expr, $buffer:ident) => {
        encoding::$wire::encode_repeated($number, &$field, $buffer)
    };
    (@read one $wire:ident $type:ident, $field:expr, $buffer:ident, $context:ident) => {
        encoding::$wire::merge($type, &mut $field, $buffer, $context)
    };
    (@read some $wire:ident $type:ident, $field:expr, $buffer:ident, $context:ident) => {
        encoding::$wire::merge($type, $field.get_or_insert_default(), $buffer, $context)
    };
    (@read many $wire:ident $type:ident, $field:expr, $buffer:ident, $context:ident) => {
        encoding::$wire::merge_repeated($type, &mut $field, $buffer, $context)
    };
    (@length one $wire:ident $number:literal $field:expr) => {
        encoding::$wire::encoded_len($number, &$field)
    };
    (@length some $wire:ident $number:literal $field:expr) => {
        $field.as_ref().map_or(0, |value| encoding::$wire::encoded_len($number, value))
    };
    (@length many $wire:ident $number:literal $field:expr) => {
        encoding::$wire::encoded_len_repeated($number, &$field)
    };
}

message! {
    /// A whole file.
    ModelProto {
        one int64 1 ir_version: i64,
        one string 2 producer_name: String,
        one string 3 producer_version: String,
        one string 6 doc_string: String,
        one message 7 graph: GraphProto,
        many message 8 opset_import: Vec<OperatorSetIdProto>,
        many message 14 metadata_props: Vec<StringStringEntryProto>,
    }
}

message! {
    /// Which version of which set of operators; the empty domain is ONNX's own.
    OperatorSetIdProto {
        one string 1 domain: String,
        one int64 2 version: i64,
    }
}

message! {
    StringStringEntryProto {
        one string 1 key: String,
        one string 2 value: String,
    }
}

message! {
    /// Nodes in the order in which they are computed.
    GraphProto {
        many message 1 node: Vec<NodeProto>,
        one string 2 name: String,
        many message 5 initializer: Vec<TensorProto>,
        many message 11 input: Vec<ValueInfoProto>,
        many message 12 output: Vec<ValueInfoProto>,
    }
}

message! {
    NodeProto {
        many string 1 input: Vec<String>,
        many string 2 output: Vec<String>,
        one string 3 name: String,
        one string 4 op_type: String,
        many message 5 attribute: Vec<AttributeProto>,
    }
}

message! {
    /// One of its values is there, and is of the kind that it says.
    AttributeProto {
        one string 1 name: String,
        some float 2 f: Option<f32>,
        some int64 3 i: Option<i64>,
        some bytes 4 s: Option<Vec<u8>>,
        many int64 8 ints: Vec<i64>,
        /// `type` in the specification, see [`attribute_type`].
        one int32 20 kind: i32,
    }
}

/// Kinds of attributes: `AttributeProto.AttributeType`.
pub mod attribute_type {
    pub const FLOAT: i32 = 1;
    pub const INT: i32 = 2;
    pub const STRING: i32 = 3;
    pub const INTS: i32 = 7;
}

message! {
    TensorProto {
        many int64 1 dims: Vec<i64>,
        /// See [`data_type`].
        one int32 2 data_type: i32,
        one string 8 name: String,
        /// The values in row-major order, little-endian.
        one bytes 9 raw_data: Vec<u8>,
    }
}

/// Types of values: `TensorProto.DataType`.
pub mod data_type {
    pub const FLOAT: i32 = 1;
    pub const INT64: i32 = 7;
}

message! {
    /// An input or an output.
    ValueInfoProto {
        one string 1 name: String,
        /// `type` in the specification.
        one message 2 kind: TypeProto,
        one string 3 doc_string: String,
    }
}

message! {
    TypeProto {
        one message 1 tensor_type: TensorTypeProto,
    }
}

message! {
    /// `TypeProto.Tensor` in the specification.
    TensorTypeProto {
        one int32 1 elem_type: i32,
        one message 2 shape: TensorShapeProto,
    }
}

message! {
    TensorShapeProto {
        many message 1 dim: Vec<Dimension>,
    }
}

message! {
    /// One of both is there: a length, or the name of one that is known only when it is run.
    Dimension {
        some int64 1 dim_value: Option<i64>,
        some string 2 dim_param: Option<String>,
    }
}
