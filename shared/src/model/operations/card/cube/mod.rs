//! The kernels: what runs on the card. The files beside this folder start them.

// What `#[cube]` makes of a kernel reads the element type that the kernel itself does not.
#![allow(clippy::used_underscore_binding)]

pub mod convolution;
pub mod learning;
pub mod norm;
pub mod weights;

use cubecl::prelude::*;

/// Number of images and voxels along z, y, x; or one number for each axis.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
pub struct Space {
    pub count: u32,
    pub z: u32,
    pub y: u32,
    pub x: u32,
}

/// Image and place of what comes at `position` in an order of so many along z, y and x, x fastest.
#[cube]
fn place_at(position: u32, z: u32, y: u32, x: u32) -> Space {
    let lines = position / x;
    let planes = lines / y;
    Space { count: planes / z, z: planes % z, y: lines % y, x: position % x }
}
