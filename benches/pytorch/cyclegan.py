"""One step of the CycleGAN training of trainer/src/training/cyclegan in PyTorch: same networks, losses, order of work.

Frozen critics and guide, least squares, cycle with noise on the way back, identity, guidance, change, first moment of
the image and of its greyness; then both critics on real and remembered images; Adam for all four; averages of both
generators.
"""

import copy
import random

import torch
import torch.nn.functional as functional
from networks import Classifier, Discriminator, Generator, GridContext
from torch import nn

# Settings of [cyclegan] that this step knows. One that it does not know might change the work, so it is refused.
KNOWN = {
    *("generator", "discriminator", "steps", "batch", "slices", "decay_from", "return_noise"),
    *("learning_rate_generator", "learning_rate_discriminator", "beta_1", "beta_2"),
    *("lambda_cycle", "lambda_identity", "lambda_classifier", "lambda_change", "lambda_moment"),
    *("lambda_greyness", "moment_memory", "moment_blur_voxels", "augmentation", "pool", "ema", "accumulate"),
    *("checkpoint_every", "log_every", "preview_every"),
}


class ImagePool:
    """Up to `capacity` translations; a full pool swaps half of the newcomers against a random old one."""

    def __init__(self, capacity):
        self.capacity, self.items = capacity, []

    def exchange(self, newest):
        if len(self.items) < self.capacity:
            self.items.append(newest)
            return newest
        if not self.items or random.random() < 0.5:
            return newest
        place = random.randrange(len(self.items))
        self.items[place], shown = newest, self.items[place]
        return shown


class Moment:
    """Running mean of a direction's change, slice by slice, and how far it is from what it should be."""

    def __init__(self, memory, target):
        self.memory, self.target = memory, target  # [1, 1, z, y, x]
        self.running = torch.zeros_like(target)
        self.updates = [0] * target.shape[2]

    def loss(self, change, shifts, slices, mask):
        """A loss whose gradient is that of the squared distance between mean and target over the mask."""
        with torch.no_grad():
            aligned = torch.cat([shifted(change[at : at + 1], -x, -y) for at, (x, y) in enumerate(shifts)])
            newest = aligned.mean(dim=0, keepdim=True)
            for place, at in enumerate(slices):
                keep = min(self.memory, self.updates[at] / (self.updates[at] + 1))
                self.running[:, :, at].lerp_(newest[:, :, place], 1.0 - keep)
                self.updates[at] += 1
            gap = self.running[:, :, slices] - self.target[:, :, slices]
            pull = torch.cat([shifted(gap, x, y) for x, y in shifts]) * mask
            weight = 2.0 / len(shifts) / mask.sum().clamp(min=1.0)
        return (change * pull).sum() * weight


def shifted(image, x, y):
    """`out(x, y) = image(x + shift, y + shift)`, zero outside."""
    height, width = image.shape[-2:]
    padded = functional.pad(image, (abs(x), abs(x), abs(y), abs(y)))
    return padded[..., abs(y) + y : abs(y) + y + height, abs(x) + x : abs(x) + x + width]


class GuideOnSlices(nn.Module):
    """The guide as the step asks it: on some slices of the grid."""

    def __init__(self, guide):
        super().__init__()
        self.guide = guide

    def forward(self, image, context, slices):
        return self.guide.logit_of_slices(image, context, slices)


class Step:
    """All that changes while training, and the step that changes it."""

    def __init__(self, config, device="cpu", channels_last=False, compiled=False, half=None):
        unknown = set(config["cyclegan"]) - KNOWN
        if unknown:
            raise ValueError(f"[cyclegan] has settings unknown to benches/pytorch: {', '.join(sorted(unknown))}")
        self.config = config["cyclegan"]
        generator, discriminator = self.config["generator"], self.config["discriminator"]
        self.kind, self.device, self.half = generator["kind"], device, half
        self.accumulate = self.config.get("accumulate", 1)
        self.reach = (self.config.get("augmentation") or config["augmentation"])["shift_voxels"]
        self.generators = nn.ModuleList([Generator(generator), Generator(generator)])
        self.critics = nn.ModuleList([Discriminator(discriminator), Discriminator(discriminator)])
        self.guide = Classifier(config["classifier"]["network"]).eval().requires_grad_(False)
        modules = [*self.generators, *self.critics, self.guide]
        layout = torch.channels_last if self.kind == "plane" else torch.channels_last_3d
        for module in modules:
            module.to(device)
            if channels_last:
                module.to(memory_format=layout)
        self.average = copy.deepcopy(self.generators).requires_grad_(False)
        adam = {"betas": (self.config["beta_1"], self.config["beta_2"]), "eps": 1e-8}
        rate = self.config["learning_rate_generator"]
        self.generator_optimizer = torch.optim.Adam(self.generators.parameters(), rate, **adam)
        rate = self.config["learning_rate_discriminator"]
        self.critic_optimizers = [torch.optim.Adam(critic.parameters(), rate, **adam) for critic in self.critics]
        self.pools = [ImagePool(self.config["pool"]) for _ in self.critics]
        # Compiling replaces what is called; the parameters stay those of the modules above.
        call = torch.compile if compiled else lambda module: module
        self.to_old, self.to_young = (call(module) for module in self.generators)
        self.called_critics = [call(module) for module in self.critics]
        self.called_guide = call(GuideOnSlices(self.guide))
        nx, ny, nz = config["grid"]["shape"]
        spacing, origin = config["grid"]["spacing_mm"], config["grid"]["origin_mm"]
        rows = [[spacing * (row == column) for column in range(3)] + [origin[row]] for row in range(3)]
        grid = {"shape": [nx, ny, nz], "mni_from_voxel": rows}
        self.grid = GridContext.of(grid, torch.ones(nx, ny, nz).numpy(), device)
        self.moments, self.greyness = self.moments_of("lambda_moment"), self.moments_of("lambda_greyness")

    def precision(self):
        """Where layers are computed in half precision, if that was asked for; weights and optimisers stay in single.

        The losses are not scaled. In f16 a step of AgeLens also divides the gradients and waits for the device once.
        """
        return torch.autocast(self.device, self.half, enabled=self.half is not None)

    def moments_of(self, weight):
        """First-moment matching of both directions with a random target; None where its weight is 0."""
        if self.config.get(weight, 0.0) <= 0.0:
            return None
        memory, target = self.config.get("moment_memory", 0.9), torch.randn_like(self.grid.mask) * 0.1
        return Moment(memory, target), Moment(memory, -target)

    def draw(self):
        """The batches of a step: random images of both groups, the slices they show, and how each was shifted."""
        _, _, depth, height, width = self.grid.mask.shape
        count, subjects = self.config["slices"], self.config["batch"]
        every = self.kind == "volume" or count == 0 or count >= depth
        batches = []
        for _ in range(self.accumulate):
            slices = list(range(depth)) if every else sorted(random.sample(range(depth), count))
            young, old = torch.rand((2, subjects, 1, len(slices), height, width), device=self.device)
            batches.append((young, old, slices, self.shifts(subjects), self.shifts(subjects)))
        return batches

    def shifts(self, subjects):
        """Voxels along x and y by which the augmentation moved each image."""
        return [[random.randint(-self.reach, self.reach) for _ in "xy"] for _ in range(subjects)]

    def step(self, batches):
        """One step; gradients of several batches are averaged."""
        self.critics.requires_grad_(False)
        self.generator_optimizer.zero_grad(set_to_none=True)
        played = []
        for young, old, slices, there, back in batches:
            with self.precision():
                fake_old, fake_young, loss = self.play(young, old, slices, there, back)
            (loss / len(batches)).backward()
            played.append((slices, [(old, fake_old.detach()), (young, fake_young.detach())]))
        self.generator_optimizer.step()

        self.critics.requires_grad_(True)
        for at, (critic, optimizer) in enumerate(zip(self.called_critics, self.critic_optimizers)):
            optimizer.zero_grad(set_to_none=True)
            for slices, shown in played:
                real, fake = shown[at]
                image, seen = self.pools[at].exchange((fake, slices))
                with self.precision():
                    on_real = (critic(real, self.grid.slices(slices)) - 1.0).square().mean()
                    on_fake = critic(image, self.grid.slices(seen)).square().mean()
                ((on_real + on_fake) * (0.5 / len(batches))).backward()
            optimizer.step()

        with torch.no_grad():
            averages, current = list(self.average.parameters()), list(self.generators.parameters())
            torch._foreach_lerp_(averages, current, 1.0 - self.config["ema"])

    def play(self, young, old, slices, there, back):
        """Translate, return, and weigh up: both translations and the loss."""
        config, context = self.config, self.grid.slices(slices)
        weights = {name: config[f"lambda_{name}"] for name in ("cycle", "identity", "classifier", "change")}

        def returning(image):
            noise = config["return_noise"]
            return image + torch.randn_like(image) * (noise * context.mask) if noise else image

        fake_old, fake_young = self.to_old(young, context), self.to_young(old, context)
        critic_old, critic_young = self.called_critics
        loss = (critic_old(fake_old, context) - 1.0).square().mean()
        loss = loss + (critic_young(fake_young, context) - 1.0).square().mean()
        if weights["cycle"]:
            back_young = functional.l1_loss(self.to_young(returning(fake_old), context), young)
            back_old = functional.l1_loss(self.to_old(returning(fake_young), context), old)
            loss = loss + weights["cycle"] * (back_young + back_old)
        if weights["identity"]:
            kept_old = functional.l1_loss(self.to_old(old, context), old)
            kept_young = functional.l1_loss(self.to_young(young, context), young)
            loss = loss + weights["identity"] * (kept_old + kept_young)
        if weights["classifier"]:
            numbers = torch.tensor(slices, device=self.device)
            seen_old = self.called_guide(fake_old, context, numbers)
            seen_young = self.called_guide(fake_young, context, numbers)
            wrong_old = functional.binary_cross_entropy_with_logits(seen_old, torch.ones_like(seen_old))
            wrong_young = functional.binary_cross_entropy_with_logits(seen_young, torch.zeros_like(seen_young))
            loss = loss + weights["classifier"] * (wrong_old + wrong_young)
        if weights["change"]:
            change = functional.l1_loss(fake_old, young) + functional.l1_loss(fake_young, old)
            loss = loss + weights["change"] * change
        matched = [("lambda_moment", self.moments, lambda image: image)]
        matched.append(("lambda_greyness", self.greyness, lambda image: image - image.square()))
        for weight, moments, feature in matched:
            if moments:
                to_old, to_young = moments
                moment = to_old.loss(feature(fake_old) - feature(young), there, slices, context.mask)
                moment = moment + to_young.loss(feature(fake_young) - feature(old), back, slices, context.mask)
                loss = loss + config[weight] * moment
        return fake_old, fake_young, loss
