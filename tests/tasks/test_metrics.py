"""Metrics against values worked out by hand."""

import math

import numpy as np
import pytest

from mtldemo.tasks import AGE, ETHNICITY, GENDER, REGRESSION, Task
from mtldemo.tasks.metrics import score

TEMPERATURE = Task("temperature", "Temperature", REGRESSION, low=-40, high=40, unit="°C", tolerance=2)


def test_age() -> None:
    result = score(AGE, [20, 35, 60, 7], [25, 30, 40, 7])
    assert result == {"mae": 7.5, "cs5": 0.75}


def test_unlabelled_pictures_are_left_out() -> None:
    assert score(AGE, [20, 99, 99], [23, 0, math.nan], [True, False, False]) == {"mae": 3.0, "cs5": 1.0}
    assert score(GENDER, [1, 0], [1, 0], [True, False])["confusion"] == [[0, 0], [0, 1]]


def test_a_negative_number_is_a_label() -> None:
    assert score(TEMPERATURE, [-20, 0], [-30, -1]) == {"mae": 5.5, "within": 0.5}


def test_gender() -> None:
    # true 0: three right, one wrong; true 1: one right, one wrong
    result = score(GENDER, [0, 0, 0, 1, 1, 0], [0, 0, 0, 0, 1, 1])
    assert result["confusion"] == [[3, 1], [1, 1]]
    assert result["accuracy"] == pytest.approx(4 / 6)
    assert result["balanced_accuracy"] == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert result["macro_f1"] == pytest.approx((6 / 8 + 2 / 4) / 2)


def test_absent_classes() -> None:
    # class 2 is named once but never true; classes 3 and 4 occur nowhere
    result = score(ETHNICITY, [0, 0, 1, 2], [0, 0, 1, 1])
    assert result["balanced_accuracy"] == pytest.approx((1 + 1 / 2) / 2)
    assert result["macro_f1"] == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert np.array(result["confusion"]).shape == (5, 5)


def test_perfect() -> None:
    labels = [0, 1, 2, 3, 4]
    result = score(ETHNICITY, labels, labels)
    assert result["accuracy"] == result["balanced_accuracy"] == result["macro_f1"] == 1.0
    assert result["confusion"] == np.eye(5, dtype=int).tolist()


@pytest.mark.parametrize("count", [0, 2])
def test_no_labelled_picture(count: int) -> None:
    target, none = [0] * count, [False] * count
    assert all(math.isnan(value) for value in score(AGE, [30.0] * count, target, none).values())
    result = score(GENDER, [1] * count, target, none)
    assert result.pop("confusion") == [[0, 0], [0, 0]]
    assert all(math.isnan(value) for value in result.values())


def test_values_are_plain_json() -> None:
    result = score(GENDER, np.array([0, 1]), np.array([0, 1], dtype=np.int8))
    assert {type(value) for value in result.values()} == {float, list}
    assert type(result["confusion"][0][0]) is int


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="as many predictions as labels"):
        score(AGE, [1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="class indices from 0 to 1"):
        score(GENDER, [2], [0])
