"""What of a study is left to do, in which order, how long it will take, and what an equal time means in steps."""

import dataclasses
import heapq
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mtldemo.config import RunConfig
from mtldemo.errors import DivergedError, MtlDemoError
from mtldemo.model.cost import relative_cost
from mtldemo.study.config import Arm, StudyConfig, run_config, run_name
from mtldemo.weighting import costs, strategy_named

if TYPE_CHECKING:
    from mtldemo.data.dataset import Dataset
    from mtldemo.training.compute import ResolvedCompute

WARM_UP, MOST_STEPS, SECONDS = 3, 40, 4.0
"""Steps before a measurement, and its length: so many steps or seconds, whichever is over first."""


@dataclass(frozen=True)
class Job:
    """One run of the plan; ``name`` is its folder's."""

    arm: Arm
    seed: int

    @property
    def name(self) -> str:
        """The run's name."""
        return run_name(self.arm, self.seed)


def jobs(study: StudyConfig) -> list[Job]:
    """All runs, seed by seed: a study that is stopped early has every arm about equally often."""
    return [Job(arm, seed) for seed in study.seeds for arm in study.arms]


def relative_seconds(study: StudyConfig) -> dict[str, float]:
    """What a run of each arm takes, as a multiple of a plain sum's run on hard sharing: measured where it was, else as
    strategies cost in general and ways of sharing by their multiply-adds."""
    seconds = study.seconds_a_step
    relative = {}
    for arm in study.arms:
        strategy = strategy_named(arm.weighting.strategy)
        tasks = len(arm.tasks or study.base.tasks)
        cost = costs.relative_cost(strategy, arm.weighting.gradients_at, tasks).time
        cost *= sharing_seconds(run_config(study, arm, study.seeds[0]))
        relative[arm.name] = seconds[arm.name] * arm.steps if arm.name in seconds and arm.steps else cost
    return relative


def sharing_seconds(config: RunConfig) -> float:
    """What a step of this way of sharing takes, as a multiple of hard sharing's, going by its multiply-adds."""
    try:
        return relative_cost(config.model, config.data.image_size, config.sharing, tuple(config.learned_tasks()))[1]
    except MtlDemoError:
        # What is wrong with it is for its run to say.
        return 1.0


def expected_seconds(relative: Mapping[str, float], known: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Seconds of a run by arm, from the runs that are ``known`` (seconds by arm): their mean, or for an arm without any
    the other arms' pace times its cost. Empty where nothing is known yet."""
    means = {name: statistics.fmean(values) for name, values in known.items() if values}
    if not means:
        return {}
    pace = statistics.median(seconds / relative.get(name, 1.0) for name, seconds in means.items())
    return {name: means.get(name, cost * pace) for name, cost in relative.items()}


def seconds_left(running: Iterable[float], waiting: Iterable[float], workers: int) -> float:
    """When the last run ends, if each worker takes the next one that waits; ``running`` are the seconds left of those
    at work."""
    free = sorted(running)
    free = [*free, *[0.0] * (workers - len(free))] if len(free) < workers else free
    heapq.heapify(free)
    for seconds in waiting:
        heapq.heapreplace(free, free[0] + seconds)
    return max(free, default=0.0)


def seconds_a_step(
    study: StudyConfig, arm: Arm, dataset: "Dataset", compute: "ResolvedCompute", stop: Callable[[], bool]
) -> float:
    """The median time of the arm's training step, measured on the real engine without records of gradients."""
    from mtldemo.training import loop

    config = run_config(study, arm, study.seeds[0])
    config = dataclasses.replace(config, gradients_every=0, checkpoint_every=86_400.0, steps=WARM_UP + MOST_STEPS)
    started, last, taken = time.perf_counter(), time.perf_counter(), []
    try:
        for event in loop.train(config, dataset, compute=compute, stop=stop):
            now = time.perf_counter()
            if isinstance(event, loop.Checkpoint):
                if event.reason == "stop":
                    break
            elif event["kind"] == "step":
                taken.append(now - last)
                if len(taken) == WARM_UP:
                    started = now
                if len(taken) > WARM_UP + 2 and (now - started > SECONDS or len(taken) == WARM_UP + MOST_STEPS):
                    break
            # Validation and checkpoints are no part of a step.
            last = time.perf_counter()
    except DivergedError:
        # Its steps took their time all the same; what it came to, its run says.
        if not taken:
            raise
    return statistics.median(taken[WARM_UP:] or taken)


def equal_time(study: StudyConfig, steps: int, seconds: Mapping[str, float]) -> StudyConfig:
    """``study`` with the steps that each arm can take in the time in which the baseline takes ``steps``; an arm that
    has its steps keeps them. ``seconds`` a step by arm."""
    seconds = {**seconds, **study.seconds_a_step}
    budget = steps * seconds[study.baseline]
    arms = tuple(
        dataclasses.replace(arm, steps=arm.steps or max(1, round(budget / seconds[arm.name]))) for arm in study.arms
    )
    return dataclasses.replace(study, arms=arms, seconds_a_step=seconds)
