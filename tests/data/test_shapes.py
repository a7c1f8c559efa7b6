"""The built-in shapes: the same everywhere, read as anyone's own data, with labels that are wrong and missing."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtldemo.data.drawn import shapes
from mtldemo.data.labels.recognise import recognise

COUNT = 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn") / "new"
    shapes.draw(folder, count=COUNT)
    return folder


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_it_is_read_as_anyones_manifest(folder: Path) -> None:
    labelled = recognise(folder)
    assert labelled is not None
    assert labelled.labels.tasks == shapes.TASKS
    assert labelled.labels.notes.rejected == ()
    names = [picture.name for picture in labelled.source.pictures()]
    assert names == [shapes.name(index) for index in range(COUNT)]
    columns = labelled.labels.of(names)
    written = rows(folder / shapes.MANIFEST)
    for task in shapes.TASKS:
        texts = [row[task.name] for row in written]
        labels = [np.nan if not text else task.classes.index(text) if task.classes else float(text) for text in texts]
        np.testing.assert_array_equal(columns.values[task.name], labels)
    assert np.isnan(columns.values["size"]).any()


def test_pictures_are_the_same_however_many_are_drawn(folder: Path, tmp_path: Path) -> None:
    shapes.draw(tmp_path, count=3)
    for index in range(3):
        assert (tmp_path / shapes.name(index)).read_bytes() == (folder / shapes.name(index)).read_bytes()
    with Image.open(folder / shapes.name(0)) as image:
        assert (image.size, image.mode) == ((shapes.SIDE, shapes.SIDE), "RGB")


def test_labels_are_as_wrong_and_as_missing_as_is_said() -> None:
    pairs = [shapes.labels(index) for index in range(3000)]
    for place, task in enumerate(shapes.TASKS):
        texts = [noisy[place] for _, noisy in pairs]
        missing = np.mean([not text for text in texts])
        assert missing == pytest.approx(shapes.MISSING[task.name], abs=0.025)
        drawn = [getattr(true, task.name) for true, _ in pairs]
        there = [(label, text) for label, text in zip(drawn, texts, strict=True) if text]
        if task.classes:
            wrong = np.mean([label != text for label, text in there])
            assert wrong == pytest.approx(shapes.WRONG[task.name], abs=0.015)
        else:
            errors = [float(text) - label for label, text in there]
            assert np.std(errors) == pytest.approx(shapes.SIZE_NOISE, rel=0.1)


def test_a_picture_shows_its_labels() -> None:
    """The strongest colour is the one drawn, and a larger filled shape covers more."""
    for index in range(60):
        true, _ = shapes.labels(index)
        if true.filled != "filled" or true.size < 40:
            continue
        pixels = np.asarray(shapes.picture(index), dtype=float)
        near = np.abs(pixels - np.array(shapes.COLOURS[true.colour])).max(axis=2) < 60
        share = {"circle": 0.785, "square": 0.5, "triangle": 0.325, "star": 0.3}[true.shape]
        assert near.mean() == pytest.approx(share * (true.size / 100) ** 2, rel=0.3)


def test_it_is_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTLDEMO_CACHE", str(tmp_path))
    monkeypatch.setattr(shapes, "COUNT", 30)
    steps: list[tuple[str, int, int]] = []

    def progress(what: str, done: int, total: int) -> None:
        steps.append((what, done, total))

    first = shapes.source(progress)
    assert steps == [("Drawing shapes", 30, 30)]
    assert (first.source.name, first.source.near_duplicates) == (shapes.SHAPES, False)
    assert shapes.source(progress).source.fingerprint() == first.source.fingerprint()
    assert len(steps) == 1
