"""Several archives as one data set."""

import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path

from mtldemo.data.open_archive import open_archive
from mtldemo.data.source import Picture, Source


class PartsSource(Source):
    """All archives of a folder that holds no pictures itself, one after the other: UTKFace's original release is three.

    Raises ``MtlDemoError`` where one of them is none.
    """

    def __init__(self, path: Path, name: str, archives: list[tuple[str, Path]]) -> None:
        super().__init__(path, name)
        self._parts = [(name, open_archive(archive)) for name, archive in archives]
        self._sizes = [archive.stat().st_size for _, archive in archives]
        self._at = self._before = 0
        listed = ", ".join(name for name, _ in archives[:4]) + (", ..." if len(archives) > 4 else "")
        self.note = f"{len(archives)} archives are read as one data set: {listed}."

    def fingerprint(self) -> str:
        mark = hashlib.sha256(f"parts:{self.path.resolve()}\n".encode(errors="replace"))
        for name, part in self._parts:
            mark.update(f"{name}\0{part.fingerprint()}\n".encode())
        return mark.hexdigest()

    def pictures(self) -> Iterator[Picture]:
        self.ignored, self.left_out = 0, []
        read = 0
        for number, (name, part) in enumerate(self._parts):
            self._at, self._before = number, read
            for picture in part.pictures():
                read += 1
                yield dataclasses.replace(picture, name=f"{name}/{picture.name}")
            self.ignored += part.ignored
            self.left_out += [(f"{name}/{inner}", reason) for inner, reason in part.left_out]

    def expected(self, read: int) -> int:
        now = max(read - self._before, 1)
        share = now / max(self._parts[self._at][1].expected(now), now)
        done = sum(self._sizes[: self._at]) + share * self._sizes[self._at]
        return max(read, round(read * sum(self._sizes) / max(done, 1)))
