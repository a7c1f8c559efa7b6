"""How a run's speed holds while other programs are busy, beside the tutorial's loop under the same load.

    python -m benchmarks.busy --rounds 5 --json

Each round starts a whole run (`train`, ResNet-18, batches of 64, the built-in portraits) on the idle machine, and lets
it go on beside one and then two processes that do nothing but compute; then the tutorial's loop of
`benchmarks.throughput` does the same. The load is made here. Ratios are medians over the rounds.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.throughput import _apart, _blog, _unpack
from mtldemo import cores
from mtldemo.config import DataConfig
from mtldemo.data import load
from mtldemo.presets import preset_named
from mtldemo.runs import RunFolder

BATCH = 64
LOADS = (0, 1, 2)
SETTLE = 4.0
"""Seconds after a change of the load that aren't counted."""
COMPUTE = "n = 1\nwhile True:\n    n = (n * 3 + 1) % 1000003"


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8.0, help="that each speed is measured for")
    parser.add_argument("--strategy", default="equal")
    parser.add_argument("--size", type=int, default=64, help="pixels")
    parser.add_argument("--repeatable", action="store_true", help="measure runs with this setting")
    parser.add_argument("--without-tutorial", action="store_true", help="measure runs alone")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    ours: list[dict[int, float]] = []
    theirs: list[dict[int, float]] = []
    with tempfile.TemporaryDirectory(prefix="mtldemo-benchmark-") as place:
        os.environ["MTLDEMO_CACHE"] = str(Path(place, "cache"))
        config = preset_named("blog").config
        data = DataConfig(image_size=chosen.size)
        pictures = _drawn_pictures(data, Path(place))
        blog = dataclasses.replace(config, epochs=1000, data=dataclasses.replace(data, source=str(pictures)))
        for number in range(chosen.rounds):
            with _run(Path(place, "runs"), number, chosen) as speed:
                ours.append({load_: speed(load_, chosen.seconds) for load_ in LOADS})
            if not chosen.without_tutorial:
                with _apart(_blog, blog, pictures, cores.physical()) as step:
                    step()
                    theirs.append({load_: _steps_speed(step, load_, chosen.seconds) for load_ in LOADS})
    result: dict[str, object] = {
        f"beside {load_}": {
            "of its idle speed": round(statistics.median(each[load_] / each[0] for each in ours), 3),
            "images a second": [round(each[load_]) for each in ours],
            **(
                {
                    "to the tutorial's loop": round(
                        statistics.median(a[load_] / b[load_] for a, b in zip(ours, theirs, strict=True)), 2
                    ),
                    "tutorial's images a second": [round(each[load_]) for each in theirs],
                }
                if theirs
                else {}
            ),
        }
        for load_ in LOADS
    }
    print(json.dumps(result, indent=2) if chosen.json else "\n".join(f"{name}: {row}" for name, row in result.items()))


@contextlib.contextmanager
def _busy(programs: int) -> Iterator[None]:
    """Others compute inside, and have for a moment."""
    others = [subprocess.Popen([sys.executable, "-c", COMPUTE]) for _ in range(programs)]
    try:
        time.sleep(SETTLE)
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


@contextlib.contextmanager
def _run(runs_dir: Path, number: int, chosen: argparse.Namespace) -> Iterator[Callable[[int, float], float]]:
    """A whole run in a process of its own; gives its speed beside so many programs."""
    name = f"busy-{number}"
    options = ["--data", "synthetic", "--backbone", "resnet18", "--batch-size", str(BATCH), "--epochs", "200"]
    options += ["--strategy", chosen.strategy, "--image-size", str(chosen.size), "--run", name]
    options += ["--runs-dir", str(runs_dir), *(["--repeatable"] if chosen.repeatable else [])]
    process = subprocess.Popen(
        [sys.executable, "-m", "mtldemo", "train", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    run = RunFolder(runs_dir.absolute() / name)

    def last_step() -> tuple[int, float]:
        steps = [record for record in run.follow().records if record["kind"] == "step"]
        return (steps[-1]["step"], steps[-1]["time"]) if steps else (0, 0.0)

    def speed(programs: int, seconds: float) -> float:
        with _busy(programs):
            step, begun = last_step()
            time.sleep(seconds)
            last, ended = last_step()
        return BATCH * (last - step) / max(ended - begun, 1e-9)

    try:
        while last_step()[0] < 10:
            time.sleep(0.2)
        yield speed
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _steps_speed(step: Callable[[], float], programs: int, seconds: float) -> float:
    with _busy(programs):
        taken: list[float] = []
        while sum(taken) < seconds or len(taken) < 2:
            taken.append(step())
    return BATCH * len(taken) / sum(taken)


def _drawn_pictures(data: DataConfig, place: Path) -> Path:
    """The built-in portraits as files in one folder, for a loop that opens them."""
    load(data)
    (drawn,) = (Path(os.environ["MTLDEMO_CACHE"]) / "drawn").glob("[!.]*")
    return _unpack(drawn, place / "pictures", 10_000)


if __name__ == "__main__":
    main()
