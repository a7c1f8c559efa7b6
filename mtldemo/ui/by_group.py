"""On demand: how good a run's model is on each group of the test pictures, by their labels."""

import streamlit as st

from mtldemo.predict.domain import domain_of_model
from mtldemo.runs import RunFolder
from mtldemo.ui.card_text import ERRORS, of_card, written
from mtldemo.ui.command_output import made_by_command
from mtldemo.ui.on_demand import on_demand


def has_groups(run: RunFolder) -> bool:
    """Whether the run can be measured by group: its test, which nothing was chosen by, is done."""
    return run.model_file.is_file() and run.summary().split == "test"


@st.fragment
def by_group(run: RunFolder) -> None:
    """A button, and once it is pressed the run's errors on the test pictures by the labels of each task. Only for a
    run that ``has_groups``, and once on a page."""
    note = st.container()
    measured = on_demand(
        lambda: _measured(run),
        of=(str(run.path), run.model_file.stat().st_mtime_ns),
        button="Measure by group",
        icon=":material/groups:",
        doing="Asking the model about every held-out picture",
        key="by_group",
    )
    if measured is not None:
        written(measured, "by_group.table")
        st.caption(
            "Asked anew in full precision: a run that computes in bfloat16 may have counted a few pictures otherwise."
        )
        return
    note.caption(
        f"Is it better at some {_items(run)} than at others? The run recorded its errors over all of them together. "
        "This asks its model about every held-out picture again, which takes about as long as a few "
        "validations."
    )


def _items(run: RunFolder) -> str:
    """What the run's model is asked about, in words."""
    return f"{domain_of_model(run.config()).item}s"


def _measured(run: RunFolder) -> str:
    """What a card of the model says of its errors."""
    card = made_by_command(
        ["model", str(run.path), "--views", "1"],
        to="measured.safetensors",
        wanted="measured.md",
        otherwise="The model could not be measured; see what python -m mtldemo model says of it.",
    )
    return of_card(card.decode())[ERRORS]
