"""The form of a new study, what it will take, and the button that begins it; and the form of more for a study."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from mtldemo import cores
from mtldemo.config import RunConfig, SharingConfig
from mtldemo.errors import MtlDemoError
from mtldemo.model.catalogue import BACKBONES
from mtldemo.model.sharing import SHARINGS
from mtldemo.model.sharing_words import sharing_title
from mtldemo.settings import Setting, SettingField
from mtldemo.study import StudyFolder
from mtldemo.study.config import EPOCHS, TIME, Arm, StudyConfig, checked_study, sharings_of, single_arms
from mtldemo.study.estimate import expected_study_seconds, plain_runs
from mtldemo.study.process import resume_study, start_study
from mtldemo.titles import source_title
from mtldemo.ui.arm_titles import backbone_title, rough_duration
from mtldemo.ui.compare.arm_settings import Wanted, arm_settings_form, crossed
from mtldemo.ui.compare.selection import show_form, show_study
from mtldemo.ui.form_parts import PAIR, form_and_card, form_head, more_settings, start_fields
from mtldemo.ui.forms import ConfigForm
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import attempt, in_words
from mtldemo.ui.strategy_words import Entry, entries
from mtldemo.ui.words import count

PREFIX, MORE = "new_study", "compare.more"
"""Of the keys of both forms' widgets."""
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
        wanted = arm_settings_form(PREFIX, names, form.values[("tasks",)], form.errors)
        sharings = _sharings()
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
        arms = chosen_arms(wanted, base, sharings, alone=alone)
        return checked_study(StudyConfig(base, arms, tuple(range(seeds)), budget, workers=workers)), []
    except MtlDemoError as error:
        return None, [str(error)]


def chosen_arms(
    wanted: Sequence[Wanted], base: RunConfig, sharings: Sequence[SharingConfig], *, alone: bool
) -> tuple[Arm, ...]:
    """The arms ``wanted``, each on each of the ``sharings``, and with ``alone`` each task trained by itself.

    Raises ``MtlDemoError`` where none is chosen, or one can't be.
    """
    if not wanted:
        raise MtlDemoError("Choose at least one strategy to compare.")
    if not sharings:
        raise MtlDemoError("Choose at least one way of sharing, such as hard sharing.")
    arms = crossed(wanted, sharings, base)
    return arms + (single_arms(base) if alone and len(base.tasks) > 1 else ())


def cost_words(entry: Entry) -> str:
    """A strategy's title with what a step costs beside the plain sum's."""
    return entry.title if entry.time < PLAIN else f"{entry.title} · {entry.time:.1f} × time"


def _strategies(every: Sequence[Entry]) -> list[str]:
    titles = {entry.name: cost_words(entry) for entry in every}
    key = f"{PREFIX}.strategies"
    st.session_state.setdefault(key, list(FIRST))
    chosen = _several(
        "Strategies",
        titles,
        key,
        "Choose strategies to compare",
        "Each with its settings as published, unless you change them below. Equal weights, the plain sum, is what "
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


def _sharings() -> tuple[SharingConfig, ...]:
    titles = {way.name: way.title for way in SHARINGS}
    key = f"{PREFIX}.sharings"
    st.session_state.setdefault(key, [SharingConfig.sharing])
    chosen = _several(
        "Ways of sharing",
        titles,
        key,
        "Choose how the tasks share the network",
        "Every strategy is trained with each of them, with its settings as they are by default. The Sharing page "
        "explains them.",
    )
    return tuple(SharingConfig(name) for name in titles if name in chosen)


def _several(label: str, titles: Mapping[str, str], key: str, placeholder: str, help_text: str) -> list[str]:
    """The names of ``titles`` that a person chose; what stands under ``key`` at first is chosen."""
    return st.multiselect(
        label,
        list(titles),
        format_func=titles.__getitem__,
        key=key,
        persist_state="session",
        placeholder=placeholder,
        select_all=False,
        wrap=True,
        help=help_text,
    )


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


def start_study_form(runs_dir: Path) -> None:
    """The form with the card that starts the study; once started the page shows it."""
    st.subheader("New study", anchor=False)
    form, side = form_and_card()
    with form:
        config, errors = new_study_form()
    with side, st.container(border=True):
        st.markdown("**This study**")
        if config is not None:
            st.table(_summary(config, runs_dir), border="horizontal", alt="What the study will do")
        started, name = start_fields(
            PREFIX, "Start study", key="compare.start", errors=errors, ready=config is not None
        )
        st.caption("It goes on when this page is closed, and can be stopped and resumed.")
        if started and config is not None:
            with in_words():
                study = start_study(config, runs_dir=runs_dir, name=name)
                show_study(study.name)
                st.rerun()


def extend_study(study: StudyFolder) -> None:
    """A menu that adds strategies or seeds, and goes on with the study."""
    menu = st.popover("Add", icon=":material/add:", key="compare.extend", on_change="rerun")
    if not menu.open:
        return
    with menu:
        config = study.config()
        there = {arm.weighting.strategy for arm in config.arms if not arm.tasks}
        titles = {
            entry.name: cost_words(entry) + (" · in it already" if entry.name in there else "") for entry in entries()
        }
        names = st.multiselect(
            "Strategies",
            list(titles),
            format_func=titles.__getitem__,
            key="compare.more_strategies",
            placeholder="None",
            width=420,
        )
        form = ConfigForm(MORE, config.base)
        wanted = arm_settings_form(MORE, names, config.base.tasks, form.errors)
        declared = SettingField("seeds", int, None, 0, Setting("More seeds", low=0, high=10))
        seeds = form.ask(declared, "compare.more_seeds")
        alone = False
        if not any(arm.tasks for arm in config.arms) and len(config.base.tasks) > 1:
            alone = st.toggle("Also train each task alone", key="compare.more_alone")

        def add() -> None:
            arms = [*crossed(wanted, sharings_of(config), config.base), *(single_arms(config.base) if alone else ())]
            first = max(config.seeds) + 1
            study.extend(arms, range(first, first + int(seeds)))
            if not study.status().live:
                resume_study(study)

        st.button(
            "Add and go on",
            type="primary",
            icon=":material/play_arrow:",
            key="compare.add",
            on_click=attempt,
            args=(add,),
            disabled=bool(form.errors) or (not names and not seeds and not alone),
            help="What is finished stays; only what is new is trained.",
        )


def no_study_yet() -> None:
    """What a study is, and the way to the first one."""
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown("**Nothing to compare yet.**", text_alignment="center")
        st.markdown(
            "A study trains the same network on the same pictures with several strategies, each with several seeds, "
            "and says which one wins, by how much, and how sure that is.",
            text_alignment="center",
        )
        st.button("New study", type="primary", icon=":material/add:", key="compare.first", on_click=show_form)


def _summary(config: StudyConfig, runs_dir: Path) -> dict[str, str]:
    base = config.base
    together = sum(not arm.tasks for arm in config.arms)
    alone, ways = len(config.arms) - together, sharings_of(config)
    total = len(config.arms) * len(config.seeds)
    arms = count(together // len(ways), "strategy", "strategies")
    arms += f" on {len(ways)} ways of sharing" if len(ways) > 1 else ""
    arms += f" and {count(alone, 'task')} alone" if alone else ""
    return {
        "Data": f"{plain(source_title(base.data.source))} at {base.data.image_size} px",
        "Network": backbone_title(base.model.backbone)
        + (f" ({sharing_title(ways[0])})" if len(ways) == 1 and sharing_title(ways[0]) else ""),
        "Compared": arms,
        "Seeds": ", ".join(map(str, config.seeds)),
        "Runs": f"**{total}**, {config.workers} side by side" if config.workers > 1 else f"**{total}**",
        "Budget": "equal time" if config.budget == TIME else count(base.epochs, "epoch") + " each",
        "Takes": _time_words(config, runs_dir),
    }


def _time_words(config: StudyConfig, runs_dir: Path) -> str:
    """How long it takes: by the clock where a run like these was trained before, else in runs of the plain sum."""
    seconds = expected_study_seconds(config, runs_dir)
    if seconds is not None:
        return f"about **{rough_duration(seconds)}**, going by earlier runs"
    return f"as long as {plain_runs(config):.0f} runs of the plain sum; the clock is known after the first"
