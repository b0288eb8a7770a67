"""Reads a run's event files as TensorBoard does, and holds them against the CSV files beside them.

    python3 -m venv /tmp/tensorboard && /tmp/tensorboard/bin/pip install -r benches/tensorboard/requirements.txt
    /tmp/tensorboard/bin/python benches/tensorboard/read_back.py RUN
"""

import csv
import sys
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def main() -> None:
    run = Path(sys.argv[1])
    files = sorted(run.rglob("*.tfevents.*"))
    if not files:
        sys.exit(f"{run}: holds no event file; give the folder of a run")
    for file in files:
        table = file.parent.with_suffix(".csv")
        rows = list(csv.DictReader(table.open()))
        events = EventAccumulator(str(file.parent))
        events.Reload()
        for name in list(rows[0])[1:] if rows else []:
            wanted = [(int(row["step"]), float(row[name])) for row in rows if row[name] != "NaN"]
            found = [(event.step, event.value) for event in events.Scalars(name)] if wanted else []
            same = len(wanted) == len(found) and all(
                step == other and abs(value - own) <= 1e-5 * max(1.0, abs(value))
                for (step, value), (other, own) in zip(wanted, found)
            )
            if not same:
                sys.exit(f"{file}: {name} differs from {table}")
        print(f"{file.relative_to(run)}: {len(rows)} steps, as in {table.name}")


if __name__ == "__main__":
    main()
