"""Answers as JSON: one picture through a pipeline, or one frame of a camera. Imports torch with the first model.

Everything here blocks and is called in the threads of ``RequestLimits``.
"""

import contextlib
import dataclasses
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtldemo.errors import MtlDemoError
from mtldemo.predict import loaded, models, pictures
from mtldemo.predict.answers import every_task, withheld
from mtldemo.predict.notes import Note, NoteCode, NoteSentences
from mtldemo.predict.threads import as_load_allows
from mtldemo.runs import default_runs_dir
from mtldemo.serve.memory import Memory
from mtldemo.serve.query import Query
from mtldemo.serve.refusal import Refusal

if TYPE_CHECKING:
    from mtldemo.predict.live import Live
    from mtldemo.predict.pipeline import Pipeline

MEMORY = Memory()
"""That pictures take while they are looked at, whoever sent them."""
MOST_FRAME_PIXELS = 1280 * 1280
"""A camera's frame is a small picture; faces are looked for on a copy of 320 pixels anyway."""


WORDS: NoteSentences = {NoteCode.NO_FACE: "No face was found; with whole_image=1 the whole picture is taken as one."}
"""Of notes, in what is answered here."""


def answer(data: bytes, query: Query) -> dict[str, Any]:
    """The JSON of ``predict`` for one picture's bytes. Raises ``Refusal``."""
    with _room_for(pictures.pixel_size(data)):
        picture = _picture(data)
        made, note = pipeline(query)
        cut = made.look_at(picture)
    as_load_allows()
    with _usable():
        result = made.ask([cut])[0]
    notes = (*result.notes, *([Note(NoteCode.DETECTOR, note)] if note else []))
    return dataclasses.replace(result, notes=notes).to_json(WORDS)


def frame_answer(data: bytes, live: "Live", query: Query) -> dict[str, Any]:
    """One frame's steadied answers: as ``answer`` without ``image``, with each face's ``number``, the ``size`` of the
    frame, and ``detector_ms`` and ``model_ms``; ``notes`` says where a model knows no photographs. Raises
    ``Refusal``."""
    width, height = pictures.pixel_size(data)
    if width * height > MOST_FRAME_PIXELS:
        raise Refusal(413, f"A frame of {width} x {height} pixels is too large; send one of about 640 x 480.")
    as_load_allows()
    with _room_for((width, height)), _usable():
        picture = _picture(data)
        done = live.frame(picture.pixels, time.monotonic())
    height, width = picture.pixels.shape[:2]
    unasked = withheld(every_task(done.answer.tasks.values()), sensitive_too=query.sensitive)
    values = dataclasses.replace(done.answer.without(unasked), size=(width, height)).to_json(WORDS)
    faces = [{"number": number, **face} for number, face in zip(done.numbers, values["faces"], strict=True)]
    times = {"detector_ms": round(done.detector_ms, 1), "model_ms": round(done.model_ms, 1)}
    known = {name: values[name] for name in ("trained_on", "notes") if name in values}
    return {"size": [width, height], "faces": faces, **times, **known}


def pipeline(query: Query, *, live: bool = False) -> tuple["Pipeline", str]:
    """The pipeline that is asked for, and a sentence on a detector that isn't there. Raises ``Refusal``: 404 for a
    model that isn't listed, 422 for one that can't be used."""
    runs_dir = default_runs_dir()
    chosen = [_choice(key, runs_dir) for key in query.models]
    from mtldemo.predict.pipeline import Pipeline

    with _usable():
        predictors = [loaded.loaded(one.path, one.key) for one in chosen]
        faces = {predictor.domain.faces for predictor in predictors}
        if live and len(faces) > 1:
            raise Refusal(
                422, "A camera asks models of faces or models of whole pictures, not both; choose some of one kind."
            )
        needed = True in faces and not query.whole
        detector, note = loaded.detector(query.detector, live=live) if needed else (None, "")
        return Pipeline(predictors, detector), note


@contextlib.contextmanager
def _usable() -> Iterator[None]:
    """Inside, a model or detector that can't be used is a ``Refusal``."""
    try:
        yield
    except MtlDemoError as error:
        raise Refusal(422, str(error)) from error


def _choice(key: str, runs_dir: Path) -> models.ModelChoice:
    try:
        return models.choice(key, runs_dir)
    except MtlDemoError as error:
        sentence = f"There is no model {key[:100]!r}; GET /api/models lists those that there are."
        raise Refusal(404, sentence) from error


def _room_for(size: tuple[int, int]) -> AbstractContextManager[None]:
    return MEMORY.pixels(size[0] * size[1])


def _picture(data: bytes) -> pictures.DecodedPicture:
    try:
        return pictures.read(data)
    except MtlDemoError as error:
        raise Refusal(400, str(error)) from error
