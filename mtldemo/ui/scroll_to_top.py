"""A page that shows something else after a click begins at its top, not where the click was."""

from pathlib import Path

from streamlit.components.v2 import component

# Styles aren't isolated: from within a shadow root the page around it couldn't be found.
_COMPONENT = component(
    "mtldemo_scroll_to_top",
    html='<span class="mtl-scroll-to-top"></span>',
    js=(Path(__file__).parent / "assets" / "scroll_to_top.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def scroll_to_top() -> None:
    """Scroll the page to its top, once: drawn in the run that shows something else, and not in the next ones."""
    _COMPONENT(key="mtldemo.scroll_to_top", height=1)
