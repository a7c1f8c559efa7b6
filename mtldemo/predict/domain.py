"""What a model may be asked about: pictures of the kind that it learned from. Imports no torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mtldemo.config import DataConfig, RunConfig, from_dict
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import loads
from mtldemo.tasks import Task


@dataclass(frozen=True)
class Domain:
    """A kind of pictures: its ``name`` for programs, and in words ``many`` of them and ``one``."""

    name: str
    many: str
    one: str

    def warning(self, pictures: "Domain", models: str = "This model", *, several: bool = False) -> str:
        """Why the answers of ``models`` that learned from this kind are worthless for ``pictures``; empty where they
        are pictures of this kind."""
        if pictures == self:
            return ""
        say = "they say" if several else "it says"
        return f"{models} learned from {self.many}: what {say} about {pictures.one} means nothing."


DRAWINGS = Domain("drawings", "drawn portraits", "a drawing")
PHOTOGRAPHS = Domain("photographs", "photographs of faces", "a photograph")
"""What a person's own pictures are taken for."""


def domain_of(data: DataConfig) -> Domain:
    """The kind of the pictures that ``data`` names: drawn ones for the built-in set, else photographs."""
    return DRAWINGS if data.source == DataConfig.source else PHOTOGRAPHS


def data_of_file(model_file: Path) -> DataConfig | None:
    """The data that the model in a safetensors file learned from, as its metadata says; None for a file that can't be
    read, which is said in words when it is loaded."""
    config = _config_of_file(model_file)
    return config.data if config else None


def tasks_of_file(model_file: Path) -> tuple[Task, ...]:
    """The tasks that the model in a safetensors file answers, as its metadata says; none for a file that can't be
    read."""
    config = _config_of_file(model_file)
    try:
        return tuple(config.learned_tasks()) if config else ()
    except MtlDemoError:
        return ()


def _config_of_file(model_file: Path) -> RunConfig | None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(model_file, framework="numpy") as file:
            return from_dict(RunConfig, loads((file.metadata() or {})["config"], names=True))
    except (SafetensorError, OSError, KeyError, ValueError, MtlDemoError):
        return None


def warnings(domains: Mapping[str, Domain], pictures: Domain = PHOTOGRAPHS) -> list[str]:
    """A sentence for each kind, other than that of the ``pictures``, that some of the models learned from; ``domains``
    are by the models' names, which are told where there are several."""
    if len(domains) < 2:
        return [told for domain in domains.values() if (told := domain.warning(pictures))]
    found = []
    for domain in dict.fromkeys(domains.values()):
        names = [name for name, one in domains.items() if one == domain]
        listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
        found.append(domain.warning(pictures, listed, several=len(names) > 1))
    return [told for told in found if told]
