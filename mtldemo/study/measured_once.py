"""What is measured once for all runs of a study, and written down, so that no run differs by a measurement."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from mtldemo import cores
from mtldemo.progress import Progress
from mtldemo.study import plan
from mtldemo.study.config import TIME, StudyConfig
from mtldemo.study.folder import StudyFolder

if TYPE_CHECKING:
    from mtldemo.data.dataset import Dataset
    from mtldemo.training.compute import ResolvedCompute


def settled(study: StudyFolder, dataset: "Dataset", progress: Progress, say: Callable[[str], None]) -> StudyConfig:
    """The study's config with nothing left open: how all runs compute is in its folder, and where arms get an equal
    time, their steps are in the config. What was settled before stays. ``progress`` may raise to end it."""
    config = study.config()
    unsettled = [arm for arm in config.arms if not arm.steps] if config.budget == TIME else []
    known = study.compute()
    if known is not None and not unsettled:
        return config
    from mtldemo.training.compute import ResolvedCompute

    if known is None:
        progress("Measuring this machine", 0, 0)
        settled_compute = _measured(config, dataset)
        known = settled_compute.to_dict()
        study.write_compute(known)
        say(f"Computing on {settled_compute.log_line()}, each run")
    if unsettled:
        config = _equal_time(config, dataset, ResolvedCompute.from_dict(known), progress)
        study.write_config(config)
        say("An equal time in steps: " + ", ".join(f"{arm.name} {arm.steps:,}" for arm in config.arms))
    return config


def _measured(config: StudyConfig, dataset: "Dataset") -> "ResolvedCompute":
    """How the runs compute, each with its worker's share of the cores."""
    from mtldemo.training import compute

    return compute.resolve_compute(config.base, dataset, share=max(1, cores.physical() // config.workers))


def _equal_time(config: StudyConfig, dataset: "Dataset", compute: "ResolvedCompute", progress: Progress) -> StudyConfig:
    from mtldemo.training import loop

    names = dict.fromkeys([config.baseline, *(arm.name for arm in config.arms)])
    wanted = [name for name in names if name not in config.seconds_a_step]
    seconds = {}
    for number, name in enumerate(wanted):

        def stop(number: int = number) -> bool:
            progress("Measuring the strategies' steps", number, len(wanted))
            return False

        stop()
        seconds[name] = plan.seconds_a_step(config, config.arm(name), dataset, compute, stop)
    steps, _ = loop.length(config.base, dataset)
    return plan.equal_time(config, steps, seconds)
