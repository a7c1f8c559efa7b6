"""The contract of a way of sharing: a network that makes features for each task, and one head a task on them.

B is the number of pictures, K that of tasks, F the width of the features. **Every parameter is either shared or one
task's own.** Shared are those that the losses of several tasks reach; own are those that one task's loss reaches. An
own parameter gets its task's gradient times the task's weight; a shared one gets the weighted sum of the task
gradients, or the direction that a strategy built. An extra term of the objective, ``penalty``, is no task's loss: it is
added to what the strategy makes of these.
"""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mtldemo.config import ModelConfig
from mtldemo.errors import MtlDemoError
from mtldemo.lazy_torch import Module, Tensor, torch
from mtldemo.model.catalogue import Backbone, backbone_named
from mtldemo.tasks import Task

NOTHING, POOL = "none", "pool"
"""Split points beside the names of a backbone's stages: nothing is shared below, or all of the backbone is."""


class Representation(NamedTuple):
    """``features`` by task, each [B, F], float32: what the heads read.

    ``distinct`` are the tensors at which the task gradients meet: every path from a shared parameter to a loss leads
    through exactly one of them, once; only ``Network.meeting_parameters`` lie behind them. Empty where nothing is
    shared.
    """

    features: Mapping[str, Tensor]
    distinct: tuple[Tensor, ...]


class Learned(NamedTuple):
    """``values`` [K, C], detached: a number for each task and each of the ``columns``, which are other tasks, experts
    or stages."""

    columns: tuple[str, ...]
    values: Tensor

    def by_task(self, tasks: Sequence[Task]) -> dict[str, dict[str, float]]:
        """The numbers by the name of the task and of the column."""
        rows = zip(tasks, self.values.tolist(), strict=True)
        return {task.name: dict(zip(self.columns, row, strict=True)) for task, row in rows}


@dataclass(frozen=True)
class Plan:
    """What a network is built for: the ``model`` settings, the ``tasks`` and the side of the images in pixels. Every
    backbone in it begins with the weights ``start``, where there are any."""

    model: ModelConfig
    tasks: tuple[Task, ...]
    image_size: int
    start: Mapping[str, Tensor] | None = field(default=None, compare=False)

    @property
    def backbone(self) -> Backbone:
        """The backbone, as the catalogue has it. Raises ``MtlDemoError`` where there is none of that name."""
        return backbone_named(self.model.backbone)

    @property
    def names(self) -> list[str]:
        """The tasks' names."""
        return [task.name for task in self.tasks]


class Network(Module, ABC):
    """A network whose tasks share in one way. Images [B, 3, S, S] -> one output [B, ``output_size(task)``] a task.

    Hyper-parameters are keyword-only arguments of ``__init__``, each ``Annotated[..., Setting(...)]`` with a default.
    Random weights come from torch's global generator: those of the parts below the heads first, then the heads'.
    Features and heads are float32 even under autocast: an age in bf16 would come in steps of a quarter of a year.
    """

    name: str
    """The method's own name in lower case, as on the command line."""
    title: str
    idea: str
    """Two sentences for a newcomer."""
    formula: str
    """LaTeX."""
    paper: str
    """Authors, title, venue and year."""
    meeting: str
    """Where the gradients of the tasks meet, in one sentence."""
    places: tuple[str, ...] = ("shared", "features")
    """Where a strategy may take the task gradients (``gradients_at``); empty where nothing is shared."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Each way of sharing has parts of its own."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.tasks = plan.tasks
        self.image_size = plan.image_size

    @classmethod
    def check(cls, plan: Plan, options: Mapping[str, Any]) -> None:
        """Raises ``MtlDemoError`` where ``options``, each of which is in its range, can't be had with the ``plan``.
        Needs no torch, so that a page may ask while a person still chooses."""

    @abstractmethod
    def represent(self, images: Tensor) -> Representation:
        """Images [B, 3, S, S], normalised -> the features of each task, and where the task gradients meet."""

    @abstractmethod
    def own_parts(self, task: Task) -> Sequence["torch.nn.Module | torch.nn.Parameter"]:
        """What no other task's gradient reaches, its head left out."""

    @abstractmethod
    def map_parts(self, task: Task) -> Sequence["torch.nn.Module"]:
        """The parts of the network in each of which the last map of places is pooled into the task's features."""

    def penalty(self) -> Tensor | None:
        """A term [] that is added to the objective, with its graph; None where there is none."""
        return None

    def learned(self) -> dict[str, "Learned"]:
        """What the way of sharing has learned, in the method's own terms, by name: who listens to whom, or how far the
        tasks' weights are apart. Empty where it learns nothing."""
        return {}

    def last_block(self) -> "torch.nn.Module":
        """The shared block nearest to where the gradients meet; for networks that have the place ``block``."""
        raise NotImplementedError(f"{type(self).__name__} has no last block that all tasks share")

    def meeting_parameters(self) -> Sequence["torch.nn.Parameter"]:
        """The shared parameters behind the tensors at which the task gradients meet: they meet at these as well."""
        return ()

    def last_block_parameters(self) -> Iterator["torch.nn.Parameter"]:
        """The parameters of the last block, and of what follows it and is shared (in ConvNeXt, a norm)."""
        first = next(self.last_block().parameters())
        return itertools.dropwhile(lambda parameter: parameter is not first, self.shared_parameters())

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Images [B, 3, S, S], normalised -> outputs by task, each [B, ``output_size(task)``], float32."""
        return self.predict_from(self.represent(images))

    def predict_from(self, representation: Representation) -> dict[str, Tensor]:
        """What ``represent`` gave -> outputs by task, each [B, ``output_size(task)``], float32."""
        outputs = {}
        for task in self.tasks:
            features = representation.features[task.name]
            with torch.autocast(features.device.type, enabled=False):
                outputs[task.name] = self.heads[task.name](features)
        return outputs

    def own_parameters(self, task: Task) -> Iterator["torch.nn.Parameter"]:
        """The parameters that one task's gradient alone reaches: those of its head and of its own parts."""
        for part in self.own_parts(task):
            if isinstance(part, torch.nn.Parameter):
                yield part
            else:
                yield from part.parameters()
        yield from self.heads[task.name].parameters()

    def shared_parameters(self) -> Iterator["torch.nn.Parameter"]:
        """The parameters that the gradients of several tasks reach."""
        own = {id(parameter) for task in self.tasks for parameter in self.own_parameters(task)}
        return (parameter for parameter in self.parameters() if id(parameter) not in own)

    def add_heads(self, plan: Plan) -> None:
        """Put a head for each task on the features; called once, after all other parts are there."""
        from mtldemo.model.by_task import ByTask
        from mtldemo.model.heads import head_of

        model, width = plan.model, plan.backbone.features
        self.heads = ByTask(
            {task.name: head_of(task).layers(task, width, model.head_hidden, model.dropout) for task in self.tasks}
        )

    def set_priors(self, labels: Mapping[str, np.ndarray]) -> None:
        """Start each head from what the training ``labels`` [N] of its task say without looking at any picture, so that
        the first steps aren't spent on learning it (see ``Head.prior``).

        Labels are those that are there, in the task's unit; a task without any keeps its start.
        """
        from mtldemo.model.heads import head_of

        with torch.no_grad():
            for task in self.tasks:
                values = np.asarray(labels.get(task.name, ()), dtype=np.float64)
                if len(values):
                    head_of(task).set_prior(task, self.heads[task.name], values)


def seen_apart(maps: Tensor) -> Tensor:
    """``maps`` as another tensor of the graph, float32: gradients that come through it are told from those that come
    through ``maps`` themselves."""
    return maps.float().view_as(maps)


def split_index(plan: Plan, split: str, *, points: Sequence[str] = ()) -> int:
    """How many of the backbone's stages lie below the ``split``: a stage's name or number (from 1, the stem), ``pool``
    (all of them) or ``none``. Raises ``MtlDemoError`` where it is none of ``points``, by default all of these."""
    stages = plan.backbone.stages
    every = {NOTHING: 0, **{stage: number for number, stage in enumerate(stages, start=1)}, POOL: len(stages) + 1}
    allowed = {name: index for name, index in every.items() if not points or name in points}
    wanted = split.strip().lower()
    if wanted in allowed:
        return allowed[wanted]
    if wanted.isdecimal() and int(wanted) in allowed.values():
        return int(wanted)
    raise MtlDemoError(
        f"split: {plan.backbone.title} can't be split at {split!r}; choose from {', '.join(allowed)}, or a stage's "
        "number, counted from 1."
    )
