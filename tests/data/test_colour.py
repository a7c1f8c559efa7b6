"""Colour profiles: pictures come out in sRGB, those that are there already untouched, damaged profiles left out."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from mtldemo.data import colour
from mtldemo.data.decode import decode
from mtldemo.predict.pictures import read
from tests.data import profiles

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PROPHOTO = profiles.rgb(profiles.PROPHOTO, 1.8)
FACE = np.random.default_rng(0).integers(60, 200, (32, 32, 3)).astype(np.uint8)


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("profile", "mode", "given", "wanted"),
    [
        (PROPHOTO, "RGB", (180, 120, 90), (238, 122, 102)),
        (profiles.rgb(profiles.ADOBE, 2.19921875), "RGB", (180, 120, 90), (199, 121, 88)),
        (profiles.rgb(profiles.DISPLAY_P3, 2.2), "RGB", (180, 120, 90), (192, 117, 83)),
        (PROPHOTO, "L", 135, (153,) * 3),
        (profiles.grey(1.0), "L", 135, (192,) * 3),
        (profiles.cmyk(), "CMYK", (255, 0, 0, 0), (0, 74, 166)),
        (profiles.cmyk(), "CMYK", (0, 0, 0, 0), (255,) * 3),
    ],
    ids=["ProPhoto", "Adobe RGB", "Display P3", "grey made by ProPhoto", "linear grey", "a press's cyan", "its paper"],
)
def test_a_profile_is_brought_to_srgb(profile: bytes, mode: str, given: Any, wanted: tuple[int, ...]) -> None:
    picture = read(saved(Image.new(mode, (20, 20), given), "TIFF", icc_profile=profile))
    assert np.abs(picture.pixels.astype(int) - wanted).max() <= 2
    assert len(picture.notes) == 1
    assert "were converted from its profile" in picture.notes[0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
def test_training_and_predict_read_the_profile_of_every_format(kind: str) -> None:
    plain = Image.new("RGB", (32, 32), (180, 120, 90))
    data = saved(plain, kind, icc_profile=PROPHOTO)
    assert np.abs(read(data).pixels.astype(int) - (238, 122, 102)).max() <= 6
    if kind in ("PNG", "JPEG", "WEBP"):
        assert np.abs(np.asarray(decode(data, 16)).astype(int) - (238, 122, 102)).max() <= 6


@pytest.mark.parametrize(
    ("profile", "note"),
    [
        (SRGB, None),
        (profiles.rgb(profiles.ADOBE, 2.2)[:200], colour.UNREADABLE),
        (b"no profile at all", colour.UNREADABLE),
        (profiles.grey(1.0), "Its colour profile is for other pictures (grey, not colour) and was left out."),
        (profiles.cmyk(), "Its colour profile is for other pictures (CMYK, not colour) and was left out."),
    ],
    ids=["sRGB", "cut off", "none", "of grey", "of a press"],
)
def test_what_is_srgb_or_has_no_use_leaves_the_bits_as_they_are(profile: bytes, note: str | None) -> None:
    data, bare = (saved(Image.fromarray(FACE), icc_profile=one) for one in (profile, None))
    picture = read(data)
    assert np.array_equal(picture.pixels, FACE)
    assert picture.notes == ((note,) if note else ())
    assert decode(data, 24).tobytes() == decode(bare, 24).tobytes()


def test_what_is_see_through_becomes_white_whatever_the_profile() -> None:
    image = Image.new("RGBA", (20, 20), (180, 120, 90, 255))
    image.paste((180, 120, 90, 0), (10, 0, 20, 20))
    pixels = read(saved(image, icc_profile=PROPHOTO)).pixels.astype(int)
    assert np.abs(pixels[:, :10] - (238, 122, 102)).max() <= 2
    assert (pixels[:, 10:] == 255).all()
