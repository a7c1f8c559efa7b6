"""What people really bring: each kind of bad or odd picture and model is used, or refused in one clear sentence."""

import dataclasses
import io
import pickle
import re
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mtldemo.cli import main
from mtldemo.errors import MtlDemoError
from mtldemo.model.files import load_model, save_model
from mtldemo.predict.notes import note_sentences
from mtldemo.predict.pictures import read
from mtldemo.predict.pipeline import Pipeline
from mtldemo.predict.predictor import Predictor
from tests.predict.tiny import tiny_config, write_model

FACE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (48, 40, 3), dtype=np.uint8))


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def see_through() -> Image.Image:
    image = FACE.convert("RGBA")
    image.putalpha(90)
    return image


def told_to_be_huge() -> bytes:
    """A PNG of some 100 bytes that says it has 65,535 pixels a side."""
    content = bytearray(saved(Image.new("RGB", (16, 16)), "PNG"))
    content[16:24] = (65_535).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(bytes(content[12:29])).to_bytes(4, "big")
    return bytes(content)


def text_bomb() -> bytes:
    """A PNG of 100 kB with a comment of 100 MB."""
    comment = PngInfo()
    comment.add_text("comment", "a" * 100_000_000, zip=True)
    return saved(FACE, "PNG", pnginfo=comment)


def long_texts() -> bytes:
    """A PNG with 3 MB of text in each of its three kinds, which browsers show."""
    texts = PngInfo()
    texts.add_text("plain", "a" * 3_000_000)
    texts.add_text("packed", "a" * 3_000_000, zip=True)
    texts.add_itxt("XML:com.adobe.xmp", "a" * 3_000_000)
    return saved(FACE, "PNG", pnginfo=texts)


def second_page_damaged() -> bytes:
    content = bytearray(saved(FACE, "TIFF", save_all=True, append_images=[FACE]))
    first = int.from_bytes(content[4:8], "little")
    entries = int.from_bytes(content[first : first + 2], "little")
    place = first + 2 + 12 * entries
    second = int.from_bytes(content[place : place + 4], "little")
    # Its only entry is the width, of a kind that there isn't.
    content[second : second + 14] = bytes([1, 0, 0, 1, 99, 0]) + b"\xff" * 8
    return bytes(content)


def heic() -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(FACE.resize((64, 64))).save(file)
    return file.getvalue()


def heic_of_two() -> bytes:
    """The second picture is the main one."""
    file = io.BytesIO()
    pictures = pillow_heif.from_pillow(FACE.resize((32, 32)))
    pictures.add_from_pillow(FACE.resize((64, 64)))
    pictures.save(file, primary_index=1)
    return file.getvalue()


# File's name, its content, and what is said: "" where it is used like any other.
USED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "animated GIF": (
        "a.gif",
        lambda: saved(FACE, "GIF", save_all=True, append_images=[FACE.rotate(90), FACE.rotate(180)]),
        "Only the first of 3 frames was read.",
    ),
    "animated WebP": (
        "a.webp",
        lambda: saved(FACE, "WEBP", save_all=True, append_images=[FACE.rotate(90)]),
        "Only the first of 2 frames was read.",
    ),
    "animated PNG": (
        "a.png",
        lambda: saved(FACE, "PNG", save_all=True, append_images=[FACE.rotate(90)]),
        "Only the first of 2 frames was read.",
    ),
    "CMYK": ("a.jpg", lambda: saved(FACE.convert("CMYK"), "JPEG"), ""),
    "16-bit grey": (
        "a.png",
        lambda: saved(Image.fromarray(np.full((40, 40), 0x8040, np.uint16)), "PNG"),
        "Its 16 bits a channel were reduced to 8.",
    ),
    "palette": ("a.png", lambda: saved(FACE.quantize(16), "PNG"), ""),
    "palette with transparency": ("a.gif", lambda: saved(FACE.quantize(16), "GIF", transparency=3), ""),
    "transparent": ("a.png", lambda: saved(see_through(), "PNG"), ""),
    "black and white": ("a.tif", lambda: saved(FACE.convert("1"), "TIFF"), ""),
    "wrong suffix": ("a.png", lambda: saved(FACE, "JPEG"), ""),
    "no suffix": ("a", lambda: saved(FACE, "WEBP"), ""),
    "HEIC of a phone": ("a.heic", heic, ""),
    "HEIC of two": ("a.heic", heic_of_two, "Only the main one of its 2 pictures was read."),
    "long texts": ("a.png", long_texts, ""),
    ".jfif": ("a.jfif", lambda: saved(FACE, "JPEG"), ""),
    "TIFF of two pages": (
        "a.tif",
        lambda: saved(FACE, "TIFF", save_all=True, append_images=[FACE.rotate(90)]),
        "Only the first of 2 pages was read.",
    ),
}
REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "not an image": ("a.jpg", lambda: b"\x00\x01\x02\x03" * 500, "it is no picture that can be read"),
    "PDF": ("a.jpg", lambda: b"%PDF-1.7\n\xe2\xe3\xcf\xd3" + bytes(500), "it is no picture that can be read"),
    "SVG": ("a.png", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "it is a text, not a picture"),
    "a text named .jpg": ("a.jpg", lambda: "Grüße, ich bin ein Text\n".encode() * 50, "it is a text, not a picture"),
    "empty": ("a.jpg", lambda: b"", "the file is empty"),
    "truncated JPEG": ("a.jpg", lambda: saved(FACE.resize((300, 300)), "JPEG")[:9000], "the file is cut off"),
    "truncated PNG": ("a.png", lambda: saved(FACE.resize((300, 300)), "PNG")[:9000], "the file is cut off"),
    "truncated HEIC": ("a.heic", lambda: heic()[:400], "is damaged|is cut off|no picture"),
    "1 x 1": ("a.png", lambda: saved(Image.new("RGB", (1, 1)), "PNG"), "1 x 1 pixels are too few; at least 16 a side"),
    "20,000 x 20,000": (
        "a.png",
        lambda: saved(Image.new("1", (20_000, 20_000)), "PNG"),
        "too many pixels; at most 64 million are read",
    ),
    "pixel bomb": ("a.png", told_to_be_huge, "too many pixels; at most 64 million are read"),
    "text bomb": ("a.png", text_bomb, "its texts unpack to more than 64 MB, which is too much"),
    "TIFF with a damaged second page": ("a.tif", second_page_damaged, "the file is damaged"),
}


def written(folder: Path, name: str, content: bytes) -> Path:
    file = folder / name
    file.write_bytes(content)
    return file


@pytest.mark.parametrize("case", USED)
def test_an_odd_picture_is_used_and_what_was_done_is_said(case: str, predictor: Predictor, tmp_path: Path) -> None:
    name, content, note = USED[case]
    answer = Pipeline([predictor]).predict(written(tmp_path, name, content()))
    assert len(answer.faces) == 1
    assert [said for said in note_sentences(answer.notes) if re.search("frames|pages|pictures|bits", said)] == (
        [note] if note else []
    )


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_picture_is_one_sentence_and_the_others_are_done(case: str, predictor: Predictor, tmp_path: Path) -> None:
    name, content, words = REFUSED[case]
    bad, good = written(tmp_path, name, content()), written(tmp_path, "good.png", saved(FACE, "PNG"))
    first, second = Pipeline([predictor]).predict_many([(str(path), path) for path in (bad, good)])
    assert first.error.startswith(f"{bad} can't be used: ")
    assert first.error.endswith(".")
    assert "\n" not in first.error
    assert "Error" not in first.error
    assert re.search(words, first.error), first.error
    assert not first.faces
    assert len(second.faces) == 1


class Payload:
    """Unpickled by the careless, it makes a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.file,)


def other_tasks(facts: dict[str, str]) -> dict[str, str]:
    return facts | {"config": facts["config"].replace('"ethnicity"]', '"ethnicity", "smile"]')}


def fewer_tasks(facts: dict[str, str]) -> dict[str, str]:
    return facts | {"config": facts["config"].replace(', "ethnicity"]', "]")}


def make_model(case: str, folder: Path, whole: Path) -> Path:
    file = folder / f"{case.replace(' ', '-')}.safetensors"
    weights, facts = load_model(whole)
    match case:
        case "bare pickle":
            file.write_bytes(pickle.dumps(Payload(folder / "ran"), protocol=2))
        case "newer pickle":
            file.write_bytes(pickle.dumps(Payload(folder / "ran"), protocol=5))
        case "torch checkpoint":
            torch.save({"weights": weights, "more": Payload(folder / "ran")}, file)
        case "other task set":
            save_model(file, weights, other_tasks(facts))
        case "weights of other tasks":
            save_model(file, weights, fewer_tasks(facts))
        case "cut short":
            file.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
        case "header alone":
            file.write_bytes(whole.read_bytes()[:100])
        case "empty":
            file.write_bytes(b"")
        case "a picture":
            file.write_bytes(saved(FACE, "PNG"))
        case "header of a terabyte":
            file.write_bytes((2**40).to_bytes(8, "little") + b"{}")
        case "weights that are no numbers":
            last = next(name for name in reversed(weights) if weights[name].is_floating_point())
            save_model(file, weights | {last: weights[last] * float("nan")}, facts)
        case "a spread of zero":
            save_model(file, weights, facts | {"std": "[0.2, 0.0, 0.2]"})
        case "no weights of ours":
            save_model(file, {"x": torch.zeros(2)}, {})
    return file


MODELS = {
    "bare pickle": "a pickle, which could run code",
    "newer pickle": "a pickle, which could run code",
    "torch checkpoint": "a pickle, which could run code",
    "other task set": "no task 'smile'",
    "weights of other tasks": "don't fit its config",
    "cut short": "not a whole safetensors file",
    "header alone": "not a whole safetensors file",
    "empty": "not a whole safetensors file",
    "a picture": "not a whole safetensors file",
    "header of a terabyte": "not a whole safetensors file",
    "weights that are no numbers": "are no finite numbers",
    "a spread of zero": "doesn't say how its weights are used",
    "no weights of ours": "doesn't say how its weights are used",
}


@pytest.mark.parametrize("case", MODELS)
def test_a_bad_model_is_one_sentence_and_runs_no_code(
    case: str, model_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, picture = make_model(case, tmp_path, model_path), written(tmp_path, "face.png", saved(FACE, "PNG"))
    with pytest.raises(MtlDemoError, match=MODELS[case]) as caught:
        Predictor.load(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert main(["predict", str(picture), "--model", str(file)]) == 2
    shown = capsys.readouterr().err
    assert "Traceback" not in shown
    assert not (tmp_path / "ran").exists()


def test_the_payload_would_have_run(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Payload(tmp_path / "ran")))
    assert (tmp_path / "ran").exists()


def test_models_of_other_tasks_answer_what_they_know(tmp_path: Path) -> None:
    alone = Predictor.load(write_model(tmp_path / "age.safetensors", tiny_config(tasks=("age",))))
    assert list(alone.ask(np.zeros((1, 32, 32, 3), np.uint8))[0]) == ["age"]
    assert dataclasses.asdict(alone.config)["tasks"] == ("age",)


def test_heic_without_its_package_is_said(monkeypatch: pytest.MonkeyPatch, predictor: Predictor) -> None:
    content = heic()
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.setattr(Image, "OPEN", {name: way for name, way in Image.OPEN.items() if name != "HEIF"})
    with pytest.raises(MtlDemoError, match="HEIC picture, which needs the package pillow-heif"):
        Pipeline([predictor]).predict(content, "phone.heic")


def test_of_a_heic_of_several_pictures_the_main_one_is_read() -> None:
    assert read(heic_of_two()).pixels.shape == (64, 64, 3)
