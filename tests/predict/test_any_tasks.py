"""Answers to tasks of any names and kinds: nothing is overwritten, and nothing depends on what they are called."""

import csv
import io

import numpy as np
import pytest

from mtldemo.predict import measure
from mtldemo.predict.answers import ClassAnswer, FaceAnswer, PictureAnswer, RegressionAnswer, digits_of, withheld
from mtldemo.predict.detect import Face
from mtldemo.predict.notes import NO_FACE, Note, NoteCode, note_sentences
from mtldemo.predict.table import columns, csv_text
from mtldemo.tasks import BINARY, REGRESSION, UTKFACE, Task
from mtldemo.tasks.bands import lower_edges

SCORE = Task(name="score", title="Score", kind=REGRESSION, low=-1, high=1, unit="points")
WARM = Task(name="warnings", title="Warnings", kind=BINARY, classes=("no", "yes"), sensitive=True)
LOW = Task(name="score_low", title="Low", kind=REGRESSION, low=0, high=1_000_000)
ANSWERS = {
    "score": RegressionAnswer(-0.123456, (-0.5, 0.25), np.empty(0), "points", digits_of(SCORE)),
    "warnings": ClassAnswer("yes", {"no": 0.25, "yes": 0.75}),
    "score_low": RegressionAnswer(123456.789, None, np.empty(0)),
}
PICTURE = PictureAnswer(
    "a.jpg",
    (FaceAnswer(Face(1, 2, 3, 4, 0.9), {"m": ANSWERS}, ("small",)),),
    (10, 10),
    tasks={"m": (SCORE, WARM, LOW)},
)


def test_tasks_named_as_fixed_members_overwrite_none() -> None:
    (face,) = PICTURE.to_json()["faces"]
    assert (face["box"], face["score"], face["warnings"]) == ([1, 2, 3, 4], 0.9, ["small"])
    assert face["answers"] == {
        "score": {"value": -0.1235, "interval": [-0.5, 0.25]},
        "warnings": {"label": "yes", "p": {"no": 0.25, "yes": 0.75}, "sure": True},
        "score_low": {"value": 123456.79, "interval": None},
    }
    assert set(face) == {"box", "answers", "score", "warnings"}


def test_columns_of_tasks_clash_with_none() -> None:
    names = columns((SCORE, WARM, LOW))
    assert len(set(names)) == len(names)
    (row,) = csv.DictReader(io.StringIO(csv_text([PICTURE], (SCORE, WARM, LOW))))
    assert (row["score"], row["score_"], row["score__low"]) == ("0.9", "-0.1235", "-0.5")
    assert (row["warnings"], row["warnings_"], row["score_low"]) == ("small", "yes", "123456.79")


def test_utkface_has_flat_copies_too() -> None:
    answers = {
        "age": RegressionAnswer(31.26, (25.0, 40.0), np.empty(0)),
        "gender": ClassAnswer("female", {"male": 0.4, "female": 0.6}),
    }
    (face,) = PictureAnswer("a", (FaceAnswer(Face(0, 0, 5, 5), {"m": answers}),), (9, 9)).to_json()["faces"]
    assert (face["age"], face["age_interval"]) == (31.26, [25.0, 40.0])
    assert face["gender"] == face["answers"]["gender"]


@pytest.mark.parametrize(
    ("tasks", "names"), [((SCORE, WARM), {"warnings"}), (UTKFACE, {"ethnicity"}), ((SCORE,), set())]
)
def test_sensitive_answers_are_withheld_unless_asked_for(tasks: tuple[Task, ...], names: set[str]) -> None:
    assert withheld(tasks, sensitive_too=False) == names
    assert not withheld(tasks, sensitive_too=True)


def test_what_is_withheld_is_nowhere() -> None:
    bare = PICTURE.without(frozenset({"warnings"}))
    assert list(bare.faces[0].answers["m"]) == ["score", "score_low"]
    assert bare.tasks == {"m": (SCORE, LOW)}


def test_a_note_is_worded_by_whoever_shows_it() -> None:
    notes = (Note(NoteCode.DECODED, "Only the first frame was read."), NO_FACE)
    assert note_sentences(notes) == ["Only the first frame was read.", "No face was found."]
    assert note_sentences(notes, {NoteCode.NO_FACE: "Press the button."})[1] == "Press the button."


def test_digits_suit_the_range() -> None:
    assert [digits_of(task) for task in (UTKFACE[0], SCORE, LOW)] == [0, 2, 0]


def test_bands_have_names_by_their_numbers() -> None:
    age = UTKFACE[0]
    labels = np.array([5.0, 25.0, 90.0])
    assert measure.band_names(age, lower_edges(age, labels, measure.BANDS), labels)[:3] == ["0-2", "3-9", "10-19"]
    assert measure.band_names(age, lower_edges(age, labels, measure.BANDS), labels)[-1] == "70-116"
    fifths = np.linspace(-1, 1, 11)
    assert measure.band_names(SCORE, lower_edges(SCORE, fifths, measure.BANDS), fifths)[0] == "-1 to -0.6"
