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
    return functional.group_norm(x, NORM_GROUPS, eps=1e-5) if norm == "group" else x


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

    def __init__(self, kind, width, edge):
        super().__init__()
        self.first = Conv(kind, (width, width), 3, edge=edge)
        self.second = Conv(kind, (width, width), 3, edge=edge)

    def forward(self, x):
        inner = functional.relu(normalise("instance", self.first(x)))
        return x + normalise("instance", self.second(inner))


class Generator(nn.Module):
    """ResNet generator (Johnson et al. 2016; Zhu et al. 2017)."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        kind, filters, edge = config["kind"], config["filters"], config["edge"]
        levels, outer = config["downsamplings"], config["outer_kernel"]
        width = [filters << level for level in range(levels + 1)]
        self.stem = Conv(kind, (input_channels(kind), filters), outer, edge=edge)
        self.down = nn.ModuleList(Conv(kind, (width[level], width[level + 1]), 3, 2) for level in range(levels))
        self.blocks = nn.ModuleList(Block(kind, width[-1], edge) for _ in range(config["blocks"]))
        self.up = nn.ModuleList(Conv(kind, (width[level + 1], width[level]), 3) for level in reversed(range(levels)))
        self.head = Conv(kind, (filters, 1), outer, edge=edge, bias=True)
        if config["output"] == "residual":
            nn.init.zeros_(self.head.conv.weight)

    def forward(self, image, context):
        kind, depth = self.config["kind"], image.shape[2]
        x = self.activate(self.stem(fold(kind, context.with_image(kind, image))))
        for layer in self.down:
            x = self.activate(layer(x))
        for block in self.blocks:
            x = block(x)
        for layer in self.up:
            x = self.activate(layer(functional.interpolate(x, scale_factor=2, mode="nearest")))
        change = torch.tanh(unfold(kind, self.head(x), depth))
        if self.config["output"] == "direct":
            return (change + 1.0) / 2.0
        return (image + change * context.mask).clamp(0.0, 1.0)

    @staticmethod
    def activate(x):
        return functional.relu(normalise("instance", x))


class Discriminator(nn.Module):
    """PatchGAN (Isola et al. 2017): one score a patch."""

    def __init__(self, config):
        super().__init__()
        self.config = config
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
    """Convolutions, mean over the grid, one linear layer: log-odds of "old"."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        kind, levels = config["kind"], config["layers"]
        width = [config["filters"] << level for level in range(levels)]
        channels = [input_channels(kind), *width, width[-1]]
        self.layers = nn.ModuleList(
            Conv(kind, (channels[at], channels[at + 1]), 3, 2 if at < levels else 1, bias=True)
            for at in range(levels + 1)
        )
        self.linear = nn.Linear(width[-1], 1)
        self.dropout = nn.Dropout(config["dropout"])
        for layer in self.layers:
            nn.init.kaiming_normal_(layer.conv.weight)

    def forward(self, image, context):
        kind, depth = self.config["kind"], image.shape[2]
        x = fold(kind, context.with_image(kind, image))
        for layer in self.layers:
            x = functional.relu(normalise(self.config["norm"], layer(x)))
        pooled = unfold(kind, x, depth).mean(dim=(2, 3, 4)) * POOLED_SCALE
        return self.linear(self.dropout(pooled))


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
        found[name] = tensor.T.contiguous() if name == "linear.weight" else tensor
    network.load_state_dict(found, strict=True)
    return network.eval()
