"""What bench.py found, as one JSON file and as the rows of docs/performance.md."""

import json

NAMES = {"plane": "slices (`benchmark-plane.toml`)", "volume_4mm": "volume, 4 mm", "volume_2mm": "volume, 2 mm"}


def write(found, folder):
    """`gpu.json` with every number, `gpu.md` with the tables; complete files, whenever the machine is taken away."""
    for name, text in (("gpu.json", json.dumps(found, indent=1)), ("gpu.md", markdown(found))):
        partial = folder / f"{name}.partial"
        partial.write_text(text + "\n")
        partial.rename(folder / name)


def is_right(entry):
    """Whether a check of correctness passed."""
    return entry["passed"] if "passed" in entry else all(bundle["passed"] for bundle in entry["bundles"])


def markdown(found):
    lines = [f"Card: {found.get('card')}; {found.get('processor_threads')} processor threads", ""]
    lines += ["| | right | |", "| --- | --- | --- |"]
    lines += [f"| {entry['name']} | {'yes' if is_right(entry) else '**no**'} | {how_far(entry)} |"
              for entry in found["correctness"]]
    lines += ["", "| configuration | precision | PyTorch, fastest | step, ms | AgeLens on | step, ms | ratio "
                  "| forward, ms (theirs, ours) | memory, GiB (theirs, ours) | first step, s |",
              "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for config, precision in sorted({(row["config"], row["precision"]) for row in found["rows"]}):
        lines += rows(found["rows"], config, precision)
    if found["left_out"]:
        lines += ["", "Left out:", ""]
        lines += [f"- {entry['name']}: {entry['reason']}" for entry in found["left_out"]]
    return "\n".join(lines)


def how_far(entry):
    if "bundles" not in entry:
        return f"largest relative difference {entry['largest_relative_difference']:.1e}"
    return ", ".join(f"{bundle['bundle'].split('/')[-1]} {bundle['max_abs_difference']:.1e}, "
                     f"{1000 * bundle['round_s']:.1f} ms" for bundle in entry["bundles"])


def rows(measured, config, precision):
    """One line for each build and device of AgeLens, beside PyTorch's fastest way."""
    here = [row for row in measured if (row["config"], row["precision"]) == (config, precision)]
    theirs = min((row for row in here if row["program"] == "PyTorch"), key=lambda row: row["step_s"], default=None)
    lines = []
    for row in (row for row in here if row["program"] != "PyTorch"):
        ratio = f"**{row['step_s'] / theirs['step_s']:.2f}**" if theirs else ""
        cells = [NAMES[config], precision, theirs["ways"] if theirs else "", milliseconds(theirs, "step_s"),
                 f"{row['program']}, {row['device']}", milliseconds(row, "step_s"), ratio,
                 f"{milliseconds(theirs, 'forward_s')}, {milliseconds(row, 'forward_s')}",
                 f"{gibibytes(theirs)}, {gibibytes(row)}", f"{row['first_step_s'] or 0:.0f}"]
        lines.append("| " + " | ".join(cells) + " |")
    if not lines and theirs:
        cells = [NAMES[config], precision, theirs["ways"], milliseconds(theirs, "step_s"), "", "", "",
                 milliseconds(theirs, "forward_s"), gibibytes(theirs), ""]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def milliseconds(row, key):
    return f"{1000 * row[key]:.2f}" if row else "–"


def gibibytes(row):
    """Memory that the program keeps on the card; where it does not tell, all that the card held."""
    memory = row and (row["memory_mib"] or row["card_memory_mib"])
    return f"{memory / 1024:.2f}" if memory else "–"
