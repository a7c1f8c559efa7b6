"""Pictures of more than 8 bits a channel look like the same with 8, however many of their bits they use."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from mtldemo.data.decode import UnreadableError, decode
from mtldemo.errors import MtlDemoError
from mtldemo.predict.pictures import read

GREY = np.random.default_rng(0).integers(0, 256, (24, 20)).astype(np.uint16)
GREY[0, :2] = 0, 255
COLOUR = np.random.default_rng(1).integers(0, 256, (24, 20, 3)).astype(np.uint16)
COLOUR[0, 0] = 255


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(values: np.ndarray, kind: int, significant: int = 0) -> bytes:
    """A PNG of 16 bits a channel: uint16 [H, W, C] of the colour type ``kind``, which Pillow doesn't write."""
    height, width = values.shape[:2]
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in values)
    channels = 1 if values.ndim == 2 else values.shape[2]
    declared = chunk(b"sBIT", bytes([significant] * channels)) if significant else b""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + declared + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def tiff(values: np.ndarray, order: str = "<", **tags: int) -> bytes:
    """A TIFF of 16-bit colours, not packed."""
    height, width = values.shape[:2]
    channels = 1 if values.ndim == 2 else values.shape[2]
    body = values.astype(f"{order}u2").tobytes()
    entries = [(256, 4, width), (257, 4, height), (259, 3, 1), (262, 3, tags.get("inverted", 2 - (channels == 1)))]
    entries += [(277, 3, channels), (278, 4, height), (279, 4, len(body)), (284, 3, 1)]
    entries += [(281, 3, tags["most"])] if "most" in tags and channels == 1 else []
    count = len(entries) + 2
    place = 8 + 2 + 12 * count + 4
    bits = struct.pack(f"{order}{channels}H", *[16] * channels).ljust(8, b"\0")
    table = [(number, kind, 1, struct.pack(f"{order}{'IH'[kind == 3]}", value)) for number, kind, value in entries]
    table.append((258, 3, channels, bits[:4] if channels < 3 else struct.pack(f"{order}I", place)))
    table.append((273, 4, 1, struct.pack(f"{order}I", place + 8)))
    lines = (struct.pack(f"{order}HHI", *entry[:3]) + entry[3].ljust(4, b"\0") for entry in sorted(table))
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, count)
    return head + b"".join(lines) + bytes(4) + bits + body


def declaring(most: int) -> dict[str, Any]:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[281] = most
    return {"tiffinfo": tags}


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize(
    "written",
    [
        lambda values: saved(Image.fromarray(values), "PNG"),
        lambda values: saved(Image.fromarray(values), "TIFF"),
        lambda values: saved(Image.fromarray(values), "TIFF", compression="tiff_lzw"),
        lambda values: tiff(values, ">"),
        lambda values: saved(Image.fromarray(values.astype(np.int32)), "TIFF"),
        lambda values: saved(Image.fromarray(values.astype(np.float32)), "TIFF"),
    ],
    ids=["PNG", "TIFF", "packed TIFF", "big-endian TIFF", "TIFF of 32 bits", "TIFF of floats"],
)
def test_grey_is_spread_over_the_bits_that_it_uses(written: Any, bits: int) -> None:
    values = GREY << (bits - 8) | GREY >> (16 - bits)
    picture = read(written(values))
    assert np.abs(picture.pixels.astype(int) - GREY[..., None]).max() <= 1
    assert len(picture.notes) == 1
    assert "reduced to 8" in picture.notes[0]


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize(
    "written",
    [
        lambda values: png(values, 2),
        lambda values: tiff(values),
        lambda values: tiff(values, ">"),
        lambda values: png(np.concatenate([values, np.full((24, 20, 1), 65_535, np.uint16)], 2), 6),
    ],
    ids=["PNG", "TIFF", "big-endian TIFF", "PNG with alpha"],
)
def test_colours_are_spread_over_the_bits_that_they_use(written: Any, bits: int) -> None:
    picture = read(written(COLOUR << (bits - 8) | COLOUR >> (16 - bits)))
    assert np.abs(picture.pixels.astype(int) - COLOUR).max() <= 1
    assert picture.notes == (
        f"Its 16 bits a channel were reduced to 8{'' if bits == 16 else f'; it uses {bits} of them'}.",
    )


def test_grey_with_alpha_is_spread_too() -> None:
    values = np.stack([GREY << 4, np.full_like(GREY, 65_535)], 2)
    assert np.abs(read(png(values, 4)).pixels.astype(int) - GREY[..., None]).max() <= 1


@pytest.mark.parametrize("level", [0, 40, 128, 255])
@pytest.mark.parametrize(
    "written",
    [lambda values: png(values, 0, significant=12), lambda values: tiff(values, most=4095)],
    ids=["significant bits", "largest value"],
)
def test_what_a_file_declares_counts_for_a_dark_picture(written: Any, level: int) -> None:
    assert (read(written(np.full((20, 20), level << 4, np.uint16))).pixels == level).all()


def test_a_declaration_that_the_picture_does_not_keep_to_is_passed_over() -> None:
    # PNG has the bits that count at the upper end; others leave them where they were.
    assert (read(png(np.full((20, 20), 0x8080, np.uint16), 0, significant=12)).pixels == 0x80).all()
    assert (
        read(saved(Image.fromarray(np.full((20, 20), 128 << 4, np.uint16)), "TIFF", **declaring(65_535))).pixels == 128
    ).all()


def test_white_is_zero_where_the_file_says_so() -> None:
    assert np.abs(read(tiff(GREY << 8, inverted=0)).pixels.astype(int) - (255 - GREY[..., None])).max() <= 1


@pytest.mark.parametrize("scale", [1.0, 255.0, 1020.0, 4080.0, 20.0, 1.05])
def test_floats_are_spread_over_their_range(scale: float) -> None:
    values = (GREY / 255 * scale).astype(np.float32)
    assert np.abs(read(saved(Image.fromarray(values), "TIFF")).pixels.astype(int) - GREY[..., None]).max() <= 13


def test_floats_below_zero_and_values_that_are_no_numbers() -> None:
    values = np.linspace(-2, 2, 400, dtype=np.float32).reshape(20, 20)
    found = read(saved(Image.fromarray(values), "TIFF")).pixels[..., 0]
    assert (found[0, 0], found[-1, -1]) == (0, 255)
    values[3, 3] = np.nan
    with pytest.raises(MtlDemoError, match="no finite numbers"):
        read(saved(Image.fromarray(values), "TIFF"))


def test_training_reads_the_same() -> None:
    deep, plain = png(COLOUR << 4, 2), saved(Image.fromarray(COLOUR.astype(np.uint8)), "PNG")
    found, wanted = (np.asarray(decode(data, 16)).astype(int) for data in (deep, plain))
    assert np.abs(found - wanted).max() <= 1
    with pytest.raises(UnreadableError):
        decode(deep[:200], 16)
