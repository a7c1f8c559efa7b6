"""A comparison as the page shows it: its runs with their arms by title, and the figures that follow from them."""

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from mtldemo.study import StudyFolder
from mtldemo.study.collect import RunInfo, collect, comparable_groups, incomparable, results
from mtldemo.study.info import tasks_of
from mtldemo.study.statistics import SINGLE
from mtldemo.study.status import Underway
from mtldemo.tasks import Task, TaskSet
from mtldemo.ui.arm_titles import arm_titles
from mtldemo.ui.compare.selection import Selection
from mtldemo.ui.words import count

if TYPE_CHECKING:
    from mtldemo.study.findings import Verdict

EACH_ALONE = "Each task alone"
"""The title of ``SINGLE`` as a baseline."""


@dataclass(frozen=True)
class Comparison:
    """Runs that are compared. An arm's name is its title. ``broken`` runs can't be read, or not in full, and are told
    of. ``baseline`` is the arm that others are measured against, ``usual`` the one that it is at first. ``results`` are
    those of the ``counted`` runs, which were tested on the same pictures; ``remarks`` say what makes runs incomparable.
    ``drawn`` are the arms that are to be seen (None: all); the figures are of all of them whatever is seen.
    """

    infos: tuple[RunInfo, ...]
    broken: tuple[RunInfo, ...]
    tasks: TaskSet
    baseline: str
    usual: str
    counted: tuple[RunInfo, ...]
    results: pd.DataFrame
    remarks: tuple[str, ...]
    drawn: frozenset[str] | None = None

    @property
    def arms(self) -> list[str]:
        """The arms in the order they are shown."""
        return list(dict.fromkeys(info.arm for info in self.infos))

    @property
    def several(self) -> list[str]:
        """The arms that learn several tasks."""
        return list(dict.fromkeys(info.arm for info in self.infos if len(info.tasks) > 1))

    def only(self, arms: Collection[str]) -> "Comparison":
        """The same with the runs of these arms alone to draw, the baseline among them. Results and verdict stay those
        of all: a correction for several strategies counts all that were tried, not those that are looked at."""
        wanted = frozenset({*arms, self.baseline, self.usual})
        return dataclasses.replace(self, infos=tuple(info for info in self.infos if info.arm in wanted), drawn=wanted)

    def seen(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table of figures that are to be drawn."""
        if self.drawn is None:
            return table
        drawn = pd.DataFrame(table[table["arm"].isin(list(self.drawn))])
        drawn.attrs.update(table.attrs)
        return drawn

    def against(self, baseline: str) -> "Comparison":
        """The same measured against another arm."""
        return dataclasses.replace(self, baseline=baseline)


def titled_runs(selection: Selection) -> list[RunInfo]:
    """The runs of a selection with their arms by title; those that can't be read are among them."""
    infos = collect(selection.compared)
    titles = arm_titles([info for info in infos if info.config is not None])
    return [
        dataclasses.replace(info, arm=titles[info.arm]) if titles.get(info.arm, info.arm) != info.arm else info
        for info in infos
    ]


def comparison_of(selection: Selection) -> Comparison:
    """Read the runs of a selection; what can't be read is told of, never raised."""
    infos = titled_runs(selection)
    # A run with a damaged line still takes part with what could be read of it; one without a config can't.
    sound = [info for info in infos if info.config is not None]
    groups, baseline = comparable_groups(sound), _baseline(sound, selection.study)
    return Comparison(
        infos=tuple(sound),
        broken=tuple(info for info in infos if info.problem),
        tasks=tasks_of(sound),
        baseline=baseline,
        usual=baseline,
        counted=tuple(groups[0]) if groups else (),
        results=results(groups[0] if groups else []),
        remarks=(*incomparable(sound), *_left_out(groups)),
    )


def verdict_of(comparison: Comparison, coming: Underway | None = None) -> "Verdict | None":
    """The verdict; none before the first run is tested. ``coming`` is what is still to come of the study."""
    if comparison.results.empty:
        return None
    key = tuple((info.name, info.state) for info in comparison.counted)
    # Of single tasks as a baseline the verdict speaks in any case.
    baseline = comparison.usual if comparison.baseline == EACH_ALONE else comparison.baseline
    return _verdict(comparison.results, baseline, key, coming, tuple(comparison.tasks), comparison.counted)


@st.cache_data(max_entries=32, show_spinner=False)
def _verdict(
    results: pd.DataFrame,
    baseline: str,
    key: object,
    coming: Underway | None,
    tasks: tuple[Task, ...],
    _infos: Sequence[RunInfo],
) -> "Verdict":
    from mtldemo.study.verdict import verdict

    return verdict(results, baseline, _infos, underway=coming)


def statistics_of(comparison: Comparison) -> dict[str, pd.DataFrame]:
    """The statistics of a comparison by name: summary, differences, delta_m, ranks, p_best."""
    return _statistics(comparison.results, comparison.baseline, tuple(comparison.tasks))


@st.cache_data(max_entries=32, show_spinner=False)
def _statistics(results: pd.DataFrame, baseline: str, tasks: tuple[Task, ...]) -> dict[str, pd.DataFrame]:
    """``tasks`` are those of ``results``: a key of the cache, which doesn't see what a table carries."""
    from mtldemo.study import ranking, statistics

    return {
        "summary": statistics.summary(results),
        "differences": statistics.differences_to(results, SINGLE if baseline == EACH_ALONE else baseline),
        "delta_m": statistics.delta_m(results),
        "ranks": ranking.ranks(results),
        "p_best": ranking.p_best(results),
    }


def _left_out(groups: Sequence[Sequence[RunInfo]]) -> list[str]:
    """Which runs the figures are of, where not all were tested on the same pictures."""
    if len(groups) < 2:
        return []
    return [f"The figures below are of the {count(len(groups[0]), 'run')} like {groups[0][0].name} alone."]


def _baseline(infos: Sequence[RunInfo], study: StudyFolder | None) -> str:
    """The arm that the study names, else the plain sum of several tasks, else the first."""
    if study is not None:
        wanted = study.config().baseline
        named = [info.arm for info in infos if info.origin is not None and info.origin.arm == wanted]
        if named:
            return named[0]
    several = [info for info in infos if len(info.tasks) > 1]
    plain = [info.arm for info in several if info.strategy == "equal"]
    return next(iter(plain or [info.arm for info in several or infos]), "")
