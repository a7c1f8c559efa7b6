import dataclasses
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mtldemo import data
from mtldemo.cli import main
from mtldemo.config import DataConfig, SyntheticConfig
from mtldemo.data.dataset import Dataset
from mtldemo.errors import MtlDemoError
from mtldemo.model.files import load_model
from mtldemo.predict import card, measure, release, usage
from mtldemo.predict.calibrate import NOMINAL
from mtldemo.predict.crop import Crop
from mtldemo.predict.predictor import Predictor, RawAnswers
from mtldemo.predict.scoring import Truth
from tests.predict.tiny import tiny_config, write_model

DATA = DataConfig(image_size=32, val_share=0.35, test_share=0.35, synthetic=SyntheticConfig(images=120))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MTLDEMO_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield data.load(DATA)


@pytest.fixture
def run(dataset: Dataset, tmp_path: Path) -> Path:
    """The model file of a run on the data set, in a folder called ``mine``."""
    (tmp_path / "runs" / "mine").mkdir(parents=True)
    config = dataclasses.replace(tiny_config(), data=DATA)
    facts = {"mean": json.dumps(dataset.mean), "std": json.dumps(dataset.std), "dataset": dataset.name}
    return write_model(tmp_path / "runs" / "mine" / "model.safetensors", config, facts=facts)


def test_what_is_written_answers_as_what_was_measured(run: Path, dataset: Dataset, tmp_path: Path) -> None:
    told: list[str] = []
    shipped = release.finish(
        Predictor.load(run),
        dataset,
        crops={"haar": Crop(0.25, 0.1)},
        progress=lambda what, done, total: told.append(what),
    )
    target = tmp_path / "shipped.safetensors"
    release.write(shipped, target)
    again = Predictor.load(target)
    assert again.usage == shipped.predictor.usage
    assert again.usage.crops["haar"] == Crop(0.25, 0.1)
    assert again.usage.calibrated
    assert again.usage.intervals["age"].nominal == NOMINAL
    pixels = np.asarray(dataset.pixels[dataset.indices("test")])
    raw = again.raw(pixels)
    measured = measure.measure(again, raw, release.truths(again, dataset, "test"), "test")
    assert measured.metrics == shipped.measured.metrics
    assert measured.groups[0] == shipped.measured.groups[0]
    assert {"2 views", "4 views", "half"} == set(shipped.gains)
    assert any("val" in what for what in told)
    if shipped.halved:
        assert target.stat().st_size < 0.6 * run.stat().st_size


def test_half_precision_can_be_refused(run: Path, dataset: Dataset, tmp_path: Path) -> None:
    shipped = release.finish(Predictor.load(run), dataset, half=False, views=2)
    assert not shipped.halved
    assert shipped.predictor.usage.views == 2
    release.write(shipped, tmp_path / "whole.safetensors")
    weights, facts = load_model(tmp_path / "whole.safetensors")
    before, _ = load_model(run)
    assert all((weights[name] == before[name]).all() for name in before)
    assert json.loads(facts["test"])["images"] == len(dataset.indices("test"))


def test_no_path_of_this_machine_is_written(run: Path, dataset: Dataset) -> None:
    predictor = Predictor.load(run)
    place = dataclasses.replace(predictor.config.data, source="/home/me/secret/UTKFace.tar.gz")
    predictor.config = dataclasses.replace(predictor.config, data=place)
    shipped = release.finish(predictor, dataset, views=1)
    text = json.dumps(release.model_metadata(shipped.predictor, shipped.measured)) + card.card(
        shipped, dataset, command="x", size=1
    )
    assert "UTKFace.tar.gz" in text
    assert "secret" not in text


def test_another_data_set_is_refused(run: Path, dataset: Dataset) -> None:
    other = dataclasses.replace(dataset, mean=(0.1, 0.2, 0.3))
    for work in (release.finish, release.calibrated):
        with pytest.raises(MtlDemoError, match=r"isn't the data set that .* was trained on"):
            work(Predictor.load(run), other)


def test_calibration_covers_the_validation_split(run: Path, dataset: Dataset) -> None:
    predictor = release.calibrated(Predictor.load(run), dataset)
    raw, truth = release.raw_answers(predictor, dataset, "val"), release.truths(predictor, dataset, "val")
    got = measure.measure(predictor, raw, truth, "val").groups[0].covered["age"]
    assert NOMINAL <= got.value < NOMINAL + 0.06


def test_groups_by_hand(run: Path) -> None:
    predictor = Predictor.load(run)
    columns = {
        "age": np.array([5.0, 8.0, 25.0, -1.0]),
        "gender": np.array([0, 1, 1, 0]),
        "ethnicity": np.array([0, 0, 2, -1]),
    }
    labels = {name: Truth(values, values >= 0) for name, values in columns.items()}
    raw = {
        "age": RawAnswers(np.array([7.0, 8.0, 35.0, 50.0]), np.zeros((4, 117), np.float32)),
        "gender": RawAnswers(np.array([0, 0, 1, 0]), np.eye(2)[[0, 0, 1, 0]]),
        "ethnicity": RawAnswers(np.array([0, 1, 2, 0]), np.eye(5)[[0, 1, 2, 0]]),
    }
    groups = {(group.kind, group.name): group for group in measure.measure(predictor, raw, labels, "test").groups}
    assert list(groups) == [
        *[("all", "all"), ("age", "3-9"), ("age", "20-29"), ("gender", "male"), ("gender", "female")],
        *[("ethnicity", "White"), ("ethnicity", "Asian")],
    ]
    everybody = groups["all", "all"].figures
    assert everybody["age"].value == pytest.approx(4)
    assert everybody["age"].count == 3
    assert everybody["gender"].value == 0.75
    assert everybody["ethnicity"].value == pytest.approx(2 / 3)
    assert groups["age", "3-9"].figures["age"].value == 1
    assert groups["age", "3-9"].figures["gender"].value == 0.5
    assert groups["gender", "female"].count == 2
    assert math.isnan(groups["age", "20-29"].figures["age"].low)


def test_intervals_of_figures() -> None:
    # Wilson's interval for 8 of 10, from the formula by hand.
    found = measure.share_figure(np.array([True] * 8 + [False] * 2))
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-3)
    assert measure.share_figure(np.array([True] * 5)).high == 1
    assert measure.share_figure(np.array([])).count == 0
    years = measure.mean(np.array([1.0, 3.0, 5.0]))
    assert years.value == 3
    assert years.high - 3 == pytest.approx(1.96 * 2 / math.sqrt(3), abs=0.01)


def test_the_card_says_what_must_be_said(run: Path, dataset: Dataset) -> None:
    shipped = release.finish(Predictor.load(run, name="tiny"), dataset)
    text = card.card(shipped, dataset, command="python -m mtldemo train --data X", size=1_500_000)
    for words in (
        "# Model card: tiny",
        "1.5 MB",
        "not identity",
        "portraits",  # the terms of drawn data
        "A group is never divided by the split",
        "| By labelled age | Pictures | Age error | Gender right | Ethnicity right | in interval |",
        "| By gender |",
        "| White |",
        "calibration error",
        "*Not sure* below",
        "    python -m mtldemo train --data X\n",
        '"backbone": "squeezenet1_1"',
        "## Limits",
    ):
        assert words in text
    assert " nan" not in text.lower()
    assert "non-commercial" in card.terms(dataclasses.replace(dataset, source="x.tar", name="UTKFace"))
    assert "look it up" in card.terms(dataclasses.replace(dataset, source="x.tar", name="holiday"))


def test_the_command_calibrates_a_run(run: Path, dataset: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "mine", "--runs-dir", str(run.parents[1]), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["written"] == [str(run.with_name(usage.FILE))]
    assert not told["half"]
    assert 0 <= told["covered"] <= 1
    assert Predictor.load(run).usage.calibrated
    write_model(run, Predictor.load(run).config, seed=5)  # trained on: the old calibration says nothing any more
    assert not Predictor.load(run).usage.calibrated


def test_the_command_writes_a_model_and_its_card(
    run: Path, dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crops = tmp_path / "crops.json"
    crops.write_text(json.dumps({"haar": {"margin": 0.1, "shift": 0.0, "points": []}}))
    arguments = ["model", str(run.parent), "--to", str(tmp_path / "out.safetensors"), "--crops", str(crops)]
    arguments += ["--name", "my model", "--command", "python -m mtldemo train --preset utkface"]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    assert re.search(r"^Age, mean error +[\d.]+ years \([\d.]+ to [\d.]+\)$", text, re.MULTILINE)
    assert re.search(r"^Gender, accuracy +[\d.]+ % \(", text, re.MULTILINE)
    assert "out.md" in text
    assert Predictor.load(tmp_path / "out.safetensors").usage.crops["haar"] == Crop(0.1, 0.0)
    written = (tmp_path / "out.md").read_text(encoding="utf-8")
    made = "python -m mtldemo model mine --to out.safetensors --name 'my model' --crops crops.json"
    assert f"    python -m mtldemo train --preset utkface\n    {made}\n" in written
    assert not run.with_name(usage.FILE).exists()


def test_mistakes_of_the_command(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("[1]")
    for arguments, words in (
        ([str(run), "--to", str(run)], "is the run's own model"),
        ([str(run), "--crops", str(bad)], "can't be read as crops"),
        (["nobody", "--runs-dir", str(tmp_path / "runs")], "no model 'nobody'"),
    ):
        assert main(["model", *arguments]) == 2
        told = capsys.readouterr().err
        assert words in told
        assert told.count("\n") == 1
