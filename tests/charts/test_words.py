import numpy as np
import pytest

from mtldemo.charts.words import change, number, probability_text, short_names, shortened


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


@pytest.mark.parametrize(
    ("value", "words"), [(0.0, "0 %"), (0.004, "< 1 %"), (0.97, "97 %"), (0.996, "> 99 %"), (1.0, "100 %")]
)
def test_what_is_not_quite_all_is_not_called_so(value: float, words: str) -> None:
    assert probability_text(value) == words


def test_short_names_stay_apart() -> None:
    assert shortened("uncertainty") == "uncertainty"
    assert shortened("uncertainty with rescaled weights", 20) == "uncertainty w…eights"
    alike = [f"uncertainty rate {number} and so on for long" for number in (1, 2)]
    assert short_names(alike) == dict(zip(alike, alike, strict=True))
