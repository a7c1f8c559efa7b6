"""What lies below a folder, or in an archive: pictures by their names, and the files that may say what they show."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path

import pyarrow

from mtldemo.data import picture_files
from mtldemo.data.labels.listed_source import ListedSource
from mtldemo.data.source import Source
from mtldemo.errors import MtlDemoError, readable

LARGEST_MANIFEST = 2**31
_ENDINGS = tuple({ending for lower in picture_files.EXTENSIONS for ending in (lower, lower.upper())})


class Listing(ABC):
    """``pictures`` are names of pictures (parts joined by ``/``), in no order, ``others`` those of all other files.
    ``left_out`` has the name of, and the reason for, what may hold pictures and isn't read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pictures: list[str] = []
        self.others: list[str] = []
        self.left_out: list[tuple[str, str]] = []
        self._array: pyarrow.Array | None = None

    @property
    def array(self) -> pyarrow.Array:
        """``pictures`` as a column."""
        if self._array is None:
            self._array = pyarrow.array(self.pictures, pyarrow.string())
        return self._array

    @abstractmethod
    def read(self, name: str, most: int = LARGEST_MANIFEST) -> bytes:
        """The bytes of one of the ``others``, at most so many. Raises ``MtlDemoError``."""

    @abstractmethod
    def source(self, chosen: Iterable[str], title: str) -> Source:
        """The source of the ``chosen`` pictures."""


class FolderListing(Listing):
    """A folder, each one below it read once with ``os.scandir``, without a look at any file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._unreadable: dict[str, str] = {}
        try:
            self._scan()
        except OSError as error:
            raise MtlDemoError(f"The folder {path} can't be read ({error.strerror}).") from error

    def _scan(self) -> None:
        outer = {_identity(parent) for parent in self.path.resolve().parents}
        read = set[tuple[int, int]]()
        folders, links = [("", str(self.path))], list[tuple[str, str]]()
        while folders or links:
            links.sort(reverse=True)
            prefix, folder = (folders or links).pop()
            try:
                mark = _identity(Path(folder))
                if mark in outer:
                    self.left_out.append((prefix, "a link to a folder that this one lies in is not followed"))
                elif mark not in read:
                    read.add(mark)
                    self._list(folder, prefix, folders, links)
            except OSError as error:
                if not prefix:
                    raise
                self.left_out.append((prefix, f"the folder can't be opened ({error.strerror or error})"))

    def _list(self, folder: str, prefix: str, folders: list[tuple[str, str]], links: list[tuple[str, str]]) -> None:
        found, rest = list[str](), list[os.DirEntry[str]]()
        with os.scandir(folder) as entries:
            # Most are pictures: whatever is done for each of them counts, so odd names are looked for in all at once.
            for entry in entries:
                if entry.name.endswith(_ENDINGS) and not entry.is_dir():
                    found.append(entry.name)
                else:
                    rest.append(entry)
        if "\n." in "\n" + "\n".join(found):
            found = [name for name in found if not name.startswith(".")]
        if not "".join(found).isprintable():
            found = [self._shown(prefix, folder, name) for name in found]
        self.pictures += [prefix + name for name in found] if prefix else found
        for entry in rest:
            if entry.name.startswith(".") or entry.name == "__MACOSX":
                continue
            name = self._shown(prefix, folder, entry.name)
            if entry.is_dir():
                (links if entry.is_symlink() else folders).append((f"{prefix}{name}/", entry.path))
            else:
                (self.pictures if picture_files.is_picture(name) else self.others).append(prefix + name)

    def _shown(self, prefix: str, folder: str, name: str) -> str:
        """A name as it can be shown; where that is another one the path is kept."""
        shown = readable(name)
        if shown != name:
            self._unreadable[prefix + shown] = f"{folder}/{name}"
        return shown

    def path_of(self, name: str) -> Path:
        """Where a file is."""
        return Path(self._unreadable.get(name) or self.path / name)

    def read(self, name: str, most: int = LARGEST_MANIFEST) -> bytes:
        try:
            if self.path_of(name).stat().st_size > LARGEST_MANIFEST:
                raise MtlDemoError(f"{name} is larger than {LARGEST_MANIFEST / 2**30:.0f} GB; divide it.")
            with self.path_of(name).open("rb") as file:
                return file.read(most)
        except OSError as error:
            raise MtlDemoError(f"{self.path / name} can't be read ({error.strerror or error}).") from error

    def source(self, chosen: Iterable[str], title: str) -> Source:
        return ListedSource(self.path, title, list(chosen), self._unreadable, self.left_out)


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino
