import numpy as np
import pytest

from mtldemo.predict.answers import ClassAnswer, RegressionAnswer
from mtldemo.predict.detect import Face
from mtldemo.predict.tracking import LONG_MEMORY, MEMORY, Tracker, overlap

STILL = Face(100, 100, 80, 80)
NOTHING = np.empty(0, np.float32)


def value(age: float) -> RegressionAnswer:
    return RegressionAnswer(age, (age - 5, age + 5), NOTHING)


def choice(female: float) -> ClassAnswer:
    p = {"male": 1 - female, "female": female}
    return ClassAnswer(max(p, key=p.__getitem__), p, 0.7)


def test_overlap_by_hand() -> None:
    assert overlap(STILL, STILL) == 1
    assert overlap(Face(0, 0, 10, 10), Face(5, 0, 10, 10)) == pytest.approx(50 / 150)
    assert overlap(Face(0, 0, 10, 10), Face(10, 0, 10, 10)) == 0


def test_two_faces_keep_their_numbers_whatever_the_order() -> None:
    tracker, other = Tracker(), Face(300, 100, 60, 60)
    assert [track.number for track in tracker.update([STILL, other], 0.0)] == [1, 2]
    assert [track.number for track in tracker.update([Face(302, 101, 60, 60), STILL], 0.1)] == [2, 1]
    assert [track.number for track in tracker.update([STILL, Face(500, 300, 60, 60)], 0.2)] == [1, 3]


def test_a_face_is_remembered_for_a_while() -> None:
    tracker = Tracker()
    tracker.update([STILL], 0.0)
    assert tracker.update([], 0.5) == []
    assert tracker.update([STILL], MEMORY)[0].number == 1
    tracker.update([], 1.5 * MEMORY)
    assert tracker.update([STILL], 2.1 * MEMORY)[0].number == 2


def test_a_face_of_the_frame_before_is_remembered_where_frames_come_seldom() -> None:
    tracker = Tracker()
    assert [tracker.update([STILL], time)[0].number for time in (0.0, 3.0, 3.0 + LONG_MEMORY)] == [1, 1, 1]
    assert tracker.update([STILL], 3.1 + 2 * LONG_MEMORY)[0].number == 2


def test_a_trembling_box_becomes_steady_and_a_moving_one_is_followed() -> None:
    generator, tracker = np.random.default_rng(0), Tracker()
    shown = []
    for frame in range(60):
        dx, dy = generator.normal(0, 3, 2)
        shown.append(tracker.update([Face(100 + dx, 100 + dy, 80, 80)], frame / 20)[0].face.x)
    assert np.std(shown[10:]) < 1.8
    moved = [tracker.update([Face(100 + 20 * step, 100, 80, 80)], 3 + step / 20)[0] for step in range(40)]
    assert moved[-1].number == 1
    assert moved[-1].face.x == pytest.approx(100 + 20 * 39, abs=40)


def test_answers_settle_and_fade() -> None:
    tracker, generator = Tracker(), np.random.default_rng(0)
    track = tracker.update([STILL], 0.0)[0]
    ages = []
    for frame in range(100):
        said = track.steadied("m", {"age": value(30 + generator.normal(0, 6))}, frame / 20)
        ages.append(said["age"].value)  # type: ignore[union-attr]
    assert np.std(ages[30:]) < 1.8
    assert np.mean(ages[30:]) == pytest.approx(30, abs=1)
    assert ages[1] == pytest.approx(np.mean([ages[0], 2 * ages[1] - ages[0]]))
    for frame in range(100, 220):
        said = track.steadied("m", {"age": value(50)}, frame / 20)
    assert said["age"].value == pytest.approx(50, abs=1)  # type: ignore[union-attr]
    assert said["age"].interval == pytest.approx((45, 55), abs=1)  # type: ignore[union-attr]


def test_a_label_changes_only_when_the_average_does_and_may_be_unsure() -> None:
    track = Tracker().update([STILL], 0.0)[0]
    for frame in range(20):
        said = track.steadied("m", {"gender": choice(0.9)}, frame / 20)
    one = track.steadied("m", {"gender": choice(0.1)}, 1.0)["gender"]
    assert isinstance(one, ClassAnswer)
    assert (said["gender"].label, one.label) == ("female", "female")  # type: ignore[union-attr]
    assert sum(one.p.values()) == pytest.approx(1)
    last = [track.steadied("m", {"gender": choice(0.5)}, 1 + frame / 20)["gender"] for frame in range(20)][-1]
    assert isinstance(last, ClassAnswer)
    assert not last.sure


def test_models_are_kept_apart() -> None:
    track = Tracker().update([STILL], 0.0)[0]
    track.steadied("a", {"age": value(10)}, 0.0)
    assert track.steadied("b", {"age": value(50)}, 0.0)["age"].value == 50  # type: ignore[union-attr]
    assert set(track.answers) == {"a", "b"}
