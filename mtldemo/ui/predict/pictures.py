"""Where pictures come from: files, an example for whoever has none at hand, and the camera. All ways in share them."""

from collections.abc import Iterable
from pathlib import Path

import streamlit as st

from mtldemo.charts.words import listed
from mtldemo.config import DataConfig
from mtldemo.predict.domain import DRAWINGS, domain_of
from mtldemo.predict.pictures import EXTENSIONS, MAX_BYTES, MAX_PIXELS
from mtldemo.tasks import UTKFACE, Task
from mtldemo.ui.addresses import PICTURES
from mtldemo.ui.plain import plain
from mtldemo.ui.predict.session_pictures import CAMERA, FILES, Shot, pictures, put
from mtldemo.ui.words import count

EXAMPLE = Path(__file__).parents[1] / "assets" / "example.jpg"
CREDIT = "The example is NASA's portrait of the astronaut Eileen Collins, in the public domain."
SENSITIVE = "sensitive"
DRAWN = 3
"""Drawn portraits that are put at hand."""
_FILES, _PHOTO = "predict.files", "predict.camera"


def files(learned: DataConfig | None = None, *, faces: bool = True) -> tuple[Shot, ...]:
    """Draw the upload and return the pictures at hand from files. Who has none is offered an example of what the model
    ``learned`` from: a photograph, or portraits as its own were drawn, which it hasn't seen; nothing where it is asked
    about no ``faces``, since what its pictures show isn't known."""
    drawn = learned if faces and learned is not None and domain_of(learned) == DRAWINGS else None
    if drawn and wants_drawn():
        put(FILES, drawn_portraits(drawn))
    given = st.file_uploader(
        f"Pictures{' with faces' if faces else ''}, each of at most {MAX_PIXELS / 1e6:.0f} million pixels",
        # Whatever a browser takes for a picture, and endings that it may not know: what a file is, its content says.
        type=["image", *EXTENSIONS],
        accept_multiple_files=True,
        key=_FILES,
        on_change=_take_files,
        max_upload_size=MAX_BYTES // 2**20,
    )
    shots = pictures(FILES)
    if not shots and faces:
        st.button(
            "Try drawn portraits" if drawn else "No picture at hand? Try an example",
            icon=":material/draw:" if drawn else ":material/person:",
            key="predict.try_example",
            on_click=want_drawn if drawn else _take_example,
        )
    elif shots and not given:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_origin(shots), width="content")
            st.button("Remove", icon=":material/close:", key="predict.remove", type="tertiary", on_click=_let_go)
    return shots


def photo() -> tuple[Shot, ...]:
    """Draw the camera or, once a photo was taken, the way to another one; returns the photo at hand, if any."""
    if pictures(CAMERA):
        st.button("Take another photo", icon=":material/photo_camera:", key="predict.retake", on_click=_no_photo)
    else:
        st.camera_input("Look into the camera and take a photo", key=_PHOTO, on_change=_take_photo)
    return pictures(CAMERA)


def wants_sensitive(tasks: Iterable[Task]) -> bool:
    """A switch, off at first, where any of the ``tasks`` is sensitive: what a model takes a person before the camera
    for is given only to those who ask for it. Without such a task there is nothing to ask for."""
    titles = [task.title.lower() for task in tasks if task.sensitive]
    if not titles:
        return False
    return st.toggle(
        f"Also tell {listed(titles)}",
        key=f"predict.{SENSITIVE}",
        persist_state="session",
        help=f"Off at first: what a model takes for a person's {listed(titles)} is sensitive and often wrong.",
    )


def wants_drawn() -> bool:
    """Whether the address asks for drawn portraits."""
    return st.query_params.get(PICTURES) == DRAWINGS.name


def want_drawn() -> None:
    """Put drawn portraits at hand, where the model knows such: for a button's ``on_click``."""
    st.query_params[PICTURES] = DRAWINGS.name


def forget_drawn() -> None:
    """Let go of the drawn portraits at hand, if any."""
    st.query_params.pop(PICTURES, None)
    if any(shot.domain == DRAWINGS for shot in pictures(FILES)):
        put(FILES, ())


def drawn_portraits(config: DataConfig) -> list[Shot]:
    """Portraits of the built-in set of ``config`` that no model of that set has seen, each with what it shows."""
    from mtldemo.data import synthetic

    shots = []
    for index in range(config.synthetic.images, config.synthetic.images + DRAWN):
        true, _ = synthetic.labels(config.synthetic, index)
        note = f"Drawn as {listed([_label(task, getattr(true, task.name)) for task in UTKFACE])}; it is in no data set."
        data = synthetic.portrait(config.synthetic, index)
        shots.append(Shot(f"portrait {index}.jpg", data, DRAWINGS, note))
    return shots


def _label(task: Task, label: float) -> str:
    """A true label in words: a class, or a number with its unit."""
    return task.classes[int(label)] if task.classes else f"{label:g} {task.unit}".rstrip()


def _take_files() -> None:
    st.query_params.pop(PICTURES, None)
    put(FILES, [Shot(file.name, file.getvalue()) for file in st.session_state[_FILES] or []])


def _take_example() -> None:
    st.query_params.pop(PICTURES, None)
    put(FILES, [_example()])


def _example() -> Shot:
    return Shot("example.jpg", EXAMPLE.read_bytes())


def _take_photo() -> None:
    taken = st.session_state[_PHOTO]
    put(CAMERA, [] if taken is None else [Shot("snapshot.jpg", taken.getvalue())])


def _let_go() -> None:
    st.query_params.pop(PICTURES, None)
    put(FILES, ())


def _no_photo() -> None:
    put(CAMERA, ())


def _origin(shots: tuple[Shot, ...]) -> str:
    if shots == (_example(),):
        return CREDIT
    if all(shot.domain == DRAWINGS for shot in shots):
        return f"{count(len(shots), 'portrait')} as the program draws them: what this model may be asked about."
    return f"Still here: {_named(shots)}."


def _named(shots: tuple[Shot, ...]) -> str:
    return plain(shots[0].name) if len(shots) == 1 else count(len(shots), "picture")
