"""A model that answers with what is no number is refused in one sentence by all who ask."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from mtldemo import model as models
from mtldemo.cli import main
from mtldemo.config import DataConfig, ModelConfig, RunConfig, to_dict
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import CHECKSUM
from mtldemo.model.files import save_model
from mtldemo.predict import usage
from mtldemo.predict.calibrate import Confidence, Interval
from mtldemo.predict.exporting import FORMATS, exported
from mtldemo.predict.live import Live
from mtldemo.predict.pipeline import Pipeline
from mtldemo.predict.predictor import Predictor, UnsoundAnswersError
from mtldemo.tasks import UTKFACE
from tests.predict.tiny import MEAN, STD

CONFIG = RunConfig(data=DataConfig(image_size=16), model=ModelConfig(backbone="resnet18_small", head_hidden=8))


def norms(network: Any) -> list[Any]:
    return [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]


def large_weights(network: Any) -> None:
    """Finite, but their products aren't."""
    for head in network.heads.values():
        head[1].weight.data.fill_(3e38)
        head[3].weight.data.fill_(3e38)


def large_statistics(network: Any) -> None:
    for norm in norms(network):
        norm.running_mean.fill_(-3e38)
        norm.weight.data.fill_(1e30)


def negative_variance(network: Any) -> None:
    norms(network)[-1].running_var.fill_(-1.0)


def lost_statistics(network: Any) -> None:
    norms(network)[0].running_var[0] = float("nan")


SPOILED = (large_weights, large_statistics, negative_variance, lost_statistics)


def spoiled(folder: Path, spoil: Callable[[Any], None]) -> Path:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = models.build(CONFIG.model, UTKFACE, 16)
    spoil(network)
    folder.mkdir(parents=True)
    told = {"config": json.dumps(to_dict(CONFIG)), "mean": json.dumps(MEAN), "std": json.dumps(STD)}
    save_model(folder / "model.safetensors", network.state_dict(), told)
    return folder / "model.safetensors"


@pytest.mark.parametrize("spoil", SPOILED)
def test_it_is_refused_when_it_is_loaded_by_every_command(
    spoil: Callable[[Any], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = spoiled(tmp_path / "runs" / "bad", spoil)
    with pytest.raises(MtlDemoError, match="no finite numbers"):
        Predictor.load(file)
    Image.fromarray(np.full((32, 32, 3), 90, np.uint8)).save(tmp_path / "face.png")
    predict = ["predict", str(tmp_path / "face.png"), "--whole-image"]
    export = ["model", "bad", "--export", "torch", "--to", str(tmp_path / "x.pt2")]
    to_file = ["model", "bad", "--to", str(tmp_path / "x.safetensors"), "--data", "synthetic"]
    asked = [[*predict, "--model", "bad", *form] for form in ([], ["--json"], ["--csv"])]
    for command in (*asked, export, to_file):
        assert main([*command, "--runs-dir", str(tmp_path / "runs")]) == 2
        shown = capsys.readouterr()
        assert shown.err.count("\n") == 1
        assert "no finite numbers" in shown.err
        assert "nan" not in shown.out.lower()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["face.png", "runs"]


@pytest.fixture
def late(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> Predictor:
    """A model that passed its trial, but not what it is asked now."""
    copy = predictor.with_usage(predictor.usage)
    outputs = {task.name: torch.full((1, 5 if task.classes else 117), float("nan")) for task in predictor.tasks}
    network = type("Network", (), {"__call__": lambda *_: outputs})()
    monkeypatch.setattr(copy, "_variants", type("Variants", (), {"get": lambda *_, **__: network})())
    return copy


def test_every_way_to_ask_it_raises_the_same_sentence(late: Predictor, portrait: np.ndarray) -> None:
    crops = np.zeros((1, late.image_size, late.image_size, 3), np.uint8)
    alone = Pipeline([late])
    ways: list[Callable[[], Any]] = [
        lambda: late.raw(crops),
        lambda: late.ask(crops),
        lambda: list(alone.predict_many([("x", np.ascontiguousarray(portrait))])),
        lambda: alone.predict(portrait),
        lambda: Live(alone).frame(portrait, 0.0),
        *((lambda name=kind.name: exported(late, name)) for kind in FORMATS),
    ]
    for way in ways:
        with pytest.raises(UnsoundAnswersError, match="tiny can't be used: its answers about age and gender and"):
            way()


@pytest.mark.parametrize(
    "calibration",
    [
        {"intervals": {"age": {"nominal": 0.8, "count": 9, "level": float("nan")}}},
        {"intervals": {"age": {"nominal": 0.8, "count": 9, "places": [1.0], "widths": [float("inf")]}}},
        {"intervals": {"age": {"nominal": 0.8, "count": 9, "places": [1.0, 2.0], "widths": [3.0]}}},
        {"confidences": {"gender": {"temperature": None}}},
        {"confidences": {"gender": {"temperature": 0.0}}},
        {"crops": {"haar": {"margin": None, "shift": 0.0}}},
    ],
)
def test_a_calibration_that_is_no_number_is_refused_when_the_model_is_loaded(
    calibration: dict[str, Any], model_path: Path, tmp_path: Path
) -> None:
    rest = dict.fromkeys(("threshold", "count", "answered", "right", "accuracy", "error_before", "error_after"), 0.5)
    for found in calibration.get("confidences", {}).values():
        found |= rest
    file = tmp_path / "model.safetensors"
    file.write_bytes(model_path.read_bytes())
    usage.write_beside(usage.Usage(), file)
    beside = file.with_name(usage.FILE)
    values = {name: value for name, value in json.loads(beside.read_text()).items() if name != CHECKSUM}
    beside.write_text(json.dumps(values | calibration))
    with pytest.raises(MtlDemoError, match="what it says about its use can't be read; calibrate the model again"):
        Predictor.load(file)


def test_calibrations_hold_finite_numbers() -> None:
    for wrong in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="finite"):
            Interval(0.8, 5, level=wrong)
        with pytest.raises(ValueError, match="finite"):
            Confidence(1.0, wrong, 5, 0.5, 0.5, 0.5, 0.1, 0.1)
