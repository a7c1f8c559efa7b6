"""What the archives of a folder hold, as one listing: WebDataset comes in shards."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow

from mtldemo.data.labels.archive_listing import ChosenSource, TarListing, ZipListing
from mtldemo.data.labels.listing import LARGEST_MANIFEST, Listing
from mtldemo.data.open_archive import open_archive
from mtldemo.data.parts import PartsSource
from mtldemo.data.source import Source
from mtldemo.data.tar_archive import TarSource


class PartsListing(Listing):
    """The members of ``archives`` (name and path) in the folder ``path``, each behind its archive's name.

    They are read no further where ``enough`` says so of a listing. Raises ``MtlDemoError``.
    """

    def __init__(self, path: Path, archives: Sequence[tuple[str, Path]], enough: Callable[[Listing], bool]) -> None:
        super().__init__(path)
        self._archives = list(archives)
        self._parts: dict[str, tuple[Listing, str]] = {}
        for name, archive in archives:
            source = open_archive(archive)
            part = TarListing(source, enough) if isinstance(source, TarSource) else ZipListing(archive)
            self.pictures.extend(f"{name}/{inner}" for inner in part.pictures)
            self._parts |= {f"{name}/{inner}": (part, inner) for inner in part.others}
            if enough(part):
                break
        self.others = list(self._parts)

    def read(self, name: str, most: int = LARGEST_MANIFEST) -> bytes:
        part, inner = self._parts[name]
        return part.read(inner, most)

    def source(self, chosen: pyarrow.Array, title: str) -> Source:
        return ChosenSource(PartsSource(self.path, title, self._archives), frozenset(chosen.to_pylist()))
