"""More strategies or seeds for a study that is there already."""

import streamlit as st

from mtldemo.settings import Setting, SettingField
from mtldemo.study import StudyFolder
from mtldemo.study.config import single_arms
from mtldemo.study.process import resume_study
from mtldemo.ui.compare.arm_settings import own_settings
from mtldemo.ui.compare.new_study import cost_words
from mtldemo.ui.compare.progress import attempt
from mtldemo.ui.forms import ConfigForm
from mtldemo.ui.strategy_words import entries

PREFIX = "compare.more"


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
        form = ConfigForm(PREFIX, config.base)
        wanted = own_settings(PREFIX, names, config.base.tasks, form.errors)
        declared = SettingField("seeds", int, None, 0, Setting("More seeds", low=0, high=10))
        seeds = form.ask(declared, "compare.more_seeds")
        alone = False
        if not any(arm.tasks for arm in config.arms) and len(config.base.tasks) > 1:
            alone = st.toggle("Also train each task alone", key="compare.more_alone")

        def add() -> None:
            arms = [one.arm(config.base) for one in wanted] + list(single_arms(config.base) if alone else ())
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
