"""Draws one portrait in a flat style, from three signs and a random look. Knows nothing of labels, noise or files."""

import colorsys
import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from mtldemo.data.pen import MOTIFS, WHITE, Colour, Pen, Point, draw_motif, mix

CUE_SPREAD = 14.0
"""Years: at difficulty 1 each sign of age is off by a random error of this spread, of its own."""

SKIN: tuple[Colour, ...] = (
    (255, 224, 196),
    (246, 205, 170),
    (232, 184, 146),
    (214, 160, 118),
    (188, 132, 92),
    (156, 104, 70),
    (124, 80, 54),
    (98, 62, 44),
)
HAIR: tuple[Colour, ...] = (
    (38, 30, 30),
    (64, 42, 32),
    (98, 62, 40),
    (128, 78, 44),
    (160, 58, 34),
    (176, 118, 50),
    (88, 52, 96),
    (44, 74, 104),
)
EYES: tuple[Colour, ...] = ((70, 44, 28), (46, 92, 140), (62, 112, 72), (108, 84, 44), (84, 96, 112))
CLOTH: tuple[Colour, ...] = (
    (44, 82, 130),
    (176, 64, 56),
    (54, 116, 96),
    (226, 160, 60),
    (104, 76, 140),
    (70, 78, 92),
    (206, 110, 130),
    (72, 150, 176),
)
STYLES = ("short", "swept", "curly", "bob", "long", "bun")
GREY: Colour = (226, 226, 230)


@dataclass(frozen=True)
class Signs:
    """What a portrait shows: ``age`` in years, ``gender`` 0 or 1 by neckline and pin, ``ethnicity`` 0 to 4 by the motif
    and hue of the background; ``difficulty`` from 0 (plain) to 1 (barely visible)."""

    age: float
    gender: int
    ethnicity: int
    difficulty: float


def draw_portrait(signs: Signs, rng: np.random.Generator) -> Image.Image:
    """The RGB portrait of ``signs``, ``SIDE`` pixels square; all else about it (skin, hair, eyes, clothes, glasses,
    place) is drawn from ``rng``, independently of the signs."""
    return _Portrait(signs, rng).draw()


class _Portrait:
    """One drawing: its look is settled first, then its parts are drawn from back to front."""

    def __init__(self, signs: Signs, rng: np.random.Generator) -> None:
        self.signs, self.rng = signs, rng
        self.faint = signs.difficulty
        self.skin = mix(SKIN[rng.integers(len(SKIN))], SKIN[rng.integers(len(SKIN))], 0.3)
        self.cloth = CLOTH[rng.integers(len(CLOTH))]
        self.eye = EYES[rng.integers(len(EYES))]
        self.style = STYLES[rng.integers(len(STYLES))]
        natural = HAIR[rng.integers(len(HAIR))]
        self.hair = mix(natural, GREY, 0.95 * self._ageing())
        self.face_x, self.face_y = 48.0, 50 - 7 * self._growth() + 4 * self._ageing()
        self.face_w = 21.5 - 3.3 * self._growth() + rng.normal(0, 0.2)
        self.face_h = 20.0 + 3.5 * self._growth() + 1.5 * self._ageing() + rng.normal(0, 0.2)
        self.taper = 0.05 + 0.2 * self._growth() - 0.16 * self._ageing()
        self.shoulders = 23 + 15 * self._growth() - 6 * self._ageing()
        self.hairline = 0.36 + 0.14 * self._growth() + 0.44 * self._ageing()
        self.temples = 0.26 * self._ageing()
        self.volume = 1.17 - 0.02 * self._growth() - 0.1 * self._ageing()
        self.lines = self._ageing()
        self.openness = 4.6 - 1.0 * self._growth() - 2.0 * self._ageing()
        self.lips = 2.2 - 0.2 * self._growth() - 1.2 * self._ageing()
        self.ears = 3.8 + 0.8 * self._growth() + 3.0 * self._ageing()
        self.nose = 3.4 + 2.8 * self._growth() + 3.0 * self._ageing()
        self.line_colour = mix(self.skin, (36, 14, 12), 0.64 - 0.35 * self.faint)
        self.shade = mix(self.skin, (70, 34, 30), 0.22)

    def draw(self) -> Image.Image:
        rng = self.rng
        # Each motif has a hue that it prefers, a sign that is seen sooner than a pattern; a hard set hides it.
        hue = (self.signs.ethnicity / len(MOTIFS) + rng.normal(0, 0.06 + 0.5 * self.faint)) % 1
        ground = tuple(255 * part for part in colorsys.hsv_to_rgb(hue, rng.uniform(0.2, 0.42), rng.uniform(0.8, 0.94)))
        self.pen = Pen(ground)  # type: ignore[arg-type]
        self._background(ground)  # type: ignore[arg-type]
        self.pen.transform(rng.uniform(1.03, 1.09), (rng.uniform(-2.5, 2.5), rng.uniform(0, 2)))
        self._back_hair()
        self._body()
        self._head()
        self._wrinkles()
        self._features()
        self._front_hair()
        self._extras()
        return self.pen.finished()

    def _error(self) -> float:
        """Years: each sign of age has an error of its own, so a hard set asks for weighing them all."""
        return CUE_SPREAD * self.faint * self.rng.normal()

    def _growth(self) -> float:
        """From 0 at five years to 1 at twenty-two, as this sign of age tells it; it slows down towards the end."""
        share = min(max((self.signs.age + self._error() - 5) / 17, 0.0), 1.0)
        return 1 - (1 - share) ** 1.5

    def _ageing(self) -> float:
        """From 0 at eighteen years to 1 at ninety, as this sign of age tells it."""
        return min(max((self.signs.age + self._error() - 18) / 72, 0.0), 1.0)

    def _background(self, ground: Colour) -> None:
        deep = WHITE if self.rng.random() < 0.5 else mix(ground, (40, 40, 60), 0.75)
        strength = 0.72 - 0.6 * self.faint
        other = (self.signs.ethnicity + self.rng.integers(1, len(MOTIFS))) % len(MOTIFS)
        if self.faint > 0:
            draw_motif(self.pen, MOTIFS[other], mix(ground, deep, 0.45 * strength * self.faint), self.rng)
        draw_motif(self.pen, MOTIFS[self.signs.ethnicity], mix(ground, deep, strength), self.rng)

    def _body(self) -> None:
        pen, wide, top = self.pen, self.shoulders, 76.0
        neck = self.face_w * 0.44
        accent = mix(WHITE, self.cloth, 0.85 * self.faint)
        outline = [(48 + wide * math.cos(t), top + 14 - 14 * math.sin(t)) for t in np.linspace(0, math.pi, 24)]
        pen.polygon([(48 + wide, 110), *outline, (48 - wide, 110)], self.cloth)
        if self.signs.gender == 0:
            self._open_neck(neck, top, accent)
        else:
            self._round_neck(neck, top, accent)
        low, throat = top + 1, 48 - neck
        pen.polygon([(throat, 55), (96 - throat, 55), (96 - throat, low), (48, low + 3), (throat, low)], self.shade)
        # The pin of the other class may be worn too, the likelier the harder the set.
        square = (self.signs.gender == 0) == (self.rng.random() >= 0.5 * self.faint)
        x, y, size = 48 + 0.64 * wide * self.rng.choice((-1, 1)), top + 11, 3.6 - 1.2 * self.faint
        pin = mix((252, 214, 70), self.cloth, 0.6 * self.faint)
        if square:
            pen.polygon([(x - size, y - size), (x + size, y - size), (x + size, y + size), (x - size, y + size)], pin)
        else:
            pen.ring((x, y), size + 0.8, size + 0.8, 1.8, pin)

    def _open_neck(self, neck: float, top: float, accent: Colour) -> None:
        """A pointed neckline with a band that runs down from it."""
        reach, deep, band = neck + 6.5, 14 - 5 * self.faint, 2.2 - 0.8 * self.faint
        self.pen.line([(48, top + deep), (48, 112)], 2 * band, accent)
        self.pen.polygon([(48 - reach, top - 3), (48, top + deep), (48 + reach, top - 3)], accent)
        self.pen.polygon([(48 - reach + 4.5, top - 5), (48, top + deep - 6), (48 + reach - 4.5, top - 5)], self.shade)

    def _round_neck(self, neck: float, top: float, accent: Colour) -> None:
        """A round neckline, and a band across the chest."""
        deep, band = 10 - 3 * self.faint, 2.2 - 0.8 * self.faint
        left, low = 48 - self.shoulders, top + 19
        corners = [(left, low - band), (96 - left, low - band), (96 - left, low + band), (left, low + band)]
        self.pen.polygon(corners, accent)
        self.pen.ellipse((48, top), neck + 6.5, deep, accent)
        self.pen.ellipse((48, top - 1), neck + 2.8, deep - 3.2, self.shade)

    def _head(self) -> None:
        pen, x, y, w, h = self.pen, self.face_x, self.face_y, self.face_w, self.face_h
        for side in (-1, 1):
            pen.ellipse((x + side * (w + 0.4), y + 2 + self.ears * 0.15), 3.0, self.ears, self.skin)
            pen.ellipse((x + side * (w + 0.8), y + 2 + self.ears * 0.15), 1.4, self.ears * 0.55, self.shade)
        pen.polygon([self._edge(t) for t in np.linspace(0, 2 * math.pi, 48)], self.skin)
        blush = mix(self.skin, (232, 84, 80), (0.6 - 0.4 * self.faint) * (1 - self._ageing()) ** 1.5)
        for side in (-1, 1):
            pen.ellipse((x + side * w * 0.56, y + h * 0.32), 4.4, 3.4, blush)

    def _edge(self, angle: float, grow: float = 1.0) -> Point:
        """The face's outline; the angle runs clockwise from the right."""
        down = math.sin(angle)
        narrow = 1 - self.taper * max(down, 0.0) ** 2
        return self.face_x + grow * self.face_w * narrow * math.cos(angle), self.face_y + grow * self.face_h * down

    def _wrinkles(self) -> None:
        pen, x, y, w, h = self.pen, self.face_x, self.face_y, self.face_w, self.face_h
        ink = mix(self.skin, self.line_colour, 1.15 * self._ageing() ** 0.8)
        for row, start in enumerate((0.0, 0.22, 0.44, 0.66)):
            length = w * 0.62 * min(max((self._ageing() - start) / 0.34, 0.0), 1.0)
            if length > 1:
                level = y - h * 0.36 - 3.4 * row
                pen.bow((x - length, level), (x + length, level), -1.2, 0.9, ink)
        fold = h * (0.05 + 0.26 * self._ageing())
        bag = mix(self.skin, self.line_colour, 0.9 * self._ageing())
        for side in (-1, 1):
            start = (x + side * w * 0.36, y + h * 0.24)
            pen.line(
                [start, (x + side * w * 0.46, start[1] + fold * 0.6), (x + side * w * 0.47, start[1] + fold)], 1.0, ink
            )
            pen.bow((x + side * w * 0.2, y + 4.8), (x + side * w * 0.62, y + 4.8), 1.4, 0.9, bag)
            for turn in (-1.3, 0.5, 2.2):
                corner = (x + side * w * 0.78, y + 0.5 + turn * 0.6)
                pen.line([corner, (corner[0] + side * w * 0.16 * self.lines, corner[1] + turn * self.lines)], 0.8, ink)

    def _features(self) -> None:
        pen, rng, x, y, w, h = self.pen, self.rng, self.face_x, self.face_y, self.face_w, self.face_h
        look = rng.uniform(-0.8, 0.8)
        brow = mix(self.hair, (40, 28, 24), 0.25)
        lift, slant = rng.uniform(-0.6, 0.6), rng.uniform(-0.8, 0.8)
        for side in (-1, 1):
            eye = (x + side * w * 0.42, y + 0.6)
            pen.ellipse(eye, 4.0, self.openness, WHITE)
            size = min(2.5, self.openness)
            pen.ellipse((eye[0] + look, eye[1]), size, size, self.eye)
            pen.ellipse((eye[0] + look, eye[1]), size * 0.5, size * 0.5, (24, 20, 22))
            pen.ellipse((eye[0] + look + 0.8, eye[1] - 0.9), 0.65, 0.65, WHITE)
            pen.bow(
                (eye[0] - 4, eye[1]),
                (eye[0] + 4, eye[1]),
                -self.openness,
                1.0,
                mix(self.line_colour, (30, 20, 20), 0.5),
            )
            level = eye[1] - 6.6 - lift
            pen.bow((eye[0] - 4.4, level - side * slant), (eye[0] + 4.4, level + side * slant), -1.6, 1.7, brow)
        tip = y + 3 + self.nose
        pen.line(
            [(x + 0.4, y + 3), (x + 1.8, tip - 0.8), (x + 1.6, tip), (x - 1.4, tip)],
            1.1,
            mix(self.skin, self.line_colour, 0.8),
        )
        if rng.random() < min(0.7 * self.faint, 0.2) and self.signs.age >= 22:
            self._beard()
        mouth, smile = y + h * 0.6, rng.uniform(0.4, 2.4)
        lip = mix(self.skin, (178, 52, 62), 0.7)
        reach = w * 0.36
        pen.bow((x - reach, mouth), (x + reach, mouth), smile, self.lips, lip)

    def _beard(self) -> None:
        low = [self._edge(t, 1.02) for t in np.linspace(0.12 * math.pi, 0.88 * math.pi, 24)]
        y = self.face_y + self.face_h * 0.42
        top = [
            (self.face_x + self.face_w * u, y + 2.2 * math.cos(2 * math.pi * u) - 1)
            for u in np.linspace(-0.82, 0.82, 11)
        ]
        self.pen.polygon([*low, *top], self.hair)

    def _front_hair(self) -> None:
        x, y, w, h = self.face_x, self.face_y, self.face_w, self.face_h
        lean = {"swept": 0.22, "bob": -0.12}.get(self.style, 0.0) * self.rng.choice((-1, 1))
        line = []
        for u in np.linspace(0.99, -0.99, 25):
            bare = self.temples * math.exp(-(((abs(u) - 0.58) / 0.24) ** 2))
            level = self.hairline * (1 - 0.75 * u**4) + bare + lean * u * (1 - u * u)
            # Never above the crown, so that some hair is left to show its colour.
            line.append((x + w * u, y - h * min(level, math.sqrt(max(1 - u * u, 0.0)) * 0.97)))
        crown = [self._edge(t, self.volume) for t in np.linspace(math.pi * 0.98, math.pi * 2.02, 28)]
        self.pen.polygon([*crown, *line], self.hair)
        # A darker seam parts hair from skin where their colours are alike.
        self.pen.line(line, 0.9, mix(self.hair, (30, 20, 20), 0.4))
        if self.style == "curly":
            for t in np.linspace(math.pi * 0.98, math.pi * 2.02, 11):
                self.pen.ellipse(self._edge(t, self.volume), 4.6, 4.6, self.hair)
        shine = mix(self.hair, WHITE, 0.22)
        if self.style in ("short", "swept", "bun"):
            self.pen.line(
                [self._edge(t, 1.0 + 0.02) for t in np.linspace(1.2 * math.pi, 1.38 * math.pi, 6)], 1.3, shine
            )

    def _back_hair(self) -> None:
        pen, x, y, w, h = self.pen, self.face_x, self.face_y, self.face_w, self.face_h
        dark = mix(self.hair, (20, 16, 20), 0.22)
        if self.style == "bun":
            pen.ellipse((x, y - h * 1.14), 7.5, 6.5, dark)
        if self.style in ("bob", "long"):
            low = y + h * (0.75 if self.style == "bob" else 1.35)
            pen.ellipse((x, y - h * 0.1), w * 1.22, h * 1.05, dark)
            pen.polygon(
                [(x - w * 1.22, y - h * 0.1), (x + w * 1.22, y - h * 0.1), (x + w * 1.16, low), (x - w * 1.16, low)],
                dark,
            )
            for side in (-1, 1):
                pen.ellipse((x + side * w * 0.86, low), w * 0.3, 3.0, dark)

    def _extras(self) -> None:
        pen, x, y, w = self.pen, self.face_x, self.face_y, self.face_w
        chance = self.rng.random()
        if chance < min(0.8 * self.faint, 0.24):
            frame = ((48, 40, 44), (150, 50, 50), (60, 90, 130))[self.rng.integers(3)]
            for side in (-1, 1):
                pen.ring((x + side * w * 0.42, y + 0.8), 6.2, 5.8, 1.1, frame)
                pen.line([(x + side * (w * 0.42 + 6), y), (x + side * w, y - 1)], 1.1, frame)
            pen.line([(x - w * 0.42 + 6, y), (x + w * 0.42 - 6, y)], 1.1, frame)
        elif chance > 1 - min(0.5 * self.faint, 0.2):
            for _ in range(7):
                side, spot = self.rng.choice((-1, 1)), self.rng.uniform((0.3, 5.0), (0.7, 9.0))
                pen.ellipse((x + side * w * spot[0], y + spot[1]), 0.7, 0.7, self.shade)
