"""Pictures through models, each once: a rerun of the page finds the answers of the session, in memory only."""

import dataclasses
import io
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import streamlit as st
from PIL import Image

from mtldemo.errors import MtlDemoError
from mtldemo.predict.answers import PictureAnswer, every_task, withheld
from mtldemo.predict.domain import DRAWINGS
from mtldemo.predict.drawing import annotated
from mtldemo.predict.notes import Note, NoteCode
from mtldemo.predict.pictures import read
from mtldemo.predict.threads import as_load_allows
from mtldemo.ui.plain import plain
from mtldemo.ui.predict.pictures import InputPicture, faces_by_hand

if TYPE_CHECKING:
    from mtldemo.predict.pipeline import Pipeline

SHOWN, LEAST = 1280, 640
"""The longer side of a picture on the page, in pixels: at most, and at least."""
MOST = 200
"""Answers that a session keeps; the oldest go first."""
_ANSWERS = "predict.answers"


class Models(Protocol):
    """One or several models behind a detector."""

    @property
    def mark(self) -> str:
        """Changes whenever the answers might."""
        ...

    @property
    def loading(self) -> str:
        """What is said while ``pipeline`` is made."""
        ...

    def pipeline(self) -> "Pipeline":
        """The models behind the detector. Raises ``MtlDemoError`` where they can't be used."""
        ...


@dataclass(frozen=True, eq=False)
class PictureResult:
    """A picture's ``answer``, and the picture for the page as JPEG: ``plain``, and with its faces ``marked``. Both are
    empty for one that can't be read."""

    answer: PictureAnswer
    plain: bytes = b""
    marked: bytes = b""


def predictions(pictures: Sequence[InputPicture], models: Models, *, sensitive_too: bool = True) -> list[PictureResult]:
    """What the models say about each picture, in their order, with progress for several. A picture that can't be read
    has its error; the others go on.

    Answers to sensitive tasks are there only if ``sensitive_too``. Raises ``MtlDemoError`` where the model or the
    detector can't be used.
    """
    cache: OrderedDict[tuple, PictureResult] = st.session_state.setdefault(_ANSWERS, OrderedDict())
    keys = [(picture.name, picture.mark, models.mark, faces_by_hand(picture)) for picture in pictures]
    missing = [index for index, key in enumerate(keys) if key not in cache]
    if missing:
        with st.spinner(models.loading, show_time=True):
            pipeline = models.pipeline()
        bar = st.progress(0.0) if len(missing) > 1 else None
        for done, index in enumerate(missing):
            if bar is not None:
                name = plain(pictures[index].name)
                bar.progress(done / len(missing), f"Picture {done + 1} of {len(missing)}: {name}")
            cache[keys[index]] = _predict(pictures[index], pipeline)
        if bar is not None:
            bar.empty()
    results = [cache[key] for key in keys]
    while len(cache) > max(MOST, len(keys)):
        cache.popitem(last=False)
    return [_without_sensitive(result, sensitive_too) for result in results]


def jpeg(image: Image.Image) -> bytes:
    """A picture as JPEG without any metadata."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


def _predict(picture: InputPicture, pipeline: "Pipeline") -> PictureResult:
    try:
        decoded = read(picture.data, picture.name)
    except MtlDemoError as error:
        return PictureResult(PictureAnswer(picture.name, error=str(error)))
    origin = [Note(NoteCode.ORIGIN, picture.note)] if picture.note else []
    # Drawn as the data set's are, it is a face from border to border, and no detector knows drawings.
    whole = picture.domain == DRAWINGS
    crops = pipeline.look_at(decoded, name=decoded.name, whole=whole, added=faces_by_hand(picture), notes=origin)
    as_load_allows()
    answer = pipeline.ask([crops])[0]
    without_faces = dataclasses.replace(answer, faces=())
    plain = marked = annotated(decoded.pixels, without_faces, longest=SHOWN, least=LEAST)
    if answer.faces and not answer.whole:
        marked = annotated(decoded.pixels, answer, longest=SHOWN, least=LEAST)
    return PictureResult(answer, jpeg(plain), jpeg(marked))


def _without_sensitive(result: PictureResult, sensitive_too: bool) -> PictureResult:
    names = withheld(every_task(result.answer.tasks.values()), sensitive_too=sensitive_too)
    return dataclasses.replace(result, answer=result.answer.without(names))
