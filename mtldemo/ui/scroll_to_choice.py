"""A list that is longer than its box opens where its choice is, such as one that an address named."""

from pathlib import Path

from streamlit.components.v2 import component

# Styles aren't isolated: from within a shadow root the list around it couldn't be found.
_COMPONENT = component(
    "mtldemo_scroll_to_choice",
    html='<span class="mtl-scroll-to-choice"></span>',
    js=(Path(__file__).parent / "assets" / "scroll_to_choice.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def scroll_to_choice() -> None:
    """Within a container of fixed height, after a radio list: scroll its choice into sight, where it isn't, once."""
    _COMPONENT(key="mtldemo.scroll_to_choice", height=1)
