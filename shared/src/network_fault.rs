//! Why no network can be made from its settings. Known without the networks, too: whoever tells of it need not compute.

use crate::coded;

/// Settings of a bundle's networks that cannot be used. `network`: `classifier`, `judge` or `generator`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{network}: {reason}")]
pub struct ModelsFault {
    pub network: &'static str,
    pub reason: NetworkFault,
}

coded!(struct ModelsFault { network, reason: NetworkFault } => "bundle.manifest.models");

/// A setting of a network, by its key in the file, and what it may be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkFault {
    #[error("{name} must be {least} to {most}")]
    Range { name: &'static str, least: usize, most: usize },
    #[error("{name} must be odd, 3 to {most}")]
    Kernel { name: &'static str, most: usize },
    #[error("{name} must be {layers} or fewer, and the widest layer {channels} channels or fewer")]
    Widths { name: &'static str, layers: usize, channels: usize },
    #[error("the network would have up to {weights} weights; at most {most} are allowed")]
    Weights { weights: usize, most: usize },
    #[error("filters must be divisible by {groups} for norm = \"group\"")]
    Groups { groups: usize },
    #[error("dropout must be at least 0 and below 1")]
    Dropout,
    #[error("first_filters = \"lines\" needs kind = \"plane\", filters = {filters} and kernel = {kernel}")]
    Lines { filters: usize, kernel: usize },
    #[error("pooling over cells needs kind = \"plane\" and cells of at least one voxel")]
    Cells,
    #[error("pooling: cells of {voxels} voxels must be a multiple of {stride} and counts {counts:?}")]
    CellCounts { voxels: usize, stride: usize, counts: [usize; 3] },
    #[error("pooling: cells of {voxels} voxels do not fill the grid")]
    CellsOfGrid { voxels: usize },
    #[error("sides that are halved {times} times must be divisible by {divisor}")]
    Halved { times: usize, divisor: usize },
    #[error("edge = \"reflect\" needs sides of {least} voxels or more")]
    Reflect { least: usize },
    #[error(
        "start.by = \"share\" is for output = \"bounded\", and \"deformation\" for \"deformed\"; otherwise use \"line\""
    )]
    StartOfOutput,
    #[error("start is a change, and output = \"direct\" paints anew; leave it out")]
    StartOfDirect,
    #[error("start.places must be the grid's {shape:?}")]
    StartOfGrid { shape: [usize; 3] },
    #[error("dose is a factor of a change, and output = \"direct\" has none; leave it out")]
    DoseOfDirect,
    #[error("dose: cells of {voxels} voxels, {counts:?} of them, do not fill the grid {shape:?}")]
    DoseOfGrid { voxels: usize, counts: [usize; 3], shape: [usize; 3] },
}

coded!(enum NetworkFault {
    Range { name, least, most } => "network.range",
    Kernel { name, most } => "network.kernel",
    Widths { name, layers, channels } => "network.widths",
    Weights { weights, most } => "network.weights",
    Groups { groups } => "network.groups",
    Dropout {} => "network.dropout",
    Lines { filters, kernel } => "network.lines",
    Cells {} => "network.cells",
    CellCounts { voxels, stride, counts: "{:?}" } => "network.cells.counts",
    CellsOfGrid { voxels } => "network.cells.grid",
    Halved { times, divisor } => "network.halved",
    Reflect { least } => "network.reflect",
    StartOfOutput {} => "network.start.output",
    StartOfDirect {} => "network.start.direct",
    StartOfGrid { shape: "{:?}" } => "network.start.grid",
    DoseOfDirect {} => "network.dose.direct",
    DoseOfGrid { voxels, counts: "{:?}", shape: "{:?}" } => "network.dose.grid",
});
