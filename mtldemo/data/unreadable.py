"""Why a picture can't be used: its size, and what Pillow finds wrong with it, in words."""

import logging
import warnings

from PIL import Image

MAX_BYTES = 64 * 2**20
"""A picture file beyond this is not read."""
MAX_PIXELS = 64_000_000
"""Pictures beyond this are rejected by their header, before a pixel is decoded."""
MIN_SIDE = 16

# What Pillow would print between the answers, with a line of its source: the limit above is stricter than its own, and
# what it finds amiss in a file but can do without is no more than that. What it can't do without is raised.
warnings.filterwarnings("ignore", module=r"PIL\.")
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
logging.getLogger("PIL").addHandler(logging.NullHandler())


class UnreadableError(Exception):
    """A picture that can't be used; the message is the reason in words."""


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
