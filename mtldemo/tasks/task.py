"""What is learned, as data: a task's name, kind, classes, range and loss, and the set of tasks that pictures carry."""

import dataclasses
import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

from mtldemo.errors import MtlDemoError
from mtldemo.settings import shown
from mtldemo.tasks.kinds import Kind, kind_named
from mtldemo.tasks.measures import Measure

REGRESSION, BINARY, CLASSES = "regression", "binary", "classes"
LONGEST_NAME = 64
MOST_TASKS = 1000
_NAME = re.compile(r"[a-z0-9_]+")


@dataclass(frozen=True)
class Task:
    """One thing the network learns to tell.

    ``name`` is of a-z, 0-9 and _, ``title`` what a person calls it. ``kind`` is ``regression``, ``binary`` or
    ``classes``. ``losses`` are the losses it may be trained with, the first its default; ``loss`` is the chosen one;
    ``metric`` names the key measure (left empty, all three are the kind's). ``classes`` are the names of a label's
    indices. ``low`` and ``high`` bound a regression's answers, in ``unit``; ``bins`` is the number of equal parts of
    that range over which a distribution is learned, ``tolerance`` an error that counts as small (also where the Huber
    loss turns from a square to a line; left at 0 it is a twentieth of the range), ``spread`` the width of the Gaussian
    that stands for a label in a distribution (left at 0, half the tolerance), all in ``unit``. ``bands`` are the lower
    edges, after the first, by which its labels are laid out for the split and for errors by group; without any they
    are quantiles. ``sensitive`` answers are told only where a person asks for them.

    Raises ``MtlDemoError`` for what can't be a task, naming it.
    """

    name: str
    title: str
    kind: str
    losses: tuple[str, ...] = ()
    loss: str = ""
    metric: str = ""
    classes: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    unit: str = ""
    bins: int = 100
    tolerance: float = 0.0
    spread: float = 0.0
    bands: tuple[float, ...] = ()
    sensitive: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or len(self.name) > LONGEST_NAME:
            raise MtlDemoError(
                f"A task's name is of a-z, 0-9 and _, at most {LONGEST_NAME} of them, found {shown(self.name)}."
            )
        kind = kind_named(self.kind)
        losses = self.losses or kind.losses
        filled = {
            "losses": losses,
            "loss": self.loss or losses[0],
            "metric": self.metric or kind.measure,
            "tolerance": self.tolerance or (self.high - self.low) / 20,
        }
        for name, value in filled.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "spread", self.spread or self.tolerance / 2)
        if reason := kind.why_not(self):
            raise MtlDemoError(f"{self.title or self.name} can't be {kind.title}: {reason}.")
        if unknown := [loss for loss in (*losses, self.loss) if loss not in kind.losses]:
            raise MtlDemoError(f"{self.title} has no loss {shown(unknown[0])}; choose from {', '.join(kind.losses)}.")

    @functools.cached_property
    def measures(self) -> dict[str, Measure]:
        """What its answers are measured by, by name."""
        return {measure.name: measure for measure in kind_of(self).measures(self)}

    @property
    def in_sentence(self) -> str:
        """The title within a sentence: in lower case, but for words with capitals of their own, such as ``BMI``."""
        return " ".join(word if word[1:] != word[1:].lower() else word.lower() for word in self.title.split(" "))

    @property
    def measure(self) -> Measure:
        """The key measure."""
        return self.measures[self.metric]

    @property
    def higher_is_better(self) -> bool:
        """Whether a larger key measure is a better one."""
        return self.measure.higher_is_better

    def with_loss(self, loss: str) -> "Task":
        """The task with another of its losses; raises ``MtlDemoError`` where it doesn't have it."""
        if loss not in self.losses:
            raise MtlDemoError(f"{self.title} has no loss {shown(loss)}; choose from {', '.join(self.losses)}.")
        return dataclasses.replace(self, loss=loss)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values; what is empty is left out."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value}

    @staticmethod
    def from_dict(values: Any) -> "Task":
        """The task that ``to_dict`` wrote; unknown names are left to newer versions. Raises ``MtlDemoError``."""
        if not isinstance(values, Mapping):
            raise MtlDemoError(f"A task must be named values, found {shown(values)}.")
        given = {}
        for field in dataclasses.fields(Task):
            if field.name in values:
                given[field.name] = _checked(field.name, values[field.name], field.type)
        for name in ("name", "title", "kind"):
            if name not in given:
                raise MtlDemoError(f"A task lacks its {name}, found {shown(values)}.")
        return Task(**given)


def kind_of(task: Task) -> Kind:
    """The kind itself: what its losses and measures are, and how its answers are scored."""
    return kind_named(task.kind)


class TaskSet(Sequence[Task]):
    """The tasks that a data set carries labels for, in their order; a name stands for one task."""

    def __init__(self, tasks: Iterable[Task], whole: "TaskSet | None" = None) -> None:
        self._tasks = tuple(tasks)
        self._whole = whole
        self._by_name = {task.name: task for task in self._tasks}
        if len(self._by_name) < len(self._tasks):
            names = [task.name for task in self._tasks]
            twice = next(name for name in names if names.count(name) > 1)
            raise MtlDemoError(f"Two tasks are called {twice}; give one of them another name.")
        if len(self._tasks) > MOST_TASKS:
            raise MtlDemoError(f"There are {len(self._tasks):,} tasks; at most {MOST_TASKS:,} can be learned together.")

    @property
    def whole(self) -> "TaskSet":
        """The set that these tasks were chosen from, which says a task's place, and so its colour."""
        return self if self._whole is None else self._whole

    @property
    def names(self) -> tuple[str, ...]:
        """The tasks' names, in their order."""
        return tuple(self._by_name)

    def named(self, name: str) -> Task:
        """The task called ``name``; raises ``MtlDemoError`` with the choices where there is none."""
        if name not in self._by_name:
            raise MtlDemoError(f"There is no task {shown(name)}; choose from {_listed(self.names)}.")
        return self._by_name[name]

    def chosen(self, names: Iterable[str], losses: Mapping[str, str] | None = None) -> "TaskSet":
        """The tasks called ``names``, in the order of this set, with the losses chosen for them.

        Raises ``MtlDemoError`` for an unknown or repeated task, none at all, or a loss that a task doesn't have.
        """
        wanted = list(names)
        for name in [*wanted, *(losses or {})]:
            self.named(name)
        if not wanted:
            raise MtlDemoError(f"Choose at least one task of {_listed(self.names)}.")
        if len(set(wanted)) < len(wanted):
            raise MtlDemoError(f"A task is named twice in {', '.join(wanted)}; name each once.")
        tasks = [task for task in self._tasks if task.name in set(wanted)]
        return TaskSet((task.with_loss((losses or {}).get(task.name, task.loss)) for task in tasks), self.whole)

    def to_list(self) -> list[dict[str, Any]]:
        """As plain JSON values."""
        return [task.to_dict() for task in self._tasks]

    @staticmethod
    def from_list(values: Any) -> "TaskSet":
        """The set that ``to_list`` wrote. Raises ``MtlDemoError`` where it isn't one."""
        if not isinstance(values, list) or not values:
            raise MtlDemoError(f"Tasks must be a list of at least one, found {shown(values)}.")
        return TaskSet(Task.from_dict(item) for item in values)

    def __deepcopy__(self, memo: object) -> "TaskSet":
        # It never changes; pandas copies what a table carries with each step of its work.
        return self

    def __contains__(self, item: object) -> bool:
        return item in self._by_name if isinstance(item, str) else item in self._tasks

    def __iter__(self) -> Iterator[Task]:
        return iter(self._tasks)

    def __len__(self) -> int:
        return len(self._tasks)

    @overload
    def __getitem__(self, index: int) -> Task: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Task, ...]: ...
    def __getitem__(self, index: int | slice) -> Task | tuple[Task, ...]:
        return self._tasks[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TaskSet) and self._tasks == other._tasks

    def __hash__(self) -> int:
        return hash(self._tasks)

    def __repr__(self) -> str:
        return f"TaskSet({', '.join(self.names)})"


def _listed(names: Sequence[str]) -> str:
    """Names for a message; of many, the first ones and how many more."""
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def _checked(name: str, value: Any, kind: Any) -> Any:
    """``value`` of a task's field in its type; raises ``MtlDemoError`` where it has another."""
    if kind in (float, int):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return kind(value)
    elif kind in (str, bool):
        if isinstance(value, kind):
            return value
    elif isinstance(value, list | tuple):
        item = str if kind == tuple[str, ...] else float
        if all(isinstance(one, str) if item is str else isinstance(one, int | float) for one in value):
            return tuple(item(one) for one in value)
    raise MtlDemoError(f"A task's {name} can't be {shown(value)}.")
