"""A square that a person lays over a picture, by mouse, touch or keyboard, with a preview of what is in it."""

import base64
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st
from streamlit.components.v2 import component

_ASSETS = Path(__file__).parent / "assets"
_HTML = """
<section class="mtl-place" aria-label="Place a square around the face">
  <div class="mtl-place-parts">
    <div class="mtl-place-stage">
      <img alt="The picture" draggable="false">
      <div class="mtl-place-square" tabindex="0" role="application" aria-describedby="mtl-place-hint"
           aria-label="Square around the face">
        <span data-corner="nw"></span><span data-corner="ne"></span>
        <span data-corner="sw"></span><span data-corner="se"></span>
      </div>
    </div>
    <div class="mtl-place-side">
      <figure>
        <canvas class="mtl-place-preview" width="160" height="160" role="img"
                aria-label="What is in the square"></canvas>
        <figcaption>What the model will see</figcaption>
      </figure>
      <div class="mtl-place-fields">
        <label>Size <input class="mtl-place-range" type="range" min="5" max="100"></label>
        <button type="button" class="mtl-place-button" disabled>Use this square</button>
      </div>
    </div>
  </div>
  <p class="mtl-place-hint" id="mtl-place-hint">
    From the hair line to the chin, with a little around it. Drag the square or a corner, or tap a place.
    <span class="mtl-place-keys">With the keyboard, arrows move it, + and − change its size, Enter takes it.</span>
  </p>
  <span class="mtl-place-said" role="status"></span>
</section>
"""
_COMPONENT = component(
    "mtldemo_place_square",
    html=_HTML,
    css="".join((_ASSETS / name).read_text(encoding="utf-8") for name in ("button.css", "place_square.css")),
    js=(_ASSETS / "place_square.js").read_text(encoding="utf-8"),
)


class PlacedSquare(NamedTuple):
    """A square as a browser tells it: its left upper corner and its side, as shares of the picture's shorter side."""

    x: float
    y: float
    side: float

    def box(self, width: int, height: int) -> tuple[float, float, float]:
        """Left, top and side in pixels of a picture of this size, within it."""
        shorter = min(width, height)
        side = shorter * min(1.0, max(0.01, self.side))
        return min(width - side, max(0.0, shorter * self.x)), min(height - side, max(0.0, shorter * self.y)), side


def place_square(jpeg: bytes, *, key: str, on_use: Callable[[PlacedSquare], None]) -> None:
    """Draw the picture with the square. ``on_use`` is called, before the page is drawn again, with the square that the
    person takes; until then the server hears nothing."""

    def used() -> None:
        placed = placed_square(st.session_state[key].square)
        if placed is not None:
            on_use(placed)

    picture = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
    _COMPONENT(key=key, data={"picture": picture}, height="content", on_square_change=used)


def placed_square(square: Any) -> PlacedSquare | None:
    """The square in what a browser said; None for anything that is none."""
    try:
        placed = PlacedSquare(*(float(square[name]) for name in PlacedSquare._fields))
    except (TypeError, KeyError, ValueError):
        return None
    return placed if all(map(math.isfinite, placed)) else None
