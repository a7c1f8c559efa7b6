"""From the bytes of one picture to a square of RGB pixels."""

import io
import warnings

from PIL import Image, ImageOps

# A camera's MPO file is opened as JPEG; asking for it by name fails.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP")
MAX_BYTES = 64 * 2**20
"""A picture file beyond this is not read."""
MAX_PIXELS = 64_000_000
"""Pictures beyond this are rejected by their header, before a pixel is decoded."""
MIN_SIDE = 16

# The limit above is stricter than Pillow's warning, which would otherwise be printed beside the table of rejects.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

_PLAIN = {"1", "L", "P", "RGB", "CMYK", "YCbCr", "HSV", "LAB"}
_SEE_THROUGH = {"LA", "PA", "RGBA", "La", "RGBa"}


class UnreadableError(Exception):
    """A picture that can't be used; the message is the reason in words."""


def decode(data: bytes, side: int) -> Image.Image:
    """Decode ``data`` -> an RGB picture of ``side`` x ``side`` pixels.

    It is turned upright by its EXIF tag, cut to the middle square and resized.

    A JPEG is decoded at the smallest of its built-in scales that still covers ``side``, which halves the time.
    Raises ``UnreadableError`` with the reason.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            check_size(*image.size)
            image.draft("RGB", (side, side))
            ImageOps.exif_transpose(image, in_place=True)
            return square(image, side)
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(reason(error)) from error


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


def as_rgb(image: Image.Image) -> Image.Image:
    """A Pillow image as RGB; see-through parts become white. Raises ``UnreadableError`` for more than 8 bits."""
    if image.mode in _SEE_THROUGH or "transparency" in image.info:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    elif image.mode not in _PLAIN:
        raise UnreadableError(f"the pixel format {image.mode} is not read; save it with 8 bits a channel")
    return image if image.mode == "RGB" else image.convert("RGB")


def check_size(width: int, height: int) -> None:
    """Raise ``UnreadableError`` for a picture of too many or too few pixels."""
    if width * height > MAX_PIXELS:
        raise UnreadableError(
            f"{width} x {height} pixels are too many; at most {MAX_PIXELS / 1e6:.0f} million are read"
        )
    if min(width, height) < MIN_SIDE:
        raise UnreadableError(f"{width} x {height} pixels are too few; at least {MIN_SIDE} a side are needed")


def reason(error: Exception) -> str:
    """Why Pillow could not read a file, in words."""
    words = str(error).lower()
    if isinstance(error, Image.DecompressionBombError):
        return f"too many pixels; at most {MAX_PIXELS / 1e6:.0f} million are read"
    if isinstance(error, Image.UnidentifiedImageError):
        return "not a picture that can be read (JPEG, PNG, WebP or BMP)"
    if "truncated" in words or "broken data stream" in words:
        return "the file is cut off: its end is missing"
    if isinstance(error, MemoryError):
        return "too large for the memory of this machine"
    return "the file is damaged"
