"""A handful of pictures decoded together. Imports little, since every worker process does."""

import hashlib
from dataclasses import dataclass

import numpy as np

from mtldemo.data import decode
from mtldemo.data.source import Picture

CANONICAL = 64
"""Duplicates are looked for at this size whatever the image size, so that every size has the same groups and split."""
THUMB = 32
"""Side of the grey thumbnails that are compared, in pixels."""


@dataclass
class Chunk:
    """Decoded pictures. ``rows`` has one for each that went in: file, hash, and the reason why it is left out, empty
    where it is used. The others have one for each that is used: ``pixels`` uint8 [n, S, S, 3], ``thumbs`` uint8
    [n, 32, 32], ``moments`` float64 [n, 2, 3] (mean and mean square by channel, in 0..1) and ``notes``, in words what
    was done to it, empty where there is nothing to tell."""

    rows: list[tuple[str, str, str]]
    pixels: np.ndarray
    thumbs: np.ndarray
    moments: np.ndarray
    notes: list[str]


def decode_chunk(pictures: list[Picture], image_size: int) -> Chunk:
    """Decode ``pictures`` to ``image_size``; what can't be used is a row with its reason, never an error."""
    rows: list[tuple[str, str, str]] = []
    pixels, thumbs, notes = [], [], []
    for picture in pictures:
        content = ""
        try:
            data = picture.read()
            content = hashlib.sha256(data).hexdigest()[:32]
            if picture.unlabelled:
                raise decode.UnreadableError(picture.unlabelled)
            full, done = decode.decode_with_notes(data, image_size)
            canonical = full if image_size == CANONICAL else decode.decode(data, CANONICAL)
        except decode.UnreadableError as error:
            rows.append((picture.name, content, str(error)))
            continue
        rows.append((picture.name, content, ""))
        pixels.append(np.asarray(full))
        notes.append(" ".join(done))
        thumbs.append(np.asarray(canonical.convert("L").reduce(CANONICAL // THUMB)))
    shapes = (len(pixels), image_size, image_size, 3), (len(pixels), THUMB, THUMB)
    stacked = np.array(pixels, dtype=np.uint8).reshape(shapes[0])
    return Chunk(rows, stacked, np.array(thumbs, dtype=np.uint8).reshape(shapes[1]), _moments(stacked), notes)


def _moments(pixels: np.ndarray) -> np.ndarray:
    """Mean and mean square [n, 2, 3] by channel, in 0..1, of pictures uint8 [n, S, S, 3], S at most 256.

    Exact, so the same on every machine: a column's sum of squares is a whole number below 2**24.
    """
    count, side = pixels.shape[:2]
    values = pixels.reshape(count, side, side * 3).astype(np.float32)
    sums = [values.sum(1), np.square(values, out=values).sum(1)]
    means = [rows.reshape(count, side, 3).sum(1, dtype=np.float64) / side**2 for rows in sums]
    return np.stack([means[0] / 255, means[1] / 255**2], 1)
