import dataclasses
import io
import json
from importlib import util
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx.reference import ReferenceEvaluator

from mtldemo.errors import MtlDemoError
from mtldemo.predict import exporting
from mtldemo.predict.calibrate import Confidence, Interval
from mtldemo.predict.exporting import exported, model_outputs
from mtldemo.predict.predictor import Predictor
from tests.predict.tiny import tiny_config, write_model


def pictures(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, 3, 32, 32), dtype=np.uint8)


def calibrated(predictor: Predictor, views: int) -> Predictor:
    warm = Confidence(2.0, 0.7, 100, 0.5, 0.9, 0.8, 0.1, 0.05)
    usage = dataclasses.replace(
        predictor.usage,
        views=views,
        intervals={"age": Interval(0.8, 100, level=0.8)},
        confidences={"gender": warm, "ethnicity": dataclasses.replace(warm, temperature=0.5)},
    )
    return predictor.with_usage(usage)


def asked(name: str, content: bytes, images: np.ndarray) -> dict[str, np.ndarray]:
    """As a program would that knows nothing of this one."""
    if name == "torch":
        answers = torch.export.load(io.BytesIO(content)).module()(torch.from_numpy(images))
        return {key: value.numpy() for key, value in answers.items()}
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return {key: np.asarray(value) for key, value in zip(names, session.run(None, {"images": images}), strict=True)}


@pytest.mark.parametrize(("name", "views"), [("torch", 1), ("torch", 4), ("onnx", 1), ("onnx", 4)])
def test_a_file_answers_as_the_model_does_for_any_number_of_pictures(
    name: str, views: int, predictor: Predictor
) -> None:
    whole = calibrated(predictor, views)
    content = exported(whole, name)
    for count in (1, 5):
        images = pictures(count)
        wanted, found = model_outputs(whole, images), asked(name, content, images)
        assert list(found) == ["age", "gender", "ethnicity"]
        for output, values in wanted.items():
            assert found[output].dtype == np.float32
            assert found[output] == pytest.approx(values, abs=2e-3)
    assert model_outputs(whole, images)["gender"] != pytest.approx(model_outputs(predictor, images)["gender"], abs=1e-3)


@pytest.mark.parametrize("name", ["torch", "onnx"])
def test_plain_regression_and_one_task_alone(name: str, tmp_path: Path) -> None:
    alone = Predictor.load(write_model(tmp_path / "m.safetensors", tiny_config("l1", ("age",))))
    images = pictures(2)
    found = asked(name, exported(alone, name), images)
    assert list(found) == ["age"]
    assert found["age"] == pytest.approx(model_outputs(alone, images)["age"], abs=2e-3)


def test_safetensors_is_the_model_with_its_use_and_without_paths(predictor: Predictor, tmp_path: Path) -> None:
    config = dataclasses.replace(
        predictor.config,
        data=dataclasses.replace(predictor.config.data, source="/home/me/faces.tar.gz"),
        model=dataclasses.replace(predictor.config.model, init_from="/home/me/runs/first/model.safetensors"),
    )
    whole = calibrated(predictor, 2)
    whole.config = config
    content = exported(whole, "safetensors")
    (tmp_path / "taken.safetensors").write_bytes(content)
    assert b"/home/me" not in content
    taken = Predictor.load(tmp_path / "taken.safetensors")
    assert taken.usage == whole.usage
    assert taken.name == whole.name
    assert taken.config.data.source == "faces.tar.gz"
    assert taken.config.model.init_from == "first"


def test_a_file_says_how_it_is_asked(predictor: Predictor) -> None:
    whole = calibrated(predictor, 1)
    model = onnx.load_model_from_string(exported(whole, "onnx"))
    told_by = {item.key: item.value for item in model.metadata_props}
    extra = {"mtldemo.json": ""}
    torch.export.load(io.BytesIO(exported(whole, "torch")), extra_files=extra)
    for found in (told_by, json.loads(extra["mtldemo.json"])):
        assert "uint8 [N, 3, 32, 32], RGB" in found["input"]
        assert json.loads(found["outputs"])["age"] == "age in years: float32 [N]"
        assert "White, Black, Asian" in json.loads(found["outputs"])["ethnicity"]
        assert json.loads(found["prediction"])["intervals"]["age"]["level"] == 0.8
        assert "not identity" in found["notice"]


def test_onnx_is_checked_without_its_runtime_too(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    content, images = exported(predictor, "onnx"), pictures(1)
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    assert isinstance(ReferenceEvaluator(content), ReferenceEvaluator)
    found = exporting._ask_onnx(content, images)
    for output, values in model_outputs(predictor, images).items():
        assert found[output] == pytest.approx(values, abs=2e-3)


def test_a_file_with_other_answers_is_not_handed_out(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    make, ask = exporting._MADE["safetensors"]
    wrong = {"age": 1.0, "gender": 0.0, "ethnicity": 0.0}
    monkeypatch.setitem(
        exporting._MADE,
        "safetensors",
        (make, lambda *given: {name: values + wrong[name] for name, values in ask(*given).items()}),
    )
    with pytest.raises(MtlDemoError, match=r"gives other answers .age differs by 1.*isn't written"):
        exported(predictor, "safetensors")
    monkeypatch.setitem(exporting._MADE, "safetensors", (make, lambda *_: 1 / 0))
    with pytest.raises(MtlDemoError, match=r"could not be written as safetensors .ZeroDivisionError"):
        exported(predictor, "safetensors")


def test_what_is_missing_is_said(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MtlDemoError, match="no format 'torchscript'; choose from safetensors, torch, onnx"):
        exported(predictor, "torchscript")
    monkeypatch.setattr(util, "find_spec", lambda _: None)
    with pytest.raises(MtlDemoError, match="ONNX files need onnx and onnxscript; install with: python -m pip install"):
        exported(predictor, "onnx")
