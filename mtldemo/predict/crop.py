"""From a detector's box to the square that the network sees, cut as the training pictures are."""

import cmath
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image

from mtldemo.data import decode
from mtldemo.predict.detect import HAAR, YUNET, Face

LEVEL = 1.0
"""Degrees: a face that leans less is cut without turning it, which is faster and a little sharper."""
DENSE = 1.5
"""A picture is turned as it is where its pixels lie at most this much closer than those of the result."""
REACH = 1
"""Pixels around a square that its border is made from."""


class Square(NamedTuple):
    """A square in a picture: centre ``x``, ``y`` and ``side`` in pixels with fractions, turned clockwise by ``angle``
    degrees. It may reach past the picture."""

    x: float
    y: float
    side: float
    angle: float = 0.0


@dataclass(frozen=True)
class Crop:
    """How what a detector found becomes a square.

    A box: its longer side is widened on each side by the share ``margin``, and the centre moves down by the share
    ``shift`` of the longer side; both may be negative. ``points``, where the detector gives landmarks: their places x,
    y, x, y ... in the unit square of a training picture; the square is then the one in which the face's landmarks lie
    there as nearly as possible, turned with the face, and ``margin`` and ``shift`` change that square.
    """

    margin: float = 0.0
    shift: float = 0.0
    points: tuple[float, ...] = ()


LANDMARKS = (0.29, 0.29, 0.689, 0.289, 0.485, 0.512, 0.319, 0.678, 0.668, 0.676)
"""Where YuNet finds the eyes, the tip of the nose and the corners of the mouth in UTKFace's pictures (medians)."""
DEFAULT_CROPS = {HAAR: Crop(-0.03, 0.1), YUNET: Crop(-0.02, 0.045, LANDMARKS)}
"""By detector, for a model that has none of its own; measured by ``benchmarks/crop.py`` on UTKFace."""


def square_of(face: Face, crop: Crop | None) -> Square:
    """The square that ``crop`` makes of a face. Without one it is the middle square of the box, as training pictures
    are cut."""
    middle = face.x + face.w / 2, face.y + face.h / 2
    if crop is None:
        return Square(*middle, min(face.w, face.h))
    if crop.points and len(crop.points) == len(face.points):
        x, y, side, angle = _fitted(face.points, crop.points)
    else:
        (x, y), side, angle = middle, max(face.w, face.h), 0.0
    down = cmath.rect(crop.shift * side, math.radians(angle + 90))
    return Square(x + down.real, y + down.imag, side * (1 + 2 * crop.margin), angle)


def cut(pixels: np.ndarray, square: Square, side: int) -> np.ndarray:
    """The ``square`` of ``pixels`` uint8 [H, W, 3] as uint8 [side, side, 3], upright.

    What lies past the picture is filled with its nearest pixels.
    """
    x, y, edge, angle = square
    if abs(angle) < LEVEL:
        return np.asarray(_region(pixels, x - edge / 2, y - edge / 2, edge, side))
    # Turned at three times the size, then shrunk as training pictures are.
    turn = math.radians(angle)
    wider = edge * (abs(math.cos(turn)) + abs(math.sin(turn)))
    fine, corner = 3 * side, (x - wider / 2, y - wider / 2)
    if edge > DENSE * fine:
        # Between pixels that are further apart than that, details would be lost or appear: shrunk first.
        size = math.ceil(wider * fine / edge)
        part, middle, step = np.asarray(_region(pixels, *corner, wider, size)), (size / 2, size / 2), wider / size
    else:
        part, (left, top) = _inside(pixels, *corner, wider)
        middle, step = (x - left, y - top), 1.0
    level = _turned(part, middle, edge / step, turn, fine)
    return np.asarray(decode.resized(Image.fromarray(level), side, (0, 0, fine, fine)))


def outside(square: Square, width: int, height: int) -> float:
    """Share (0 to 1) of a square, taken as upright, that lies past the picture."""
    half = square.side / 2
    across = min(width, square.x + half) - max(0.0, square.x - half)
    down = min(height, square.y + half) - max(0.0, square.y - half)
    return 1 - max(0.0, across) * max(0.0, down) / square.side**2


def _turned(part: np.ndarray, middle: tuple[float, float], edge: float, turn: float, side: int) -> np.ndarray:
    """The square around ``middle`` of ``edge`` pixels, turned by ``turn`` (radians), as [side, side, 3], upright."""
    import cv2

    # From a pixel's place in the result to its place in the part; a pixel's place is its centre.
    towards = cmath.rect(edge / side, turn)
    start = complex(*middle) - towards * complex(side - 1, side - 1) / 2 - complex(0.5, 0.5)
    matrix = np.array([[towards.real, -towards.imag, start.real], [towards.imag, towards.real, start.imag]])
    # Cubic takes six times as long and is no better: the result is shrunk.
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(part, matrix, (side, side), flags=how, borderMode=cv2.BORDER_REPLICATE)


def _inside(pixels: np.ndarray, left: float, top: float, edge: float) -> tuple[np.ndarray, tuple[int, int]]:
    """What the picture has of an upright square and a little around it, at least a pixel, and where that begins."""
    height, width = pixels.shape[:2]
    x0, x1 = _clipped(left, edge, width)
    y0, y1 = _clipped(top, edge, height)
    return np.ascontiguousarray(pixels[y0:y1, x0:x1]), (x0, y0)


def _clipped(start: float, length: float, end: int) -> tuple[int, int]:
    first = min(max(0, math.floor(start) - REACH), end - 1)
    return first, max(first + 1, min(end, math.ceil(start + length) + REACH))


def _region(pixels: np.ndarray, left: float, top: float, edge: float, side: int) -> Image.Image:
    """An upright square of the picture at ``side`` pixels."""
    height, width = pixels.shape[:2]
    # Only the part that is needed is copied: a face may be a small part of a large photo. The filter looks a little
    # further than the square, where there is a picture.
    reach = math.ceil(2 * max(1.0, edge / side)) + 1
    x0, x1 = _span(left, edge, width, reach)
    y0, y1 = _span(top, edge, height, reach)
    if x0 >= 0 and y0 >= 0 and x1 <= width and y1 <= height:
        part = pixels[y0:y1, x0:x1]
    else:
        rows, columns = (np.clip(np.arange(a, b), 0, end - 1) for a, b, end in ((y0, y1, height), (x0, x1, width)))
        part = pixels[rows[:, None], columns]
    box = (left - x0, top - y0, min(left + edge - x0, part.shape[1]), min(top + edge - y0, part.shape[0]))
    return decode.resized(Image.fromarray(np.ascontiguousarray(part)), side, box)


def _span(start: float, length: float, end: int, reach: int) -> tuple[int, int]:
    """First and last (excluded) pixel of a line of ``end`` that are copied for ``length`` pixels from ``start``."""
    first, last = math.floor(start), math.ceil(start + length)
    first = first if first < 0 else min(first, max(0, first - reach))
    last = last if last > end else max(last, min(end, last + reach))
    return first, max(first + 1, last)


def _fitted(points: tuple[float, ...], template: tuple[float, ...]) -> Square:
    """The square in which ``template`` (in the unit square) comes nearest to ``points``: a similarity by least squares.

    Umeyama, Least-squares Estimation of Transformation Parameters Between Two Point Patterns, PAMI 1991; in the plane
    it is one complex factor.
    """
    image, reference = (np.array(flat[::2]) + 1j * np.array(flat[1::2]) for flat in (points, template))
    spread = reference - reference.mean()
    factor = complex(np.vdot(spread, image - image.mean()) / np.vdot(spread, spread).real)
    centre = complex(image.mean()) + factor * (0.5 + 0.5j - complex(reference.mean()))
    return Square(centre.real, centre.imag, abs(factor), math.degrees(cmath.phase(factor)))
