"""A camera for a Chromium that has none: a short film of a face."""

import io
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

SIZE = (640, 480)


def fake_camera(file: Path, pictures: Iterable[Image.Image]) -> tuple[str, ...]:
    """Write ``pictures`` one after the other as motion JPEG, which Chromium shows in a loop as its camera; gives the
    flags that tell it so."""
    with file.open("wb") as film:
        for picture in pictures:
            frame = io.BytesIO()
            picture.resize(SIZE).save(frame, "JPEG", quality=92)
            film.write(frame.getvalue())
    return "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={file}"


def portrait_film(portrait: Image.Image) -> list[Image.Image]:
    """scikit-image's astronaut with the face in the middle, moving a little to and fro."""
    return [portrait.crop((60 + shift, 0, 444 + shift, 288)) for shift in (0, 2, 4, 6, 6, 4, 2, 0)]
