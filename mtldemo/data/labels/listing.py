"""What lies below a folder, or in an archive: pictures by their names, and the files that may say what they show."""

from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path

import pyarrow

from mtldemo.data.labels.arrow import texts
from mtldemo.data.source import Source

LARGEST_MANIFEST = 2**31


class Listing(ABC):
    """``pictures`` are names of pictures (parts joined by ``/``), in no order, ``others`` those of all other files.
    ``left_out`` has the name of, and the reason for, what may hold pictures and isn't read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.others: list[str] = []
        self.left_out: list[tuple[str, str]] = []

    @cached_property
    def pictures(self) -> list[str]:
        return []

    @cached_property
    def array(self) -> pyarrow.Array:
        """``pictures`` as a column."""
        return texts(self.pictures)

    def sample(self, count: int) -> list[str]:
        """About ``count`` of the ``pictures``, from the first to the last."""
        return self.pictures[:: max(1, len(self.pictures) // count)]

    @abstractmethod
    def read(self, name: str, most: int = LARGEST_MANIFEST) -> bytes:
        """The bytes of one of the ``others``, at most so many. Raises ``MtlDemoError``."""

    @abstractmethod
    def source(self, chosen: pyarrow.Array, title: str) -> Source:
        """The source of the ``chosen`` pictures, by their names."""
