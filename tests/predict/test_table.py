import csv
import dataclasses
import io
import json
from collections.abc import Iterator

import numpy as np
import pytest

from mtldemo.predict.answers import ClassAnswer, FaceAnswer, PictureAnswer, RegressionAnswer
from mtldemo.predict.detect import Face
from mtldemo.predict.notes import NO_FACE, Note, NoteCode
from mtldemo.predict.table import columns, csv_parts, csv_text, json_parts, json_text
from mtldemo.tasks import UTKFACE

AGE = RegressionAnswer(31.26, (25.0, 40.04), np.empty(0))
GENDER = ClassAnswer("female", {"male": 0.4, "female": 0.6}, threshold=0.7)


def picture(*models: str) -> PictureAnswer:
    """A face that reaches past the left border."""
    said = {"age": AGE, "gender": GENDER}
    face = FaceAnswer(Face(-3, 10, 43, 50, 0.9), dict.fromkeys(models, said), ("small", "grey"))
    return PictureAnswer("one.jpg", (face,), (100, 80))


def noted_by(*texts: str) -> tuple[Note, ...]:
    return tuple(Note(NoteCode.DECODED, sentence) for sentence in texts)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_for_each_face_and_model() -> None:
    found = read(csv_text([picture("first", "second")], UTKFACE))
    assert [row["model"] for row in found] == ["first", "second"]
    row = found[0]
    assert [row[name] for name in ("image", "face", "x", "y", "w", "h", "score")] == [
        "one.jpg", "1", "0", "10", "40", "50", "0.9",
    ]  # fmt: skip
    assert (row["age"], row["age_low"], row["age_high"]) == ("31.26", "25.0", "40.04")
    assert (row["gender"], row["gender_sure"], row["gender_p_female"]) == ("female", "False", "0.6")
    assert row["warnings"] == "small; grey"
    assert row["ethnicity"] == row["error"] == ""


def test_every_note_is_in_each_row() -> None:
    noted = dataclasses.replace(
        picture("first", "second"), notes=noted_by("Only the first of 3 frames was read.", "More.")
    )
    found = read(csv_text([noted, PictureAnswer("b", notes=(NO_FACE,))], UTKFACE))
    assert [row["notes"] for row in found] == ["Only the first of 3 frames was read. More."] * 2 + [
        "No face was found."
    ]


def test_pictures_without_faces_say_why() -> None:
    found = read(csv_text([PictureAnswer("a", error="a is broken."), PictureAnswer("b", notes=(NO_FACE,))], UTKFACE))
    assert [(row["image"], row["error"], row["face"]) for row in found] == [
        ("a", "a is broken.", ""),
        ("b", "No face was found.", ""),
    ]


def test_columns_are_those_of_the_tasks_once() -> None:
    assert columns(UTKFACE[:1])[-4:] == ["age", "age_low", "age_high", "error"]
    assert columns([*UTKFACE, *UTKFACE]) == columns(UTKFACE)
    assert "ethnicity_p_Others" in columns(UTKFACE)


def test_json_has_an_object_a_picture() -> None:
    told = json.loads(json_text([picture("first"), PictureAnswer("b", error="b is broken.")]))
    assert [item["image"] for item in told] == ["one.jpg", "b"]
    assert told[0]["faces"][0]["age_interval"] == [25.0, 40.04]
    assert told[1]["error"] == "b is broken."


def test_no_pictures_are_an_empty_list_and_a_head() -> None:
    assert json.loads(json_text([])) == []
    assert csv_text([], UTKFACE).startswith("image,face")


def test_an_answer_is_written_before_the_next_one_is_asked_for() -> None:
    asked: list[str] = []

    def answers() -> Iterator[PictureAnswer]:
        for name in "ab":
            asked.append(name)
            yield PictureAnswer(name)

    assert '"a"' in next(json_parts(answers()))
    assert asked == ["a"]
    assert "\na," in next(csv_parts(answers(), UTKFACE))
    assert asked == ["a", "a"]


def test_an_interrupted_list_is_still_one() -> None:
    def answers() -> Iterator[PictureAnswer]:
        yield PictureAnswer("a")
        raise KeyboardInterrupt

    written: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        written.extend(json_parts(answers()))
    assert [item["image"] for item in json.loads("".join(written))] == ["a"]
