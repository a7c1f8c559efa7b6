"""How long a study will take, from the runs that this computer has done already."""

import itertools
from collections.abc import Iterable
from pathlib import Path

from mtldemo.runs import RunFolder, list_runs
from mtldemo.study import StudyConfig, list_studies
from mtldemo.study.collect import collect
from mtldemo.study.config import TIME
from mtldemo.study.info import RunInfo, dataset_key
from mtldemo.study.plan import relative_seconds, sharing_seconds
from mtldemo.weighting import costs, strategy_named

LOOKED_AT = 60
"""Of the newest runs; older ones say less of how the computer is used now."""
SIDE_BY_SIDE = 1.15
"""How much sooner two or more runs that share the cores are done than one after the other; measured on two cores."""


def plain_runs(config: StudyConfig) -> float:
    """What the whole study takes, as a multiple of one run of the plain sum."""
    relative = relative_seconds(config)
    if config.budget == TIME:
        together = sum(not arm.tasks for arm in config.arms)
        alone = sum(relative[arm.name] for arm in config.arms if arm.tasks)
        return len(config.seeds) * (together + alone)
    return len(config.seeds) * sum(relative[arm.name] for arm in config.arms)


def expected_study_seconds(config: StudyConfig, runs_dir: Path) -> float | None:
    """The study's time on the clock, from the newest finished run like it; ``None`` where there is none."""
    for info in _known(runs_dir):
        seconds = _seconds_of_a_plain_run(info, config)
        if seconds is not None:
            faster = SIDE_BY_SIDE if config.workers > 1 else 1.0
            return plain_runs(config) * seconds / faster
    return None


def _known(runs_dir: Path) -> Iterable[RunInfo]:
    own = [study for study in list_studies(runs_dir) if not study.readonly and not study.problem]
    in_studies = (run for study in own for run in study.runs())
    folders: list[RunFolder] = list(itertools.islice(itertools.chain(list_runs(runs_dir), in_studies), LOOKED_AT))
    known = [info for info in collect(folders) if info.state == "finished" and info.config is not None]
    return sorted(known, key=lambda info: info.status.updated, reverse=True)


def _seconds_of_a_plain_run(info: RunInfo, wanted: StudyConfig) -> float | None:
    """What a plain run of the study would take, going by ``info``; ``None`` where that one is too different."""
    base, config = wanted.base, info.config
    if config is None or not info.epochs_done or not info.time_s or len(config.tasks) != len(base.tasks):
        return None
    alike = (
        dataset_key(config.data) == dataset_key(base.data)
        and config.data.image_size == base.data.image_size
        and config.model == base.model
        and config.batch_size == base.batch_size
        and config.compute.device == base.compute.device
    )
    if not alike:
        return None
    strategy = strategy_named(config.weighting.strategy)
    cost = costs.relative_cost(strategy, config.weighting.gradients_at, len(config.tasks)).time
    return info.time_s / info.epochs_done * base.epochs / (cost * sharing_seconds(config))
