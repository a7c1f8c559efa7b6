import numpy as np
import pytest
from PIL import Image, ImageColor

from mtldemo.predict.answers import Answers, ClassAnswer, FaceAnswer, PictureAnswer, RegressionAnswer, self_explanatory
from mtldemo.predict.detect import Face
from mtldemo.predict.drawing import LINE, PAPER, annotated, answer_lines
from mtldemo.tasks import BINARY, REGRESSION, UTKFACE, Task

ANSWERS = {
    "age": RegressionAnswer(34.4, (28.2, 40.9), np.empty(0), "years"),
    "gender": ClassAnswer("female", {"male": 0.03, "female": 0.97}),
    "ethnicity": ClassAnswer("Asian", {"White": 0.4, "Asian": 0.6}, threshold=0.8),
}


def picture(*faces: Face) -> PictureAnswer:
    return PictureAnswer("it", tuple(FaceAnswer(face, {"m": ANSWERS}) for face in faces), (300, 200))


@pytest.fixture
def grey() -> np.ndarray:
    """uint8 [200, 300, 3]."""
    return np.full((200, 300, 3), 128, np.uint8)


def pixel(image: Image.Image, x: int, y: int) -> str:
    return "#" + image.convert("RGB").crop((x, y, x + 1, y + 1)).tobytes().hex().upper()


def test_boxes_are_where_the_faces_are(grey: np.ndarray) -> None:
    image = annotated(grey, picture(Face(100, 60, 80, 90)))
    assert image.size == (300, 200)
    assert pixel(image, 140, 60) == pixel(image, 100, 100) == pixel(image, 180, 120) == LINE
    assert pixel(image, 140, 57) in (PAPER, "#808080")
    assert pixel(image, 140, 100) == "#808080"
    assert (grey == 128).all()


def test_a_large_picture_is_shown_smaller(grey: np.ndarray) -> None:
    image = annotated(np.tile(grey, (4, 4, 1)), picture(Face(400, 240, 320, 360)), longest=300)
    assert image.size == (300, 200)
    assert pixel(image, 140, 60) == LINE


def test_labels_stay_inside(grey: np.ndarray) -> None:
    for face in (Face(-5, -5, 60, 60), Face(250, 150, 70, 70), Face(0, 0, 300, 200)):
        plain = annotated(grey, picture(face))
        told = annotated(grey, picture(face), words=True)
        assert told.size == plain.size
        changed = np.asarray(told) != np.asarray(plain)
        assert changed.any()
        # The number's paper is as wide as it would be in the middle of the picture.
        blue = (np.asarray(plain) == ImageColor.getrgb(LINE)).all(axis=2)
        assert blue.sum() > 100


def test_without_faces_nothing_is_drawn(grey: np.ndarray) -> None:
    assert (np.asarray(annotated(grey, picture(), words=True)) == 128).all()


def test_a_tiny_picture_can_be_drawn_on() -> None:
    image = annotated(np.zeros((8, 8, 3), np.uint8), picture(Face(1, 1, 5, 5)), words=True)
    assert image.size == (8, 8)


def test_answers_answer_lines() -> None:
    assert answer_lines(ANSWERS) == ["34 years (28 to 41)", "female 97 %", "Asian? 60 %"]
    assert answer_lines({"age": RegressionAnswer(7.6, None, np.empty(0), "years")}) == ["8 years"]


def test_an_answer_that_says_nothing_alone_bears_its_title() -> None:
    tasks = (
        Task("kind", "Kind", BINARY, classes=("rose", "daisy")),
        Task("open", "Open", BINARY, classes=("no", "yes")),
        Task("mark", "Mark", BINARY, classes=("0", "1")),
        Task("first", "First", BINARY, classes=("red", "white")),
        Task("second", "Second", BINARY, classes=("white", "pink")),
        Task("price", "Price", REGRESSION, low=0, high=9, unit="EUR"),
        Task("size", "Size", REGRESSION, low=0, high=9, unit="cm"),
        Task("width", "Width", REGRESSION, low=0, high=9, unit="cm"),
    )
    assert [task.name for task in tasks if self_explanatory(task, tasks)] == ["kind", "price"]
    assert all(self_explanatory(task, UTKFACE) for task in UTKFACE)
    answers: Answers = {
        "kind": ClassAnswer("rose", {"rose": 1.0}),
        "open": ClassAnswer("yes", {"yes": 0.97}, threshold=0.98),
    }
    assert answer_lines(answers, tasks) == ["rose 100 %", "Open: yes? 97 %"]


def test_a_small_picture_is_made_larger_before_it_is_drawn_on() -> None:
    image = annotated(np.full((30, 40, 3), 200, np.uint8), PictureAnswer("a", (), (40, 30)), longest=1280, least=640)
    assert image.size == (640, 480)
