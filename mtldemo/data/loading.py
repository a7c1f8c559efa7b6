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
from mtldemo.data.source import SYNTHETIC, FolderSource, Source, open_path
from mtldemo.progress import Progress, no_progress

is_drawn = cache.IsWhole("truth.csv")


def load(config: DataConfig, *, progress: Progress = no_progress) -> dataset.Dataset:
    """Scan, prepare (or find prepared) and split the data set that ``config`` names.

    Raises ``MtlDemoError``, in one sentence, for a source that can't be read or a cache that can't be written.
    """
    source = open_source(config, progress)
    folder = _used(prepare.prepare(source, config.image_size, progress))
    try:
        return dataset.read(folder, config, source.name, prepare.of_source(source))
    except dataset.DamagedError:
        # Something outside has harmed the cache; the source still has everything.
        shutil.rmtree(folder, ignore_errors=True)
        folder = _used(prepare.prepare(source, config.image_size, progress))
        made = dataset.read(folder, config, source.name, prepare.of_source(source))
        return dataclasses.replace(made, remade=True)


def open_source(config: DataConfig, progress: Progress = no_progress) -> Source:
    """The source that ``config`` names; drawn portraits are drawn first if need be."""
    if config.source == SYNTHETIC:
        # Drawn portraits look alike by nature, so only identical files are grouped.
        return FolderSource(_drawn(config.synthetic, progress), SYNTHETIC, near_duplicates=False)
    return open_path(config.source)


def _drawn(config: SyntheticConfig, progress: Progress) -> Path:
    from mtldemo.data import synthetic

    told = json.dumps(dataclasses.asdict(config), sort_keys=True)
    key = hashlib.sha256(f"{__version__}:{told}".encode()).hexdigest()[:32]
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
