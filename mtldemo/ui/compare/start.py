"""Begin a study: the form, what it will take, and the button; and what stands where nothing is compared yet."""

from pathlib import Path

import streamlit as st

from mtldemo.model.catalogue import backbone_named
from mtldemo.study.config import TIME, StudyConfig
from mtldemo.study.process import start_study
from mtldemo.titles import source_title
from mtldemo.ui.arm_titles import rough_duration
from mtldemo.ui.compare.address import show_form, show_study
from mtldemo.ui.compare.estimate import expected_seconds, plain_runs
from mtldemo.ui.compare.new_study import PREFIX, new_study_form
from mtldemo.ui.form_parts import form_and_card, start_fields
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import in_words
from mtldemo.ui.words import count


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


def nothing_yet() -> None:
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
    alone = len(config.arms) - together
    total = len(config.arms) * len(config.seeds)
    arms = count(together, "strategy", "strategies") + (f" and {count(alone, 'task')} alone" if alone else "")
    return {
        "Data": f"{plain(source_title(base.data.source))} at {base.data.image_size} px",
        "Network": backbone_named(base.model.backbone).title,
        "Compared": arms,
        "Seeds": ", ".join(map(str, config.seeds)),
        "Runs": f"**{total}**, {config.workers} side by side" if config.workers > 1 else f"**{total}**",
        "Budget": "equal time" if config.budget == TIME else count(base.epochs, "epoch") + " each",
        "Takes": _time_words(config, runs_dir),
    }


def _time_words(config: StudyConfig, runs_dir: Path) -> str:
    """How long it takes: by the clock where a run like these was trained before, else in runs of the plain sum."""
    seconds = expected_seconds(config, runs_dir)
    if seconds is not None:
        return f"about **{rough_duration(seconds)}**, going by earlier runs"
    return f"as long as {plain_runs(config):.0f} runs of the plain sum; the clock is known after the first"
