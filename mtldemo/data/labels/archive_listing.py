"""What an archive holds, and its pictures as a source."""

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow

from mtldemo.data import picture_files
from mtldemo.data.archive import DAMAGE, safe_name
from mtldemo.data.labels.listing import LARGEST_MANIFEST, Listing
from mtldemo.data.labels.tabular import ENDINGS
from mtldemo.data.labels.tasks_toml import FILE_NAME
from mtldemo.data.open_archive import open_archive
from mtldemo.data.source import Picture, Source
from mtldemo.data.tar_archive import TarSource
from mtldemo.errors import MtlDemoError

CLASS = ".cls"
"""What WebDataset calls a file with a class."""
SAMPLE = 1000
"""Pictures after which a stream is looked at."""


class ZipListing(Listing):
    """The members of a ``.zip``, of which its directory alone is read. Raises ``MtlDemoError`` for a damaged one."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._members: dict[str, str] = {}
        try:
            with zipfile.ZipFile(path) as archive:
                for info in archive.infolist():
                    self._add(info)
        except DAMAGE as error:
            raise MtlDemoError(f"The archive {path} is damaged ({error}); get it again.") from error

    def _add(self, info: zipfile.ZipInfo) -> None:
        name = safe_name(info.filename, f"The archive {self.path}")
        if info.is_dir() or picture_files.is_hidden(name):
            return
        if picture_files.is_picture(name):
            self.pictures.append(name)
        else:
            self.others.append(name)
            self._members[name] = info.filename

    def read(self, name: str, most: int = LARGEST_MANIFEST) -> bytes:
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(self._members[name]) as file:
                return file.read(most)
        except (*DAMAGE, RuntimeError) as error:
            raise MtlDemoError(f"{name} in {self.path} can't be read ({error}).") from error

    def source(self, chosen: pyarrow.Array, title: str) -> Source:
        return ChosenSource(open_archive(self.path), frozenset(chosen.to_pylist()))


class TarListing(Listing):
    """The members of a ``.tar`` or ``.tar.gz``, which is read from front to back for it: its tables are kept.

    It is read no further where ``enough`` says so of the pictures, each ``SAMPLE`` of them. Raises ``MtlDemoError``.
    """

    def __init__(self, source: TarSource, enough: Callable[[Listing], bool]) -> None:
        super().__init__(source.path)
        self._source = source
        self._tables: dict[str, bytes] = {}
        left = LARGEST_MANIFEST
        for archive, member, name in source.members():
            if picture_files.is_hidden(name):
                continue
            if picture_files.is_picture(name):
                self.pictures.append(name)
                if len(self.pictures) % SAMPLE == 0 and enough(self):
                    break
                continue
            self.others.append(name)
            if member.isreg() and name.lower().endswith((*ENDINGS, FILE_NAME, CLASS)) and member.size <= left:
                left -= member.size
                file = archive.extractfile(member)
                self._tables[name] = file.read() if file is not None else b""

    def read(self, name: str, most: int = LARGEST_MANIFEST) -> bytes:
        if name not in self._tables:
            raise MtlDemoError(f"{name} in {self.path} is too large, or no file; unpack the archive.")
        return self._tables[name][:most]

    def source(self, chosen: pyarrow.Array, title: str) -> Source:
        return ChosenSource(self._source, frozenset(chosen.to_pylist()))


class ChosenSource(Source):
    """Some pictures of another source, by their names."""

    def __init__(self, source: Source, chosen: frozenset[str]) -> None:
        super().__init__(source.path, source.name, near_duplicates=source.near_duplicates)
        self._source = source
        self._chosen = chosen

    def fingerprint(self) -> str:
        return self._source.fingerprint()

    def pictures(self) -> Iterator[Picture]:
        for picture in self._source.pictures():
            if picture.name in self._chosen:
                yield picture
        self.ignored, self.left_out = self._source.ignored, list(self._source.left_out)

    def expected(self, read: int) -> int:
        return len(self._chosen)
