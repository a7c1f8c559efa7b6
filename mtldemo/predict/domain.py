"""What a model may be asked about: pictures of the kind that it learned from. Imports no torch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mtldemo.config import DataConfig, RunConfig, from_dict
from mtldemo.data.labels.base import FACES, WHOLE
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import loads
from mtldemo.sentences import listed
from mtldemo.tasks import UTKFACE, Task

PICTURES = "pictures"
"""The key in a model file's metadata that says what it takes of a picture: ``FACES`` or ``WHOLE``."""


@dataclass(frozen=True)
class Domain:
    """A kind of pictures: its ``name`` for programs, and in words ``many`` of them and ``one``. ``faces`` says whether
    a model of such pictures is asked about the faces in a picture, or about the picture as a whole."""

    name: str
    many: str
    one: str
    faces: bool = True

    @property
    def takes(self) -> str:
        """``faces`` or ``whole``, as in a model file's metadata."""
        return FACES if self.faces else WHOLE

    @property
    def item(self) -> str:
        """What one answer is about, in words."""
        return "face" if self.faces else "picture"

    def knows(self, pictures: "Domain") -> bool:
        """Whether ``pictures`` are of the kind that a model of this one learned from. What a person's own pictures show
        isn't known: for a model of whole pictures they count as its kind."""
        return pictures == self or (not self.faces and pictures != DRAWINGS)

    def warning(self, pictures: "Domain", models: str = "This model", *, several: bool = False) -> str:
        """Why the answers of ``models`` that learned from this kind are worthless for ``pictures``; empty where they
        are pictures of this kind."""
        if self.knows(pictures):
            return ""
        say = "they say" if several else "it says"
        return f"{models} learned from {self.many}: what {say} about {pictures.one} means nothing."


DRAWINGS = Domain("drawings", "drawn portraits", "a drawing")
PHOTOGRAPHS = Domain("photographs", "photographs of faces", "a photograph")
"""What a person's own pictures are taken for."""
WHOLE_PICTURES = Domain("pictures", "whole pictures", "a picture", faces=False)
"""Of any data set that isn't one of faces."""


def domain_of(data: DataConfig) -> Domain:
    """The kind of the portraits that ``data`` names: drawn ones for the built-in set, else photographs."""
    return DRAWINGS if data.source == DataConfig.source else PHOTOGRAPHS


def domain_of_model(config: RunConfig, facts: Mapping[str, str] | None = None) -> Domain:
    """The kind of the pictures that a model trained by ``config`` learned from.

    Whether those are faces its file's metadata (``facts``) say, or what a person chose; where neither does, they are
    where its data set has UTKFace's tasks or some of them, in the same meaning.
    """
    declared = (facts or {}).get(PICTURES) or config.data.labels.get(PICTURES, "")
    faces = pictures_of(config.task_set, declared) == FACES
    return domain_of(config.data) if faces else WHOLE_PICTURES


def pictures_of(tasks: Iterable[Task], declared: str = "") -> str:
    """``FACES`` or ``WHOLE``: as ``declared`` and, where it is neither, faces where all ``tasks`` are UTKFace's."""
    if declared in (FACES, WHOLE):
        return declared
    return FACES if _are_of_utkface(tasks) else WHOLE


def _are_of_utkface(tasks: Iterable[Task]) -> bool:
    known = {task.name: task for task in UTKFACE}
    return all(task.name in known and same_question(task, known[task.name]) for task in tasks)


def same_question(task: Task, other: Task) -> bool:
    """Whether answers to two tasks of one name can be compared: the same kind, classes in the same order, and unit."""
    return (task.kind, task.classes, task.unit) == (other.kind, other.classes, other.unit)


def domain_of_file(model_file: Path) -> Domain:
    """The kind of the pictures that the model in a safetensors file learned from, as its metadata says; photographs of
    faces for a file that can't be read, which is said in words when it is loaded."""
    config, facts = _metadata(model_file)
    return domain_of_model(config, facts) if config else PHOTOGRAPHS


def domain_of_run(config: RunConfig, model_file: Path) -> Domain:
    """The kind of the pictures that a run's model learned from, as its file says and, where it can't be read, the run's
    config."""
    return domain_of_model(config, _metadata(model_file)[1])


def data_of_file(model_file: Path) -> DataConfig | None:
    """The data that the model in a safetensors file learned from, as its metadata says; None for a file that can't be
    read, which is said in words when it is loaded."""
    config, _ = _metadata(model_file)
    return config.data if config else None


def tasks_of_file(model_file: Path) -> tuple[Task, ...]:
    """The tasks that the model in a safetensors file answers, as its metadata says; none for a file that can't be
    read."""
    config, _ = _metadata(model_file)
    try:
        return tuple(config.learned_tasks()) if config else ()
    except MtlDemoError:
        return ()


def _metadata(model_file: Path) -> tuple[RunConfig | None, dict[str, str]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(model_file, framework="numpy") as file:
            facts = file.metadata() or {}
            return from_dict(RunConfig, loads(facts["config"], names=True)), facts
    except (SafetensorError, OSError, KeyError, ValueError, MtlDemoError):
        return None, {}


def domain_warnings(domains: Mapping[str, Domain], pictures: Domain = PHOTOGRAPHS) -> list[str]:
    """A sentence for each kind, other than that of the ``pictures``, that some of the models learned from; ``domains``
    are by the models' names, which are told where there are several."""
    if len(domains) < 2:
        return [warning for domain in domains.values() if (warning := domain.warning(pictures))]
    warnings_of_kinds = []
    for domain in dict.fromkeys(domains.values()):
        names = [name for name, one in domains.items() if one == domain]
        warnings_of_kinds.append(domain.warning(pictures, listed(names), several=len(names) > 1))
    return [warning for warning in warnings_of_kinds if warning]
