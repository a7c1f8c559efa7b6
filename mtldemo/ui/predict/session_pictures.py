"""The pictures at hand: those that came last from files and from the camera, for all ways in, while the session lasts.

A widget that isn't drawn forgets what it was given; these stay until others come or a person lets go of them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import streamlit as st

from mtldemo.predict.domain import PHOTOGRAPHS, Domain

FILES, CAMERA = "files", "camera"
"""Where pictures come from."""
LAST = -1
"""Stands for the face that was added last."""
_KEPT, _LATEST, _CHOSEN = "predict.at_hand", "predict.at_hand.latest", "predict.at_hand.chosen"


@dataclass(frozen=True)
class Shot:
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


def put(origin: str, shots: Sequence[Shot]) -> None:
    """Take ``shots`` for the pictures from ``origin`` (``FILES`` or ``CAMERA``); none lets go of those there are."""
    st.session_state.setdefault(_KEPT, {})[origin] = tuple(shots)
    if shots:
        st.session_state[_LATEST] = origin


def pictures(origin: str) -> tuple[Shot, ...]:
    """The pictures at hand from ``origin``."""
    return st.session_state.get(_KEPT, {}).get(origin, ())


def latest() -> str:
    """Where the pictures at hand came from last: ``FILES`` before any came."""
    return st.session_state.get(_LATEST, FILES)


def choose(shot: Shot, face: int) -> None:
    """Remember a picture, and one of its faces by its place from 0 on or ``LAST``, as the one that is looked at."""
    st.session_state[_CHOSEN] = shot.mark, face


def chosen_picture(shots: Sequence[Shot]) -> int:
    """The place among ``shots`` of the picture that is looked at, 0 where it is none of them."""
    mark, _ = st.session_state.get(_CHOSEN, ("", 0))
    return next((place for place, shot in enumerate(shots) if shot.mark == mark), 0)


def chosen_face(shot: Shot, faces: int) -> int:
    """The place of the face that is looked at among the ``faces`` (at least 1) of ``shot``."""
    mark, face = st.session_state.get(_CHOSEN, ("", 0))
    if mark != shot.mark:
        return 0
    return face if 0 <= face < faces else faces - 1
