//! The classes of a voxel, by their place in lists.

/// Grey matter, white matter, fluid, everything else.
pub(in super::super) const CLASSES: usize = 4;
pub(in super::super) const GM: usize = 0;
pub(in super::super) const WM: usize = 1;
pub(in super::super) const CSF: usize = 2;
pub(in super::super) const OTHER: usize = 3;
