"""What is worth knowing of a picture beside its answers: codes that each face of the program words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """What a note is about.

    ``NO_FACE``: the detector found none. ``DECODED``: what was done to read the picture. ``LAPSED``: a model's
    calibration isn't of its weights. ``DETECTOR``: another detector stood in. ``ORIGIN``: where the picture is from.
    """

    NO_FACE = "no_face"
    DECODED = "decoded"
    LAPSED = "lapsed"
    DETECTOR = "detector"
    ORIGIN = "origin"


@dataclass(frozen=True)
class Note:
    """A ``code`` and, where it is the same for every face of the program, its ``sentence``."""

    code: Code
    sentence: str = ""


NO_FACE = Note(Code.NO_FACE)

Words = Mapping[Code, str]
"""The sentences of codes that have none of their own, as one face of the program words them: a remedy on the command
line is an option, on a page a button."""
PLAIN: Words = {Code.NO_FACE: "No face was found."}


def sentences(notes: Iterable[Note], words: Words = PLAIN) -> list[str]:
    """Each note in one sentence, in their order; ``words`` for those without one of their own."""
    return [note.sentence or words[note.code] for note in notes]
