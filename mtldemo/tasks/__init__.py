"""What is learned: a task's name, kind, classes, losses and key metric. Imports no torch, so pages may.

``tasks.losses`` (torch) computes the loss and decodes outputs, ``tasks.metrics`` (NumPy) scores predictions.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mtldemo.errors import MtlDemoError
from mtldemo.settings import shown

REGRESSION, BINARY, CLASSIFICATION = "regression", "binary", "classification"
MISSING = -1
"""The label of a picture that has none for a task; such pictures are left out of that task's loss and metrics."""


@dataclass(frozen=True)
class Task:
    """One thing the network learns to tell.

    ``kind`` is ``regression``, ``binary`` or ``classification``. ``losses`` are the losses it may be trained with, the
    first its default; ``loss`` is the chosen one. ``low`` and ``high`` bound a regression's labels, in ``unit``.
    ``metric`` is the key metric (``mae`` or ``accuracy``).
    """

    name: str
    title: str
    kind: str
    losses: tuple[str, ...]
    loss: str
    metric: str
    classes: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    unit: str = ""

    @property
    def higher_is_better(self) -> bool:
        """Whether a larger key metric is a better one."""
        return self.kind != REGRESSION


AGE = Task(
    name="age",
    title="Age",
    kind=REGRESSION,
    losses=("l1", "mse", "huber", "distribution"),
    loss="l1",
    metric="mae",
    low=0,
    high=116,
    unit="years",
)
GENDER = Task(
    name="gender",
    title="Gender",
    kind=BINARY,
    losses=("bce",),
    loss="bce",
    metric="accuracy",
    classes=("male", "female"),
)
ETHNICITY = Task(
    name="ethnicity",
    title="Ethnicity",
    kind=CLASSIFICATION,
    losses=("cross_entropy",),
    loss="cross_entropy",
    metric="accuracy",
    classes=("White", "Black", "Asian", "Indian", "Others"),
)
TASKS: tuple[Task, ...] = (AGE, GENDER, ETHNICITY)


def tasks_named(names: Iterable[str], losses: Mapping[str, str] | None = None) -> tuple[Task, ...]:
    """The tasks called ``names``, in the order of ``TASKS``, with the losses chosen for them.

    Raises ``MtlDemoError`` for an unknown or repeated task, none at all, or a loss that a task doesn't have.
    """
    wanted, known = list(names), {task.name: task for task in TASKS}
    for name in [*wanted, *(losses or {})]:
        if name not in known:
            raise MtlDemoError(f"There is no task {shown(name)}; choose from {', '.join(known)}.")
    if not wanted:
        raise MtlDemoError(f"Choose at least one task of {', '.join(known)}.")
    if len(set(wanted)) < len(wanted):
        raise MtlDemoError(f"A task is named twice in {', '.join(wanted)}; name each once.")
    chosen = []
    for task in TASKS:
        if task.name not in wanted:
            continue
        loss = (losses or {}).get(task.name, task.loss)
        if loss not in task.losses:
            raise MtlDemoError(f"{task.title} has no loss {shown(loss)}; choose from {', '.join(task.losses)}.")
        chosen.append(dataclasses.replace(task, loss=loss))
    return tuple(chosen)
