"""One run: its state, progress, metrics and curves, live while it is at work."""

from collections.abc import Sequence

import streamlit as st

from mtldemo import charts
from mtldemo.charts.words import number
from mtldemo.config import RunConfig
from mtldemo.predict.domain import DRAWINGS, domain_of_run
from mtldemo.predict.models import SHIPPED_NAME, has_shipped, key_of
from mtldemo.records.frame import RunFrame
from mtldemo.runs import RunFolder, Status
from mtldemo.study import StudyFolder
from mtldemo.tasks import Task
from mtldemo.ui.addresses import PICTURES, PREDICT_PAGE
from mtldemo.ui.arm_titles import network_title
from mtldemo.ui.by_group import by_group, has_groups
from mtldemo.ui.chart_card import NARROWEST, chart_card, chart_options
from mtldemo.ui.export_model import export_model
from mtldemo.ui.plain import plain
from mtldemo.ui.problems import in_words, problem
from mtldemo.ui.readings import damaged_lines, read_on
from mtldemo.ui.run_cards import run_line, state_badge
from mtldemo.ui.run_controls import run_controls
from mtldemo.ui.run_details import metrics_table, run_details, test_results
from mtldemo.ui.words import MOST_NAMED, duration, metric_change, metric_text, training_length

REFRESH = 1.0
"""Seconds between two looks at a live run."""


def run_view(run: RunFolder, study: StudyFolder | None = None) -> None:
    """Everything about ``run``, maybe part of ``study``. Raises ``MtlDemoError`` where its folder can't be read."""
    config, status = run.config(), run.status()
    tasks = config.learned_tasks()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(plain(run.name), anchor=False, width="content")
        run_controls(run, status.state, status.live, study)
    network = network_title(config)
    st.caption(plain(f"{run_line(config)} · {training_length(config)} · {network} · seed {config.seed}"))
    if notice := run.data_notice():
        st.info(plain(notice), icon=":material/dataset:")
    _ended(run, status)
    if not status.live:
        _ask_it(run, config, study)

    # Only a run at work is looked at again and again; whatever has ended is drawn once.
    @st.fragment(run_every=REFRESH if status.live else None)
    def live() -> None:
        with in_words():
            _now(run, config, status, tasks)

    live()
    if not status.live:
        _by_group(run)
        export_model(run)
    run_details(run)


def _ended(run: RunFolder, status: Status) -> None:
    if status.state in ("failed", "crashed"):
        problem(status.message or "The run ended with an error.")
        tail = run.log_tail(10)
        if tail:
            st.markdown("**The end of its log**")
            st.code(tail, language=None, wrap_lines=True, height="content")
    elif status.state == "stopped":
        words = status.message or "Stopped with a checkpoint; Resume goes on from there."
        st.info(plain(words), icon=":material/pause:")


def _by_group(run: RunFolder) -> None:
    """Folded: for whom the model is how good, which is known once it is asked again."""
    if not has_groups(run):
        return
    folded = st.expander("Errors by group", icon=":material/groups:", key="groups.open", on_change="rerun")
    if folded.open:
        with folded:
            by_group(run)


def _ask_it(run: RunFolder, config: RunConfig, study: StudyFolder | None) -> None:
    """The way to ask the run's model about what it may be asked; it has one from the end of its first epoch on."""
    if not run.model_file.is_file():
        return
    model = {"model": key_of(run.name, study.name if study is not None else "")}
    domain = domain_of_run(config, run.model_file)
    if domain != DRAWINGS:
        label, icon = ("your own face", "face") if domain.faces else ("your own picture", "image")
        st.page_link(PREDICT_PAGE, label=f"Try it on {label}", icon=f":material/{icon}:", query_params=model)
        return
    with st.container(horizontal=True):
        drawn = model | {PICTURES: DRAWINGS.name}
        st.page_link(PREDICT_PAGE, label="Ask it about drawn portraits", icon=":material/draw:", query_params=drawn)
        if has_shipped():
            st.page_link(
                PREDICT_PAGE,
                label="Ask the model of real faces about your own face",
                icon=":material/face:",
                query_params={"model": SHIPPED_NAME},
            )


def _now(run: RunFolder, config: RunConfig, drawn: Status, tasks: Sequence[Task]) -> None:
    status = run.status()
    if status.live != drawn.live:
        # The buttons and messages around this part belong to the new state.
        st.rerun()
    frame = read_on(run)
    for words in run.remarks(damaged_lines(run)):
        # A status that can't be read is said above, as how the run ended.
        if words != status.message:
            st.warning(plain(words), icon=":material/warning:")
    _progress(status)
    if frame.test is not None:
        test_results(frame.test, tasks)
    else:
        _metric_cards(frame, tasks)
    _learned(frame, tasks)
    if not len(frame.steps):
        with st.container(border=True):
            waiting = "The curves begin with the first step." if status.live else "It ended before its first step."
            st.caption(waiting, text_alignment="center")
        return
    options = chart_options("charts")
    for row in charts.chart_rows(frame, tasks, comparing=status.live and config.gradients_every > 0):
        with st.grid(len(row), min_column_width=NARROWEST):
            for chart in row:
                chart_card(chart(frame, tasks, options), key=f"chart.{chart.__name__}")


def _learned(frame: RunFrame, tasks: Sequence[Task]) -> None:
    """What the strategy has learned in its own terms, after the last epoch; a strategy that learns nothing has none."""
    titles = {task.name: task.in_sentence for task in tasks}
    for name, values in (frame.epochs[-1].get("learned") or {}).items() if frame.epochs else ():
        parts = [
            f"{plain(titles.get(task, task))} **{number(value)}**"
            for task, value in values.items()
            if value is not None
        ]
        heading = f":material/functions: Learned {plain(name)}"
        if len(parts) <= MOST_NAMED:
            st.markdown(f"{heading}: {' · '.join(parts)}")
        else:
            with st.popover(f"{heading} of {len(parts)} tasks"):
                st.markdown(" · ".join(parts))


def _progress(status: Status) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        state_badge(status.state)
        facts = []
        if status.total_steps:
            facts.append(f"epoch **{status.epoch}** of {status.epochs}")
            facts.append(f"step **{status.step:,}** of {status.total_steps:,}")
        if status.live and status.progress is not None and not status.progress.total:
            facts.append(plain(status.progress.what))
        if status.live and status.images_per_second:
            facts.append(f"**{status.images_per_second:,.0f}** images/s")
        if status.live and status.eta_s is not None:
            facts.append(f"**{duration(status.eta_s)}** left")
        st.markdown(" · ".join(facts), width="content")
    if status.live:
        phase = status.progress
        if status.state != "training" and phase is not None and phase.total:
            st.progress(
                min(1.0, phase.done / phase.total), text=f"{plain(phase.what)} · {phase.done:,} of {phase.total:,}"
            )
        elif status.total_steps:
            st.progress(min(1.0, status.step / status.total_steps))


def _metric_cards(frame: RunFrame, tasks: Sequence[Task]) -> None:
    if len(tasks) > MOST_NAMED:
        metrics_table(tasks, (frame.epochs[-1].get("metrics") or {}) if frame.epochs else {}, "metrics.table")
        st.caption("On the validation pictures, after the last epoch.")
        return
    with st.grid(len(tasks), min_column_width=200):
        for task in tasks:
            values = frame.epoch_values("metrics", task.name, task.metric)
            now = float(values[-1]) if len(values) else None
            before = float(values[-2]) if len(values) > 1 else None
            st.metric(
                f"{plain(task.title)} · {plain(task.measure.title)}",
                metric_text(task.measure, now),
                metric_change(task.measure, now, before),
                delta_color="normal" if task.higher_is_better else "inverse",
                delta_description="since the epoch before" if before is not None else None,
                border=True,
                height="stretch",
                help="On the validation pictures, after the last epoch.",
            )
