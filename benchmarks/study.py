"""What a study adds to the training time of its runs, and how much sooner two workers finish one than one does.

    python -m benchmarks.study [--seconds 60] [--runs 4] [--workers 1 2] [--json]

Each study is the command a person types, from a cold start to its table; the pictures are prepared before. Its runs
train on the built-in portraits at 48 px for about ``--seconds`` with all cores. Overhead is the command's wall time
less that of the runs, if its workers shared them evenly, as a share of the latter. The machine should be quiet.
"""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mtldemo import data
from mtldemo.config import DataConfig, RunConfig, SyntheticConfig, WeightingConfig, to_dict
from mtldemo.study import Arm, StudyConfig, open_study
from mtldemo.study.plan import seconds_a_step
from mtldemo.training.compute import resolve_compute

ROOT = Path(__file__).parents[1]
MOST_OVERHEAD, LEAST_GAIN = 0.08, 1.15
BASE = RunConfig(
    epochs=1000,
    batch_size=128,
    data=DataConfig(image_size=48, synthetic=SyntheticConfig(images=3000)),
)


def main() -> int:
    """Measure, print, and return 0 where the targets are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="of training a run (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=4, help="in the study (default: %(default)s)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="(default: 1 2)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mtldemo-study-") as folder:
        os.environ["MTLDEMO_CACHE"] = str(Path(folder) / "cache")
        result = measured(Path(folder), chosen)
    print(json.dumps(result, indent=2) if chosen.json else told(result))
    return 0 if result["met"] else 1


def measured(folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """Every number, by number of workers."""
    dataset = data.load(BASE.data)
    arm = Arm("equal", WeightingConfig("equal"))
    step = seconds_a_step(StudyConfig(BASE, (arm,)), arm, dataset, resolve_compute(BASE, dataset), lambda: False)
    config = dataclasses.replace(BASE, steps=max(1, round(chosen.seconds / step)))
    file = folder / "config.json"
    file.write_text(json.dumps(to_dict(config)))
    studies = {str(count): study(folder, file, count, chosen.runs) for count in chosen.workers}
    walls = [one["wall_s"] for one in studies.values()]
    gain = walls[0] / walls[-1] if len(walls) > 1 else None
    overhead = max(one["overhead"] for one in studies.values())
    return {
        "seconds": chosen.seconds,
        "steps": config.steps,
        "runs": chosen.runs,
        "studies": studies,
        "overhead": overhead,
        "gain": gain,
        "targets": {"overhead": MOST_OVERHEAD, "gain": LEAST_GAIN},
        "met": overhead <= MOST_OVERHEAD and (gain is None or gain >= LEAST_GAIN),
    }


def study(folder: Path, config: Path, workers: int, runs: int) -> dict[str, float]:
    """One study from the command line: its wall time, and the training time of its runs."""
    name = f"workers-{workers}"
    command = [sys.executable, "-m", "mtldemo", "compare", "--config", str(config), "--strategies", "equal", "--json"]
    begun = time.perf_counter()
    subprocess.run(
        [*command, "--seeds", str(runs), "--workers", str(workers), "--study", name, "--runs-dir", str(folder)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    wall = time.perf_counter() - begun
    training = sum(run.summary().time for run in open_study(folder, name).runs())
    shared = training / min(workers, runs)
    return {"wall_s": wall, "training_s": training, "overhead": (wall - shared) / shared}


def told(result: dict[str, Any]) -> str:
    """The result as a person reads it."""
    runs = result["runs"]
    lines = [
        f"{count} workers: {one['wall_s']:.0f} s for {runs} runs of {one['training_s'] / runs:.0f} s, "
        f"overhead {100 * one['overhead']:.1f} % (at most {100 * MOST_OVERHEAD:.0f} %)"
        for count, one in result["studies"].items()
    ]
    if result["gain"] is not None:
        lines.append(f"The last finished {result['gain']:.2f} x sooner than the first (at least {LEAST_GAIN:g} x)")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
