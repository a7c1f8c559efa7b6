"""The square that a person places: what a browser says of it becomes a box within the picture, or nothing."""

import pytest

from mtldemo.ui.place_square import PlacedSquare, placed_square


def test_a_square_is_measured_in_the_shorter_side() -> None:
    assert placed_square({"x": 0.5, "y": 0.25, "side": 0.5}) == PlacedSquare(0.5, 0.25, 0.5)
    assert PlacedSquare(0.5, 0.25, 0.5).box(200, 100) == pytest.approx((50, 25, 50))
    assert PlacedSquare(0.5, 0.25, 0.5).box(100, 200) == pytest.approx((50, 25, 50))


@pytest.mark.parametrize("placed", [PlacedSquare(-1, -1, 0.5), PlacedSquare(9, 9, 9), PlacedSquare(0.9, 0.9, 0.0)])
def test_it_never_leaves_the_picture(placed: PlacedSquare) -> None:
    left, top, side = placed.box(160, 120)
    assert side > 0
    assert 0 <= left <= 160 - side
    assert 0 <= top <= 120 - side


@pytest.mark.parametrize(
    "said",
    [None, 3, "square", [], {}, {"x": 0, "y": 0}, {"x": "a", "y": 0, "side": 1}, {"x": 0, "y": 0, "side": "nan"}],
)
def test_what_is_no_square_is_nothing(said: object) -> None:
    assert placed_square(said) is None
