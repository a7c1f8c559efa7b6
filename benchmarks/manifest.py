"""How long it takes to read a manifest, find its pictures and infer its tasks, against what can't be done without.

    python -m benchmarks.manifest --rows 200000 --json

What can't be done without is pandas reading the table, and the operating system listing the files. Both are timed in
turn with the program's own reading, over empty files in folders of a thousand; times are medians over the rounds.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from mtldemo.data.labels.recognise import recognise

FOLDER = 1000
MOST = 1.5
"""Times the sum of the other two: what the program may take."""


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--binary", type=int, default=0, help="columns of two classes, beside four others")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mtldemo-benchmark-") as folder:
        result = measure(Path(folder), chosen.rows, chosen.binary, chosen.rounds)
    if chosen.json:
        print(json.dumps(result, indent=2))
    else:
        for name, value in result.items():
            print(f"{name:16} {value}")


def measure(root: Path, rows: int, binary: int, rounds: int) -> dict[str, float]:
    """Seconds, as medians over ``rounds``, and the ratio; ``root`` is an empty folder."""
    write(root, rows, binary)
    manifest = root / "manifest.csv"
    recognise(root)  # what is imported on first use is no part of it
    seconds: dict[str, list[float]] = {"pandas": [], "listing": [], "mtldemo": []}
    for _ in range(rounds):
        seconds["pandas"].append(timed(lambda: pd.read_csv(manifest)))
        seconds["listing"].append(timed(lambda: listed(root)))
        seconds["mtldemo"].append(timed(lambda: recognise(root)))
    medians = {name: round(statistics.median(values), 4) for name, values in seconds.items()}
    ratio = medians["mtldemo"] / (medians["pandas"] + medians["listing"])
    return {"rows": rows, **medians, "ratio": round(ratio, 3), "most": MOST}


def write(root: Path, rows: int, binary: int) -> None:
    """A manifest of ``rows`` pictures with a class, a text, a number and a group, and its pictures."""
    random = np.random.default_rng(0)
    paths = [f"images/{number // FOLDER:04d}/{number:07d}.jpg" for number in range(rows)]
    for number in range(0, rows, FOLDER):
        (root / paths[number]).parent.mkdir(parents=True)
    for path in paths:
        (root / path).touch()
    table = {
        "path": paths,
        "kind": random.integers(0, 5, rows),
        "colour": random.choice(["red", "green", "blue"], rows),
        "price": random.lognormal(8, 1, rows).round(2),
        "person": random.integers(0, max(rows // 10, 1), rows),
        **{f"attribute_{number}": random.integers(0, 2, rows) for number in range(binary)},
    }
    pd.DataFrame(table).to_csv(root / "manifest.csv", index=False)


def listed(root: Path) -> int:
    """How many files there are below ``root``, as the operating system lists them."""
    return sum(len(files) for _, _, files in os.walk(root))


def timed(work: Callable[[], object]) -> float:
    """How many seconds ``work`` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
