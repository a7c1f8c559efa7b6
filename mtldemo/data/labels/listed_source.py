"""The pictures that a manifest names."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import pyarrow

from mtldemo.data.source import Picture, Source


class ListedSource(Source):
    """Pictures of a folder by their ``names``; ``elsewhere`` has the paths of those whose name can't be shown as it
    is."""

    def __init__(
        self,
        path: Path,
        name: str,
        names: pyarrow.Array,
        elsewhere: Mapping[str, str],
        left_out: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(path, name)
        self._names = names
        self._elsewhere = elsewhere
        self.left_out = list(left_out)

    def __len__(self) -> int:
        return len(self._names)

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._names.to_pylist())

    def _path_of(self, name: str) -> str:
        return self._elsewhere.get(name) or f"{self.path}/{name}"

    def fingerprint(self) -> str:
        mark = hashlib.sha256(f"listed:{self.path.resolve()}\n".encode(errors="replace"))
        for name in self._sorted:
            try:
                status = os.stat(self._path_of(name))  # noqa: PTH116 - a Path for each takes twice as long
                mark.update(f"{name}\0{status.st_size}:{status.st_mtime_ns}\n".encode())
            except OSError:
                mark.update(f"{name}\0\n".encode())
        return mark.hexdigest()

    def pictures(self) -> Iterator[Picture]:
        for name in self._sorted:
            yield Picture(name, path=Path(self._path_of(name)))

    def expected(self, read: int) -> int:
        return len(self._names)
