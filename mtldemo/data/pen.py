"""A pen for flat, smooth shapes on a small canvas, and the motifs that may cover it.

Coordinates are pixels of the finished picture, ``SIDE`` to a side, counted from its upper left corner.
"""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

SIDE = 96
FINE = 3
"""Everything is drawn this many times larger and averaged, which smooths the edges."""
MOTIFS = ("dots", "stripes", "waves", "triangles", "rings")

Colour = tuple[float, float, float]
"""Red, green and blue, 0 to 255."""
Point = tuple[float, float]

WHITE: Colour = (250, 248, 244)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """``one`` with a ``share`` (0 to 1) of ``other`` in it."""
    share = min(max(share, 0.0), 1.0)
    return tuple(a + (b - a) * share for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


class Pen:
    """Draws smooth shapes on the enlarged canvas, moved and scaled as one."""

    def __init__(self, ground: Colour) -> None:
        self.image = Image.new("RGB", (SIDE * FINE, SIDE * FINE), self._ink(ground))
        self._draw = ImageDraw.Draw(self.image)
        self._zoom, self._move = float(FINE), (0.0, 0.0)

    def transform(self, zoom: float, move: Point) -> None:
        """From now on everything is scaled by ``zoom`` around the bottom's middle and moved by ``move``."""
        self._zoom = FINE * zoom
        self._move = (FINE * (SIDE / 2 * (1 - zoom) + move[0]), FINE * (SIDE * (1 - zoom) + move[1]))

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        self._draw.polygon([self._at(point) for point in points], fill=self._ink(colour))

    def ellipse(self, centre: Point, across: float, down: float, colour: Colour) -> None:
        (x, y), rx, ry = self._at(centre), across * self._zoom, down * self._zoom
        self._draw.ellipse((x - rx, y - ry, x + rx, y + ry), fill=self._ink(colour))

    def ring(self, centre: Point, across: float, down: float, width: float, colour: Colour) -> None:
        (x, y), rx, ry = self._at(centre), across * self._zoom, down * self._zoom
        box = (x - rx, y - ry, x + rx, y + ry)
        self._draw.ellipse(box, outline=self._ink(colour), width=max(1, round(width * self._zoom)))

    def line(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """A line with round ends. It is filled as one ribbon: much faster than Pillow's joints, and of any width."""
        placed, half, ink = [self._at(point) for point in points], width * self._zoom / 2, self._ink(colour)
        left, right = [], []
        for index, (x, y) in enumerate(placed):
            before, after = placed[max(index - 1, 0)], placed[min(index + 1, len(placed) - 1)]
            dx, dy = after[0] - before[0], after[1] - before[1]
            scale = half / (math.hypot(dx, dy) or 1.0)
            left.append((x - dy * scale, y + dx * scale))
            right.append((x + dy * scale, y - dx * scale))
        self._draw.polygon(left + right[::-1], fill=ink)
        if half > 1:
            for x, y in (placed[0], placed[-1]):
                self._draw.ellipse((x - half, y - half, x + half, y + half), fill=ink)

    def bow(self, start: Point, end: Point, sag: float, width: float, colour: Colour) -> None:
        """A line from ``start`` to ``end`` whose middle hangs ``sag`` pixels lower."""
        steps = [part / 6 for part in range(7)]
        points = [
            (start[0] + (end[0] - start[0]) * t, start[1] + (end[1] - start[1]) * t + 4 * sag * t * (1 - t))
            for t in steps
        ]
        self.line(points, width, colour)

    def finished(self) -> Image.Image:
        return self.image.reduce(FINE)

    def _at(self, point: Point) -> Point:
        return point[0] * self._zoom + self._move[0], point[1] * self._zoom + self._move[1]

    @staticmethod
    def _ink(colour: Colour) -> tuple[int, int, int]:
        return round(colour[0]), round(colour[1]), round(colour[2])


def draw_motif(pen: Pen, motif: str, colour: Colour, rng: np.random.Generator) -> None:
    """Cover the canvas with one of ``MOTIFS`` at a random place, about eighteen pixels from mark to mark."""
    step = rng.uniform(17.0, 20.0)
    x0, y0 = -rng.uniform(0, step), -rng.uniform(0, step)
    count = int(SIDE / step) + 3
    if motif == "stripes":
        for index in range(2 * count):
            x = x0 + index * step
            pen.line([(x, -6), (x - SIDE - 12, SIDE + 6)], 5.4, colour)
        return
    if motif == "waves":
        for index in range(count):
            level = y0 + index * step
            pen.line(
                [(x, level + 4.2 * math.sin((x - x0) * 2 * math.pi / (1.3 * step))) for x in range(-4, SIDE + 6, 3)],
                3.8,
                colour,
            )
        return
    for row in range(count):
        for column in range(count):
            # Rows are set off by half a step, so that the head never hides all marks.
            x, y = x0 + (column - 0.5 * (row % 2)) * step, y0 + row * step
            if motif == "dots":
                pen.ellipse((x, y), 5.0, 5.0, colour)
            elif motif == "rings":
                pen.ring((x, y), 7.2, 7.2, 2.6, colour)
            else:
                pen.polygon([(x - 6.6, y + 5.2), (x + 6.6, y + 5.2), (x, y - 6.2)], colour)
