"""A source of pictures, a folder or an archive: it lists and reads. What was added is remembered in the cache."""

import hashlib
import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mtldemo.data import cache, decode, names
from mtldemo.errors import MtlDemoError
from mtldemo.paths import as_path

SYNTHETIC = "synthetic"


@dataclass(frozen=True)
class Picture:
    """One picture of a source: its name inside it (parts joined by ``/``) and its bytes, or where they can be read.

    ``problem`` says in words why there is nothing to read.
    """

    name: str
    data: bytes | None = None
    path: Path | None = None
    problem: str = ""

    def read(self) -> bytes:
        """The file's bytes. Raises ``decode.UnreadableError`` with the reason in words."""
        if self.problem:
            raise decode.UnreadableError(self.problem)
        if self.data is not None:
            return self.data
        assert self.path is not None
        try:
            size = self.path.stat().st_size
            if size > decode.MAX_BYTES:
                raise decode.UnreadableError(too_large(size))
            return self.path.read_bytes()
        except OSError as error:
            raise decode.UnreadableError(f"the file can't be opened ({error.strerror or error})") from error


class Source(ABC):
    """Pictures with labels in their names.

    ``near_duplicates`` says whether looking for nearly identical pictures makes sense; ``ignored`` counts, after
    ``pictures`` ran through, the files that are no pictures.
    """

    def __init__(self, path: Path, name: str, *, near_duplicates: bool = True) -> None:
        self.path = path
        self.name = name
        self.near_duplicates = near_duplicates
        self.ignored = 0

    @abstractmethod
    def fingerprint(self) -> str:
        """A cheap mark [64 hex digits], from sizes and times, that changes when the source may have changed."""

    @abstractmethod
    def pictures(self) -> Iterator[Picture]:
        """Every file that is taken for a picture. Raises ``MtlDemoError`` for a source that can't be read."""

    @abstractmethod
    def expected(self, read: int) -> int:
        """How many pictures there will be, as far as is known after ``read`` of them."""


class FolderSource(Source):
    """Pictures at any depth below a folder. Links to files are followed, links to folders are not."""

    def __init__(self, path: Path, name: str, *, near_duplicates: bool = True) -> None:
        super().__init__(path, name, near_duplicates=near_duplicates)
        self._files: list[tuple[str, os.stat_result | None]] = []
        self.ignored = 0
        self._archives: list[str] = []
        try:
            self._walk(path, "")
        except OSError as error:
            raise MtlDemoError(f"The folder {error.filename or path} can't be read ({error.strerror}).") from error
        self._files.sort(key=lambda item: item[0])
        if not self._files:
            hint = f"; it holds {self._archives[0]}: choose that file instead" if self._archives else ""
            raise MtlDemoError(f"The folder {path} holds no pictures ({', '.join(names.EXTENSIONS)}){hint}.")

    def _walk(self, folder: Path, prefix: str) -> None:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = prefix + entry.name
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith(".") and entry.name != "__MACOSX":
                        self._walk(Path(entry.path), name + "/")
                elif names.is_picture(name):
                    try:
                        self._files.append((name, entry.stat()))
                    except OSError:
                        self._files.append((name, None))
                else:
                    self.ignored += 1
                    if name.lower().endswith((".zip", ".tar", ".tar.gz", ".tgz")):
                        self._archives.append(name)

    def fingerprint(self) -> str:
        mark = hashlib.sha256(f"folder:{self.path.resolve()}:{self.near_duplicates}\n".encode(errors="replace"))
        for name, stat in self._files:
            told = (stat.st_size, stat.st_mtime_ns) if stat else None
            mark.update(f"{name}\0{told}\n".encode(errors="replace"))
        return mark.hexdigest()

    def pictures(self) -> Iterator[Picture]:
        for name, _ in self._files:
            yield Picture(name, path=self.path / name)

    def expected(self, read: int) -> int:
        return len(self._files)


def too_large(size: int) -> str:
    """The reason for leaving out a file of ``size`` bytes."""
    return f"the file has {size / 2**20:.0f} MB; at most {decode.MAX_BYTES / 2**20:.0f} MB are read"


def open_path(source: str) -> Source:
    """The source at a path: a folder or an archive. Raises ``MtlDemoError`` where there is none."""
    from mtldemo.data.archive import open_archive

    if not source.strip():
        raise MtlDemoError("No data set is named; name a folder, a .zip, .tar or .tar.gz, or 'synthetic'.")
    path = as_path(source)
    try:
        if path.is_dir():
            return FolderSource(path, path.resolve().name or "pictures")
        if path.is_file():
            return open_archive(path)
    except (OSError, ValueError) as error:
        raise MtlDemoError(f"The data set {source} can't be opened ({error}).") from error
    raise MtlDemoError(
        f"There is no data set at {source}; name a folder, a .zip, .tar or .tar.gz file, "
        "or 'synthetic' for the drawn portraits."
    )


def known_sources() -> list[str]:
    """What can be picked without typing: ``synthetic``, what was added, and archives below ``MTLDEMO_DATA``."""
    added = cache.read_json(_added_file(), [])
    known = [SYNTHETIC, *(path for path in added if isinstance(path, str) and Path(path).exists())]
    place = Path(os.environ.get("MTLDEMO_DATA", "../shared/data"))
    if place.is_dir():
        found = [path for pattern in ("*.zip", "*.tar", "*.tar.gz", "*.tgz") for path in place.glob(f"**/{pattern}")]
        known += [str(path.resolve()) for path in sorted(found)]
    return list(dict.fromkeys(known))


def known_faces() -> str | None:
    """The first of the ``known_sources`` that is UTKFace by its name; None where there is none."""
    return next((source for source in known_sources() if "utkface" in Path(source).name.lower()), None)


def add_source(path: str) -> str:
    """Check that ``path`` holds pictures, remember it for ``known_sources`` and return it as a whole path.

    Raises ``MtlDemoError`` where it isn't.
    """
    if path.strip() == SYNTHETIC:
        return SYNTHETIC
    whole = str(_checked(path.strip()).path.resolve())
    added = [item for item in cache.read_json(_added_file(), []) if isinstance(item, str) and item != whole]
    cache.write_json(_added_file(), [whole, *added])
    return whole


def add_upload(name: str, content: IO[bytes]) -> str:
    """Keep an archive that a browser sent below the cache, in place of an older one of that name, and add it as
    ``add_source`` does. Raises ``MtlDemoError`` where it holds no pictures; then nothing of it is kept."""
    home = cache.cache_dir() / "uploads"
    # Only the last part of the name counts: a browser may send any text.
    plain = Path(name.replace("\\", "/")).name or "upload"
    with cache.workplace(home) as work:
        with cache.in_words(home), (work / plain).open("wb") as out:
            shutil.copyfileobj(content, out, 1 << 20)
        try:
            _checked(str(work / plain))
        except MtlDemoError as error:
            raise MtlDemoError(str(error).replace(str(work / plain), plain)) from error
        with cache.in_words(home):
            (work / plain).replace(home / plain)
    return add_source(str(home / plain))


def _checked(path: str) -> Source:
    source = open_path(path)
    if next(source.pictures(), None) is None:
        raise MtlDemoError(f"{source.path} holds no pictures ({', '.join(names.EXTENSIONS)}).")
    return source


def _added_file() -> Path:
    return cache.cache_dir() / "added.json"
