"""Take the comparison elsewhere: a report, tables, files for other tools; and bring runs in."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from mtldemo.errors import MtlDemoError
from mtldemo.runs import RunFolder
from mtldemo.study.exports import zipped
from mtldemo.ui.compare.choice import Choice
from mtldemo.ui.compare.gathered import Comparison, figures
from mtldemo.ui.words import count

UPLOAD_MB = 512


def share(choice: Choice, comparison: Comparison, runs_dir: Path) -> None:
    """Draw the downloads and the import."""
    title = choice.study.name if choice.study else "runs"
    runs = [RunFolder(info.path) for info in comparison.infos]
    with st.grid(2, min_column_width=340):
        with st.container(border=True, height="stretch"):
            st.markdown("**Report**")
            st.caption("One HTML file that needs no server: verdict, tables, every chart with its data, settings.")
            st.space("stretch")
            _download("HTML report", lambda: _report(choice, comparison), f"{title}.html", "text/html")
        with st.container(border=True, height="stretch"):
            st.markdown("**Tables**")
            st.caption("Every result of every run; the means with their intervals; the differences to the baseline.")
            st.space("stretch")
            with st.container(horizontal=True):
                found = figures(comparison.results, comparison.baseline)
                tables = {"Results": comparison.results, "Means": found["summary"], "Differences": found["differences"]}
                for name, table in tables.items():
                    file = f"{title}-{name.lower()}.csv"
                    _download(name, lambda table=table: table.to_csv(index=False).encode(), file, "text/csv")
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
        with st.container(border=True, height="stretch"):
            _bring_in(runs_dir)


def _download(label: str, data, file: str, kind: str) -> None:
    st.download_button(
        label, data, file, kind, icon=":material/download:", key=f"compare.download.{label}", on_click="ignore"
    )


def _archive(runs: Sequence[RunFolder], kind: str):
    return lambda: zipped(runs, kind)


def _report(choice: Choice, comparison: Comparison) -> bytes:
    from mtldemo.study.report import report

    return report(comparison.infos).encode()


def _bring_in(runs_dir: Path) -> None:
    st.markdown("**Bring runs in**")
    st.caption("A run's or study's folder, or a .zip of such folders, from here or from another computer.")
    path = st.text_input("Path on this computer", placeholder="/home/me/runs/mine", key="compare.import_path")
    upload = st.file_uploader("Or upload a .zip", type=["zip"], max_upload_size=UPLOAD_MB, key="compare.import_file")
    if st.button(
        "Import", icon=":material/upload:", key="compare.import", disabled=not path.strip() and upload is None
    ):
        from mtldemo.study.importing import import_runs

        try:
            with st.spinner("Checking and copying"):
                if upload is not None:
                    came = import_runs(upload, runs_dir, name=upload.name)
                else:
                    came = import_runs(Path(path.strip()).expanduser(), runs_dir)
        except MtlDemoError as error:
            st.error(str(error), icon=":material/error:")
            return
        names = [item.name for item in (*came.studies, *came.runs)]
        st.success(f"Imported {', '.join(names)}.", icon=":material/check_circle:")
        for remark in came.remarks:
            st.caption(remark)
