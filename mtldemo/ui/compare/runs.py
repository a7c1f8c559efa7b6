"""The runs behind a comparison: a click in a chart opens one, and a table has all, each beside its baseline's run."""

import math
from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from mtldemo.charts.comparison.parallel import parallel_settings
from mtldemo.charts.options import Chart
from mtldemo.charts.words import headed
from mtldemo.study.collect import results
from mtldemo.study.differences import differences
from mtldemo.study.divergence import diverged_runs
from mtldemo.study.info import RunInfo, tasks_of
from mtldemo.tasks import Task
from mtldemo.ui.addresses import TRAIN_PAGE
from mtldemo.ui.chart_card import chart_card
from mtldemo.ui.compare.comparison import titled_runs
from mtldemo.ui.compare.selection import Selection, show_runs
from mtldemo.ui.compare.studies import note_fields, shown_note
from mtldemo.ui.live_chart import ClickedTrace
from mtldemo.ui.plain import plain
from mtldemo.ui.words import STATE_BADGES, count, duration

OPENED, CLICKED = "compare.opened", "compare:clicked"
NAMED = 6
"""Tasks whose result stands in a line; the others are counted."""
FEWEST = 2
"""Runs that a comparison needs."""
LEADING = ["Run", "Strategy", "Seed", "State"]
FILTERED = 4
"""Runs from which on there is something to filter."""


def runs_tab(selection: Selection, infos: Sequence[RunInfo], baseline: str) -> None:
    """Draw the filters, the table, and what can be done with the rows that are chosen. ``baseline`` is the arm that
    stands on top and that the others are measured against."""
    shown, settings = _filtered(infos)
    shown.sort(key=lambda info: info.arm != baseline)
    if not shown:
        st.info("No run is like that. Widen the filters.", icon=":material/filter_alt_off:")
        return
    actions = st.container(horizontal=True, vertical_alignment="center")
    table, config = table_of_runs(shown, baseline, settings=settings)
    chosen = st.dataframe(
        table,
        hide_index=True,
        column_config={
            **config,
            "Run": st.column_config.ButtonColumn(
                "Run", key=OPENED, on_click=_opening(shown), type="tertiary", alignment="left"
            ),
        },
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": _rows_of(shown, selection)}},
        # Rows are chosen by their place, so another filter is another table.
        key=f"compare.runs:{'|'.join(info.name for info in shown)}",
        placeholder="",
        alt="All runs with their results",
    )
    rows = [shown[row] for row in chosen["selection"]["rows"] if row < len(shown)]
    with actions:
        _actions(selection, rows)
    words = ["Click a run's name to open it, tick runs to compare them alone."]
    if baseline and any(info.arm == baseline for info in shown):
        words.append(
            f"Δ is the difference to the run of **{plain(baseline)}** with the same seed; its runs stand on top."
        )
    st.caption(" ".join(words))
    if len(rows) == 1:
        run_note(rows[0], readonly=selection.readonly)
    _settings_and_results(shown)


def table_of_runs(infos: Sequence[RunInfo], baseline: str, *, settings: bool) -> tuple[pd.DataFrame, dict]:
    """The table, a row a run, and how its columns are shown. ``settings`` adds a column for each that differs."""
    diverged = diverged_runs([info for info in infos if info.config is not None])
    base = {info.seed: info for info in infos if info.arm == baseline and info.path not in diverged}
    tasks = tasks_of(infos)
    table: dict[str, list] = {
        "Run": [info.name for info in infos],
        "Strategy": [info.arm for info in infos],
        "Seed": [info.seed for info in infos],
        "State": ["Diverged" if info.path in diverged else _state(info) for info in infos],
    }
    config: dict[str, object] = {"Strategy": st.column_config.TextColumn(pinned=True)}
    for task in tasks:
        measure, title = task.measure, task.title
        # What a run measured before it diverged is no result; its curve shows it.
        values = [None if info.path in diverged else _value(info, task) for info in infos]
        table[title] = values
        table[f"{title} Δ"] = [
            None if info.arm == baseline or value is None else _apart(info, base.get(info.seed), task)
            for info, value in zip(infos, values, strict=True)
        ]
        table[f"{title} curve"] = [info.sparkline.get(task.name) for info in infos]
        config[title] = st.column_config.NumberColumn(headed(title, measure.unit), format="%,.2f", help=measure.plain)
        config[f"{title} Δ"] = st.column_config.NumberColumn("Δ", format="%+,.2f")
        config[f"{title} curve"] = st.column_config.LineChartColumn(
            "by epoch", width="small", help=f"{title}: {measure.plain} on the validation pictures"
        )
    table["Epochs"] = [info.epochs_done for info in infos]
    table["Time"] = [duration(info.time_s) for info in infos]
    table["Note"] = [info.note for info in infos]
    table["Tags"] = [list(info.tags) for info in infos]
    config["Tags"] = st.column_config.ListColumn()
    frame = pd.DataFrame(table)
    if settings:
        varied = differences(infos)
        labels = {name: label for name, label in varied.attrs["labels"].items() if name != "seed"}
        config |= {name: st.column_config.TextColumn(label, help=f"`{name}`") for name, label in labels.items()}
        # A run that can't be read has no settings.
        varied = varied.reindex(frame["Run"]).set_index(frame.index)[list(labels)].fillna("–")
        frame = pd.concat([frame[LEADING], varied, frame.drop(columns=LEADING)], axis=1)
    optional = ["Note", "Tags", *(f"{task.title} Δ" for task in tasks)]
    empty = [name for name in optional if all(value in (None, "", []) for value in table[name])]
    empty += (
        ["State"]
        if {info.state for info in infos} == {"finished"} and not diverged and not any(info.problem for info in infos)
        else []
    )
    return frame.drop(columns=empty), config


def _settings_and_results(infos: Sequence[RunInfo]) -> None:
    """Folded: a line a run across the settings that differ and what came out."""
    folded = st.expander("Settings and results, a line a run", icon=":material/stacked_line_chart:", on_change="rerun")
    if not folded.open:
        return
    with folded:
        known = [info for info in infos if info.config is not None]
        settings = differences(known)
        settings = settings.rename(columns=settings.attrs["labels"]).reset_index()
        settings.insert(1, "arm", [info.arm for info in known])
        compared_card(parallel_settings(settings, results(known), tasks_of(known)), key="compare.settings")


def _filtered(infos: Sequence[RunInfo]) -> tuple[list[RunInfo], bool]:
    """The runs that are wanted, and whether the settings that differ are."""
    words, wanted_states, states = "", [], sorted({info.state for info in infos})
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if len(infos) >= FILTERED:
            words = st.text_input(
                "Find", placeholder="Strategy, name, note or tag", key="find", bind="query-params", width=320
            )
        if len(infos) >= FILTERED and len(states) > 1:
            wanted_states = st.pills(
                "State", states, format_func=_state_words, selection_mode="multi", key="state", bind="query-params"
            )
        settings = st.toggle("Settings that differ", key="settings", bind="query-params")
    wanted = (words or "").lower().split()
    shown = [info for info in infos if all(word in _text(info) for word in wanted)]
    return [info for info in shown if not wanted_states or info.state in wanted_states], settings


def _text(info: RunInfo) -> str:
    return " ".join((info.name, info.arm, info.note, *info.tags, info.dataset_name, info.problem)).lower()


def _actions(selection: Selection, rows: Sequence[RunInfo]) -> None:
    names = [info.name for info in rows]
    of_study = selection.study is not None
    if len(names) >= FEWEST and set(names) != selection.picked:
        st.button(
            f"Compare these {len(names)}",
            type="primary",
            icon=":material/compare_arrows:",
            key="compare.these",
            on_click=show_runs,
            args=(names,),
            kwargs={"of_study": of_study},
        )
    if of_study and selection.picked:
        st.button(
            f"All {count(len(selection.runs), 'run')}",
            icon=":material/select_all:",
            key="compare.all",
            on_click=show_runs,
            args=((),),
            kwargs={"of_study": True},
        )


def _opening(infos: Sequence[RunInfo]) -> Callable[[], None]:
    """Shows the run whose button was clicked on the Train page."""

    def opened() -> None:
        st.switch_page(TRAIN_PAGE, query_params=run_address(infos[st.session_state[OPENED].row]))

    return opened


def _rows_of(infos: Sequence[RunInfo], selection: Selection) -> list[int]:
    return [row for row, info in enumerate(infos) if info.name in selection.picked]


def _state(info: RunInfo) -> str:
    return "Something wrong" if info.problem else _state_words(info.state)


def _state_words(state: str) -> str:
    return STATE_BADGES.get(state, (state,))[0]


def _value(info: RunInfo, task: Task) -> float | None:
    """The key metric in the unit that a person reads."""
    measure = task.measure
    value = (info.metrics.get(task.name) or {}).get(measure.name)
    return measure.factor * float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _apart(info: RunInfo, base: RunInfo | None, task: Task) -> float | None:
    """How far a run's key metric is from that of ``base``, where both are of the test split, or both of validation."""
    if base is None or (info.test is None) != (base.test is None):
        return None
    value, other = _value(info, task), _value(base, task)
    return None if value is None or other is None else value - other


def run_note(info: RunInfo, *, readonly: bool) -> None:
    """The note and tags of one run, with a button that keeps them."""
    with st.container(border=True):
        st.markdown(f"**{plain(info.name)}**")
        if readonly:
            shown_note(info.note or "No note.", info.tags)
        else:
            note_fields(info.path, info.note, info.tags, what="run")


def compared_card(chart: Chart, key: str, shape: str = "line") -> None:
    """A chart of the comparison on its card; a click on one of its shapes leads on, see ``open_clicked``."""
    chart_card(chart, key, on_click=keep_click, hint=f"Click a {shape} to open its run.")


def keep_click(clicked: ClickedTrace) -> None:
    """Keep a click until the page knows its runs."""
    st.session_state[CLICKED] = clicked


def open_clicked(selection: Selection) -> None:
    """Follow the last click, if there was one: to its run, or where there are several to the choice between them. A
    finger's click shows the choice in any case, since it may have meant no more than to look."""
    clicked = st.session_state.pop(CLICKED, None)
    if clicked is None:
        return
    infos = titled_runs(selection.everything)
    runs = [info for info in infos if (info.name == clicked.run if clicked.run else info.arm == clicked.arm)]
    if len(runs) == 1 and not clicked.touch:
        st.switch_page(TRAIN_PAGE, query_params=run_address(runs[0]))
    if runs:
        st.dialog(plain(runs[0].arm), icon=":material/stacked_line_chart:")(_run_choice)(runs)


def run_address(info: RunInfo) -> dict[str, str]:
    """Where the run's own page is."""
    return {"run": info.name, **({"study": info.study} if info.study else {})}


def _run_choice(runs: Sequence[RunInfo]) -> None:
    st.markdown("Which run do you want to open?" if len(runs) > 1 else "Open this run?")
    for info in runs:
        with st.container(border=True, horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**Seed {info.seed}**  \n:small[{_result_line(info)}]", width="content")
            st.page_link(TRAIN_PAGE, label="Open", icon=":material/arrow_forward:", query_params=run_address(info))


def _result_line(info: RunInfo) -> str:
    """What came out, in one line."""
    parts = []
    for task in tasks_of([info]):
        value = (info.metrics.get(task.name) or {}).get(task.metric)
        if isinstance(value, int | float):
            parts.append(f"{task.title} {task.measure.shown(float(value))}")
    if len(parts) > NAMED:
        parts[NAMED:] = [f"{len(parts) - NAMED} more"]
    return " · ".join(parts) or "Nothing measured yet"
