"""Colours of 16 bits a channel. Pillow gives the high byte of each; where a picture uses fewer bits, the low ones too
are needed."""

import io
import sys
from collections.abc import Iterator

import numpy as np
from PIL import Image

from mtldemo.data import depth

_SWAPPED = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
"""Told the other order of bytes, Pillow gives the low byte of each number."""
_MODES = {"RGB", "RGBA", "RGBX", "CMYK", "LA"}


def raw_mode(image: Image.Image) -> str:
    """How the file has its pixels, where that is in colours of 16 bits that Pillow reduces to 8; else empty. Known only
    before they are read."""
    modes = {_raw(tile.args) for tile in getattr(image, "tile", None) or ()}
    mode = modes.pop() if len(modes) == 1 else ""
    # Where the parts are multiplied by their alpha, Pillow divides the high bytes by it.
    return mode if mode.partition(";16")[0] in _MODES and ";16" in mode else ""


def spread(image: Image.Image, raw: str, data: bytes, significant_bits: int) -> str:
    """Spread what ``image``, which was read from ``data``, uses of its 16 bits over all 8 of its own, in place; gives
    the note on it."""
    whole = depth.range_of_integers(0xFFFF, 0, 16).note
    if not data:
        # A caller's own image, which is left as it is.
        return whole
    # A colour that stands for see-through would be one of 16 bits.
    image.info.pop("transparency", None)
    bands = [band for band in image.getbands() if band != "A"]
    high = max(int(image.getchannel(band).getextrema()[1]) for band in bands)  # type: ignore[arg-type]
    if high >> 6:
        return whole
    low = _low_bytes(image, raw, data)
    most = max(int(_numbers(part, below)[..., : len(bands)].max()) for part, below, _ in _strips(image, low))
    declared = depth.declared(low, significant_bits)
    chosen = depth.range_of_integers(most, declared, 16)
    for part, below, top in _strips(image, low):
        numbers = _numbers(part, below)
        reduced = chosen.reduced(numbers)
        if image.mode == "RGBA":
            # Alpha may use all bits where the colours don't.
            alpha = numbers[..., 3:]
            reduced[..., 3:] = depth.range_of_integers(int(alpha.max()), 0, 16).reduced(alpha)
        image.paste(Image.fromarray(reduced, image.mode), (0, top))
    return chosen.note


def _low_bytes(image: Image.Image, raw: str, data: bytes) -> Image.Image:
    """The same picture with the low byte of each number."""
    again = Image.open(io.BytesIO(data), formats=(image.format or "",))
    mode, _, order = raw.partition(";16")
    # Of grey and alpha Pillow knows one order alone; as four bytes it gives all there are.
    swapped = "RGBA" if mode == "LA" else f"{mode};16{_SWAPPED[order]}"
    again.tile = [tile._replace(args=_with_raw(tile.args, swapped)) for tile in again.tile]  # type: ignore[attr-defined]
    again.load()
    if mode == "LA":
        _, grey, _, alpha = again.split()
        return Image.merge("RGBA", (grey, grey, grey, alpha))
    return again


def _strips(image: Image.Image, low: Image.Image) -> Iterator[tuple[Image.Image, Image.Image, int]]:
    """The same strip of both, and its first row."""
    for (top, part), (_, below) in zip(depth.strips(image), depth.strips(low), strict=True):
        yield part, below, top


def _numbers(part: Image.Image, below: Image.Image) -> np.ndarray:
    """Two pictures of bytes -> uint16 [H, W, C]."""
    return np.asarray(part).astype(np.uint16) << 8 | np.asarray(below)


def _raw(args: object) -> str:
    first = args[0] if isinstance(args, tuple) and args else args
    return first if isinstance(first, str) else ""


def _with_raw(args: object, raw: str) -> object:
    return (raw, *args[1:]) if isinstance(args, tuple) else raw
