"""One picture: upright, square and RGB, or a reason why not."""

import io

import numpy as np
import pytest
from PIL import Image

from mtldemo.data import decode
from mtldemo.data.decode import UnreadableError
from tests.data.pictures import jpeg


def packed(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def halves(width: int = 64, height: int = 64) -> Image.Image:
    """Red above, blue below."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (0, height // 2, width, height))
    return image


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1", "RGBA", "LA", "CMYK"])
def test_every_pixel_format_becomes_rgb(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    image = decode.decode(packed(halves().convert(mode), kind), 32)
    assert (image.mode, image.size) == ("RGB", (32, 32))


def test_see_through_parts_become_white() -> None:
    image = decode.decode(packed(Image.new("RGBA", (32, 32), (255, 0, 0, 0))), 16)
    assert np.asarray(image).min() == 255


@pytest.mark.parametrize(("orientation", "top"), [(1, "red"), (3, "blue"), (6, "half")])
def test_the_exif_tag_turns_the_picture(orientation: int, top: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = np.asarray(decode.decode(packed(halves(), "JPEG", exif=exif, quality=95), 16)).astype(int)
    above = image[:6].mean((0, 1))
    if top == "half":
        assert np.abs(image[:, :6].mean((0, 1)) - image[:, -6:].mean((0, 1))).max() > 200
    else:
        assert (above[0] > above[2]) == (top == "red")


def test_a_long_picture_is_cut_to_its_middle() -> None:
    image = Image.new("RGB", (300, 100), "black")
    image.paste("white", (100, 0, 200, 100))
    assert np.asarray(decode.decode(packed(image), 32)).mean() > 250


def test_the_short_cut_for_jpeg_costs_next_to_nothing() -> None:
    data = jpeg(5, 200, quality=95)
    with Image.open(io.BytesIO(data)) as image:
        slow = np.asarray(image.convert("RGB").resize((64, 64)), dtype=float)
    fast = np.asarray(decode.decode(data, 64), dtype=float)
    assert np.square(slow - fast).mean() < 4.0


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a picture"),
        (b"<html>not found</html>", "not a picture"),
        (jpeg(1)[:400], "cut off|damaged"),
        (jpeg(1, 200)[:-900], "cut off"),
        (packed(Image.new("RGB", (1, 1))), "1 x 1 pixels are too few"),
        (packed(Image.new("RGB", (900, 8))), "900 x 8 pixels are too few"),
        (packed(Image.new("1", (10_000, 10_000))), "10000 x 10000 pixels are too many"),
        (packed(Image.new("1", (20_000, 20_000))), "too many"),
        (packed(halves())[:100], "cut off|damaged"),
        (packed(halves(), "GIF"), "not a picture"),
    ],
    ids=["empty", "html", "stump", "truncated", "1x1", "flat", "100 MP", "400 MP", "png stump", "gif"],
)
def test_what_cant_be_used_has_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        decode.decode(data, 32)
