from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from mtldemo.errors import MtlDemoError
from mtldemo.predict import detectors, quality
from mtldemo.predict.answers import Answers
from mtldemo.predict.crop import Square
from mtldemo.predict.detect import WHOLE, Face
from mtldemo.predict.notes import NO_FACE
from mtldemo.predict.pipeline import MANY, Pipeline
from mtldemo.predict.predictor import Predictor
from tests.predict.tiny import tiny_config, write_model


def test_many_pictures_are_what_single_ones_are_in_order(predictor: Predictor, portrait: np.ndarray) -> None:
    generator = np.random.default_rng(0)
    sources = [(f"p{number}", generator.integers(0, 256, (20, 20, 3), dtype=np.uint8)) for number in range(150)]
    sources[70] = ("p70", np.zeros((2, 2, 3), np.uint8))
    pipeline = Pipeline([predictor])
    answers = list(pipeline.predict_many(sources, threads=3, exact=True))
    assert [answer.image for answer in answers] == [name for name, _ in sources]
    assert "p70 can't be used: 2 x 2 pixels are too few" in answers[70].error
    alone = pipeline.predict(sources[149][1], "p149")
    assert answers[149].to_json()["faces"][0]["box"] == alone.to_json()["faces"][0]["box"]
    assert answers[149].to_json()["faces"][0]["age"] == pytest.approx(alone.to_json()["faces"][0]["age"], abs=0.02)


@pytest.mark.parametrize(
    ("count", "exact", "quick"), [(MANY - 1, False, False), (MANY, False, True), (MANY, True, False)]
)
def test_many_pictures_are_quick_unless_they_are_to_be_exact(
    count: int, exact: bool, quick: bool, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = set()
    ask = Predictor.ask

    def noted(self: Predictor, crops: np.ndarray, *, quick: bool = False) -> list[Answers]:
        asked.add(quick)
        return ask(self, crops)

    monkeypatch.setattr(Predictor, "ask", noted)
    monkeypatch.setattr(Predictor, "may_be_quick", True)
    sources = ((f"p{number}", np.full((20, 20, 3), number, np.uint8)) for number in range(count))
    answers = list(Pipeline([predictor]).predict_many(sources, threads=2, exact=exact))
    assert [answer.image for answer in answers] == [f"p{number}" for number in range(count)]
    assert asked == {quick}


def test_several_faces_and_several_models(predictor: Predictor, group: np.ndarray, tmp_path: Path) -> None:
    other = Predictor.load(write_model(tmp_path / "other.safetensors", tiny_config("l1", ("age",)), 1))
    answer = Pipeline([predictor, other], detectors.haar(), keep_crops=True).predict(group, "group")
    assert len(answer.faces) == 3
    for face in answer.faces:
        assert list(face.answers) == ["tiny", "other"]
        assert list(face.answers["other"]) == ["age"]
        assert face.crops["tiny"].shape == (32, 32, 3)
    told = answer.to_json()
    assert told["faces"][0]["models"]["tiny"]["age"] == told["faces"][0]["age"]
    assert "ethnicity" not in told["faces"][0]["models"]["other"]


def test_no_face_is_said(predictor: Predictor) -> None:
    answer = Pipeline([predictor], detectors.haar()).predict(np.zeros((100, 100, 3), np.uint8), "dark")
    assert answer.faces == ()
    assert answer.notes == (NO_FACE,)
    assert answer.to_json() == {"image": "dark", "faces": [], "notes": ["No face was found."]}


def test_a_crop_by_hand(predictor: Predictor, portrait: np.ndarray) -> None:
    pipeline = Pipeline([predictor])
    seen = pipeline.cut_out(portrait, [Face(160, 50, 120, 140)], WHOLE)
    assert pipeline.ask([seen])[0].to_json()["faces"][0]["box"] == [160, 50, 120, 140]


def test_one_picture_that_cannot_be_read(predictor: Predictor) -> None:
    with pytest.raises(MtlDemoError, match="text, not a picture"):
        Pipeline([predictor]).predict(b"hello", "it")


def test_names_must_tell_models_apart(predictor: Predictor) -> None:
    with pytest.raises(MtlDemoError, match="found tiny, tiny"):
        Pipeline([predictor, predictor])
    with pytest.raises(MtlDemoError, match="none"):
        Pipeline([])


def test_warnings(portrait: np.ndarray) -> None:
    crop = portrait[60:188, 160:288]
    square = Square(224, 124, 128)
    assert quality.quality_warnings(square, crop, (512, 512)) == ()
    blurred = np.asarray(Image.fromarray(crop).filter(ImageFilter.GaussianBlur(5)))
    assert quality.quality_warnings(square, blurred, (512, 512)) == ("blurred",)
    grey = np.asarray(Image.fromarray(crop).convert("L").convert("RGB"))
    assert quality.quality_warnings(square, grey, (512, 512)) == ("grey",)
    assert quality.quality_warnings(Square(224, 124, 30), blurred, (512, 512)) == ("small",)
    assert quality.quality_warnings(Square(10, 124, 128), crop, (512, 512)) == ("cut off",)
    assert quality.quality_warnings(square, np.zeros_like(crop), (512, 512)) == ("blurred", "grey")


def test_the_threads_of_torch_are_as_before(predictor: Predictor) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        sources = [(f"p{number}", np.full((20, 20, 3), number, np.uint8)) for number in range(5)]
        answers = Pipeline([predictor]).predict_many(sources, threads=2)
        assert next(answers).image == "p0"
        answers.close()
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
