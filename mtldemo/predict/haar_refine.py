"""A closer look at a box of the Haar cascade: the same face at one size, as it is and mirrored, and its eyes.

    box -> region, the box 50 px wide -> all windows that the cascade takes for a face, mirrored too -> their mean
        -> region, that mean 80 px wide -> windows of eyes in both halves -> size and place from the eyes' distance

OpenCV's own grouping of windows depends on how the sizes it tries fall on a face, and so does the size of its boxes;
the mean of many windows at a fixed size does so less. The distance of the eyes, with errors of its own, mends what is
left, such as boxes that are too large for infants. OpenCV is imported when it is made.
"""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from mtldemo.errors import MtlDemoError


class SquareBox(NamedTuple):
    """A square box: its centre ``x``, ``y`` and its ``side``, in pixels of the picture."""

    x: float
    y: float
    side: float


FACE, EYES = "haarcascade_frontalface_alt2.xml", ("haarcascade_righteye_2splits.xml", "haarcascade_eye.xml")
"""The cascades. Those of the eyes are asked about the eye on the picture's left, and about the other one mirrored."""
FACE_SIDE, FACE_REACH = 50, 1.6
"""Side of the box in pixels for the face, and the region's as a multiple of it."""
SMALLEST, LARGEST, STEP = 0.75, 1.35, 1.06
"""Windows of these multiples of the box are tried, each larger than the one before by the factor ``STEP``."""
ENOUGH, CLEAR = 12, 150
"""Windows, mirrored ones too, without which it is no face, and those that a clear face has."""
EYES_SIDE = 80
EYE_AREA = (0.10, 0.22, 0.56, 0.60)
"""Left, top, right and bottom, as shares of the box, of where the left eye is looked for."""
EYE_SMALLEST, EYE_LARGEST, EYE_WINDOWS = 0.18, 0.40, 3
"""Sizes of an eye's windows as shares of the box, and how many of them there must be."""
EYE_PLACE, EYE_SPREAD, EYE_WIDTH = (0.295, 0.375), 0.08, 0.035
"""Where the left eye is expected in the box, how far from there it may be, and over what windows are averaged."""
APART, APART_BY, LEAN = 0.41, 0.25, 0.12
"""The usual distance of the eyes as a share of the box; eyes whose distance is off by more (as a logarithm), or whose
heights differ by more, are none."""
MIDDLE = 0.375
"""Usual height of the eyes in the box."""
SHARE = 0.5
"""How much the eyes count beside the box."""


class Refinement:
    """Mends boxes of one picture. Not for several threads at once."""

    def __init__(self) -> None:
        self._face = cascade(FACE)
        self._eyes = [cascade(name) for name in EYES]

    def mended(self, pixels: np.ndarray, box: SquareBox) -> tuple[SquareBox, float] | None:
        """The box as the closer look has it in ``pixels`` uint8 [H, W, 3], with its score from 0 to 1; None where there
        is no face after all."""
        windows = self._windows(_region(pixels, box, FACE_SIDE, FACE_REACH))
        if len(windows) < ENOUGH:
            return None
        across, down = windows[:, :2].mean(axis=0)
        size = float(np.exp(np.log(windows[:, 2]).mean()))
        view = SquareBox(box.x + float(across) * box.side, box.y + float(down) * box.side, box.side * size)
        return self._by_eyes(pixels, view), min(1.0, len(windows) / CLEAR)

    def _windows(self, region: np.ndarray) -> np.ndarray:
        """Windows [N, 3] that are faces, in shares of the box: their centre from its own, and their size."""
        least, most = (round(share * FACE_SIDE) for share in (SMALLEST, LARGEST))
        candidates = []
        for sign, view in ((1, region), (-1, _mirrored(region))):
            boxes = _windows(self._face, view, STEP, least, most)
            middle = (boxes[:, :2] + boxes[:, 2:] / 2 - len(region) / 2) * (sign, 1)
            candidates.append(np.column_stack((middle, boxes[:, 2])) / FACE_SIDE)
        return np.concatenate(candidates)

    def _by_eyes(self, pixels: np.ndarray, box: SquareBox) -> SquareBox:
        """The box half way to where its eyes want it; as it is where they aren't seen."""
        region = _region(pixels, box, EYES_SIDE, 1.0)
        left, mirrored = (self._eye(view) for view in (region, _mirrored(region)))
        if left is None or mirrored is None:
            return box
        right = np.array((1 - mirrored[0], mirrored[1]))
        wider = math.log(math.dist(left, right) / APART)
        if abs(wider) > APART_BY or abs(left[1] - right[1]) > LEAN:
            return box
        across, down = SHARE * ((left + right) / 2 - (0.5, MIDDLE)) * box.side
        return SquareBox(box.x + float(across), box.y + float(down), box.side * math.exp(SHARE * wider))

    def _eye(self, region: np.ndarray) -> np.ndarray | None:
        """Where the eye on the left is, as shares of the region."""
        left, top, right, bottom = (round(share * EYES_SIDE) for share in EYE_AREA)
        area = np.ascontiguousarray(region[top:bottom, left:right])
        least, most = (round(share * EYES_SIDE) for share in (EYE_SMALLEST, EYE_LARGEST))
        centres, weights = [], []
        for eye in self._eyes:
            boxes = _windows(eye, area, STEP, least, most)
            centres.append((boxes[:, :2] + boxes[:, 2:] / 2 + (left, top)) / EYES_SIDE)
            # A cascade that has many windows isn't surer of each of them.
            weights.append(np.full(len(boxes), 1 / math.sqrt(max(1, len(boxes)))))
        spots = np.concatenate(centres)
        return _densest(spots, np.concatenate(weights)) if len(spots) >= EYE_WINDOWS else None


def cascade(name: str) -> "cv2.CascadeClassifier":  # type: ignore[name-defined]  # noqa: F821
    """A cascade of the opencv wheel. Raises ``MtlDemoError`` where the wheel lacks it."""
    import cv2

    detector = cv2.CascadeClassifier(str(Path(cv2.data.haarcascades, name)))  # type: ignore[attr-defined]
    if detector.empty():
        raise MtlDemoError(f"OpenCV's cascade {name} is missing; install opencv-python-headless again.")
    return detector


def _windows(detector: "cv2.CascadeClassifier", grey: np.ndarray, step: float, least: int, most: int) -> np.ndarray:  # type: ignore[name-defined]  # noqa: F821
    """All windows [N, 4] (left, top, width, height), none put together, in an order that is always the same."""
    boxes = detector.detectMultiScale(grey, scaleFactor=step, minNeighbors=0, minSize=(least,) * 2, maxSize=(most,) * 2)
    windows = np.asarray(boxes, dtype=float).reshape(-1, 4)
    # OpenCV's threads tell them as they find them, and a mean's last digits depend on the order.
    return windows[np.lexsort(windows.T)]


def _densest(spots: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Where most of ``spots`` [N, 2] lie, near the expected place: mean shift from the best of them."""

    def near(offsets: np.ndarray, width: float) -> np.ndarray:
        return np.exp(-(offsets**2).sum(axis=-1) / (2 * width**2))

    dense = (near(spots[:, None] - spots, EYE_WIDTH) * weights).sum(axis=1)
    spot = spots[(dense * near(spots - EYE_PLACE, EYE_SPREAD)).argmax()]
    for _ in range(6):
        share = weights * near(spots - spot, EYE_WIDTH)
        spot = share @ spots / share.sum()
    return spot


def _region(pixels: np.ndarray, box: SquareBox, side: int, reach: float) -> np.ndarray:
    """Grey uint8 square around the box, ``reach`` times as large, the box itself ``side`` pixels wide."""
    edge = box.side * reach
    left, top = box.x - edge / 2, box.y - edge / 2
    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = math.floor(left), math.floor(top), math.ceil(left + edge), math.ceil(top + edge)
    part = pixels[max(0, y0) : max(1, y1), max(0, x0) : max(1, x1)]
    grey = np.asarray(Image.fromarray(np.ascontiguousarray(part)).convert("L"))
    beyond = ((max(0, -y0), max(0, y1 - height)), (max(0, -x0), max(0, x1 - width)))
    whole = Image.fromarray(np.pad(grey, beyond, mode="edge"))
    size = round(side * reach)
    source_box = (left - x0, top - y0, min(left - x0 + edge, whole.width), min(top - y0 + edge, whole.height))
    return np.asarray(whole.resize((size, size), Image.Resampling.BILINEAR, box=source_box, reducing_gap=2.0))


def _mirrored(grey: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(grey[:, ::-1])
