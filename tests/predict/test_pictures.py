import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from mtldemo.data import depth
from mtldemo.errors import MtlDemoError
from mtldemo.predict import pictures
from mtldemo.predict.pictures import read


def drawn(width: int = 40, height: int = 30) -> np.ndarray:
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (height, width, 3), dtype=np.uint8)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)  # type: ignore[arg-type]
    return file.getvalue()


def header_only(width: int, height: int) -> bytes:
    """A PNG that says how large it is and has hardly a pixel."""
    content = bytearray(saved(Image.new("RGB", (16, 16)), "PNG"))
    content[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    import zlib

    content[29:33] = zlib.crc32(bytes(content[12:29])).to_bytes(4, "big")
    return bytes(content)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF", "JPEG", "WEBP", "AVIF"])
def test_path_bytes_image_and_array_give_the_same_pixels(kind: str, tmp_path: Path) -> None:
    content = saved(Image.fromarray(drawn()), kind)
    (tmp_path / "p.jpg").write_bytes(content)  # the ending says nothing
    wanted = read(content).pixels
    assert wanted.dtype == np.uint8
    assert wanted.shape == (30, 40, 3)
    for source in (tmp_path / "p.jpg", str(tmp_path / "p.jpg"), Image.open(io.BytesIO(content)), wanted):
        assert np.array_equal(read(source).pixels, wanted)


def test_exif_turns_the_picture_in_every_form(tmp_path: Path) -> None:
    image = Image.fromarray(drawn())
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn clockwise
    content = saved(image, "PNG", exif=exif)
    upright = np.rot90(drawn(), -1)
    (tmp_path / "turned.png").write_bytes(content)
    for source in (content, tmp_path / "turned.png", Image.open(io.BytesIO(content))):
        assert np.array_equal(read(source).pixels, upright)


@pytest.mark.parametrize("rows", [7, 2**20])
@pytest.mark.parametrize("orientation", range(10))
def test_every_orientation_is_turned_as_pillow_does(
    orientation: int, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(depth, "ROWS", 40 * rows)
    image = Image.fromarray(drawn())
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = saved(image, "PNG", exif=exif)
    with Image.open(io.BytesIO(content)) as opened:
        wanted = np.asarray(ImageOps.exif_transpose(opened))
    assert np.array_equal(read(content).pixels, wanted)


def test_see_through_parts_are_white() -> None:
    image = Image.new("RGBA", (20, 20), (200, 0, 0, 0))
    assert (read(saved(image, "PNG")).pixels == 255).all()
    assert (read(np.asarray(image)).pixels == 255).all()
    palette = Image.new("P", (20, 20), 0)
    palette.putpalette([10, 20, 30] * 256)
    assert (read(saved(palette, "PNG")).pixels == (10, 20, 30)).all()
    assert (read(saved(palette, "PNG", transparency=0)).pixels == 255).all()


def test_cmyk_and_grey_become_rgb() -> None:
    assert read(saved(Image.new("CMYK", (20, 20), (0, 255, 255, 0)), "JPEG")).pixels.shape == (20, 20, 3)
    assert (read(np.full((20, 20), 7, np.uint8)).pixels == 7).all()
    assert (read(saved(Image.new("1", (20, 20), 1), "PNG")).pixels == 255).all()


def test_sixteen_bits_are_reduced_and_said() -> None:
    deep = Image.fromarray(np.full((20, 20), 0x8040, np.uint16))
    picture = read(saved(deep, "PNG"))
    assert (picture.pixels == 0x80).all()
    assert picture.notes == ("Its 16 bits a channel were reduced to 8.",)


def test_of_an_animation_the_first_frame_is_read_and_said() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue", "green")]
    for kind in ("GIF", "WEBP"):
        options = {"lossless": True} if kind == "WEBP" else {}
        picture = read(saved(frames[0], kind, save_all=True, append_images=frames[1:], **options))
        assert (picture.pixels == (255, 0, 0)).all()
        assert picture.notes == ("Only the first of 3 frames was read.",)


TRUNCATED = saved(Image.fromarray(drawn(200, 200)), "JPEG")[:9000]
NO_PICTURE = "is no picture that can be read"
BAD = {
    "text": (b"hello, I am a text\nwith lines", "it is a text, not a picture"),
    "pdf": (b"%PDF-1.4\0\xff\xfe\x00", NO_PICTURE),
    "noise": (bytes(range(256)) * 4, NO_PICTURE),
    "empty": (b"", "the file is empty"),
    "truncated": (TRUNCATED, "the file is cut off: its end is missing"),
    "one pixel": (saved(Image.new("RGB", (1, 1)), "PNG"), "1 x 1 pixels are too few; at least 16 a side"),
    "large": (header_only(20_000, 20_000), "too many.*64 million"),
    "huge": (header_only(12_000, 8_000), "12000 x 8000 pixels are too many"),
    "heic": (b"\0\0\0\x18ftypheic" + bytes(100), "the file is damaged, or its end is missing"),
    "no numbers": (saved(Image.new("F", (20, 20), float("nan")), "TIFF"), "some of its values are no finite numbers"),
    "float array": (np.zeros((20, 20, 3)), "expected an array of uint8.*found float64"),
    "flat array": (np.zeros(20, np.uint8), r"RGB array \[height, width, 3\], found \[20\]"),
    "five channels": (np.zeros((20, 20, 5), np.uint8), r"found \[20, 20, 5\]"),
    "tiny array": (np.zeros((4, 40, 3), np.uint8), "40 x 4 pixels are too few"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_used_is_said_in_one_sentence(case: str) -> None:
    source, words = BAD[case]
    with pytest.raises(MtlDemoError, match=f"^it.jpg can't be used: .*({words})") as caught:
        read(source, "it.jpg")
    assert "\n" not in str(caught.value)


def test_paths_that_lead_nowhere(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "gone.jpg", "no such file"), (tmp_path, "it is a folder"), ("a\0b", "null")):
        with pytest.raises(MtlDemoError, match=words):
            read(path)


def test_a_large_file_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pictures, "MAX_BYTES", 2**20)
    (tmp_path / "large.jpg").write_bytes(bytes(3 * 2**20))
    with pytest.raises(MtlDemoError, match="the file has 3 MB; at most 1 MB are read"):
        read(tmp_path / "large.jpg")
    with pytest.raises(MtlDemoError, match="3 MB"):
        read(bytes(3 * 2**20))
    with pytest.raises(MtlDemoError, match="the file has too many bytes; at most 1 MB are read"):
        read(bytes(2**20 + 1))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no file without an end")
def test_a_file_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_BYTES", 2**20)
    with pytest.raises(MtlDemoError, match="/dev/zero can't be used: the file has too many bytes"):
        read("/dev/zero")


def test_the_limits_are_said_in_words() -> None:
    assert "JPEG, PNG, WebP" in pictures.readable_pictures()
    assert "64 MB and 64 million pixels" in pictures.readable_pictures()


def test_a_callers_image_is_left_as_it_was() -> None:
    image = Image.fromarray(drawn())
    exif = image.getexif()
    exif[0x0112] = 3
    read(image)
    assert np.array_equal(np.asarray(image), drawn())
