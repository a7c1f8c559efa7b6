"""Calibration that isn't the model's own any more is said wherever the model answers, and damage is refused."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from mtldemo.cli import main
from mtldemo.errors import MtlDemoError
from mtldemo.json_text import CHECKSUM, unsealed
from mtldemo.model.files import load_facts, load_model, save_model
from mtldemo.predict import usage
from mtldemo.predict.calibrate import Confidence, Interval
from mtldemo.predict.pipeline import Pipeline
from mtldemo.predict.predictor import Predictor
from tests.predict.tiny import tiny_config, write_model

SURE = Confidence(1.0, 0.0, 10, 1.0, 1.0, 1.0, 0.0, 0.0)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A run's model, called sure of everything by what lies beside it."""
    folder = tmp_path / "mine"
    folder.mkdir()
    file = write_model(folder / "model.safetensors", tiny_config())
    own = Predictor.load(file).usage
    usage.write_beside(dataclasses.replace(own, confidences={"gender": SURE, "ethnicity": SURE}), file)
    return file


def answer(model: Path) -> dict:
    return Pipeline([Predictor.load(model)]).predict(np.full((64, 64, 3), 90, np.uint8)).to_json()


def test_calibration_of_other_weights_is_said_and_nothing_is_called_sure(model: Path, tmp_path: Path) -> None:
    before = answer(model)
    assert "notes" not in before
    assert before["faces"][0]["gender"]["sure"] is True
    write_model(model, tiny_config(), seed=1)
    after = answer(model)
    assert "mine isn't calibrated: prediction.json beside it is of other weights" in after["notes"][0]
    assert "python -m mtldemo model mine" in after["notes"][0]
    assert [after["faces"][0][task]["sure"] for task in ("gender", "ethnicity")] == [False, False]
    usage.write_beside(Predictor.load(model).usage, model)
    assert "lapsed" not in json.loads(model.with_name(usage.FILE).read_text())
    assert "notes" not in answer(model)


def test_a_bit_that_flipped_in_what_calibration_found_is_refused(model: Path) -> None:
    file = model.with_name(usage.FILE)
    text = file.read_text()
    assert unsealed(json.loads(text))[1]
    file.write_text(text.replace('"threshold": 0.0', '"threshold": 0.4', 1))
    with pytest.raises(MtlDemoError, match=r"prediction\.json is damaged: its checksum differs.*delete it"):
        Predictor.load(model)
    file.write_text("[" * 100_000)
    with pytest.raises(MtlDemoError, match=r"prediction\.json can't be read"):
        Predictor.load(model)


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.95])
def test_a_bit_that_flipped_in_a_model_is_refused(
    model: Path, part: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = bytearray(model.read_bytes())
    content[int(part * len(content))] ^= 4
    model.write_bytes(content)
    with pytest.raises(MtlDemoError, match=r"is damaged: the checksum of its (weights|metadata) differs|not a whole"):
        load_model(model)
    assert main(["predict", "nothing.jpg", "--model", str(model)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_model_without_checksums_is_read_as_it_is(model: Path) -> None:
    from safetensors.torch import save_file

    weights, facts = load_model(model)
    assert CHECKSUM not in facts
    save_file(weights, model, facts)
    assert load_facts(model) == facts
    assert load_model(model)[1] == facts
    save_model(model, weights, facts)
    assert load_facts(model) == facts


ODD: tuple[object, ...] = (None, True, "x", [], [1], {}, {"a": 1}, -1, 1e300, float("nan"), float("inf"), [[1]], ["x"])


def test_whatever_calibration_is_said_to_be_it_can_be_used_or_is_refused(model: Path) -> None:
    """Each value of what lies beside a model is replaced by others; then the model is asked."""
    spans = {"age": Interval(0.8, 9, places=(10.0, 50.0), widths=(2.0, 3.0))}
    whole = dataclasses.replace(Predictor.load(model).usage, intervals=spans)
    predictor, refused, used = Predictor.load(model), 0, 0
    crops = np.full((1, 32, 32, 3), 90, np.uint8)
    for part, name in (("crops", "haar"), ("intervals", "age"), ("confidences", "gender")):
        for member in [*whole.to_json()[part][name], ""]:
            for odd in ODD:
                values = json.loads(json.dumps(whole.to_json() | {"confidences": {"gender": dataclasses.asdict(SURE)}}))
                target = values[part] if not member else values[part][name]
                target[member or name] = odd
                try:
                    found = usage.Usage.from_json(values, "here")
                except MtlDemoError:
                    refused += 1
                    continue
                (answers,) = predictor.with_usage(found).ask(crops)
                assert set(answers) == {"age", "gender", "ethnicity"}
                used += 1
    assert refused > used
