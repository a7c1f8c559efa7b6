"""Pictures through the model, each once: a rerun of the page finds the answers of the session, in memory only."""

import dataclasses
import io
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import streamlit as st
from PIL import Image

from mtldemo.errors import MtlDemoError
from mtldemo.predict import detectors
from mtldemo.predict.answers import PictureAnswer, every_task, withheld
from mtldemo.predict.detect import Face, whole_picture
from mtldemo.predict.domain import DRAWINGS
from mtldemo.predict.drawing import annotated
from mtldemo.predict.loaded import detector, loaded
from mtldemo.predict.notes import Code, Note
from mtldemo.predict.pictures import read
from mtldemo.predict.threads import as_load_allows
from mtldemo.ui.plain import plain
from mtldemo.ui.predict.compare_models import Picked
from mtldemo.ui.predict.session_pictures import LAST, Shot, choose
from mtldemo.ui.words import count

if TYPE_CHECKING:
    from mtldemo.predict.pipeline import Pipeline

SHOWN, LEAST = 1280, 640
"""The longer side of a picture on the page, in pixels: at most, and at least."""
MOST = 200
"""Answers that a session keeps; the oldest go first."""
_ANSWERS, _BY_HAND, _PROBLEMS = "predict.answers", "predict.by_hand", "predict.panel.problems"


class Models(Protocol):
    """Who is asked: models behind a detector."""

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
class Result:
    """A picture's ``answer``, and the picture for the page as JPEG: ``plain``, and with its faces ``marked``. Both are
    empty for one that can't be read."""

    answer: PictureAnswer
    plain: bytes = b""
    marked: bytes = b""


def answered(shots: Sequence[Shot], whom: Models, *, sensitive_too: bool = True) -> list[Result]:
    """What the models say about each picture, in their order, with progress for several. A picture that can't be read
    has its error; the others go on.

    Answers to sensitive tasks are there only if ``sensitive_too``. Raises ``MtlDemoError`` where the model or the
    detector can't be used.
    """
    kept: OrderedDict[tuple, Result] = st.session_state.setdefault(_ANSWERS, OrderedDict())
    keys = [(shot.name, shot.mark, whom.mark, by_hand(shot)) for shot in shots]
    missing = [number for number, key in enumerate(keys) if key not in kept]
    if missing:
        with st.spinner(whom.loading, show_time=True):
            pipeline = whom.pipeline()
        bar = st.progress(0.0) if len(missing) > 1 else None
        for done, number in enumerate(missing):
            if bar is not None:
                bar.progress(done / len(missing), f"Picture {done + 1} of {len(missing)}: {plain(shots[number].name)}")
            kept[keys[number]] = _asked(shots[number], pipeline)
        if bar is not None:
            bar.empty()
    results = [kept[key] for key in keys]
    while len(kept) > max(MOST, len(keys)):
        kept.popitem(last=False)
    return [_shown(result, sensitive_too) for result in results]


def by_hand(shot: Shot) -> tuple[Face, ...]:
    """The faces that a person marked in the picture."""
    return st.session_state.get(_BY_HAND, {}).get(shot.mark, ())


def mark_by_hand(shot: Shot, face: Face) -> None:
    """Take ``face``, in the picture's own pixels, as one more face of it."""
    st.session_state.setdefault(_BY_HAND, {})[shot.mark] = (*by_hand(shot), face)
    choose(shot, LAST)


def use_whole(shot: Shot, size: tuple[int, int]) -> None:
    """Take the whole picture of that ``size`` (width, height) as a face."""
    mark_by_hand(shot, whole_picture(np.empty((size[1], size[0], 0), np.uint8)))


def forget_by_hand(shot: Shot) -> None:
    """Let go of what was marked by hand in the picture."""
    st.session_state.get(_BY_HAND, {}).pop(shot.mark, None)


def _asked(shot: Shot, pipeline: "Pipeline") -> Result:
    try:
        picture = read(shot.data, shot.name)
    except MtlDemoError as error:
        return Result(PictureAnswer(shot.name, error=str(error)))
    origin = [Note(Code.ORIGIN, shot.note)] if shot.note else []
    # Drawn as the data set's are, it is a face from border to border, and no detector knows drawings.
    whole = shot.domain == DRAWINGS
    seen = pipeline.look_at(picture, name=picture.name, whole=whole, added=by_hand(shot), notes=origin)
    as_load_allows()
    answer = pipeline.ask([seen])[0]
    nobody = dataclasses.replace(answer, faces=())
    plain = annotated(picture.pixels, nobody, longest=SHOWN, least=LEAST)
    marked = (
        annotated(picture.pixels, answer, longest=SHOWN, least=LEAST) if answer.faces and not answer.whole else plain
    )
    return Result(answer, jpeg(plain), jpeg(marked))


def jpeg(image: Image.Image) -> bytes:
    """A picture as JPEG without any metadata."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


def _shown(result: Result, sensitive_too: bool) -> Result:
    withheld_names = withheld(every_task(result.answer.tasks.values()), sensitive_too=sensitive_too)
    return dataclasses.replace(result, answer=result.answer.without(withheld_names))


@dataclass(frozen=True)
class Panel:
    """The ``models`` that are asked and the name of the ``detector`` before them."""

    models: tuple[Picked, ...]
    detector: str

    @property
    def mark(self) -> str:
        """Changes whenever the answers might: with the models, their files and the detector."""
        versions = [(one.key, _changed(one)) for one in self.models]
        return f"{versions}|{self.detector}|{detectors.yunet_file()}"

    @property
    def loading(self) -> str:
        """What is said while the models are loaded."""
        return f"Asking {count(len(self.models), 'model')}"

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence on each model that couldn't be loaded for the answers that there are."""
        return st.session_state.get(_PROBLEMS, {}).get(self.mark, ())

    def pipeline(self) -> "Pipeline":
        """The models that can be loaded behind the detector. Raises ``MtlDemoError`` where none can, or the detector
        can't be used."""
        from mtldemo.predict.pipeline import Pipeline

        found, problems = [], []
        bar = st.progress(0.0)
        for number, one in enumerate(self.models):
            bar.progress(number / len(self.models), f"Loading {plain(one.name)}")
            try:
                found.append(loaded(one.choice.path, one.key))
            except MtlDemoError as error:
                problems.append(str(error))
        bar.empty()
        st.session_state.setdefault(_PROBLEMS, {})[self.mark] = tuple(problems)
        if not found:
            raise MtlDemoError(" ".join(problems))
        faces = any(one.domain.faces for one in found)
        return Pipeline(found, detector(self.detector)[0] if faces else None)


def _changed(one: Picked) -> int:
    try:
        return one.choice.path.stat().st_mtime_ns
    except OSError:  # said when the model is loaded
        return 0
