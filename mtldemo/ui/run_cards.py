"""The latest runs as cards: state, what they train, how well, and the way there."""

from collections.abc import Sequence

import streamlit as st

from mtldemo.config import RunConfig
from mtldemo.errors import MtlDemoError
from mtldemo.runs import RunFolder, Summary
from mtldemo.study.info import dataset_name
from mtldemo.tasks import TaskSet
from mtldemo.titles import source_title
from mtldemo.ui.addresses import TRAIN_PAGE
from mtldemo.ui.arm_titles import method_title
from mtldemo.ui.plain import plain
from mtldemo.ui.words import MOST_NAMED, STATE_BADGES, metric_text, since, tasks_line


def run_line(config: RunConfig) -> str:
    """What a run trains, in one line."""
    source = config.data.source
    data = source_title(source) if source == "synthetic" else dataset_name(config.data)
    return f"{method_title(config.weighting.strategy)} · {data} · {tasks_line(config)}"


def state_badge(state: str) -> None:
    """A run's state as a badge."""
    words, colour, icon = STATE_BADGES.get(state, (state, "gray", ":material/help:"))
    st.badge(words, color=colour, icon=icon)  # type: ignore[arg-type]


def key_metric_texts(summary: Summary, tasks: TaskSet) -> list[tuple[str, str]]:
    """Each task's title and key metric in words: of the test where there is one, else of the best validation. Of many
    ``tasks`` it is the mean of each metric, with the number of tasks; one that a single task has is called after that.
    """
    values = {task: summary.metrics[task.name].get(task.metric) for task in tasks if task.name in summary.metrics}
    if len(values) <= MOST_NAMED:
        return [(plain(task.title), metric_text(task.measure, value)) for task, value in values.items()]
    lines = []
    for measure in dict.fromkeys(task.measure for task in values):
        known = {task: value for task, value in values.items() if task.measure == measure and value is not None}
        if known:
            title = measure.title[:1].upper() + measure.title[1:] + f", mean of {len(known)} tasks"
            title = title if len(known) > 1 else next(iter(known)).title
            lines.append((plain(title), metric_text(measure, sum(known.values()) / len(known))))
    more = len(lines) - MOST_NAMED
    return lines if more <= 0 else [*lines[:MOST_NAMED], ("and", f"{more} more")]


def run_cards(runs: Sequence[RunFolder]) -> None:
    """A wall of cards, one a run."""
    with st.grid(3, min_column_width=260, gap="medium"):
        for run in runs:
            with st.container(border=True, height="stretch"):
                _card(run)


def _card(run: RunFolder) -> None:
    try:
        config, summary = run.config(), run.summary()
        metrics = key_metric_texts(summary, config.learned_tasks())
    except MtlDemoError as error:
        st.markdown(f"**{plain(run.name)}**")
        st.caption(plain(error))
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{plain(run.name)}**", width="content")
        state_badge(summary.status.state)
    st.caption(plain(run_line(config)))
    if metrics:
        st.markdown("  \n".join(f"{title} **{value}**" for title, value in metrics))
        st.caption({"test": "On the test pictures.", "val": "On the validation pictures."}[summary.split])
    else:
        st.caption("No epoch has ended yet.")
    st.space("stretch")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(since(summary.status.updated), width="content")
        st.page_link(TRAIN_PAGE, label="Open", icon=":material/arrow_forward:", query_params={"run": run.name})
