"""Do the ONNX models of a bundle answer in onnxruntime as the native program did? Compares them with all answers stored in it.

    python3 -m venv /tmp/onnx && /tmp/onnx/bin/pip install -r benches/onnx/requirements.txt
    for bundle in static/models/*/; do trainer export --onnx --bundle "$bundle" --out "runs/onnx/$(basename "$bundle")"; done
    /tmp/onnx/bin/python benches/onnx/check.py --onnx runs/onnx static/models/*/

Exit codes: 0 all agree, 1 one does not, 2 wrong usage, or models cannot be read or are not of this bundle.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import NamedTuple

import numpy
import onnx
import onnxruntime

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from exported import Bundle

TOLERANCE = 1e-4
LEVELS, NEIGHBOURS = 256, 1e-3  # as in shared/src/explain/grey_values.rs
OPSET, IR_VERSION = 17, 8
MOST_CHANGE = 3.0  # as in shared/src/explain/ageing.rs
CARD = {"not_for_diagnosis", "bundle", "manifest_sha256", "trained_on", "input_units", "axis_order", "mean", "scale"}


class Models:
    """The ONNX models of a bundle, each checked and opened."""

    def __init__(self, bundle, folder):
        path = folder / "onnx.json"
        if not path.exists():
            raise ValueError(f"{folder}: holds no ONNX models; write them with `trainer export --onnx --bundle {bundle.folder} --out {folder}`")
        listed = json.loads(path.read_text())
        self.dial = "ageing" in bundle.manifest["files"]
        wanted = {"classifier", "young_to_old", "old_to_young"} | ({"age"} if self.dial else set())
        sha256 = hashlib.sha256(bundle.manifest_bytes).hexdigest()
        if listed["manifest_sha256"] != sha256 or set(listed["models"]) != wanted:
            raise ValueError(f"{folder}: holds other models than those of {bundle.folder}; export them again")
        self.sessions = {}
        for part, entry in listed["models"].items():
            path = folder / entry["path"]
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() != entry["sha256"]:
                raise ValueError(f"{path}: damaged; export it again")
            model = onnx.load_model_from_string(data)
            onnx.checker.check_model(model, full_check=True)
            card = {entry.key: entry.value for entry in model.metadata_props}
            versions = (model.opset_import[0].version, model.ir_version)
            missing = CARD | ({"target_age_years"} if self.dial else set())
            missing -= set(card)
            if missing or card["manifest_sha256"] != sha256 or versions != (OPSET, IR_VERSION):
                raise ValueError(f"{path}: opset, IR version or card is not as it should be ({missing or versions})")
            self.sessions[part] = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])

    def run(self, part, images, target_age_years=None):
        """Outputs by name; `images` is `[b, z, y, x]`, and the target age NaN where nothing is said."""
        session = self.sessions[part]
        given = {"image": images[:, None]}
        if self.dial and part in ("young_to_old", "old_to_young"):
            years = numpy.nan if target_age_years is None else target_age_years
            given["target_age_years"] = numpy.full(len(images), years, numpy.float32)
        return dict(zip([output.name for output in session.get_outputs()], session.run(None, given)))


class Row(NamedTuple):
    """One answer held against the native one."""

    where: str
    quantity: str
    difference: float
    allowed: float

    def share(self):
        """Of what is allowed."""
        return numpy.inf if numpy.isnan(self.difference) else self.difference / self.allowed


class Rows(list):
    """All answers of a bundle."""

    def add(self, where, quantity, found, native, allowed=TOLERANCE):
        difference = numpy.abs(numpy.asarray(found, numpy.float64) - numpy.asarray(native, numpy.float64)).max()
        self.append(Row(where, quantity, float(difference), allowed))

    def add_verdict(self, where, answer, probability):
        """Log-odds and probability; a stored probability says little of log-odds where it is rounded to 0 or 1."""
        self.add(where, "probability", answer["probability_old"], probability)
        stored = numpy.float64(numpy.float32(probability))
        if 0.0 < stored < 1.0:
            # The stored one was computed in 32 bits, in two steps.
            rounding = 2 * numpy.spacing(numpy.float32(probability)) / (stored * (1.0 - stored))
            quantity = "log-odds" if rounding < TOLERANCE else "odds near 1"
            self.add(where, quantity, answer["log_odds_old"], numpy.log(stored / (1.0 - stored)), TOLERANCE + rounding)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundles", nargs="+", type=Path, metavar="BUNDLE_DIR", help="folders of bundles")
    parser.add_argument("--onnx", type=Path, help="folder with one folder of ONNX models a bundle, of its name; default: beside the bundles' files")
    arguments = parser.parse_args()
    agree = True
    print(f"{'bundle':16} {'quantity':14} {'answers':>7} {'largest difference':>18} {'allowed':>8}")
    for folder in arguments.bundles:
        folder = folder.resolve()
        try:
            bundle = Bundle(folder, with_dial=True)
            models = Models(bundle, arguments.onnx / folder.name if arguments.onnx else folder)
            rows = compare(bundle, models)
        except Exception as error:  # whatever it is, nothing was checked
            print(f"{folder}: {error}", file=sys.stderr)
            return 2
        agree &= told(folder.name, rows)
    print("all agree" if agree else "NOT all agree")
    return 0 if agree else 1


def told(name, rows):
    """Prints, for each quantity, the answer that is farthest from the native one, and every answer that is too far; whether there is none."""
    for quantity in dict.fromkeys(row.quantity for row in rows):
        own = [row for row in rows if row.quantity == quantity]
        worst = max(own, key=Row.share)
        print(f"{name:16} {quantity:14} {len(own):7} {worst.difference:18.1e} {worst.allowed:8.1e}")
    far = [row for row in rows if not row.difference <= row.allowed]  # NaN, too
    for row in far:
        print(f"{name:16} {row.quantity}, {row.where}: {row.difference:.1e}, allowed {row.allowed:.1e}: TOO FAR")
    return bool(rows) and not far


def compare(bundle, models):
    """All that is stored in a bundle, and what must hold whatever is stored."""
    rows = Rows()
    references(bundle, models, rows)
    samples(bundle, models, rows)
    together(bundle, models, rows)
    if models.dial:
        dial(bundle, models, rows)
    return rows


def image(bundle, role):
    """`[1, z, y, x]`."""
    return numpy.ascontiguousarray(bundle.volume(role).T)[None]


def references(bundle, models, rows):
    """The answers by which a device is tested: nothing is rounded in them."""
    original = image(bundle, "reference_input")
    before = models.run("classifier", original)
    for expected in bundle.manifest["reference"]:
        direction = expected["direction"]
        translated = models.run(direction, original)["translated"][:, 0]
        after = models.run("classifier", translated)
        rows.add(direction, "image", translated, image(bundle, expected["translated"]))
        rows.add_verdict(f"{direction}, before", before, expected["probability_old_before"])
        rows.add_verdict(f"{direction}, after", after, expected["probability_old_after"])
        found = relative_map(before, bundle.manifest, original.shape[1:])
        rows.add(direction, "class map", found, image(bundle, expected["cam"])[0])


def samples(bundle, models, rows):
    """What the page shows at once. Where histograms and spectra are matched, voxels of nearly one rank may change places; where the maps have
    whole steps, changes are rounded to them."""
    step = bundle.manifest["data"].get("value_step") or 0.0
    matched = "grey_values" in bundle.manifest["files"]
    tolerance = TOLERANCE + step / 2 + (2 / (LEVELS - 1) if matched else 0.0)
    kind = "image" + (", matched" if matched else "") + (", rounded" if step else "")
    for sample in bundle.manifest["samples"]:
        where, original, stored = sample["id"], image(bundle, sample["original"]), image(bundle, sample["translated"])
        found = models.run(sample["direction"], original)
        translated = found["translated"][:, 0]
        if matched:
            amount = float(found["amount"][0]) if models.dial else 1.0
            translated = matched_to_real_maps(bundle, original[0], translated[0], amount if sample["direction"] == "young_to_old" else -amount)[None]
        rows.add(where, kind, translated, stored, tolerance)
        rows.add_verdict(f"{where}, before", models.run("classifier", original), sample["probability_old_before"])
        rows.add_verdict(f"{where}, after", models.run("classifier", stored), sample["probability_old_after"])
        if models.dial:
            rows.add(where, "age, years", models.run("age", original)["age_years"], sample["age"]["years"])


def matched_to_real_maps(bundle, original, translated, amount):
    """Exact histogram specification, in turns with the spectrum where the bundle knows it, written anew from its description. Voxels in the
    order of the translation, values of the original, and at each level as many as the change from the young to the old adds or
    takes away; power of the slices as the original's, changed in the same way. Maps are `[z, y, x]`."""
    learned = json.loads(bundle.path("grey_values").read_text())
    inside = image(bundle, "mask")[0] > 0.5
    own = numpy.sort(original[inside])
    values = values_in_order(own, numpy.array(learned["old_minus_young"]), amount)
    if amount == 0.0 or values is None:
        return translated
    matched = given_in_order(translated, inside, values)
    if "spectrum_old_minus_young" in learned:
        spectrum = Spectrum(inside)
        wanted = spectrum.log_power(original) + amount * numpy.array(learned["spectrum_old_minus_young"])
        for _ in range(2):
            shaped = given_in_order(spectrum.shaped(matched, wanted), inside, values)
            matched = numpy.where(inside, shaped, matched)
    return matched


def values_in_order(own, change, amount):
    """The values of an image, ascending, after so much of the change of histograms; None where it is no single map."""
    level = numpy.floor(numpy.clip(own, 0, 1) * (LEVELS - 1) + 0.5).astype(int)
    held = numpy.bincount(level, minlength=LEVELS)
    for small in (0.25, -0.25):  # an image that lacks 0.3 of what this takes away is no single map
        taken = numpy.maximum(-small * change * own.size, 0)
        if numpy.maximum(taken - held, 0).sum() > 0.3 * taken.sum():
            return None
    wanted = numpy.maximum(held + amount * change * own.size, 0)
    ends = numpy.cumsum(wanted * own.size / wanted.sum())
    width = numpy.diff(ends, prepend=0)
    rank = numpy.arange(own.size) + 0.5
    level = numpy.minimum(numpy.searchsorted(ends, rank, side="right"), LEVELS - 1)
    part = (rank - (ends - width)[level]) / numpy.maximum(width[level], 1e-9)
    first = (numpy.cumsum(held) - held)[level]
    place = first + numpy.minimum((numpy.clip(part, 0, 1) * held[level]).astype(int), held[level] - 1)
    return numpy.where(held[level] > 0, own[numpy.clip(place, 0, own.size - 1)], level / (LEVELS - 1))


def given_in_order(order_of, inside, values):
    """The voxels inside take these values in the order of theirs and, a little, of their neighbours'."""
    around, count = numpy.zeros_like(order_of), numpy.zeros_like(order_of)
    for axis in range(3):
        for first, second in ((slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))):
            to, of = [slice(None)] * 3, [slice(None)] * 3
            to[axis], of[axis] = first, second
            around[tuple(to)] += order_of[tuple(of)]
            count[tuple(to)] += 1
    order = numpy.argsort((order_of + NEIGHBOURS * around / count)[inside], kind="stable")
    given, sorted_values = order_of.copy(), numpy.empty_like(values)
    sorted_values[order] = values
    given[inside] = sorted_values
    return given


class Spectrum:
    """Power of the axial slices in ten bands up to half a cycle a voxel, with zeros around them up to powers of two."""

    BANDS, MOST_GAIN = 10, 2.0

    def __init__(self, inside):
        self.inside = inside
        self.sides = [1 << (side - 1).bit_length() for side in inside.shape[1:]]
        high, wide = (numpy.abs(numpy.fft.fftfreq(side)) for side in self.sides)
        self.cycles = numpy.hypot(high[:, None], wide[None])
        band = numpy.minimum((self.cycles * 2 * self.BANDS).astype(int), self.BANDS - 1)
        self.band = numpy.where(self.cycles <= 0.5, band, -1)

    def transforms(self, maps):
        return numpy.fft.fft2(numpy.where(self.inside, maps, 0.0).astype(float), s=self.sides)

    def log_power(self, maps):
        power = numpy.abs(self.transforms(maps)) ** 2
        return numpy.log([power[:, self.band == band].mean() + 1e-6 for band in range(self.BANDS)])

    def shaped(self, maps, wanted):
        middles = (numpy.arange(self.BANDS) + 0.5) / (2 * self.BANDS)
        gain = numpy.exp(numpy.interp(self.cycles, middles, wanted - self.log_power(maps)) / 2)
        gain = numpy.clip(gain, 1 / self.MOST_GAIN, self.MOST_GAIN)
        back = numpy.fft.ifft2(self.transforms(maps) * gain).real[:, : maps.shape[1], : maps.shape[2]]
        return numpy.where(self.inside, back, 0.0).astype(maps.dtype)


def together(bundle, models, rows):
    """Two images at once are answered as each by itself."""
    first = image(bundle, "reference_input")
    both = numpy.concatenate([first, first[:, :, :, ::-1]])
    for part, session in models.sessions.items():
        name = session.get_outputs()[0].name
        alone = [models.run(part, numpy.ascontiguousarray(one[None]))[name][0] for one in both]
        rows.add(part, "two at once", models.run(part, both)[name], numpy.stack(alone))


def dial(bundle, models, rows):
    """The age asked for says how much is changed: nothing at the own age, or where it lies the other way; at the age of a group's mean, as stored."""
    ageing = json.loads(bundle.path("ageing").read_text())
    original = image(bundle, "reference_input")
    own = float(models.run("age", original)["age_years"][0])
    for expected in bundle.manifest["reference"]:
        direction, group = expected["direction"], {"young_to_old": 1.0, "old_to_young": 0.0}[expected["direction"]]
        for years in numpy.linspace(ageing["ages_years"][0] - 5.0, ageing["ages_years"][-1] + 5.0, 23):
            further = numpy.diff(numpy.interp([own, years], ageing["ages_years"], ageing["progress"]))
            wanted = numpy.clip(further if direction == "young_to_old" else -further, 0.0, MOST_CHANGE)
            rows.add(f"{direction} at {years:.1f} years", "amount", models.run(direction, original, years)["amount"], wanted)
        rows.add(direction, "at own age", models.run(direction, original, own)["translated"][:, 0], original, 1e-6)
        other_way = {"young_to_old": ageing["ages_years"][0], "old_to_young": ageing["ages_years"][-1]}[direction]
        rows.add(direction, "other way", models.run(direction, original, other_way)["translated"][:, 0], original, 1e-6)
        if ageing["progress"][0] <= group <= ageing["progress"][-1]:
            years = numpy.interp(group, ageing["progress"], ageing["ages_years"])
            translated = models.run(direction, original, years)["translated"][:, 0]
            rows.add(f"{direction} at {years:.1f} years", "image", translated, image(bundle, expected["translated"]))


def relative_map(answer, manifest, shape):
    """The map of the class that is seen, enlarged to the grid by straight lines: its positive part, the largest value 1."""
    sign = 1.0 if answer["log_odds_old"][0] >= 0.0 else -1.0
    found = numpy.maximum(answer["activation_map_old"][0, 0] * sign, 0.0)
    config = manifest["models"]["classifier"]
    stride, pooling = 1 << config["layers"], config.get("pooling", "grid")
    along, across, first = (stride if config["kind"] == "volume" else 1), stride, 0.0
    if pooling != "grid":
        across = pooling["cells"]["voxels"]
        first = (across - stride) / 2
    for axis, (apart, start) in enumerate(((along, 0.0), (across, first), (across, first))):
        place = numpy.maximum((numpy.arange(shape[axis]) - start) / apart, 0.0)
        last = found.shape[axis] - 1
        low = numpy.minimum(place.astype(int), last)
        part = (place - low).reshape([-1 if other == axis else 1 for other in range(3)])
        found = found.take(low, axis) * (1.0 - part) + found.take(numpy.minimum(low + 1, last), axis) * part
    largest = found.max()
    return found / largest if largest > 0.0 else found


if __name__ == "__main__":
    sys.exit(main())
