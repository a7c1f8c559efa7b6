"""What an import reads: the files of a folder or a .zip by name, within limits, and no links.

An archive is refused as a whole where a member has an absolute or ``..`` path, or it unpacks to far more than its size.
"""

import os
import re
import stat
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from mtldemo.data.archive import safe_name, unpacks_to_too_much
from mtldemo.errors import MtlDemoError

Location = tuple[str, ...]
MAX_FILES = 50_000
MAX_DEPTH = 5
"""Folders above a file that are looked into: an outer one, a folder of runs, a study, a run."""
MAX_RATIO = 200
"""Unpacked bytes for each packed one. Metrics are repetitive text, which packs to a tenth or less."""


class ImportSource(ABC):
    """Files by location (folders' names and the file's own) with their sizes in bytes. ``name`` is what it is called,
    ``label`` what messages say; ``links`` are the locations of links, which are never followed."""

    def __init__(self, name: str, label: str) -> None:
        self.name = name
        self.label = label
        self.sizes: dict[Location, int] = {}
        self.links: set[Location] = set()

    @abstractmethod
    def open(self, location: Location) -> IO[bytes]:
        """The file's bytes."""

    def _keep(self, location: Location, size: int) -> None:
        if len(self.sizes) >= MAX_FILES:
            raise MtlDemoError(f"{self.label} holds more than {MAX_FILES:,} files; name a run's or study's folder.")
        self.sizes.setdefault(location, size)


class ImportFolder(ImportSource):
    """The files below a folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.resolve().name, str(path))
        self._path = path
        self._walk(path, ())

    def open(self, location: Location) -> IO[bytes]:
        return self._path.joinpath(*location).open("rb")

    def _walk(self, folder: Path, above: Location) -> None:
        with os.scandir(folder) as entries:
            for entry in entries:
                location = (*above, entry.name)
                if entry.is_symlink():
                    self.links.add(location)
                elif entry.is_dir(follow_symlinks=False):
                    if len(location) < MAX_DEPTH and not hidden(entry.name):
                        self._walk(Path(entry.path), location)
                elif entry.is_file(follow_symlinks=False):  # no pipe and no device
                    self._keep(location, entry.stat(follow_symlinks=False).st_size)


class ImportArchive(ImportSource):
    """The members of a .zip; nothing is unpacked before it is asked for."""

    def __init__(self, archive: zipfile.ZipFile, name: str, label: str, packed: int) -> None:
        super().__init__(name, label)
        self._archive = archive
        self._members: dict[Location, zipfile.ZipInfo] = {}
        for info in archive.infolist():
            location = tuple(safe_name(info.filename, label).split("/"))
            if info.is_dir() or any(map(hidden, location[:-1])):
                continue
            if stat.S_ISLNK(info.external_attr >> 16):
                self.links.add(location)
                continue
            if info.flag_bits & 0x1:
                raise MtlDemoError(f"{label} is locked with a password; unpack it and import the folder.")
            self._keep(location, info.file_size)
            self._members.setdefault(location, info)
        unpacked = sum(info.file_size for info in self._members.values())
        if unpacks_to_too_much(unpacked, packed, MAX_RATIO):
            raise MtlDemoError(f"{label} is refused: it unpacks to more than {MAX_RATIO} times its size.")

    def open(self, location: Location) -> IO[bytes]:
        # A member gives no more bytes than its entry says, whatever is packed in it.
        return self._archive.open(self._members[location])


@contextmanager
def opened_source(source: Path | BinaryIO, name: str = "") -> Iterator[ImportSource]:
    """The parcel at a path, or in an open file called ``name``. Raises ``MtlDemoError`` where there is none, or it is
    damaged, also while it is read."""
    label = str(source) if isinstance(source, Path) else name or "The upload"
    with _in_words(label):
        if isinstance(source, Path) and source.is_dir():
            yield ImportFolder(source)
            return
        if isinstance(source, Path) and not source.exists():
            raise MtlDemoError(f"There is no {source}; name the folder of a run or study, or a .zip of such folders.")
        if not zipfile.is_zipfile(source):
            raise MtlDemoError(f"{label} is neither a folder nor a .zip; name a run's or study's folder, or pack one.")
        with zipfile.ZipFile(source) as archive:
            title = re.sub(r"\.zip$", "", Path(label).name, flags=re.IGNORECASE)
            yield ImportArchive(archive, title, label, _size(source))


def hidden(name: str) -> bool:
    """Whether a folder is left aside: the trash of runs, half-made runs, what systems add."""
    return name.startswith(".") or name == "__MACOSX"


def _size(source: Path | BinaryIO) -> int:
    return source.stat().st_size if isinstance(source, Path) else source.seek(0, os.SEEK_END)


@contextmanager
def _in_words(label: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise MtlDemoError(f"{label} is damaged ({error or type(error).__name__}); pack it again.") from error
    except OSError as error:
        raise MtlDemoError(f"{label} can't be read ({error.strerror or error}).") from error
