"""Where the faces are in a picture. OpenCV is imported when a detector is made."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from mtldemo.errors import MtlDemoError
from mtldemo.predict import haar_refine

HAAR, YUNET, WHOLE = "haar", "yunet", "whole"
"""Names of detectors, and of the whole picture taken as the face."""


@dataclass(frozen=True)
class Face:
    """A box in pixels: left ``x``, top ``y``, width ``w`` and height ``h``; it may reach past the picture. ``score``
    grows with the detector's confidence, from 0 to 1. ``points`` are the landmarks that the detector knows, as x, y, x,
    y ...: the eye on the picture's left, the other eye, the tip of the nose and the corners of the mouth; or none."""

    x: float
    y: float
    w: float
    h: float
    score: float = 1.0
    points: tuple[float, ...] = ()

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width, height."""
        return self.x, self.y, self.w, self.h

    def inside(self, width: int, height: int) -> tuple[int, int, int, int]:
        """The box in whole pixels, cut at the border of a picture of this size."""
        left, top = max(0, round(self.x)), max(0, round(self.y))
        return left, top, min(width, round(self.x + self.w)) - left, min(height, round(self.y + self.h)) - top


OVERLAP, MOST = 0.3, 200
"""YuNet: boxes that share more than this of their area are one face; no more faces are looked at."""


class Look(NamedTuple):
    """One look at a picture: on a copy whose longer side is at most ``longest`` pixels, for faces of at least the share
    ``least`` of its shorter side, with its border repeated for the share ``around`` of that side."""

    longest: int
    least: float = 0.0
    around: float = 0.0

    def adds_nothing_to(self, other: "Look", longer: int) -> bool:
        """Whether ``other`` has seen as much of a picture whose longer side has ``longer`` pixels."""
        return longer <= other.longest and self.least >= other.least and self.around <= other.around


FILLING = Look(320, 1 / 2, 1 / 4)
"""For a face that fills the picture: the cascade's windows hold all of a head, and so reach past the border."""


class Detector(ABC):
    """Finds faces by several ``looks``, the quickest first.

    The next one is taken where no face is as large as the share ``enough`` of the picture's shorter side: then there
    may be more, or smaller ones. May be used from several threads at once.
    """

    name: str
    title: str
    enough: float

    def __init__(self, looks: tuple[Look, ...]) -> None:
        self.looks = looks
        # OpenCV's detectors keep what they work on, so each is lent to one thread at a time. They take up to 80 ms to
        # make: the next thread that comes takes over what the one before is done with.
        self._free: deque[Any] = deque()

    def find(self, pixels: np.ndarray) -> list[Face]:
        """All faces in ``pixels`` uint8 [H, W, 3] (RGB), the largest first."""
        faces: list[Face] = []
        shorter, longer = sorted(pixels.shape[:2])
        with self._lent() as inner:
            for number, look in enumerate(self.looks):
                # A small picture has one size only; looking twice for the same is of no use.
                if any(look.adds_nothing_to(before, longer) for before in self.looks[:number]):
                    continue
                faces_here = self._look(inner, pixels, look)
                faces = faces_here if len(faces_here) >= len(faces) else faces
                if faces and faces[0].h >= self.enough * shorter:
                    break
            return self._refined(inner, pixels, faces)

    def _look(self, inner: Any, pixels: np.ndarray, look: Look) -> list[Face]:
        height, width = pixels.shape[:2]
        scale = min(1.0, look.longest / max(width, height))
        if scale < 1:
            size = max(1, round(width * scale)), max(1, round(height * scale))
            small = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))
        else:
            small = np.ascontiguousarray(pixels)
        across, down = width / small.shape[1], height / small.shape[0]
        least, around = (round(share * min(small.shape[:2])) for share in (look.least, look.around))
        if around:
            small = np.pad(small, ((around, around), (around, around), (0, 0)), mode="edge")
        faces = [_scaled(face, around, across, down) for face in self._find(inner, small, least)]
        visible = (face for face in faces if min(face.inside(width, height)[2:]) > 0)
        # Faces of one size by their place: OpenCV's threads tell them in any order.
        return sorted(visible, key=lambda face: (-face.w * face.h, face.x, face.y))

    def _refined(self, inner: Any, pixels: np.ndarray, faces: list[Face]) -> list[Face]:
        """``faces``, the largest first, after a closer look at each, where the detector takes one."""
        return faces

    @abstractmethod
    def _find(self, inner: Any, pixels: np.ndarray, least: int) -> list[Face]:
        """All faces of at least ``least`` pixels in pixels of this size, in any order, by what ``_made`` gave."""

    @abstractmethod
    def _made(self) -> Any:
        """What OpenCV has to be told once, for one thread at a time."""

    @contextmanager
    def _lent(self) -> Iterator[Any]:
        """One for this thread alone; what failed isn't used again."""
        try:
            inner = self._free.pop()
        except IndexError:
            inner = self._made()
        yield inner
        self._free.append(inner)


class HaarDetector(Detector):
    """The cascade of the opencv wheel: always there, finds upright frontal faces.

    Viola and Jones, Rapid Object Detection using a Boosted Cascade of Simple Features, CVPR 2001; the cascade is
    Lienhart's ``haarcascade_frontalface_alt2``. What it finds is looked at closer, which mends its boxes and drops most
    of those that hold no face, so that it can search with large steps.
    """

    name, title, enough = HAAR, "Haar cascade", 1 / 3

    def __init__(self, looks: tuple[Look, ...] = (Look(320, 1 / 5), FILLING, Look(960, 1 / 40))) -> None:
        super().__init__(looks)
        # A missing cascade is found now, not at the first picture.
        self._free.append(self._made())

    def _made(self) -> Any:
        return haar_refine.cascade(haar_refine.FACE), haar_refine.Refinement()

    def _find(self, inner: Any, pixels: np.ndarray, least: int) -> list[Face]:
        import cv2

        # As it is: an equalised histogram takes longer, finds fewer faces and boxes of less constant size.
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        search, _ = inner
        boxes = search.detectMultiScale(grey, scaleFactor=1.1, minNeighbors=4, minSize=(max(20, least),) * 2)
        return [Face(float(x), float(y), float(w), float(h)) for x, y, w, h in boxes]

    def _refined(self, inner: Any, pixels: np.ndarray, faces: list[Face]) -> list[Face]:
        _, look = inner
        mended = []
        for face in faces:
            box = haar_refine.SquareBox(face.x + face.w / 2, face.y + face.h / 2, max(face.w, face.h))
            refined = look.mended(pixels, box)
            if refined:
                (x, y, side), score = refined
                mended.append(Face(x - side / 2, y - side / 2, side, side, score))
        return sorted(mended, key=lambda face: -face.w)


class YuNetDetector(Detector):
    """A small network that also finds turned and partly covered faces, and their eyes; its file isn't in the wheel.

    Wu, Peng and Yu, YuNet: A Tiny Millisecond-level Face Detector, Machine Intelligence Research 2023.
    """

    name, title, enough = YUNET, "YuNet", 0.0

    def __init__(self, model: bytes, looks: tuple[Look, ...] = (Look(640), Look(1600)), threshold: float = 0.7) -> None:
        super().__init__(looks)
        self._model = np.frombuffer(model, dtype=np.uint8)
        self.threshold = threshold
        try:
            self._free.append(self._made())
        except Exception as error:
            raise MtlDemoError("This is no model of YuNet that OpenCV can read; download it again.") from error

    def _made(self) -> Any:
        import cv2

        # From memory: OpenCV can't open paths with every letter on Windows.
        nothing, size = np.empty(0, np.uint8), (320, 320)
        return cv2.FaceDetectorYN.create("onnx", self._model, nothing, size, self.threshold, OVERLAP, MOST)

    def _find(self, inner: Any, pixels: np.ndarray, least: int) -> list[Face]:
        import cv2

        inner.setInputSize((pixels.shape[1], pixels.shape[0]))
        _, rows = inner.detect(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
        faces = []
        for row in rows if rows is not None else ():
            x, y, w, h, *points, score = (float(value) for value in row)
            faces.append(Face(x, y, w, h, score, tuple(points)))
        return faces


def whole_picture(pixels: np.ndarray) -> Face:
    """A face whose box is the whole of a picture uint8 [H, W, 3], with the score of a sure one."""
    return Face(0.0, 0.0, float(pixels.shape[1]), float(pixels.shape[0]))


def _scaled(face: Face, around: int, across: float, down: float) -> Face:
    """A face in the coordinates of the full picture, from those of a copy with ``around`` pixels more on each side."""
    points = tuple((value - around) * (down if number % 2 else across) for number, value in enumerate(face.points))
    left, top = (face.x - around) * across, (face.y - around) * down
    return Face(left, top, face.w * across, face.h * down, face.score, points)
