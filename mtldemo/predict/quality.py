"""What makes an answer doubtful before the model is asked: short names of ``answers.WARNINGS``."""

import numpy as np
from PIL import Image

from mtldemo.predict.crop import Square, outside

SMALL = 0.6
"""A square with fewer pixels a side than this share of the model's is small."""
CUT_OFF = 0.2
"""A square with more than this share past the picture is cut off."""
SHARP = 0.02
"""``detail`` of a sharp face: 1 % of UTKFace's lie below, and most do after a blur of 1.5 pixels at 64."""
COLOURED, GREY = 4.0, 0.5
"""Mean gap between a pixel's channels, of 255, below which a face is grey, and any picture: one without colours but for
the noise of its compression."""


def quality_warnings(square: Square, crop: np.ndarray, size: tuple[int, int], *, face: bool = True) -> tuple[str, ...]:
    """What is wrong with the ``square`` of a picture of ``size`` (width, height), cut as ``crop`` uint8 [S, S, 3].

    Of what is no ``face`` nobody knows how much detail it has in its data set: it is never called blurred.
    """
    small = square.side < SMALL * crop.shape[0]
    warnings = {
        "small": small,
        # A small face is blurred by being enlarged; one word for it is enough.
        "blurred": face and not small and detail(crop) < SHARP,
        "cut off": face and outside(square, *size) > CUT_OFF,
        "grey": _colour(crop) < (COLOURED if face else GREY),
    }
    return tuple(name for name, applies in warnings.items() if applies)


def _colour(crop: np.ndarray) -> float:
    """Mean gap between the channels of a crop uint8 [S, S, 3]: 0 for grey, at most 255."""
    red, green, blue = (crop[:, :, channel] for channel in range(3))
    # Three planes at a time: numpy goes through an axis of three pixel by pixel.
    most, least = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    return float((most - least).mean())


def detail(crop: np.ndarray) -> float:
    """Variance of the Laplacian of a crop uint8 [S, S, 3] in grey at 64 pixels, as a share of the grey's own variance:
    0 for a flat picture, some 0.2 for a sharp face."""
    image = Image.fromarray(crop).convert("L")
    grey = np.asarray(image if image.width <= 64 else image.resize((64, 64), Image.Resampling.HAMMING), np.float32)
    inner = grey[1:-1, 1:-1]
    edges = 4 * inner - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    return float(edges.var() / max(float(grey.var()), 1.0))
