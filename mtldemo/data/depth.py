"""More than 8 bits a channel: which of a file's numbers are black and white, and the picture with 8 bits.

Few pictures with 16 bits use them all: cameras give 10, 12 or 14, and what is kept of those, without being spread over
the whole range, is nearly black by its high byte.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from mtldemo.data.unreadable import UnreadableError

STEPS = (8, 10, 12, 14, 16)
"""Bits that sensors and files have; what a picture uses is taken for the next of them."""
_WHOLE = (2.0**16 - 1, 2.0**31 - 1, 2.0**32 - 1)
"""The largest numbers of the formats themselves: many programs declare them whatever the picture has."""
ROWS = 2**20
"""Pixels of a picture that are looked at together."""
_SIGNIFICANT, _MAX, _INVERTED = 258, (281, 341), 262
"""Tags of TIFF: bits a sample, the largest value (unsigned and of any kind), and how numbers become grey."""


@dataclass(frozen=True)
class GreyRange:
    """The numbers that become 0 and 255, and what there is to tell about it."""

    low: float
    high: float
    note: str

    def reduced(self, values: np.ndarray) -> np.ndarray:
        """Numbers of any kind -> uint8 of the same shape."""
        if self.low == 0 and values.dtype.kind == "u" and self.high in (255, 1023, 4095, 16383, 65535):
            # By whole bits, as a file with the full range always was.
            return np.minimum(values >> (int(self.high).bit_length() - 8), 255).astype(np.uint8)
        share = (values.astype(np.float32) - self.low) / max(self.high - self.low, 1e-30)
        return np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)


def is_deep(image: Image.Image) -> bool:
    """Whether Pillow gives the picture with more than 8 bits."""
    return image.mode.startswith("I") or image.mode == "F"


def strips(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """A picture in strips of up to ``ROWS`` pixels, each with its first row, so that no large copy is made."""
    width, height = image.size
    rows = max(1, ROWS // width)
    if rows >= height:
        yield 0, image
        return
    for top in range(0, height, rows):
        yield top, image.crop((0, top, width, min(height, top + rows)))


def range_of(image: Image.Image, significant_bits: int = 0) -> GreyRange:
    """The range of a deep picture, whose file declares so many ``significant_bits`` (0: none).

    What is declared counts where the picture keeps to it, else what it uses. Raises ``UnreadableError`` for what has
    values that aren't numbers.
    """
    low, high = _extremes(image)
    most = declared(image, significant_bits)
    if image.mode == "F":
        return _of_values(min(0.0, low), most if most and high <= most else _white(high))
    if low < 0:
        return _of_values(low, high)
    return range_of_integers(int(high), most, 16 if image.mode.startswith("I;16") else 32)


def _of_values(low: float, high: float) -> GreyRange:
    return GreyRange(
        low, high, f"Its values were reduced to 8 bits; {low:g} to {high:g} were taken as the whole range."
    )


def range_of_integers(high: int, declared: float, bits: int) -> GreyRange:
    """The range of numbers from 0 to ``high``, of which each has so many ``bits``; ``declared`` is the largest that
    there may be (0: none)."""
    whole = f"Its {bits} bits a channel were reduced to 8"
    if declared and high <= declared:
        used = int(declared).bit_length()
        white = int(declared)
    else:
        used = next((step for step in STEPS if high < 1 << step), high.bit_length())
        white = (1 << used) - 1
    if used == bits:
        return GreyRange(0, white, f"{whole}.")
    return GreyRange(0, white, f"{whole}; it uses {used} of them.")


def _white(high: float) -> float:
    """What is white in a picture of floating-point numbers: 1 or a whole number of bits, with a little room for what
    sharpening adds."""
    whites = (1.0, *(2.0**step - 1 for step in STEPS))
    white = next((white for white in whites if high <= 1.1 * white), high)
    return white if high >= white / 8 or white == 1.0 else high


def _extremes(image: Image.Image) -> tuple[float, float]:
    lows, highs = [], []
    for _, strip in strips(image):
        values = np.asarray(strip)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise UnreadableError("some of its values are no finite numbers; save it with 8 bits a channel")
        lows.append(float(values.min()))
        highs.append(float(values.max()))
    return min(lows), max(highs)


def declared(image: Image.Image, significant_bits: int) -> float:
    """The largest number that the file declares, where that is less than its format holds anyway; else 0."""
    tags = getattr(image, "tag_v2", None) or {}
    bits = significant_bits or int(_number(tags.get(_SIGNIFICANT)))
    most = [_number(tags.get(tag)) for tag in _MAX]
    most.append(float((1 << bits) - 1) if 0 < bits < 16 else 0.0)
    return min((one for one in most if one > 0 and one not in _WHOLE), default=0.0)


def _number(value: object) -> float:
    value = value[0] if isinstance(value, tuple) and value else value
    return float(value) if isinstance(value, int | float) else 0.0


def is_inverted(image: Image.Image) -> bool:
    """Whether 0 is white in a deep TIFF; in one of 8 bits Pillow sees to it."""
    tags = getattr(image, "tag_v2", None) or {}
    return image.mode.startswith("I;16") and tags.get(_INVERTED) == 0
