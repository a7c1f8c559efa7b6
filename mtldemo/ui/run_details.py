"""What a run was told and what came out: test results, settings, how the arithmetic is done, its log."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from mtldemo import charts
from mtldemo.config import listed_settings
from mtldemo.errors import readable
from mtldemo.runs import RunFolder
from mtldemo.tasks import Measure, Task
from mtldemo.ui.arithmetic import arithmetic
from mtldemo.ui.chart_card import NARROWEST, chart_card
from mtldemo.ui.distinct import distinct
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import in_words
from mtldemo.ui.words import MOST_NAMED, metric_text


def test_results(test: Mapping[str, Any], tasks: Sequence[Task]) -> None:
    """Each task's metrics on the held-out pictures, with the confusion matrices of those with classes."""
    images, epoch = test.get("images"), test.get("best_epoch")
    parts = [f"{images:,} held-out pictures"] if images is not None else []
    parts += [f"weights of epoch {plain(epoch)}"] if epoch is not None else []
    st.markdown(" · ".join(filter(None, ["**Test**", ", ".join(parts)])))
    metrics = test.get("metrics") or {}
    confused = [
        task
        for task in tasks
        if task.classes and len(metrics.get(task.name, {}).get("confusion", ())) == len(task.classes)
    ]
    if len(tasks) > MOST_NAMED:
        metrics_table(tasks, {task.name: metrics.get(task.name, {}) for task in tasks}, "test.table")
        if confused:
            titles = {task.name: task.title for task in confused}
            name = st.selectbox(
                "Confusion of", list(titles), format_func=distinct(titles, titles.__getitem__), key="test.confusion"
            )
            confused = [task for task in confused if task.name == name]
    else:
        _metric_cards(tasks, metrics)
    if confused:
        with st.grid(len(confused), min_column_width=NARROWEST):
            for task in confused:
                chart_card(charts.confusion(metrics, task, "test", tasks), key=f"chart.confusion_{task.name}")


def metrics_table(tasks: Sequence[Task], metrics: Mapping[str, Mapping[str, Any]], key: str) -> None:
    """Every measure of many tasks, by name, as a table with a row a task."""
    columns = dict.fromkeys(name for task in tasks for name in task.measures)
    table: dict[str, list[str]] = {"Task": [task.title for task in tasks]}
    for name in columns:
        measures = [task.measures.get(name) for task in tasks]
        titles = {measure.title for measure in measures if measure is not None}
        # Such as the share within a tolerance, which is each task's own.
        own = len(titles) > 1
        head = name.replace("_", " ") if own else next(iter(titles))
        table[head[:1].upper() + head[1:]] = [
            "" if measure is None else _cell(measure, metrics.get(task.name, {}).get(name), own=own)
            for task, measure in zip(tasks, measures, strict=True)
        ]
    st.dataframe(table, hide_index=True, height=400, key=key, alt="Every task's metrics")


def _cell(measure: Measure, value: float | None, *, own: bool) -> str:
    """A figure; with its measure's title where the column holds several of its ``own``."""
    text = metric_text(measure, value)
    return f"{text} {measure.title}" if own and value is not None else text


def _metric_cards(tasks: Sequence[Task], metrics: Mapping[str, Mapping[str, Any]]) -> None:
    with st.grid(len(tasks), min_column_width=200):
        for task in tasks:
            values = metrics.get(task.name, {})
            others = [
                f"{plain(measure.title)} {metric_text(measure, values[name])}"
                for name, measure in task.measures.items()
                if name in values and name != task.metric
            ]
            with st.container(border=True, height="stretch"):
                st.metric(
                    f"{plain(task.title)} · {plain(task.measure.title)}",
                    metric_text(task.measure, values.get(task.metric)),
                )
                st.caption("  \n".join(others))


def run_details(run: RunFolder) -> None:
    """Folded: the settings, the arithmetic and the log."""
    settings = st.expander("Settings of this run", icon=":material/tune:", key="details.settings", on_change="rerun")
    if settings.open:
        with settings:
            config = run.config()
            listed = listed_settings(config, own_split=run.own_split())
            rows = [(name, declared.setting.label, value) for name, declared, value in listed]
            if config.data.labels:
                rows.append(("data.labels", "Labels as chosen", config.data.labels))
            rows.append(("weighting.options", "Hyper-parameters", config.weighting.options))
            if config.sharing.options:
                rows.append(("sharing.options", "Settings of the sharing", config.sharing.options))
            st.dataframe(
                {
                    "Setting": [label for _, label, _ in rows],
                    "Value": [_words(value) for _, _, value in rows],
                    "Name": [name for name, _, _ in rows],
                },
                hide_index=True,
                alt="Settings of this run",
            )
    computing = st.expander(
        "How the arithmetic is done", icon=":material/memory:", key="details.compute", on_change="rerun"
    )
    if computing.open:
        with computing, in_words():
            compute = run.compute()
            if compute is None:
                st.caption("Settled when the run starts; nothing is recorded yet.")
            else:
                arithmetic(compute, run.config().compute)
    log = st.expander("Log", icon=":material/article:", key="details.log", on_change="rerun")
    if log.open:
        with log:
            st.code(run.log_tail(200) or "The log is empty so far.", language=None, wrap_lines=True, height=320)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_words(item)}" for key, item in value.items()) or "—"
    if isinstance(value, list | tuple):
        return ", ".join(_words(item) for item in value) or "—"
    return readable(str(value))
