"""A closer look makes a box of the face at ``FACE``, wherever within reach it starts, and none where there is none."""

import numpy as np
import pytest

from mtldemo.errors import MtlDemoError
from mtldemo.predict import haar_refine
from mtldemo.predict.haar_refine import Refinement, SquareBox
from tests.predict.conftest import FACE

X, Y, W, H = FACE
START = SquareBox(X + W / 2, Y + H / 2, 115.0)


@pytest.fixture(scope="module")
def look() -> Refinement:
    return Refinement()


@pytest.fixture(scope="module")
def found(look: Refinement, portrait: np.ndarray) -> SquareBox:
    seen = look.mended(portrait, START)
    assert seen is not None
    assert seen[1] > 0.5
    return seen[0]


@pytest.mark.parametrize(("right", "down", "larger"), [(8, 0, 1), (-8, 5, 1), (0, -8, 1.12), (3, 4, 0.88)])
def test_the_same_box_from_different_ones(
    look: Refinement, portrait: np.ndarray, found: SquareBox, right: float, down: float, larger: float
) -> None:
    seen = look.mended(portrait, SquareBox(START.x + right, START.y + down, START.side * larger))
    assert seen is not None
    assert seen[0] == pytest.approx(found, abs=0.04 * found.side)


def test_a_mirrored_picture_gives_the_mirrored_box(look: Refinement, portrait: np.ndarray, found: SquareBox) -> None:
    seen = look.mended(np.ascontiguousarray(portrait[:, ::-1]), START._replace(x=portrait.shape[1] - START.x))
    assert seen is not None
    # Only where pixels are rounded to differs.
    assert seen[0]._replace(x=portrait.shape[1] - seen[0].x) == pytest.approx(found, abs=0.02 * found.side)


def test_the_eyes_are_seen_and_mend_the_size(look: Refinement, portrait: np.ndarray, found: SquareBox) -> None:
    assert look._by_eyes(portrait, found).side == pytest.approx(found.side, rel=0.1)
    # A box that is a tenth too large becomes a twentieth too large.
    larger = found._replace(side=found.side * 1.1)
    halved = look._by_eyes(portrait, larger).side / look._by_eyes(portrait, found).side
    assert halved == pytest.approx(1.05, abs=0.025)


def test_no_face_and_no_eyes(look: Refinement, portrait: np.ndarray) -> None:
    assert look.mended(portrait, SquareBox(60, 400, 100)) is None
    assert look.mended(np.full((100, 100, 3), 128, np.uint8), SquareBox(50, 50, 80)) is None
    nothing = SquareBox(50, 50, 80)
    assert look._by_eyes(np.full((100, 100, 3), 128, np.uint8), nothing) == nothing


def test_a_face_at_the_border_and_beyond(look: Refinement, portrait: np.ndarray, found: SquareBox) -> None:
    cut = portrait[int(Y + 0.1 * H) : Y + H + 20, X : X + W]
    seen = look.mended(cut, SquareBox(W / 2, H / 2 - 0.1 * H, 115))
    assert seen is not None
    assert seen[0].side == pytest.approx(found.side, rel=0.15)
    look.mended(portrait, SquareBox(-300, -300, 50))
    look.mended(portrait, SquareBox(511.9, 511.9, 30.5))


def test_a_missing_cascade_is_said() -> None:
    with pytest.raises(MtlDemoError, match=r"cascade nothing\.xml is missing; install opencv-python-headless"):
        haar_refine.cascade("nothing.xml")
