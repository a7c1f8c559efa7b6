"""A run as a comparison sees it: what it was, how far it came and what came out, or why it can't be read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from mtldemo.config import DataConfig, RunConfig
from mtldemo.errors import readable
from mtldemo.runs import Origin, RunFolder, Status
from mtldemo.tasks import Task, TaskSet
from mtldemo.titles import source_title

GRADIENTS_AT, SHARING = "weighting.gradients_at", "sharing.sharing"
ARCHIVES = (".tar.gz", ".tar", ".tgz", ".zip")


class ArmLabel(NamedTuple):
    """What an arm's name is made of: the one ``given`` by a person, else the task that it learns ``alone``, if it does,
    and its ``strategy`` (empty for a task alone with the plain sum); the ``settings`` that tell it apart by their
    dotted names, in words; and a ``mark`` in brackets, its study or a number, where another arm has the same name."""

    given: str = ""
    alone: str = ""
    strategy: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    mark: str = ""

    @property
    def sharing(self) -> str:
        """How its tasks share the network, in words, if the name says so; else empty."""
        return dict(self.settings).get(SHARING, "")

    @property
    def gradients_at(self) -> str:
        """Where its gradients are taken, if the name says so; else empty."""
        return dict(self.settings).get(GRADIENTS_AT, "")


@dataclass(frozen=True)
class RunInfo:
    """One run of a table. ``problem`` is empty, or one sentence that says what is wrong with the folder and what to do;
    what could be read is there all the same. ``config`` is ``None`` where that couldn't, and the run then takes no part
    in a comparison.

    ``arm`` is its column in the comparison and ``label`` what that is made of, ``seed`` that of its config.
    ``dataset_key`` and ``split_key`` are equal for configs that name the same pictures and the same split of them;
    ``data_key`` is that of the pictures' content as the run has kept it, empty for runs of earlier versions,
    ``data_notice`` what was left out or changed in reading them, ``own_split`` whether their split came with them.
    ``test`` and ``best`` are the test record and the best epoch's (see ``records``) or ``None``; ``sparkline`` has each
    task's key metric on the validation split by epoch.
    ``time_s`` is seconds of training, ``study`` the name of the study it belongs to, or empty; ``origin`` says as which
    arm of it and with which seed it was made.
    """

    name: str
    path: Path
    runs_dir: Path
    config: RunConfig | None = None
    problem: str = ""
    status: Status = field(default_factory=Status)
    arm: str = ""
    label: ArmLabel = field(default_factory=ArmLabel)
    seed: int | None = None
    tasks: tuple[str, ...] = ()
    dataset_key: str = ""
    split_key: str = ""
    data_key: str = ""
    data_notice: str = ""
    own_split: bool = False
    epochs_done: int = 0
    time_s: float = 0.0
    test: dict[str, Any] | None = None
    best: dict[str, Any] | None = None
    sparkline: dict[str, list[float]] = field(default_factory=dict)
    note: str = ""
    tags: tuple[str, ...] = ()
    study: str = ""
    origin: Origin | None = None

    @property
    def state(self) -> str:
        """Where the run stands: one of ``runs.STATES``, or empty where that can't be read."""
        return self.status.state

    @property
    def folder(self) -> RunFolder:
        """The run's folder."""
        return RunFolder(self.path)

    @property
    def strategy(self) -> str:
        """The name of its loss weighting; empty where the config can't be read."""
        return self.config.weighting.strategy if self.config else ""

    @property
    def dataset_name(self) -> str:
        """Its data set as a person calls it, without folders and endings; empty where the config can't be read."""
        if self.config is None:
            return ""
        source = self.config.data.source
        return source_title(source) if source == "synthetic" else dataset_name(self.config.data)

    @property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """The metrics by task of the test split where it was measured, else of the best epoch's validation split."""
        return (self.test or self.best or {}).get("metrics") or {}


def dataset_name(data: DataConfig) -> str:
    """``UTKFace`` for ``/somewhere/UTKFace.tar.gz``: the same pictures may lie in several places, and be packed."""
    name = data.source.replace("\\", "/").rstrip("/").rpartition("/")[2]
    ending = next((ending for ending in ARCHIVES if name.lower().endswith(ending)), "")
    return readable(name[: len(name) - len(ending)] or data.source)


def dataset_key(data: DataConfig) -> str:
    """Equal for configs that mean the same pictures: by name, and for drawn ones by how they are drawn."""
    name = dataset_name(data).lower()
    return f"{name} {data.synthetic}" if data.source == "synthetic" else name


def split_key(data: DataConfig, *, own_split: bool = False) -> str:
    """Equal for configs that split the same pictures in the same way. The size of the pictures doesn't matter to it,
    and a fold only where the split is the data set's own."""
    fold = f" fold={data.fold}" if own_split and data.fold else ""
    return f"{dataset_key(data)} val={data.val_share:g} test={data.test_share:g} seed={data.split_seed}{fold}"


def tasks_of(infos: Iterable[RunInfo]) -> TaskSet:
    """The tasks that any of the runs learned, in their data sets' order, with the losses they were learned with."""
    whole, losses, learned = dict[str, Task](), dict[str, str](), set[str]()
    for info in infos:
        learned |= set(info.tasks)
        if info.config is not None:
            whole |= {task.name: task for task in info.config.task_set if task.name not in whole}
            losses |= info.config.losses
    known, names = TaskSet(whole.values()), learned & whole.keys()
    chosen = {name: loss for name, loss in losses.items() if name in names and loss in whole[name].losses}
    return known.chosen(names, chosen) if names else TaskSet(())
