"""Data sets to pick without typing: what was added, what a browser sent, and what lies in the data folder."""

import filecmp
import itertools
import os
import shutil
from pathlib import Path
from typing import IO

from mtldemo.config import DataConfig
from mtldemo.data import cache, picture_files
from mtldemo.data.labels.tabular import ENDINGS
from mtldemo.data.loading import open_labelled
from mtldemo.data.source import ARCHIVES, SHAPES, SYNTHETIC, Source
from mtldemo.errors import MtlDemoError, readable

LISTS = ("train", "labels", "metadata", "annotations")
"""What lists of pictures are called, where a folder is found by itself; a folder that is named is looked at."""


def known_sources() -> list[str]:
    """What can be picked without typing: ``synthetic``, ``shapes``, what was added, and archives and folders with a
    list of their pictures below ``MTLDEMO_DATA``."""
    added = cache.read_values(_added_file(), [])
    known = [SYNTHETIC, SHAPES, *(path for path in added if isinstance(path, str) and Path(path).exists())]
    root = Path(os.environ.get("MTLDEMO_DATA", "../shared/data"))
    if root.is_dir():
        sources = [path for ending in ARCHIVES for path in root.glob(f"**/*{ending}")]
        sources += [path for path in root.glob("*") if path.is_dir() and _has_list(path)]
        known += [str(path.resolve()) for path in sorted(sources)]
    return list(dict.fromkeys(known))


def _has_list(folder: Path) -> bool:
    """Whether a list of pictures lies in ``folder``, by the names that such lists have."""
    return any(file.stem.lower() in LISTS and file.suffix.lower() in ENDINGS for file in folder.glob("*.*"))


def known_faces() -> str | None:
    """The first of the ``known_sources`` that is UTKFace by its name; None where there is none."""
    return next((source for source in known_sources() if "utkface" in Path(source).name.lower()), None)


def add_source(path: str) -> str:
    """Check that ``path`` holds pictures, remember it for ``known_sources`` and return it as a whole path.

    Raises ``MtlDemoError`` where it isn't.
    """
    if path.strip() in (SYNTHETIC, SHAPES):
        return path.strip()
    whole = str(_checked(path.strip()).path.resolve())
    added = [item for item in cache.read_values(_added_file(), []) if isinstance(item, str) and item != whole]
    cache.write_values(_added_file(), [whole, *added])
    return whole


def add_upload(name: str, content: IO[bytes]) -> str:
    """Keep an archive that a browser sent below the cache, and add it as ``add_source`` does. One that is kept already
    isn't kept twice; another one of the same name stays what it is, and this becomes ``name-2``.

    Raises ``MtlDemoError`` where it holds no pictures; then nothing of it is kept.
    """
    home = cache.cache_dir() / "uploads"
    # Only the last part of the name counts: a browser may send any text.
    plain = readable(Path(name.replace("\\", "/")).name).replace("\\", "_") or "upload"
    with cache.workplace(home) as work:
        with cache.writing(home), (work / plain).open("wb") as out:
            shutil.copyfileobj(content, out, 1 << 20)
        try:
            _checked(str(work / plain))
        except MtlDemoError as error:
            raise MtlDemoError(str(error).replace(str(work / plain), plain)) from error
        with cache.writing(home):
            upload = _moved(work / plain, home)
    return add_source(str(upload))


def _moved(file: Path, home: Path) -> Path:
    """Move ``file`` into ``home``, beside another one of its name; where the same content is there, that is it."""
    ending = next((ending for ending in ARCHIVES if file.name.lower().endswith(ending)), "")
    stem = file.name[: len(file.name) - len(ending)]
    for number in itertools.count(1):
        target = home / (file.name if number == 1 else f"{stem}-{number}{file.name[len(stem) :]}")
        try:
            target.open("xb").close()  # nobody else takes this name from here on
        except FileExistsError:
            if target.is_file() and filecmp.cmp(file, target, shallow=False):
                return target
            continue
        return file.replace(target)
    raise AssertionError("unreachable")


def _checked(path: str) -> Source:
    source = open_labelled(DataConfig(source=path)).source
    if next(source.pictures(), None) is None:
        raise MtlDemoError(f"{source.path} holds no pictures ({', '.join(picture_files.EXTENSIONS)}).")
    return source


def _added_file() -> Path:
    return cache.cache_dir() / "added.json"
