"""What a run is made of: frozen dataclasses, to and from JSON; a run can be rebuilt from them.

Names that a registry holds (a strategy, a backbone, a task) are checked by that registry, not here.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

from mtldemo.data_config import OWN_SPLIT, PORTRAITS, DataConfig, SyntheticConfig
from mtldemo.settings import Setting, SettingField, settings_of
from mtldemo.settings_json import from_dict, to_dict, value_at, with_value
from mtldemo.tasks import UTKFACE, TaskSet

__all__ = [
    "AugmentConfig",
    "ComputeConfig",
    "DataConfig",
    "ModelConfig",
    "OptimConfig",
    "RunConfig",
    "SharingConfig",
    "SyntheticConfig",
    "WeightingConfig",
    "from_dict",
    "leaves",
    "listed_settings",
    "to_dict",
    "value_at",
    "with_value",
]


A_CHANGE = "a_change"
"""Needed by a setting that came after studies were written about: it is listed only where it isn't the default."""


@dataclass(frozen=True)
class ModelConfig:
    """One shared backbone and one head for each task."""

    backbone: Annotated[str, Setting("Backbone", "The shared network, run once a step.")] = "resnet18_small"
    pretrained: Annotated[bool, Setting("ImageNet weights", "Start from torchvision's ImageNet weights.")] = False
    init_from: Annotated[
        str, Setting("Initial weights", "Of a run or model file, for fine-tuning; empty is random.", advanced=True)
    ] = ""
    head_hidden: Annotated[
        int, Setting("Head width", "Hidden units of each task's head.", low=8, high=2048, step=8, advanced=True)
    ] = 128
    dropout: Annotated[
        float, Setting("Dropout", "Share of features dropped before each head.", low=0, high=0.9, advanced=True)
    ] = 0.0

    def untrained(self) -> "ModelConfig":
        """The same network with nothing learned: for whoever puts weights into it, or needs none."""
        return dataclasses.replace(self, pretrained=False, init_from="")


@dataclass(frozen=True)
class SharingConfig:
    """How the tasks share the network; a config from before there was a choice shares it hard, up to the pool."""

    sharing: Annotated[str, Setting("Sharing", "How the tasks share the network.", needs=A_CHANGE)] = "hard"
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class WeightingConfig:
    """How the task losses become one update."""

    strategy: Annotated[str, Setting("Loss weighting", "How the task losses are weighted.")] = "equal"
    options: dict[str, Any] = field(default_factory=dict)
    weight_scale: Annotated[
        str,
        Setting(
            "Scale of the weights",
            "published: as the paper has them; sum_k: rescaled each step to sum to the number of tasks, so that "
            "strategies compare at the same learning rate.",
            choices=("published", "sum_k"),
        ),
    ] = "published"
    gradients_at: Annotated[
        str,
        Setting(
            "Gradients at",
            "Where strategies that compare task gradients take them. shared: all shared weights, the method as "
            "published, one backward pass a task; block: the last shared block; features: the shared features, the "
            "cheap approximation.",
            choices=("shared", "block", "features"),
        ),
    ] = "shared"


@dataclass(frozen=True)
class OptimConfig:
    """The optimizer and its schedule."""

    optimizer: Annotated[str, Setting("Optimizer", choices=("adamw", "sgd"))] = "adamw"
    lr: Annotated[float, Setting("Learning rate", "The highest one, after warm-up.", low=1e-6, high=1.0)] = 2e-3
    schedule: Annotated[
        str, Setting("Schedule", "Cosine falls to zero; constant stays.", choices=("cosine", "constant"))
    ] = "cosine"
    warmup: Annotated[
        float, Setting("Warm-up", "Share of all steps in which the rate rises.", low=0, high=0.9, advanced=True)
    ] = 0.15
    weight_decay: Annotated[float, Setting("Weight decay", low=0, high=1, advanced=True)] = 0.05
    momentum: Annotated[float, Setting("Momentum", "Used by SGD.", low=0, high=0.999, advanced=True)] = 0.9
    clip: Annotated[
        float, Setting("Gradient clipping", "Largest norm of the whole gradient; 0 is off.", low=0, advanced=True)
    ] = 0.0
    ema: Annotated[
        float,
        Setting("Weight averaging", "Decay of the moving average of the weights; 0 is off.", low=0, high=0.9999),
    ] = 0.998


@dataclass(frozen=True)
class AugmentConfig:
    """Random changes to each training picture."""

    augment: Annotated[bool, Setting("Augment", "Change each training picture at random.")] = True
    flip: Annotated[float, Setting("Flip", "Chance of a mirror image.", low=0, high=1, advanced=True)] = 0.5
    rotate: Annotated[float, Setting("Rotate", "Largest turn.", low=0, high=45, unit="degrees", advanced=True)] = 12.0
    zoom: Annotated[float, Setting("Zoom", "Largest change of scale, either way.", low=0, high=0.5, advanced=True)] = (
        0.14
    )
    shift: Annotated[
        float, Setting("Shift", "Largest move, as a share of the side.", low=0, high=0.5, advanced=True)
    ] = 0.06
    colour: Annotated[
        float, Setting("Colour", "Largest change of brightness and contrast.", low=0, high=0.9, advanced=True)
    ] = 0.25
    grey: Annotated[float, Setting("Grey", "Chance of a grey picture.", low=0, high=1, advanced=True)] = 0.05
    erase: Annotated[
        float, Setting("Erase", "Chance that a part is hidden behind one colour.", low=0, high=1, advanced=True)
    ] = 0.0


@dataclass(frozen=True)
class ComputeConfig:
    """How the arithmetic is done. ``auto`` is settled by a short measurement at the start and recorded."""

    device: Annotated[
        str, Setting("Device", "auto takes a GPU where there is one.", choices=("auto", "cpu", "cuda", "mps"))
    ] = "auto"
    precision: Annotated[
        str, Setting("Precision", "auto measures both.", choices=("auto", "fp32", "bf16"), advanced=True)
    ] = "auto"
    layout: Annotated[
        str,
        Setting("Memory layout", "auto measures both.", choices=("auto", "contiguous", "channels_last"), advanced=True),
    ] = "auto"
    threads: Annotated[
        int,
        Setting(
            "CPU threads",
            "0 takes all cores, and fewer while other programs are busy.",
            low=0,
            high=1024,
            advanced=True,
        ),
    ] = 0
    repeatable: Annotated[
        bool,
        Setting(
            "Repeatable",
            "The same result each time on this machine: nothing is chosen by a measurement, and no load changes the "
            "number of threads. A fifth slower on an idle machine.",
            advanced=True,
        ),
    ] = False


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides a run's result. ``task_set`` are the tasks that the data set carries labels for; of a
    config from before there was a choice they are UTKFace's. ``tasks`` names those that are learned.
    ``losses`` and ``loss_scales`` map a task's name to its loss and to a
    factor on it before weighting (the unit of the loss: 0.1 turns years into decades)."""

    tasks: Annotated[tuple[str, ...], Setting("Tasks", "One task alone is single-task learning.")] = UTKFACE.names
    losses: Annotated[dict[str, str], Setting("Losses", "A task's loss, where it isn't its default.")] = field(
        default_factory=dict
    )
    loss_scales: Annotated[
        dict[str, float],
        Setting("Loss scales", "A factor on a task's loss before weighting.", low=1e-6, high=1e6, advanced=True),
    ] = field(default_factory=dict)
    label_smoothing: Annotated[
        float, Setting("Label smoothing", "On tasks with several classes.", low=0, high=0.5, advanced=True)
    ] = 0.0
    epochs: Annotated[int, Setting("Epochs", "Passes over the training pictures.", low=1, high=1000)] = 10
    steps: Annotated[
        int,
        Setting(
            "Steps", "Training ends after so many, in place of the epochs; 0 trains whole epochs.", low=0, advanced=True
        ),
    ] = 0
    batch_size: Annotated[int, Setting("Batch size", "Pictures a step.", low=2, high=4096, step=16)] = 128
    seed: Annotated[int, Setting("Seed", "Of the weights, order and augmentation.", low=0)] = 0
    gradients_every: Annotated[
        int,
        Setting(
            "Compare gradients", "Steps between measurements of the task gradients; 0 is off.", low=0, advanced=True
        ),
    ] = 20
    checkpoint_every: Annotated[
        float, Setting("Checkpoint", "Longest time between two.", low=0, high=86_400, unit="seconds", advanced=True)
    ] = 30.0
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    sharing: SharingConfig = field(default_factory=SharingConfig)
    weighting: WeightingConfig = field(default_factory=WeightingConfig)
    optim: OptimConfig = field(default_factory=OptimConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    compute: ComputeConfig = field(default_factory=ComputeConfig)
    task_set: TaskSet = UTKFACE

    def learned_tasks(self) -> TaskSet:
        """The tasks that are learned, with their losses, in the task set's order. Raises ``MtlDemoError`` for a name
        or loss that isn't there."""
        return self.task_set.chosen(self.tasks, self.losses)

    def on(self, task_set: TaskSet) -> "RunConfig":
        """The same on a data set with other tasks: all of them, where all of its own were learned before."""
        tasks = task_set.names if self.tasks == self.task_set.names else self.tasks
        return dataclasses.replace(self, task_set=task_set, tasks=tasks)


def leaves(kind: type = RunConfig, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], SettingField]]:
    """Every setting below ``kind`` with its path, such as ``("optim", "lr")``; the last names are unique."""
    for setting in settings_of(kind):
        yield (*path, setting.name), setting
    for member in dataclasses.fields(kind):
        if dataclasses.is_dataclass(member.type):
            yield from leaves(member.type, (*path, member.name))  # type: ignore[arg-type]


def listed_settings(config: RunConfig, *, own_split: bool) -> Iterator[tuple[str, SettingField, Any]]:
    """The settings of ``config`` that a list of them has, by dotted name, with their values: without those that nobody
    changed and that need a change to be listed, or what its data set doesn't have. ``own_split`` says whether that
    brought the split."""
    has = {OWN_SPLIT: own_split, PORTRAITS: config.task_set.names == UTKFACE.names, A_CHANGE: False}
    for path, declared in leaves():
        value = value_at(config, path)
        if has.get(declared.setting.needs, True) or value != declared.default:
            yield ".".join(path), declared, value
