"""A prepared data set: its size and splits, pictures, labels, what was rejected, and look-alikes."""

from typing import TYPE_CHECKING

import streamlit as st

from mtldemo import data
from mtldemo.config import DataConfig
from mtldemo.data.duplicates import quarrel_column
from mtldemo.spreadsheet import csv_file
from mtldemo.tasks import REGRESSION
from mtldemo.ui.data_charts import label_charts
from mtldemo.ui.plain import plain
from mtldemo.ui.sample_pictures import disagreement, duplicate_groups, picture_sample
from mtldemo.ui.words import count

if TYPE_CHECKING:
    import pandas as pd

    from mtldemo.data import Dataset

GROUP_COLUMNS = {
    "group": None,
    "pictures": "Pictures",
    "identical": "Identical",
    "files": "Files",
}
SPLIT_TITLES = {"train": "Training", "val": "Validation", "test": "Test"}


# By its representation, since Streamlit can't hash a path that isn't UTF-8.
@st.cache_resource(max_entries=2, show_spinner="Opening the prepared pictures", hash_funcs={DataConfig: repr})
def opened_dataset(config: DataConfig, prepared: float, mark: str = "") -> "Dataset":
    """The data set that was ``prepared`` at that moment (epoch seconds); one prepared again, or whose labels have
    another ``mark`` by now, is opened anew."""
    return data.load(config)


def data_view(dataset: "Dataset") -> None:
    """Everything about ``dataset``, one part at a time."""
    for notice, icon in (
        (dataset.drawn_notice, "brush"),
        (dataset.remade_notice, "healing"),
        (dataset.note, "folder_zip"),
        (dataset.split_notice, "call_split"),
        (dataset.copies_notice, "content_copy"),
        (dataset.changes_notice, "palette"),
    ):
        if notice:
            st.info(plain(notice), icon=f":material/{icon}:")
    sizes = dict(dataset.table["split"].value_counts())
    refused = dataset.rejects[~dataset.rejects["repaired"].astype(bool)]
    with st.grid(6, min_column_width=130):
        st.metric("Pictures", f"{len(dataset):,}", border=True, height="stretch")
        for split, title in SPLIT_TITLES.items():
            st.metric(title, f"{sizes.get(split, 0):,}", border=True, height="stretch")
        st.metric("Rejected files", f"{len(refused):,}", border=True, height="stretch")
        st.metric("Look-alike groups", f"{len(dataset.duplicates):,}", border=True, height="stretch")
    pictures, labels, rejects, duplicates = st.tabs(
        ["Pictures", "Labels", "Rejected files", "Look-alikes"], on_change="rerun", key="data.tabs"
    )
    if pictures.open:
        with pictures:
            picture_sample(dataset)
    if labels.open:
        with labels:
            label_charts(dataset)
    if rejects.open:
        with rejects:
            _rejects(dataset.rejects, dataset.name)
    if duplicates.open:
        with duplicates:
            _duplicates(dataset)


def _rejects(rejects: "pd.DataFrame", name: str) -> None:
    if rejects.empty:
        st.success("Every file was read.", icon=":material/check_circle:")
        return
    repaired = len(rejects[rejects["repaired"].astype(bool)])
    st.markdown(
        f"{count(len(rejects) - repaired, 'file')} left out, {count(repaired, 'file')} read after a repair of the name."
        " A missing label is never guessed."
    )
    reasons = rejects["reason"].value_counts().rename_axis("reason").reset_index(name="files")
    if len(reasons) < len(rejects):
        st.dataframe(
            reasons,
            hide_index=True,
            column_config={"reason": "Reason", "files": "Files"},
            alt="How often each reason occurs",
        )
    st.dataframe(
        rejects,
        hide_index=True,
        column_config={"file": "File", "reason": "Reason", "repaired": "Repaired and used"},
        alt="Every rejected or repaired file with its reason",
    )
    _download(rejects, f"{name}-rejects.csv")


def _duplicates(dataset: "Dataset") -> None:
    groups = dataset.duplicates
    if groups.empty:
        st.success("No two pictures are identical or nearly so.", icon=":material/check_circle:")
        return
    quarrelling = sum(disagreement(row, dataset.tasks) != "labels agree" for row in groups.to_dict("records"))
    st.markdown(
        f"{count(len(groups), 'group')} of identical or near-identical pictures; the labels disagree in "
        f"**{quarrelling:,}** of them. A group is never torn between training and test."
    )
    duplicate_groups(dataset)
    st.markdown("**Every group**")
    titles = {
        quarrel_column(task): f"{task.title} apart ({task.unit})"
        if task.unit
        else f"{task.title} apart"
        if task.kind == REGRESSION
        else f"{task.title} disagrees"
        for task in dataset.tasks
    }
    st.dataframe(groups, hide_index=True, column_config=GROUP_COLUMNS | titles, alt="Every group of look-alikes")
    _download(groups, f"{dataset.name}-look-alikes.csv")


def _download(table: "pd.DataFrame", name: str) -> None:
    st.download_button(
        "CSV",
        lambda: csv_file(table),
        name,
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"download.{name}",
    )
