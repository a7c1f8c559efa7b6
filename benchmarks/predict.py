"""How fast ``predict`` goes through many face images, against a loop that predicts them one by one.

    python benchmarks/predict.py --model RUN/model.safetensors --json

The loop calls the same pipeline for each picture in turn. The command shares the pictures out to threads, each of which
goes to the answers in small lots; it is timed inside this process, and as a process of its own with its start. Each is
timed in turn, with and without a detector; ratios are medians over the rounds. ``cold`` is the time from nothing to a
first answer in a fresh process, with its parts.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from mtldemo.config import DataConfig  # noqa: E402
from mtldemo.data.loading import open_source  # noqa: E402
from mtldemo.predict import detectors, models  # noqa: E402
from mtldemo.predict.detect import Detector  # noqa: E402
from mtldemo.predict.pipeline import Pipeline  # noqa: E402
from mtldemo.predict.predictor import Predictor  # noqa: E402

COLD = """
import json, sys, time
start = time.perf_counter()
parts = {{}}
def lap(name):
    global start
    now = time.perf_counter()
    parts[name], start = round(now - start, 3), now
import torch
lap("import torch")
from pathlib import Path
from mtldemo.predict import detectors
from mtldemo.predict.pipeline import Pipeline
from mtldemo.predict.predictor import Predictor
lap("import predict")
predictor = Predictor.load(Path({model!r}))
lap("load the model")
detector = detectors.chosen({detector!r})[0]
lap("make the detector")
pipeline = Pipeline([predictor], detector)
pipeline.predict({picture!r})
lap("first picture")
pipeline.predict({picture!r})
lap("second picture")
print(json.dumps(parts))
"""


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = os.environ.get("MTLDEMO_DATA", "../shared/data")
    parser.add_argument("--source", default=str(Path(data, "utkface", "UTKFace.tar.gz")), help="face images")
    parser.add_argument("--model", type=Path, default=models.SHIPPED, help="default: the one that comes along")
    parser.add_argument("--detector", default="auto", help="haar, yunet or the path of a YuNet file")
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mtldemo-benchmark-") as place:
        folder = _unpacked(chosen.source, Path(place), chosen.limit)
        result = measure(folder, chosen.model, chosen.detector, chosen.rounds)
    if chosen.json:
        print(json.dumps(result, indent=2))
    else:
        for name, value in result.items():
            print(f"{name:34} {value}")


def measure(folder: Path, model: Path, detector: str, rounds: int) -> dict[str, Any]:
    """Seconds and ratios as medians."""
    paths = sorted(map(str, folder.iterdir()))
    result: dict[str, Any] = {"pictures": len(paths), "cores": psutil.cpu_count(), "rounds": rounds}
    result["load_average"] = round(psutil.getloadavg()[0], 1)
    predictor = Predictor.load(model)
    command = [sys.executable, "-m", "mtldemo", "predict", str(folder), "--model", str(model), "--json"]
    ways: dict[str, tuple[Detector | None, list[str]]] = {
        "whole image": (None, ["--whole-image"]),
        "detected": (detectors.chosen(detector)[0], ["--detector", detector]),
    }
    for way, (finder, options) in ways.items():
        pipeline = Pipeline([predictor], finder)
        works: dict[str, Callable[[], object]] = {
            "loop": lambda pipeline=pipeline: [pipeline.predict(path) for path in paths],
            "batches": lambda pipeline=pipeline: list(pipeline.predict_many((path, path) for path in paths)),
            "command": lambda options=options: subprocess.run(
                [*command, *options], cwd=ROOT, stdout=subprocess.DEVNULL, check=True
            ),
        }
        seconds: dict[str, list[float]] = {name: [] for name in works}
        pipeline.predict(paths[0])
        for _ in range(rounds):
            for name, work in works.items():
                seconds[name].append(_timed(work))
        for name, values in seconds.items():
            result[f"{way}: {name}, pictures/s"] = round(len(paths) / statistics.median(values), 1)
        for name in ("batches", "command"):
            ratios = [loop / ours for loop, ours in zip(seconds["loop"], seconds[name], strict=True)]
            result[f"{way}: {name} / loop"] = round(statistics.median(ratios), 2)
    script = COLD.format(model=str(model), detector=detector, picture=paths[0])
    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return result | {f"cold: {name}, s": value for name, value in json.loads(told.stdout).items()}


def _unpacked(source: str, folder: Path, limit: int) -> Path:
    for number, picture in enumerate(open_source(DataConfig(source=source)).pictures()):
        if number == limit:
            break
        (folder / f"{number:05d}.jpg").write_bytes(picture.read())
    return folder


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
