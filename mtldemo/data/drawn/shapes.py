"""A built-in data set that isn't about faces: drawn shapes, with tasks of every kind, noisy and missing labels.

It is written as anyone's own data would be: pictures, a ``metadata.csv`` that names them, and a ``tasks.toml`` that
says what its columns mean; and it is read by what reads those. ``truth.csv`` has what was drawn, free of noise.
"""

import csv
import hashlib
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from mtldemo import __version__
from mtldemo.data import cache
from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.data.labels.recognise import recognise
from mtldemo.data.labels.tasks_toml import FILE_NAME, to_toml
from mtldemo.data.source import SHAPES
from mtldemo.errors import MtlDemoError
from mtldemo.progress import Progress, no_progress
from mtldemo.tasks import Task, TaskSet

NOTICE = "These shapes are drawn by a program; some of their labels are wrong and some are missing, both on purpose."
COUNT, SEED = 1500, 0
SIDE, FINER = 96, 3
"""Of a picture in px, and how many times finer it is drawn before it is averaged."""
MANIFEST, TRUTH = "metadata.csv", "truth.csv"
CORNERS = {"circle": 0, "triangle": 3, "square": 4, "star": 5}
COLOURS = {"red": (214, 57, 57), "yellow": (235, 196, 52), "green": (66, 160, 83), "blue": (58, 107, 204)}
FILLS = ("outline", "filled")
SMALLEST, LARGEST = 20, 75
"""Percent of the picture's side: the range of the drawn sizes."""
SIZE_NOISE = 3.0
"""Percent of the picture's side: the spread of the error in a label of size."""
WRONG = {"shape": 0.03, "colour": 0.02, "filled": 0.05}
"""The share of labels that name another class."""
MISSING = {"shape": 0.05, "colour": 0.1, "filled": 0.2, "size": 0.3}
"""The share of labels that are left empty."""
TASKS = TaskSet(
    (
        Task("shape", "Shape", "classes", classes=tuple(CORNERS)),
        Task("colour", "Colour", "classes", classes=tuple(COLOURS)),
        Task("filled", "Filled", "binary", classes=FILLS),
        Task("size", "Size", "regression", low=SMALLEST - 10.0, high=LARGEST + 10.0, unit="% of the side"),
    )
)
_is_whole = cache.IsWhole(MANIFEST, TRUTH, FILE_NAME)


@dataclass(frozen=True)
class Shape:
    """What one picture shows. ``size`` is the diameter of the circle around the shape, in percent of the side."""

    shape: str
    colour: str
    filled: str
    size: float


def source(progress: Progress = no_progress) -> LabelledSource:
    """The data set, drawn into the cache where it isn't there yet (a few seconds).

    Raises ``MtlDemoError`` where the cache can't be written.
    """
    home = cache.cache_dir() / "drawn"
    folder = home / hashlib.sha256(f"{__version__}:{SHAPES}:{COUNT}:{SEED}".encode()).hexdigest()[:32]
    if not _is_whole(folder):
        with cache.workplace(home) as work:
            with cache.writing(home):
                draw(work, progress, COUNT, SEED)
            cache.publish(work, folder, _is_whole)
    labelled = recognise(folder)
    if labelled is None:
        raise MtlDemoError(f"The drawn shapes in {folder} are damaged; delete that folder and try again.")
    labelled.source.name = SHAPES
    labelled.source.near_duplicates = False  # drawn shapes look alike by nature
    return labelled


def draw(folder: Path, progress: Progress = no_progress, count: int = COUNT, seed: int = SEED) -> None:
    """Write ``count`` pictures (PNG, 96 x 96), ``metadata.csv``, ``truth.csv`` and ``tasks.toml`` into ``folder``,
    which is made if need be. Picture ``i`` of a ``seed`` is the same however many are drawn.

    Raises ``OSError`` where the folder can't be written.
    """
    (folder / "pictures").mkdir(parents=True, exist_ok=True)

    def write(index: int) -> None:
        picture(index, seed).save(folder / name(index), "PNG")

    # A picture's drawing holds the interpreter, its averaging, encoding and writing don't.
    with ThreadPoolExecutor(2) as pool:
        for done, _ in enumerate(pool.map(write, range(count)), 1):
            if done % 50 == 0 or done == count:
                progress("Drawing shapes", done, count)
    columns = ("file_name", *(field.name for field in fields(Shape)))
    known = [labels(index, seed) for index in range(count)]
    _write_table(folder / TRUTH, columns, [(name(index), *astuple(true)) for index, (true, _) in enumerate(known)])
    _write_table(folder / MANIFEST, columns, [(name(index), *noisy) for index, (_, noisy) in enumerate(known)])
    (folder / FILE_NAME).write_text(to_toml(TaskChoices(), {task.name: task for task in TASKS}), encoding="utf-8")


def name(index: int) -> str:
    """Where picture ``index`` is, from the folder on."""
    return f"pictures/{index:05d}.png"


def labels(index: int, seed: int = SEED) -> tuple[Shape, tuple[str, ...]]:
    """What picture ``index`` shows, and the texts of its noisy labels, empty ones where they are missing."""
    random = np.random.default_rng((seed, index, 0))
    true = Shape(
        _one_of(random, tuple(CORNERS)),
        _one_of(random, tuple(COLOURS)),
        _one_of(random, FILLS),
        round(random.uniform(SMALLEST, LARGEST), 1),
    )
    size = true.size + SIZE_NOISE * random.standard_normal()
    noisy = {
        "shape": _noisy(random, true.shape, tuple(CORNERS), WRONG["shape"]),
        "colour": _noisy(random, true.colour, tuple(COLOURS), WRONG["colour"]),
        "filled": _noisy(random, true.filled, FILLS, WRONG["filled"]),
        "size": f"{min(max(size, TASKS.named('size').low), TASKS.named('size').high):.1f}",
    }
    return true, tuple("" if random.random() < MISSING[task] else text for task, text in noisy.items())


def picture(index: int, seed: int = SEED) -> Image.Image:
    """Picture ``index``: a turned shape somewhere before a pale, grainy ground with a few grey lines."""
    true, _ = labels(index, seed)
    random = np.random.default_rng((seed, index, 1))
    side = SIDE * FINER
    ground = random.integers(150, 245, 3)
    image = Image.new("RGB", (side, side), tuple(ground.tolist()))
    pen = ImageDraw.Draw(image)
    for _ in range(int(random.integers(0, 4))):
        ends = random.uniform(0, side, 4).tolist()
        pen.line(ends, fill=tuple((ground - random.integers(20, 60)).tolist()), width=2 * FINER)
    radius = true.size / 200 * side
    x, y = random.uniform(radius, side - radius, 2)
    paint = np.clip(np.array(COLOURS[true.colour]) + random.integers(-28, 29, 3), 0, 255)
    colour, stroke = tuple(paint.tolist()), max(2, round(side * 0.025))
    outline = _corners(CORNERS[true.shape], radius, float(x), float(y), float(random.uniform(0, 2 * math.pi)))
    if not outline:
        box = (x - radius, y - radius, x + radius, y + radius)
        pen.ellipse(box, fill=colour if true.filled == "filled" else None, outline=colour, width=stroke)
    elif true.filled == "filled":
        pen.polygon(outline, fill=colour)
    else:
        pen.line([*outline, outline[0], outline[1]], fill=colour, width=stroke, joint="curve")
    pixels = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float32)
    grain = random.normal(0, random.uniform(2, 12), (SIDE, SIDE, 1))
    return Image.fromarray(np.clip(pixels + grain, 0, 255).round().astype(np.uint8))


def _corners(count: int, radius: float, x: float, y: float, turn: float) -> list[tuple[float, float]]:
    """The corners on a circle; a star has others halfway between, further in. A circle has none."""
    star = count == 5
    steps = 2 * count if star else count
    corners = []
    for step in range(steps):
        reach = radius * (0.42 if star and step % 2 else 1)
        angle = turn + 2 * math.pi * step / steps
        corners.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    return corners


def _one_of(random: np.random.Generator, values: Sequence[str]) -> str:
    return values[int(random.integers(len(values)))]


def _noisy(random: np.random.Generator, value: str, values: Sequence[str], share: float) -> str:
    """``value`` or, by chance, one of the others; as many random numbers are drawn either way."""
    luck, step = random.random(), int(random.integers(1, len(values)))
    return values[(values.index(value) + step) % len(values)] if luck < share else value


def _write_table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *rows])
