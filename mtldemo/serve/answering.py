"""Answers as JSON: one picture through a pipeline, or one frame of a camera. Imports torch with the first model.

Everything here blocks and is called in the desk's threads.
"""

import dataclasses
import time
from typing import TYPE_CHECKING, Any

from mtldemo.errors import MtlDemoError
from mtldemo.predict import loaded, models, pictures
from mtldemo.predict.answers import FaceAnswer, PictureAnswer
from mtldemo.runs import default_runs_dir
from mtldemo.serve.asked import Asked
from mtldemo.serve.refusal import Refusal
from mtldemo.tasks import ETHNICITY

if TYPE_CHECKING:
    from mtldemo.predict.live import Live
    from mtldemo.predict.pipeline import Pipeline

MOST_FRAME_PIXELS = 1280 * 1280
"""A camera's frame is a small picture; faces are looked for on a copy of 320 pixels anyway."""


def answer(data: bytes, asked: Asked) -> dict[str, Any]:
    """The JSON of ``predict`` for one picture's bytes. Raises ``Refusal``."""
    picture = _picture(data)
    made, note = pipeline(asked)
    seen = made.look_at(picture.pixels, "", picture.notes)
    said = made.ask([seen])[0]
    # The command line's words about --whole-image are of no use here.
    notes = [*picture.notes, *([] if said.faces else [NO_FACE]), *([note] if note else [])]
    return dataclasses.replace(said, notes=tuple(notes)).to_json()


NO_FACE = "No face was found; with whole_image=1 the whole picture is taken as one."


def frame(data: bytes, live: "Live", asked: Asked) -> dict[str, Any]:
    """One frame's steadied answers: as ``answer`` without ``image``, with each face's ``number``, the ``size`` of the
    frame, and ``detector_ms`` and ``model_ms``; ``notes`` says where a model knows no photographs. Raises
    ``Refusal``."""
    picture = _picture(data)
    height, width = picture.pixels.shape[:2]
    if width * height > MOST_FRAME_PIXELS:
        raise Refusal(413, f"A frame of {width} x {height} pixels is too large; send one of about 640 x 480.")
    done = live.frame(picture.pixels, time.monotonic())
    said = done.answer if asked.ethnicity else _without_ethnicity(done.answer)
    told = dataclasses.replace(said, size=(width, height)).to_json()
    faces = [{"number": number, **face} for number, face in zip(done.numbers, told["faces"], strict=True)]
    times = {"detector_ms": round(done.detector_ms, 1), "model_ms": round(done.model_ms, 1)}
    known = {name: told[name] for name in ("trained_on", "notes") if name in told}
    return {"size": [width, height], "faces": faces, **times, **known}


def pipeline(asked: Asked, *, live: bool = False) -> tuple["Pipeline", str]:
    """The pipeline that is asked for, and a sentence on a detector that isn't there. Raises ``Refusal``: 404 for a
    model that isn't listed, 500 for one that can't be loaded."""
    runs_dir = default_runs_dir()
    try:
        chosen = [models.choice(key, runs_dir) for key in asked.models]
    except MtlDemoError as error:
        raise Refusal(404, str(error)) from error
    from mtldemo.predict.pipeline import Pipeline

    try:
        predictors = [loaded.loaded(one.path, one.key) for one in chosen]
        detector, note = (None, "") if asked.whole else loaded.detector(asked.detector, live=live)
        return Pipeline(predictors, detector), note
    except MtlDemoError as error:
        raise Refusal(500, str(error)) from error


def _picture(data: bytes) -> pictures.Picture:
    try:
        return pictures.read(data)
    except MtlDemoError as error:
        raise Refusal(400, str(error)) from error


def _without_ethnicity(said: PictureAnswer) -> PictureAnswer:
    def bare(face: FaceAnswer) -> FaceAnswer:
        answers = {
            model: {name: answer for name, answer in answers.items() if name != ETHNICITY.name}
            for model, answers in face.answers.items()
        }
        return dataclasses.replace(face, answers=answers)

    return dataclasses.replace(said, faces=tuple(bare(face) for face in said.faces))
