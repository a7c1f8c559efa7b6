"""More strategies or seeds for a study that is there already."""

import streamlit as st

from mtldemo.study import StudyFolder
from mtldemo.study.process import resume_study
from mtldemo.ui.compare.new_study import chosen_arms, cost_words
from mtldemo.ui.compare.progress import attempt
from mtldemo.ui.strategy_words import entries


def extend_study(study: StudyFolder) -> None:
    """A menu that adds strategies or seeds, and goes on with the study."""
    menu = st.popover("Add", icon=":material/add:", key="compare.extend", on_change="rerun")
    if not menu.open:
        return
    with menu:
        config = study.config()
        present = {arm.name for arm in config.arms}
        titles = {entry.name: cost_words(entry) for entry in entries() if entry.name not in present}
        names = st.multiselect(
            "Strategies",
            list(titles),
            format_func=titles.__getitem__,
            key="compare.more_strategies",
            placeholder="None",
            width=420,
        )
        seeds = st.number_input("More seeds", 0, 10, 0, key="compare.more_seeds")
        alone = False
        if not any(arm.tasks for arm in config.arms) and len(config.base.tasks) > 1:
            alone = st.toggle("Also train each task alone", key="compare.more_alone")

        def add() -> None:
            arms = chosen_arms([*names, *(() if names else [config.arms[0].name])], config.base, alone=alone)
            first = max(config.seeds) + 1
            wanted = [arm for arm in arms if arm.name not in present]
            study.extend(wanted, range(first, first + int(seeds)))
            if not study.status().live:
                resume_study(study)

        st.button(
            "Add and go on",
            type="primary",
            icon=":material/play_arrow:",
            key="compare.add",
            on_click=attempt,
            args=(add,),
            disabled=not names and not seeds and not alone,
            help="What is finished stays; only what is new is trained.",
        )
