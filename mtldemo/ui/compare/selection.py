"""What is compared: one of the studies, or runs that a person picks. It is in the page's address, with which a refresh
and another browser show the same.

Widgets with plain names for keys (``view``, ``baseline``, ``x`` ...) are bound to the address by Streamlit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from mtldemo.errors import MtlDemoError
from mtldemo.runs import RunFolder, list_runs
from mtldemo.study import StudyFolder, list_studies, open_study
from mtldemo.ui.addresses import STUDY

RUNS, NEW = "runs", "new"
BASELINE, ARMS, FRONT, TASKS = "baseline", "arms", "front", "tasks"
"""Names of widgets whose choices belong to one study."""


@dataclass(frozen=True)
class Selection:
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
    def everything(self) -> "Selection":
        """The same with all runs."""
        return Selection(self.study, self.runs, frozenset(run.name for run in self.runs))

    @property
    def readonly(self) -> bool:
        """Whether the runs come with the project."""
        return self.study is not None and self.study.readonly


def selected(runs_dir: Path) -> Selection | None:
    """The study or runs in the address: at first the newest study of the person's own, else one that comes with the
    project; None where there is nothing to compare yet. Raises ``MtlDemoError`` for a study that isn't there."""
    names, wanted = wanted_runs(), wanted_study()
    if names is not None and wanted is None:
        return Selection(None, tuple(list_runs(runs_dir)), frozenset(names))
    if wanted is None:
        known = list_studies(runs_dir)
        if not known:
            return None
        show_study(known[0].name)
        return Selection(known[0], tuple(_runs(known[0])))
    study = open_study(runs_dir, wanted)
    return Selection(study, tuple(_runs(study)), frozenset(names or ()))


def _runs(study: StudyFolder) -> list[RunFolder]:
    """The study's runs, and folders in it that are none of its runs, such as imported ones."""
    known = study.runs()
    names = {run.name for run in known}
    try:
        others = [run for run in list_runs(study.path) if run.name not in names]
    except MtlDemoError:
        others = []
    return known + others


def wanted_study() -> str | None:
    """The study that the address names."""
    return st.query_params.get(STUDY)


def wanted_runs() -> list[str] | None:
    """The runs that the address names, of the study in it or of all runs; empty before any is chosen, None where the
    address says nothing of runs."""
    if RUNS not in st.query_params:
        return None
    return [name for name in st.query_params.get_all(RUNS) if name]


def wants_new() -> bool:
    """Whether the address asks for the form of a new study."""
    return NEW in st.query_params


def show_study(name: str) -> None:
    """Put a study into the address; the page shows it from the next rerun on."""
    if wanted_study() != name:
        forget_view()
    for other in (RUNS, NEW):
        st.query_params.pop(other, None)
    st.query_params[STUDY] = name


def show_runs(names: Sequence[str], *, of_study: bool = False) -> None:
    """Put chosen runs into the address: of the study in it, which without names is whole again, or of all runs."""
    forget_view()
    st.query_params.pop(NEW, None)
    if not of_study:
        st.query_params.pop(STUDY, None)
    if of_study and not names:
        st.query_params.pop(RUNS, None)
    else:
        st.query_params[RUNS] = list(names) or [""]


def show_form() -> None:
    """Ask for the form of a new study."""
    for other in (STUDY, RUNS):
        st.query_params.pop(other, None)
    st.query_params[NEW] = "study"


def call_study(name: str) -> None:
    """The study in the address has another name now; the view stays."""
    st.query_params[STUDY] = name


def forget_study() -> None:
    """The study in the address is gone; the page shows another one."""
    forget_view()
    for key in (STUDY, RUNS, NEW):
        st.query_params.pop(key, None)


def forget_view() -> None:
    """Another study has other arms and tasks: what was picked among the last one's is let go."""
    for key in (BASELINE, ARMS, FRONT, TASKS):
        st.session_state.pop(key, None)
