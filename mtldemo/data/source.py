"""A source of pictures, a folder or an archive: it lists and reads."""

import hashlib
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mtldemo.data import decode, picture_files
from mtldemo.errors import MtlDemoError, readable

SYNTHETIC, SHAPES = "synthetic", "shapes"
"""What the built-in data sets are called as sources: drawn portraits and drawn shapes."""
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
"""Endings of archives."""
NO_FILE = "not a regular file, but a folder, a pipe, a socket or a device"


@dataclass(frozen=True)
class Picture:
    """One picture of a source: its name inside it (parts joined by ``/``, ``readable``) and its bytes, or where they
    can be read.

    ``problem`` says in words why there is nothing to read, ``unlabelled`` why it can't be used although it can be read.
    """

    name: str
    data: bytes | None = None
    path: Path | None = None
    problem: str = ""
    unlabelled: str = ""

    def read(self) -> bytes:
        """The file's bytes. Raises ``decode.UnreadableError`` with the reason in words."""
        if self.problem:
            raise decode.UnreadableError(self.problem)
        if self.data is not None:
            return self.data
        assert self.path is not None
        try:
            status = self.path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise decode.UnreadableError(NO_FILE)
            if status.st_size > decode.MAX_BYTES:
                raise decode.UnreadableError(too_large(status.st_size))
            return self.path.read_bytes()
        except OSError as error:
            raise decode.UnreadableError(f"the file can't be opened ({error.strerror or error})") from error


class Source(ABC):
    """Pictures: files in, bytes out. What they show is known to ``Labels``.

    ``near_duplicates`` says whether looking for nearly identical pictures makes sense. After ``pictures`` ran through,
    ``ignored`` counts the files that are no pictures, and ``left_out`` has the name of, and the reason for, each thing
    that may hold pictures and wasn't read; neither is a part of the content. ``note`` says in a sentence what was
    chosen in reading it, or is empty.
    """

    def __init__(self, path: Path, name: str, *, near_duplicates: bool = True) -> None:
        self.path = path
        self.name = name
        self.near_duplicates = near_duplicates
        self.ignored = 0
        self.left_out: list[tuple[str, str]] = []
        self.note = ""

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
    """Pictures at any depth below a folder. Links are followed; each folder is read once, whatever links lead to it.

    ``archives`` are the archives in it (name and path), which are not read.
    """

    def __init__(self, path: Path, name: str, *, near_duplicates: bool = True) -> None:
        super().__init__(path, name, near_duplicates=near_duplicates)
        self._files: list[tuple[str, Path, os.stat_result | None]] = []
        self.archives: list[tuple[str, Path]] = []
        try:
            self._scan(path)
        except OSError as error:
            raise MtlDemoError(f"The folder {path} can't be read ({error.strerror}).") from error
        self._files.sort(key=lambda item: item[0])
        if self._files:
            self.left_out += [
                (name, "an archive beside pictures is not read; choose it alone") for name, _ in self.archives
            ]

    def _scan(self, path: Path) -> None:
        outer, read = {folder_identity(parent) for parent in path.resolve().parents}, set[tuple[int, int]]()
        folders, links = [("", path)], list[tuple[str, Path]]()
        while folders or links:
            # Links come last, so that a folder which is there and linked to, too, goes by its own name.
            links.sort(reverse=True)
            prefix, folder = (folders or links).pop()
            try:
                mark = folder_identity(folder)
                if mark in outer:
                    self.left_out.append((prefix, "a link to a folder that this one lies in is not followed"))
                elif mark not in read:
                    read.add(mark)
                    self._list(folder, prefix, folders, links)
            except OSError as error:
                if folder == path:
                    raise
                self.left_out.append((prefix, f"the folder can't be opened ({error.strerror or error})"))

    def _list(self, folder: Path, prefix: str, folders: list[tuple[str, Path]], links: list[tuple[str, Path]]) -> None:
        with os.scandir(folder) as entries:
            for entry in entries:
                name, path = prefix + readable(entry.name), Path(entry.path)
                if picture_files.is_folder(entry):
                    if not picture_files.is_hidden(entry.name):
                        (links if entry.is_symlink() else folders).append((name + "/", path))
                elif picture_files.is_picture(name):
                    try:
                        self._files.append((name, path, entry.stat()))
                    except OSError:
                        self._files.append((name, path, None))
                else:
                    self.ignored += 1
                    if picture_files.is_hidden(entry.name):
                        continue
                    if name.lower().endswith(ARCHIVES):
                        self.archives.append((name, path))
                    elif entry.is_symlink() and not path.exists():
                        self.left_out.append((name, "a link to something that isn't there"))
                    elif reason := picture_files.unread(name):
                        self.left_out.append((name, reason))

    def __len__(self) -> int:
        return len(self._files)

    def fingerprint(self) -> str:
        mark = hashlib.sha256(f"folder:{self.path.resolve()}:{self.near_duplicates}\n".encode(errors="replace"))
        for name, _, status in self._files:
            version = (status.st_size, status.st_mtime_ns) if status else None
            mark.update(f"{name}\0{version}\n".encode())
        for name, reason in self.left_out:
            mark.update(f"{name}\0{reason}\n".encode())
        return mark.hexdigest()

    def pictures(self) -> Iterator[Picture]:
        for name, path, _ in self._files:
            yield Picture(name, path=path)

    def expected(self, read: int) -> int:
        return len(self._files)


def folder_identity(folder: Path) -> tuple[int, int]:
    """What tells a folder from all others, by whatever link it is reached: its device and number there. Raises
    ``OSError`` where it can't be looked at."""
    status = folder.stat()
    return status.st_dev, status.st_ino


def too_large(size: int) -> str:
    """The reason for leaving out a file of ``size`` bytes."""
    return f"the file has {size / 2**20:.0f} MB; at most {decode.MAX_BYTES / 2**20:.0f} MB are read"
