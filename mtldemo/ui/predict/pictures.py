"""The pictures at hand, from files, an example or the camera, and which of their faces is looked at.

A widget that isn't drawn forgets what it was given; the pictures stay for all tabs, while the session lasts, until
others come or a person lets go of them.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import streamlit as st

from mtldemo.config import DataConfig
from mtldemo.predict.detect import Face, whole_picture
from mtldemo.predict.domain import DRAWINGS, PHOTOGRAPHS, Domain, domain_of
from mtldemo.predict.pictures import EXTENSIONS, MAX_BYTES, MAX_PIXELS
from mtldemo.sentences import listed
from mtldemo.tasks import UTKFACE, Task
from mtldemo.ui.addresses import PICTURES
from mtldemo.ui.plain import plain
from mtldemo.ui.words import count

EXAMPLE = Path(__file__).parents[1] / "assets" / "example.jpg"
CREDIT = "The example is NASA's portrait of the astronaut Eileen Collins, in the public domain."
SENSITIVE = "sensitive"
DRAWN = 3
"""Drawn portraits that are put at hand."""
_FILES, _PHOTO = "predict.files", "predict.camera"
FILES, CAMERA = "files", "camera"
"""Where pictures come from."""
LAST = -1
"""Stands for the face that was added last."""
_PICTURES, _LATEST, _CHOSEN = "predict.at_hand", "predict.at_hand.latest", "predict.at_hand.chosen"
_BY_HAND = "predict.by_hand"


@dataclass(frozen=True)
class InputPicture:
    """A picture as it came: its ``name``, its bytes, and a ``mark`` that tells its content from others'. ``domain`` is
    the kind of picture that it is, as far as the program knows, ``note`` what there is to say about it."""

    name: str
    data: bytes = field(repr=False)
    domain: Domain = PHOTOGRAPHS
    note: str = ""

    @cached_property
    def mark(self) -> str:
        """Same for the same bytes."""
        return hashlib.sha256(self.data).hexdigest()[:16]


def put_pictures(origin: str, pictures: Sequence[InputPicture]) -> None:
    """Take ``pictures`` for the pictures from ``origin`` (``FILES`` or ``CAMERA``); none lets go of those there are."""
    st.session_state.setdefault(_PICTURES, {})[origin] = tuple(pictures)
    if pictures:
        st.session_state[_LATEST] = origin


def pictures_from(origin: str) -> tuple[InputPicture, ...]:
    """The pictures at hand from ``origin``."""
    return st.session_state.get(_PICTURES, {}).get(origin, ())


def latest_origin() -> str:
    """Where the pictures at hand came from last: ``FILES`` before any came."""
    return st.session_state.get(_LATEST, FILES)


def choose_face(picture: InputPicture, face: int) -> None:
    """Remember a picture, and one of its faces by its index or ``LAST``, as the one that is looked at."""
    st.session_state[_CHOSEN] = picture.mark, face


def chosen_picture(pictures: Sequence[InputPicture]) -> int:
    """The index among ``pictures`` of the picture that is looked at, 0 where it is none of them."""
    mark, _ = st.session_state.get(_CHOSEN, ("", 0))
    return next((index for index, picture in enumerate(pictures) if picture.mark == mark), 0)


def chosen_face(picture: InputPicture, faces: int) -> int:
    """The index of the face that is looked at among the ``faces`` (at least 1) of ``picture``."""
    mark, face = st.session_state.get(_CHOSEN, ("", 0))
    if mark != picture.mark:
        return 0
    return face if 0 <= face < faces else faces - 1


def faces_by_hand(picture: InputPicture) -> tuple[Face, ...]:
    """The faces that a person marked in the picture."""
    return st.session_state.get(_BY_HAND, {}).get(picture.mark, ())


def add_face(picture: InputPicture, face: Face) -> None:
    """Take ``face``, in the picture's own pixels, as one more face of it."""
    st.session_state.setdefault(_BY_HAND, {})[picture.mark] = (*faces_by_hand(picture), face)
    choose_face(picture, LAST)


def add_whole_picture(picture: InputPicture, size: tuple[int, int]) -> None:
    """Take the whole picture of that ``size`` (width, height) as a face."""
    add_face(picture, whole_picture(np.empty((size[1], size[0], 0), np.uint8)))


def remove_faces_by_hand(picture: InputPicture) -> None:
    """Let go of what was marked by hand in the picture."""
    st.session_state.get(_BY_HAND, {}).pop(picture.mark, None)


def upload(learned: DataConfig | None = None, *, faces: bool = True) -> tuple[InputPicture, ...]:
    """Draw the upload and return the pictures at hand from files. Who has none is offered an example of what the model
    ``learned`` from: a photograph, or portraits as its own were drawn, which it hasn't seen; nothing where it is asked
    about no ``faces``, since what its pictures show isn't known."""
    drawn = learned if faces and learned is not None and domain_of(learned) == DRAWINGS else None
    if drawn and drawn_wanted():
        put_pictures(FILES, drawn_portraits(drawn))
    uploads = st.file_uploader(
        f"Pictures{' with faces' if faces else ''}, each of at most {MAX_PIXELS / 1e6:.0f} million pixels",
        # Whatever a browser takes for a picture, and endings that it may not know: what a file is, its content says.
        type=["image", *EXTENSIONS],
        accept_multiple_files=True,
        key=_FILES,
        on_change=_take_files,
        max_upload_size=MAX_BYTES // 2**20,
    )
    pictures = pictures_from(FILES)
    if not pictures and faces:
        st.button(
            "Try drawn portraits" if drawn else "No picture at hand? Try an example",
            icon=":material/draw:" if drawn else ":material/person:",
            key="predict.try_example",
            on_click=want_drawn if drawn else _take_example,
        )
    elif pictures and not uploads:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_origin(pictures), width="content")
            st.button("Remove", icon=":material/close:", key="predict.remove", type="tertiary", on_click=_remove_files)
    return pictures


def photo() -> tuple[InputPicture, ...]:
    """Draw the camera or, once a photo was taken, the way to another one; returns the photo at hand, if any."""
    if pictures_from(CAMERA):
        st.button("Take another photo", icon=":material/photo_camera:", key="predict.retake", on_click=_remove_photo)
    else:
        st.camera_input("Look into the camera and take a photo", key=_PHOTO, on_change=_take_photo)
    return pictures_from(CAMERA)


def sensitive_wanted(tasks: Iterable[Task]) -> bool:
    """A switch, off at first, where any of the ``tasks`` is sensitive: what a model takes a person before the camera
    for is given only to those who ask for it. Without such a task there is nothing to ask for."""
    titles = [task.in_sentence for task in tasks if task.sensitive]
    if not titles:
        return False
    return st.toggle(
        f"Also tell {listed(titles)}",
        key=f"predict.{SENSITIVE}",
        persist_state="session",
        help=f"Off at first: what a model takes for a person's {listed(titles)} is sensitive and often wrong.",
    )


def drawn_wanted() -> bool:
    """Whether the address asks for drawn portraits."""
    return st.query_params.get(PICTURES) == DRAWINGS.name


def want_drawn() -> None:
    """Put drawn portraits at hand, where the model knows such: for a button's ``on_click``."""
    st.query_params[PICTURES] = DRAWINGS.name


def forget_drawn() -> None:
    """Let go of the drawn portraits at hand, if any."""
    st.query_params.pop(PICTURES, None)
    if any(picture.domain == DRAWINGS for picture in pictures_from(FILES)):
        put_pictures(FILES, ())


def drawn_portraits(config: DataConfig) -> list[InputPicture]:
    """Portraits of the built-in set of ``config`` that no model of that set has seen, each with what it shows."""
    from mtldemo.data import synthetic

    pictures = []
    for index in range(config.synthetic.images, config.synthetic.images + DRAWN):
        true, _ = synthetic.labels(config.synthetic, index)
        note = f"Drawn as {listed([_label(task, getattr(true, task.name)) for task in UTKFACE])}; it is in no data set."
        data = synthetic.portrait(config.synthetic, index)
        pictures.append(InputPicture(f"portrait {index}.jpg", data, DRAWINGS, note))
    return pictures


def _label(task: Task, label: float) -> str:
    """A true label in words: a class, or a number with its unit."""
    return task.classes[int(label)] if task.classes else f"{label:g} {task.unit}".rstrip()


def _take_files() -> None:
    st.query_params.pop(PICTURES, None)
    put_pictures(FILES, [InputPicture(file.name, file.getvalue()) for file in st.session_state[_FILES] or []])


def _take_example() -> None:
    st.query_params.pop(PICTURES, None)
    put_pictures(FILES, [_example()])


def _example() -> InputPicture:
    return InputPicture("example.jpg", EXAMPLE.read_bytes())


def _take_photo() -> None:
    taken = st.session_state[_PHOTO]
    put_pictures(CAMERA, [] if taken is None else [InputPicture("snapshot.jpg", taken.getvalue())])


def _remove_files() -> None:
    st.query_params.pop(PICTURES, None)
    put_pictures(FILES, ())


def _remove_photo() -> None:
    put_pictures(CAMERA, ())


def _origin(pictures: tuple[InputPicture, ...]) -> str:
    if pictures == (_example(),):
        return CREDIT
    if all(picture.domain == DRAWINGS for picture in pictures):
        return f"{count(len(pictures), 'portrait')} as the program draws them: what this model may be asked about."
    return f"Still here: {_named(pictures)}."


def _named(pictures: tuple[InputPicture, ...]) -> str:
    return plain(pictures[0].name) if len(pictures) == 1 else count(len(pictures), "picture")
