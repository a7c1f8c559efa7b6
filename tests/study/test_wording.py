import pytest

from mtldemo.sentences import counted, listed
from mtldemo.study.wording import percent_span, span


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (0.6123, 0.9034, "0.61 to 0.90"),
        (0.6, 3.24, "0.6 to 3.2"),
        (1.4503, 1.5497, "1.45 to 1.55"),
        (0.00012, 0.3, "up to 0.30"),
        (12.3, 45.6, "12 to 46"),
        (0.5, 0.5, "0.5"),
        (0.0, 0.0, "0"),
        (-0.42, 1.7, "-0.4 to 1.7"),
        (120.0, 950.0, "120 to 950"),
    ],
)
def test_spans_have_two_digits_and_no_false_zero(low: float, high: float, told: str) -> None:
    assert span(low, high) == told


def test_signs_are_words() -> None:
    assert percent_span(-0.4321, 2.3) == "0.4 % worse and 2.3 % better"
    assert percent_span(-0.027, 2.3) == "0.03 % worse and 2.30 % better"
    assert percent_span(-0.0003, 2.3) == "0 % and 2.30 % better"
    assert percent_span(-12.3, -4.5) == "12 % worse and 4 % worse"


def test_counts_and_lists() -> None:
    assert counted(1) == "1 strategy"
    assert counted(3, "run", "runs") == "3 runs"
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"], "or") == "a, b or c"
