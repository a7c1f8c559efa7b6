"""A video's frames through a pipeline, with faces followed from one to the next. Only the last answers are kept."""

import dataclasses
import time
from dataclasses import dataclass

import numpy as np

from mtldemo.predict.answers import PictureAnswer
from mtldemo.predict.pipeline import Pipeline
from mtldemo.predict.predictor import Predictor
from mtldemo.predict.tracking import Tracker

MOST_VIEWS = 2
"""Views of a crop that are asked in a frame: a face's answers are averaged over many frames as well."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame's steadied ``answer``, the ``numbers`` of its faces (the same face keeps its number), and how many
    milliseconds the detector and the models (with cutting) took."""

    answer: PictureAnswer
    numbers: tuple[int, ...]
    detector_ms: float
    model_ms: float


class Live:
    """One video through the models and the detector of ``pipeline``: frames in, steadied answers out. Not for several
    threads at once, and one for each camera."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = Pipeline([for_frames(one) for one in pipeline.predictors], pipeline.detector)
        self._tracker = Tracker()

    def frame(self, pixels: np.ndarray, now: float) -> Frame:
        """What is to be shown for ``pixels`` uint8 [H, W, 3] at the time ``now`` in seconds, which never goes back."""
        started = time.perf_counter()
        faces, how = self.pipeline.find(pixels)
        looked = time.perf_counter()
        tracks = self._tracker.update(faces, now)
        # Cut where the face is steadied to be, so that the models see it steady as well.
        cut = self.pipeline.cut_out(pixels, [track.face for track in tracks], how)
        answer = self.pipeline.ask([cut])[0]
        answered = time.perf_counter()
        shown = []
        for track, item in zip(tracks, answer.faces, strict=True):
            steady = {model: track.steadied(model, answers, now) for model, answers in item.answers.items()}
            shown.append(dataclasses.replace(item, answers=steady))
        numbers = tuple(track.number for track in tracks)
        answer = dataclasses.replace(answer, faces=tuple(shown))
        return Frame(answer, numbers, 1000 * (looked - started), 1000 * (answered - looked))


def for_frames(predictor: Predictor) -> Predictor:
    """The model as it is asked about a frame: with few views."""
    usage = predictor.usage
    if usage.views <= MOST_VIEWS:
        return predictor
    return predictor.with_usage(dataclasses.replace(usage, views=MOST_VIEWS))
