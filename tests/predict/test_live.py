import dataclasses

import numpy as np

from mtldemo.predict import detectors
from mtldemo.predict.answers import RegressionAnswer
from mtldemo.predict.live import Live, for_frames
from mtldemo.predict.pipeline import Pipeline
from mtldemo.predict.predictor import Predictor


def test_faces_keep_their_numbers_and_answers_become_steady(predictor: Predictor, group: np.ndarray) -> None:
    generator = np.random.default_rng(0)
    live = Live(Pipeline([predictor], detectors.haar()))
    plain = Pipeline([predictor], detectors.haar())
    shown, raw = [], []
    for number in range(8):
        noise = generator.normal(0, 6, group.shape)
        pixels = np.clip(group + noise, 0, 255).astype(np.uint8)
        frame = live.frame(pixels, number / 10)
        assert frame.numbers[0] == 1
        assert frame.detector_ms > 0
        assert frame.model_ms > 0
        for ages, answer in ((shown, frame.answer), (raw, plain.predict(pixels))):
            said = answer.faces[0].answers["tiny"]["age"]
            assert isinstance(said, RegressionAnswer)
            ages.append(said.value)
    assert np.std(np.diff(shown[2:])) < np.std(np.diff(raw[2:]))


def test_an_empty_frame(predictor: Predictor) -> None:
    frame = Live(Pipeline([predictor], detectors.haar(live=True))).frame(np.zeros((48, 64, 3), np.uint8), 0.0)
    assert frame.numbers == ()
    assert frame.answer.faces == ()


def test_a_frame_asks_for_few_views(predictor: Predictor) -> None:
    thorough = predictor.with_usage(dataclasses.replace(predictor.usage, views=4))
    assert [one.usage.views for one in Live(Pipeline([thorough])).pipeline.predictors] == [2]
    assert for_frames(thorough).usage == dataclasses.replace(thorough.usage, views=2)
    assert for_frames(predictor) is predictor
