import math

import numpy as np
import pytest
from PIL import Image

from mtldemo.data.decode import square as middle_square
from mtldemo.predict.crop import DEFAULT_CROPS, Crop, Square, cut, outside, square_of
from mtldemo.predict.detect import Face, whole_picture

POINTS = (0.3, 0.3, 0.7, 0.3, 0.5, 0.5, 0.35, 0.7, 0.65, 0.7)


def ramp(width: int = 200, height: int = 150) -> np.ndarray:
    """Red says x, green says y."""
    y, x = np.mgrid[:height, :width]
    return np.stack((x, y, np.full_like(x, 128)), axis=2).astype(np.uint8)


def placed(square: Square, points: tuple[float, ...] = POINTS) -> tuple[float, ...]:
    """Points of the unit square where ``square`` has them in the picture."""
    turn = complex(math.cos(math.radians(square.angle)), math.sin(math.radians(square.angle)))
    flat: list[float] = []
    for x, y in zip(points[::2], points[1::2], strict=True):
        place = complex(square.x, square.y) + turn * square.side * complex(x - 0.5, y - 0.5)
        flat += [place.real, place.imag]
    return tuple(flat)


def test_a_box_becomes_a_square() -> None:
    face = Face(10, 20, 40, 60)
    assert square_of(face, Crop()) == (30, 50, 60, 0)
    assert square_of(face, Crop(margin=0.1, shift=0.05)) == pytest.approx((30, 53, 72, 0))
    assert square_of(face, Crop(margin=-0.1)).side == pytest.approx(48)
    assert square_of(face, None) == (30, 50, 40, 0)


@pytest.mark.parametrize("angle", [0, 20, -35, 90])
def test_landmarks_give_back_the_square_they_come_from(angle: float) -> None:
    wanted = Square(80, 60, 50, angle)
    face = Face(0, 0, 1, 1, points=placed(wanted))
    assert square_of(face, Crop(points=POINTS)) == pytest.approx(wanted)
    moved = square_of(face, Crop(margin=0.1, shift=0.2, points=POINTS))
    assert moved.side == pytest.approx(60)
    down = complex(moved.x - wanted.x, moved.y - wanted.y)
    assert abs(down) == pytest.approx(10)
    assert math.degrees(math.atan2(down.imag, down.real)) == pytest.approx(angle + 90)


def test_the_defaults_make_nearly_the_square_of_the_landmarks() -> None:
    how = DEFAULT_CROPS["yunet"]
    found = square_of(Face(0, 0, 1, 1, points=placed(Square(80, 60, 50), how.points)), how)
    assert found == pytest.approx((80, 60, 50, 0), abs=2.5)


def test_without_landmarks_the_box_is_used() -> None:
    assert square_of(Face(10, 20, 40, 60), Crop(points=POINTS)) == (30, 50, 60, 0)


def test_the_whole_picture_is_cut_as_training_pictures_are() -> None:
    generator = np.random.default_rng(0)
    for shape in ((200, 200, 3), (120, 200, 3), (90, 64, 3)):
        pixels = generator.integers(0, 256, shape, dtype=np.uint8)
        wanted = np.asarray(middle_square(Image.fromarray(pixels), 32)).astype(int)
        found = cut(pixels, square_of(whole_picture(pixels), None), 32).astype(int)
        assert np.abs(found - wanted).max() <= 1


def test_a_cut_is_where_it_should_be() -> None:
    crop = cut(ramp(), Square(100, 70, 64), 32)
    assert crop.shape == (32, 32, 3)
    assert crop[16, 0, 0] == pytest.approx(69, abs=1)
    assert crop[16, 31, 0] == pytest.approx(131, abs=1)
    assert crop[0, 16, 1] == pytest.approx(39, abs=1)
    enlarged = cut(ramp(), Square(100, 70, 16), 32)
    assert enlarged[16, 16, :2] == pytest.approx((100, 70), abs=1)


def test_past_the_border_the_nearest_pixels_go_on() -> None:
    crop = cut(ramp(), Square(0, 0, 64), 64)
    assert (crop[:32, :32, :2] <= 1).all()
    assert crop[63, 63, :2] == pytest.approx((31, 31), abs=1)
    far = cut(ramp(), Square(500, 400, 20), 16)
    assert (far[..., :2] == (199, 149)).all()
    assert cut(ramp(), Square(100, 75, 0.4), 16).shape == (16, 16, 3)


@pytest.mark.parametrize("angle", [15.0, -30.0])
def test_a_leaning_face_is_set_upright(angle: float) -> None:
    crop = cut(ramp(), Square(100, 70, 60, angle), 60).astype(int)
    assert crop[30, 30, :2] == pytest.approx((100, 70), abs=2)
    turn = math.radians(angle)
    right = 100 + 25 * math.cos(turn), 70 + 25 * math.sin(turn)
    assert crop[30, 55, :2] == pytest.approx(right, abs=2)
    below = 100 - 25 * math.sin(turn), 70 + 25 * math.cos(turn)
    assert crop[55, 30, :2] == pytest.approx(below, abs=2)


@pytest.mark.parametrize("side", [8, 16, 60])
def test_a_turned_cut_is_the_same_whether_it_is_shrunk_first_or_not(side: int) -> None:
    crop = cut(ramp(), Square(100, 75, 100, 20.0), side).astype(float)
    half = 100 / side / 2  # of a pixel of the crop, in the picture's
    turn = complex(math.cos(math.radians(20)), math.sin(math.radians(20)))
    corner = complex(100, 75) + turn * complex(half - 50, half - 50) - complex(0.5, 0.5)
    assert crop[0, 0, :2] == pytest.approx((corner.real, corner.imag), abs=2.0)


def test_a_turned_cut_past_the_border_goes_on_with_the_nearest_pixels() -> None:
    crop = cut(ramp(), Square(0, 0, 64, 45.0), 64)
    assert (crop[0, 32, :2] <= (24, 1)).all()
    assert (crop[20, 20, :2] <= (1, 1)).all()
    far = cut(ramp(), Square(500, 400, 20, 10.0), 16)
    assert (far[..., :2] == (199, 149)).all()
    assert (cut(ramp(), Square(-500, -400, 20, 10.0), 16)[..., :2] == 0).all()


def test_how_much_lies_outside() -> None:
    assert outside(Square(50, 50, 20), 100, 100) == 0
    assert outside(Square(0, 50, 20), 100, 100) == pytest.approx(0.5)
    assert outside(Square(0, 0, 20), 100, 100) == pytest.approx(0.75)
    assert outside(Square(-50, 50, 20), 100, 100) == 1
