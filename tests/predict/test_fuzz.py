"""Damaged files of every format: used, or refused in one sentence; nothing is printed and no other error comes out."""

import io
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mtldemo.data.decode import UnreadableError, decode
from mtldemo.errors import MtlDemoError
from mtldemo.predict.pictures import read
from tests.data import profiles
from tests.data.test_depth import png, tiff

ROOT = Path(__file__).parents[2]
FACE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 32, 3), dtype=np.uint8))
TIMES = 40
"""Mutated files of each kind, in the tests' short run."""


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    # An image remembers how it was saved last.
    image.copy().save(file, kind, **options)
    return file.getvalue()


def heic() -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(FACE.resize((64, 64))).save(file)
    return file.getvalue()


def everything_beside() -> dict[str, Any]:
    """EXIF with an orientation and a nested directory, and a profile."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x8769] = 6, "maker", {0x9003: "2020:01:01 00:00:00", 0xA002: 40}
    return {"exif": exif.tobytes(), "icc_profile": profiles.rgb(profiles.ADOBE, 2.2)}


def with_texts() -> PngInfo:
    texts = PngInfo()
    texts.add_text("comment", "a" * 300, zip=True)
    texts.add_itxt("XML:com.adobe.xmp", '<x tiff:Orientation="3"/>', zip=True)
    return texts


def pages() -> dict[str, Any]:
    return {"save_all": True, "append_images": [FACE.rotate(90), FACE.rotate(180)]}


DEEP = Image.fromarray(np.arange(1280, dtype=np.uint16).reshape(40, 32))
DEEP_COLOUR = np.random.default_rng(0).integers(0, 4096, (20, 20, 3), dtype=np.uint16)
KINDS = {
    "JPEG": saved(FACE, "JPEG", **everything_beside()),
    "progressive JPEG": saved(FACE, "JPEG", progressive=True),
    "CMYK": saved(FACE.convert("CMYK"), "JPEG", icc_profile=profiles.cmyk()),
    "MPO": saved(FACE, "MPO", **pages()),
    "PNG": saved(FACE, "PNG", pnginfo=with_texts(), **everything_beside()),
    "palette PNG": saved(FACE.quantize(16), "PNG", transparency=3),
    "16-bit PNG": saved(DEEP, "PNG"),
    "APNG": saved(FACE, "PNG", **pages()),
    "WebP": saved(FACE, "WEBP", **everything_beside()),
    "animated WebP": saved(FACE, "WEBP", **pages()),
    "AVIF": saved(FACE, "AVIF"),
    "TIFF of pages": saved(FACE, "TIFF", **pages()),
    "packed TIFF": saved(FACE, "TIFF", compression="tiff_lzw"),
    "TIFF": saved(FACE, "TIFF", **everything_beside()),
    "16-bit TIFF": saved(DEEP, "TIFF", compression="tiff_deflate"),
    "16-bit colours": png(DEEP_COLOUR, 2, significant=12),
    "16-bit colours in TIFF": tiff(DEEP_COLOUR),
    "TIFF of floats": saved(DEEP.convert("F"), "TIFF"),
    "GIF": saved(FACE, "GIF", **pages()),
    "BMP": saved(FACE, "BMP"),
    "HEIC": heic(),
}


def mutated(content: bytes, times: int, seed: int) -> Iterator[bytes]:
    """Files with up to thirty bytes changed, at the beginning rather than at the end, or cut short."""
    generator = np.random.default_rng(seed)
    for _ in range(times):
        damaged = np.frombuffer(content, np.uint8).copy()
        reach = len(content) if generator.random() < 0.4 else min(len(content), 400)
        places = generator.integers(0, reach, generator.integers(1, 31))
        damaged[places] = generator.integers(0, 256, len(places))
        whole = damaged.tobytes()
        yield whole[: generator.integers(1, len(whole))] if generator.random() < 0.15 else whole


def refusal(content: bytes) -> str:
    """What is said of a file that can't be used, by training or by predict; raises whatever isn't said."""
    sentence = ""
    try:
        decode(content, 16)
    except UnreadableError as error:
        sentence = f"it can't be used: {error}."
    try:
        assert read(content, "it").pixels.dtype == np.uint8
    except MtlDemoError as error:
        sentence = str(error)
    return sentence


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_used_or_refused(kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    read(KINDS[kind])
    for content in mutated(KINDS[kind], TIMES, seed=len(kind)):
        with warnings.catch_warnings():
            # As it is for people; pytest would have all of them.
            warnings.filterwarnings("ignore", module=r"PIL\.")
            sentence = refusal(content)
        assert sentence == "" or (sentence.startswith("it can't be used: ") and "\n" not in sentence)
    assert capfd.readouterr() == ("", "")


def test_nothing_is_printed_of_a_damaged_picture_whatever_becomes_of_it(tmp_path: Path) -> None:
    content = bytearray(KINDS["JPEG"])
    place = content.index(b"Exif\0\0") + 6
    content[place + 10 : place + 20] = b"\xff" * 10
    (tmp_path / "exif.jpg").write_bytes(content)
    (tmp_path / "profile.jpg").write_bytes(saved(FACE, "JPEG", icc_profile=b"x" * 200))
    for number, damaged in enumerate(mutated(KINDS["packed TIFF"], 30, seed=1)):
        (tmp_path / f"{number}.tif").write_bytes(damaged)
    script = (
        "import sys, pathlib\n"
        "from mtldemo.errors import MtlDemoError\n"
        "from mtldemo.predict.pictures import read\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    try:\n"
        "        read(path)\n"
        "    except MtlDemoError:\n"
        "        pass\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
