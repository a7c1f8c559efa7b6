"""Take the comparison elsewhere: a report, tables, and files for other tools."""

from collections.abc import Callable, Sequence

import streamlit as st

from mtldemo.runs import RunFolder
from mtldemo.spreadsheet import csv_file
from mtldemo.study.exports import zipped
from mtldemo.study.statistics import SINGLE
from mtldemo.ui.compare.comparison import EACH_ALONE, Comparison, statistics_of
from mtldemo.ui.compare.selection import Selection
from mtldemo.ui.words import count


def share_tab(selection: Selection, comparison: Comparison) -> None:
    """Draw the downloads."""
    title = selection.study.name if selection.study else "runs"
    runs = [RunFolder(info.path) for info in comparison.infos]
    with st.grid(3, min_column_width=280):
        with st.container(border=True, height="stretch"):
            st.markdown("**Report**")
            st.caption("One HTML file that needs no server: verdict, tables, every chart with its data, settings.")
            st.space("stretch")
            _download("HTML report", lambda: _report(selection, comparison, title), f"{title}.html", "text/html")
        with st.container(border=True, height="stretch"):
            st.markdown("**Tables**")
            st.caption("Every result of every run; the means with their intervals; the differences to the baseline.")
            st.space("stretch")
            with st.container(horizontal=True):
                statistics = statistics_of(comparison)
                tables = {
                    "Results": comparison.results,
                    "Means": statistics["summary"],
                    "Differences": statistics["differences"],
                }
                for name, table in tables.items():
                    file = f"{title}-{name.lower()}.csv"
                    _download(name, lambda table=table: csv_file(table), file, "text/csv")
        with st.container(border=True, height="stretch"):
            st.markdown("**Other tools**")
            st.caption(
                f"{count(len(runs), 'run')} as event files for TensorBoard, or as tables of every step and every run "
                "in the way of Weights & Biases."
            )
            st.space("stretch")
            with st.container(horizontal=True):
                _download("TensorBoard", _archive(runs, "tensorboard"), f"{title}-tensorboard.zip", "application/zip")
                _download("Run tables", _archive(runs, "csv"), f"{title}-tables.zip", "application/zip")


def _download(label: str, data: Callable[[], bytes], file: str, kind: str) -> None:
    st.download_button(
        label, data, file, kind, icon=":material/download:", key=f"compare.download.{label}", on_click="ignore"
    )


def _archive(runs: Sequence[RunFolder], kind: str) -> Callable[[], bytes]:
    return lambda: zipped(runs, kind)


def _report(selection: Selection, comparison: Comparison, title: str) -> bytes:
    from mtldemo.study.report import report

    baseline = SINGLE if comparison.baseline == EACH_ALONE else comparison.baseline
    compute = selection.study.compute() if selection.study else None
    return report(comparison.infos, title=title, baseline=baseline, compute=compute).encode()
