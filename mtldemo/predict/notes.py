"""What is worth knowing of a picture beside its answers: codes that each face of the program words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class NoteCode(StrEnum):
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

    code: NoteCode
    sentence: str = ""


NO_FACE = Note(NoteCode.NO_FACE)

NoteSentences = Mapping[NoteCode, str]
"""The sentences of codes that have none of their own, as one face of the program words them: a remedy on the command
line is an option, on a page a button."""
PLAIN_SENTENCES: NoteSentences = {NoteCode.NO_FACE: "No face was found."}


def note_sentences(notes: Iterable[Note], words: NoteSentences = PLAIN_SENTENCES) -> list[str]:
    """Each note in one sentence, in their order; ``words`` for those without one of their own."""
    return [note.sentence or words[note.code] for note in notes]
