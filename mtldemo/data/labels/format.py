"""What a data format is: how it is known, and how it is opened."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from mtldemo.data.labels.choices import TaskChoices
from mtldemo.data.labels.labelled_source import LabelledSource
from mtldemo.data.labels.listing import Listing


@dataclass(frozen=True)
class Place:
    """Where a data set is. ``listing`` is what lies there and ``pictures`` what lies where the pictures are: the same,
    unless a person chose a folder elsewhere. ``file`` is the one manifest that was chosen, by its name in the listing,
    or empty; ``base`` the chosen folder among the pictures, with a ``/`` at its end, or empty; ``title`` what the data
    set is called."""

    listing: Listing
    pictures: Listing
    title: str
    file: str = ""
    base: str = ""

    def files(self, *endings: str) -> list[str]:
        """The files beside the pictures, or the chosen one, that have one of ``endings`` (in lower case)."""
        others = [self.file] if self.file else self.listing.others
        return sorted(name for name in others if name.lower().endswith(endings))


class Format(ABC):
    """A format. ``title`` is what it is called."""

    title: str

    @abstractmethod
    def matches(self, place: Place) -> bool:
        """Whether a data set is in this format; looks at names and at no more than the first lines of a file."""

    @abstractmethod
    def open(self, place: Place, choices: TaskChoices) -> LabelledSource:
        """Its pictures and labels. Raises ``MtlDemoError`` with file and line."""
