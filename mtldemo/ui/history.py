"""The browser's history: one entry for each thing that a person does, so that Back leads to where they were."""

from pathlib import Path

from streamlit.components.v2 import component

_ONE_ENTRY = component(
    "mtldemo_one_entry",
    html='<span class="mtl-one-entry"></span>',
    js=(Path(__file__).parent / "assets" / "one_entry.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def one_entry_an_act() -> None:
    """See to it that no page's change makes more than one entry: drawn with every page."""
    _ONE_ENTRY(key="mtldemo.one_entry", height=1)
