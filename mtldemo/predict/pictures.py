"""From a path, bytes, a Pillow image or an array to upright RGB pixels; what a file tells beside them is dropped."""

import codecs
import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mtldemo.data import decode, depth, picture_files
from mtldemo.errors import MtlDemoError
from mtldemo.predict.quiet_tiff import MAGIC, keep_libtiff_quiet

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")
"""Pillow's formats that are read; it knows more, some of which start other programs. HEIC comes with pillow-heif."""
EXTENSIONS = (*picture_files.EXTENSIONS, ".apng", ".avif", ".gif", ".heic", ".heif", ".mpo", ".tif", ".tiff")
"""Endings of the files that are looked at in a folder; a file that is named is read whatever its ending."""
MAX_BYTES, MAX_PIXELS, MIN_SIDE = decode.MAX_BYTES, decode.MAX_PIXELS, decode.MIN_SIDE
"""The largest file, the most pixels, and the fewest pixels a side."""
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")

PictureLike = str | os.PathLike[str] | bytes | Image.Image | np.ndarray
"""What can be read: a path, a file's bytes, a Pillow image, or an array uint8 [H, W, 3] (RGB), [H, W, 4] or [H, W]."""


@dataclass(frozen=True, eq=False)
class DecodedPicture:
    """``pixels`` uint8 [H, W, 3], RGB, upright; ``name`` for messages; ``notes`` are sentences on what was done to it,
    such as that only the first of several frames was read."""

    pixels: np.ndarray
    name: str = ""
    notes: tuple[str, ...] = ()


def read(source: PictureLike, name: str = "") -> DecodedPicture:
    """Read a picture; the same one gives the same pixels in whichever form it comes.

    It is turned upright by its EXIF tag, its colours are brought from its profile to sRGB and its depth to 8 bits,
    see-through parts become white, of an animation the first frame is read.
    Raises ``MtlDemoError``, in one sentence that begins with ``name`` (else the path), for what can't be used.
    """
    if isinstance(source, str | os.PathLike):
        name = name or os.fspath(source)
    name = name or "The picture"
    try:
        if isinstance(source, np.ndarray):
            return DecodedPicture(_from_array(source), name)
        if isinstance(source, Image.Image):
            decode.check_size(*source.size)
            pixels, notes = _pixels(decode.OpenedPicture(source))
            return DecodedPicture(pixels, name, notes)
        opened = _opened(_bytes(source))
        with opened.image:
            pixels, notes = _pixels(opened)
            return DecodedPicture(pixels, name, notes)
    except decode.UnreadableError as error:
        raise MtlDemoError(f"{name} can't be used: {error}.") from error


def pixel_size(data: bytes) -> tuple[int, int]:
    """A picture's width and height by its header, before it is turned upright; zeros for what can't be used."""
    with contextlib.suppress(decode.UnreadableError), _opened(data).image as image:
        return image.size
    return 0, 0


def readable_pictures() -> str:
    """What can be read, in words for the sentence that refuses something else."""
    kinds = f"JPEG, PNG, WebP, {'HEIC, ' if _heif() else ''}AVIF, GIF, BMP and TIFF"
    return f"{kinds}; at most {MAX_BYTES / 2**20:.0f} MB and {MAX_PIXELS / 1e6:.0f} million pixels each"


def _bytes(source: Any) -> bytes:
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        size = len(data)
    elif isinstance(source, str | os.PathLike):
        path = Path(source)
        try:
            if path.is_dir():
                closed = not os.access(path, os.R_OK | os.X_OK)
                raise decode.UnreadableError(f"it is a folder{' that may not be read' * closed}")
            size, data = path.stat().st_size, b""
            if size <= MAX_BYTES:
                # What has no size, such as a device, may have no end either.
                with path.open("rb") as file:
                    data = file.read(size or MAX_BYTES + 1)
                size = len(data)
        except (OSError, ValueError) as error:
            problem = getattr(error, "strerror", None) or str(error)
            raise decode.UnreadableError(f"the file can't be opened ({problem[:1].lower()}{problem[1:]})") from error
    else:
        raise TypeError(f"expected a path, bytes, a Pillow image or an array, found {type(source).__name__}")
    if size > MAX_BYTES:
        # Of standard input and of devices no more was read than to see that it is too much.
        how_large = f"{size / 2**20:.0f} MB" if size > MAX_BYTES + 1 else "too many bytes"
        raise decode.UnreadableError(f"the file has {how_large}; at most {MAX_BYTES / 2**20:.0f} MB are read")
    if not data:
        raise decode.UnreadableError("the file is empty")
    return data


def _opened(data: bytes) -> decode.OpenedPicture:
    formats = FORMATS
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        # Only avif files have no need of it, and they have a brand of their own.
        if not _heif():
            raise decode.UnreadableError(
                "it is a HEIC picture, which needs the package pillow-heif (python -m pip install pillow-heif); "
                "install that, or save the picture as JPEG"
            )
        formats = (*FORMATS, "HEIF")
    if data.startswith(MAGIC):
        keep_libtiff_quiet()
    try:
        return decode.open_picture(data, formats)
    except decode.UnreadableError:
        raise
    except Exception as error:
        if isinstance(error, Image.UnidentifiedImageError):
            if "HEIF" in formats:
                kind = "the file is damaged, or its end is missing"
            elif _is_text(data):
                kind = "it is a text, not a picture"
            else:
                kind = f"it is no picture that can be read ({readable_pictures()})"
            raise decode.UnreadableError(kind) from error
        raise decode.UnreadableError(decode.reason(error)) from error


def _pixels(opened: decode.OpenedPicture) -> tuple[np.ndarray, tuple[str, ...]]:
    """The pixels uint8 [H, W, 3], upright, and what was done to them. Whatever a decoder raises, wherever it does, is
    the picture's ``UnreadableError``."""
    image = opened.image
    try:
        frames = decode.frames_left_out(image)
        rgb = decode.Rgb(opened)
        turn, of_exif = decode.turn_of(image)
        return _upright(image, rgb, turn), (*frames, *rgb.notes, *of_exif)
    except decode.UnreadableError:
        raise
    except Exception as error:
        raise decode.UnreadableError(decode.reason(error)) from error


def _upright(image: Image.Image, rgb: decode.Rgb, turn: Image.Transpose | None) -> np.ndarray:
    """Strip by strip into the array that is given back: a large picture is there twice at most, not five times."""
    width, height = image.size
    across = turn in _ACROSS
    pixels = np.empty((width, height, 3) if across else (height, width, 3), np.uint8)
    as_stored = _ACROSS[turn](pixels) if turn in _ACROSS else _ALONG[turn](pixels)
    for top, strip in depth.strips(image):
        as_stored[top : top + strip.height] = np.asarray(rgb(strip))
    return pixels


_ALONG: dict[Image.Transpose | None, Callable[[np.ndarray], np.ndarray]] = {
    None: lambda pixels: pixels,
    Image.Transpose.FLIP_LEFT_RIGHT: lambda pixels: pixels[:, ::-1],
    Image.Transpose.ROTATE_180: lambda pixels: pixels[::-1, ::-1],
    Image.Transpose.FLIP_TOP_BOTTOM: lambda pixels: pixels[::-1],
}
_ACROSS: dict[Image.Transpose | None, Callable[[np.ndarray], np.ndarray]] = {
    Image.Transpose.TRANSPOSE: lambda pixels: pixels.swapaxes(0, 1),
    Image.Transpose.ROTATE_270: lambda pixels: pixels[:, ::-1].swapaxes(0, 1),
    Image.Transpose.TRANSVERSE: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    Image.Transpose.ROTATE_90: lambda pixels: pixels[::-1].swapaxes(0, 1),
}
"""By what turns a picture upright: the upright pixels, seen as the file has them."""


def _from_array(array: np.ndarray) -> np.ndarray:
    if array.dtype != np.uint8:
        raise decode.UnreadableError(f"expected an array of uint8 (0 to 255), found {array.dtype}")
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise decode.UnreadableError(f"expected an RGB array [height, width, 3], found {list(array.shape)}")
    decode.check_size(array.shape[1], array.shape[0])
    if array.ndim == 3 and array.shape[2] == 3:
        return array
    return np.asarray(decode.as_rgb(Image.fromarray(array)))


def _is_text(data: bytes) -> bool:
    with contextlib.suppress(UnicodeDecodeError):
        # Incremental: a letter that is cut in two at the end doesn't make it less of a text.
        return "\0" not in codecs.getincrementaldecoder("utf-8")().decode(data[:1000])
    return False


def _heif() -> bool:
    """Whether HEIC can be read; tells Pillow how, where the optional package is installed."""
    if "HEIF" in Image.OPEN:
        return True
    try:
        import pillow_heif  # type: ignore[import-not-found]
    except ImportError:
        return False
    pillow_heif.register_heif_opener()
    return "HEIF" in Image.OPEN
