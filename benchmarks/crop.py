"""Which crop of a detector's box a model sees best, and what detection costs against the data set's own crop.

    python benchmarks/crop.py --model RUN/model.safetensors --json > crops.json
    python -m mtldemo model RUN --to FILE --crops crops.json

Pictures of the model's validation split (never trained on) are placed in larger scenes, at random sizes and places on a
smooth background with noise. The detector finds the faces; each box is cut with a range of margins and shifts around
those that give back the placed squares; the model answers. Where the detector gives landmarks, the square in which they
lie as in the placed pictures is tried too. The crop is chosen for its score: the mean over the tasks of the error as a
share of the best constant answer's, where a class counts by its probability, which leaves less to chance. It is then
measured on the test split, beside the given crops of the same found faces.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageFilter

sys.path.insert(0, str(Path(__file__).parents[1]))

from mtldemo import data
from mtldemo.config import DataConfig
from mtldemo.data import decode
from mtldemo.data.loading import open_labelled
from mtldemo.predict import crop, detectors
from mtldemo.predict.crop import Crop, Square
from mtldemo.predict.detect import Detector, Face
from mtldemo.predict.predictor import Predictor, RawAnswers
from mtldemo.tasks import metrics

MARGINS = (-0.1, -0.05, -0.025, 0.0, 0.025, 0.05, 0.1)
SHIFTS = (-0.05, -0.025, 0.0, 0.025, 0.05)
"""What is tried around the margin and the shift that give back the placed squares."""
SCENE = (640, 480)
SMALLEST, LARGEST = 80, 300
"""Sides in pixels at which the pictures are placed."""


class Scene(NamedTuple):
    """``pixels`` uint8 [H, W, 3] with a picture placed at ``square``; ``row`` in the data set."""

    pixels: np.ndarray
    square: Square
    row: int


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="a model.safetensors")
    parser.add_argument("--source", help="the data set it was trained on (default: where its config says)")
    parser.add_argument("--yunet", default=_default_yunet(), help="the YuNet file (default: MTLDEMO_YUNET)")
    parser.add_argument("--images", type=int, default=600, help="pictures of each split")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    predictor = Predictor.load(chosen.model)
    source = chosen.source or predictor.config.data.source
    finders: list[Detector] = [detectors.haar()]
    if chosen.yunet:
        finders.append(detectors.yunet(Path(chosen.yunet)))
    bench = Bench(predictor, source, chosen.images, chosen.seed)
    result = {finder.name: bench.measure(finder) for finder in finders}
    if chosen.json:
        print(json.dumps(result, indent=1))
    else:
        for name, told in result.items():
            _print(name, told)


def _default_yunet() -> str:
    beside = Path(os.environ.get("MTLDEMO_DATA", "../shared/data"), "detector", "face_detection_yunet_2023mar.onnx")
    return os.environ.get("MTLDEMO_YUNET", "") or (str(beside) if beside.is_file() else "")


class Bench:
    """Scenes of the validation and the test split, and the model that looks at them."""

    def __init__(self, predictor: Predictor, source: str, images: int, seed: int) -> None:
        self.predictor = predictor
        config = predictor.config.data
        self.dataset = data.load(DataConfig(**{**vars(config), "source": source}))
        generator = np.random.default_rng(seed)
        rows = {
            split: set(generator.permutation(self.dataset.indices(split))[:images].tolist())
            for split in ("val", "test")
        }
        names = {name: row for row, name in enumerate(self.dataset.table["file"])}
        self.scenes: dict[str, list[Scene]] = {"val": [], "test": []}
        for picture in open_labelled(DataConfig(source=source)).source.pictures():
            row = names.get(picture.name, names.get(picture.name.partition("/")[2], -1))
            for split, wanted in rows.items():
                if row in wanted:
                    wanted.discard(row)
                    self.scenes[split].append(composed(picture.read(), row, generator))

    def measure(self, finder: Detector) -> dict[str, Any]:
        """The curve over margins and shifts on validation, the choice, and what it gives on test."""
        found = self.found(finder, "val")
        ways = {"box": Crop()}
        if found[0][1].points:
            ways["landmarks"] = Crop(points=_mean_points(found))
        tried = {way: self.search(found, start) for way, start in ways.items()}
        way = min(tried, key=lambda name: tried[name][1][tried[name][0]])
        best = tried[way][0]
        tested = self.found(finder, "test")
        return {
            "margin": best.margin,
            "shift": best.shift,
            "points": [round(value, 4) for value in best.points],
            "found": len(tested) / len(self.scenes["test"]),
            "pictures": len(self.scenes["test"]),
            "test_given": self.errors(tested, None),
            "test_detected": self.errors(tested, best),
            "curves": {
                name: [{"margin": how.margin, "shift": how.shift, "score": score} for how, score in curve.items()]
                for name, (_, curve) in ({"given": (None, {Crop(): self.score(found, None)})} | tried).items()
            },
        }

    def search(self, found: Sequence[tuple[Scene, Face]], start: Crop) -> tuple[Crop, dict[Crop, float]]:
        """The best crop, and scores by crop: a margin, then a shift; the one hardly depends on the other."""
        curve: dict[Crop, float] = {}

        def tried(margin: float, shift: float) -> float:
            how = Crop(round(margin, 3) + 0.0, round(shift, 3) + 0.0, start.points)
            if how not in curve:
                curve[how] = self.score(found, how)
            return curve[how]

        margin, shift = _giving_back(found, start)
        margin = _lowest([margin + step for step in MARGINS], lambda value: tried(value, shift))
        shift = _lowest([shift + step for step in SHIFTS], lambda value: tried(margin, value))
        tried(margin, shift)
        best = Crop(round(margin, 3) + 0.0, round(shift, 3) + 0.0, start.points)
        return best, dict(sorted(curve.items(), key=lambda item: (item[0].shift, item[0].margin)))

    def score(self, found: Sequence[tuple[Scene, Face]], how: Crop | None) -> float:
        """The mean over the tasks of the expected error as a share of the best constant answer's."""
        (raw, rows), shares = self.asked(found, how), []
        for task in self.predictor.tasks:
            target = self.dataset.labels(task.name, rows)
            there = self.dataset.present(task.name, rows)
            train = self.dataset.indices("train")
            known = self.dataset.labels(task.name, train)[self.dataset.present(task.name, train)]
            if task.higher_is_better:
                right = raw[task.name].probabilities[there, target[there].astype(int)]
                error, guess = 1 - right.mean(), 1 - np.bincount(known.astype(int)).max() / len(known)
            else:
                error = np.abs(raw[task.name].values - target)[there].mean()
                guess = np.abs(known - np.median(known)).mean()
            shares.append(error / guess)
        return float(np.mean(shares))

    def found(self, finder: Detector, split: str) -> list[tuple[Scene, Face]]:
        """The scenes in which a face was found where it was placed."""
        pairs = []
        for number, scene in enumerate(self.scenes[split]):
            _tell(f"{finder.name}: {split} scene {number + 1} of {len(self.scenes[split])}")
            match = next((face for face in finder.find(scene.pixels) if _in(face, scene.square)), None)
            if match:
                pairs.append((scene, match))
        return pairs

    def errors(self, found: Sequence[tuple[Scene, Face]], how: Crop | None) -> dict[str, float]:
        """Errors by task (years, or shares) on the scenes cut as ``how`` says, or as the pictures were given."""
        (raw, rows), errors = self.asked(found, how), {}
        for task in self.predictor.tasks:
            labels, present = self.dataset.labels(task.name, rows), self.dataset.present(task.name, rows)
            scores = metrics.score(task, raw[task.name].values, labels, present)
            errors[task.name] = task.measure.error(scores[task.metric])
        return errors

    def asked(self, found: Sequence[tuple[Scene, Face]], how: Crop | None) -> tuple[dict[str, RawAnswers], np.ndarray]:
        """The model's answers by task on the same, and their rows in the data set."""
        _tell(f"crop {how and (how.margin, how.shift)}")
        side = self.predictor.image_size
        squares = [crop.square_of(face, how) if how else scene.square for scene, face in found]
        crops = np.stack(
            [crop.cut(scene.pixels, square, side) for (scene, _), square in zip(found, squares, strict=True)]
        )
        return self.predictor.raw(crops), np.array([scene.row for scene, _ in found])


def composed(content: bytes, row: int, generator: np.random.Generator) -> Scene:
    """A scene of 640 x 480 pixels with the picture in it."""
    width, height = SCENE
    corners = generator.integers(30, 226, (3, 4, 3), dtype=np.uint8)
    scene = np.asarray(Image.fromarray(corners).resize(SCENE, Image.Resampling.BICUBIC)).astype(np.int16)
    scene = np.clip(scene + generator.normal(0, 4, scene.shape), 0, 255).astype(np.uint8)
    edge = int(generator.integers(SMALLEST, LARGEST + 1))
    left, top = int(generator.integers(0, width - edge + 1)), int(generator.integers(0, height - edge + 1))
    picture = decode.decode(content, 200).resize((edge, edge), Image.Resampling.LANCZOS)
    canvas = Image.fromarray(scene).filter(ImageFilter.GaussianBlur(1))
    canvas.paste(picture, (left, top))
    return Scene(np.asarray(canvas), Square(left + edge / 2, top + edge / 2, float(edge)), row)


def _in(face: Face, square: Square) -> bool:
    off = max(abs(face.x + face.w / 2 - square.x), abs(face.y + face.h / 2 - square.y))
    return off < square.side / 2 and max(face.w, face.h) > square.side / 3


def _mean_points(found: Sequence[tuple[Scene, Face]]) -> tuple[float, ...]:
    """Where the landmarks lie in the unit square of the placed pictures, on average."""
    places = []
    for scene, face in found:
        corner = scene.square.x - scene.square.side / 2, scene.square.y - scene.square.side / 2
        places.append((np.reshape(face.points, (-1, 2)) - corner) / scene.square.side)
    return tuple(np.median(places, axis=0).ravel().round(4).tolist())


def _giving_back(found: Sequence[tuple[Scene, Face]], start: Crop) -> tuple[float, float]:
    """The margin and the shift by which what the detector found becomes the placed square, as medians."""
    pairs = [(crop.square_of(face, start), scene.square) for scene, face in found]
    margin = np.median([(placed.side / seen.side - 1) / 2 for seen, placed in pairs])
    return float(margin), float(np.median([(placed.y - seen.y) / seen.side for seen, placed in pairs]))


def _lowest(values: Sequence[float], score: Callable[[float], float]) -> float:
    """Where a parabola through the scores is lowest: scores of neighbours differ by chance as well."""
    scores = [score(value) for value in values]
    curved, slope, _ = np.polyfit(values, scores, 2)
    if curved <= 0:
        return min(zip(scores, values, strict=True))[1]
    return float(np.clip(-slope / (2 * curved), min(values), max(values)))


def _tell(words: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{words:70}", end="", file=sys.stderr, flush=True)


def _print(name: str, told: dict[str, Any]) -> None:
    by = "landmarks" if told["points"] else "box"
    print(f"\n{name}: by {by}, margin {told['margin']:g}, shift {told['shift']:g}; {100 * told['found']:.1f} % found")
    print(f"  {'on test':24} {'given crop':>12} {'detected':>12}")
    for task, error in told["test_given"].items():
        print(f"  {task:24} {error:12.3f} {told['test_detected'][task]:12.3f}")
    for way, curve in told["curves"].items():
        for point in curve:
            bar = "#" * round(60 * point["score"])
            print(f"  {way:9} margin {point['margin']:6.2f} shift {point['shift']:6.2f}: {point['score']:6.3f} {bar}")


if __name__ == "__main__":
    main()
