"""Small made-up pictures in UTKFace's layout."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from mtldemo.config import DataConfig


def jpeg(seed: int, side: int = 48, **options: object) -> bytes:
    """A picture of coloured blobs: unlike any other seed's, and smooth enough for JPEG."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)
    packed = io.BytesIO()
    image.save(packed, "JPEG", **({"quality": 90} | options))
    return packed.getvalue()


def name(number: int) -> str:
    """A valid name; labels vary with the number."""
    return f"{1 + 7 * number % 90}_{number % 2}_{number % 5}_2017011022{number:07d}.jpg.chip.jpg"


def faces(count: int = 12) -> dict[str, bytes]:
    """Names and bytes of different pictures."""
    return {name(number): jpeg(number) for number in range(count)}


def lay(folder: Path, files: dict[str, bytes]) -> Path:
    """Write ``files`` below ``folder``."""
    for file, data in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def small(source: Path | str, **options: int) -> DataConfig:
    """A config of tiny pictures."""
    return DataConfig(source=str(source), **({"image_size": 16} | options))  # type: ignore[arg-type]
