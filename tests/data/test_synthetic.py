"""The built-in set: reproducible, named like UTKFace, with the noise that was asked for."""

import csv
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtldemo.config import SyntheticConfig
from mtldemo.data.pen import MOTIFS, SIDE
from mtldemo.data.portrait import Signs, draw_portrait
from mtldemo.data.synthetic import NOTICE, OLDEST, TRUTH, YOUNGEST, draw, file_name, labels
from mtldemo.errors import MtlDemoError
from mtldemo.tasks import ETHNICITY

FEW = SyntheticConfig(images=60)
NAME = re.compile(r"(\d{1,3})_([01])_([0-4])_(\d{17})\.jpg\.chip\.jpg")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn") / "new"
    draw(FEW, folder)
    return folder


def many(config: SyntheticConfig, count: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """True and noisy labels [count, 3] of the first portraits."""
    pairs = [labels(config, index) for index in range(count)]
    true, noisy = ([(item.age, item.gender, item.ethnicity) for item in side] for side in zip(*pairs, strict=True))
    return np.array(true), np.array(noisy)


def test_pictures_and_names(folder: Path) -> None:
    files = sorted(folder.glob("*.jpg"))
    assert len(files) == len(list(folder.iterdir())) - 1 == FEW.images
    parts = [NAME.fullmatch(file.name) for file in files]
    assert all(parts)
    assert len({part[4] for part in parts if part}) == FEW.images
    for file in files[:5]:
        with Image.open(file) as image:
            assert (image.size, image.mode, image.format) == ((SIDE, SIDE), "RGB", "JPEG")


def test_the_truth_is_written_beside_them(folder: Path) -> None:
    with (folder / TRUTH).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [*rows[0]] == ["file", "age", "gender", "ethnicity"]
    assert {row["file"] for row in rows} == {file.name for file in folder.glob("*.jpg")}
    for index, row in enumerate(rows):
        true, noisy = labels(FEW, index)
        assert (int(row["age"]), int(row["gender"]), int(row["ethnicity"])) == (true.age, true.gender, true.ethnicity)
        assert row["file"] == file_name(noisy, index)


def test_same_settings_same_bytes(folder: Path, tmp_path: Path) -> None:
    draw(FEW, tmp_path)
    for file in folder.iterdir():
        assert (tmp_path / file.name).read_bytes() == file.read_bytes()


def test_noise_and_number_leave_the_drawings_alone(folder: Path, tmp_path: Path) -> None:
    config = replace(FEW, images=61, age_noise=9.0, gender_noise=0.5, ethnicity_noise=0.5)
    draw(config, tmp_path)
    by_stamp = {file.name.split("_")[3]: file for file in tmp_path.glob("*.jpg")}
    for file in folder.glob("*.jpg"):
        assert by_stamp[file.name.split("_")[3]].read_bytes() == file.read_bytes()


def test_another_seed_draws_others() -> None:
    one, other = (labels(replace(FEW, draw_seed=seed), 0) for seed in (0, 1))
    assert one != other


def test_no_noise_tells_the_truth() -> None:
    true, noisy = many(SyntheticConfig(age_noise=0, gender_noise=0, ethnicity_noise=0), 500)
    assert (true == noisy).all()


def test_noise_is_as_asked() -> None:
    true, noisy = many(SyntheticConfig(age_noise=4.0, gender_noise=0.1, ethnicity_noise=0.3))
    error = (noisy - true)[:, 0]
    inside = true[:, 0] >= 20
    assert error[inside].std() == pytest.approx(4.0, rel=0.06)
    assert error[inside].mean() == pytest.approx(0.0, abs=0.3)
    assert np.abs(error).mean() == pytest.approx(4.0 * np.sqrt(2 / np.pi), rel=0.06)
    assert (true != noisy).mean(axis=0)[1:] == pytest.approx([0.1, 0.3], abs=0.025)
    # A wrong ethnicity label is any of the other four alike.
    wrong = true[:, 2] != noisy[:, 2]
    moved = (noisy - true)[wrong, 2] % len(ETHNICITY.classes)
    assert np.bincount(moved, minlength=5)[1:] / wrong.sum() == pytest.approx([0.25] * 4, abs=0.05)


def test_more_noise_moves_the_same_labels_further() -> None:
    small, large = (many(SyntheticConfig(age_noise=noise, gender_noise=noise / 20), 500) for noise in (2.0, 6.0))
    assert (small[0] == large[0]).all()
    shift_small, shift_large = (noisy[:, 0] - true[:, 0] for true, noisy in (small, large))
    assert np.corrcoef(shift_small, shift_large)[0, 1] > 0.97
    flipped_small, flipped_large = (noisy[:, 1] != true[:, 1] for true, noisy in (small, large))
    assert (flipped_large | ~flipped_small).all()


def test_labels_stay_in_range_and_are_balanced() -> None:
    true, noisy = many(SyntheticConfig(age_noise=40.0))
    assert noisy[:, 0].min() == 0
    assert noisy[:, 0].max() <= 116
    assert true[:, 0].min() >= YOUNGEST
    assert true[:, 0].max() <= OLDEST
    assert true[:, 0].std() > 15
    assert np.bincount(true[:, 1]) / len(true) == pytest.approx([0.5, 0.5], abs=0.03)
    assert np.bincount(true[:, 2]) / len(true) == pytest.approx([0.2] * 5, abs=0.03)
    assert np.abs(np.corrcoef(true.T) - np.eye(3)).max() < 0.05


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_each_sign_shows(difficulty: float) -> None:
    def drawn(age: float, gender: int, ethnicity: int, hard: float = difficulty) -> np.ndarray:
        picture = draw_portrait(Signs(age, gender, ethnicity, hard), np.random.default_rng(5))
        return np.asarray(picture, dtype=float)

    base = drawn(30, 0, 0)
    for other in (drawn(60, 0, 0), drawn(30, 1, 0), *(drawn(30, 0, code) for code in range(1, len(MOTIFS)))):
        assert np.abs(base - other).mean() > 0.1
    if difficulty > 0:
        plain = np.abs(drawn(30, 0, 0, 0.0) - drawn(30, 0, 1, 0.0))[:20].mean()
        assert np.abs(base - drawn(30, 0, 1))[:20].mean() < plain


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    draw(FEW, tmp_path, lambda what, done, total: told.append((done, total)))
    assert told == [(50, 60), (60, 60)]


def test_progress_may_stop_the_work(tmp_path: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw(replace(FEW, images=2000), tmp_path, stop)
    assert len(list(tmp_path.iterdir())) < 200


def test_an_unwritable_folder_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MtlDemoError, match="can't be written to"):
        draw(FEW, tmp_path / "file" / "below")


def test_it_says_that_it_is_drawn() -> None:
    assert "drawn" in NOTICE
    assert "say nothing about people" in NOTICE


def test_drawing_needs_no_torch() -> None:
    code = "import sys, mtldemo.data.synthetic; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
