"""The built-in data set: drawn portraits under UTKFace's names and codes, with label noise that is known.

The set is for watching multi-task learning, and says nothing about people. So the two class codes are shown by
abstract signs that no one is born with: the gender code by the cut of the neckline and the shape of a pin, the
ethnicity code by one of five background motifs and, loosely, its hue. Skin, hair, eyes, beards, glasses and clothes
vary independently of both. Age shows in the proportions of the head, the hairline, grey hair and wrinkles.

Picture ``i`` of a drawing seed is the same whatever the noise and however many are drawn. The file name carries the
noisy label, as a real set's would; ``truth.csv`` tells what was drawn.
"""

import csv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np

from mtldemo.config import SyntheticConfig
from mtldemo.data.portrait import Signs, draw_portrait
from mtldemo.errors import MtlDemoError
from mtldemo.progress import Progress, no_progress
from mtldemo.tasks import AGE, ETHNICITY, GENDER

NOTICE = (
    "These portraits are drawn by a program and say nothing about people: the gender code is a neckline and a pin, "
    "the ethnicity code a background's pattern and hue."
)
TRUTH = "truth.csv"
YOUNGEST, OLDEST = 5, 90
"""Years: the range of the drawn ages, wide of the labels' ends so that noise is seldom cut off there."""
AGE_SHAPE = (1.3, 1.9)
"""Of the beta distribution of the ages between them: broad, with its peak at 26 years, like the real set's."""
FIRST = datetime(2017, 1, 1)


@dataclass(frozen=True)
class Label:
    """A portrait's age in years, and its gender and ethnicity codes."""

    age: int
    gender: int
    ethnicity: int


def draw(config: SyntheticConfig, folder: Path, progress: Progress = no_progress) -> None:
    """Write ``config.images`` portraits (JPEG, 96 x 96) and ``truth.csv`` (file, age, gender, ethnicity, free of noise)
    into ``folder``, which is made if need be. The same ``config`` gives the same bytes.

    Raises ``MtlDemoError`` where the folder can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        rows = []
        # A picture's drawing holds the interpreter, its averaging, encoding and writing don't.
        with ThreadPoolExecutor(2) as pool:
            for done, row in enumerate(
                pool.map(lambda index: _draw_one(config, folder, index), range(config.images)), 1
            ):
                rows.append(row)
                if done % 50 == 0 or done == config.images:
                    progress("Drawing portraits", done, config.images)
        with (folder / TRUTH).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([("file", "age", "gender", "ethnicity"), *rows])
    except OSError as error:
        raise MtlDemoError(f"The drawn portraits can't be written to {folder}: {error.strerror or error}.") from error


def labels(config: SyntheticConfig, index: int) -> tuple[Label, Label]:
    """What portrait ``index`` shows and what its file name says: the true label and the noisy one.

    All random numbers are drawn whatever the noise, so that more noise moves the same labels further, or moves more
    of them: which ones is fixed by the drawing seed.
    """
    rng = np.random.default_rng((config.draw_seed, index, 0))
    age = round(YOUNGEST + (OLDEST - YOUNGEST) * rng.beta(*AGE_SHAPE))
    true = Label(age, int(rng.integers(2)), int(rng.integers(len(ETHNICITY.classes))))
    error, gender_luck, ethnicity_luck = rng.standard_normal(), rng.random(), rng.random()
    other = (true.ethnicity + int(rng.integers(1, len(ETHNICITY.classes)))) % len(ETHNICITY.classes)
    noisy = Label(
        round(min(max(true.age + config.age_noise * error, AGE.low), AGE.high)),
        (true.gender + (gender_luck < config.gender_noise)) % len(GENDER.classes),
        other if ethnicity_luck < config.ethnicity_noise else true.ethnicity,
    )
    return true, noisy


def file_name(label: Label, index: int) -> str:
    """UTKFace's name for a label: the time stamp has 17 digits and is made up, one for each portrait."""
    stamp = (FIRST + timedelta(seconds=37.041 * index)).strftime("%Y%m%d%H%M%S%f")[:17]
    return f"{label.age}_{label.gender}_{label.ethnicity}_{stamp}.jpg.chip.jpg"


def portrait(config: SyntheticConfig, index: int) -> bytes:
    """Portrait ``index`` as a JPEG of 96 x 96. Those from ``config.images`` on are in no data set of ``config``."""
    true, _ = labels(config, index)
    signs = Signs(true.age, true.gender, true.ethnicity, config.difficulty)
    encoded = BytesIO()
    # Full colour resolution: at this size the usual halving would blur the motifs.
    drawn = draw_portrait(signs, np.random.default_rng((config.draw_seed, index, 1)))
    drawn.save(encoded, "JPEG", quality=92, subsampling=0)
    return encoded.getvalue()


def _draw_one(config: SyntheticConfig, folder: Path, index: int) -> tuple[str, int, int, int]:
    true, noisy = labels(config, index)
    name = file_name(noisy, index)
    (folder / name).write_bytes(portrait(config, index))
    return name, true.age, true.gender, true.ethnicity
