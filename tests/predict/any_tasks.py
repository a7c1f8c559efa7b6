"""Task sets of 1, 2, 5 and 40 tasks that aren't those of faces, and tiny models of them."""

import dataclasses
import io
from pathlib import Path

import numpy as np
from PIL import Image

from mtldemo.config import RunConfig
from mtldemo.runs import RunFolder
from mtldemo.tasks import BINARY, CLASSES, REGRESSION, Task, TaskSet
from tests.predict.tiny import tiny_config, write_model

PRICE = Task(name="price", title="Price", kind=REGRESSION, low=0, high=3000, unit="EUR")
TYPE = Task(name="type", title="Type", kind=CLASSES, classes=("daisy", "rose", "tulip"))
COLOUR = Task(name="colour", title="Colour", kind=CLASSES, classes=("red", "white", "yellow"))
OPEN = Task(name="open", title="Open", kind=BINARY, classes=("closed", "open"))
SPECIES = Task(
    name="species", title="Species", kind=CLASSES, classes=tuple(f"species {number}" for number in range(1000))
)
MARKS = TaskSet(
    Task(name=f"mark_{number}", title=f"Mark {number}", kind=BINARY, classes=("no", "yes")) for number in range(40)
)
TASK_SETS = {
    1: TaskSet([PRICE]),
    2: TaskSet([TYPE, COLOUR]),
    5: TaskSet([PRICE, TYPE, COLOUR, OPEN, SPECIES]),
    40: MARKS,
}


def config_of(tasks: TaskSet) -> RunConfig:
    """A tiny network's config on a data set of ``tasks``."""
    return dataclasses.replace(tiny_config(source="train.txt"), tasks=tasks.names, losses={}, task_set=tasks)


def make_model(folder: Path, tasks: TaskSet, name: str, facts: dict[str, str] | None = None) -> Path:
    """The model of a run ``name`` in the runs' ``folder``: random weights for ``tasks``."""
    run = RunFolder.create(folder, config_of(tasks), name)
    return write_model(run.model_file, run.config(), facts=(facts or {}) | {"run": name})


def png(pixels: np.ndarray) -> bytes:
    """Pixels uint8 [H, W, 3] as a PNG."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()
