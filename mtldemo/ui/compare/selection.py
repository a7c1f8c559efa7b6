"""What is compared: one of the studies, or runs that a person picks."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from mtldemo.errors import MtlDemoError
from mtldemo.runs import RunFolder, list_runs
from mtldemo.study import StudyFolder, list_studies, open_study
from mtldemo.ui.compare.address import show_form, show_runs, show_study, wanted_runs, wanted_study, wants_new
from mtldemo.ui.compare.studies import bring_in, manage_study, told_import, told_trashed

PICKER = "compare.picker"
CHOSEN_RUNS = "\0runs"
"""Stands for runs that a person picks; no study can be called so."""


@dataclass(frozen=True)
class Choice:
    """What the address asks for: a ``study``, or none for a person's own choice out of all ``runs``; ``picked`` are the
    names of those that count, in a study all where there are none."""

    study: StudyFolder | None
    runs: tuple[RunFolder, ...]
    picked: frozenset[str] = frozenset()

    @property
    def compared(self) -> list[RunFolder]:
        """The runs that are compared."""
        if self.picked or self.study is None:
            return [run for run in self.runs if run.name in self.picked]
        return list(self.runs)

    @property
    def everything(self) -> "Choice":
        """The same with all runs."""
        return Choice(self.study, self.runs, frozenset(run.name for run in self.runs))

    @property
    def readonly(self) -> bool:
        """Whether the runs come with the project."""
        return self.study is not None and self.study.readonly


def choice(runs_dir: Path) -> Choice | None:
    """The study or runs in the address: at first the newest study of the person's own, else one that comes with the
    project; None where there is nothing to compare yet. Raises ``MtlDemoError`` for a study that isn't there."""
    names, wanted = wanted_runs(), wanted_study()
    if names is not None and wanted is None:
        return Choice(None, tuple(list_runs(runs_dir)), frozenset(names))
    if wanted is None:
        known = list_studies(runs_dir)
        if not known:
            return None
        show_study(known[0].name)
        return Choice(known[0], tuple(_runs(known[0])))
    study = open_study(runs_dir, wanted)
    return Choice(study, tuple(_runs(study)), frozenset(names or ()))


def picker(runs_dir: Path) -> None:
    """The list of studies, the button for a new one, and the way to bring one in."""
    studies = {study.name: study for study in list_studies(runs_dir)}
    options = [*studies, CHOSEN_RUNS]
    # The address is what counts: the list only shows it, so that a refresh and another browser see the same.
    if wants_new():
        shown = None
    elif wanted_study() is None and wanted_runs() is not None:
        shown = CHOSEN_RUNS
    else:
        shown = wanted_study() or next(iter(studies), None)
    st.session_state[PICKER] = shown if shown in options else None

    def title(name: str) -> str:
        if name == CHOSEN_RUNS:
            return "Runs of my choice"
        return f"{name} (comes with the project)" if studies[name].readonly else name

    def pick() -> None:
        name = st.session_state[PICKER]
        if name == CHOSEN_RUNS:
            show_runs([])
        elif name is not None:
            show_study(name)

    with st.container(horizontal=True, vertical_alignment="center"):
        st.selectbox(
            "Study",
            options,
            # Only a list that begins empty can be cleared, and there is nothing to clear.
            index=0 if shown in options else None,
            format_func=title,
            key=PICKER,
            placeholder="Choose a study",
            on_change=pick,
            label_visibility="collapsed",
            width=420,
        )
        st.button("New study", icon=":material/add:", key="compare.new", on_click=show_form, disabled=wants_new())
        bring_in(runs_dir)
        if shown in studies:
            manage_study(studies[shown])
    told_import()
    told_trashed()


def _runs(study: StudyFolder) -> list[RunFolder]:
    """The study's runs, and folders in it that are none of its runs, such as imported ones."""
    known = study.runs()
    names = {run.name for run in known}
    try:
        others = [run for run in list_runs(study.path) if run.name not in names]
    except MtlDemoError:
        others = []
    return known + others
