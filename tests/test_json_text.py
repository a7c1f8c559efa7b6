"""JSON that other programs read holds no NaN."""

import json
import math

import numpy as np
import pytest

from mtldemo.json_text import strict_json


def test_numbers_that_are_not_finite_are_null() -> None:
    values = {"a": math.nan, "b": [math.inf, -math.inf, 1.5], 3: np.float32(2), "d": np.array([1, 2])}
    text = strict_json(values)
    assert json.loads(text) == {"a": None, "b": [None, None, 1.5], "3": 2, "d": [1, 2]}
    assert "NaN" not in text
    assert "Infinity" not in text
    assert strict_json({"b": 1, "a": [1, 2]}, dense=True, sort_keys=True) == '{"a":[1,2],"b":1}'


def test_what_json_has_no_form_for_is_a_bug() -> None:
    with pytest.raises(TypeError, match="no place in JSON"):
        strict_json({"a": object()})
