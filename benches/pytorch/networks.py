"""The three networks of shared/src/model in PyTorch: the same layers, the same tensor names, the same results.

Images are `[subject, 1, z, y, x]`, grey-matter density 0..1. In plane mode the slices lie in the batch while a network
works and every layer is 2-D; in volume mode layers are 3-D.
"""

import numpy
import torch
import torch.nn.functional as functional
from safetensors.torch import load_file
from torch import nn

HEIGHT_UNIT_MM = 100.0  # the height channel counts this as 1
NORM_GROUPS = 8
POOLED_SCALE = 10.0

# Settings of the networks. One that is not known here might change what they compute, so it is refused.
GENERATOR = {"kind", "filters", "downsamplings", "blocks", "outer_kernel", "edge", "output", "skips", "norm", "dose"}
DISCRIMINATOR = {"kind", "filters", "layers", "norm"}
CLASSIFIER = {"kind", "filters", "layers", "kernel", "refine", "first_filters", "norm", "pooling", "dropout"}


def known(config, settings, name):
    """The configuration, if it has no settings but these."""
    unknown = set(config) - settings
    if unknown:
        raise ValueError(f"{name} has settings unknown to benches/pytorch: {', '.join(sorted(unknown))}")
    return config


class GridContext:
    """What a network knows of the grid beside the image: height and mask, each `[1, 1, z, y, x]`."""

    def __init__(self, height, mask):
        self.height, self.mask = height, mask

    @staticmethod
    def of(grid, mask, device="cpu"):
        """`grid` as in a manifest; `mask` is an array indexed [x, y, z]."""
        nx, ny, nz = grid["shape"]
        z_mm = [sum(grid["mni_from_voxel"][2][axis] * at for axis, at in enumerate((0, 0, z, 1))) for z in range(nz)]
        height = torch.tensor(z_mm, dtype=torch.float32, device=device) / HEIGHT_UNIT_MM
        return GridContext(height.view(1, 1, nz, 1, 1).expand(1, 1, nz, ny, nx).contiguous(), image(mask, device))

    def slices(self, chosen):
        """The context of some axial slices."""
        return GridContext(self.height[:, :, chosen], self.mask[:, :, chosen])

    def with_image(self, kind, image):
        if kind == "volume":
            return image
        return torch.cat([image, self.height.expand_as(image)], dim=1)


def image(values, device="cpu"):
    """An array indexed [x, y, z], as nibabel reads it, as `[1, 1, z, y, x]`."""
    values = numpy.ascontiguousarray(numpy.asarray(values, dtype=numpy.float32).T)
    return torch.from_numpy(values).to(device)[None, None]


def fold(kind, x):
    """Plane mode: `[b, c, z, y, x]` to `[b·z, c, y, x]`."""
    if kind == "volume":
        return x
    b, c, d, h, w = x.shape
    return x.permute(0, 2, 1, 3, 4).reshape(b * d, c, h, w)


def unfold(kind, x, depth):
    """The inverse of `fold` for `depth` slices."""
    if kind == "volume":
        return x
    n, c, h, w = x.shape
    return x.reshape(n // depth, depth, c, h, w).permute(0, 2, 1, 3, 4)


def normalise(norm, x):
    if norm == "instance":
        return functional.instance_norm(x, eps=1e-5)
    groups = {"group": NORM_GROUPS, "layer": 1, "none": 0}[norm]
    return functional.group_norm(x, groups, eps=1e-5) if groups else x


class Conv(nn.Module):
    """A convolution of either kind with zeros or the mirrored image beyond the border."""

    def __init__(self, kind, channels, kernel, stride=1, edge="zero", bias=False):
        super().__init__()
        pad = (kernel - 1) // 2
        layer = nn.Conv2d if kind == "plane" else nn.Conv3d
        self.mirrored = [pad] * (4 if kind == "plane" else 6) if edge == "reflect" and pad else None
        self.conv = layer(*channels, kernel, stride, padding=0 if self.mirrored else pad, bias=bias)
        nn.init.normal_(self.conv.weight, 0.0, 0.02)
        if bias:
            nn.init.zeros_(self.conv.bias)

    def forward(self, x):
        if self.mirrored:
            x = functional.pad(x, self.mirrored, mode="reflect")
        return self.conv(x)


class Block(nn.Module):
    """Two convolutions whose result is added to the input."""

    def __init__(self, kind, width, edge, norm):
        super().__init__()
        self.norm = norm
        self.first = Conv(kind, (width, width), 3, edge=edge)
        self.second = Conv(kind, (width, width), 3, edge=edge)

    def forward(self, x):
        inner = functional.relu(normalise(self.norm, self.first(x)))
        return x + normalise(self.norm, self.second(inner))


class Dose(nn.Module):
    """The factor of an image's change: linear in the means of its cells, not trained."""

    def __init__(self, config):
        super().__init__()
        self.voxels = config["voxels"]
        self.linear = nn.Linear(numpy.prod(config["counts"]), 1).requires_grad_(False)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, image):
        cells = functional.avg_pool3d(image.detach(), self.voxels).flatten(1)
        return (self.linear(cells) + 1.0).clamp(0.0, 3.0).view(-1, 1, 1, 1, 1)


class Generator(nn.Module):
    """ResNet generator (Johnson et al. 2016; Zhu et al. 2017), on request with skips (after Ronneberger et al. 2015)."""

    def __init__(self, config):
        super().__init__()
        self.config = known(config, GENERATOR, "the generator")
        kind, filters, edge = config["kind"], config["filters"], config["edge"]
        levels, outer = config["downsamplings"], config["outer_kernel"]
        self.norm = config.get("norm", "instance")
        width = [filters << level for level in range(levels + 1)]
        upwards = list(reversed(range(levels)))
        self.stem = Conv(kind, (input_channels(kind), filters), outer, edge=edge)
        self.down = nn.ModuleList(Conv(kind, (width[level], width[level + 1]), 3, 2) for level in range(levels))
        self.blocks = nn.ModuleList(Block(kind, width[-1], edge, self.norm) for _ in range(config["blocks"]))
        self.up = nn.ModuleList(Conv(kind, (width[level + 1], width[level]), 3) for level in upwards)
        skipped = upwards if config.get("skips", False) else []
        self.skips = nn.ModuleList(Conv(kind, (width[level], width[level]), 1) for level in skipped)
        self.head = Conv(kind, (filters, 1), outer, edge=edge, bias=True)
        self.dose = Dose(config["dose"]) if config.get("dose") else None
        if config["output"] not in ("direct", "residual", "bounded"):
            raise ValueError(f"the generator's output {config['output']!r} is unknown to benches/pytorch")
        if config["output"] != "direct":
            nn.init.zeros_(self.head.conv.weight)

    def forward(self, image, context):
        kind, depth = self.config["kind"], image.shape[2]
        x = self.activate(self.stem(fold(kind, context.with_image(kind, image))))
        seen = []
        for layer in self.down:
            seen.append(x)
            x = self.activate(layer(x))
        for block in self.blocks:
            x = block(x)
        for at, layer in enumerate(self.up):
            x = layer(functional.interpolate(x, scale_factor=2, mode="nearest"))
            if self.skips:
                x = x + self.skips[at](seen.pop())
            x = self.activate(x)
        change = torch.tanh(unfold(kind, self.head(x), depth))
        if self.dose:
            change = (change * self.dose(image)).clamp(-1.0, 1.0)
        if self.config["output"] == "direct":
            return (change + 1.0) / 2.0
        change = change * context.mask
        if self.config["output"] == "residual":
            return (image + change).clamp(0.0, 1.0)
        # Bounded: a share of what there is to gain or to lose.
        return image + change * torch.where(change > 0.0, 1.0 - image, image)

    def activate(self, x):
        return functional.relu(normalise(self.norm, x))


class Discriminator(nn.Module):
    """PatchGAN (Isola et al. 2017): one score a patch."""

    def __init__(self, config):
        super().__init__()
        self.config = known(config, DISCRIMINATOR, "the discriminator")
        kind, levels = config["kind"], config["layers"]
        width = [config["filters"] * min(1 << level, 8) for level in range(levels + 1)]
        channels = [input_channels(kind), *width, 1]
        self.layers = nn.ModuleList(
            Conv(kind, (channels[at], channels[at + 1]), 4, 2 if at < levels else 1, bias=True)
            for at in range(levels + 2)
        )

    def forward(self, image, context):
        kind = self.config["kind"]
        x = fold(kind, context.with_image(kind, image))
        for at, layer in enumerate(self.layers):
            x = layer(x)
            if at == len(self.layers) - 1:
                return x
            x = functional.leaky_relu(normalise(self.config["norm"], x) if at > 0 else x, 0.2)
        raise AssertionError("a discriminator has layers")


class Classifier(nn.Module):
    """Convolutions, means over the grid or over its cells, one linear layer: log-odds of "old".

    `first_filters` says how the first layer's weights begin; loaded ones replace them, and here they begin at random.
    """

    def __init__(self, config):
        super().__init__()
        self.config = known(config, CLASSIFIER, "the classifier")
        kind, levels, kernel = config["kind"], config["layers"], config.get("kernel", 3)
        width = [config["filters"] << level for level in range(levels)]
        channels = [input_channels(kind), *width]
        layers = [Conv(kind, channels[at : at + 2], kernel, 2, bias=True) for at in range(levels)]
        if config.get("refine", True):
            layers.append(Conv(kind, (width[-1], width[-1]), 3, bias=True))
        self.layers = nn.ModuleList(layers)
        self.cell, self.places, pooling = None, (1, 1), config.get("pooling", "grid")
        if pooling != "grid":
            if kind != "plane" or set(pooling) != {"cells"} or set(pooling["cells"]) != {"voxels", "counts"}:
                raise ValueError(f"pooling {pooling!r} in {kind} mode is unknown to benches/pytorch")
            columns, rows, depth = pooling["cells"]["counts"]
            self.cell, self.places = pooling["cells"]["voxels"] >> levels, (depth, rows * columns)
        self.linear = nn.Linear(width[-1] * self.places[0] * self.places[1], 1)
        self.dropout = nn.Dropout(config["dropout"])
        for layer in self.layers:
            nn.init.kaiming_normal_(layer.conv.weight)

    def forward(self, image, context):
        """`image` is all of the grid."""
        return self.linear(self.dropout(self.pooled(image, context)))

    def logit_of_slices(self, image, context, slices):
        """The same from some axial slices, which count as much as all would; `slices` are their numbers, a tensor."""
        pooled, (depth, places) = self.dropout(self.pooled(image, context)), self.places
        if self.cell is None:
            return self.linear(pooled)
        weight = self.linear.weight.view(-1, depth, places).index_select(1, slices).reshape(1, -1)
        return functional.linear(pooled, weight) * (depth / slices.numel()) + self.linear.bias

    def pooled(self, image, context):
        """What the linear layer weighs, in the order channel, z, y, x."""
        kind, depth = self.config["kind"], image.shape[2]
        x = fold(kind, context.with_image(kind, image))
        for layer in self.layers:
            x = functional.relu(normalise(self.config["norm"], layer(x)))
        if self.cell is None:
            return unfold(kind, x, depth).mean(dim=(2, 3, 4)) * POOLED_SCALE
        return unfold(kind, functional.avg_pool2d(x, self.cell), depth).flatten(1) * POOLED_SCALE


def input_channels(kind):
    """Plane networks see the height beside the image."""
    return 2 if kind == "plane" else 1


def load_weights(network, path):
    """Fills a network from a safetensors file of a bundle or a run (half or single precision); every tensor must fit.

    Burn names the kind of a layer (`stem.Plane.conv.weight`) and keeps a linear layer as `[in, out]`.
    """
    found = {}
    for name, tensor in load_file(path).items():
        name = name.replace(".Plane.", ".").replace(".Volume.", ".")
        tensor = tensor.to(torch.float32)
        found[name] = tensor.T.contiguous() if name.endswith("linear.weight") else tensor
    network.load_state_dict(found, strict=True)
    return network.eval()
