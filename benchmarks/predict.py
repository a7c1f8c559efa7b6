"""How fast ``predict`` goes through many face images, against a loop that predicts them one by one.

    python benchmarks/predict.py --model RUN/model.safetensors --json

The loop is what a person would write: the model is loaded once, then ``pipeline.predict(path)`` for each path. The
command hands all paths to ``pipeline.predict_many``, which shares them out to threads and asks in bfloat16 where the
processor has it; ``exact`` batches are asked in the loop's precision. These three run inside this process, without any
start. ``command`` and ``script`` are processes of their own with their start: ``python -m mtldemo predict FOLDER
--json``, and the loop as a script that prints the same JSON. All take turns, with and without a detector; ratios are
medians over the rounds. Processor time is told as well: it says more on a busy machine. ``moved`` says how far the
answers of the batches are from those of the loop. ``cold`` is the time from nothing to a first answer in a fresh
process, with its parts.
"""

import argparse
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]
PAIRS = (("batches", "loop"), ("exact batches", "loop"), ("command", "script"), ("command", "loop"))
"""What is compared: how many times as fast the first is as the second."""
MOVED = 400
"""Pictures whose answers are compared."""
sys.path.insert(0, str(ROOT))

from mtldemo.config import DataConfig  # noqa: E402
from mtldemo.data.loading import open_labelled  # noqa: E402
from mtldemo.predict import detectors, models  # noqa: E402
from mtldemo.predict.answers import Answer, ClassAnswer, FaceAnswer, PictureAnswer, RegressionAnswer  # noqa: E402
from mtldemo.predict.detect import Detector  # noqa: E402
from mtldemo.predict.pipeline import Pipeline  # noqa: E402
from mtldemo.predict.predictor import Predictor  # noqa: E402

SCRIPT = """
import json, sys
from pathlib import Path
from mtldemo.predict import detectors
from mtldemo.predict.pipeline import Pipeline
from mtldemo.predict.predictor import Predictor
folder, model, detector = sys.argv[1:]
pipeline = Pipeline([Predictor.load(Path(model))], detectors.chosen(detector)[0] if detector else None)
print(json.dumps([pipeline.predict(path).to_json() for path in sorted(Path(folder).iterdir())], indent=1))
"""
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
    ways: dict[str, tuple[Detector | None, str, list[str]]] = {
        "whole image": (None, "", ["--whole-image"]),
        "detected": (detectors.chosen(detector)[0], detector, ["--detector", detector]),
    }
    for way, (finder, named, options) in ways.items():
        pipeline = Pipeline([predictor], finder)
        batches = functools.partial(_batches, pipeline, paths)
        works: dict[str, Callable[[], object]] = {
            "loop": functools.partial(_loop, pipeline, paths),
            "batches": batches,
            "exact batches": functools.partial(batches, exact=True),
            "script": functools.partial(_process, [sys.executable, "-c", SCRIPT, str(folder), str(model), named]),
            "command": functools.partial(_process, [*command, *options]),
        }
        seconds: dict[str, list[float]] = {name: [] for name in works}
        busy: dict[str, list[float]] = {name: [] for name in works}
        pipeline.predict(paths[0])
        for _ in range(rounds):
            for name, work in works.items():
                taken, processor = _timed(work)
                seconds[name].append(taken)
                busy[name].append(processor)
        for name, values in seconds.items():
            result[f"{way}: {name}, pictures/s"] = round(len(paths) / statistics.median(values), 1)
            result[f"{way}: {name}, processor ms a picture"] = round(
                1000 * statistics.median(busy[name]) / len(paths), 1
            )
        for ours, theirs in PAIRS:
            ratios = [slow / fast for slow, fast in zip(seconds[theirs], seconds[ours], strict=True)]
            result[f"{way}: {ours} / {theirs}"] = round(statistics.median(ratios), 2)
        result |= {f"{way}: moved, {name}": value for name, value in _moved(pipeline, paths[:MOVED]).items()}
    script = COLD.format(model=str(model), detector=detector, picture=paths[0])
    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return result | {f"cold: {name}, s": value for name, value in json.loads(told.stdout).items()}


def _unpacked(source: str, folder: Path, limit: int) -> Path:
    for number, picture in enumerate(open_labelled(DataConfig(source=source)).source.pictures()):
        if number == limit:
            break
        (folder / f"{number:05d}.jpg").write_bytes(picture.read())
    return folder


def _loop(pipeline: Pipeline, paths: list[str]) -> list[PictureAnswer]:
    return [pipeline.predict(path) for path in paths]


def _batches(pipeline: Pipeline, paths: list[str], *, exact: bool = False) -> list[PictureAnswer]:
    return list(pipeline.predict_many(((path, path) for path in paths), exact=exact))


def _process(command: list[str]) -> None:
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)


def _moved(pipeline: Pipeline, paths: list[str]) -> dict[str, float]:
    """How far the batches' answers are from the loop's: years, and shares of the likeliest class."""
    far: dict[str, list[float]] = {}
    for alone, together in zip(_loop(pipeline, paths), _batches(pipeline, paths), strict=True):
        for one, other in zip(alone.faces, together.faces, strict=True):
            for said, quick in zip(_only(one), _only(other), strict=True):
                if isinstance(said, RegressionAnswer) and isinstance(quick, RegressionAnswer):
                    far.setdefault("years", []).append(abs(said.value - quick.value))
                elif isinstance(said, ClassAnswer) and isinstance(quick, ClassAnswer):
                    far.setdefault("shares", []).append(abs(said.p[said.label] - quick.p[said.label]))
                    far.setdefault("other labels", []).append(said.label != quick.label)
    told = {}
    for name, values in far.items():
        told[f"{name}, mean"] = round(statistics.mean(values), 4)
        if name != "other labels":
            told[f"{name}, 99 of 100 within"] = round(sorted(values)[int(0.99 * len(values))], 4)
    return told


def _only(face: FaceAnswer) -> Iterable[Answer]:
    (answers,) = face.answers.values()
    return answers.values()


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of all cores' work, that of child processes too."""
    before, start = sum(os.times()[:4]), time.perf_counter()
    work()
    return time.perf_counter() - start, sum(os.times()[:4]) - before


if __name__ == "__main__":
    main()
