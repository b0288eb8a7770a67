"""The classifier and the generators of shared/src/model as ONNX graphs: the same layers, the same weights.

An image is `[1, 1, z, y, x]`, grey-matter density 0..1. In plane mode the slices lie in the batch and every layer is
2-D; in volume mode layers are 3-D. Shapes are fixed, weights are single precision.
"""

import numpy
from onnx import TensorProto, checker, helper, numpy_helper

OPSET, IR_VERSION = 17, 8  # old enough for every runtime of the last years
HEIGHT_UNIT_MM = 100.0  # the height channel counts this as 1
NORM_GROUPS = 8
POOLED_SCALE = 10.0
EPSILON = 1e-5

# Settings of the networks. One that is not known here might change what they compute, so it is refused.
GENERATOR = {"kind", "filters", "downsamplings", "blocks", "outer_kernel", "edge", "output", "skips", "dose"}
CLASSIFIER = {"kind", "filters", "layers", "kernel", "refine", "first_filters", "norm", "pooling", "dropout"}


def known(config, settings, name):
    """The configuration, if it has no settings but these."""
    unknown = set(config) - settings
    if unknown:
        raise ValueError(f"{name} has settings unknown to benches/browser: {', '.join(sorted(unknown))}")
    return config


class Context:
    """What a network knows of the grid beside the image."""

    def __init__(self, grid, mask):
        """`grid` as in a manifest; `mask` is `[z, y, x]`."""
        nx, ny, nz = grid["shape"]
        z_mm = [sum(grid["mni_from_voxel"][2][axis] * at for axis, at in enumerate((0, 0, z, 1))) for z in range(nz)]
        height = numpy.array(z_mm, numpy.float32) / HEIGHT_UNIT_MM
        self.shape = (nz, ny, nx)
        self.height = numpy.broadcast_to(height[:, None, None, None], (nz, 1, ny, nx))
        self.mask = mask[None, None]


class Graph:
    """A graph in the making. Each method adds nodes and returns the name of their result."""

    def __init__(self, kind, weights, context):
        """`weights`: arrays by name; each must be used once."""
        if kind not in ("plane", "volume"):
            raise ValueError(f"the kind {kind!r} is unknown to benches/browser")
        self.kind, self.weights, self.context = kind, dict(weights), context
        self.nodes, self.constants = [], []

    def node(self, operator, *inputs, **attributes):
        name = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name, **attributes))
        return name

    def constant(self, values, kind=numpy.float32):
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(numpy.ascontiguousarray(values, dtype=kind), name))
        return name

    def reshape(self, x, *shape):
        return self.node("Reshape", x, self.constant(shape, numpy.int64))

    def entry(self):
        """The image as the first layer sees it."""
        if self.kind == "volume":
            return "image"
        depth, height, width = self.context.shape
        slices = self.reshape("image", depth, 1, height, width)
        return self.node("Concat", slices, self.constant(self.context.height), axis=1)

    def convolution(self, x, layer, stride=1, edge="zero"):
        """The layer of this name, of whatever shape its weights are."""
        path = f"{layer}.{self.kind.capitalize()}.conv"
        weight, bias = self.weights.pop(f"{path}.weight"), self.weights.pop(f"{path}.bias", None)
        axes, pad = weight.ndim - 2, (weight.shape[-1] - 1) // 2
        if edge == "reflect" and pad:
            around = [0, 0, *[pad] * axes] * 2
            x, pad = self.node("Pad", x, self.constant(around, numpy.int64), mode="reflect"), 0
        parameters = [self.constant(values) for values in (weight, bias) if values is not None]
        # Some runtimes need what the standard lets one leave out.
        spelt_out = {"kernel_shape": weight.shape[2:], "dilations": [1] * axes, "group": 1}
        return self.node("Conv", x, *parameters, strides=[stride] * axes, pads=[pad] * 2 * axes, **spelt_out)

    def normalise(self, x, norm, channels):
        if norm == "none":
            return x
        if norm not in ("instance", "group"):
            raise ValueError(f"the norm {norm!r} is unknown to benches/browser")
        rows = channels if norm == "instance" else NORM_GROUPS
        parameters = [self.constant(fill(rows)) for fill in (numpy.ones, numpy.zeros)]
        if norm == "instance":
            return self.node("InstanceNormalization", x, *parameters, epsilon=EPSILON)
        grouped = self.node("InstanceNormalization", self.reshape(x, 0, rows, -1), *parameters, epsilon=EPSILON)
        return self.node("Reshape", grouped, self.node("Shape", x))

    def activate(self, x, norm, channels):
        return self.node("Relu", self.normalise(x, norm, channels))

    def doubled(self, x):
        """Twice the image by repetition."""
        scales = [1, 1, 2, 2] if self.kind == "plane" else [1, 1, 2, 2, 2]
        nearest = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return self.node("Resize", x, "", self.constant(scales), **nearest)

    def model(self, result, name, shape):
        """The graph as a checked model whose only result, of this shape, is called `name`."""
        if self.weights:
            raise ValueError(f"weights that fit no layer: {', '.join(sorted(self.weights))}")
        self.nodes.append(helper.make_node("Identity", [result], [name]))
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, *self.context.shape])
        answer = helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        graph = helper.make_graph(self.nodes, "agelens", [image], [answer], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        checker.check_model(model, full_check=True)
        return model


def generator(config, weights, context):
    """`image` → `translated`, both `[1, 1, z, y, x]`."""
    known(config, GENERATOR, "the generator")
    graph = Graph(config["kind"], weights, context)
    levels, edge = config["downsamplings"], config["edge"]
    width = [config["filters"] << level for level in range(levels + 1)]
    x = graph.activate(graph.convolution(graph.entry(), "stem", edge=edge), "instance", width[0])
    seen = []
    for level in range(levels):
        seen.append(x)
        x = graph.activate(graph.convolution(x, f"down.{level}", stride=2), "instance", width[level + 1])
    for block in range(config["blocks"]):
        inner = graph.convolution(x, f"blocks.{block}.first", edge=edge)
        inner = graph.convolution(graph.activate(inner, "instance", width[-1]), f"blocks.{block}.second", edge=edge)
        x = graph.node("Add", x, graph.normalise(inner, "instance", width[-1]))
    for at, level in enumerate(reversed(range(levels))):
        x = graph.convolution(graph.doubled(x), f"up.{at}")
        if config.get("skips", False):
            x = graph.node("Add", x, graph.convolution(seen.pop(), f"skips.{at}"))
        x = graph.activate(x, "instance", width[level])
    shape = [1, 1, *context.shape]
    change = graph.node("Tanh", graph.reshape(graph.convolution(x, "head", edge=edge), *shape))
    if config.get("dose"):
        change = dosed(graph, change, config["dose"]["voxels"])
    return graph.model(translated(graph, change, config["output"]), "translated", shape)


def dosed(graph, change, voxels):
    """The change times a factor that is linear in the means of the image's cells."""
    cells = graph.node("AveragePool", "image", kernel_shape=[voxels] * 3, strides=[voxels] * 3)
    weight, bias = (graph.constant(graph.weights.pop(f"dose.linear.{name}")) for name in ("weight", "bias"))
    factor = graph.node("Add", graph.node("Gemm", graph.reshape(cells, 1, -1), weight, bias), graph.constant(1.0))
    factor = graph.node("Clip", factor, graph.constant(0.0), graph.constant(3.0))
    product = graph.node("Mul", change, graph.reshape(factor, 1, 1, 1, 1, 1))
    return graph.node("Clip", product, graph.constant(-1.0), graph.constant(1.0))


def translated(graph, change, output):
    """The image that the last layer's `change` makes."""
    one = graph.constant(1.0)
    if output == "direct":
        return graph.node("Mul", graph.node("Add", change, one), graph.constant(0.5))
    zero = graph.constant(0.0)
    change = graph.node("Mul", change, graph.constant(graph.context.mask))
    if output == "residual":
        return graph.node("Clip", graph.node("Add", "image", change), zero, one)
    if output == "bounded":  # a share of what there is to gain or to lose
        gain = graph.node("Greater", change, zero)
        room = graph.node("Where", gain, graph.node("Sub", one, "image"), "image")
        return graph.node("Add", "image", graph.node("Mul", change, room))
    raise ValueError(f"the generator's output {output!r} is unknown to benches/browser")


def classifier(config, weights, context):
    """`image` `[1, 1, z, y, x]` → `logit_old` `[1, 1]`."""
    known(config, CLASSIFIER, "the classifier")
    graph = Graph(config["kind"], weights, context)
    levels, norm = config["layers"], config["norm"]
    x = graph.entry()
    for layer in range(levels + config.get("refine", True)):
        channels = config["filters"] << min(layer, levels - 1)
        x = graph.convolution(x, f"layers.{layer}", stride=2 if layer < levels else 1)
        x = graph.activate(x, norm, channels)
    weight, bias = graph.weights.pop("linear.weight"), graph.weights.pop("linear.bias")
    pooling = config.get("pooling", "grid")
    if pooling == "grid":
        axes = [0, 2, 3] if graph.kind == "plane" else [2, 3, 4]
        x = graph.node("ReduceMean", x, axes=axes)
    else:
        if graph.kind != "plane" or set(pooling) != {"cells"}:
            raise ValueError(f"pooling {pooling!r} in {graph.kind} mode is unknown to benches/browser")
        cell, depth = pooling["cells"]["voxels"] >> levels, context.shape[0]
        x = graph.node("AveragePool", x, kernel_shape=[cell, cell], strides=[cell, cell])
        # Pooled features lie slice by slice here, channel by channel in our weights: no transposition while running.
        weight = weight.reshape(channels, depth, -1).transpose(1, 0, 2).reshape(-1, 1)
    logit = graph.node("Gemm", graph.reshape(x, 1, -1), graph.constant(weight * POOLED_SCALE), graph.constant(bias))
    return graph.model(logit, "logit_old", [1, 1])
