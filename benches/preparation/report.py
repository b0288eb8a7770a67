"""The table, the means and the bars of a comparison."""

from statistics import mean
from typing import NamedTuple

# What AgeLens's preparation promises on the five IXI volumes with labels.
MASK_DICE_BAR = 0.955
GM_DICE_BAR = 0.82
SPEED_BAR = 5.0

MEASURES = ("gm_dice", "mask_dice", "seconds", "peak_mib")
DIGITS = {"gm_dice": 3, "mask_dice": 3, "seconds": 2, "peak_mib": 0}
HEADINGS = {"gm_dice": "GM Dice", "mask_dice": "mask Dice", "seconds": "seconds", "peak_mib": "peak MiB"}


class Bar(NamedTuple):
    name: str
    value: float | None
    limit: float
    # None: could not be judged in this run; `note` says why.
    passed: bool | None
    note: str = ""


def means(volumes: list[dict], tool: str) -> dict[str, float]:
    """Mean of each measure over the volumes, of the peak the largest.

    Nothing where a volume failed: leaving it out would reward the failure.
    """
    if any(volume[tool]["failure"] for volume in volumes):
        return {}
    values = {measure: [volume[tool][measure] for volume in volumes] for measure in MEASURES}
    return {measure: (max if measure == "peak_mib" else mean)(values[measure]) for measure in MEASURES}


def _at_least(name: str, value: float | None, limit: float) -> Bar:
    return Bar(name, value, limit, value is not None and value >= limit)


def bars(volumes: list[dict]) -> list[Bar]:
    """Every stated bar, judged. A volume that a tool could not prepare fails those that need it."""
    complete = not any(volume[tool]["failure"] for volume in volumes for tool in ("ants", "agelens"))
    ours = means(volumes, "agelens")
    judged = [
        _at_least("mask Dice, mean", ours.get("mask_dice"), MASK_DICE_BAR),
        _at_least("GM Dice, mean", ours.get("gm_dice"), GM_DICE_BAR),
    ]
    for measure in ("mask_dice", "gm_dice"):
        lead = min(v["agelens"][measure] - v["ants"][measure] for v in volumes) if complete else None
        judged.append(_at_least(f"{HEADINGS[measure]}, smallest lead over ANTs", lead, 0.0))
    return [*judged, _speed_bar(volumes, complete)]


def _speed_bar(volumes: list[dict], complete: bool) -> Bar:
    name = "times faster than ANTs, all volumes together"
    if not complete:
        return Bar(name, None, SPEED_BAR, False)
    ratio = sum(v["ants"]["seconds"] for v in volumes) / sum(v["agelens"]["seconds"] for v in volumes)
    if any(volume["ants"].get("cached") for volume in volumes):
        # Seconds of another hour or machine prove nothing about this one.
        return Bar(name, ratio, SPEED_BAR, None, "ANTs's seconds come from the cache")
    return Bar(name, ratio, SPEED_BAR, ratio >= SPEED_BAR)


def markdown(volumes: list[dict], judged: list[Bar]) -> str:
    """The table with one row a volume, then the bars."""
    tools = [(tool, label) for tool, label in (("ants", "ANTs"), ("agelens", "AgeLens")) if tool in volumes[0]]
    columns = [(measure, tool, f"{HEADINGS[measure]} {label}") for measure in MEASURES for tool, label in tools]
    headings = " | ".join(heading for _, _, heading in columns)
    lines = [f"| volume | {headings} |", "| --- |" + " --- |" * len(columns)]
    for volume in volumes:
        cells = [_cell(volume[tool], measure) for measure, tool, _ in columns]
        lines.append(f"| {volume['name']} | " + " | ".join(cells) + " |")
    overall = {tool: means(volumes, tool) for tool, _ in tools}
    cells = [_cell(overall[tool], measure) for measure, tool, _ in columns]
    lines.append("| mean (peak: largest) | " + " | ".join(cells) + " |")
    for tool, label in tools:
        lines += [f"\n{label} on {v['name']}: {v[tool]['failure']}" for v in volumes if v[tool]["failure"]]
    if judged:
        lines += ["", "| bar | needed | reached | |", "| --- | --- | --- | --- |"]
        lines += [f"| {bar.name} | {bar.limit:g} | {_number(bar.value, 3)} | {_verdict(bar)} |" for bar in judged]
    return "\n".join(lines)


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _cell(values: dict, measure: str) -> str:
    return _number(values.get(measure), DIGITS[measure])


def _verdict(bar: Bar) -> str:
    if bar.passed is None:
        return f"not judged: {bar.note}"
    return "passed" if bar.passed else "**FAILED**"
