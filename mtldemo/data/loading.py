"""The one way from a data config to a data set."""

import contextlib
import dataclasses
import hashlib
import json
import shutil
from pathlib import Path

from mtldemo import __version__
from mtldemo.config import DataConfig, SyntheticConfig
from mtldemo.data import cache, dataset, prepare
from mtldemo.data.drawn import shapes
from mtldemo.data.labels.base import FACES, WHOLE
from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.data.labels.recognise import recognise
from mtldemo.data.labels.utkface import UtkfaceNames
from mtldemo.data.open_path import open_path
from mtldemo.data.source import SHAPES, SYNTHETIC, FolderSource
from mtldemo.errors import MtlDemoError
from mtldemo.paths import as_path
from mtldemo.progress import Progress, no_progress
from mtldemo.tasks import UTKFACE, TaskSet

is_drawn = cache.IsWhole("truth.csv")


def load(config: DataConfig, *, progress: Progress = no_progress) -> dataset.Dataset:
    """Scan, prepare (or find prepared) and split the data set that ``config`` names.

    Raises ``MtlDemoError``, in one sentence, for a source that can't be read or a cache that can't be written.
    """
    labelled = open_labelled(config, progress)
    source, labels = labelled.source, labelled.labels
    folder = _used(prepare.prepare(source, labels, config.image_size, progress))
    try:
        made = dataset.read(folder, config, source.name, prepare.of_source(source, labels))
        return dataclasses.replace(made, pictures=labelled.pictures)
    except dataset.DamagedError:
        # Something outside has harmed the cache; the source still has everything.
        shutil.rmtree(folder, ignore_errors=True)
        folder = _used(prepare.prepare(source, labels, config.image_size, progress))
        made = dataset.read(folder, config, source.name, prepare.of_source(source, labels))
        return dataclasses.replace(made, remade=True, pictures=labelled.pictures)


def open_labelled(config: DataConfig, progress: Progress = no_progress) -> LabelledSource:
    """The pictures that ``config`` names, and their labels; drawn portraits are drawn first if need be.

    Raises ``MtlDemoError`` where there is no such data set, or it can't be read.
    """
    if config.source == SYNTHETIC:
        # Drawn portraits look alike by nature, so only identical files are grouped.
        drawn = FolderSource(_drawn(config.synthetic, progress), SYNTHETIC, near_duplicates=False)
        return LabelledSource(drawn, UtkfaceNames(), pictures=FACES)
    if config.source == SHAPES:
        return dataclasses.replace(shapes.source(progress), pictures=WHOLE)
    return _recognised(config)


def _recognised(config: DataConfig) -> LabelledSource:
    """The data set in its format or, where it is in none, with labels in its pictures' names, as UTKFace has them."""
    path, choices = as_path(config.source), TaskChoices.from_dict(config.labels)
    try:
        labelled = recognise(path, choices) if config.source.strip() else None
    except OSError as error:
        raise MtlDemoError(f"The data set {config.source} can't be opened ({error.strerror or error}).") from error
    if labelled is None and choices.of_labels != TaskChoices() and path.exists():
        raise MtlDemoError(
            f"{config.source} has its labels in its pictures' names, as UTKFace has, so there are no "
            "columns to choose about; leave that out."
        )
    return labelled or LabelledSource(open_path(config.source), UtkfaceNames(), pictures=choices.pictures or FACES)


def source_tasks(config: DataConfig) -> TaskSet:
    """The tasks that the data set has labels for; nothing is drawn or prepared for it. Raises as ``open_labelled``."""
    built_in = {SYNTHETIC: UTKFACE, SHAPES: shapes.TASKS}
    return built_in[config.source] if config.source in built_in else open_labelled(config).labels.tasks


def _drawn(config: SyntheticConfig, progress: Progress) -> Path:
    from mtldemo.data import synthetic

    settings = json.dumps(dataclasses.asdict(config), sort_keys=True)
    key = hashlib.sha256(f"{__version__}:{settings}".encode()).hexdigest()[:32]
    home = cache.cache_dir() / "drawn"
    if not is_drawn(home / key):
        with cache.workplace(home) as work:
            with cache.writing(home):
                synthetic.draw(config, work, progress)
            cache.publish(work, home / key, is_drawn)
    return _used(home / key)


def _used(folder: Path) -> Path:
    with contextlib.suppress(OSError):  # a cache that may only be read is used all the same
        cache.mark_used(folder)
    return folder
