"""From the bytes of one picture to RGB pixels of 8 bits, upright and in sRGB: for training and for predict alike."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image

from mtldemo.data import colour, deep_colour, depth, png
from mtldemo.data.unreadable import MAX_BYTES, MAX_PIXELS, MIN_SIDE, UnreadableError, check_size, reason

__all__ = ["MAX_BYTES", "MAX_PIXELS", "MIN_SIDE", "UnreadableError", "check_size", "reason"]

# A camera's MPO file is opened as JPEG; asking for it by name fails.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP")

_PLAIN = {"1", "L", "P", "RGB", "CMYK", "YCbCr", "HSV", "LAB"}
_SEE_THROUGH = {"LA", "PA", "RGBA", "La", "RGBa"}
EXIF_DAMAGED = "Its EXIF data is damaged, so it may not be upright."
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By EXIF's orientation: what turns the picture upright."""


@dataclass(frozen=True, eq=False)
class OpenedPicture:
    """A picture whose pixels haven't been read yet, the ``data`` that they come from, the ``significant_bits`` that the
    file declares (0: none), and ``notes`` on what was left out so far."""

    image: Image.Image
    data: bytes = b""
    significant_bits: int = 0
    notes: tuple[str, ...] = ()


def open_picture(data: bytes, formats: tuple[str, ...]) -> OpenedPicture:
    """Read the header of a picture in one of Pillow's ``formats``. Raises whatever Pillow does, and ``UnreadableError``
    for too many or too few pixels."""
    looked = png.looked_through(data) if png.is_png(data) else png.Png(data)
    image = Image.open(io.BytesIO(looked.data), formats=formats)
    check_size(*image.size)
    return OpenedPicture(image, looked.data, looked.significant_bits, looked.notes)


class Rgb:
    """How a picture, or any part of it, becomes RGB of 8 bits; made once, from the whole. ``notes`` say what is done.

    Reads the pixels. Raises ``UnreadableError`` for a pixel format that isn't read, and whatever Pillow raises.
    """

    def __init__(self, given: OpenedPicture) -> None:
        image, notes = given.image, list(given.notes)
        deep = deep_colour.raw_mode(image)
        image.load()
        if deep:
            notes.append(deep_colour.spread(image, deep, given.data, given.significant_bits))
        self._range = depth.range_of(image, given.significant_bits) if depth.is_deep(image) else None
        self._inverted = depth.is_inverted(image)
        if self._range is not None:
            notes.append(self._range.note)
        self._convert, of_profile = colour.converter(image.info.get("icc_profile"), image.mode)
        self.notes = (*notes, *of_profile)

    def __call__(self, part: Image.Image) -> Image.Image:
        """``part`` as RGB; see-through parts become white."""
        if self._range is not None:
            values = self._range.reduced(np.asarray(part))
            part = Image.fromarray(255 - values if self._inverted else values)
        return as_rgb(part, self._convert)


def turn_of(image: Image.Image) -> tuple[Image.Transpose | None, tuple[str, ...]]:
    """What turns a picture upright by its EXIF tag, and a note where that can't be read. The pixels have been read, as
    some formats have the tag behind them."""
    try:
        return _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1)), ()
    except Exception:  # noqa: BLE001 - Pillow's readers of metadata raise all sorts
        return None, (EXIF_DAMAGED,)


def decode(data: bytes, side: int) -> Image.Image:
    """The picture of ``decode_with_notes``."""
    return decode_with_notes(data, side)[0]


def decode_with_notes(data: bytes, side: int) -> tuple[Image.Image, tuple[str, ...]]:
    """Decode ``data`` -> an RGB picture of ``side`` x ``side`` pixels, and sentences on what was done to it.

    It is turned upright by its EXIF tag, cut to the middle square and resized.

    A JPEG is decoded at the smallest of its built-in scales that still covers ``side``, which halves the time.
    Raises ``UnreadableError`` with the reason.
    """
    try:
        given = open_picture(data, FORMATS)
        with given.image as image:
            image.draft("RGB", (side, side))
            rgb = Rgb(given)
            turn, of_exif = turn_of(image)
            upright = rgb(image if turn is None else image.transpose(turn))
            return square(upright, side), (*frames_left_out(image), *rgb.notes, *of_exif)
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(reason(error)) from error


def frames_left_out(image: Image.Image) -> tuple[str, ...]:
    """Which of several pictures in a file was read. A camera's MPO holds a second picture for stereo or a preview, not
    a second frame."""
    count = getattr(image, "n_frames", 1)
    if count < 2 or image.format == "MPO":
        return ()
    if image.format == "HEIF":
        # A burst, or what a phone keeps beside the picture that it shows; that one needn't be the first.
        return (f"Only the main one of its {count} pictures was read.",)
    return (f"Only the first of {count} {'pages' if image.format == 'TIFF' else 'frames'} was read.",)


def square(image: Image.Image, side: int) -> Image.Image:
    """The middle square of a Pillow image, resized to ``side`` pixels, as RGB; see-through parts become white."""
    image = as_rgb(image)
    width, height = image.size
    edge = min(width, height)
    left, top = (width - edge) / 2, (height - edge) / 2
    return resized(image, side, (left, top, left + edge, top + edge))


def resized(image: Image.Image, side: int, box: tuple[float, float, float, float]) -> Image.Image:
    """The square ``box`` (left, top, right, bottom; in pixels, fractions allowed) of an image, at ``side`` pixels."""
    # Hamming shrinks nearly as sharply as bicubic in two thirds of the time, but isn't made for enlarging.
    how = Image.Resampling.HAMMING if box[2] - box[0] >= side else Image.Resampling.BICUBIC
    return image.resize((side, side), how, box=box)


def as_rgb(image: Image.Image, convert: colour.Convert | None = None) -> Image.Image:
    """A Pillow image as RGB, its colours brought to sRGB by ``convert``; see-through parts become white.

    Raises ``UnreadableError`` for more than 8 bits.
    """
    if image.mode in _SEE_THROUGH or "transparency" in image.info:
        image = image.convert("RGBA")
        if convert is not None:
            alpha = image.getchannel("A")
            image = convert(image.convert("RGB"))
            image.putalpha(alpha)
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    if image.mode not in _PLAIN:
        raise UnreadableError(f"the pixel format {image.mode} is not read; save it with 8 bits a channel")
    if convert is not None:
        return convert(image)
    return image if image.mode == "RGB" else image.convert("RGB")
