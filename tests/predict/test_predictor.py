import dataclasses
import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mtldemo.errors import MtlDemoError
from mtldemo.model.files import load_model, save_model
from mtldemo.predict.answers import ClassAnswer, RegressionAnswer
from mtldemo.predict.calibrate import Confidence, Interval
from mtldemo.predict.folded import folded
from mtldemo.predict.pipeline import Pipeline
from mtldemo.predict.predictor import Predictor
from mtldemo.predict.usage import Usage
from mtldemo.predict.views import views_of
from tests.predict.tiny import MEAN, STD, tiny_config, with_views, write_model


def crops(count: int, side: int = 32) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def test_a_picture_gives_the_same_answer_in_every_form(
    predictor: Predictor, portrait: np.ndarray, tmp_path: Path
) -> None:
    Image.fromarray(portrait).save(tmp_path / "p.png")
    content = (tmp_path / "p.png").read_bytes()
    pipeline = Pipeline([predictor])
    told = [
        pipeline.predict(source, "p").to_json()
        for source in (tmp_path / "p.png", content, Image.open(io.BytesIO(content)), portrait)
    ]
    assert told[0]["faces"][0]["box"] == [0, 0, 512, 512]
    assert all(other == told[0] for other in told[1:])


def test_batches_and_single_crops_agree(predictor: Predictor) -> None:
    pixels = crops(70)
    together = predictor.ask(pixels)
    for row in (0, 64, 69):
        alone = predictor.ask(pixels[row : row + 1])[0]
        assert isinstance(alone["age"], RegressionAnswer)
        assert alone["age"].value == pytest.approx(together[row]["age"].value, abs=1e-3)  # type: ignore[union-attr]
        assert alone["gender"].p == pytest.approx(together[row]["gender"].p, abs=1e-5)  # type: ignore[union-attr]
    assert predictor.ask(np.empty((0, 32, 32, 3), np.uint8)) == []


def test_quick_answers_differ_little(predictor: Predictor) -> None:
    pixels = crops(8)
    for exact, quick in zip(predictor.ask(pixels), predictor.ask(pixels, quick=True), strict=True):
        assert quick["age"].value == pytest.approx(exact["age"].value, abs=0.5)  # type: ignore[union-attr]
        assert quick["gender"].p == pytest.approx(exact["gender"].p, abs=0.02)  # type: ignore[union-attr]


def test_threads_and_other_uses_share_each_copy_of_the_network(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    monkeypatch.setattr("mtldemo.predict.variants.folded", lambda network: made.append(network) or folded(network))
    fresh = Predictor("fresh", predictor.network, predictor.config, MEAN, STD, Usage())
    uses = [fresh, with_views(fresh, 2), fresh, with_views(fresh, 4)]
    with ThreadPoolExecutor(4) as pool:
        for quick in (False, True):
            told = list(pool.map(lambda one, quick=quick: one.ask(crops(1), quick=quick), uses))
            assert [len(one) for one in told] == [1] * 4
    assert made == [predictor.network]
    assert [one.usage.views for one in uses] == [1, 2, 1, 4]


@pytest.mark.parametrize("loss", ["l1", "distribution"])
def test_flipping_makes_a_picture_and_its_mirror_alike(loss: str, tmp_path: Path) -> None:
    plain = Predictor.load(write_model(tmp_path / "m.safetensors", tiny_config(loss)))
    pixels, both = crops(3), with_views(plain, 2)
    assert both.raw(pixels)["age"].values == pytest.approx(both.raw(pixels[:, :, ::-1])["age"].values, abs=1e-3)
    assert plain.raw(pixels)["gender"].probabilities != pytest.approx(both.raw(pixels)["gender"].probabilities)


def test_four_views_are_the_mean_of_the_crop_its_mirror_image_and_two_scales(tmp_path: Path) -> None:
    plain = Predictor.load(write_model(tmp_path / "m.safetensors", tiny_config()))
    pixels = crops(3)
    images = plain.images(pixels)
    seen = views_of(images, 4).view(4, *images.shape)
    assert torch.equal(seen[0], images)
    assert torch.equal(seen[1], images.flip(3))
    # Closer: the corner shows what was further in; further away: the centre stays where it is.
    assert not torch.allclose(seen[2], images, atol=0.05)
    assert float(seen[3].mean()) == pytest.approx(float(images.mean()), abs=0.1)
    shares = torch.stack([plain.network(view)["ethnicity"].softmax(1) for view in seen]).mean(0)
    averaged = with_views(plain, 4).raw(pixels)["ethnicity"]
    assert averaged.probabilities == pytest.approx(shares.numpy(), abs=1e-5)
    assert averaged.values.tolist() == shares.argmax(1).tolist()


def test_the_network_is_asked_as_in_training(predictor: Predictor) -> None:
    pixels = crops(2)
    images = (torch.from_numpy(pixels).float() / 255 - torch.tensor(predictor.mean)) / torch.tensor(predictor.std)
    assert torch.allclose(predictor.images(pixels), images.permute(0, 3, 1, 2), atol=1e-5)
    assert not predictor.network.training


def test_without_calibration_there_is_no_interval_and_everything_is_sure(predictor: Predictor) -> None:
    answer = predictor.ask(crops(1))[0]
    assert isinstance(answer["age"], RegressionAnswer)
    assert answer["age"].interval is None
    assert answer["age"].distribution.shape == (117,)
    assert isinstance(answer["ethnicity"], ClassAnswer)
    assert answer["ethnicity"].sure
    assert sum(answer["ethnicity"].p.values()) == pytest.approx(1)


def test_calibration_is_used(predictor: Predictor) -> None:
    unsure = Confidence(2.0, 0.999, 100, 0.1, 0.9, 0.8, 0.1, 0.05)
    usage = dataclasses.replace(
        predictor.usage, intervals={"age": Interval(0.8, 100, level=0.8)}, confidences={"gender": unsure}
    )
    before, after = predictor.ask(crops(1))[0], predictor.with_usage(usage).ask(crops(1))[0]
    assert isinstance(after["age"], RegressionAnswer)
    assert after["age"].interval is not None
    assert after["age"].interval[0] < after["age"].value < after["age"].interval[1]
    assert isinstance(after["gender"], ClassAnswer)
    assert not after["gender"].sure
    assert max(after["gender"].p.values()) < max(before["gender"].p.values())  # type: ignore[union-attr]


def test_loading_leaves_the_random_numbers_alone(model_path: Path) -> None:
    torch.manual_seed(1)
    wanted = torch.rand(3)
    torch.manual_seed(1)
    Predictor.load(model_path)
    assert torch.equal(torch.rand(3), wanted)


def test_half_precision_is_computed_in_full(model_path: Path, tmp_path: Path) -> None:
    weights, facts = load_model(model_path)
    save_model(tmp_path / "half.safetensors", {name: value.half() for name, value in weights.items()}, facts)
    half = Predictor.load(tmp_path / "half.safetensors")
    assert next(half.network.parameters()).dtype == torch.float32
    whole = Predictor.load(model_path).raw(crops(4))
    assert half.raw(crops(4))["gender"].probabilities == pytest.approx(whole["gender"].probabilities, abs=0.02)


def test_files_that_are_no_model(model_path: Path, tmp_path: Path) -> None:
    weights, facts = load_model(model_path)
    content = model_path.read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(content[: len(content) // 2])
    (tmp_path / "text.safetensors").write_text("hello")
    torch.save(weights, tmp_path / "pickle.safetensors")
    changed = {
        "other_tasks": {"config": facts["config"].replace('"ethnicity"]', '"ethnicity", "smile"]')},
        "fewer_tasks": {"config": facts["config"].replace(', "ethnicity"]', "]")},
        "other_backbone": {"config": facts["config"].replace("squeezenet1_1", "resnet18_small")},
        "no_json": {"config": "{"},
        "two_channels": {"mean": "[0.5, 0.5]"},
        "bad_usage": {"prediction": json.dumps({"intervals": {"age": {"level": "high"}}})},
    }
    for name, facts_of in changed.items():
        save_model(tmp_path / f"{name}.safetensors", weights, facts | facts_of)
    save_model(tmp_path / "bare.safetensors", weights, {})
    words = {
        "cut": "not a whole safetensors file",
        "text": "not a whole safetensors file",
        "pickle": "a pickle, which could run code",
        "other_tasks": "no task 'smile'",
        "fewer_tasks": "weights in .* don't fit its config",
        "other_backbone": "weights in .* don't fit its config",
        "no_json": "doesn't say how its weights are used",
        "two_channels": "doesn't say how its weights are used",
        "bad_usage": "calibrate the model again",
        "bare": "doesn't say how its weights are used",
        "missing": "There is no model at",
    }
    for name, sentence in words.items():
        with pytest.raises(MtlDemoError, match=sentence) as caught:
            Predictor.load(tmp_path / f"{name}.safetensors")
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)
