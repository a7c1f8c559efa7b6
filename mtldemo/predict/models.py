"""Which file a model's name means: a file, a run, or the model that comes with the project. Imports no torch."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mtldemo.config import DataConfig
from mtldemo.errors import MtlDemoError
from mtldemo.paths import as_path
from mtldemo.predict.domain import Domain, data_of_file, domain_of_file, tasks_of_file
from mtldemo.tasks import Task

SHIPPED = Path(__file__).with_name("shipped") / "utkface.safetensors"
"""The model that comes with the project; its card lies beside it."""
SHIPPED_NAME = "utkface"
NOTICE = (
    "Apparent attributes as they were annotated in the training data: not identity, and not for decisions about people."
)
"""What is said wherever predictions about faces are shown."""
NOTICE_OF_WHOLES = (
    "Answers are guesses in the words of the training data: a picture of anything else gets one of them as well."
)
"""The same of models of whole pictures."""
_MODEL, _STUDY = "model.safetensors", "study.json"


@dataclass(frozen=True)
class ModelChoice:
    """A model that may be picked by its ``key``: ``utkface`` for the one that comes with the project, else ``RUN`` or
    ``STUDY/RUN``. ``title`` is for people, ``path`` its file."""

    key: str
    title: str
    path: Path

    @property
    def study(self) -> str:
        """The study that its run belongs to; empty for a run on its own."""
        return self.key.rpartition("/")[0].removeprefix(".")

    @property
    def shipped(self) -> bool:
        """Whether it comes with the project."""
        return self.key == SHIPPED_NAME

    @property
    def data(self) -> DataConfig | None:
        """The data that it learned from, read from its file; None where that can't be read."""
        return data_of_file(self.path)

    @property
    def domain(self) -> Domain:
        """The kind of pictures that it may be asked about, read from its file."""
        return domain_of_file(self.path)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What it answers, read from its file; none where that can't be read."""
        return tasks_of_file(self.path)


def notice(domains: Iterable[Domain]) -> str:
    """What is said where the answers of models that learned from ``domains`` are shown."""
    kinds = {domain.faces for domain in domains}
    return " ".join([NOTICE] * (True in kinds or not kinds) + [NOTICE_OF_WHOLES] * (False in kinds))


def has_shipped() -> bool:
    """Whether a model comes with this copy of the project."""
    return SHIPPED.is_file()


def key_of(run: str, study: str = "") -> str:
    """The key of a run's model. A run with the name of the model that comes with the project is told apart from it."""
    if study:
        return f"{study}/{run}"
    return f"./{run}" if run == SHIPPED_NAME else run


def choices(runs_dir: Path) -> tuple[ModelChoice, ...]:
    """The models there are: the one that comes with the project, the runs in ``runs_dir`` from the newest on, and those
    of its studies by name. A run without a model, such as one that was copied without its weights, isn't among them."""
    models = [ModelChoice(SHIPPED_NAME, "UTKFace model (comes with the project)", SHIPPED)] if SHIPPED.is_file() else []
    runs = [file for file in runs_dir.glob(f"*/{_MODEL}") if not file.parent.name.startswith(".")]
    for file in sorted(runs, key=lambda file: (-_changed(file), file.parent.name)):
        models.append(ModelChoice(key_of(file.parent.name), file.parent.name, file))
    for file in sorted(runs_dir.glob(f"*/*/{_MODEL}")):
        study, run = file.parent.parent.name, file.parent.name
        if not study.startswith(".") and not run.startswith("."):
            models.append(ModelChoice(key_of(run, study), f"{study} · {run}", file))
    return tuple(models)


def choice(key: str, runs_dir: Path) -> ModelChoice:
    """The model with that key. Raises ``MtlDemoError`` for any that isn't among ``choices``: whatever a browser says
    never becomes a path."""
    for one in choices(runs_dir):
        if one.key == key:
            return one
    raise MtlDemoError(f"There is no model {key[:100]!r}; choose one of those that are listed.")


def model_file(name: str, runs_dir: Path) -> tuple[Path, str]:
    """The file of the model called ``name`` and a short name for it.

    ``name`` is a file, a run's folder, a run in ``runs_dir`` (or ``study/run``), or empty or ``utkface`` for the model
    that comes with the project. Raises ``MtlDemoError`` where there is none.
    """
    if name in ("", SHIPPED_NAME):
        if SHIPPED.is_file():
            return SHIPPED, SHIPPED_NAME
        if not name:
            raise MtlDemoError("No model comes with this copy of the project; name a run or a file with --model.")
    path = as_path(name)
    for folder in (path, runs_dir / path):
        if _is_file(folder / _MODEL):
            return folder / _MODEL, folder.resolve().name
    if _is_file(path):
        return path, path.parent.resolve().name if path.name == _MODEL else path.stem
    for folder in (path, runs_dir / path):
        if _is_file(folder / _STUDY):
            raise MtlDemoError(f"{folder} is a study; choose one of its runs: {_runs_of(folder, name)}.")
        if os.path.isdir(folder):  # noqa: PTH112 - as for ``_is_file``
            raise MtlDemoError(f"{folder} has no {_MODEL}; has this run finished an epoch?")
    raise MtlDemoError(f"There is no model {name!r}: neither a file nor a run in {runs_dir}.{_runs(runs_dir)}")


def _is_file(path: Path) -> bool:
    # A name that is too long, or in a folder that may not be looked into, is False here and an error of pathlib's.
    return os.path.isfile(path)  # noqa: PTH113


def _runs(runs_dir: Path) -> str:
    names = sorted(file.parent.name for file in runs_dir.glob(f"*/{_MODEL}"))
    return f" Runs with a model are {', '.join(names[:5])}." if names else ""


def _runs_of(study: Path, name: str) -> str:
    """The first runs that have a model of the study that was called ``name``, as they are to be called."""
    names = sorted(f"{name.rstrip('/')}/{file.parent.name}" for file in study.glob(f"*/{_MODEL}"))
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more if names else "none of them has finished an epoch yet"


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:  # a run that is thrown away at this moment
        return 0.0
