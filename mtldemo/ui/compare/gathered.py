"""A comparison as the page shows it: its runs with their arms by title, and the figures that follow from them."""

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from mtldemo.errors import MtlDemoError
from mtldemo.study import StudyFolder
from mtldemo.study.collect import RunInfo, collect, comparable_groups, incomparable, results
from mtldemo.study.statistics import SINGLE
from mtldemo.tasks import Task, tasks_named
from mtldemo.ui.compare.choice import Choice
from mtldemo.ui.compare.words import arm_titles
from mtldemo.ui.words import count

EACH_ALONE = "Each task alone"
"""The title of ``SINGLE`` as a baseline."""


@dataclass(frozen=True)
class Comparison:
    """Runs that are compared. An arm's name is its title. ``broken`` runs can't be read, or not in full, and are told
    of; ``baseline`` is the arm that others are measured against. ``results`` are those of the ``counted`` runs, which
    were tested on the same pictures; ``remarks`` say what makes runs incomparable."""

    infos: tuple[RunInfo, ...]
    broken: tuple[RunInfo, ...]
    tasks: tuple[Task, ...]
    baseline: str
    counted: tuple[RunInfo, ...]
    results: pd.DataFrame
    remarks: tuple[str, ...]

    @property
    def arms(self) -> list[str]:
        """The arms in the order they are shown."""
        return list(dict.fromkeys(info.arm for info in self.infos))

    @property
    def several(self) -> list[str]:
        """The arms that learn several tasks."""
        return list(dict.fromkeys(info.arm for info in self.infos if len(info.tasks) > 1))

    @property
    def seeds(self) -> int:
        """The most seeds that an arm has results of."""
        return int(self.results.groupby("arm")["seed"].nunique().max()) if len(self.results) else 0

    def only(self, arms: Collection[str]) -> "Comparison":
        """The same with these arms only; the figures are those of these alone, the baseline stays in."""
        wanted = {*arms, self.baseline}
        infos = tuple(info for info in self.infos if info.arm in wanted)
        kept = self.results[self.results["arm"].isin(wanted)]
        counted = tuple(info for info in self.counted if info.arm in wanted)
        return dataclasses.replace(self, infos=infos, counted=counted, results=kept)

    def against(self, baseline: str) -> "Comparison":
        """The same measured against another arm."""
        return dataclasses.replace(self, baseline=baseline)


def gathered(choice: Choice) -> Comparison:
    """Read the runs of a choice; what can't be read is told of, never raised."""
    infos = collect(choice.compared)
    # A run with a damaged line still takes part with what could be read of it; one without a config can't.
    sound = [info for info in infos if info.config is not None]
    titles = arm_titles(sound)
    sound = [dataclasses.replace(info, arm=titles[info.arm]) for info in sound]
    groups = comparable_groups(sound)
    broken = tuple(info for info in infos if info.problem)
    return Comparison(
        infos=tuple(sound),
        broken=broken,
        tasks=_tasks(sound),
        baseline=_baseline(sound, choice.study, titles),
        counted=tuple(groups[0]) if groups else (),
        results=results(groups[0] if groups else []),
        remarks=(*incomparable(sound), *_left_out(groups)),
    )


@st.cache_data(max_entries=32, show_spinner=False)
def figures(results: pd.DataFrame, baseline: str) -> dict[str, pd.DataFrame]:
    """The statistics of a comparison by name: summary, differences, delta_m, ranks, p_best."""
    from mtldemo.study import ranking, statistics

    return {
        "summary": statistics.summary(results),
        "differences": statistics.differences_to(results, SINGLE if baseline == EACH_ALONE else baseline),
        "delta_m": statistics.delta_m(results),
        "ranks": ranking.ranks(results),
        "p_best": ranking.p_best(results),
    }


def _tasks(infos: Sequence[RunInfo]) -> tuple[Task, ...]:
    names = {name for info in infos for name in info.tasks}
    losses = {}
    for info in infos:
        losses |= info.config.losses if info.config else {}
    try:
        return tasks_named(names, {name: loss for name, loss in losses.items() if name in names})
    except MtlDemoError:
        return ()


def _left_out(groups: Sequence[Sequence[RunInfo]]) -> list[str]:
    """Which runs the figures are of, where not all were tested on the same pictures."""
    if len(groups) < 2:
        return []
    return [f"The figures below are of the {count(len(groups[0]), 'run')} like {groups[0][0].name} alone."]


def _baseline(infos: Sequence[RunInfo], study: StudyFolder | None, titles: dict[str, str]) -> str:
    arms = [info.arm for info in infos]
    if study is not None:
        wanted = titles.get(study.config().baseline, "")
        if wanted in arms:
            return wanted
    plain = [info.arm for info in infos if info.config and info.config.weighting.strategy == "equal"]
    several = [info.arm for info in infos if len(info.tasks) > 1]
    together = [arm for arm in plain if arm in several]
    return next(iter(together or several or arms), "")
