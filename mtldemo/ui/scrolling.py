"""Where a page, or a list in it, is scrolled to when it is drawn."""

from collections.abc import Callable
from pathlib import Path

from streamlit.components.v2 import component


def _scroller(name: str) -> Callable[..., object]:
    # Styles aren't isolated: from within a shadow root what lies around it couldn't be found.
    return component(
        f"mtldemo_{name}",
        html=f'<span class="mtl-{name.replace("_", "-")}"></span>',
        js=(Path(__file__).parent / "assets" / f"{name}.js").read_text(encoding="utf-8"),
        isolate_styles=False,
    )


_TO_CHOICE, _TO_TOP = _scroller("scroll_to_choice"), _scroller("scroll_to_top")


def scroll_to_choice() -> None:
    """Within a container of fixed height, after a radio list: scroll its choice into sight, where it isn't, once. So a
    list that is longer than its box opens where its choice is, such as one that an address named."""
    _TO_CHOICE(key="mtldemo.scroll_to_choice", height=1)


def scroll_to_top() -> None:
    """Scroll the page to its top, once: drawn in the run that shows something else after a click, and not in the next
    ones."""
    _TO_TOP(key="mtldemo.scroll_to_top", height=1)
