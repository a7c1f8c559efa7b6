"""The form of a new study: what to learn from, which strategies and seeds, how long, and what that will take."""

from collections.abc import Sequence

import streamlit as st

from mtldemo import cores
from mtldemo.config import RunConfig
from mtldemo.errors import MtlDemoError
from mtldemo.model.catalogue import BACKBONES
from mtldemo.settings import Setting, SettingField
from mtldemo.study.config import EPOCHS, TIME, Arm, StudyConfig, checked_study, single_arms
from mtldemo.ui.compare.arm_settings import Wanted, own_settings
from mtldemo.ui.form_parts import PAIR, form_head, more_settings
from mtldemo.ui.forms import ConfigForm
from mtldemo.ui.strategy_words import Entry, entries

PREFIX = "new_study"
FIRST = ("equal", "uncertainty", "dwa", "rlw")
"""Chosen at the start: the plain sum, and strategies that cost no more than it."""
BUDGETS = {EPOCHS: "Same epochs", TIME: "Same time"}
BUDGET_HELP = (
    "**Same epochs**: every strategy sees the pictures equally often. **Same time**: every strategy trains as long as "
    "the plain sum needs for these epochs, so an expensive one pays for its extra passes with fewer steps."
)
MOST_SEEDS = 10
PLAIN = 1.05
"""A step that takes less than this beside the plain sum's costs as much as it."""


def new_study_form() -> tuple[StudyConfig | None, list[str]]:
    """Draw the form; returns the study and what is wrong with it in words (then there is no study)."""
    every = entries()
    form = form_head(PREFIX)
    with st.container(border=True):
        st.markdown("**What is compared**")
        names = _strategies(every)
        wanted = own_settings(PREFIX, names, form.values[("tasks",)], form.errors)
        seeds, alone = _seeds(form)
    with st.container(border=True):
        st.markdown("**How long each run trains**")
        budget, workers = _budget(form)
    # Each arm has its own.
    form.values[("weighting", "strategy")] = form.start.weighting.strategy
    more_settings(form, without="seed")
    base, errors = form.result()
    if errors:
        return None, errors
    try:
        arms = chosen_arms(wanted, base, alone=alone)
        return checked_study(StudyConfig(base, arms, tuple(range(seeds)), budget, workers=workers)), []
    except MtlDemoError as error:
        return None, [str(error)]


def chosen_arms(wanted: Sequence[Wanted], base: RunConfig, *, alone: bool) -> tuple[Arm, ...]:
    """The arms ``wanted``, and with ``alone`` each task trained by itself.

    Raises ``MtlDemoError`` where none is chosen, or one can't be.
    """
    if not wanted:
        raise MtlDemoError("Choose at least one strategy to compare.")
    arms = tuple(one.arm(base) for one in wanted)
    return arms + (single_arms(base) if alone and len(base.tasks) > 1 else ())


def cost_words(entry: Entry) -> str:
    """A strategy's title with what a step costs beside the plain sum's."""
    return entry.title if entry.time < PLAIN else f"{entry.title} · {entry.time:.1f} × time"


def _strategies(every: Sequence[Entry]) -> list[str]:
    titles = {entry.name: cost_words(entry) for entry in every}
    key = f"{PREFIX}.strategies"
    st.session_state.setdefault(key, list(FIRST))
    chosen = st.multiselect(
        "Strategies",
        list(titles),
        format_func=titles.__getitem__,
        key=key,
        persist_state="session",
        placeholder="Choose strategies to compare",
        select_all=False,
        wrap=True,
        help="Each with its settings as published, unless you change them below. Equal weights, the plain sum, is what "
        "they are measured against; keep it in.",
    )
    quick = {"The cheap ones": [entry.name for entry in every if entry.time < PLAIN], "All": list(titles)}
    with st.container(horizontal=True, gap="small"):
        for title, names in quick.items():
            st.button(
                f"{title} ({len(names)})",
                key=f"{PREFIX}:{title}",
                type="tertiary",
                icon=":material/playlist_add:",
                on_click=lambda names=names: st.session_state.__setitem__(key, names),
                help="Those whose step takes no longer than the plain sum's." if title != "All" else None,
            )
    return chosen


def _seeds(form: ConfigForm) -> tuple[int, bool]:
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        words = (
            "Each strategy is trained once with each seed. One says nothing about chance; three are the least to tell "
            "an effect from luck."
        )
        declared = SettingField("seeds", int, None, 3, Setting("Seeds", words, low=1, high=MOST_SEEDS))
        seeds = form.ask(declared, f"{PREFIX}:seeds")
    with right:
        alone = st.toggle(
            "Also train each task alone",
            value=True,
            key=f"{PREFIX}:alone",
            persist_state="session",
            help="Single-task baselines: the price or gain of sharing one network, Δm, is measured against them.",
        )
    if seeds == 1:
        st.caption(":material/info: With one seed no conclusion can be drawn; choose three or more for a verdict.")
    return seeds, alone


def _budget(form: ConfigForm) -> tuple[str, int]:
    network, numbers = st.columns(2, vertical_alignment="bottom")
    titles = {backbone.name: backbone.title for backbone in BACKBONES}
    with network:
        form.draw("model", "backbone", choices=list(titles), show=lambda name: titles[name], folded=True)
    with numbers, st.grid(2, min_column_width=PAIR):
        form.draw("epochs")
        most = cores.usable()
        words = f"Runs that train side by side; they share this computer's {most} cores."
        declared = SettingField("workers", int, None, min(2, most), Setting("Workers", words, low=1, high=most))
        workers = form.ask(declared, f"{PREFIX}:workers")
    with st.container():
        budget = st.segmented_control(
            "Budget",
            list(BUDGETS),
            format_func=BUDGETS.__getitem__,
            default=EPOCHS,
            key=f"{PREFIX}:budget",
            required=True,
            persist_state="session",
            help=BUDGET_HELP,
        )
    return budget or EPOCHS, workers
