import dataclasses
import math

import numpy as np
import pytest

from mtldemo.predict.predictor import RawAnswers
from mtldemo.predict.scoring import Truth, loss
from mtldemo.tasks import UTKFACE

(AGE,), (GENDER,) = UTKFACE.chosen(["age"], {"age": "distribution"}), UTKFACE.chosen(["gender"])


def ages(**shares: float) -> np.ndarray:
    """A distribution over years from shares by year, such as ``y30=0.5``."""
    found = np.zeros((1, 117), np.float32)
    for year, share in shares.items():
        found[0, int(year[1:])] = share
    return found


def known(labels: list[float]) -> Truth:
    return Truth(np.array(labels), np.ones(len(labels), dtype=bool))


def test_classes_are_scored_by_the_log_of_what_came_true() -> None:
    raw = RawAnswers(np.array([0.0, 1.0]), np.array([[0.75, 0.25], [0.5, 0.5]], np.float32))
    assert loss(GENDER, raw, known([0, 0])) == pytest.approx(-(math.log(0.75) + math.log(0.5)) / 2)


def test_no_answer_is_infinitely_wrong_and_missing_labels_are_left_out() -> None:
    raw = RawAnswers(np.array([0.0, 0.0]), np.array([[1.0, 0.0], [1.0, 0.0]], np.float32))
    assert loss(GENDER, raw, Truth(np.array([1, -1]), np.array([True, False]))) == pytest.approx(-math.log(1e-6))
    assert math.isnan(loss(GENDER, raw, Truth(np.array([-1, -1]), np.array([False, False]))))


@pytest.mark.parametrize(
    ("shares", "score"),
    [({"y30": 1.0}, 0.0), ({"y40": 1.0}, 10.0), ({"y20": 1.0}, 10.0), ({"y20": 0.5, "y40": 0.5}, 5.0)],
)
def test_a_distribution_is_scored_in_years(shares: dict[str, float], score: float) -> None:
    raw = RawAnswers(np.array([30.0], np.float32), ages(**shares))
    assert loss(AGE, raw, known([30.0])) == pytest.approx(score)


def test_a_distribution_is_scored_in_the_unit_of_its_task() -> None:
    task = dataclasses.replace(AGE, low=-3.0, high=-3.0 + 14.5)  # bins of an eighth
    raw = RawAnswers(np.array([0.0], np.float32), ages(y40=1.0))
    assert loss(task, raw, known([0.0])) == pytest.approx(2.0)


def test_a_plain_regression_is_scored_by_its_absolute_error() -> None:
    (plain,) = UTKFACE.chosen(["age"])
    raw = RawAnswers(np.array([30.0, 50.0]), np.empty((2, 0), np.float32))
    assert loss(plain, raw, known([33.0, 45.0])) == pytest.approx(4.0)
