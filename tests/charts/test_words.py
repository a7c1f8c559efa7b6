import numpy as np
import pytest

from mtldemo.charts.words import change, number


@pytest.mark.parametrize(
    ("value", "words"), [(21.312, "21.3"), (0.00421, "0.00421"), (1250.4, "1,250"), (float("nan"), "unknown")]
)
def test_numbers(value: float, words: str) -> None:
    assert number(value) == words


def test_changes() -> None:
    first, values = np.array([21.3]), np.array([21.3, 6.2, np.nan])
    assert change("Age loss", first, values, "years") == "Age loss falls from 21.3 to 6.2 years"
    assert change("Age weight", np.array([1.0]), np.array([1.0])) == "Age weight stays at 1"
    assert change("Age loss", np.array([]), np.array([np.nan])) == "Age loss has no value yet"
